//! The gap: what is missing by the evidence alone, who can supply it, and what ends when. The worked
//! cases (b) and (c) of conformity.md, and a product that nobody knows.

use probant::attestation::Role;
use probant::attestation::types::VerdictWord;
use probant::identifier::Country;
use probant::policy::{Gap, GapQuestion, Locale, SimulationError, gap};
use serde_json::json;

use crate::case::{Question, VOLTARIS, parties, policies};
use crate::verdict_charger::{CHARGER, first_half, withdrawn};
use crate::verdict_recall::recalled;
use crate::world::{AGENT, BODY, IMPORTER, PLATFORM, World, mandate};

/// The same question about goods alone: the offer shows nothing.
fn bare(question: Question, destinations: &[&str]) -> Question {
    question.set("/offer", json!({"platform": PLATFORM, "destinations": destinations}))
}

fn charger(day: &str) -> Question {
    bare(crate::verdict_charger::question().at(day), &["FR"])
}

fn charger_world() -> World {
    first_half(parties("2024-01-05"), true).world
}

fn try_found(world: &World, asked: &Question) -> Result<Gap, SimulationError> {
    let query = asked.normal(world.size());
    let (evidence, _) = world.evidence(&query);
    let (policies, genesis) = (policies(), &world.genesis);
    let question = GapQuestion {
        query: &query,
        evidence: &evidence,
        policies: &policies,
        genesis,
        has_seller: true,
        has_platform: false,
    };
    gap(&question, Locale::En)
}

fn found(world: &World, asked: &Question) -> Gap {
    try_found(world, asked).unwrap()
}

/// What is missing, in short: the rule and why.
fn missing(found: &Gap) -> Vec<String> {
    let reason = |of: &probant::policy::Missing| {
        let code = of.finding.reason.map_or("", |code| code.name());
        format!("{} {code}", of.finding.rule)
    };
    found.missing.iter().map(reason).collect()
}

#[test]
fn what_the_offer_alone_settles_is_not_missing_from_the_evidence() {
    let (world, asked) = (charger_world(), charger("2026-06-01"));
    // As a question about an offer, it is denied: the offer shows nothing.
    assert_eq!(world.ask(&asked).word(), VerdictWord::NotListable);
    let found = found(&world, &asked);
    assert_eq!(missing(&found), [""; 0]);
    assert_eq!((&found.falling[..], &found.lapsing[..]), (&[][..], &[][..]));
    assert_eq!(found.left_out, ["OFFER-BLOCKS", "OFFER-IMAGES", "RADIO-WARN"]);
    assert!(!found.left_out_checks.is_empty());
    assert_eq!(found.policy.unwrap().id, "eu-radio");
}

#[test]
fn a_certificate_that_was_withdrawn_is_missing_and_its_body_can_supply_another() {
    let found = found(&withdrawn("SAFETY").world, &charger("2026-10-01"));
    let expected =
        ["RADIO-DOC CERT_WITHDRAWN", "RADIO-DOC DOC_BASIS_LOST", "RADIO-BASIS CERT_WITHDRAWN"];
    assert_eq!(missing(&found), expected);
    let basis = &found.missing[2];
    assert!(basis.finding.fix.as_ref().is_some_and(|fix| !fix.is_empty()));
    assert!(!basis.finding.law.is_empty());
    let bodies = basis.operators.iter().filter(|of| of.role == Role::NotifiedBody);
    let bodies: Vec<(&str, &str)> =
        bodies.map(|of| (of.operator.as_str(), of.name.as_str())).collect();
    assert_eq!(bodies, [(BODY, "Notified Body 9999")]);
    let makers = found.missing[0].operators.iter().filter(|of| of.role == Role::Manufacturer);
    assert_eq!(makers.map(|of| of.name.as_str()).collect::<Vec<_>>(), ["Voltaris Elec"]);
}

#[test]
fn a_recalled_batch_is_against_it_and_another_one_lacks_nothing() {
    let world = recalled();
    let asked = |lot: &str| bare(crate::verdict_recall::asked().batches(&[lot]), &["FR"]);
    assert_eq!(missing(&found(&world, &asked("B2608"))), ["NEG-MEASURE RECALLED_BATCH"]);
    assert_eq!(missing(&found(&world, &asked("B2607"))), [""; 0]);
    // Nobody has imported this one; the seller is an importer, and could say that it did.
    let unknown = found(&world, &asked("B2699"));
    assert_eq!(missing(&unknown), ["EU-OPERATOR REQ_MISSING"]);
    let importers = unknown.missing[0].operators.iter().filter(|of| of.role == Role::Importer);
    assert_eq!(importers.map(|of| of.operator.as_str()).collect::<Vec<_>>(), [IMPORTER]);
}

#[test]
fn of_a_product_that_nobody_knows_everything_is_missing() {
    let (world, asked) = (charger_world(), crate::verdict_recall::asked());
    let found = found(&world, &bare(asked, &["FR"]));
    let missing = missing(&found);
    for rule in ["TOY-ID REQ_MISSING", "TOY-DOC REQ_MISSING", "EU-OPERATOR BATCH_REQUIRED"] {
        assert!(missing.iter().any(|of| of == rule), "{rule}: {missing:?}");
    }
    // Whether it runs on electricity, nobody has said.
    assert!(found.open.iter().any(|of| of.finding.rule == "TOY-ELEC"));
}

#[test]
fn a_destination_is_named_where_it_differs() {
    let mut world = first_half(parties("2024-01-05"), false).world;
    let scope = json!({"products": [{"id": CHARGER}], "countries": ["FR"]});
    let for_france = mandate("RESPONSIBLE_PERSON", VOLTARIS, AGENT, CHARGER).set("/scope", scope);
    world.at("2024-05-07T00:00:00Z").add(for_france.valid("2024-05-07", "2030-05-06"));
    let asked = |to: &[&str]| bare(crate::verdict_charger::question().at("2026-06-01"), to);
    assert_eq!(missing(&found(&world, &asked(&["FR"]))), [""; 0]);
    let both = found(&world, &asked(&["FR", "DE"]));
    assert_eq!(both.missing.len(), 1, "{:?}", missing(&both));
    assert_eq!(both.missing[0].finding.rule, "EU-OPERATOR");
    assert_eq!(destinations(&both), ["DE"]);
    // No rule set is for Switzerland.
    let abroad = found(&world, &asked(&["CH", "FR"]));
    assert_eq!(missing(&abroad), ["POLICY POLICY_NOT_FOUND"]);
    assert_eq!(destinations(&abroad), ["CH"]);
}

/// The destinations for which the first of what is missing is.
fn destinations(found: &Gap) -> Vec<&str> {
    found.missing[0].destinations.iter().map(Country::as_str).collect()
}

#[test]
fn what_ends_soon_says_which_requirements_fall_with_it() {
    // The certificate counts up to 2029-05-01, and nothing else ends within 90 days of these.
    for (day, within) in [
        ("2029-01-30", None),
        ("2029-02-02", Some(90)),
        ("2029-04-03", Some(30)),
        ("2029-04-27", Some(7)),
    ] {
        let found = found(&charger_world(), &charger(day));
        assert_eq!(missing(&found), [""; 0], "{day}");
        let lapsing: Vec<_> = found
            .lapsing
            .iter()
            .map(|of| (of.within_days, of.item.number.as_deref(), of.until.to_string()))
            .collect();
        let until = "2029-05-02T00:00:00Z".to_owned();
        let expected: Vec<_> =
            within.map(|days| (days, Some("RED-9999-24-00781"), until)).into_iter().collect();
        assert_eq!(lapsing, expected, "{day}");
        let rules: Vec<_> = found
            .falling
            .iter()
            .map(|of| (of.within_days, of.missing.finding.rule.as_str()))
            .collect();
        let expected: Vec<_> = within
            .into_iter()
            .flat_map(|days| [(days, "RADIO-DOC"), (days, "RADIO-BASIS")])
            .collect();
        assert_eq!(rules, expected, "{day}");
        for falling in &found.falling {
            let because: Vec<_> =
                falling.because.iter().map(|of| of.item.number.as_deref()).collect();
            assert_eq!(because, [Some("RED-9999-24-00781")], "{day}");
        }
    }
    // What has ended is missing, and ends no more.
    let found = found(&charger_world(), &charger("2029-06-01"));
    assert_eq!(missing(&found), ["RADIO-DOC DOC_BASIS_LOST", "RADIO-BASIS REQ_EXPIRED"]);
    assert_eq!((found.falling.len(), found.lapsing.len()), (0, 0));
}

#[test]
fn without_a_seller_its_right_to_sell_is_not_asked_for() {
    let world = charger_world();
    let nobody = charger("2026-06-01").set("/trader/operator", json!("urn:nando:0000"));
    assert_eq!(missing(&found(&world, &nobody)), ["TRADER-LINK TRADER_NOT_LINKED"]);
    let query = nobody.normal(world.size());
    let (evidence, _) = world.evidence(&query);
    let policies = policies();
    let question = GapQuestion {
        query: &query,
        evidence: &evidence,
        policies: &policies,
        genesis: &world.genesis,
        has_seller: false,
        has_platform: false,
    };
    let found = gap(&question, Locale::Fr).unwrap();
    assert_eq!(missing(&found), [""; 0]);
    assert!(found.left_out.contains(&"TRADER-LINK".to_owned()));
}

#[test]
fn evidence_on_something_else_is_not_taken_for_absent() {
    let world = charger_world();
    let (evidence, _) = world.evidence(&charger("2026-06-01").normal(world.size()));
    let other = bare(crate::verdict_recall::asked(), &["FR"]).normal(world.size());
    let policies = policies();
    let question = GapQuestion {
        query: &other,
        evidence: &evidence,
        policies: &policies,
        genesis: &world.genesis,
        has_seller: true,
        has_platform: true,
    };
    let error = gap(&question, Locale::En).unwrap_err();
    assert!(matches!(error, SimulationError::ChainMissing { .. }), "{error}");
}
