//! Entries in public registers as evidence: of each holder the newest counts, and no older one in
//! its place. That an entry is gone, as a register says it, only the register itself takes back.
//!
//! Rules: `conformity.md`, sections 2.5 and 5, ruling 7. Anyone may log that a register has an entry
//! of its own, so what strangers to the product say is neither for it nor against it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::candidate::{Fared, Fit};
use super::context::{Context, Subject};
use super::goods::Reach;
use super::judgement::{Degree, Judgement};
use crate::attestation::types::{
    ExternalRegistration, MandateKind, RegistrationStatus, RegistryName,
};
use crate::attestation::{Predicate, PredicateKind, Role};
use crate::identifier::OperatorUri;
use crate::policy::assurance::Assurance;
use crate::policy::ruleset::EvidenceRule;
use crate::reason::Reason;
use crate::record::Record;

/// An entry of a holder, one waste stream at a time.
type Holding<'a> = (&'a OperatorUri, Option<&'a str>);

/// The code of an entry that is not there.
pub(super) const fn missing(registry: RegistryName) -> Reason {
    match registry {
        RegistryName::Dpp => Reason::DppMissing,
        RegistryName::Epr(_) => Reason::EprMissing,
        RegistryName::Cpnp
        | RegistryName::Eprel
        | RegistryName::Scip
        | RegistryName::Eudamed
        | RegistryName::Cpsc
        | RegistryName::Vies
        | RegistryName::Gleif
        | RegistryName::Nando
        | RegistryName::Gs1 => Reason::ReqMissing,
    }
}

impl<'a> Context<'a> {
    /// How the best entry for a rule fares; the best in each register, if it asks for several. A
    /// register that is for none of the destinations is not asked for.
    pub(super) fn best_registration(
        &self,
        subject: &Subject<'_>,
        rule: &EvidenceRule,
        assurance_min: Assurance,
    ) -> Fared {
        let Some(register) = rule.registry else {
            return Fared::of(Judgement::not_met(Reason::ReqMissing), Fit::Nothing);
        };
        let holders = self.holders(subject);
        let mut all = Fared::of(Judgement::met(), Fit::Applies);
        for registry in register.asked(&self.countries) {
            let best = self.best_entry(subject, rule, (registry, &holders), assurance_min);
            all.judgement.and(best.judgement);
            all.fit = all.fit.min(best.fit);
        }
        all
    }

    /// How the best entry in a register fares.
    fn best_entry(
        &self,
        subject: &Subject<'_>,
        rule: &EvidenceRule,
        (registry, holders): (RegistryName, &BTreeSet<OperatorUri>),
        assurance_min: Assurance,
    ) -> Fared {
        let mut best = Fared::of(Judgement::not_met(missing(registry)), Fit::Nothing);
        let mut consider = |fared: Fared| {
            if best.rank() < fared.rank() {
                best = fared;
            }
        };
        let newest = self.newest_registrations(subject, rule, registry, holders);
        for record in self.gone_registrations(subject, holders, None) {
            consider(gone(record));
        }
        for ((holder, _), record) in newest {
            let erased = self.gone_registrations(subject, holders, Some(holder));
            match erased.into_iter().max_by_key(|erased| erased.index()) {
                Some(erased) if record.index() < erased.index() => consider(gone(erased)),
                _ => {
                    let record = self.denial(subject, record).unwrap_or(record);
                    consider(self.fare_registration(subject, rule, assurance_min, record));
                }
            }
        }
        best
    }

    /// What takes a registrant's own entry away: that the register has closed it, or has none, in the
    /// newest copy by a connector that the rule set names. The registrant can't outlive that by its
    /// word alone, whatever number it gives.
    fn denial(&self, subject: &Subject<'_>, own: &Record) -> Option<&'a Arc<Record>> {
        let own = registration(own)?;
        if own.header.issuer.role == Role::Connector {
            return None;
        }
        let is_copy = |record: &&Arc<Record>| {
            registration(record).is_some_and(|of| {
                of.header.issuer.role == Role::Connector
                    && (of.registry, of.holder()) == (own.registry, own.holder())
                    // A copy that names no stream is about all of them.
                    && (of.stream.is_none() || of.stream == own.stream)
                    && self.is_heard(of)
            }) && record.statement().is_some_and(|of| self.reach(subject, of) != Reach::Misses)
                && self.standing(subject, record).degree() != Degree::NotMet
        };
        let mut all = self.evidence.of_kind(PredicateKind::ExternalRegistration);
        let newest = all.rfind(is_copy)?;
        let is_there = |of: &ExternalRegistration| of.status == RegistrationStatus::Registered;
        (!registration(newest).is_some_and(is_there)).then_some(newest)
    }

    fn fare_registration(
        &self,
        subject: &Subject<'_>,
        rule: &EvidenceRule,
        assurance_min: Assurance,
        record: &Arc<Record>,
    ) -> Fared {
        let Some(statement) = record.statement() else { return gone(record) };
        let mut judgement = self.judge(subject, rule, assurance_min, record, statement);
        if self.reach(subject, statement) == Reach::Covers {
            return Fared::of_record(judgement, Fit::Applies, record);
        }
        if subject.goods.has_batch() {
            judgement.deny(Reason::CoverageTooNarrow);
        } else {
            judgement.add(Reason::BatchRequired, Degree::Review);
        }
        Fared::of_record(judgement, Fit::Near, record)
    }

    fn newest_registrations(
        &self,
        subject: &Subject<'_>,
        rule: &EvidenceRule,
        registry: RegistryName,
        holders: &BTreeSet<OperatorUri>,
    ) -> BTreeMap<Holding<'a>, &'a Arc<Record>> {
        let mut newest = BTreeMap::new();
        for record in self.evidence.of_kind(PredicateKind::ExternalRegistration) {
            let Some(statement) = record.statement() else { continue };
            let Some(of) = registration(record) else { continue };
            let Some(holder) = of.holder() else { continue };
            let is_meant = of.registry == registry
                && (rule.stream.is_none() || rule.stream == of.stream)
                && (rule.by.is_empty() || rule.by.contains(&of.header.issuer.role));
            if is_meant
                && holders.contains(holder)
                && self.is_heard(of)
                && self.reach(subject, statement) != Reach::Misses
            {
                // In the order of the log: the last one stays.
                newest.insert((holder, of.stream.as_deref()), record);
            }
        }
        newest
    }

    /// Registrants speak for themselves; of connectors those count that the rule set names.
    fn is_heard(&self, registration: &ExternalRegistration) -> bool {
        let issuer = &registration.header.issuer;
        issuer.role != Role::Connector
            || issuer.operator.operator().is_some_and(|of| self.rules.connectors.contains(of))
    }

    /// Erased records on the goods that may have been entries of this holder: those whose erasure it
    /// ordered itself, and those of which nobody can tell whose they were. Without a holder: of any
    /// of them.
    fn gone_registrations(
        &self,
        subject: &Subject<'_>,
        holders: &BTreeSet<OperatorUri>,
        holder: Option<&OperatorUri>,
    ) -> Vec<&'a Arc<Record>> {
        let kind = PredicateKind::ExternalRegistration;
        let may_be = |record: &Arc<Record>| {
            let orders = self.changes.erased_by(record);
            orders.is_empty()
                || orders.iter().any(|order| match order.operator.operator() {
                    // Registrars may have taken away anybody's.
                    None => true,
                    Some(by) if order.role == Role::Connector => self.rules.connectors.contains(by),
                    Some(by) => holder.map_or_else(|| holders.contains(by), |of| of == by),
                })
        };
        let erased = self.evidence.erased().filter(|record| {
            self.changes.was_of_kind(record, kind) && self.is_in_chains_of(subject, record)
        });
        erased.filter(|record| may_be(record)).collect()
    }

    /// Whose entries may stand for the goods: the manufacturer's, those of who acts for it in the
    /// Union, of who imported them, and the seller's.
    fn holders(&self, subject: &Subject<'_>) -> BTreeSet<OperatorUri> {
        let mut holders = self.representatives(subject);
        holders.extend(subject.manufacturer().cloned());
        holders.insert(self.trader.clone());
        holders.extend(self.importers(subject));
        holders
    }

    /// Who has declared that it imported the goods, or some of them.
    pub(super) fn importers(&self, subject: &Subject<'_>) -> BTreeSet<OperatorUri> {
        let mut found = BTreeSet::new();
        for record in self.evidence.of_kind(PredicateKind::ImporterDeclaration) {
            let Some(statement) = record.statement() else { continue };
            if self.reach(subject, statement) != Reach::Misses && self.is_sound(record) {
                found.extend(statement.header().issuer.operator.operator().cloned());
            }
        }
        found
    }

    /// Who has a mandate of the manufacturer for the goods, as responsible person or representative.
    pub(super) fn representatives(&self, subject: &Subject<'_>) -> BTreeSet<OperatorUri> {
        let mut found = BTreeSet::new();
        for record in self.evidence.of_kind(PredicateKind::Mandate) {
            let Some(statement) = record.statement() else { continue };
            let Predicate::Mandate(of) = statement.predicate() else { continue };
            let is_for_eu =
                matches!(of.kind, MandateKind::ResponsiblePerson | MandateKind::AuthorisedRep);
            if is_for_eu
                && Some(&of.mandator) == subject.manufacturer()
                && self.reach(subject, statement) != Reach::Misses
                && self.standing(subject, record).degree() != Degree::NotMet
            {
                found.insert(of.mandatary.clone());
            }
        }
        found
    }
}

fn registration(record: &Record) -> Option<&ExternalRegistration> {
    match record.statement()?.predicate() {
        Predicate::ExternalRegistration(of) => Some(of),
        _ => None,
    }
}

fn gone(record: &Record) -> Fared {
    let mut judgement = Judgement::not_met(Reason::EvidenceErased);
    judgement.mention(record.index());
    Fared::of_record(judgement, Fit::Near, record)
}
