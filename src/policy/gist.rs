//! The gist of a verdict: what whoever acts on it has to know, and nothing of when it was reached or
//! on what. A watch tells of a verdict whose gist is another one.

use serde::Serialize;

use crate::attestation::types::{PolicyRef, VerdictWord};
use crate::hash::Digest;
use crate::identifier::ProductUri;
use crate::json::{self, JsonError};
use crate::policy::finding::Outcome;
use crate::policy::verdict::{Condition, VerdictBody};
use crate::reason::Reason;

/// What a verdict comes to. Two verdicts with one gist differ in what they rest on alone: the state
/// of the ledger, the records and their number, until when they hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gist {
    /// The word.
    pub verdict: VerdictWord,
    /// Whether the goods are prohibited as such.
    pub prohibited: bool,
    /// What came of every rule, in the order of the rule set.
    pub findings: Vec<GistFinding>,
    /// What the platform must do if it lists the product. Sorted.
    pub conditions: Vec<Condition>,
    /// Scopes under a measure. Sorted.
    pub excluded_scopes: Vec<ProductUri>,
    /// The rule set; none if none applies.
    pub policy: Option<PolicyRef>,
}

/// What came of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GistFinding {
    /// The code of the rule.
    pub requirement: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, unless it is met.
    pub code: Option<Reason>,
}

impl Gist {
    /// The gist of a verdict with this body.
    pub fn of(body: &VerdictBody) -> Self {
        let findings = body.findings.iter().map(|finding| GistFinding {
            requirement: finding.requirement.clone(),
            outcome: finding.outcome,
            code: finding.code,
        });
        Self {
            verdict: body.verdict,
            prohibited: body.prohibited,
            findings: findings.collect(),
            conditions: body.conditions.clone(),
            excluded_scopes: body.excluded_scopes.clone(),
            policy: body.policy.clone(),
        }
    }

    /// SHA-256 of its canonical JSON: equal for equal gists, for whoever keeps many of them.
    pub fn digest(&self) -> Result<Digest, JsonError> {
        Ok(Digest::of(&json::canonical(self)?))
    }

    /// What speaks against the product, `RULE:CODE`, in the order of the rule set.
    pub fn against(&self) -> impl Iterator<Item = String> {
        let against = self
            .findings
            .iter()
            .filter(|of| matches!(of.outcome, Outcome::NotMet | Outcome::Review));
        against.map(|finding| match finding.code {
            Some(code) => format!("{}:{code}", finding.requirement),
            None => finding.requirement.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Verdict;
    use crate::policy::verdict::tests::GOLDEN;

    /// Whether the golden verdict has another gist once it is changed like that.
    fn changes(change: impl FnOnce(&mut VerdictBody)) -> bool {
        let before = Verdict::parse(GOLDEN.as_bytes()).unwrap().body().clone();
        let mut after = before.clone();
        change(&mut after);
        assert_ne!(before, after, "nothing was changed");
        let [before, after] = [before, after].map(|body| Gist::of(&body));
        let is_other = before != after;
        assert_eq!(before.digest() != after.digest(), is_other);
        is_other
    }

    #[test]
    fn what_one_has_to_act_on_is_in_the_gist() {
        assert!(changes(|it| it.verdict = VerdictWord::Review));
        assert!(changes(|it| it.prohibited = true));
        assert!(changes(|it| it.findings[0].outcome = Outcome::NotMet));
        assert!(changes(|it| it.findings[0].code = Some(Reason::EvidenceErased)));
        assert!(changes(|it| it.findings[0].requirement.push('X')));
        assert!(changes(|it| it.findings.truncate(1)));
        assert!(changes(|it| it.conditions.truncate(2)));
        assert!(changes(|it| it.excluded_scopes.clear()));
        assert!(changes(|it| it.policy = None));
    }

    #[test]
    fn what_it_rests_on_and_until_when_is_not() {
        assert!(!changes(|it| it.valid_until = None));
        assert!(!changes(|it| it.recheck_after = it.as_of.seal_time));
        assert!(!changes(|it| it.as_of.tree_size = crate::merkle::TreeSize::new(9)));
        assert!(!changes(|it| it.query.legal_at = it.recheck_after));
        assert!(!changes(|it| it.evidence.clear()));
        assert!(!changes(|it| it.findings[0].checked_keys.clear()));
        assert!(!changes(|it| it.findings[0].evidence.clear()));
    }

    #[test]
    fn what_speaks_against_a_product_has_its_rule_and_its_code() {
        let gist = Gist::of(Verdict::parse(GOLDEN.as_bytes()).unwrap().body());
        let against: Vec<String> = gist.against().collect();
        assert_eq!(against, ["NEG-MEASURE:RECALLED_BATCH", "TRADER-LINK:TRADER_NOT_LINKED"]);
    }
}
