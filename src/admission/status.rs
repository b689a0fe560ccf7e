//! Whether a record still stands, as far as the right to rest on it is concerned.

use std::collections::BTreeMap;

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::attestation::types::{StatusAction, StatusChange};
use crate::attestation::{Issuer, Predicate, Statement};
use crate::identifier::{Class, SubjectUri};
use crate::record::Record;

/// What status changes have made of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    /// It was withdrawn, annulled or corrected.
    pub(super) has_ended: bool,
    /// Who has suspended it and not taken that back, in the order of the log.
    pub(super) suspended_by: Vec<Issuer>,
}

impl Status {
    pub(super) const fn is_in_force(&self) -> bool {
        !self.has_ended && self.suspended_by.is_empty()
    }
}

impl<R: Records> Check<'_, R> {
    /// The status of a record at the ledger's time.
    pub(super) fn status(&mut self, record: &Record) -> Result<Status, R::Error> {
        if let Some(status) = self.statuses.get(&record.index()) {
            return Ok(status.clone());
        }
        let status = self.work_out_status(record)?;
        self.statuses.insert(record.index(), status.clone());
        Ok(status)
    }

    fn work_out_status(&mut self, record: &Record) -> Result<Status, R::Error> {
        let mut status = Status::default();
        let Some(statement) = record.statement() else { return Ok(status) };
        let mut changes = BTreeMap::new();
        for uri in chains_of_changes(statement) {
            for change in self.chain(Class::Adverse, &uri)?.iter() {
                changes.insert(change.index(), change.clone());
            }
        }
        for change in changes.values() {
            let Some(Predicate::StatusChange(of)) = change.statement().map(Statement::predicate)
            else {
                continue;
            };
            // As if it had never been issued: an annulment counts once it is known.
            let has_effect =
                of.action == StatusAction::Annul || of.effective_at <= self.context.time;
            if !has_effect || !hits(of, record, statement) {
                continue;
            }
            match of.action {
                StatusAction::Suspend => status.suspended_by.push(of.header.issuer.clone()),
                // What somebody else has imposed stays.
                StatusAction::Reinstate => {
                    status.suspended_by.retain(|by| !of.header.issuer.may_take_back(by));
                }
                StatusAction::Withdraw | StatusAction::Annul | StatusAction::Correct => {
                    status.has_ended = true;
                }
            }
        }
        Ok(status)
    }
}

/// Where the changes to a statement's status are listed: with its first subject, with its document,
/// and with its issuer, all of whose records may be annulled at once.
fn chains_of_changes(statement: &Statement) -> Vec<SubjectUri> {
    let mut uris: Vec<SubjectUri> = statement.subjects().first().cloned().into_iter().collect();
    uris.extend(statement.header().document_uri().map(SubjectUri::from));
    uris.push(statement.header().issuer.operator.to_subject());
    uris
}

fn hits(change: &StatusChange, record: &Record, statement: &Statement) -> bool {
    let target = &change.target;
    let document = statement.header().document_ref();
    let is_document = document.is_some() && target.document == document;
    let issuer = statement.header().issuer.operator.operator();
    let is_annulled_with_others = target.issuer.is_some()
        && target.issuer.as_ref() == issuer
        && target.from.is_some_and(|from| from <= record.time())
        && change.reaches_role(statement.header().issuer.role);
    target.statement == Some(*record.digest()) || is_document || is_annulled_with_others
}
