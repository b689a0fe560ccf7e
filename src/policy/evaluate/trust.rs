//! Whom to believe: keys that were compromised, operators and their roles.
//!
//! Rules: `conformity.md`, section 7. Whether a signer had the right to sign was decided when its
//! record was admitted; this is about what came to light since.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::annulments::Annulments;
use super::moment::Moment;
use super::status::Changes;
use crate::attestation::{Header, Relation, Role, Statement};
use crate::envelope::StatementDigest;
use crate::identifier::{Celex, OperatorUri};
use crate::key::KeyId;
use crate::merkle::EntryIndex;
use crate::policy::evidence::Evidence;
use crate::record::Record;
use crate::registry::{KeyWindow, Operator, Registry};
use crate::time::Date;

/// What the trust records in the evidence say, as of the view.
#[derive(Debug)]
pub(super) struct Trust<'a> {
    evidence: &'a Evidence,
    at: EntryIndex,
    reaffirmed: BTreeSet<StatementDigest>,
}

impl<'a> Trust<'a> {
    /// What the trust records in the evidence say. What was annulled reaffirms nothing.
    pub(super) fn of(evidence: &'a Evidence, annulments: &Annulments<'a>) -> Self {
        let at = EntryIndex::new(evidence.as_of().size.get());
        let mut trust = Self { evidence, at, reaffirmed: BTreeSet::new() };
        trust.reaffirmed = trust.reaffirmed_statements(annulments);
        trust
    }

    pub(super) fn registry(&self) -> &'a Registry {
        self.evidence.registry()
    }

    /// Behind the last entry of the view.
    pub(super) const fn at(&self) -> EntryIndex {
        self.at
    }

    pub(super) fn record(&self, index: EntryIndex) -> Option<&'a Arc<Record>> {
        self.evidence.record(index)
    }

    /// What a sound record of the same issuer reaffirms counts again.
    fn reaffirmed_statements(&self, annulments: &Annulments<'_>) -> BTreeSet<StatementDigest> {
        let mut reaffirmed = BTreeSet::new();
        let is_sound = |of: &&Arc<Record>| !self.is_suspect(of) && !annulments.hit(of);
        for record in self.evidence.records().filter(is_sound) {
            let Some(header) = record.statement().map(Statement::header) else { continue };
            let again = header.references().iter().filter(|of| of.rel == Relation::Reaffirms);
            for old in again.filter_map(|reference| reference.statement) {
                if self.header(&old).is_some_and(|of| of.issuer == header.issuer) {
                    reaffirmed.insert(old);
                }
            }
        }
        reaffirmed
    }

    fn header(&self, statement: &StatementDigest) -> Option<&'a Header> {
        Some(self.evidence.by_statement(statement)?.statement()?.header())
    }

    /// Whether a key that signed the record was compromised when it did, as far as is known, and
    /// nothing has reaffirmed the record since.
    pub(super) fn is_in_doubt(&self, record: &Record) -> bool {
        !self.reaffirmed.contains(record.digest()) && self.is_suspect(record)
    }

    /// Whether nothing speaks against a record at that moment: neither a change of its status nor a
    /// stolen key.
    pub(super) fn is_sound(&self, changes: &Changes<'_>, record: &Record, at: Moment) -> bool {
        !self.is_in_doubt(record) && changes.codes(record, at).is_empty()
    }

    // Nothing can be backdated into the log: what stood there before `suspect_from` is sound.
    fn is_suspect(&self, record: &Record) -> bool {
        record.signers().iter().any(|keyid| {
            let key = self.registry().key(keyid, self.at);
            key.is_some_and(|key| key.window(record.time(), record.index()) != KeyWindow::Sound)
        })
    }

    /// The primary URI of an operator that is named by it or by an alias; as it came if the ledger
    /// does not know it.
    pub(super) fn primary(&self, operator: &OperatorUri) -> OperatorUri {
        self.registry().resolve(operator, self.at).unwrap_or(operator).clone()
    }

    /// The operator that a key is registered for, ended or not.
    pub(super) fn owner(&self, keyid: &KeyId) -> Option<OperatorUri> {
        self.registry().key(keyid, self.at)?.owner.operator().cloned()
    }

    /// An operator as registered.
    pub(super) fn operator(&self, operator: &OperatorUri) -> Option<&'a Operator> {
        self.registry().operator(operator, self.at)
    }

    /// Whether an operator is established in the European Union.
    pub(super) fn is_in_eu(&self, operator: &OperatorUri) -> bool {
        self.operator(operator).is_some_and(|of| of.country.is_in_eu())
    }

    /// Whether an operator has a role on a day.
    pub(super) fn has_role(&self, operator: &OperatorUri, role: Role, day: Date) -> bool {
        self.registry().role(operator, role, self.at).is_granted(day)
    }

    /// Whether an operator has a role on a day by a grant that names one of these acts.
    pub(super) fn is_named_for(
        &self,
        operator: &OperatorUri,
        role: Role,
        acts: &[Celex],
        day: Date,
    ) -> bool {
        let standing = self.registry().role(operator, role, self.at);
        acts.iter().any(|act| standing.names_act(act, day))
    }
}
