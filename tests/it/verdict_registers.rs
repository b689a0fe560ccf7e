//! Entries in public registers, approvals of production and verified sellers as evidence.

use std::slice::from_ref;

use probant::attestation::types::VerdictWord::{Listable, NotListable};
use probant::policy::{PolicySet, evaluate};
use probant::record::Record;
use serde_json::{Value, json};

use crate::case::{Question, rule_set, said};
use crate::verdict_plush_toy::{doc, question, test_report, world, world_with};
use crate::world::{
    BODY, CONNECTOR, Draft, IMPORTER, MAKER, OTHER_TOY, PLATFORM, RIVAL, TOY, TOYS, World,
    approval, erasure, lots, registered, registration_of, scope, status_change, target, types_of,
    verification,
};

/// The rules for toys with one requirement more, called `X`.
pub(crate) fn toys_and(members: &str) -> PolicySet {
    let text = rule_set("eu-toys");
    let text = format!("{text}\n[[requirement]]\ncode = \"X\"\nseverity = \"deny\"\n{members}\n");
    PolicySet::empty().with(text.as_bytes()).unwrap()
}

/// What they say, as far as that goes.
pub(crate) fn ask(world: &World, question: &Question, members: &str) -> Vec<String> {
    let rules = toys_and(members);
    let query = question.normal(world.size());
    let verdict = evaluate(&query, &world.evidence(&query).0, &rules).unwrap();
    let found = said(&verdict);
    let is_listable = found.findings.is_empty();
    assert_eq!(found.word, if is_listable { Listable } else { NotListable }, "{found:?}");
    found.findings.into_iter().collect()
}

/// The same after these records.
#[track_caller]
fn check(drafts: &[Draft], members: &str, expected: &[&str]) {
    let mut world = world();
    for draft in drafts {
        world.add(draft.clone());
    }
    assert_eq!(ask(&world, &question(), members), expected);
}

/// An entry as its holder itself logs it.
fn own(draft: Draft, holder: &str, role: &str) -> Draft {
    let issuer = json!({"operator": holder, "role": role});
    draft.set("/header/issuer", issuer).set("/holder", json!(holder)).signed_by(&[holder])
}

pub(crate) fn passport(goods: Value) -> Draft {
    own(registered("DPP", MAKER, goods), MAKER, "manufacturer")
}

#[test]
fn of_a_passport_the_newest_entry_counts_and_it_is_of_the_model() {
    let rule = "type = \"external-registration\"\nregistry = \"DPP\"\n\
                checks = [\"registration.model_matches\"]";
    let closed = passport(scope(TOY)).set("/status", json!("CLOSED"));
    let missing = &["X DPP_MISSING"][..];
    let mismatch = &["X REGISTRATION_MISMATCH"][..];
    check(&[], rule, missing);
    check(&[passport(scope(TOY))], rule, &[]);
    check(&[passport(lots(TOY, &["L2610A"]))], rule, &[]);
    check(&[passport(types_of(MAKER, "LP-BEAR-30"))], rule, &[]);
    check(&[passport(scope(OTHER_TOY))], rule, missing);
    check(&[passport(lots(TOY, &["L2611B"]))], rule, missing);
    check(&[passport(scope(TOY)), closed.clone()], rule, missing);
    check(&[closed, passport(scope(TOY))], rule, &[]);
    check(&[own(registration_of("DPP", MAKER), MAKER, "manufacturer")], rule, mismatch);
    check(&[own(registered("DPP", IMPORTER, scope(TOY)), IMPORTER, "importer")], rule, mismatch);
    check(&[registered("EPREL", MAKER, scope(TOY))], rule, missing);
    check(&[registered("DPP", MAKER, scope(TOY))], rule, &[]);
    // A connector that the rule set does not name is not heard, nor is a stranger to the product.
    let stranger = own(registered("DPP", RIVAL, scope(TOY)), RIVAL, "manufacturer");
    check(from_ref(&stranger), rule, missing);
    let stranger_closed = stranger.set("/status", json!("CLOSED"));
    check(&[passport(scope(TOY)), stranger_closed], rule, &[]);
    let embedded = &format!("{rule}\nby = [\"manufacturer\"]");
    check(&[registered("DPP", MAKER, scope(TOY))], embedded, missing);
}

#[test]
fn what_a_register_has_closed_its_registrant_can_not_open_again() {
    let rule = "type = \"external-registration\"\nregistry = \"EPR-FR\"\nstream = \"packaging\"";
    let missing = &["X EPR_MISSING"][..];
    let packaging = |draft: Draft| draft.set("/stream", json!("packaging"));
    let copy =
        |status: &str| packaging(registration_of("EPR-FR", IMPORTER)).set("/status", json!(status));
    let by_itself = packaging(own(registration_of("EPR-FR", IMPORTER), IMPORTER, "importer"));
    let other_number = by_itself.clone().set("/number", json!("FR123456_01ABCE"));
    for status in ["CLOSED", "NOT_FOUND"] {
        check(&[copy(status), by_itself.clone()], rule, missing);
        check(&[by_itself.clone(), copy(status)], rule, missing);
        check(&[copy(status), other_number.clone()], rule, missing);
        // A copy without a stream is about all of them; one of another stream says nothing here.
        check(&[copy(status).set("/stream", Value::Null), by_itself.clone()], rule, missing);
        let batteries = copy(status).set("/stream", json!("batteries"));
        check(&[batteries, by_itself.clone()], rule, &[]);
        check(&[copy(status), by_itself.clone(), copy("REGISTERED")], rule, &[]);
        check(&[copy(status), copy("REGISTERED"), by_itself.clone()], rule, &[]);
        let of_another = copy(status).set("/holder", json!(MAKER));
        check(&[of_another, by_itself.clone()], rule, &[]);
    }
    // The register's word is heard where it comes from a connector that the rule set names.
    let mut world = world();
    world.add(crate::world::grant(RIVAL, "connector"));
    let issuer = json!({"operator": RIVAL, "role": "connector"});
    world.add(copy("CLOSED").set("/header/issuer", issuer).signed_by(&[RIVAL]));
    world.add(by_itself.clone());
    assert_eq!(ask(&world, &question(), rule), [""; 0]);
    // Taken back by the connector, it stands in nobody's way.
    let mut world = crate::verdict_plush_toy::world();
    let closed = world.add(copy("CLOSED"));
    world.add(by_itself);
    world.add(status_change(CONNECTOR, "connector", "WITHDRAW", target(&closed)));
    assert_eq!(ask(&world, &question(), rule), [""; 0]);
}

#[test]
fn an_entry_that_was_erased_or_withdrawn_brings_no_older_one_back() {
    let rule = "type = \"external-registration\"\nregistry = \"DPP\"";
    let erased = |draft: Draft, order: fn(&Record) -> Draft| {
        let mut world = world();
        world.add(passport(scope(TOY)));
        let record = world.add(draft);
        world.add(order(&record));
        world.erase(&record);
        world
    };
    let mut world = erased(passport(scope(TOY)), |of| erasure(MAKER, "manufacturer", of));
    assert_eq!(ask(&world, &question(), rule), ["X EVIDENCE_ERASED"]);
    world.add(passport(scope(TOY)));
    assert_eq!(ask(&world, &question(), rule), [""; 0]);
    // What a stranger logs and erases takes nothing from anybody.
    let stranger = own(registered("DPP", RIVAL, scope(TOY)), RIVAL, "manufacturer");
    let world = erased(stranger, |of| erasure(RIVAL, "manufacturer", of));
    assert_eq!(ask(&world, &question(), rule), [""; 0]);

    let mut world = crate::verdict_plush_toy::world();
    let record = world.add(passport(scope(TOY)));
    world.add(status_change(MAKER, "manufacturer", "WITHDRAW", target(&record)));
    assert_eq!(ask(&world, &question(), rule), ["X CERT_WITHDRAWN"]);
}

#[test]
fn a_batch_may_decide_about_an_entry() {
    let rule = "type = \"external-registration\"\nregistry = \"DPP\"";
    let mut world = world();
    world.add(passport(lots(TOY, &["L2610A"])));
    let rules = toys_and(rule);
    let query = question().batches(&[]).normal(world.size());
    let found = said(&evaluate(&query, &world.evidence(&query).0, &rules).unwrap());
    // Its chain is that of the batch: without a batch it is not looked up.
    assert!(found.findings.contains("X DPP_MISSING"), "{found:?}");
}

#[test]
fn a_producer_is_registered_where_the_register_is_for() {
    let rule = "type = \"external-registration\"\nregistry = \"EPR-FR\"\n\
                stream = \"packaging\"\nchecks = [\"registration.covers_destinations\"]";
    let entry = |holder: &str, role: &str| {
        own(registration_of("EPR-FR", holder), holder, role).set("/stream", json!("packaging"))
    };
    let missing = &["X EPR_MISSING"][..];
    check(&[], rule, missing);
    check(&[entry(IMPORTER, "importer")], rule, &[]);
    check(&[entry(MAKER, "manufacturer")], rule, &[]);
    check(&[entry(RIVAL, "manufacturer")], rule, missing);
    check(&[entry(IMPORTER, "importer").set("/stream", json!("batteries"))], rule, missing);
    check(&[entry(IMPORTER, "importer").set("/countries", json!(["FR"]))], rule, &[]);
    check(&[entry(IMPORTER, "importer").set("/countries", json!(["EU"]))], rule, &[]);
    check(&[entry(IMPORTER, "importer").set("/countries", json!(["DE"]))], rule, missing);
    let not_found = entry(IMPORTER, "importer").set("/status", json!("NOT_FOUND"));
    check(&[entry(IMPORTER, "importer"), not_found], rule, missing);
    // One holder's entry does not end another's.
    let closed = entry(MAKER, "manufacturer").set("/status", json!("CLOSED"));
    check(&[entry(IMPORTER, "importer"), closed], rule, &[]);
    // In Germany the French register is not asked.
    let elsewhere = question()
        .set("/offer/destinations", json!(["DE"]))
        .set("/offer/warnings", json!([{"lang": "de", "code": "REMOVE_PACKAGING"}]));
    assert_eq!(ask(&world(), &elsewhere, rule), [""; 0]);
    let old = &format!("{rule}\nmax_age_days = 30");
    check(&[entry(IMPORTER, "importer")], old, &["X REPORT_TOO_OLD"]);
}

#[test]
fn a_producer_is_registered_in_each_destination() {
    let rule = "type = \"external-registration\"\nregistry = \"EPR\"\nstream = \"packaging\"\n\
                checks = [\"registration.covers_destinations\"]";
    let entry = |registry: &str| {
        own(registration_of(registry, IMPORTER), IMPORTER, "importer")
            .set("/stream", json!("packaging"))
    };
    let asked = |destinations: &[&str]| {
        let mut warnings = vec![json!({"lang": "fr", "code": "REMOVE_PACKAGING"})];
        warnings.push(json!({"lang": "de", "code": "REMOVE_PACKAGING"}));
        question()
            .set("/offer/destinations", json!(destinations))
            .set("/offer/warnings", json!(warnings))
    };
    let missing = &["X EPR_MISSING"][..];
    let (french, german) = (entry("EPR-FR"), entry("EPR-DE"));
    for (drafts, destinations, expected) in [
        (vec![french.clone()], &["FR"][..], &[][..]),
        (vec![french.clone()], &["DE"], missing),
        (vec![french.clone()], &["FR", "DE"], missing),
        (vec![german.clone()], &["FR", "DE"], missing),
        (vec![german.clone()], &["AT", "DE"], missing),
        (vec![french.clone(), german.clone()], &["FR", "DE"], &[]),
        (vec![french.clone(), german.clone().set("/stream", json!("weee"))], &["DE"], missing),
        (vec![french.clone(), german.set("/countries", json!(["AT"]))], &["DE"], missing),
        (vec![french.set("/countries", json!(["FR", "DE"]))], &["FR", "DE"], missing),
    ] {
        let mut world = world();
        for draft in drafts {
            world.add(draft);
        }
        assert_eq!(ask(&world, &asked(destinations), rule), expected, "{destinations:?}");
    }
}

fn approved(number: &str) -> Draft {
    approval(BODY, number, TOYS, "H")
        .set("/scope", types_of(MAKER, "LP-BEAR-30"))
        .document(number, "2026-08-01")
        .valid("2026-08-01", "2029-07-31")
}

#[test]
fn an_approval_is_of_this_production_and_by_a_body_that_may_approve_it() {
    let rule = |module: &str| {
        format!(
            "type = \"production-quality-approval\"\nlegislation_any = [\"{TOYS}\"]\n\
             module = \"{module}\"\nnb_notified_for = [\"{TOYS}\"]\nchecks = \
             [\"production.body_number_matches_mark\", \"production.surveillance_current\"]"
        )
    };
    let named = |number: &str| {
        let body = json!({"number": number, "intervention": "surveillance of production"});
        world_with(doc("2026-09-01").set("/notified_body", body), test_report())
    };
    let asked = |world: &World, drafts: &[Draft], module: &str| {
        let mut world = world.clone();
        for draft in drafts {
            world.add(draft.clone());
        }
        ask(&world, &question(), &rule(module))
    };
    let marked = named("9999");
    assert_eq!(asked(&marked, &[approved("QA-1")], "H"), [""; 0]);
    assert_eq!(asked(&marked, &[], "H"), ["X REQ_MISSING"]);
    assert_eq!(asked(&marked, &[approved("QA-1")], "D"), ["X REQ_MISSING"]);
    let unnamed = world();
    assert_eq!(asked(&unnamed, &[approved("QA-1")], "H"), ["X BODY_NUMBER_MISMATCH"]);
    assert_eq!(asked(&named("1234"), &[approved("QA-1")], "H"), ["X BODY_NUMBER_MISMATCH"]);
    for (draft, module, expected) in [
        // Placed on the market on 20 October: what counts is that day.
        (approved("QA-1").set("/next_surveillance", json!("2026-10-20")), "H", None),
        (
            approved("QA-1").set("/next_surveillance", json!("2026-10-19")),
            "H",
            Some("X SURVEILLANCE_OVERDUE"),
        ),
        (approved("QA-1").set("/holder", json!(RIVAL)), "H", Some("X HOLDER_MISMATCH")),
        (approved("QA-1").set("/module", json!("D")), "D", Some("X ISSUER_SCOPE_MISMATCH")),
        (approved("QA-1").valid("2026-08-01", "2026-09-30"), "H", Some("X REQ_EXPIRED")),
        (approved("QA-1").set("/scope", types_of(MAKER, "LP-BEAR-99")), "H", Some("X REQ_MISSING")),
    ] {
        let expected: Vec<&str> = expected.into_iter().collect();
        assert_eq!(asked(&marked, &[draft], module), expected);
    }
}

#[test]
fn surveillance_that_falls_due_ends_a_verdict() {
    let body = json!({"number": "9999", "intervention": "surveillance of production"});
    let mut world = world_with(doc("2026-09-01").set("/notified_body", body), test_report());
    world.add(approved("QA-1").set("/next_surveillance", json!("2026-12-31")));
    let rules = toys_and(
        "type = \"production-quality-approval\"\nchecks = [\"production.surveillance_current\"]",
    );
    let direct = question().set("/offer/goods_location", json!({"kind": "DIRECT_IMPORT"}));
    let query = direct.normal(world.size());
    let verdict = evaluate(&query, &world.evidence(&query).0, &rules).unwrap();
    assert_eq!(said(&verdict).word, Listable);
    assert_eq!(verdict.body().valid_until.unwrap().to_string(), "2027-01-01T00:00:00Z");
}

#[test]
fn the_sellers_newest_verification_by_the_offers_platform_counts() {
    let rule = "check = \"trader.verified\"";
    let unverified = &["X TRADER_UNVERIFIED"][..];
    let (pass, fail) =
        (verification(PLATFORM, IMPORTER, "PASS"), verification(PLATFORM, IMPORTER, "FAIL"));
    check(&[], rule, unverified);
    check(from_ref(&pass), rule, &[]);
    check(from_ref(&fail), rule, unverified);
    check(&[pass.clone(), fail.clone()], rule, unverified);
    check(&[fail, pass.clone()], rule, &[]);
    check(&[pass.set("/self_certified", json!(false))], rule, unverified);
    check(&[verification(PLATFORM, MAKER, "PASS")], rule, unverified);
    let mut world = world();
    world.add(crate::world::grant(RIVAL, "platform"));
    world.add(verification(RIVAL, IMPORTER, "PASS"));
    assert_eq!(ask(&world, &question(), rule), unverified);
    world.add(verification(PLATFORM, IMPORTER, "PASS"));
    world.add(verification(RIVAL, IMPORTER, "FAIL"));
    assert_eq!(ask(&world, &question(), rule), [""; 0]);
}
