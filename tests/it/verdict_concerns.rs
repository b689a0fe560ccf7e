//! Concerns about a product or a document: what they do to a verdict, and what they can't do.

use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use probant::identifier::{Class, SubjectUri};
use probant::policy::{PolicySet, rules};
use serde_json::json;

use crate::case::{Question, parties, policies};
use crate::verdict_plush_toy::{doc, question, test_report, world};
use crate::world::{
    AUTHORITY, BODY, Draft, LAB, MAKER, OTHER_TOY, PLATFORM, REGISTRARS, RIVAL, TOY, World,
    concern, concern_about, erasure, grant, measure, scope, target,
};

const HIT: &str = "NEG-CONCERN CONCERN_REPORTED";

fn with(drafts: &[Draft]) -> World {
    let mut world = world();
    for draft in drafts {
        world.add(draft.clone());
    }
    world
}

/// A concern about the first record of a kind.
fn about_document(world: &World, kind: &str, role: (&str, &str)) -> Draft {
    let is_it = |of: &&std::sync::Arc<probant::record::Record>| {
        of.statement().is_some_and(|of| of.kind().name() == kind)
    };
    let record = world.log.iter().find(is_it).unwrap();
    concern_about(role.0, role.1, target(record))
}

#[test]
fn a_concern_of_a_competent_role_calls_for_review_and_never_more() {
    let batch = format!("{TOY}/10/L2610A");
    for (draft, word, findings) in [
        (concern(AUTHORITY, "market_surveillance", TOY), Review, &[HIT][..]),
        (concern(AUTHORITY, "market_surveillance", &batch), Review, &[HIT]),
        (concern(LAB, "lab", TOY), Review, &[HIT]),
        (concern(BODY, "notified_body", TOY), Review, &[HIT]),
        // Another batch, another product, another role: without effect.
        (concern(LAB, "lab", &format!("{TOY}/10/L2611B")), Listable, &[]),
        (concern(LAB, "lab", OTHER_TOY), Listable, &[]),
        (concern(PLATFORM, "platform", TOY), Listable, &[]),
    ] {
        with(&[draft]).check(&question(), word, findings);
    }
    let many = [
        concern(LAB, "lab", TOY),
        concern(BODY, "notified_body", TOY),
        concern(AUTHORITY, "market_surveillance", TOY),
    ];
    let body = with(&many).check(&question(), Review, &[HIT]);
    let finding = body.findings.iter().find(|of| of.requirement == "NEG-CONCERN").unwrap();
    assert_eq!(finding.evidence.len(), 3);
    assert!(finding.checked_keys.iter().all(|key| key.class == Class::Concerns));
    assert!(finding.checked_keys.iter().any(|key| key.uri.as_str() == TOY && key.count == 3));
    // What denies goes on denying.
    let recalled =
        [concern(LAB, "lab", TOY), measure(AUTHORITY, "market_surveillance", "RC-1", scope(TOY))];
    let expected = ["NEG-MEASURE RECALLED_MODEL", HIT];
    with(&recalled).check(&question(), NotListable, &expected);
}

#[test]
fn a_competitor_that_makes_toys_raises_no_concern() {
    let mut world = world();
    world.add(grant(RIVAL, "platform").set("/from", json!("2026-01-05")));
    world.add(concern(RIVAL, "platform", TOY));
    world.check(&question(), Listable, &[]);
    world
        .refused(probant::reason::Reason::IssuerNotAuthorised, concern(RIVAL, "manufacturer", TOY));
}

#[test]
fn a_concern_about_a_document_that_stands_for_the_goods_is_found() {
    let role = (AUTHORITY, "market_surveillance");
    for kind in ["test-report", "eu-declaration-of-conformity", "importer-declaration"] {
        let mut world = world();
        let draft = about_document(&world, kind, role);
        world.add(draft);
        world.check(&question(), Review, &[HIT]);
    }
    // The declaration of another batch is none for this one.
    let mut world = world();
    world.add(crate::verdict_plush_toy::importer_declaration("L2611B"));
    let other = world.log.last().unwrap().clone();
    world.add(concern_about(role.0, role.1, target(&other)));
    world.check(&question(), Listable, &[]);
    world.check(&question().batches(&["L2611B"]), Review, &[HIT]);
}

#[test]
fn erasing_a_concern_does_not_take_it_back() {
    let erased = |raised: Draft, order: fn(&probant::record::Record) -> Draft| {
        let mut world = world();
        let record = world.add(raised);
        world.add(order(&record));
        world.erase(&record);
        world
    };
    let own = erased(concern(LAB, "lab", TOY), |record| erasure(LAB, "lab", record));
    own.check(&question(), Review, &[HIT]);
    let by_registrars = erased(concern(LAB, "lab", TOY), |record| {
        let mut members = erasure(LAB, "lab", record).predicate;
        members.as_object_mut().unwrap().remove("header");
        Draft::of_registrars("erasure-order", &REGISTRARS[..1], &[], members)
    });
    by_registrars.check(&question(), Listable, &[]);
    // Who had no say does not get one by erasing.
    let platform =
        erased(concern(PLATFORM, "platform", TOY), |record| erasure(PLATFORM, "platform", record));
    platform.check(&question(), Listable, &[]);
}

/// The chains of class concerns that a question asks for.
fn asked(world: &World, question: &Question, policies: &PolicySet) -> Vec<String> {
    let query = question.normal(world.size());
    let below = probant::merkle::EntryIndex::new(query.as_of.get());
    let mut source = crate::case::Source { log: &world.log, below, asked: Vec::new() };
    let as_of = probant::policy::AsOf {
        origin: crate::world::ORIGIN.to_owned(),
        size: query.as_of,
        map_root: probant::hash::Digest::ZERO,
        seal_time: query.legal_at,
    };
    let genesis = &world.genesis;
    let collected =
        probant::policy::closure::collect(&query, policies, genesis, as_of, &mut source);
    assert_eq!(collected.unwrap().as_of().size, query.as_of);
    let mut concerns: Vec<String> = source
        .asked
        .iter()
        .filter(|(class, _)| *class == Class::Concerns)
        .map(|(_, uri): &(Class, SubjectUri)| uri.to_string())
        .collect();
    concerns.sort();
    concerns
}

#[test]
fn concerns_are_looked_up_at_every_level_and_for_cited_documents_if_a_rule_set_asks() {
    let world = with(&[concern(LAB, "lab", TOY)]);
    let found = asked(&world, &question(), &policies());
    let document = |operator: &str, number: &str| {
        probant::identifier::DocumentUri::new(&operator.parse().unwrap(), number)
            .unwrap()
            .to_string()
    };
    for expected in [
        TOY.to_owned(),
        format!("{TOY}/10/L2610A"),
        document(LAB, "R-26-8811"),
        document(MAKER, "DOC-LP-2026-014"),
    ] {
        assert!(found.contains(&expected), "{expected}: {found:?}");
    }
    assert!(found.iter().all(|uri| !uri.contains("/417/95210002") || uri.contains("document")));

    let text = rules::embedded("eu-toys").unwrap();
    let (before, rest) = text.split_once("[[negative]]\ncode = \"NEG-CONCERN\"").unwrap();
    let (_, after) = rest.split_once("# ──").unwrap();
    let silent = format!("{before}# ──{after}");
    let silent = PolicySet::empty().with(silent.as_bytes()).unwrap();
    assert!(asked(&world, &question(), &silent).is_empty());
    // A rule set that is for other goods changes nothing, and neither does one that is not named.
    let charger = rules::embedded("eu-lvd").unwrap();
    let with_other = silent.clone().with(charger.as_bytes()).unwrap();
    assert!(asked(&world, &question(), &with_other).is_empty());
    let both = silent.with(text.as_bytes()).unwrap();
    assert!(!asked(&world, &question(), &both).is_empty());
    let named = question().set("/policy", json!("eu-lvd@2026.11.0"));
    assert!(!asked(&world, &named, &with_other).is_empty());
}

#[test]
fn what_a_concern_names_leads_nowhere() {
    let elsewhere = json!([{
        "rel": "basis",
        "document": {"issuer": RIVAL, "number": "ELSEWHERE-1", "version": "1"},
    }]);
    let world = with(&[concern(LAB, "lab", TOY).set("/header/references", elsewhere)]);
    let query = question().normal(world.size());
    let (evidence, asked) = world.evidence(&query);
    assert!(asked.iter().all(|(_, uri)| !uri.as_str().contains("ELSEWHERE")));
    assert!(evidence.chains().keys().all(|(_, uri)| !uri.as_str().contains("ELSEWHERE")));
}

#[test]
fn a_concern_counts_before_anybody_has_identified_the_product() {
    let mut world = parties("2026-01-05");
    world.add(concern(LAB, "lab", TOY));
    world.at("2026-11-20T00:00:00Z").add(test_report());
    world.add(doc("2026-09-01"));
    let said = crate::case::said(&world.ask(&question()));
    assert!(said.findings.contains(HIT), "{said:?}");
}

#[test]
fn a_flood_of_concerns_stays_out_of_the_chains_that_decide() {
    let quiet = world();
    let query = question().normal(quiet.size());
    let (before, _) = quiet.evidence(&query);
    // As many as one signer may log there.
    let flooded = with(&vec![concern(PLATFORM, "platform", TOY); 16]);
    flooded.check(&question(), Listable, &[]);
    let (after, _) = flooded.evidence(&question().normal(flooded.size()));
    for ((class, uri), chain) in before.chains() {
        let grown = after.chain(*class, uri).len() - chain.len();
        let is_flooded = *class == Class::Concerns && uri.as_str() == TOY;
        assert_eq!(grown, if is_flooded { 16 } else { 0 }, "{class} {uri}");
    }
}
