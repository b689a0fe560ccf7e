//! Numbers and ids are used once: by each signer for one content (ruling 8).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::admission::candidate::id_scope;
use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::types::StandingAction;
use crate::attestation::{DocumentRef, Header, Predicate, PredicateKind, Relation, Statement};
use crate::envelope::StatementDigest;
use crate::identifier::{Class, DocumentUri};
use crate::reason::Reason;
use crate::record::Record;

impl<R: Records> Check<'_, R> {
    pub(super) fn check_numbers(&mut self) -> Result<(), R::Error> {
        let header = self.header();
        if let Some(index) = self.records.id_holder(&id_scope(header), &header.id)? {
            let message = format!("{:?} is the id of entry {index}", header.id.as_str());
            self.refuse(Step::Number, Reason::DuplicateId, "header.id", message);
        }
        let may_repeat = self.check_repetitions()?;
        if let (Some(uri), Some(document)) = (header.document_uri(), header.document_ref()) {
            self.check_number(&uri, &document, may_repeat)?;
        }
        Ok(())
    }

    fn check_number(
        &mut self,
        uri: &DocumentUri,
        document: &DocumentRef,
        may_repeat: bool,
    ) -> Result<(), R::Error> {
        let chain = self.chain(Class::All, &uri.into())?;
        for record in chain.iter() {
            let is_taken = match record.statement() {
                Some(earlier) => self.is_taken_by(earlier, document, may_repeat),
                None => self.is_erased_document(record, document)?,
            };
            if is_taken {
                let message = format!("{document} is entry {}", record.index());
                self.refuse(Step::Number, Reason::DuplicateNumber, "header.document", message);
                break;
            }
        }
        Ok(())
    }

    fn is_taken_by(&self, earlier: &Statement, document: &DocumentRef, may_repeat: bool) -> bool {
        if earlier.header().document_ref().as_ref() != Some(document)
            || earlier.header().signer() != self.header().signer()
        {
            return false;
        }
        let is_same_kind = earlier.kind() == self.statement.kind();
        let is_next_of_line = is_same_kind && is_later_action(self.statement.predicate());
        let is_repetition = may_repeat && is_same_but_for_its_history(self.statement, earlier);
        !is_next_of_line && !is_repetition
    }

    /// What an erased record was is told by the order that erased it.
    fn is_erased_document(
        &mut self,
        record: &Record,
        document: &DocumentRef,
    ) -> Result<bool, R::Error> {
        let chain = self.chain(Class::Adverse, &document.uri().into())?;
        Ok(chain.iter().any(|of| match of.statement().map(Statement::predicate) {
            Some(Predicate::ErasureOrder(order)) => {
                let listing = PredicateKind::ListingRecord;
                let is_listing = order.predicate_type == listing.predicate_type()
                    && self.statement.kind() == listing;
                order.target == *record.digest()
                    && order.document.as_ref() == Some(document)
                    && !is_listing
            }
            _ => false,
        }))
    }

    /// Whether the statement says that it confirms or reaffirms another, and rightly so.
    fn check_repetitions(&mut self) -> Result<bool, R::Error> {
        // Each is looked at once, however often it is named: comparing takes time.
        let mut repeated = BTreeSet::new();
        let mut repeats = false;
        for reference in self.header().references() {
            let confirms = match reference.rel {
                Relation::Confirms => true,
                Relation::Reaffirms => false,
                _ => continue,
            };
            repeats = true;
            match reference.statement {
                Some(digest) => {
                    repeated.insert((digest, confirms));
                }
                None => self.forbid(
                    "header.references",
                    "what is confirmed or reaffirmed is named by its statement",
                ),
            }
        }
        for (digest, confirms) in repeated {
            self.check_repetition(&digest, confirms)?;
        }
        Ok(repeats)
    }

    fn check_repetition(
        &mut self,
        digest: &StatementDigest,
        confirms: bool,
    ) -> Result<(), R::Error> {
        let member = "header.references";
        let Some(record) = self.records.by_statement(digest)? else {
            let message = format!("statement {digest} is not in the ledger");
            self.refuse(Step::Right, Reason::TargetUnknown, member, message);
            return Ok(());
        };
        let index = record.index();
        let Some(earlier) = record.statement() else {
            if !self.grant(self.context.is_replay) {
                self.forbid(member, format!("entry {index} was erased"));
            }
            return Ok(());
        };
        let is_by_the_right_one = if confirms {
            // A transcription can't confirm another.
            self.header().transcription.is_none()
        } else {
            earlier.header().signer() == self.header().signer()
        };
        if !is_by_the_right_one || !is_same_but_for_its_history(self.statement, earlier) {
            self.forbid(member, format!("it does not repeat what entry {index} says"));
        }
        Ok(())
    }
}

/// Kinds of which several records stand under one number.
fn is_later_action(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Accreditation(of) => of.action != StandingAction::Grant,
        Predicate::Notification(of) => of.action != StandingAction::Grant,
        Predicate::ListingRecord(_) => true,
        _ => false,
    }
}

/// Whether two statements are equal but for `header.id`, `references` and `transcription`.
fn is_same_but_for_its_history(one: &Statement, other: &Statement) -> bool {
    let sorted = |statement: &Statement| {
        let mut subjects = statement.subjects().to_vec();
        subjects.sort();
        subjects
    };
    // The header is compared first because it is small.
    is_same_header(one.header(), other.header())
        && sorted(one) == sorted(other)
        && content(one).is_some_and(|content_of_one| Some(content_of_one) == content(other))
}

fn is_same_header(one: &Header, other: &Header) -> bool {
    one.issuer == other.issuer && one.document == other.document
}

fn content(statement: &Statement) -> Option<Value> {
    let mut value = serde_json::to_value(statement.predicate()).ok()?;
    let header = value.get_mut("header")?.as_object_mut()?;
    for member in ["id", "references", "transcription"] {
        header.remove(member);
    }
    Some(value)
}
