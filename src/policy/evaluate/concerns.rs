//! Concerns about what is offered, and about the documents that stand for it.
//!
//! Rules: `conformity.md`, sections 2.6 and 5. A concern calls for review at most, and only one
//! raised in a role that the rule names has any effect.

use std::collections::BTreeSet;

use super::context::Context;
use super::expand::Expanded;
use super::goods::Reach;
use super::negative::Negatives;
use crate::attestation::{Predicate, Role};
use crate::identifier::{Class, SubjectUri};
use crate::merkle::EntryIndex;
use crate::policy::finding::MatchKind;
use crate::policy::ruleset::{Negative, Severity};
use crate::reason::Reason;
use crate::record::Record;

impl Context<'_> {
    /// What a rule on concerns finds.
    pub(super) fn concerns(&self, rule: &Negative, expanded: &Expanded<'_>) -> Negatives {
        let mut found = Negatives::default();
        let mut hits: BTreeSet<EntryIndex> = BTreeSet::new();
        for ((class, uri), chain) in self.evidence.chains() {
            if *class != Class::Concerns {
                continue;
            }
            for record in chain {
                if self.has_effect(rule, record) && self.is_about(uri, record, expanded) {
                    hits.insert(record.index());
                }
            }
        }
        if !hits.is_empty() {
            // Reading a rule set refuses a rule on concerns that denies.
            let severity = rule.on_hit.min(Severity::Review);
            found.hits.insert((Reason::ConcernReported, MatchKind::Exact), (severity, hits));
        }
        found
    }

    /// Whether it was raised in one of the rule's roles. To erase a concern is not to take it back:
    /// then it counts if whoever ordered that acts in such a role, and only registrars end it.
    fn has_effect(&self, rule: &Negative, record: &Record) -> bool {
        if let Some(statement) = record.statement() {
            return rule.has_role(statement.header().issuer.role);
        }
        let orders = self.changes.erased_by(record);
        orders.is_empty()
            || (!orders.iter().any(|order| order.role == Role::Registrar)
                && orders.iter().any(|order| rule.has_role(order.role)))
    }

    /// Whether a concern in this chain is about the goods, what they are part of or hold, or about a
    /// document that is for some of them. What can't be told apart is about them.
    fn is_about(&self, uri: &SubjectUri, record: &Record, expanded: &Expanded<'_>) -> bool {
        if let SubjectUri::Product(product) = uri {
            let mut goods = expanded.to_clear.iter().map(|(subject, _)| &subject.goods.product);
            return goods.any(|goods| product.intersects(goods));
        }
        let target = record.statement().and_then(|statement| match statement.predicate() {
            Predicate::ConcernReport(of) => of.target.statement,
            _ => None,
        });
        let document = target.and_then(|target| self.evidence.by_statement(&target)?.statement());
        let Some(document) = document.filter(|of| of.predicate().scope().is_some()) else {
            return true;
        };
        let cleared = expanded.to_clear.iter().map(|(subject, _)| subject);
        let mut subjects = expanded.to_cover.iter().chain(&expanded.packs).chain(cleared);
        subjects.any(|subject| self.reach(subject, document) != Reach::Misses)
    }
}
