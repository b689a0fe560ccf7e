//! Documents that goods of a kind do not have: that there is one is what speaks against them.
//!
//! Rules: `conformity.md`, section 5. Only what the manufacturer declared, or was given, counts:
//! otherwise anybody could bring another's goods into doubt by a document of its own, or by a copy.

use std::collections::BTreeSet;

use super::context::{Context, Subject};
use super::expand::Expanded;
use super::goods::Reach;
use super::judgement::Degree;
use super::negative::Negatives;
use crate::attestation::{Predicate, PredicateKind};
use crate::identifier::OperatorUri;
use crate::policy::finding::MatchKind;
use crate::policy::ruleset::{Negative, Severity};
use crate::reason::Reason;
use crate::record::Record;

impl Context<'_> {
    /// What a rule on documents finds.
    pub(super) fn unexpected(&self, rule: &Negative, expanded: &Expanded<'_>) -> Negatives {
        let mut found = Negatives::default();
        for subject in expanded.packs.iter().chain(&expanded.to_cover) {
            for kind in &rule.types {
                self.unexpected_of_kind(rule, subject, *kind, &mut found);
            }
        }
        found
    }

    fn unexpected_of_kind(
        &self,
        rule: &Negative,
        subject: &Subject<'_>,
        kind: PredicateKind,
        found: &mut Negatives,
    ) {
        let mut hit = |severity: Severity, record: &Record| {
            let key = (Reason::DocUnexpected, MatchKind::Exact);
            let (known, records) =
                found.hits.entry(key).or_insert_with(|| (severity, BTreeSet::new()));
            *known = severity.max(*known);
            records.insert(record.index());
        };
        for record in self.evidence.of_kind(kind) {
            let Some(statement) = record.statement() else { continue };
            let header = statement.header();
            let is_meant = rule.has_role(header.issuer.role)
                && header.transcription.is_none()
                && party(statement.predicate()) == subject.manufacturer();
            if !is_meant || self.standing(subject, record).degree() == Degree::NotMet {
                continue;
            }
            match self.reach(subject, statement) {
                Reach::Covers => hit(rule.on_hit, record),
                Reach::Intersects => hit(rule.on_hit.min(Severity::Review), record),
                Reach::Misses => {}
            }
        }
        // To erase a document is not to take it back. Registrars may have taken away a stranger's.
        for record in self.evidence.erased() {
            let orders = self.changes.erased_by(record).iter();
            let is_own = orders
                .filter_map(|order| order.operator.operator())
                .any(|by| self.speaks_for(subject, by));
            if is_own
                && self.changes.was_of_kind(record, kind)
                && self.is_in_chains_of(subject, record)
            {
                hit(rule.on_hit.min(Severity::Review), record);
            }
        }
    }

    /// Whether an operator is the manufacturer or acts for it.
    fn speaks_for(&self, subject: &Subject<'_>, operator: &OperatorUri) -> bool {
        subject.manufacturer() == Some(operator) || self.representatives(subject).contains(operator)
    }
}

/// Whose document it is: who made the goods, or had them examined.
fn party(predicate: &Predicate) -> Option<&OperatorUri> {
    match predicate {
        Predicate::EuDeclaration(of) => Some(&of.manufacturer.operator),
        Predicate::ConformityCertificate(of) => Some(&of.holder),
        Predicate::ProductionQualityApproval(of) => Some(&of.holder),
        _ => None,
    }
}
