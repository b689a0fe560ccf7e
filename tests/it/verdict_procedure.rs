//! By which procedure a toy may be declared: module A with standards applied in full, or else a
//! notified body's certificate.

use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use probant::policy::{EvidenceItem, EvidenceStatus, VerdictBody};
use serde_json::{Value, json};

use crate::verdict_plush_toy::{doc, question, test_report, world_with};
use crate::verdict_registers::passport;
use crate::world::{
    BODY, Draft, MAKER, NOTIFIER, RADIO, RIVAL, TOY, TOYS, World, certificate, lots, named,
    notification, scope, transcribed, types_of,
};

/// A declaration that applies one of its standards in part.
fn in_part(module: &str) -> Draft {
    doc("2026-09-01")
        .set("/header/standards/1/extent", json!("PART"))
        .set("/modules", json!({TOYS: module}))
}

/// The same under EU-type examination.
pub(crate) fn examined() -> Draft {
    let of = named(BODY, "T-1");
    let body = json!({"number": "9999", "intervention": "EU-type examination", "certificate": of});
    in_part("B+C").set("/notified_body", body)
}

pub(crate) fn eu_type() -> Draft {
    certificate(BODY, "T-1", TOYS)
        .set("/scope", types_of(MAKER, "LP-BEAR-30"))
        .document("T-1", "2026-08-25")
        .valid("2026-08-25", "2031-08-24")
}

fn voluntary() -> Draft {
    let absent = ["/act", "/module", "/body_number"];
    let draft = absent.iter().fold(eu_type(), |draft, member| draft.set(member, Value::Null));
    draft.set("/voluntary", json!(true)).set("/scheme", json!("Example mark"))
}

#[test]
fn a_standard_applied_in_part_takes_a_notified_bodys_certificate() {
    let incomplete = ["TOY-DOC DOC_INCOMPLETE"];
    world_with(in_part("A"), test_report()).check(&question(), NotListable, &incomplete);
    let mut world = world_with(examined(), test_report());
    let unknown = ["TOY-DOC DOC_BASIS_LOST", "TOY-DOC DOC_INCOMPLETE"];
    world.check(&question(), NotListable, &unknown);
    world.add(eu_type());
    world.check(&question(), Listable, &[]);
    for other in [
        voluntary(),
        eu_type().set("/act", json!(RADIO)),
        eu_type().set("/module", json!("H1")),
        eu_type().set("/holder", json!(RIVAL)),
        eu_type().set("/scope", types_of(MAKER, "LP-BEAR-40")),
    ] {
        let mut world = world_with(examined(), test_report());
        world.add(other);
        world.check(&question(), NotListable, &incomplete);
    }
}

#[test]
fn no_other_procedure_takes_the_certificates_place() {
    let incomplete = ["TOY-DOC DOC_INCOMPLETE"];
    let body = json!({"number": "9999", "intervention": "supervised production"});
    for module in ["C", "D", "H", "A1"] {
        let declared = in_part(module).set("/notified_body", body.clone());
        world_with(declared, test_report()).check(&question(), NotListable, &incomplete);
    }
}

#[test]
fn a_body_that_was_not_notified_examines_no_type() {
    let mut world = world_with(examined(), test_report());
    world.add(eu_type());
    let ended = notification(NOTIFIER, BODY, TOYS, "WITHDRAW")
        .set("/modules", json!(["B", "H"]))
        .set("/effective_at", json!("2026-08-01T00:00:00Z"));
    world.add(ended);
    world.check(&question(), NotListable, &["TOY-DOC DOC_INCOMPLETE"]);
}

#[test]
fn a_copy_of_a_certificate_is_none() {
    let mut world = world_with(examined(), test_report());
    world.add(transcribed(eu_type(), MAKER));
    world.check(&question(), NotListable, &["TOY-DOC DOC_INCOMPLETE"]);
}

#[test]
fn a_certificate_for_some_batches_leaves_a_question_without_one_to_a_person() {
    let mut world = world_with(examined(), test_report());
    let scope = json!({
        "products": lots(TOY, &["L2610A"])["products"],
        "types": types_of(MAKER, "LP-BEAR-30")["types"],
        "batches": lots(TOY, &["L2610A"])["batches"],
    });
    world.add(eu_type().set("/scope", scope));
    world.check(&question(), Listable, &[]);
    let model = question().batches(&[]);
    assert_eq!(world.ask(&model).word(), Review);
}

/// A toy with its passport that nobody but a notified body has tested.
fn examined_toy(certificate: Draft) -> World {
    let tested = |of| json!({"ref": of, "edition": "2020", "extent": "FULL"});
    let tested = json!([tested("EN 71-1"), tested("EN 71-2"), tested("EN 71-3")]);
    let of_another = test_report().set("/scope", types_of(MAKER, "LP-BEAR-99"));
    let mut world = world_with(examined(), of_another);
    world.add(certificate.set("/standards_tested", tested));
    world.add(passport(scope(TOY)));
    world
}

fn certificate_in(body: &VerdictBody) -> &EvidenceItem {
    let mut items = body.evidence.iter();
    items.find(|item| item.predicate == "conformity-certificate").unwrap()
}

#[test]
fn certificates_under_the_directive_end_with_the_first_of_february_2031() {
    let world = examined_toy(eu_type());
    let imported = question().set("/offer/goods_location", json!({"kind": "DIRECT_IMPORT"}));
    for day in ["2030-06-01", "2031-02-01"] {
        let body = world.check(&imported.clone().at(day), Listable, &[]);
        assert_eq!(body.valid_until.unwrap().to_string(), "2031-02-02T00:00:00Z");
        let item = certificate_in(&body);
        assert_eq!(item.valid_until.unwrap().to_string(), "2031-02-02T00:00:00Z");
        assert_eq!(item.status, EvidenceStatus::InForce);
    }
    let lost = [
        "TOY-DOC DOC_BASIS_LOST",
        "TOY-DOC DOC_INCOMPLETE",
        "TOY-DOC STANDARD_NOT_COVERED",
        "TOY-BASIS REQ_EXPIRED",
        "TOY-LAB REQ_EXPIRED",
    ];
    let body = world.check(&imported.clone().at("2031-02-02"), NotListable, &lost);
    assert_eq!(certificate_in(&body).status, EvidenceStatus::Expired);
    // What was placed on the market while it was valid stays covered.
    let stock = |day: &str| {
        let placed = json!({"kind": "EU_STOCK", "placed_on_market": day});
        question().set("/offer/goods_location", placed).at("2031-02-03")
    };
    let body = world.check(&stock("2031-02-01"), Listable, &[]);
    assert_eq!(certificate_in(&body).status, EvidenceStatus::InForce);
    world.check(&stock("2031-02-02"), NotListable, &lost);
    // One that ends before then ends as it says.
    let shorter = examined_toy(eu_type().valid("2026-08-25", "2031-01-30"));
    let body = shorter.check(&imported.clone().at("2031-01-30"), Listable, &[]);
    assert_eq!(body.valid_until.unwrap().to_string(), "2031-01-31T00:00:00Z");
    shorter.check(&imported.at("2031-01-31"), NotListable, &lost);
}
