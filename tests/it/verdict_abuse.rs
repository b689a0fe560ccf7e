//! What rivals, thieves and clever sellers try (conformity.md, section 7): none of it lists a
//! product, and none of it takes an honest one off the market.

use std::sync::Arc;

use probant::attestation::types::VerdictWord::{self, Listable, NotListable, Review};
use probant::policy::query::GoodsLocation;
use probant::policy::{PolicySet, evaluate};
use probant::reason::Reason;
use probant::record::Record;
use serde_json::{Value, json};

use crate::case::{Question, VOLTARIS, declaration, identity, parties, policies, said};
use crate::verdict_charger as charger;
use crate::verdict_plush_toy as toy;
use crate::verdict_recall as recall;
use crate::world::{
    AGENT, AUTHORITY, BODY, CONNECTOR, Draft, IMPORTER, LAB, MAKER, NOTIFIER, OTHER_TOY, PLATFORM,
    RADIO, RIVAL, TOY, TOYS, World, erasure, event, grant, key_event, lots, mandate, measure,
    named, notification, report, scope, status_change, target, transcribed, update,
};

const BATTERIES: &str = "32023R1542";
const EMC: &str = "32014L0030";

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

/// A declaration on the toy that names the acts for what holds a battery.
fn declares_battery(maker: &str, name: &str, number: &str) -> Draft {
    let acts = json!({BATTERIES: "A", EMC: "A", charger::ROHS: "A"});
    declaration(maker, name, TOY, &["LP-BEAR-30"], &acts)
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
    let untested = "TOY-ELEC STANDARD_NOT_COVERED";
    let incomplete = ["TOY-DOC DOC_INCOMPLETE", untested];
    world.check(&toy::question(), NotListable, &incomplete);
    world.add(transcribed(declares_battery(MAKER, "Lumipeluche Mfg", "DOC-COPY"), RIVAL));
    world.check(&toy::question(), NotListable, &incomplete);
    world.add(declares_battery(RIVAL, "Bricolin Toys", "DOC-RIVAL"));
    world.check(&toy::question(), NotListable, &incomplete);
    world.add(declares_battery(MAKER, "Lumipeluche Mfg", "DOC-OWN"));
    world.check(&toy::question(), NotListable, &[untested]);
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

/// What the goods are decides which rule set judges them. Without it none may.
#[test]
fn who_erases_what_the_goods_are_gets_no_better_verdict_for_it() {
    let mut case = charger::first_half(parties("2024-01-05"), true);
    case.world.check(&charger::question(), Listable, &[]);
    let identity = toy::record(&case.world, "product-identity");
    case.world.add(erasure(VOLTARIS, "manufacturer", &identity));
    case.world.erase(&identity);
    let findings = ["POLICY POLICY_NOT_FOUND", "PRODUCT-ID EVIDENCE_ERASED"];
    case.world.check(&charger::question(), NotListable, &findings);
}

/// The manufacturer says that its type is one batch's, and that is annulled.
#[test]
fn annulling_what_narrows_a_type_makes_no_other_batch_one_of_it() {
    let mut world = toy::world_with(
        toy::doc("2026-09-01").set("/scope/types", Value::Null),
        toy::test_report(),
    );
    world.check(&toy::question(), Listable, &[]);
    let narrow = toy::doc("2026-09-01")
        .document("DOC-2", "2026-09-01")
        .set("/scope/batches", json!({"mode": "LIST", "list": ["L2612Z"]}));
    let narrow = world.add(narrow);
    let before = said(&world.ask(&toy::question()));
    assert_eq!(before.word, NotListable, "{before:?}");
    world.add(status_change(MAKER, "manufacturer", "ANNUL", target(&narrow)));
    assert_eq!(said(&world.ask(&toy::question())), before);
    // Another declaration does.
    world.add(toy::doc("2026-09-01").document("DOC-3", "2026-09-01"));
    world.check(&toy::question(), Listable, &[]);
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
    let of_rohs = json!({charger::ROHS: "A"});
    let other = declaration(VOLTARIS, "Voltaris Elec", charger::CHARGER, &["VOL-QI15"], &of_rohs)
        .document("VD-2", "2024-05-06")
        .set("/header/validity", json!({"from": "2024-05-06"}));
    world.add(other);
    let untested = ["RADIO-DOC STANDARD_NOT_COVERED", "RADIO-BASIS STANDARD_NOT_COVERED"];
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
    let untested = ["RADIO-DOC STANDARD_NOT_COVERED", "RADIO-BASIS STANDARD_NOT_COVERED"];
    world.check(&charger::question(), NotListable, &untested);
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

// ── Status ──────────────────────────────────────────────────────────────────────────────────────

#[test]
fn one_party_does_not_lift_what_the_other_has_suspended() {
    let mut world = toy::world();
    let given = mandate("AUTHORISED_DISTRIBUTOR", MAKER, AGENT, TOY);
    let given = world.add(given.valid("2026-10-06", "2031-10-05"));
    let asked = imported(toy::question().set("/trader/operator", json!(AGENT)));
    world.check(&asked, Listable, &[]);
    let change = |issuer, role, action, since: &str| {
        let change = status_change(issuer, role, action, target(&given));
        change.set("/effective_at", json!(format!("{since}T00:00:00Z")))
    };
    world.add(change(MAKER, "manufacturer", "SUSPEND", "2026-11-01"));
    let suspended = ["TRADER-LINK TRADER_NOT_LINKED"];
    world.check(&asked, NotListable, &suspended);
    // It may suspend too, and end that again; the other suspension stays.
    world.add(change(AGENT, "responsible_person", "SUSPEND", "2026-11-02"));
    world.add(change(AGENT, "responsible_person", "REINSTATE", "2026-11-03"));
    world.check(&asked, NotListable, &suspended);
}

#[test]
fn one_authority_does_not_lift_what_another_has_suspended() {
    let mut world = toy::world();
    world.add(grant(PLATFORM, "market_surveillance"));
    let report = toy::find(&world, "test-report");
    let change = |issuer, role, action, since: &str| {
        let change = status_change(issuer, role, action, report.clone());
        change.set("/effective_at", json!(format!("{since}T00:00:00Z")))
    };
    world.add(change(AUTHORITY, "market_surveillance", "SUSPEND", "2026-11-01"));
    world.add(change(LAB, "lab", "SUSPEND", "2026-11-02"));
    world.add(change(PLATFORM, "market_surveillance", "REINSTATE", "2026-11-03"));
    assert!(finds(&world, &imported(toy::question()), "TOY-BASIS CERT_SUSPENDED"));
}

#[test]
fn goods_are_not_placed_on_the_market_on_a_day_that_has_not_come() {
    let mut world = toy::world();
    let declared = toy::find(&world, "eu-declaration-of-conformity");
    for (action, since) in [("SUSPEND", "2026-11-01"), ("REINSTATE", "2026-12-10")] {
        let change = status_change(MAKER, "manufacturer", action, declared.clone());
        let since = format!("{since}T00:00:00Z");
        world
            .add(change.set("/effective_at", json!(since)).set("/reason", json!("ADMINISTRATIVE")));
    }
    // No query says so, but a verdict must not hang on who reads it.
    let mut query = toy::question().normal(world.size());
    let placed_on_market = "2026-12-20".parse().unwrap();
    query.offer.goods_location = GoodsLocation::EuStock { placed_on_market };
    let verdict = evaluate(&query, &world.evidence(&query).0, &policies()).unwrap();
    let said = said(&verdict);
    assert_eq!(said.word, NotListable);
    let expected = ["TOY-DOC CERT_SUSPENDED", "TOY-DOC DOC_INCOMPLETE"];
    assert_eq!(said.findings, expected.map(str::to_owned).into());
    let valid_until = verdict.body().valid_until.unwrap();
    assert_eq!(valid_until.to_string(), "2026-12-10T00:00:00Z");
}

#[test]
fn a_declaration_for_one_country_is_none_for_another() {
    for (countries, word, findings) in [
        (json!(["EU"]), Listable, &[][..]),
        (json!(["DE", "FR"]), Listable, &[]),
        (json!(["DE"]), NotListable, &["TOY-DOC COVERAGE_TOO_NARROW", "TOY-DOC DOC_INCOMPLETE"]),
    ] {
        let limited = toy::doc("2026-09-01").set("/scope/countries", countries);
        let world = toy::world_with(limited, toy::test_report());
        world.check(&toy::question(), word, findings);
    }
}

#[test]
fn a_copy_of_a_register_does_not_outlive_what_the_authority_says_itself() {
    let case = charger::first_half(parties("2024-01-05"), true);
    let mut world = case.world;
    let copy = notification(NOTIFIER, BODY, RADIO, "GRANT")
        .set("/effective_at", json!("2024-01-05T00:00:00Z"));
    world.add(transcribed(copy, CONNECTOR));
    world.check(&charger::question(), Listable, &[]);
    let ended = notification(NOTIFIER, BODY, RADIO, "WITHDRAW");
    world.add(ended.set("/effective_at", json!("2024-06-01T00:00:00Z")));
    world.check(&charger::question(), NotListable, &["RADIO-BASIS ISSUER_SCOPE_MISMATCH"]);
}

// ── Stolen keys ─────────────────────────────────────────────────────────────────────────────────

fn stolen(operator: &str, role: &str, since: &str) -> Draft {
    key_event(operator, role, "COMPROMISE", operator, &[operator])
        .set("/suspect_from", json!(since))
}

/// The recall of a batch, lifted by its author later.
fn lifted() -> World {
    let mut world = recall::recalled();
    let recalled = world.log.last().unwrap().clone();
    let lift = update(IMPORTER, "importer", "LIFT", &recalled, named(IMPORTER, "RC-1"));
    world.at("2026-11-06T12:00:00Z").add(lift);
    world
}

/// A report that its laboratory suspended and reinstated.
fn reinstated() -> World {
    let mut world = toy::world();
    let report = toy::find(&world, "test-report");
    for (action, since) in
        [("SUSPEND", "2026-10-01T00:00:00Z"), ("REINSTATE", "2026-11-10T00:00:00Z")]
    {
        let change = status_change(LAB, "lab", action, report.clone());
        world.at("2026-11-20T00:00:00Z").add(change.set("/effective_at", json!(since)));
    }
    world
}

#[test]
fn a_thief_lifts_no_recall() {
    let mut world = lifted();
    let asked = recall::asked().batches(&["B2608"]);
    world.check(&asked, Listable, &[]);
    world.at("2026-11-07T00:00:00Z").add(stolen(IMPORTER, "importer", "2026-11-06T00:00:00Z"));
    world.check(&asked, NotListable, &[recall::BATCH]);
}

#[test]
fn a_thief_reinstates_nothing() {
    let mut world = reinstated();
    let asked = imported(toy::question());
    world.check(&asked, Listable, &[]);
    world.add(stolen(LAB, "lab", "2026-11-19T00:00:00Z"));
    assert!(finds(&world, &asked, "TOY-BASIS CERT_SUSPENDED"));
    assert_eq!(world.ask(&asked).word(), NotListable);
}

#[test]
fn a_report_of_a_theft_never_improves_a_verdict() {
    let charged = {
        let mut case = charger::withdrawn("SAFETY");
        charger::second_half(&mut case);
        case.world
    };
    let keys = [
        (MAKER, "manufacturer"),
        (RIVAL, "manufacturer"),
        (VOLTARIS, "manufacturer"),
        (IMPORTER, "importer"),
        (LAB, "lab"),
        (BODY, "notified_body"),
        (AUTHORITY, "market_surveillance"),
        (NOTIFIER, "notifying_authority"),
        (AGENT, "responsible_person"),
    ];
    let of_charger = charger::question().at("2026-11-20");
    for (world, questions) in [
        (reinstated(), [imported(toy::question()), toy::question().batches(&[])]),
        (lifted(), [recall::asked().batches(&["B2608"]), recall::asked()]),
        (recall::extended(), [recall::asked().batches(&["B2609"]), recall::serial("000500")]),
        (charged, [of_charger.clone().batches(&["W2646"]), of_charger.batches(&["W2620"])]),
    ] {
        let before = questions.each_ref().map(|asked| gravity(world.ask(asked).word()));
        for (operator, role) in keys {
            for since in ["2024-01-01", "2026-08-25", "2026-11-06"] {
                let mut world = world.clone();
                let notice = stolen(operator, role, &format!("{since}T00:00:00Z"));
                world.at("2026-11-21T00:00:00Z").add(notice);
                for (asked, before) in questions.iter().zip(before) {
                    let after = gravity(world.ask(asked).word());
                    assert!(before <= after, "{operator} {since} {before} {after} {asked:?}");
                }
            }
        }
    }
}

// ── Measures ────────────────────────────────────────────────────────────────────────────────────

fn type_recall(world: &mut World) -> Arc<Record> {
    let scope = json!({"types": [{"holder": RIVAL, "designation": "TAMB-1"}]});
    world.at("2026-11-10T00:00:00Z");
    world.add(measure(AUTHORITY, "market_surveillance", "M-T", scope))
}

const MODEL: &str = "NEG-MEASURE RECALLED_MODEL";

#[test]
fn a_measure_is_lifted_for_what_it_names_be_it_a_type_or_prose() {
    let asked = recall::asked().batches(&["B2607"]);
    let mut world = recall::world();
    let recalled = type_recall(&mut world);
    world.check(&asked, NotListable, &[MODEL]);
    let lift = |record: &Record, issuer, role, number| {
        let of = named(issuer, number);
        let scope = record.statement().unwrap().predicate().scope();
        update(issuer, role, "LIFT", record, of).set("/scope", serde_json::to_value(scope).unwrap())
    };
    let other = json!({"types": [{"holder": RIVAL, "designation": "TAMB-9"}]});
    let of_other = lift(&recalled, AUTHORITY, "market_surveillance", "M-T").set("/scope", other);
    world.add(of_other);
    world.check(&asked, NotListable, &[MODEL]);
    world.add(lift(&recalled, AUTHORITY, "market_surveillance", "M-T"));
    world.check(&asked, Listable, &[]);

    let mut world = recall::world();
    let noticed = world.add(recall::notice());
    world.check(&recall::asked().batches(&["B2608"]), Review, &["NEG-MEASURE RECALL_APPROX_MATCH"]);
    world.add(lift(&noticed, CONNECTOR, "connector", "SG-1"));
    world.check(&recall::asked().batches(&["B2608"]), Listable, &[]);
}

#[test]
fn one_authority_does_not_lift_what_another_has_set() {
    let mut world = recall::recalled();
    world.add(grant(PLATFORM, "market_surveillance"));
    let recalled = toy::record(&world, "safety-measure");
    let document = named(IMPORTER, "RC-1");
    let more = update(AUTHORITY, "market_surveillance", "EXTEND", &recalled, document.clone());
    let of_type = json!({"types": [{"holder": RIVAL, "designation": "TAMB-1"}]});
    world.add(more.set("/scope", of_type));
    let lift = update(PLATFORM, "market_surveillance", "LIFT", &recalled, document);
    let lift = lift.set("/scope", lots(recall::TAMBOURINE, &["B2608"]));
    world.refused(Reason::ChangeNotPermitted, lift.clone());
    // Nor does it help the goods if the ledger lets it in.
    let _forced = world.force(lift);
    world.check(&recall::asked().batches(&["B2608"]), NotListable, &[MODEL]);
}

#[test]
fn a_new_identity_does_not_shake_off_the_recall_of_a_type() {
    let mut world = recall::world();
    type_recall(&mut world);
    let renamed = recall::tambourine().set("/types", json!([{"designation": "TAMB-2"}]));
    world.add(renamed);
    let asked = recall::asked().batches(&["B2607"]);
    assert!(finds(&world, &asked, MODEL));
    assert!(finds(&world, &recall::asked(), MODEL));
    // What is known to be made since is of the new type.
    let made = event(RIVAL, "manufacturer", &format!("{}/10/B2607", recall::TAMBOURINE));
    world.add(made.set("/event_time", json!("2026-11-11T00:00:00Z")));
    assert!(!finds(&world, &asked, MODEL));
}

// ── Batches, packs and numbers ──────────────────────────────────────────────────────────────────

#[test]
fn an_event_that_was_withdrawn_or_erased_gives_no_batch_its_day() {
    let asked = charger::question().at("2026-11-20");
    let mut case = charger::withdrawn("SAFETY");
    charger::second_half(&mut case);
    let mut world = case.world;
    let of_new = asked.clone().batches(&["W2646"]);
    world.check(&of_new, Listable, &[]);
    let made = toy::find(&world, "traceability-event");
    let change = status_change(AUTHORITY, "market_surveillance", "WITHDRAW", made);
    world.add(change.set("/effective_at", json!("2026-11-19T00:00:00Z")));
    assert_eq!(world.ask(&of_new).word(), NotListable);

    let mut case = charger::withdrawn("SAFETY");
    charger::second_half(&mut case);
    let mut world = case.world;
    let of_old = asked.batches(&["W2620"]);
    let made = |day: &str| {
        let made = event(VOLTARIS, "manufacturer", &format!("{}/10/W2620", charger::CHARGER));
        made.set("/event_time", json!(format!("{day}T00:00:00Z")))
    };
    let first = world.add(made("2026-05-15"));
    world.add(made("2026-11-16"));
    assert_eq!(world.ask(&of_old).word(), NotListable);
    world.add(erasure(VOLTARIS, "manufacturer", &first));
    world.erase(&first);
    assert_eq!(world.ask(&of_old).word(), NotListable);
}

#[test]
fn a_batch_that_another_rule_set_is_for_hides_behind_no_other() {
    let mut world = toy::world();
    let radio = toy::plush_identity()
        .set("/attributes/radio", json!(true))
        .set("/scope/batches", json!({"mode": "PRODUCED_BETWEEN", "from": "2026-11-01"}));
    world.at("2026-11-01T00:00:00Z").add(radio);
    for (lot, day) in [("L2610A", "2026-09-15"), ("L2611B", "2026-11-05")] {
        let made = event(MAKER, "manufacturer", &format!("{TOY}/10/{lot}"));
        let made = made.set("/event_time", json!(format!("{day}T00:00:00Z")));
        world.at("2026-11-20T00:00:00Z").add(made);
    }
    world.check(&toy::question(), Listable, &[]);
    world.check(&toy::question().batches(&["L2611B"]), Review, &["POLICY POLICY_NOT_FOUND"]);
    let both = toy::question().batches(&["L2610A", "L2611B"]);
    assert!(finds(&world, &both, "POLICY POLICY_NOT_FOUND"));
}

const NUMBER: &str = "urn:probant:product:urn%3Aeori%3AFR99900011000018:SKU-77";

fn by_number() -> Question {
    toy::question().set("/product", json!({"merchant_pid": "SKU-77", "batches": ["L2610A"]}))
}

fn binding(identity: Draft, maker: &str) -> Draft {
    identity.set("/merchant_ids", json!([NUMBER])).signed_by(&[maker, IMPORTER])
}

const UNBOUND: &str = "PRODUCT-ID PRODUCT_ID_UNBOUND";

#[test]
fn an_annulled_identity_binds_no_number() {
    let mut world = toy::world();
    let bound = world.add(binding(toy::plush_identity(), MAKER));
    world.add(toy::plush_identity());
    world.check(&by_number(), Listable, &[]);
    let change = status_change(MAKER, "manufacturer", "ANNUL", target(&bound));
    world.add(change.set("/reason", json!("FRAUD")));
    assert!(finds(&world, &by_number(), UNBOUND));
    world.check(&toy::question(), Listable, &[]);
}

#[test]
fn a_number_that_stands_for_two_products_stands_for_neither() {
    let mut world = toy::world();
    let category = json!({"gpc": "10005160", "cn": "95030041"});
    world.add(binding(identity(RIVAL, OTHER_TOY, &["R-1"], &category, &[]), RIVAL));
    assert!(!finds(&world, &by_number(), UNBOUND));
    world.add(binding(toy::plush_identity(), MAKER));
    assert!(finds(&world, &by_number(), UNBOUND));
    // What speaks against either speaks against the number.
    world.add(measure(AUTHORITY, "market_surveillance", "M-1", scope(OTHER_TOY)));
    assert!(finds(&world, &by_number(), MODEL));
}

#[test]
fn a_number_for_examples_is_one_behind_a_merchants_number_too() {
    let mut world = toy::world();
    world.add(binding(toy::plush_identity(), MAKER));
    let query = by_number().normal(world.size());
    let verdict = evaluate(&query, &world.evidence(&query).0, &PolicySet::embedded()).unwrap();
    assert!(said(&verdict).findings.contains("PRODUCT-ID TEST_IDENTIFIER"));
}

fn assigned(level: usize, number: usize) -> String {
    let maker = MAKER.replace(':', "%3A").replace('/', "%2F");
    format!("urn:probant:product:{maker}:P-{level}-{number}")
}

fn pack(id: &str, parts: &[String]) -> Draft {
    let category = json!({"gpc": "10005160", "cn": "95030041"});
    let draft = identity(MAKER, id, &["PACK"], &category, &[]);
    if parts.is_empty() {
        return draft;
    }
    let parts: Vec<Value> = parts.iter().map(|id| json!({"id": id, "quantity": 1})).collect();
    draft.set("/contains", json!(parts))
}

/// If each way from a pack to its parts were followed, these would be many millions.
#[test]
fn packs_in_packs_are_looked_at_once() {
    let (levels, width) = (7, 12);
    let mut world = parties("2026-01-05");
    let level = |level: usize| -> Vec<String> {
        (0..width).map(|number| assigned(level, number)).collect()
    };
    for at in 0..levels {
        let parts = if at + 1 == levels { Vec::new() } else { level(at + 1) };
        for id in level(at) {
            world.add(pack(&id, &parts));
        }
    }
    let asked = toy::question().set("/product", json!({"id": assigned(0, 0)}));
    assert_eq!(world.ask(&asked).word(), NotListable);
    assert!(!finds(&world, &asked, "POLICY POLICY_NOT_FOUND"));
}

#[test]
fn packs_that_hold_each_other_are_for_a_person() {
    let mut world = parties("2026-01-05");
    let (one, other) = (assigned(0, 0), assigned(0, 1));
    world.add(pack(&one, std::slice::from_ref(&other)));
    world.add(pack(&other, std::slice::from_ref(&one)));
    let asked = toy::question().set("/product", json!({"id": one}));
    assert!(finds(&world, &asked, "POLICY POLICY_NOT_FOUND"));
    assert_ne!(world.ask(&asked).word(), Listable);
}

/// Items that are put into each other: two records, and again many millions of ways.
#[test]
fn items_in_items_are_looked_at_once() {
    let mut world = recall::world();
    let serials = (1..=20).map(|number| format!("{}/21/{number:06}", recall::TAMBOURINE));
    let items: Vec<String> = serials.collect();
    world.add(Draft::of(
        "traceability-event",
        RIVAL,
        "manufacturer",
        json!({
            "event": "AGGREGATION", "event_time": "2026-08-20T00:00:00Z", "offset": "+00:00",
            "biz_step": "packing", "inputs": items, "outputs": items,
        }),
    ));
    world.check(&recall::serial("000001"), Listable, &[]);
    world.at("2026-11-05T00:00:00Z").add(recall::recall());
    world.check(&recall::serial("000001"), NotListable, &[recall::BATCH]);
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

/// However many copies of a report there are, each of which ends on another day.
#[test]
fn copies_decide_neither_a_verdict_nor_how_long_it_takes() {
    let mut world = toy::world();
    for number in 1..=150 {
        let until = format!("2027-{:02}-{:02}", 1 + number / 25, 1 + number % 25);
        let copy = toy::test_report().document(&format!("R-{number}"), "2026-08-20");
        let _copied = world.force(transcribed(copy.valid("2026-08-20", &until), RIVAL));
    }
    let body = world.check(&toy::question(), Listable, &[]);
    assert_eq!(body.valid_until.unwrap().to_string(), "2029-08-20T00:00:00Z");
    // For so many batches not every day is tried: the verdict is vouched for up to the last.
    let lots: Vec<String> = (0..20).map(|number| format!("L-{number}")).collect();
    let lots: Vec<&str> = lots.iter().map(String::as_str).collect();
    let many = world.ask(&toy::question().batches(&lots));
    let until = many.body().valid_until.unwrap().to_string();
    assert!(("2027-02"..="2027-06").contains(&until.as_str()), "{until}");
}

#[test]
fn a_new_identity_does_not_empty_the_packs_that_are_sold() {
    let mut world = parties("2026-01-05");
    let id = assigned(0, 0);
    world.at("2026-10-01T00:00:00Z").add(pack(&id, &[TOY.to_owned()]));
    world.add(measure(AUTHORITY, "market_surveillance", "M-1", scope(TOY)));
    world.at("2026-11-01T00:00:00Z").add(pack(&id, &[OTHER_TOY.to_owned()]));
    let asked = |lots: &[&str]| toy::question().set("/product", json!({"id": id, "batches": lots}));
    assert!(finds(&world, &asked(&[]), MODEL));
    assert!(finds(&world, &asked(&["P1"]), MODEL));
    // What is known to be packed since holds the other.
    let made = event(MAKER, "manufacturer", &format!("{id}/10/P1"));
    world.add(made.set("/event_time", json!("2026-11-01T08:00:00Z")));
    assert!(!finds(&world, &asked(&["P1"]), MODEL));
}

#[test]
fn an_erased_event_may_have_named_a_recalled_batch() {
    let mut world = recall::recalled();
    world.add(recall::items("B2607", "888000", "888999", RIVAL, "manufacturer"));
    let asked = recall::serial("888001");
    world.check(&asked, Listable, &[]);
    let other = recall::items("B2608", "888000", "888999", IMPORTER, "importer");
    let other = world.add(other);
    world.check(&asked, NotListable, &[recall::BATCH]);
    world.add(erasure(IMPORTER, "importer", &other));
    world.erase(&other);
    world.check(&asked, Review, &[recall::BATCH]);
}
