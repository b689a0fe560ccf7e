//! The rule sets for protective equipment, cosmetics, batteries and general products: goods in
//! order are listable, and each piece that is missing is named.

use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use probant::hash::Digest;
use probant::reason::Reason;
use serde_json::{Value, json};

use crate::case::{Question, accreditation, declaration, identity, parties};
use crate::verdict_plush_toy::{importer_declaration, question};
use crate::world::{
    BODY, Draft, IMPORTER, LAB, MAKER, NOTIFIER, PLATFORM, RIVAL, TOY, World, approval,
    certificate, mandate, named, notification, registered, registration_of, report, scope,
    types_of, verification,
};

const PPE: &str = "32016R0425";
const BATTERIES: &str = "32023R1542";

/// A world with goods of a category, the records given, and all that every category asks for but
/// what is left out.
fn world(identity: Draft, drafts: &[Draft], left_out: &str) -> World {
    let mut world = parties("2026-01-05");
    world.add(accreditation(
        BODY,
        "ISO/IEC 17065",
        "XX-B-PPE",
        "2026-01-05",
        &json!({"acts": [PPE]}),
    ));
    let modules = json!(["B", "C2", "D"]);
    world.add(notification(NOTIFIER, BODY, PPE, "GRANT").set("/modules", modules));
    world.at("2026-10-06T00:00:00Z");
    let distributor = mandate("AUTHORISED_DISTRIBUTOR", MAKER, IMPORTER, TOY);
    let all = [
        identity,
        importer_declaration("L2610A"),
        distributor.valid("2026-10-06", "2031-10-05"),
        verification(PLATFORM, IMPORTER, "PASS"),
    ];
    for draft in all.into_iter().chain(drafts.iter().cloned()) {
        if draft.kind != left_out {
            world.add(draft);
        }
    }
    world.at("2026-11-20T00:00:00Z");
    world
}

fn goods(cn: &str, flags: &[&str]) -> Draft {
    identity(MAKER, TOY, &["T-1"], &json!({"cn": cn}), flags)
        .set("/warnings", json!(["REMOVE_PACKAGING"]))
}

fn asked(cn: &str) -> Question {
    question().set("/category", json!({"cn": cn})).set("/attributes", json!({}))
}

fn doc(modules: &Value) -> Draft {
    declaration(MAKER, "Lumipeluche Mfg", TOY, &["T-1"], modules)
        .document("DOC-LP-2026-014", "2026-09-01")
        .set("/header/validity", json!({"from": "2026-09-01"}))
        .set("/header/standards", json!([{"ref": "EN 0", "edition": "2020", "extent": "FULL"}]))
}

/// What every rule set says of goods that nobody answers for, and of an offer that hides things.
fn check_what_all_ask_for(cn: &str, identity: &Draft, drafts: &[Draft], prefix: &str) {
    let whole = world(identity.clone(), drafts, "");
    whole.check(&asked(cn), Listable, &[]);
    let without = |kind| world(identity.clone(), drafts, kind);
    let importer = asked(cn);
    // Who notified a cosmetic product did so as its importer.
    let unnotified = (prefix == "COS").then_some("COS-CPNP REGISTRATION_MISMATCH");
    let expected: Vec<&str> = unnotified.into_iter().chain(["EU-OPERATOR REQ_MISSING"]).collect();
    without("importer-declaration").check(&importer, NotListable, &expected);
    let mandated = without("mandate");
    let rival = asked(cn).set("/trader/operator", json!(RIVAL));
    let unlinked = ["TRADER-LINK TRADER_NOT_LINKED", "TRADER-VERIFIED TRADER_UNVERIFIED"];
    mandated.check(&rival, NotListable, &unlinked);
    let warned = ["TRADER-VERIFIED TRADER_UNVERIFIED"];
    without("trader-verification").check(&asked(cn), Listable, &warned);
    let silent = asked(cn).set("/offer/warnings", json!([]));
    let expected = format!("{prefix}-WARN WARNINGS_LANG_MISSING");
    whole.check(&silent, NotListable, &[&expected]);
    let bare = asked(cn).set("/offer/images", json!([]));
    whole.check(&bare, NotListable, &["OFFER-BLOCKS OFFER_INCOMPLETE"]);
    let other = asked(cn).set("/category", json!({"cn": "95030041"}));
    let expected = format!("{prefix}-ID CATEGORY_MISMATCH");
    whole.check(&other, NotListable, &[&expected]);
    let mut concerned = whole.clone();
    concerned.add(crate::world::concern(LAB, "lab", TOY));
    concerned.check(&asked(cn), Review, &["NEG-CONCERN CONCERN_REPORTED"]);
    let mut recalled = whole;
    recalled.add(crate::world::measure(MAKER, "manufacturer", "RC-1", scope(TOY)));
    recalled.check(&asked(cn), NotListable, &["NEG-MEASURE RECALLED_MODEL"]);
}

fn ppe_certificate(until: &str) -> Draft {
    certificate(BODY, "PPE-1", PPE)
        .set("/scope", types_of(MAKER, "T-1"))
        .document("PPE-1", "2026-08-01")
        .valid("2026-08-01", until)
}

fn ppe_doc(module: &str) -> Draft {
    let cites = json!([{"rel": "cites-certificate", "document": named(BODY, "PPE-1")}]);
    let body = json!({
        "number": "9999", "intervention": "EU-type examination, supervised production",
        "certificate": named(BODY, "PPE-1"),
    });
    doc(&json!({PPE: module})).set("/header/references", cites).set("/notified_body", body)
}

fn ppe_approval(module: &str) -> Draft {
    approval(BODY, "QA-1", PPE, module)
        .set("/scope", types_of(MAKER, "T-1"))
        .document("QA-1", "2026-08-10")
        .valid("2026-08-10", "2029-08-09")
}

#[test]
fn protective_equipment_has_a_type_certificate_and_a_supervised_production() {
    let cn = "65061010";
    let of = |drafts: &[Draft]| world(goods(cn, &[]), drafts, "");
    let third = [ppe_certificate("2031-07-31"), ppe_doc("B+D"), ppe_approval("D")];
    check_what_all_ask_for(cn, &goods(cn, &[]), &third, "PPE");
    let [certified, declared, approved] = third;
    let second = [certified.clone(), ppe_doc("B+C")];
    of(&second).check(&asked(cn), Listable, &[]);
    let checked = [certified.clone(), ppe_doc("B+C2"), ppe_approval("C2")];
    of(&checked).check(&asked(cn), Listable, &[]);
    for (drafts, expected) in [
        (
            vec![certified.clone(), approved.clone()],
            &[
                "PPE-DOC REQ_MISSING",
                "PPE-PRODUCTION BODY_NUMBER_MISMATCH",
                "PPE-TYPE TYPE_NOT_MAPPED",
            ][..],
        ),
        (
            vec![declared.clone(), approved.clone()],
            &["PPE-DOC DOC_BASIS_LOST", "PPE-TYPE REQ_MISSING"],
        ),
        (vec![certified.clone(), declared.clone()], &["PPE-PRODUCTION REQ_MISSING"]),
        (
            vec![ppe_certificate("2031-08-02"), declared.clone(), approved.clone()],
            &["PPE-TYPE CERT_TERM_TOO_LONG"],
        ),
        (
            vec![
                certified.clone(),
                declared.clone(),
                approved.clone().set("/next_surveillance", json!("2026-10-01")),
            ],
            &["PPE-PRODUCTION SURVEILLANCE_OVERDUE"],
        ),
        (
            vec![certified, declared, approved.set("/holder", json!(RIVAL))],
            &["PPE-PRODUCTION HOLDER_MISMATCH"],
        ),
    ] {
        of(&drafts).check(&asked(cn), NotListable, expected);
    }
}

fn cream() -> Draft {
    goods("33049900", &[]).set("/attributes/ingredients", json!(Digest::of(b"aqua").to_string()))
}

fn cpnp(holder: &str, role: &str) -> Draft {
    let issuer = json!({"operator": holder, "role": role});
    registered("CPNP", holder, scope(TOY)).set("/header/issuer", issuer).signed_by(&[holder])
}

fn assessment() -> Draft {
    report(LAB, "SA-1")
        .set("/kind", json!("SAFETY_ASSESSMENT"))
        .set("/scope", types_of(MAKER, "T-1"))
        .document("SA-1", "2026-08-20")
}

#[test]
fn a_cosmetic_product_is_notified_assessed_and_has_its_ingredients_listed() {
    let cn = "33049900";
    let whole = [cpnp(IMPORTER, "importer"), assessment()];
    check_what_all_ask_for(cn, &cream(), &whole, "COS");
    let [notified, assessed] = whole;
    let test = assessed.clone().set("/kind", json!(null));
    let failed =
        assessed.clone().set("/overall", json!("FAIL")).set("/tests/0/result", json!("FAIL"));
    for (drafts, expected) in [
        (vec![assessed.clone()], "COS-CPNP REQ_MISSING"),
        (vec![cpnp(RIVAL, "manufacturer"), assessed.clone()], "COS-CPNP REQ_MISSING"),
        (
            vec![notified.clone().set("/status", json!("CLOSED")), assessed.clone()],
            "COS-CPNP REQ_MISSING",
        ),
        (vec![notified.clone()], "COS-SAFETY REQ_MISSING"),
        (vec![notified.clone(), test], "COS-SAFETY REQ_MISSING"),
        (vec![notified.clone(), failed], "COS-SAFETY TEST_FAILED"),
    ] {
        world(cream(), &drafts, "").check(&asked(cn), NotListable, &[expected]);
    }
    let unlisted = world(goods(cn, &[]), &[notified, assessed], "");
    unlisted.check(&asked(cn), NotListable, &["COS-INGREDIENTS INGREDIENTS_MISSING"]);
}

fn epr(stream: &str) -> Draft {
    let issuer = json!({"operator": IMPORTER, "role": "importer"});
    registration_of("EPR-FR", IMPORTER)
        .set("/header/issuer", issuer)
        .signed_by(&[IMPORTER])
        .set("/stream", json!(stream))
}

#[test]
fn a_battery_is_declared_and_its_producer_is_registered() {
    let cn = "85065010";
    let cell = || goods(cn, &["battery"]);
    let whole = [doc(&json!({BATTERIES: "A"})), epr("batteries")];
    check_what_all_ask_for(cn, &cell(), &whole, "BAT");
    let [declared, entered] = whole;
    for (drafts, expected) in [
        (vec![entered.clone()], "BAT-DOC REQ_MISSING"),
        (vec![declared.clone()], "BAT-EPR EPR_MISSING"),
        (vec![declared.clone(), epr("packaging")], "BAT-EPR EPR_MISSING"),
        (
            vec![declared.clone(), entered.clone().set("/status", json!("NOT_FOUND"))],
            "BAT-EPR EPR_MISSING",
        ),
        (
            vec![declared.clone().set("/header/standards", json!(null)), entered.clone()],
            "BAT-DOC DOC_INCOMPLETE",
        ),
    ] {
        world(cell(), &drafts, "").check(&asked(cn), NotListable, &[expected]);
    }
    // From its day on the passport is shown; whether this battery needs one, no attribute tells.
    let world = world(cell(), &[declared, entered], "");
    for day in ["2027-02-17", "2027-02-18"] {
        let body = world.check(&asked(cn).at(day), Listable, &[]);
        let passport = body.findings.iter().find(|of| of.requirement == "BAT-DPP").unwrap();
        assert_eq!(passport.code, Some(Reason::DppMissing));
    }
}

#[test]
fn a_general_product_has_somebody_who_answers_for_it() {
    let cn = "94036010";
    check_what_all_ask_for(cn, &goods(cn, &[]), &[], "GPSR");
    // What runs on electricity has an act of its own.
    let lamp = world(goods(cn, &["electrical"]), &[], "");
    lamp.check(&asked(cn), Review, &["POLICY POLICY_NOT_FOUND"]);
}
