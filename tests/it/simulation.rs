//! Simulations: the same evidence under other rules or on another day, and never with less evidence.

use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use probant::merkle::TreeSize;
use probant::policy::{
    ChainMissing, ErasedSince, RuleSet, Simulation, SimulationError, rules, simulate,
};
use serde_json::json;

use crate::case::{Question, Said, policies, said};
use crate::verdict_plush_toy::{question, record, world};
use crate::world::{LAB, MAKER, OTHER_TOY, TOY, World, erasure, measure, scope};

/// What a simulation says of the evidence on `asked`.
fn simulated(world: &World, asked: &Question, what: &Simulation) -> Result<Said, SimulationError> {
    let query = asked.normal(world.size());
    let (evidence, _) = world.evidence(&query);
    let found = simulate(&query, &evidence, &policies(), &world.genesis, what)?;
    Ok(said(found.verdict()))
}

fn at(day: &str) -> Simulation {
    let at = format!("{day}T00:00:00Z").parse().unwrap();
    Simulation { at: Some(at), ..Simulation::default() }
}

#[track_caller]
fn check(what: &Simulation, expected: (probant::attestation::types::VerdictWord, &[&str])) {
    let found = simulated(&world(), &question(), what).unwrap();
    let findings = expected.1.iter().map(|of| (*of).to_owned()).collect();
    assert_eq!(found, Said { word: expected.0, findings });
}

#[test]
fn with_nothing_changed_it_says_what_the_verdict_says() {
    let world = world();
    let query = question().normal(world.size());
    let (evidence, _) = world.evidence(&query);
    let what = Simulation::default();
    let found = simulate(&query, &evidence, &policies(), &world.genesis, &what).unwrap();
    assert_eq!(found.verdict(), &world.verdict(&query));
}

#[test]
fn another_day_is_asked_about_as_if_nothing_had_been_logged_since() {
    // The report is three years old on the day before.
    check(&at("2029-08-19"), (Listable, &[]));
    check(&at("2029-08-21"), (NotListable, &["TOY-BASIS REPORT_TOO_OLD"]));
}

#[test]
fn another_rule_set_takes_the_place_of_those_of_its_name() {
    let variant = |old: &str, new: &str| {
        let text = rules::embedded("eu-toys").unwrap();
        assert_eq!(text.matches(old).count(), 1, "{old}");
        let text = text.replace("test_identifiers = false", "test_identifiers = true");
        let rule_set = RuleSet::parse(text.replace(old, new).as_bytes()).unwrap();
        Simulation { rule_set: Some(rule_set), ..Simulation::default() }
    };
    let code = "code = \"TOY-LAB\"";
    check(&variant(code, code), (Listable, &[]));
    let direct = variant(
        "  { type = \"importer-declaration\", by = [\"importer\"], per = \"batch\", checks = [\"operator.importer_in_eu\", \"listing.importer_matches\"] },\n",
        "",
    );
    check(&direct, (NotListable, &["EU-OPERATOR REQ_MISSING"]));
    let other = variant("cn = [\"9503\"]", "cn = [\"9505\"]");
    let mut other = other.rule_set.unwrap();
    other.categories.gpc.clear();
    let other = Simulation { rule_set: Some(other), ..Simulation::default() };
    // It is named, and not for these goods: no other judges in its place.
    check(&other, (Review, &["POLICY POLICY_NOT_FOUND"]));
}

#[test]
fn evidence_that_was_collected_for_something_else_is_not_taken_for_absent() {
    let world = world();
    let query = question().normal(world.size());
    let (evidence, _) = world.evidence(&query);
    let other = question().set("/product", json!({"id": OTHER_TOY})).normal(world.size());
    let what = Simulation::default();
    let error = simulate(&other, &evidence, &policies(), &world.genesis, &what).unwrap_err();
    let SimulationError::ChainMissing(ChainMissing { uri, .. }) = error else { panic!("{error}") };
    assert_eq!(uri.as_str(), OTHER_TOY);
}

#[test]
fn of_a_smaller_ledger_it_says_what_the_verdict_of_then_said() {
    let mut world = world();
    let before = world.size();
    world.add(measure(MAKER, "manufacturer", "RC-1", scope(TOY)));
    let at_size = |size: u64| {
        let size = Some(TreeSize::new(size));
        simulated(&world, &question(), &Simulation { size, ..Simulation::default() })
    };
    let now = said(&world.ask(&question()));
    assert_eq!(now.word, NotListable);
    assert_eq!(at_size(world.size()).unwrap(), now);
    let then = said(&world.ask(&question().under(before)));
    assert_eq!(then.word, Listable);
    assert_eq!(at_size(before).unwrap(), then);
    for size in [0, world.size() + 1] {
        let error = at_size(size).unwrap_err();
        assert!(matches!(error, SimulationError::Size { .. }), "{error}");
    }
}

#[test]
fn of_a_smaller_ledger_nothing_is_said_that_rests_on_what_was_erased_since() {
    let mut world = world();
    let report = record(&world, "test-report");
    let before = world.size();
    world.add(erasure(LAB, "lab", &report));
    world.erase(&report);
    let at_size = |size: u64| {
        let size = Some(TreeSize::new(size));
        simulated(&world, &question(), &Simulation { size, ..Simulation::default() })
    };
    let error = at_size(before).unwrap_err();
    let SimulationError::Erased(ErasedSince { index, .. }) = error else { panic!("{error}") };
    assert_eq!(index, report.index());
    // It was not there yet; and from the order on, it was gone.
    at_size(report.index().get()).unwrap();
    assert_eq!(at_size(world.size()).unwrap(), said(&world.ask(&question())));
    let mut world = world.clone();
    let after = world.size();
    world.add(measure(MAKER, "manufacturer", "RC-1", scope(TOY)));
    let what = Simulation { size: Some(after.into()), ..Simulation::default() };
    let then = simulated(&world, &question(), &what).unwrap();
    assert_eq!(then, said(&world.ask(&question().under(after))));
}

#[test]
fn a_day_before_the_goods_were_placed_can_not_be_asked_about() {
    let error = simulated(&world(), &question(), &at("2026-10-19")).unwrap_err();
    assert!(matches!(error, SimulationError::Query(_)), "{error}");
}
