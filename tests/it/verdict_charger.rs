//! Worked case (b) of conformity.md: a Qi charger whose certificate is withdrawn, and its
//! successor.

use std::sync::Arc;

use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use probant::hash::Digest;
use probant::policy::Assurance;
use probant::record::Record;
use serde_json::{Value, json};

use crate::case::{Question, VOLTARIS, declaration, identity, parties, parties_with};
use crate::world::{
    AGENT, BODY, Draft, RADIO, TOYS, World, certificate, event, key_event, mandate, named,
    status_change, supersession, target,
};

pub(crate) const CHARGER: &str = "https://id.gs1.org/01/09521000400030";
pub(crate) const ROHS: &str = "32011L0065";

pub(crate) fn charger_identity(types: &[&str]) -> Draft {
    let category = json!({"cn": "85044060"});
    identity(VOLTARIS, CHARGER, types, &category, &["electrical", "radio"])
}

pub(crate) fn eu_type(number: &str, designation: &str, issued: &str, until: &str) -> Draft {
    certificate(BODY, number, RADIO)
        .set("/scope", json!({"types": [{"holder": VOLTARIS, "designation": designation}]}))
        .set("/holder", json!(VOLTARIS))
        .document(number, issued)
        .valid(issued, until)
}

pub(crate) fn doc(number: &str, designation: &str, cites: &str, issued: &str) -> Draft {
    let certificate = named(BODY, cites);
    let modules = json!({RADIO: "B+C", ROHS: "A"});
    declaration(VOLTARIS, "Voltaris Elec", CHARGER, &[designation], &modules)
        .document(number, issued)
        .set("/header/validity", json!({"from": issued}))
        .set(
            "/header/standards",
            json!([
                {"ref": "EN IEC 63000", "edition": "2018", "extent": "FULL"},
            ]),
        )
        .set(
            "/header/references",
            json!([
                {"rel": "cites-certificate", "document": certificate},
            ]),
        )
        .set(
            "/notified_body",
            json!({
                "number": "9999", "intervention": "EU-type examination", "certificate": certificate,
            }),
        )
}

pub(crate) struct Case {
    pub(crate) world: World,
    /// Tree size before anything happened to the certificate.
    pub(crate) before: u64,
    pub(crate) certificate: Arc<Record>,
    pub(crate) old_doc: Arc<Record>,
}

pub(crate) fn first_half(world: World, with_mandate: bool) -> Case {
    let mut world = world;
    world.at("2024-05-01T00:00:00Z").add(charger_identity(&["VOL-QI15"]));
    let first = eu_type("RED-9999-24-00781", "VOL-QI15", "2024-05-02", "2029-05-01");
    let certificate = world.at("2024-05-02T00:00:00Z").add(first);
    let vd_781 = doc("VD-781", "VOL-QI15", "RED-9999-24-00781", "2024-05-06");
    let old_doc = world.at("2024-05-06T00:00:00Z").add(vd_781);
    if with_mandate {
        let rp = mandate("RESPONSIBLE_PERSON", VOLTARIS, AGENT, CHARGER);
        world.at("2024-05-07T00:00:00Z").add(rp.valid("2024-05-07", "2030-05-06"));
    }
    let before = world.size();
    Case { world, before, certificate, old_doc }
}

pub(crate) fn withdrawn(reason: &str) -> Case {
    let mut case = first_half(parties("2024-01-05"), true);
    let withdrawal = status_change(BODY, "notified_body", "WITHDRAW", target(&case.certificate))
        .set("/effective_at", json!("2026-09-30T00:00:00Z"))
        .set("/reason", json!(reason));
    case.world.at("2026-09-30T08:00:00Z").add(withdrawal);
    case
}

pub(crate) fn second_half(case: &mut Case) {
    let new = eu_type("RED-9999-26-01102", "VOL-QI15-B", "2026-11-10", "2031-11-09");
    let world = &mut case.world;
    world.at("2026-11-10T00:00:00Z").add(new);
    world.at("2026-11-11T00:00:00Z").add(charger_identity(&["VOL-QI15", "VOL-QI15-B"]));
    let window = json!({"mode": "PRODUCED_BETWEEN", "from": "2026-11-12"});
    let vd_1102 = doc("VD-1102", "VOL-QI15-B", "RED-9999-26-01102", "2026-11-12");
    let new_doc = world.at("2026-11-12T00:00:00Z").add(vd_1102.set("/scope/batches", window));
    world.add(supersession(VOLTARIS, "manufacturer", &case.old_doc, &new_doc));
    let made = event(VOLTARIS, "manufacturer", &format!("{CHARGER}/10/W2646"));
    world.at("2026-11-18T00:00:00Z").add(made.set("/event_time", json!("2026-11-16T00:00:00Z")));
}

pub(crate) fn question() -> Question {
    Question::of(json!({
        "product": {"gtin": "09521000400030", "batches": []},
        "category": {"cn": "85044060"},
        "trader": {"operator": VOLTARIS},
        "offer": {
            "platform": "https://id.gs1.org/417/9521000500006", "listing_id": "MK-2",
            "destinations": ["FR"], "languages": ["fr"],
            "manufacturer": {
                "name": "Voltaris Elec", "postal": "1 Example Road",
                "electronic": "office@example.com",
            },
            "responsible_person": {"name": "Rhenania Compliance GmbH"},
            "images": [Digest::of(b"image").to_string()],
            "goods_location": {"kind": "DIRECT_IMPORT"},
        },
        "legal_at": "2026-10-01T00:00:00Z",
    }))
}

fn in_stock_since(day: &str) -> Value {
    json!({"kind": "EU_STOCK", "placed_on_market": day})
}

pub(crate) const LOST: [&str; 3] =
    ["RADIO-DOC CERT_WITHDRAWN", "RADIO-DOC DOC_BASIS_LOST", "RADIO-BASIS CERT_WITHDRAWN"];

#[test]
fn history_is_intact() {
    let case = withdrawn("SAFETY");
    let then = question().at("2026-06-01").under(case.before);
    let body = case.world.check(&then, Listable, &[]);
    assert_eq!(body.assurance_min, Some(Assurance::A2));
    // As far as was known then, the certificate would end with its last day.
    assert_eq!(body.valid_until.unwrap().to_string(), "2029-05-02T00:00:00Z");
    // What is known since counts, but that day it was in force.
    case.world.check(&question().at("2026-06-01"), Listable, &[]);
    let until = case.world.ask(&question().at("2026-06-01")).body().valid_until.unwrap();
    assert_eq!(until.to_string(), "2026-09-30T00:00:00Z");
}

#[test]
fn stock_on_the_market_falls_for_safety_only() {
    let stock = question().set("/offer/goods_location", in_stock_since("2026-07-01"));
    withdrawn("SAFETY").world.check(&stock, NotListable, &LOST);
    withdrawn("ADMINISTRATIVE").world.check(&stock, Listable, &[]);
    let on_the_day = question().set("/offer/goods_location", in_stock_since("2026-09-30"));
    withdrawn("ADMINISTRATIVE").world.check(&on_the_day, NotListable, &LOST);

    let mut case = first_half(parties("2024-01-05"), true);
    let back = status_change(BODY, "notified_body", "WITHDRAW", target(&case.certificate))
        .set("/effective_at", json!("2026-09-30T00:00:00Z"))
        .set("/reason", json!("NON_CONFORMITY"))
        .set("/retroactive_from", json!("2026-07-01"));
    case.world.at("2026-09-30T08:00:00Z").add(back);
    case.world.check(&stock, NotListable, &LOST);
    let before = question().set("/offer/goods_location", in_stock_since("2026-06-30"));
    case.world.check(&before, Listable, &[]);
}

#[test]
fn each_batch_goes_by_its_own_certificate() {
    let mut case = withdrawn("SAFETY");
    second_half(&mut case);
    let asked = question().at("2026-11-20");
    let new = case.world.check(&asked.clone().batches(&["W2646"]), Listable, &[]);
    assert!(new.limits.contains(&probant::policy::Limit::CommissioningTimesTrusted));
    // Nobody has said when W2620 was made, so the new declaration may or may not be its own.
    case.world.check(
        &asked.clone().batches(&["W2620"]),
        NotListable,
        &[
            "RADIO-DOC CERT_WITHDRAWN",
            "RADIO-DOC DOC_BASIS_LOST",
            "RADIO-DOC SUPERSEDED_USE_NEW",
            "RADIO-BASIS CERT_WITHDRAWN",
        ],
    );
    case.world.check(&asked, Review, &["RADIO-DOC BATCH_REQUIRED", "RADIO-BASIS BATCH_REQUIRED"]);
}

#[test]
fn a_superseded_declaration_stays_for_what_the_new_one_does_not_cover() {
    // The certificate is in force; only the declaration was replaced.
    let mut case = first_half(parties("2024-01-05"), true);
    second_half(&mut case);
    let made = event(VOLTARIS, "manufacturer", &format!("{CHARGER}/10/W2620"));
    case.world.add(made.set("/event_time", json!("2026-05-15T00:00:00Z")));
    let asked = question().at("2026-11-20");
    case.world.check(&asked.clone().batches(&["W2620"]), Listable, &[]);
    case.world.check(&asked.clone().batches(&["W2646"]), Listable, &[]);
    // A batch of which nobody knows the day may fall under either.
    case.world.check(&asked.batches(&["W2699"]), Review, &["RADIO-DOC SUPERSEDED_USE_NEW"]);
}

#[test]
fn the_body_must_be_notified_for_the_act() {
    let case = first_half(parties_with("2024-01-05", &[TOYS]), true);
    case.world.check(&question(), NotListable, &["RADIO-BASIS ISSUER_SCOPE_MISMATCH"]);
}

#[test]
fn notification_counts_on_the_day_of_issue_and_today() {
    for (action, effective, word, findings) in [
        (
            "WITHDRAW",
            "2024-05-01T00:00:00Z",
            NotListable,
            &["RADIO-BASIS ACCREDITATION_LAPSED", "RADIO-BASIS ISSUER_SCOPE_MISMATCH"][..],
        ),
        ("WITHDRAW", "2024-06-01T00:00:00Z", NotListable, &["RADIO-BASIS ISSUER_SCOPE_MISMATCH"]),
        ("WITHDRAW", "2026-10-02T00:00:00Z", Listable, &[]),
    ] {
        let mut case = first_half(parties("2024-01-05"), true);
        let change = crate::world::notification(crate::world::NOTIFIER, BODY, RADIO, action);
        case.world.add(change.set("/effective_at", json!(effective)));
        let body = case.world.check(&question(), word, findings);
        if word == Listable {
            assert_eq!(body.valid_until.unwrap().to_string(), effective);
        }
    }
}

#[test]
fn a_compromised_key_leaves_what_was_before_and_doubts_what_was_in_its_window() {
    let mut case = withdrawn("SAFETY");
    second_half(&mut case);
    let notice = key_event(BODY, "notified_body", "COMPROMISE", BODY, &[BODY])
        .set("/effective_at", json!("2026-11-19T00:00:00Z"))
        .set("/suspect_from", json!("2026-11-01T00:00:00Z"));
    case.world.at("2026-11-19T00:00:00Z").add(notice);
    let asked = question().at("2026-11-20");
    let doubts = ["RADIO-DOC KEY_COMPROMISED", "RADIO-BASIS KEY_COMPROMISED"];
    case.world.check(&asked.clone().batches(&["W2646"]), Review, &doubts);
    // The withdrawal was before the window, and it would count inside as well.
    case.world.check(
        &asked.batches(&["W2620"]),
        NotListable,
        &[
            "RADIO-DOC CERT_WITHDRAWN",
            "RADIO-DOC DOC_BASIS_LOST",
            "RADIO-DOC SUPERSEDED_USE_NEW",
            "RADIO-BASIS CERT_WITHDRAWN",
        ],
    );
    // History: before the window nothing is in doubt.
    case.world.check(&question().at("2026-06-01").under(case.before), Listable, &[]);
}

#[test]
fn without_a_responsible_person_there_is_no_operator_in_the_union() {
    let case = first_half(parties("2024-01-05"), false);
    // The offer shows no importer: whatever the batch, no importer's declaration would count.
    case.world.check(&question(), NotListable, &["EU-OPERATOR REQ_MISSING"]);
    case.world.check(&question().batches(&["W1"]), NotListable, &["EU-OPERATOR REQ_MISSING"]);
    let shown = question().set("/offer/responsible_person/name", json!("Somebody Else"));
    let case = first_half(parties("2024-01-05"), true);
    case.world.check(&shown.batches(&["W1"]), NotListable, &["EU-OPERATOR RP_MISMATCH"]);
}

#[test]
fn a_certificate_for_another_type_is_no_certificate_for_this_one() {
    let mut world = parties("2024-01-05");
    world.at("2024-05-01T00:00:00Z").add(charger_identity(&["VOL-QI15"]));
    let other = eu_type("RED-9999-24-00781", "VOL-QI99", "2024-05-02", "2029-05-01");
    world.at("2024-05-02T00:00:00Z").add(other);
    let vd_781 = doc("VD-781", "VOL-QI15", "RED-9999-24-00781", "2024-05-06");
    world.at("2024-05-06T00:00:00Z").add(vd_781);
    let rp = mandate("RESPONSIBLE_PERSON", VOLTARIS, AGENT, CHARGER);
    world.add(rp.valid("2024-05-07", "2030-05-06"));
    world.check(&question(), NotListable, &["RADIO-BASIS TYPE_NOT_MAPPED"]);
}

#[test]
fn an_expired_certificate_is_the_end_of_the_declaration_too() {
    let case = first_half(parties("2024-01-05"), true);
    case.world.check(&question().at("2029-05-01"), Listable, &[]);
    let expired = ["RADIO-DOC DOC_BASIS_LOST", "RADIO-BASIS REQ_EXPIRED"];
    case.world.check(&question().at("2029-05-02"), NotListable, &expired);
    // Stock that was there in time stays covered.
    let stock =
        question().at("2029-05-02").set("/offer/goods_location", in_stock_since("2026-07-01"));
    case.world.check(&stock, Listable, &[]);
}

#[test]
fn a_new_key_reaffirms_what_was_signed_in_the_window() {
    let mut case = withdrawn("SAFETY");
    second_half(&mut case);
    let doubted = case
        .world
        .log
        .iter()
        .rfind(|record| record.statement().unwrap().kind().name() == "conformity-certificate")
        .unwrap()
        .clone();
    let added =
        key_event(BODY, "notified_body", "ADD", "new-key", &[BODY, "new-key", "registrar-0"]);
    case.world.at("2026-11-19T00:00:00Z").add(added);
    let notice = key_event(BODY, "notified_body", "COMPROMISE", BODY, &[BODY])
        .set("/suspect_from", json!("2026-11-01T00:00:00Z"));
    case.world.add(notice);
    let asked = question().at("2026-11-20").batches(&["W2646"]);
    let doubts = ["RADIO-DOC KEY_COMPROMISED", "RADIO-BASIS KEY_COMPROMISED"];
    case.world.check(&asked, Review, &doubts);
    let again = eu_type("RED-9999-26-01102", "VOL-QI15-B", "2026-11-10", "2031-11-09")
        .set(
            "/header/references",
            json!([
                {"rel": "reaffirms", "statement": doubted.digest().to_string()},
            ]),
        )
        .signed_by(&["new-key"]);
    case.world.add(again);
    case.world.check(&asked, Listable, &[]);
}
