//! Bodies, laboratories and goods that are not what they are said to have been: what is lost can't
//! be dated back, and who stands over some records takes away no others.

use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use serde_json::{Value, json};

use crate::case::{Question, VOLTARIS, accreditation, declaration, parties, said};
use crate::verdict_charger as charger;
use crate::verdict_plush_toy as toy;
use crate::verdict_recall as recall;
use crate::verdict_registers;
use crate::world::{
    ACCREDITOR, AGENT, BODY, Draft, IMPORTER, LAB, MAKER, NOTIFIER, PLATFORM, RADIO, REGISTRARS,
    TOYS, World, mandate, notification, status_change, target, update, verification,
};

const LAPSED: &str = "TOY-BASIS ACCREDITATION_LAPSED";
const OUT_OF_SCOPE: &str = "TOY-BASIS ISSUER_SCOPE_MISMATCH";

/// What happens to the accreditation of the laboratory, from a day on.
pub(crate) fn of_lab(action: &str, from: &str) -> Draft {
    let scope = json!({"standards": ["EN 71-1", "EN 71-2", "EN 71-3"]});
    accreditation(LAB, "ISO/IEC 17025", "XX-L-9901", "2026-01-05", &scope)
        .set("/action", json!(action))
        .set("/effective_at", json!(format!("{from}T00:00:00Z")))
}

pub(crate) fn toy_after(first: Draft) -> World {
    let mut world = parties("2026-01-05");
    world.at("2026-08-21T00:00:00Z").add(first);
    toy::complete(world, toy::doc("2026-09-01"), toy::test_report())
}

#[test]
fn who_lost_an_accreditation_dates_no_report_back_before_that() {
    for action in ["SUSPEND", "WITHDRAW", "REDUCE"] {
        // The report says that it is of the day before.
        toy_after(of_lab(action, "2026-08-21")).check(&toy::question(), NotListable, &[LAPSED]);
    }
    toy_after(of_lab("EXTEND", "2026-08-21")).check(&toy::question(), Listable, &[]);
    // What was announced and has not come yet is not lost yet.
    toy_after(of_lab("WITHDRAW", "2026-08-23")).check(&toy::question(), Listable, &[]);
}

fn charger_world(before_certificate: &[Draft]) -> World {
    let mut world = parties("2024-01-05");
    world.at("2024-05-01T00:00:00Z").add(charger::charger_identity(&["VOL-QI15"]));
    for draft in before_certificate {
        world.at("2024-05-04T00:00:00Z").add(draft.clone());
    }
    let certificate = charger::eu_type("RED-1", "VOL-QI15", "2024-05-02", "2029-05-01");
    world.at("2024-05-05T00:00:00Z").add(certificate);
    world.add(charger::doc("VD-1", "VOL-QI15", "RED-1", "2024-05-02"));
    let given = mandate("RESPONSIBLE_PERSON", VOLTARIS, AGENT, charger::CHARGER);
    world.add(given.valid("2024-05-02", "2030-05-06"));
    world
}

#[test]
fn who_is_notified_no_longer_dates_no_certificate_back() {
    let placed = json!({"kind": "EU_STOCK", "placed_on_market": "2024-05-02"});
    let asked = charger::question().set("/offer/goods_location", placed);
    charger_world(&[]).check(&asked, Listable, &[]);
    let ends = notification(NOTIFIER, BODY, RADIO, "WITHDRAW")
        .set("/effective_at", json!("2024-05-03T00:00:00Z"));
    charger_world(&[ends]).check(
        &asked,
        NotListable,
        &["RADIO-BASIS ACCREDITATION_LAPSED", "RADIO-BASIS ISSUER_SCOPE_MISMATCH"],
    );
}

#[test]
fn a_declaration_that_was_withdrawn_vouches_for_no_certificate() {
    let mut case = charger::first_half(parties("2024-01-05"), true);
    let world = &mut case.world;
    // The new one makes do without the certificate, and with half of the standards.
    let modules = json!({RADIO: "A", charger::ROHS: "A"});
    let new = declaration(VOLTARIS, "Voltaris Elec", charger::CHARGER, &["VOL-QI15"], &modules)
        .document("VD-A", "2026-08-01")
        .set("/header/validity", json!({"from": "2026-08-01"}))
        .set(
            "/header/standards",
            json!([
                {"ref": "EN IEC 63000", "edition": "2018", "extent": "FULL"},
                {"ref": "EN 300 328", "edition": "V2.2.2", "extent": "PART"},
            ]),
        );
    world.check(&charger::question(), Listable, &[]);
    world.at("2026-08-01T00:00:00Z").add(new);
    world.check(&charger::question(), NotListable, &["RADIO-DOC PROCEDURE_MISMATCH"]);
    let withdrawn = status_change(VOLTARIS, "manufacturer", "WITHDRAW", target(&case.old_doc))
        .set("/effective_at", json!("2026-08-01T00:00:00Z"));
    world.add(withdrawn);
    let lost = ["RADIO-DOC STANDARD_NOT_COVERED", "RADIO-BASIS TYPE_NOT_MAPPED"];
    world.check(&charger::question(), NotListable, &lost);
}

#[test]
fn what_a_reduction_is_limited_to_may_be_any_product_whose_code_nobody_gives() {
    let reduced = |codes: &[&str]| of_lab("REDUCE", "2026-08-19").set("/products", json!(codes));
    let asked = |first: Draft, category: Value| {
        let mut world = toy_after(first);
        world.add(toy::plush_identity().set("/category", category));
        said(&world.ask(&toy::question()))
    };
    let with_code = json!({"gpc": "10005160", "cn": "95030041"});
    assert_eq!(asked(reduced(&["8504"]), with_code.clone()).word, Listable);
    assert!(asked(reduced(&["9503"]), with_code).findings.contains(OUT_OF_SCOPE));
    let without = asked(reduced(&["9503"]), json!({"gpc": "10005160"}));
    assert!(without.findings.contains(OUT_OF_SCOPE), "{without:?}");
}

#[test]
fn an_accreditation_is_for_the_countries_that_it_names() {
    let world = toy_after(of_lab("REDUCE", "2026-08-19").set("/countries", json!(["FR"])));
    let into = |countries: &[&str]| {
        let shown = json!([
            {"lang": "fr", "code": "REMOVE_PACKAGING"}, {"lang": "de", "code": "REMOVE_PACKAGING"},
        ]);
        toy::question().set("/offer/destinations", json!(countries)).set("/offer/warnings", shown)
    };
    world.check(&into(&["DE"]), Listable, &[]);
    world.check(&into(&["FR"]), NotListable, &[OUT_OF_SCOPE]);
    world.check(&into(&["DE", "FR"]), NotListable, &[OUT_OF_SCOPE]);
}

fn annulled_by_registrars(issuer: &str, from: &str) -> Draft {
    let members = json!({
        "target": {"issuer": issuer, "from": from}, "action": "ANNUL", "reason": "FRAUD",
        "effective_at": from,
    });
    Draft::of_registrars("status-change", &REGISTRARS[..1], &[], members)
}

#[test]
fn a_reinstatement_that_was_annulled_ends_no_suspension() {
    let mut case = charger::first_half(parties("2024-01-05"), true);
    let change = |action: &str, day: &str| {
        status_change(BODY, "notified_body", action, target(&case.certificate))
            .set("/effective_at", json!(format!("{day}T00:00:00Z")))
    };
    let (suspended, reinstated) =
        (change("SUSPEND", "2026-06-01"), change("REINSTATE", "2026-07-01"));
    case.world.at("2026-06-01T00:00:00Z").add(suspended);
    case.world.at("2026-07-01T00:00:00Z").add(reinstated);
    case.world.check(&charger::question(), Listable, &[]);
    case.world.at("2026-08-01T00:00:00Z");
    case.world.add(annulled_by_registrars(BODY, "2026-06-15T00:00:00Z"));
    case.world.check(
        &charger::question(),
        NotListable,
        &["RADIO-DOC CERT_SUSPENDED", "RADIO-DOC DOC_BASIS_LOST", "RADIO-BASIS CERT_SUSPENDED"],
    );
}

#[test]
fn a_lifting_that_was_annulled_lifts_nothing() {
    let mut world = recall::recalled();
    let recalled = world.log.last().unwrap().clone();
    let lifted = update(
        IMPORTER,
        "importer",
        "LIFT",
        &recalled,
        json!({
            "issuer": IMPORTER, "number": "RC-1", "version": "1",
        }),
    );
    world.at("2026-11-10T00:00:00Z");
    world.add(lifted.set("/effective_at", json!("2026-11-10T00:00:00Z")));
    let asked = recall::asked().batches(&["B2608"]);
    world.check(&asked, Listable, &[]);
    world.at("2026-11-12T00:00:00Z");
    world.add(annulled_by_registrars(IMPORTER, "2026-11-09T00:00:00Z"));
    world.check(&asked, NotListable, &[recall::BATCH]);
}

#[test]
fn who_accredits_an_operator_annuls_what_that_issued_as_a_body_and_nothing_else() {
    let accredited =
        accreditation(MAKER, "ISO/IEC 17065", "XX-M-1", "2026-01-05", &json!({"acts": [TOYS]}));
    let annulled = |issuer: &str| {
        let mut world = toy_after(accredited.clone());
        let all = json!({"issuer": issuer, "from": "2026-08-21T00:00:00Z"});
        world.add(status_change(ACCREDITOR, "accreditation_body", "ANNUL", all));
        world
    };
    annulled(MAKER).check(&toy::question(), Listable, &[]);
    assert_eq!(annulled(LAB).ask(&toy::question()).word(), NotListable);
}

#[test]
fn a_seller_is_verified_today_wherever_the_goods_have_been() {
    let rule = "check = \"trader.verified\"";
    let verified = || verification(PLATFORM, IMPORTER, "PASS");
    // The goods were placed on the market in October.
    for (verification, expected) in [
        (verified().document("V-1", "2026-11-19"), &[][..]),
        (verified().valid("2026-11-19", "2026-12-31"), &[]),
        (verified().valid("2026-01-01", "2026-10-31"), &["X REQ_EXPIRED"]),
    ] {
        let mut world = toy::world();
        world.add(verification);
        assert_eq!(verdict_registers::ask(&world, &toy::question(), rule), expected);
    }
}

#[test]
fn goods_are_not_placed_on_the_market_before_they_are_made() {
    let placed = |day: &str| -> Question {
        let location = json!({"kind": "EU_STOCK", "placed_on_market": day});
        recall::asked().batches(&["B2608"]).set("/offer/goods_location", location)
    };
    let world = recall::world();
    world.check(&placed("2026-08-19"), Listable, &[]);
    world.check(&placed("2026-08-18"), Review, &["PRODUCT-ID PLACED_BEFORE_MADE"]);
    // Of the other batch nobody has said when it was made.
    world.check(&placed("2026-08-18").batches(&["B2607"]), Listable, &[]);
}
