//! What rivals, thieves and clever sellers try (conformity.md, section 7): none of it lists a
//! product, and none of it takes an honest one off the market.

use std::sync::Arc;

use probant::attestation::types::VerdictWord::{self, Listable, NotListable, Review};
use probant::policy::{PolicySet, evaluate};
use probant::record::Record;
use serde_json::{Value, json};

use crate::case::{Question, VOLTARIS, declaration, identity, parties, said};
use crate::verdict_charger as charger;
use crate::verdict_plush_toy as toy;
use crate::verdict_recall as recall;
use crate::world::{
    AGENT, AUTHORITY, BODY, CONNECTOR, Draft, IMPORTER, LAB, MAKER, NOTIFIER, OTHER_TOY, PLATFORM,
    RADIO, RIVAL, TOY, TOYS, World, erasure, event, grant, key_event, lots, mandate, measure,
    named, notification, report, scope, status_change, target, transcribed, update,
};

const BATTERIES: &str = "32023R1542";

fn gravity(word: VerdictWord) -> u8 {
    match word {
        Listable => 0,
        Review => 1,
        NotListable => 2,
    }
}

fn finds(world: &World, question: &Question, finding: &str) -> bool {
    said(&world.ask(question)).findings.contains(finding)
}

fn imported(question: Question) -> Question {
    question.set("/offer/goods_location", json!({"kind": "DIRECT_IMPORT"}))
}

/// A declaration on the toy that names one act more.
fn declares_battery(maker: &str, name: &str, number: &str) -> Draft {
    declaration(maker, name, TOY, &["LP-BEAR-30"], &json!({BATTERIES: "A"}))
        .document(number, "2026-09-01")
        .set("/header/validity", json!({"from": "2026-09-01"}))
        .set(
            "/header/standards",
            json!([{"ref": "EN 60086-4", "edition": "2019", "extent": "FULL"}]),
        )
}

// ── What rivals say ─────────────────────────────────────────────────────────────────────────────

#[test]
fn only_the_manufacturers_own_declarations_name_the_acts_that_apply() {
    let mut world = toy::world();
    world.add(toy::plush_identity().set("/attributes/battery", json!(true)));
    let incomplete = ["TOY-DOC DOC_INCOMPLETE"];
    world.check(&toy::question(), NotListable, &incomplete);
    world.add(transcribed(declares_battery(MAKER, "Lumipeluche Mfg", "DOC-COPY"), RIVAL));
    world.check(&toy::question(), NotListable, &incomplete);
    world.add(declares_battery(RIVAL, "Bricolin Toys", "DOC-RIVAL"));
    world.check(&toy::question(), NotListable, &incomplete);
    world.add(declares_battery(MAKER, "Lumipeluche Mfg", "DOC-OWN"));
    world.check(&toy::question(), Listable, &[]);
}

#[test]
fn nobody_else_says_which_batches_are_of_a_type() {
    let own = toy::doc("2026-09-01").set("/scope/types", Value::Null);
    for is_copy in [true, false] {
        let mut world = toy::world_with(own.clone(), toy::test_report());
        world.check(&toy::question(), Listable, &[]);
        let (maker, name) =
            if is_copy { (MAKER, "Lumipeluche Mfg") } else { (RIVAL, "Bricolin Toys") };
        let narrow = declaration(maker, name, TOY, &["LP-BEAR-30"], &json!({TOYS: "A"}))
            .set("/scope/types", json!([{"holder": MAKER, "designation": "LP-BEAR-30"}]))
            .set("/scope/batches", json!({"mode": "LIST", "list": ["X"]}))
            .document("DOC-NARROW", "2026-09-01")
            .set("/header/validity", json!({"from": "2026-09-01"}));
        world.add(if is_copy { transcribed(narrow, RIVAL) } else { narrow });
        world.check(&toy::question(), Listable, &[]);
    }
}

#[test]
fn a_copy_shows_nobody_elses_name_as_the_manufacturers() {
    let mut world = toy::world();
    let shown = toy::question().set("/offer/manufacturer/name", json!("Somebody Else"));
    let copy = toy::doc("2026-09-01")
        .set("/manufacturer/name", json!("Somebody Else"))
        .document("DOC-COPY", "2026-09-01");
    world.add(transcribed(copy, RIVAL));
    world.check(&shown, NotListable, &["TOY-ID MANUFACTURER_MISMATCH"]);
}

#[test]
fn a_copy_replaces_no_record_of_its_issuer() {
    let mut world = toy::world();
    let asked = imported(toy::question());
    let own = toy::record(&world, "eu-declaration-of-conformity");
    let copy = toy::doc("2026-09-02")
        .document("DOC-COPY", "2026-09-02")
        .set("/header/supersedes", json!([own.digest().to_string()]));
    world.add(transcribed(copy, RIVAL));
    world.check(&asked, Listable, &[]);
    // The issuer's own record does.
    let next = toy::doc("2026-09-02")
        .document("DOC-NEXT", "2026-09-02")
        .set("/scope/batches", json!({"mode": "LIST", "list": ["L9"]}))
        .set("/header/supersedes", json!([own.digest().to_string()]));
    world.add(next);
    world.check(&asked, Listable, &[]);
    let whole = toy::doc("2026-09-03")
        .document("DOC-WHOLE", "2026-09-03")
        .set("/header/validity", json!({"from": "2026-12-01"}))
        .set("/header/supersedes", json!([own.digest().to_string()]));
    world.add(whole);
    assert_eq!(world.ask(&asked).word(), NotListable);
}

// ── Standards that nobody tested ────────────────────────────────────────────────────────────────

/// A radio product under module A: its standards are to be tested.
fn self_declared(flags: &[&str], acts: &Value) -> World {
    let mut world = parties("2024-01-05");
    let category = json!({"cn": "85044060"});
    let made = identity(VOLTARIS, charger::CHARGER, &["VOL-QI15"], &category, flags);
    world.at("2024-05-01T00:00:00Z").add(made);
    let doc = declaration(VOLTARIS, "Voltaris Elec", charger::CHARGER, &["VOL-QI15"], acts)
        .document("VD-1", "2024-05-06")
        .set("/header/validity", json!({"from": "2024-05-06"}))
        .set(
            "/header/standards",
            json!([{"ref": "EN 300 328", "edition": "2019", "extent": "FULL"}]),
        );
    world.at("2024-05-06T00:00:00Z").add(doc);
    let rp = mandate("RESPONSIBLE_PERSON", VOLTARIS, AGENT, charger::CHARGER);
    world.at("2024-05-07T00:00:00Z").add(rp.valid("2024-05-07", "2030-05-06"));
    world
}

fn radio_report() -> Draft {
    report(LAB, "R-24-1")
        .set("/scope", json!({"types": [{"holder": VOLTARIS, "designation": "VOL-QI15"}]}))
        .set("/tests", json!([{"standard": "EN 300 328", "edition": "2019", "result": "PASS"}]))
        .set("/sample/received", json!("2024-05-01"))
        .set("/tested_from", json!("2024-05-01"))
        .set("/tested_until", json!("2024-05-02"))
        .document("R-24-1", "2024-05-03")
}

#[test]
fn a_copied_report_tests_no_standard() {
    let mut world = self_declared(&["radio"], &json!({RADIO: "A"}));
    let untested = ["RADIO-BASIS STANDARD_NOT_COVERED"];
    world.check(&charger::question(), NotListable, &untested);
    world.add(transcribed(radio_report(), VOLTARIS));
    world.check(&charger::question(), NotListable, &untested);
    world.add(radio_report());
    world.check(&charger::question(), Listable, &[]);
}

#[test]
fn a_second_act_does_not_excuse_from_testing() {
    let acts = json!({RADIO: "A", charger::ROHS: "A"});
    let mut world = self_declared(&["radio", "electrical"], &acts);
    world.check(&charger::question(), NotListable, &["RADIO-BASIS STANDARD_NOT_COVERED"]);
    world.add(radio_report());
    world.check(&charger::question(), Listable, &[]);
}

#[test]
fn a_clause_is_not_the_whole_standard() {
    let one_clause = toy::test_report().set("/tests/0/clause", json!("8.3"));
    toy::world_with(toy::doc("2026-09-01"), one_clause).check(
        &toy::question(),
        NotListable,
        &["TOY-DOC STANDARD_NOT_COVERED", "TOY-BASIS STANDARD_NOT_COVERED"],
    );
}

/// Each declaration rests on all others.
#[test]
fn citations_in_a_circle_are_followed_once() {
    let mut world = toy::world();
    let numbers: Vec<String> = (0..24).map(|number| format!("RING-{number}")).collect();
    let cites: Vec<Value> = numbers
        .iter()
        .map(|number| json!({"rel": "basis", "document": named(MAKER, number)}))
        .collect();
    for number in &numbers {
        let doc = toy::doc("2026-09-01").document(number, "2026-09-01");
        world.add(doc.set("/header/references", json!(cites)));
    }
    world.check(&toy::question(), Listable, &[]);
}
