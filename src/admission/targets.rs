//! What a change is about: there, named in full, and with exactly its subjects.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::{DocumentRef, Predicate, Statement};
use crate::envelope::StatementDigest;
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::reason::Reason;
use crate::record::Record;

impl<R: Records> Check<'_, R> {
    /// The record that a change is about, if it can be read. One that was erased can't be changed
    /// any more: nothing rests on it. In an audit it is held to the keys that its entry still has.
    pub(super) fn target(
        &mut self,
        member: &str,
        digest: &StatementDigest,
        document: Option<&DocumentRef>,
    ) -> Result<Option<Arc<Record>>, R::Error> {
        let Some(record) = self.records.by_statement(digest)? else {
            let message = format!("statement {digest} is not in the ledger");
            self.refuse(Step::Subjects, Reason::TargetUnknown, member, message);
            return Ok(None);
        };
        if record.is_erased() {
            if !self.context.is_replay {
                self.forbid(member, format!("entry {} was erased", record.index()));
            } else if !matches!(self.statement.predicate(), Predicate::ErasureOrder(_)) {
                // That somebody had the right to change it can't be told any more.
                self.grant(true);
            }
            return Ok(None);
        }
        let expected = record.statement().and_then(|of| of.header().document_ref());
        if expected.as_ref() != document {
            let message = match (&expected, document) {
                (Some(expected), Some(found)) => {
                    format!("names document {found}, entry {} is {expected}", record.index())
                }
                (Some(expected), None) => {
                    format!("does not name document {expected}, entry {}", record.index())
                }
                (None, _) => format!("entry {} is no document", record.index()),
            };
            self.refuse(Step::Subjects, Reason::TargetSubjectsDiffer, member, message);
        }
        Ok(Some(record))
    }

    /// The subjects are those of `target`, and these.
    pub(super) fn check_subjects_of(&mut self, target: &Statement, and: &[SubjectUri]) {
        let mut expected = target.subjects().to_vec();
        expected.extend_from_slice(and);
        self.check_subjects(&expected);
    }

    pub(super) fn check_subjects(&mut self, expected: &[SubjectUri]) {
        let expected: BTreeSet<&SubjectUri> = expected.iter().collect();
        let found: BTreeSet<&SubjectUri> = self.statement.subjects().iter().collect();
        let code = Reason::TargetSubjectsDiffer;
        if let Some(uri) = expected.difference(&found).next() {
            let message = format!("leaves out {uri}, a subject of the target");
            self.refuse(Step::Subjects, code, "subject", message);
        }
        if let Some(uri) = found.difference(&expected).next() {
            let message = format!("lists {uri}, no subject of the target");
            self.refuse(Step::Subjects, code, "subject", message);
        }
    }

    /// The subjects of a change to a record whose payload is gone: its entry's keys tell them.
    pub(super) fn check_subjects_of_erased(
        &mut self,
        digest: &StatementDigest,
        document: Option<&DocumentRef>,
    ) -> Result<(), R::Error> {
        let Some(record) = self.records.by_statement(digest)?.filter(|of| of.is_erased()) else {
            return Ok(());
        };
        let mut uris = self.statement.subjects().to_vec();
        uris.extend(document.map(|document| SubjectUri::from(document.uri())));
        let keys: BTreeSet<SubjectKey> =
            uris.iter().map(|uri| SubjectKey::of(Class::All, uri)).collect();
        if !keys.iter().eq(record.keys()) {
            let message = format!("they are not those of entry {}", record.index());
            self.refuse(Step::Subjects, Reason::TargetSubjectsDiffer, "subject", message);
        }
        Ok(())
    }
}
