//! The rule sets for protective equipment, cosmetics, batteries and general products: goods in
//! order are listable, and each piece that is missing is named.

use probant::attestation::PredicateKind;
use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use probant::hash::Digest;
use probant::policy::Limit;
use probant::policy::ruleset::Severity;
use probant::reason::Reason;
use serde_json::{Value, json};

use crate::case::{
    Question, accreditation, declaration, identity, parties, rules_with_copies, said,
};
use crate::verdict_plush_toy::{importer_declaration, question};
use crate::world::{
    AGENT, BODY, Draft, IMPORTER, IMPORTER_ALIAS, LAB, MAKER, NOTIFIER, PLATFORM, RIVAL, TOY,
    World, approval, certificate, erasure, grant, lots, mandate, named, notification, registered,
    registration, registration_of, report, scope, status_change, target, transcribed, types_of,
    verification,
};

const PPE: &str = "32016R0425";
const COSMETICS: &str = "32009R1223";
const BATTERIES: &str = "32023R1542";

/// A world with goods of a category, the records given, and all that every category asks for but
/// what is left out.
pub(crate) fn world(identity: Draft, drafts: &[Draft], left_out: &str) -> World {
    let mut world = parties("2026-01-05");
    world.add(grant(LAB, "lab").set("/acts", json!([COSMETICS])));
    world_of(world, identity, drafts, left_out)
}

/// The same, in a world with these parties.
fn world_of(mut world: World, identity: Draft, drafts: &[Draft], left_out: &str) -> World {
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

pub(crate) fn goods(cn: &str, flags: &[&str]) -> Draft {
    identity(MAKER, TOY, &["T-1"], &json!({"cn": cn}), flags)
        .set("/warnings", json!(["REMOVE_PACKAGING"]))
}

pub(crate) fn asked(cn: &str) -> Question {
    question().set("/category", json!({"cn": cn})).set("/attributes", json!({}))
}

pub(crate) fn doc(modules: &Value) -> Draft {
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
    let mut abroad = whole.clone();
    abroad.add(
        registration(IMPORTER, "CN", &[IMPORTER_ALIAS])
            .set("/legal_name", json!("Doudou Import SARL")),
    );
    abroad.check(&asked(cn), NotListable, &["EU-OPERATOR RP_OUTSIDE_EU"]);
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

pub(crate) fn ppe_certificate(until: &str) -> Draft {
    certificate(BODY, "PPE-1", PPE)
        .set("/scope", types_of(MAKER, "T-1"))
        .document("PPE-1", "2026-08-01")
        .valid("2026-08-01", until)
}

pub(crate) fn ppe_doc(module: &str) -> Draft {
    let cites = json!([{"rel": "cites-certificate", "document": named(BODY, "PPE-1")}]);
    let body = json!({
        "number": "9999", "intervention": "EU-type examination, supervised production",
        "certificate": named(BODY, "PPE-1"),
    });
    doc(&json!({PPE: module})).set("/header/references", cites).set("/notified_body", body)
}

pub(crate) fn ppe_approval(module: &str) -> Draft {
    approval(BODY, "QA-1", PPE, module)
        .set("/scope", types_of(MAKER, "T-1"))
        .document("QA-1", "2026-08-10")
        .valid("2026-08-10", "2029-08-09")
}

/// A helmet of a category; of none, as its manufacturer states none.
pub(crate) fn helmet(category: &str, flags: &[&str]) -> Draft {
    let helmet = goods("65061010", flags);
    if category.is_empty() {
        return helmet;
    }
    helmet.set("/attributes/ppe_category", json!(category))
}

#[test]
fn protective_equipment_has_a_type_certificate_and_a_supervised_production() {
    let cn = "65061010";
    let third = [ppe_certificate("2031-07-31"), ppe_doc("B+D"), ppe_approval("D")];
    check_what_all_ask_for(cn, &helmet("III", &[]), &third, "PPE");
    let [certified, declared, approved] = third.clone();
    let checked = [certified.clone(), ppe_doc("B+C2"), ppe_approval("C2")];
    let second = [certified.clone(), ppe_doc("B+C")];
    // Where the manufacturer states no category, it is the gravest.
    for category in ["III", ""] {
        let of = |drafts: &[Draft]| world(helmet(category, &[]), drafts, "");
        let body = of(&third).check(&asked(cn), Listable, &[]);
        assert!(body.limits.contains(&Limit::InstructionsNotSeen));
        assert!(!body.limits.contains(&Limit::EcodesignNotAsked));
        of(&checked).check(&asked(cn), Listable, &[]);
        let milder = ["PPE-DOC-III REQ_MISSING", "PPE-PRODUCTION REQ_MISSING"];
        of(&second).check(&asked(cn), NotListable, &milder);
        for (drafts, expected) in [
            (
                vec![certified.clone(), approved.clone()],
                &[
                    "PPE-DOC-III REQ_MISSING",
                    "PPE-PRODUCTION BODY_NUMBER_MISMATCH",
                    "PPE-PRODUCTION PROCEDURE_MISMATCH",
                    "PPE-TYPE TYPE_NOT_MAPPED",
                ][..],
            ),
            (
                vec![declared.clone(), approved.clone()],
                &["PPE-DOC-III DOC_BASIS_LOST", "PPE-TYPE REQ_MISSING"],
            ),
            (vec![certified.clone(), declared.clone()], &["PPE-PRODUCTION REQ_MISSING"]),
            (
                vec![certified.clone(), declared.clone(), ppe_approval("C2")],
                &["PPE-PRODUCTION PROCEDURE_MISMATCH"],
            ),
            (
                vec![ppe_certificate("2031-08-01"), declared.clone(), approved.clone()],
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
                vec![
                    certified.clone(),
                    declared.clone(),
                    approved.clone().set("/holder", json!(RIVAL)),
                ],
                &["PPE-PRODUCTION HOLDER_MISMATCH"],
            ),
        ] {
            of(&drafts).check(&asked(cn), NotListable, expected);
        }
    }
}

#[test]
fn protective_equipment_of_a_lower_category_is_asked_for_less() {
    let cn = "65061010";
    let (certified, second) = (ppe_certificate("2031-07-31"), ppe_doc("B+C"));
    let first = doc(&json!({PPE: "A"}));
    let of = |category, drafts: &[Draft]| world(helmet(category, &[]), drafts, "");
    of("II", &[certified, second.clone()]).check(&asked(cn), Listable, &[]);
    of("I", std::slice::from_ref(&first)).check(&asked(cn), Listable, &[]);
    let uncertified = ["PPE-DOC-II DOC_BASIS_LOST", "PPE-TYPE REQ_MISSING"];
    of("II", std::slice::from_ref(&second)).check(&asked(cn), NotListable, &uncertified);
    let undeclared = ["PPE-DOC-II REQ_MISSING", "PPE-TYPE REQ_MISSING"];
    of("II", std::slice::from_ref(&first)).check(&asked(cn), NotListable, &undeclared);
    // The newest identity counts; the offer has no say.
    let mut corrected = of("I", &[first]);
    corrected.add(helmet("", &[]));
    let gravest = ["PPE-DOC-III REQ_MISSING", "PPE-PRODUCTION REQ_MISSING", "PPE-TYPE REQ_MISSING"];
    corrected.check(&asked(cn), NotListable, &gravest);
}

#[test]
fn no_second_declaration_opens_a_milder_way() {
    let other = |draft: Draft| draft.document("DOC-LP-2026-015", "2026-09-02");
    let cn = "65061010";
    let certified = ppe_certificate("2031-07-31");
    let milder = other(ppe_doc("B+C"));
    let third = world(helmet("III", &[]), &[certified.clone(), ppe_doc("B+D"), milder.clone()], "");
    let expected = ["PPE-DOC-III PROCEDURE_MISMATCH", "PPE-PRODUCTION REQ_MISSING"];
    third.check(&asked(cn), NotListable, &expected);
    let mut second = world(helmet("II", &[]), &[certified, milder], "");
    second.check(&asked(cn), Listable, &[]);
    // Anybody can copy, or claim to: even where copies count, they speak against no goods.
    let mut copied = second.clone();
    copied.add(transcribed(ppe_doc("B+D"), RIVAL));
    let query = asked(cn).normal(copied.size());
    assert_eq!(copied.verdict_under(&query, &rules_with_copies("eu-ppe")).word(), Listable);
    let stricter = second.add(ppe_doc("B+D"));
    second.check(&asked(cn), NotListable, &["PPE-DOC-II PROCEDURE_MISMATCH"]);
    second.add(status_change(MAKER, "manufacturer", "WITHDRAW", target(&stricter)));
    second.check(&asked(cn), Listable, &[]);

    let cn = "85065010";
    let body = json!({"number": "9999", "intervention": "supervised production"});
    let supervised = doc(&json!({BATTERIES: "D1"})).set("/notified_body", body);
    let milder = other(doc(&json!({BATTERIES: "A"})));
    let cell = goods(cn, &["battery"]).set("/attributes/battery_category", json!("PORTABLE"));
    let drafts = [supervised.clone(), milder.clone(), epr("batteries")];
    let unproved = world(cell.clone(), &drafts, "");
    unproved.check(&asked(cn), NotListable, &["BAT-PROCEDURE PROCEDURE_MISMATCH"]);
    // Of another lot, it is no other procedure for this one; of this one it is.
    for (lot, word, expected) in [
        ("L2611B", Listable, &[][..]),
        ("L2610A", NotListable, &["BAT-PROCEDURE PROCEDURE_MISMATCH"]),
    ] {
        let of_lot = supervised.clone().set("/scope", lots(TOY, &[lot]));
        let drafts = [of_lot, milder.clone(), epr("batteries")];
        world(cell.clone(), &drafts, "").check(&asked(cn), word, expected);
    }
}

#[test]
fn protective_equipment_that_runs_on_electricity_is_declared_for_that_too() {
    let cn = "65061010";
    let certified = [ppe_certificate("2031-07-31"), ppe_doc("B+C")];
    for flags in [&["electrical"][..], &["battery"], &["button_cell"]] {
        let world = world(helmet("II", flags), &certified, "");
        world.check(&asked(cn), NotListable, &["PPE-DOC-II DOC_INCOMPLETE"]);
    }
    let modules = json!({PPE: "B+C", "32014L0030": "A", "32011L0065": "A"});
    let named: Vec<&str> = modules.as_object().unwrap().keys().map(String::as_str).collect();
    let [certificate, declared] = certified;
    let declared =
        declared.set("/header/legislation", json!(named)).set("/modules", modules.clone());
    let whole = world(helmet("II", &["electrical"]), &[certificate, declared], "");
    whole.check(&asked(cn), Listable, &[]);
}

#[test]
fn a_body_that_is_no_longer_notified_certifies_and_supervises_nothing() {
    let cn = "65061010";
    let certified = ppe_certificate("2031-07-31");
    let second = [certified.clone(), ppe_doc("B+C")];
    let third = [certified, ppe_doc("B+D"), ppe_approval("D")];
    let (of_type, of_production) =
        ("PPE-TYPE ISSUER_SCOPE_MISMATCH", "PPE-PRODUCTION ISSUER_SCOPE_MISMATCH");
    for (category, drafts, expected) in
        [("II", &second[..], &[of_type][..]), ("III", &third, &[of_type, of_production])]
    {
        let mut world = world(helmet(category, &[]), drafts, "");
        let ended = notification(NOTIFIER, BODY, PPE, "WITHDRAW")
            .set("/modules", json!(["B", "C2", "D"]))
            .set("/effective_at", json!("2026-10-15T00:00:00Z"));
        world.add(ended);
        world.check(&asked(cn), NotListable, expected);
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
        (vec![assessed.clone()], &["COS-CPNP REQ_MISSING"][..]),
        (vec![cpnp(RIVAL, "manufacturer"), assessed.clone()], &["COS-CPNP REQ_MISSING"]),
        // Who is established elsewhere can't notify, be it the manufacturer.
        (
            vec![cpnp(MAKER, "manufacturer"), assessed.clone()],
            &["COS-CPNP REGISTRATION_MISMATCH", "COS-CPNP RP_MISMATCH"],
        ),
        (
            vec![notified.clone().set("/status", json!("CLOSED")), assessed.clone()],
            &["COS-CPNP REQ_MISSING"],
        ),
        (vec![notified.clone()], &["COS-SAFETY REQ_MISSING"]),
        (vec![notified.clone(), test], &["COS-SAFETY REQ_MISSING"]),
        (vec![notified.clone(), failed], &["COS-SAFETY TEST_FAILED"]),
    ] {
        world(cream(), &drafts, "").check(&asked(cn), NotListable, expected);
    }
    let unlisted = world(goods(cn, &[]), &[notified, assessed], "");
    unlisted.check(&asked(cn), NotListable, &["COS-INGREDIENTS INGREDIENTS_MISSING"]);
}

#[test]
fn a_cosmetic_product_is_notified_by_whom_the_offer_shows_and_offered_by_batch() {
    let cn = "33049900";
    let represented = mandate("RESPONSIBLE_PERSON", MAKER, AGENT, TOY);
    let represented = represented.valid("2026-10-06", "2031-10-05");
    let drafts = [represented, cpnp(AGENT, "responsible_person"), assessment()];
    let world = world(cream(), &drafts, "");
    let mismatch = ["COS-CPNP RP_MISMATCH"];
    world.check(&asked(cn), NotListable, &mismatch);
    let named = |name: &str| json!({"name": name, "postal": "1 Example Road", "electronic": "a@example.com"});
    let shown = asked(cn).set("/offer/responsible_person", named("Rhenania Compliance GmbH"));
    world.check(&shown, Listable, &[]);
    let other = asked(cn).set("/offer/responsible_person", named("Lumipeluche Mfg"));
    world.check(&other, NotListable, &mismatch);
    let model = world.ask(&shown.batches(&[]));
    assert!(said(&model).findings.contains("COS-BATCH BATCH_REQUIRED"), "{:?}", said(&model));
    assert_eq!(model.word(), Review);
}

#[test]
fn a_declaration_on_a_cosmetic_product_is_for_a_person() {
    let cn = "33049900";
    let (toys, flagged) = ("32009L0048", ["COS-NO-DOC DOC_UNEXPECTED"]);
    let declared = doc(&json!({toys: "A"}));
    let whole = [cpnp(IMPORTER, "importer"), assessment()];
    let with = |drafts: &[Draft]| world(cream(), &[&whole, drafts].concat(), "");
    let mut world = with(std::slice::from_ref(&declared));
    let body = world.check(&asked(cn), Review, &flagged);
    let finding = body.findings.iter().find(|of| of.requirement == "COS-NO-DOC").unwrap();
    assert_eq!(finding.evidence.len(), 1);
    assert!(finding.checked_keys.iter().any(|key| key.uri.as_str() == TOY && key.count > 0));
    // Neither what a stranger declares or copies nor what is on another lot is against these goods.
    let by_rival = doc(&json!({toys: "A"}))
        .set("/header/issuer/operator", json!(RIVAL))
        .set("/manufacturer/operator", json!(RIVAL))
        .set("/scope/types/0/holder", json!(RIVAL))
        .signed_by(&[RIVAL]);
    with(&[by_rival]).check(&asked(cn), Listable, &[]);
    let copied = with(&[transcribed(declared.clone(), RIVAL)]);
    copied.check(&asked(cn), Listable, &[]);
    // Not even where copies count.
    let (query, rules) = (asked(cn).normal(copied.size()), rules_with_copies("eu-cosmetics"));
    assert_eq!(copied.verdict_under(&query, &rules).word(), Listable);
    // It names no type: of which lots a type is, declarations decide.
    let of_lot = |lot: &str| declared.clone().set("/scope", lots(TOY, &[lot]));
    with(&[of_lot("L2611B")]).check(&asked(cn), Listable, &[]);
    with(&[of_lot("L2610A")]).check(&asked(cn), Review, &flagged);
    // Taken back it is gone; erased it is not taken back.
    let record = world
        .log
        .iter()
        .find(|of| of.statement().is_some_and(|of| of.kind() == PredicateKind::EuDeclaration))
        .cloned()
        .unwrap();
    let mut erased = world.clone();
    erased.add(erasure(MAKER, "manufacturer", &record));
    erased.erase(&record);
    erased.check(&asked(cn), Review, &flagged);
    world.add(status_change(MAKER, "manufacturer", "WITHDRAW", target(&record)));
    world.check(&asked(cn), Listable, &[]);
}

#[test]
fn a_cosmetic_product_that_runs_on_electricity_is_for_no_rule_set() {
    let cn = "33049900";
    for flag in ["electrical", "battery", "button_cell", "radio"] {
        let ingredients = json!(Digest::of(b"aqua").to_string());
        let cream = goods(cn, &[flag]).set("/attributes/ingredients", ingredients);
        let world = world(cream, &[cpnp(IMPORTER, "importer"), assessment()], "");
        world.check(&asked(cn), Review, &["POLICY POLICY_NOT_FOUND"]);
    }
}

#[test]
fn a_laboratory_assesses_cosmetics_if_its_role_names_their_act() {
    let cn = "33049900";
    let drafts = [
        cpnp(IMPORTER, "importer"),
        assessment().set("/header/issuer/operator", json!(RIVAL)).signed_by(&[RIVAL]),
    ];
    let lab = |acts: Value| {
        let mut world = parties("2026-01-05");
        world.add(grant(RIVAL, "lab").set("/acts", acts));
        world
    };
    let unnamed = ["COS-SAFETY ISSUER_SCOPE_MISMATCH"];
    world_of(lab(json!(null)), cream(), &drafts, "").check(&asked(cn), NotListable, &unnamed);
    world_of(lab(json!(["32009L0048"])), cream(), &drafts, "").check(
        &asked(cn),
        NotListable,
        &unnamed,
    );
    let named = world_of(lab(json!([COSMETICS, "32009L0048"])), cream(), &drafts, "");
    named.check(&asked(cn), Listable, &[]);
    let mut revoked = lab(json!([COSMETICS]));
    revoked.add(grant(RIVAL, "lab"));
    let ended =
        grant(RIVAL, "lab").set("/action", json!("REVOKE")).set("/acts", json!([COSMETICS]));
    revoked.add(ended);
    world_of(revoked, cream(), &drafts, "").check(&asked(cn), NotListable, &unnamed);
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
    let body = world(cell(), &[declared.clone(), entered.clone()], "").ask(&asked(cn));
    assert!(body.body().limits.contains(&Limit::BatteryDutiesNotAsked));
    let none = ["BAT-DOC REQ_MISSING", "BAT-PROCEDURE REQ_MISSING"];
    world(cell(), std::slice::from_ref(&entered), "").check(&asked(cn), NotListable, &none);
    let body = json!({"number": "9999", "intervention": "supervised production"});
    let supervised = doc(&json!({BATTERIES: "D1"})).set("/notified_body", body);
    let unproved = world(cell(), &[supervised, entered.clone()], "");
    unproved.check(&asked(cn), NotListable, &["BAT-PROCEDURE REQ_MISSING"]);
    for (drafts, expected) in [
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
    // Runs on electricity itself, as a power bank does.
    let bank = world(goods(cn, &["battery", "electrical"]), &[declared, entered], "");
    bank.check(&asked(cn), NotListable, &["BAT-DOC DOC_INCOMPLETE"]);
}

#[test]
fn a_battery_of_some_kinds_has_a_passport_from_its_day_on() {
    let cn = "85076000";
    let (before, from) = ("2027-02-17", "2027-02-18");
    let stated = |members: Value| {
        let mut cell = goods(cn, &["battery"]);
        for (name, value) in members.as_object().unwrap() {
            cell = cell.set(&format!("/attributes/{name}"), value.clone());
        }
        cell
    };
    let drafts = [doc(&json!({BATTERIES: "A"})), epr("batteries")];
    for (members, is_needed) in [
        (json!({}), true),
        (json!({"capacity_wh": "10"}), true),
        (json!({"battery_category": "LMT", "capacity_wh": "10"}), true),
        (json!({"battery_category": "EV"}), true),
        (json!({"battery_category": "INDUSTRIAL"}), true),
        (json!({"battery_category": "INDUSTRIAL", "capacity_wh": "2000.5"}), true),
        (json!({"battery_category": "INDUSTRIAL", "capacity_wh": "2000"}), false),
        (json!({"battery_category": "PORTABLE"}), false),
        (json!({"battery_category": "SLI", "capacity_wh": "2500"}), false),
    ] {
        let world = world(stated(members.clone()), &drafts, "");
        let passport = |day: &str| {
            let verdict = world.ask(&asked(cn).at(day));
            let mut findings = verdict.body().findings.iter();
            let found = findings.find(|of| of.requirement == "BAT-DPP").cloned();
            (verdict.word(), found.map(|of| (of.code, of.severity)))
        };
        let missing = |severity| Some((Some(Reason::DppMissing), severity));
        let expected = if is_needed {
            [(Listable, missing(Severity::Warn)), (NotListable, missing(Severity::Deny))]
        } else {
            [(Listable, None), (Listable, None)]
        };
        assert_eq!([before, from].map(passport), expected, "{members}");
    }
    let issuer = json!({"operator": MAKER, "role": "manufacturer"});
    let passport = registered("DPP", MAKER, scope(TOY)).set("/header/issuer", issuer);
    let [declared, entered] = drafts;
    let drafts = [declared, entered, passport.signed_by(&[MAKER])];
    world(stated(json!({})), &drafts, "").check(&asked(cn).at(from), Listable, &[]);
}

#[test]
fn a_general_product_has_somebody_who_answers_for_it() {
    let cn = "94036010";
    check_what_all_ask_for(cn, &goods(cn, &[]), &[], "GPSR");
    // What runs on electricity has an act of its own, and so has what touches food.
    for flag in ["electrical", "battery", "button_cell", "radio", "food_contact"] {
        let other = world(goods(cn, &[flag]), &[], "");
        other.check(&asked(cn), Review, &["POLICY POLICY_NOT_FOUND"]);
    }
}
