//! Running cases: what the evaluator says, and what was expected.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use serde_json::json;

use super::case::{Case, Cases, RecordForm};
use super::form::{fill, merge, object};
use super::ledger::{Cause, Chains, Draft, ORIGIN, Rehearsal};
use crate::attestation::types::VerdictWord;
use crate::policy::closure::{ClosureError, collect};
use crate::policy::query::Defaults;
use crate::policy::{PolicySet, Query, RuleSet, evaluate};

/// What came of a case.
#[derive(Debug)]
pub struct CaseResult<'a> {
    /// The case.
    pub case: &'a Case,
    /// What the evaluator said, or why the case could not be played.
    pub found: Result<Said, String>,
}

/// A verdict in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The word.
    pub word: VerdictWord,
    /// Every finding that has a code, as `RULE CODE`.
    pub codes: BTreeSet<String>,
}

impl CaseResult<'_> {
    /// Whether the word and the complete set of codes are those that were expected.
    pub fn is_met(&self) -> bool {
        self.found
            .as_ref()
            .is_ok_and(|said| said.word == self.case.expected && said.codes == self.case.codes)
    }
}

/// Plays every case under a rule set, in the place of every other accepted one of its name.
pub fn run<'a>(cases: &'a Cases, rules: &RuleSet, accepted: &PolicySet) -> Vec<CaseResult<'a>> {
    let play = |case| {
        let found = play(cases, case, rules, accepted).map_err(|cause| chain(cause.as_ref()));
        CaseResult { case, found }
    };
    cases.cases().iter().map(play).collect()
}

fn play(cases: &Cases, case: &Case, rules: &RuleSet, accepted: &PolicySet) -> Result<Said, Cause> {
    let mut ledger = Rehearsal::new()?;
    for party in &cases.parties {
        let registered = ledger.register(party, cases.since.0);
        registered
            .map_err(|cause| format!("party {}: {}", party.operator, chain(cause.as_ref())))?;
    }
    let mut digests = BTreeMap::new();
    let is_there = |of: &&RecordForm| {
        of.at <= case.at
            && !case.without.contains(&of.name)
            && (!of.optional || case.with.contains(&of.name))
    };
    for form in cases.records.iter().filter(is_there) {
        let recorded = record(&mut ledger, form, case, &digests);
        let digest =
            recorded.map_err(|cause| format!("record {}: {}", form.name, chain(cause.as_ref())))?;
        digests.insert(form.name.clone(), digest);
    }
    ask(&ledger, cases, case, rules, accepted)
}

fn record(
    ledger: &mut Rehearsal,
    form: &RecordForm,
    case: &Case,
    digests: &BTreeMap<String, String>,
) -> Result<String, Cause> {
    let mut predicate = form.predicate.0.clone();
    if predicate.is_null() {
        predicate = json!({});
    }
    if let Some(change) = case.change.get(&form.name) {
        merge(&mut predicate, change);
    }
    fill(&mut predicate, digests);
    let header = object(&mut predicate, "header").ok_or("header: expected a table")?;
    let issuer = json!({"operator": form.issuer, "role": form.role.name()});
    for (name, value) in [("id", json!(form.name)), ("issuer", issuer), ("ledger", json!(ORIGIN))] {
        header.entry(name).or_insert(value);
    }
    let own = [form.issuer.clone()];
    let signers = if form.signed_by.is_empty() { &own[..] } else { &form.signed_by };
    let draft = Draft { kind: &form.kind, predicate, signers, at: form.at.0 };
    Ok(ledger.record(&draft)?.to_string())
}

fn ask(
    ledger: &Rehearsal,
    cases: &Cases,
    case: &Case,
    rules: &RuleSet,
    accepted: &PolicySet,
) -> Result<Said, Cause> {
    let mut query = cases.query.clone();
    if !case.query.is_null() {
        merge(&mut query, &case.query);
    }
    let query = Query::parse(query.to_string().as_bytes())?;
    let as_of = ledger.as_of(case.at.0);
    if query.as_of.is_some_and(|found| found != as_of.size) {
        return Err(
            "as_of has no meaning in a case: what is recorded after `at` is left out".into()
        );
    }
    let defaults = Defaults { seal_time: as_of.seal_time, size: as_of.size };
    let (mut query, _notes) = query.normalise(defaults)?;
    // A rule set for no goods only prohibits: it judges beside the one that is chosen.
    if query.policy.is_none() && !rules.categories.is_empty() {
        query.policy = Some(rules.name().clone());
    }
    let mut rules = rules.clone();
    rules.test_identifiers |= case.accept_example_numbers.unwrap_or(cases.accept_example_numbers);
    let policies = accepted.clone().with_in_place(rules);
    let evidence = collect(&query, &policies, ledger.genesis(), as_of, &mut Chains(ledger));
    let evidence = evidence.map_err(|error| match error {
        ClosureError::Source(never) => match never {},
        ClosureError::TooLarge { what, limit } => format!("more than {limit} {what}"),
    })?;
    let verdict = evaluate(&query, &evidence, &policies)?;
    let codes =
        verdict.body().findings.iter().filter_map(|finding| {
            finding.code.map(|code| format!("{} {code}", finding.requirement))
        });
    Ok(Said { word: verdict.word(), codes: codes.collect() })
}

/// An error and its causes, in one line.
fn chain(error: &(dyn Error + Send + Sync + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let message = cause.to_string();
        if !text.ends_with(&message) {
            text = format!("{text}: {message}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules;

    fn rule_set(name: &str) -> RuleSet {
        RuleSet::parse(rules::embedded(name).unwrap().as_bytes()).unwrap()
    }

    fn cases(name: &str) -> Cases {
        Cases::parse(rules::cases(name).unwrap().as_bytes()).unwrap()
    }

    /// Every case that is not met, in words.
    fn differences(cases: &Cases, rules: &RuleSet) -> Vec<String> {
        let results = run(cases, rules, &PolicySet::embedded());
        let not_met = results.iter().filter(|result| !result.is_met());
        not_met.map(|of| format!("{}: {:?}", of.case.name, of.found)).collect()
    }

    #[test]
    fn the_embedded_rule_sets_give_the_verdicts_that_their_cases_expect() {
        for name in rules::NAMES.iter().filter(|name| rules::cases(name).is_some()) {
            assert_eq!(differences(&cases(name), &rule_set(name)), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn a_rule_set_that_demands_less_is_found_out() {
        let text = rules::embedded("eu-toys").unwrap();
        let (before, rest) = text.split_once("[[requirement]]\ncode = \"TOY-DOC\"").unwrap();
        let (_, after) = rest.split_once("[[requirement]]").unwrap();
        let lax = format!("{before}[[requirement]]{after}");
        let lax = RuleSet::parse(lax.as_bytes()).unwrap();
        let found = differences(&cases("eu-toys"), &lax);
        for (case, word) in
            [("no declaration", "Listable"), ("a declaration withdrawn", "Listable")]
        {
            let is_it = |of: &&String| of.starts_with(case);
            let found = found.iter().find(is_it).unwrap_or_else(|| panic!("{case}: {found:?}"));
            assert!(found.contains(word), "{found}");
        }
        assert!(!found.iter().any(|of| of.starts_with("a plush toy whose chain")), "{found:?}");
    }

    #[test]
    fn what_admission_refuses_is_no_evidence() {
        let text = rules::cases("eu-toys").unwrap();
        let one = |change: &str| {
            let (head, _) = text.split_once("[[case]]").unwrap();
            let case =
                "[[case]]\nname = \"one\"\nat = 2026-11-23\nexpected = \"LISTABLE\"\ncodes = []\n";
            let cases = Cases::parse(format!("{head}{case}{change}").as_bytes()).unwrap();
            let results = run(&cases, &rule_set("eu-toys"), &PolicySet::embedded());
            results[0].found.clone()
        };
        let codes = one("").unwrap().codes;
        assert_eq!(codes.into_iter().collect::<Vec<_>>(), ["TOY-DPP DPP_MISSING"]);
        for (change, words) in [
            (
                "change.mandate.header.issuer = { operator = \"urn:lei:ZZZZ00NOBODY0000000X\" }",
                "record mandate: ",
            ),
            ("change.report.header.document.issued = 2027-01-01", "record report: "),
            ("change.mandate.header.issuer.role = \"lab\"", "record mandate: "),
            ("change.report.overal = \"PASS\"", "record report: "),
            ("query.as_of = 3", "as_of has no meaning"),
            ("query.product.gtin = \"9521000200013\"", "product.gtin"),
        ] {
            let error = one(change).unwrap_err();
            assert!(error.contains(words), "{change}: {error}");
        }
        // The signature of one party is not that of two.
        let (one_party, two) = (
            "signed_by = [\"urn:eori:FR99900011000018\"]",
            "signed_by = [\"https://id.gs1.org/417/9521000200005\", \"urn:eori:FR99900011000018\"]",
        );
        assert_eq!(text.matches(two).count(), 1);
        let cases = Cases::parse(text.replace(two, one_party).as_bytes()).unwrap();
        let results = run(&cases, &rule_set("eu-toys"), &PolicySet::embedded());
        let error = results[0].found.clone().unwrap_err();
        assert!(error.starts_with("record mandate: "), "{error}");
    }
}
