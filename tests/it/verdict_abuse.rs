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
