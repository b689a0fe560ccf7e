//! When the same records may give another verdict: every instant at which something begins or ends.
//!
//! A few too many do no harm, for the query is judged at each of them; one too few would.

use std::collections::BTreeSet;

use super::frame::Frame;
use crate::attestation::{Predicate, PredicateKind, Statement};
use crate::policy::evidence::Evidence;
use crate::policy::query::GoodsLocation;
use crate::policy::ruleset::{Alternative, RuleSet};
use crate::policy::set::PolicySet;
use crate::time::{Date, Timestamp};

/// The instants after `after` at which the verdict may change, in order.
pub(super) fn instants(
    frame: &Frame<'_>,
    evidence: &Evidence,
    policies: &PolicySet,
    after: Timestamp,
) -> BTreeSet<Timestamp> {
    let mut instants = BTreeSet::new();
    let ages: BTreeSet<_> = policies.iter().flat_map(|rules| ages_max(rules)).collect();
    for rules in policies.iter() {
        instants.insert(rules.applies_from.start());
        let days = rules.requirements.iter().filter_map(|requirement| requirement.effective_on);
        instants.extend(days.map(Date::start));
        instants.extend(last_days(rules).map(Date::end));
    }
    for statement in evidence.records().filter_map(|record| record.statement()) {
        of_statement(statement, &ages, &mut instants);
    }
    instants.extend(frame.changes.instants());
    if let GoodsLocation::EuStock { placed_on_market } = frame.query.offer.goods_location {
        instants.insert(placed_on_market.start());
    }
    instants.retain(|instant| after < *instant);
    instants
}

/// The ages that a rule set allows, each for records of one kind.
fn ages_max(rules: &RuleSet) -> Vec<(PredicateKind, u32)> {
    let alternatives = rules.requirements.iter().flat_map(|requirement| &requirement.any_of);
    let ages = alternatives.filter_map(|alternative| match alternative {
        Alternative::Evidence(rule) => rule.max_age_days.map(|days| (rule.kind, days)),
        Alternative::Check(_) => None,
    });
    ages.collect()
}

/// The days with which a rule set ends the validity of documents.
fn last_days(rules: &RuleSet) -> impl Iterator<Item = Date> {
    let alternatives = rules.requirements.iter().flat_map(|requirement| &requirement.any_of);
    alternatives.filter_map(|alternative| match alternative {
        Alternative::Evidence(rule) => rule.valid_until_max,
        Alternative::Check(_) => None,
    })
}

fn of_statement(
    statement: &Statement,
    ages: &BTreeSet<(PredicateKind, u32)>,
    instants: &mut BTreeSet<Timestamp>,
) {
    let header = statement.header();
    if let Some(validity) = header.validity {
        instants.insert(validity.from.start());
        instants.extend(validity.until.map(Date::end));
    }
    if let Some(document) = &header.document {
        instants.insert(document.issued.start());
        let ages = ages.iter().filter(|(kind, _)| *kind == statement.kind());
        let last_days = ages.map(|(_, days)| document.issued.saturating_add_days(*days));
        instants.extend(last_days.map(Date::end));
    }
    match statement.predicate() {
        Predicate::ProductionQualityApproval(of) => {
            instants.insert(of.next_surveillance.end());
        }
        Predicate::ExternalRegistration(of) => {
            let ages = ages.iter().filter(|(kind, _)| *kind == statement.kind());
            let last_days = ages.map(|(_, days)| of.checked_at.date().saturating_add_days(*days));
            instants.extend(last_days.map(Date::end));
        }
        Predicate::MeasureUpdate(of) => {
            instants.insert(of.effective_at);
        }
        Predicate::RoleGrant(of) => {
            instants.insert(of.from.start());
            instants.extend(of.until.map(Date::end));
        }
        // A standing is asked of a day: it changes with the day on which it takes effect.
        Predicate::Accreditation(of) => {
            instants.insert(of.effective_at.date().start());
            instants.extend(of.until.map(Date::end));
        }
        Predicate::Notification(of) => {
            instants.insert(of.effective_at.date().start());
        }
        _ => {}
    }
}
