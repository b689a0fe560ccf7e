//! What came of judging a query at one instant: findings, and what a verdict says beside them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::judgement::{Degree, Judgement};
use crate::attestation::types::VerdictWord;
use crate::identifier::ProductUri;
use crate::merkle::EntryIndex;
use crate::policy::assurance::Assurance;
use crate::policy::evidence::Evidence;
use crate::policy::finding::{CheckedKey, Finding, MatchKind, Outcome};
use crate::policy::law::LawRef;
use crate::policy::ruleset::{RuleSet, Severity};
use crate::policy::verdict::Condition;
use crate::reason::Reason;

/// What came of judging a query at one instant.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    pub prohibited: bool,
    pub findings: Vec<Finding>,
    pub excluded: BTreeSet<ProductUri>,
    pub conditions: BTreeSet<Condition>,
    pub evidence: BTreeSet<EntryIndex>,
    pub assurance_min: Option<Assurance>,
    pub rules: Option<Arc<RuleSet>>,
    /// Whether the day of making of some goods was used.
    pub uses_production_days: bool,
}

/// A rule that findings are about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule<'r> {
    pub code: &'r str,
    pub severity: Severity,
    pub law: &'r [LawRef],
    /// Whether a failure only warns, because its day has not come.
    pub only_warns: bool,
}

impl<'r> Rule<'r> {
    /// A rule that holds for all rule sets.
    pub(super) const fn general(code: &'r str, severity: Severity) -> Self {
        Self { code, severity, law: &[], only_warns: false }
    }
}

impl Judged {
    /// The word that follows from the findings.
    pub(super) fn word(&self) -> VerdictWord {
        let worst = self.findings.iter().map(word_of).max_by_key(|word| gravity(*word));
        if self.prohibited {
            VerdictWord::NotListable
        } else {
            // Where nothing was judged, nothing is known.
            worst.unwrap_or(VerdictWord::Review)
        }
    }

    /// Adds the findings of a judgement: one a reason, or a single one that it is met.
    pub(super) fn add(
        &mut self,
        evidence: &Evidence,
        rule: Rule<'_>,
        judgement: &Judgement,
        checked_keys: &[CheckedKey],
    ) {
        self.evidence.extend(judgement.evidence());
        if judgement.degree() != Degree::NotMet && !rule.only_warns {
            let weakest = [self.assurance_min, judgement.assurance()];
            self.assurance_min = weakest.into_iter().flatten().min();
        }
        let is_met = judgement.degree() >= Degree::Warned;
        let met = is_met.then_some((None, Outcome::Met));
        let against = judgement.reasons().map(|(reason, degree)| {
            let outcome = match degree {
                _ if rule.only_warns || rule.severity == Severity::Warn => Outcome::Warned,
                Degree::NotMet => Outcome::NotMet,
                Degree::Review => Outcome::Review,
                Degree::Warned | Degree::Met => Outcome::Warned,
            };
            (Some(reason), outcome)
        });
        for (code, outcome) in met.into_iter().chain(against) {
            let statements = statements(evidence, judgement.evidence());
            self.push(rule, (code, outcome), statements, checked_keys.to_vec(), None);
        }
    }

    /// Adds one finding on a measure.
    pub(super) fn add_hit(
        &mut self,
        evidence: &Evidence,
        rule: Rule<'_>,
        (reason, match_kind): (Reason, MatchKind),
        records: &BTreeSet<EntryIndex>,
        checked_keys: &[CheckedKey],
    ) {
        self.evidence.extend(records);
        let outcome = match rule.severity {
            Severity::Deny => Outcome::NotMet,
            Severity::Review => Outcome::Review,
            Severity::Warn => Outcome::Warned,
        };
        let statements = statements(evidence, records);
        let keys = checked_keys.to_vec();
        self.push(rule, (Some(reason), outcome), statements, keys, Some(match_kind));
    }

    fn push(
        &mut self,
        rule: Rule<'_>,
        (code, outcome): (Option<Reason>, Outcome),
        evidence: Vec<crate::envelope::StatementDigest>,
        checked_keys: Vec<CheckedKey>,
        match_kind: Option<MatchKind>,
    ) {
        self.findings.push(Finding {
            requirement: rule.code.to_owned(),
            outcome,
            code,
            severity: if outcome == Outcome::Warned { Severity::Warn } else { rule.severity },
            law: rule.law.to_vec(),
            evidence,
            checked_keys,
            r#match: match_kind,
        });
    }
}

fn statements(
    evidence: &Evidence,
    records: &BTreeSet<EntryIndex>,
) -> Vec<crate::envelope::StatementDigest> {
    let records = records.iter().filter_map(|index| evidence.record(*index));
    let digests: BTreeSet<_> = records.map(|record| *record.digest()).collect();
    digests.into_iter().collect()
}

const fn word_of(finding: &Finding) -> VerdictWord {
    match (finding.outcome, finding.severity) {
        (Outcome::Met | Outcome::Warned, _) | (_, Severity::Warn) => VerdictWord::Listable,
        (Outcome::NotMet, Severity::Deny) => VerdictWord::NotListable,
        // What was not looked at is not known, and what is not known is never listable.
        (Outcome::NotMet | Outcome::Review | Outcome::NotChecked, _) => VerdictWord::Review,
    }
}

/// The graver word is greater.
pub(super) const fn gravity(word: VerdictWord) -> u8 {
    match word {
        VerdictWord::Listable => 0,
        VerdictWord::Review => 1,
        VerdictWord::NotListable => 2,
    }
}
