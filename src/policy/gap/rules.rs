//! Rule sets without what evidence does not settle.

use crate::attestation::PredicateKind;
use crate::policy::ruleset::{Alternative, Check, Ground, RuleSet};
use crate::policy::set::PolicySet;

/// Every rule set without what is settled by none of these grounds.
pub(super) fn without(policies: &PolicySet, grounds: &[Ground]) -> PolicySet {
    let reduced = policies.iter().map(|rules| reduced(rules, grounds).0);
    reduced.fold(PolicySet::empty(), PolicySet::with_rule_set)
}

/// The same of one rule set, and what was left out: requirements by their codes, and checks that are
/// parts of others.
pub(super) fn reduced(rules: &RuleSet, grounds: &[Ground]) -> (RuleSet, Vec<String>, Vec<Check>) {
    let is_asked = |check: &Check| grounds.contains(&check.ground());
    // A requirement that the offer may meet in one way is not the evidence's to meet in another.
    let is_open = |way: &Alternative| match way {
        Alternative::Check(check) => !is_asked(check),
        Alternative::Evidence(rule) => {
            rule.kind == PredicateKind::TraderVerification && !grounds.contains(&Ground::Platform)
        }
    };
    let (mut rules, mut codes, mut checks) = (rules.clone(), Vec::new(), Vec::new());
    rules.requirements.retain(|requirement| {
        let is_left_out = requirement.any_of.iter().any(is_open);
        if is_left_out {
            codes.push(requirement.code.clone());
        }
        !is_left_out
    });
    for way in rules.requirements.iter_mut().flat_map(|requirement| &mut requirement.any_of) {
        if let Alternative::Evidence(rule) = way {
            checks.extend(rule.checks.extract_if(.., |check| !is_asked(check)));
        }
    }
    checks.sort_unstable();
    checks.dedup();
    (rules, codes, checks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules;

    fn toys() -> RuleSet {
        RuleSet::parse(rules::embedded("eu-toys").unwrap().as_bytes()).unwrap()
    }

    #[test]
    fn what_the_offer_settles_is_left_out_and_all_else_stays() {
        let (left, codes, checks) = reduced(&toys(), &[Ground::Evidence, Ground::Seller]);
        assert_eq!(codes, ["OFFER-BLOCKS", "OFFER-IMAGES", "TOY-WARN"]);
        let names: Vec<&str> = checks.iter().map(|check| check.name()).collect();
        let expected = [
            "listing.manufacturer_matches",
            "listing.importer_matches",
            "listing.responsible_person_matches",
            "listing.category_matches",
        ];
        assert_eq!(names, expected);
        let (all, none, _) =
            reduced(&toys(), &[Ground::Evidence, Ground::Seller, Ground::Offer, Ground::Platform]);
        assert_eq!((all, none), (toys(), Vec::new()));
        assert_eq!(left.requirements.len() + codes.len(), toys().requirements.len());
        assert_eq!(left.negative, toys().negative);
        // It is found by the same name, in the place of the whole one.
        assert_eq!(left.sha256(), toys().sha256());
    }

    #[test]
    fn without_a_seller_nobody_asks_what_it_is_to_the_product() {
        let (_, codes, _) = reduced(&toys(), &[Ground::Evidence]);
        assert!(codes.contains(&"TRADER-LINK".to_owned()), "{codes:?}");
    }
}
