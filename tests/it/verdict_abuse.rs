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
