//! What a verdict came to before, out of the evidence as of now: the same as was answered then.

use probant::policy::{Asked, EarlierError, Gist, Moment, Query};
use serde_json::json;

use crate::case::{Question, policies};
use crate::verdict_plush_toy as toy;
use crate::verdict_recall as recall;
use crate::watching::open;
use crate::world::{
    AUTHORITY, Draft, IMPORTER, LAB, TOY, World, concern, erasure, measure, named, scope,
    status_change, target, update,
};

/// A world, and for each size of its log what the question was answered under it.
fn check(world: &World, question: &Question) {
    let query = Query::parse(question.query.to_string().as_bytes()).unwrap();
    let (evidence, _) = world.evidence(&question.normal(world.size()));
    let (policies, genesis) = (&policies(), &world.genesis);
    let asked = Asked { query: &query, evidence: &evidence, policies, genesis };
    let mut gists = Vec::new();
    for size in 1..=world.size() {
        let then = question.clone().under(size);
        let expected = Gist::of(world.ask(&then).body());
        let moment = Moment { size: size.into(), time: query.legal_at.unwrap() };
        assert_eq!(asked.gist_at(moment).unwrap(), expected, "size {size}");
        gists.push(expected);
    }
    gists.dedup();
    assert!(gists.len() > 3, "nothing happened in this world");
}

#[test]
fn the_evidence_of_now_holds_what_was_answered_then() {
    check(&recall::extended(), &recall::asked().batches(&["B2608"]));
    let mut world = toy::world();
    world.add(concern(LAB, "lab", TOY));
    world.add(measure(AUTHORITY, "market_surveillance", "RC-1", scope(TOY)));
    check(&world, &toy::question());
}

fn lifted() -> World {
    let mut world = recall::recalled();
    let recalled = world.log.last().unwrap().clone();
    let number = named(IMPORTER, "RC-1");
    world.at("2026-11-10T00:00:00Z");
    let lift = update(IMPORTER, "importer", "LIFT", &recalled, number);
    world.add(lift.set("/effective_at", json!("2026-11-10T00:00:00Z")));
    world
}

#[test]
fn what_came_and_was_settled_in_between_is_known() {
    let world = lifted();
    let query = recall::asked().batches(&["B2608"]);
    // As of today, whenever that is.
    let mut open = query.query.clone();
    open.as_object_mut().unwrap().remove("legal_at");
    let open = Query::parse(open.to_string().as_bytes()).unwrap();
    let (evidence, _) = world.evidence(&query.normal(world.size()));
    let (policies, genesis) = (&policies(), &world.genesis);
    let asked = Asked { query: &open, evidence: &evidence, policies, genesis };
    let now = Gist::of(world.ask(&query).body());
    let size = world.size();
    assert!(asked.was_other_since((size - 2).into(), &now).unwrap(), "the recall");
    assert!(!asked.was_other_since(size.into(), &now).unwrap(), "nothing since");
    assert_eq!(asked.since((size - 2).into()).count(), 2);
    // Another batch was never concerned.
    let other = recall::asked().batches(&["B2607"]);
    let (evidence, _) = world.evidence(&other.normal(world.size()));
    let asked = Asked { evidence: &evidence, ..asked };
    let mut open = open.clone();
    open.product.batches = Some(vec!["B2607".to_owned()]);
    let asked = Asked { query: &open, ..asked };
    let now = Gist::of(world.ask(&other).body());
    assert!(!asked.was_other_since((size - 2).into(), &now).unwrap());
}

/// Whether the plush toy is known to have been otherwise since it was listable, once all this came.
fn was_other(came: impl FnOnce(&mut World)) -> bool {
    let mut world = toy::world();
    world.at("2026-11-20T00:00:00Z");
    let size = world.size();
    came(&mut world);
    let question = toy::question();
    let open = Query::parse(open(question.clone()).to_string().as_bytes()).unwrap();
    let (evidence, _) = world.evidence(&question.normal(world.size()));
    let (policies, genesis) = (&policies(), &world.genesis);
    let asked = Asked { query: &open, evidence: &evidence, policies, genesis };
    let now = Gist::of(world.ask(&question).body());
    let moment = Moment { size: size.into(), time: "2026-11-20T00:00:00Z".parse().unwrap() };
    assert_eq!(asked.gist_at(moment).unwrap(), now, "it is not as it was");
    asked.was_other_since(size.into(), &now).unwrap()
}

fn changed(world: &World, action: &str, day: &str) -> Draft {
    let report = target(&toy::record(world, "test-report"));
    status_change(LAB, "lab", action, report).set("/effective_at", json!(day))
}

#[test]
fn what_began_between_two_records_was_otherwise_until_the_second() {
    assert!(was_other(|world| {
        // When it comes, it has not begun.
        world.add(changed(world, "SUSPEND", "2026-11-21T00:00:00Z"));
        world.at("2026-11-22T00:00:00Z");
        world.add(changed(world, "REINSTATE", "2026-11-22T00:00:00Z"));
    }));
}

#[test]
fn a_record_that_changes_nothing_is_no_change_in_between() {
    assert!(!was_other(|world| {
        world.add(toy::importer_declaration("L2699Z"));
    }));
}

#[test]
fn what_rested_on_a_record_that_was_erased_since_is_not_known() {
    let mut world = toy::world();
    let report = toy::record(&world, "test-report");
    let size = world.size();
    world.add(erasure(LAB, "lab", &report));
    world.erase(&report);
    let question = toy::question();
    let query = Query::parse(question.query.to_string().as_bytes()).unwrap();
    let (evidence, _) = world.evidence(&question.normal(world.size()));
    let (policies, genesis) = (&policies(), &world.genesis);
    let asked = Asked { query: &query, evidence: &evidence, policies, genesis };
    let at = |size: u64| Moment { size: size.into(), time: query.legal_at.unwrap() };
    assert!(matches!(asked.gist_at(at(size)), Err(EarlierError::Erased(_))));
    // Before it came, it was not called for.
    asked.gist_at(at(report.index().get())).unwrap();
    let now = Gist::of(world.ask(&question).body());
    assert_eq!(asked.gist_at(at(size + 1)).unwrap(), now);
    assert!(asked.was_other_since(size.into(), &now).unwrap());
    assert!(!asked.was_other_since((size + 1).into(), &now).unwrap());
}

#[test]
fn evidence_on_another_question_tells_nothing() {
    let world = lifted();
    let (evidence, _) = world.evidence(&toy::question().normal(world.size()));
    let question = recall::asked();
    let query = Query::parse(question.query.to_string().as_bytes()).unwrap();
    let (policies, genesis) = (&policies(), &world.genesis);
    let asked = Asked { query: &query, evidence: &evidence, policies, genesis };
    let moment = Moment { size: 5.into(), time: query.legal_at.unwrap() };
    assert!(matches!(asked.gist_at(moment), Err(EarlierError::ChainMissing(_))));
}
