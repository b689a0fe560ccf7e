//! 20: the imports of section 9: what documents of other systems become, what is refused, and what
//! they count for: a copy for A1, an event of its author for A2.

use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use probant::envelope::Envelope;
use probant::key::Signer;
use probant::policy::{Assurance, PolicySet, VerdictBody};
use probant::reason::Reason;
use serde_json::json;

use crate::case::{Question, parties};
use crate::cli_ledger::RULES;
use crate::imports::{check_defects, check_good_documents, import, statements};
use crate::verdict_plush_toy::{plush_identity, question};
use crate::world::{IMPORTER, MAKER, OTHER_TOY, TOY, World, key, lots, measure};

/// Demands a test of the toy besides, of which a copy will do where `assurance_min` says so.
fn rules(assurance_min: &str) -> PolicySet {
    let tested = format!(
        r#"
[[requirement]]
code = "TEST"
severity = "deny"
type = "test-report"
by = ["lab"]
standards_all = ["EN 71-1", "EN 71-2", "EN 71-3"]
result = "PASS"
assurance_min = "{assurance_min}"
"#
    );
    PolicySet::empty().with((RULES.to_owned() + &tested).as_bytes()).unwrap()
}

fn sign(statement: Vec<u8>, by: &str) -> Envelope {
    Envelope::sign(statement, &[&key(by) as &dyn Signer]).unwrap()
}

/// A world in which the importer has imported a credential of the laboratory, and signed it.
fn world_with(credential: &str) -> World {
    let mut world = parties("2026-01-05");
    world.at("2026-08-22T00:00:00Z");
    for statement in statements(import(credential, &[], |_| ())) {
        world.offer_envelope(sign(statement, IMPORTER)).unwrap();
    }
    world.at("2026-08-30T00:00:00Z").add(plush_identity());
    world.at("2026-11-20T00:00:00Z");
    world
}

fn ask(world: &World, question: &Question, rules: &PolicySet) -> VerdictBody {
    world.verdict_under(&question.normal(world.size()), rules).body().clone()
}

fn item(serial: &str) -> Question {
    question().set("/product", json!({"gtin": "9521000200012", "serial": serial}))
}

fn model(product: &str) -> Question {
    question().set("/product", json!({"id": product}))
}

/// How far the test report is backed that a verdict rests on.
fn assurance(body: &VerdictBody) -> Vec<Assurance> {
    let reports = body.evidence.iter().filter(|of| of.predicate == "test-report");
    reports.map(|of| of.assurance).collect()
}

#[test]
fn t20_the_imports_of_section_9() {
    check_good_documents();
    check_defects();
}

#[test]
fn t20_an_imported_report_is_a_copy_and_counts_where_copies_do() {
    let world = world_with("untp/report.json");
    let body = ask(&world, &question(), &rules("A1"));
    assert_eq!((body.verdict, assurance(&body)), (Listable, vec![Assurance::A1]));
    let body = ask(&world, &question(), &rules("A2"));
    assert_eq!(body.verdict, NotListable);
    let codes: Vec<Reason> = body.findings.iter().filter_map(|of| of.code).collect();
    assert_eq!(codes, [Reason::AssuranceTooLow]);
}

/// The credential of a trust graph: it covers one item of the toy alone, nobody attests the other
/// product, and it is not signed.
#[test]
fn t20_a_credential_on_one_item_says_nothing_of_the_model() {
    let world = world_with("untp/item.json");
    let rules = rules("A1");
    let body = ask(&world, &item("12345"), &rules);
    assert_eq!((body.verdict, assurance(&body)), (Listable, vec![Assurance::A1]));
    assert_eq!(ask(&world, &item("12346"), &rules).verdict, NotListable);
    assert_eq!(ask(&world, &question(), &rules).verdict, NotListable, "a batch");
    assert_eq!(ask(&world, &model(TOY), &rules).verdict, Review);
    assert_eq!(ask(&world, &model(OTHER_TOY), &rules).verdict, NotListable);
}

#[test]
fn t20_events_are_their_authors_own_and_name_the_batch_of_an_item() {
    let mut world = parties("2026-01-05");
    world.at("2026-08-30T00:00:00Z").add(plush_identity());
    // The pack that one of the events is about.
    let pack = plush_identity()
        .set("/scope/products/0/id", json!("https://id.gs1.org/01/19521000200019"))
        .set("/contains", json!([{"id": TOY, "quantity": 12}]));
    world.add(pack);
    world.at("2026-10-01T00:00:00Z");
    for statement in statements(import("epcis/events.json", &[], |_| ())) {
        world.offer_envelope(sign(statement, MAKER)).unwrap();
    }
    world.add(measure(MAKER, "manufacturer", "RC-1", lots(TOY, &["L9"])));
    let rules = rules("A1");
    let is_hit = |serial: &str| {
        let body = ask(&world, &item(serial), &rules);
        body.findings.iter().any(|of| of.code == Some(Reason::RecalledBatch))
    };
    // The author's event shows that the item is of another batch; of other items nobody knows.
    assert!(!is_hit("000002"));
    assert!(is_hit("000009"));
}
