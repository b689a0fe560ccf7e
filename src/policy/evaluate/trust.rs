//! Whom to believe: keys that were compromised, bodies that were accredited or notified.
//!
//! Rules: `conformity.md`, section 7. Whether a signer had the right to sign was decided when its
//! record was admitted; this is about what came to light since, and about scope on the day of
//! issue.

use std::collections::BTreeSet;

use super::moment::Moment;
use super::status::Changes;
use crate::attestation::types::{Norm, StandingAction};
use crate::attestation::{Header, Module, Relation, Role, Statement};
use crate::envelope::StatementDigest;
use crate::identifier::{Celex, CnCode, OperatorUri};
use crate::key::KeyId;
use crate::merkle::EntryIndex;
use crate::policy::evidence::Evidence;
use crate::record::Record;
use crate::registry::{
    AccreditationLine, AccreditationQuestion, AccreditationStep, KeyWindow, NotificationLine,
    NotificationQuestion, NotificationStep, Operator, Registry, Standing as LineStanding,
};
use crate::time::{Date, Timestamp};

/// What the trust records in the evidence say, as of the view.
#[derive(Debug)]
pub(super) struct Trust<'a> {
    evidence: &'a Evidence,
    at: EntryIndex,
    reaffirmed: BTreeSet<StatementDigest>,
}

/// Whether a body had a standing on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It had, without any doubt.
    InForce,
    /// It had, but a record that says so was signed with a key that was compromised.
    InDoubt,
    /// It had, or will have, but not on that day.
    Lapsed,
    /// It never had.
    OutOfScope,
}

/// What an accreditation has to be for.
#[derive(Clone, Copy, Debug)]
pub(super) enum AccreditedFor<'a> {
    /// A standard, by its reference.
    Standard(&'a str),
    /// An act.
    Act(&'a Celex),
    /// A product, whatever the standard.
    Anything,
}

impl<'a> Trust<'a> {
    /// What the trust records in the evidence say.
    pub(super) fn of(evidence: &'a Evidence) -> Self {
        let at = EntryIndex::new(evidence.as_of().size.get());
        let mut trust = Self { evidence, at, reaffirmed: BTreeSet::new() };
        trust.reaffirmed = trust.reaffirmed_statements();
        trust
    }

    fn registry(&self) -> &'a Registry {
        self.evidence.registry()
    }

    /// What a sound record of the same issuer reaffirms counts again.
    fn reaffirmed_statements(&self) -> BTreeSet<StatementDigest> {
        let mut reaffirmed = BTreeSet::new();
        for record in self.evidence.records().filter(|record| !self.is_suspect(record)) {
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

    /// Whether a body was accredited under one of the norms for something, on a day.
    pub(super) fn accredited(
        &self,
        changes: &Changes<'_>,
        body: &OperatorUri,
        norms: &[Norm],
        purpose: AccreditedFor<'_>,
        product: Option<&CnCode>,
        day: Date,
    ) -> Standing {
        let mut question = AccreditationQuestion { product, ..AccreditationQuestion::default() };
        match purpose {
            AccreditedFor::Standard(standard) => question.standard = Some(standard),
            AccreditedFor::Act(act) => question.act = Some(act),
            AccreditedFor::Anything => {}
        }
        let lines = self.registry().accreditations(body, self.at).into_iter();
        let lines = lines.filter(|line| line.norm().is_some_and(|norm| norms.contains(&norm)));
        let answers = lines.map(|line: AccreditationLine<'_>| {
            let names = |step: &AccreditationStep| {
                question.standard.is_none_or(|of| step.standards.iter().any(|named| named == of))
                    && question.act.is_none_or(|act| step.acts.contains(act))
                    && (step.products.is_none() || product.is_some())
            };
            let is_named = line.steps().iter().any(|step| is_grant(step.action) && names(step));
            let records = line.steps().iter().map(|step| step.index);
            self.answer(changes, records, is_named, line.standing(&question, last_instant(day)))
        });
        answers.min().unwrap_or(Standing::OutOfScope)
    }

    /// Whether a body was notified for an act, module and product, on a day. A connector's copy of
    /// a register counts if it is among `connectors`, until the authority itself says something.
    pub(super) fn notified(
        &self,
        changes: &Changes<'_>,
        body: &OperatorUri,
        (act, module): (&Celex, Option<&Module>),
        product: Option<&CnCode>,
        connectors: &[OperatorUri],
        day: Date,
    ) -> Standing {
        let question = NotificationQuestion { module, product };
        let mut lines = self.registry().notifications(body, self.at);
        lines.retain(|line| line.act() == Some(act));
        let is_own = |line: &NotificationLine<'_>| line.signer() == line.issuer();
        let is_copy_that_counts = |line: &NotificationLine<'_>| {
            line.signer().is_some_and(|of| connectors.contains(of))
                && !lines.iter().any(|own| is_own(own) && own.issuer() == line.issuer())
        };
        let lines = lines.iter().filter(|line| is_own(line) || is_copy_that_counts(line));
        let answers = lines.map(|line| {
            let names = |step: &NotificationStep| {
                let holds = |of: &Module| {
                    let part_is_listed =
                        |part: &str| step.modules.iter().any(|listed| listed.as_str() == part);
                    part_is_listed(of.as_str()) || of.as_str().split('+').all(part_is_listed)
                };
                module.is_none_or(holds) && (step.products.is_none() || product.is_some())
            };
            let is_named = line.steps().iter().any(|step| is_grant(step.action) && names(step));
            let records = line.steps().iter().map(|step| step.index);
            self.answer(changes, records, is_named, line.standing(&question, last_instant(day)))
        });
        answers.min().unwrap_or(Standing::OutOfScope)
    }

    fn answer(
        &self,
        changes: &Changes<'_>,
        records: impl Iterator<Item = EntryIndex>,
        is_named: bool,
        standing: LineStanding,
    ) -> Standing {
        let records: Vec<_> = records.filter_map(|index| self.evidence.record(index)).collect();
        // What was annulled was never granted.
        let is_annulled = records.iter().any(|record| changes.is_annulled(record));
        match standing {
            _ if !is_named || is_annulled => Standing::OutOfScope,
            LineStanding::InForce if records.iter().any(|record| self.is_in_doubt(record)) => {
                Standing::InDoubt
            }
            LineStanding::InForce => Standing::InForce,
            LineStanding::OutOfScope => Standing::OutOfScope,
            LineStanding::NotYet
            | LineStanding::Suspended
            | LineStanding::Expired
            | LineStanding::Withdrawn => Standing::Lapsed,
        }
    }
}

/// A standing is asked of a day. What begins on it counts, and what ends on it has ended.
fn last_instant(day: Date) -> Timestamp {
    let ms = day.end().ms().saturating_sub(1);
    Timestamp::from_ms(ms).unwrap_or(Timestamp::MAX)
}

const fn is_grant(action: StandingAction) -> bool {
    matches!(action, StandingAction::Grant | StandingAction::Extend)
}
