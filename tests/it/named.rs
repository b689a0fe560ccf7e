//! What others name, or occupy (conformity.md, sections 2.7 and 12): what strangers name draws nothing
//! into the evidence, and what may be withheld stays out of it.

use std::collections::BTreeSet;

use probant::attestation::types::VerdictWord::{Listable, Review};
use probant::identifier::{Class, SubjectUri};
use probant::reason::Reason;
use serde_json::{Value, json};

use crate::case::{Question, parties};
use crate::flood::{copy, rival_declaration};
use crate::verdict_plush_toy as toy;
use crate::world::{
    AGENT, Draft, IMPORTER, LAB, MAKER, PLATFORM, RIVAL, TOY, VERIFIER, World,
    erasure_by_registrars, grant, listing, mandate, named, policy, registered, report, scope,
    transcribed, types_of, verdict,
};

fn documents(world: &World, question: &Question) -> BTreeSet<String> {
    let (evidence, _) = world.evidence(&question.normal(world.size()));
    let documents = evidence.chains().keys().filter_map(|(class, uri)| match uri {
        SubjectUri::Document(of) if *class == Class::All => Some(of.to_string()),
        _ => None,
    });
    documents.map(|of| of.rsplit_once(':').unwrap().1.to_owned()).collect()
}

fn citing(draft: Draft, issuer: &str, numbers: &[&str]) -> Draft {
    let cites = numbers.iter().map(|of| json!({"rel": "basis", "document": named(issuer, of)}));
    draft.set("/header/references", cites.collect())
}

#[test]
fn what_strangers_name_leads_nowhere_and_what_the_manufacturer_names_leads_on() {
    let mut world = toy::world();
    let before = documents(&world, &toy::question());
    world.add(citing(copy(1), RIVAL, &["S-1", "S-2"]));
    world.add(citing(rival_declaration(1), RIVAL, &["S-3"]));
    let own = report(LAB, "S-1").set("/scope", types_of(RIVAL, "OTHER"));
    world.add(citing(own, LAB, &["S-4"]));
    // A record and its own document, and no more.
    let expected: BTreeSet<String> =
        before.into_iter().chain(["R-1", "RD-1"].map(str::to_owned)).collect();
    assert_eq!(documents(&world, &toy::question()), expected);
    world.check(&toy::question(), Listable, &[]);
    // What a declaration of the manufacturer cites is followed, and what that cites in turn.
    let declared = toy::doc("2026-09-02").document("D-2", "2026-09-02");
    world.add(citing(declared, LAB, &["S-1"]));
    let found = documents(&world, &toy::question());
    assert!(["D-2", "S-1", "S-4"].iter().all(|of| found.contains(*of)), "{found:?}");
    assert!(["S-2", "S-3"].iter().all(|of| !found.contains(*of)), "{found:?}");
}

#[test]
fn what_those_name_who_act_for_the_manufacturer_leads_on() {
    let mandated = |kind, mandator, mandatary| {
        mandate(kind, mandator, mandatary, TOY).valid("2026-10-06", "2031-10-05")
    };
    let entry = |issuer, role: &str| {
        let entry = registered("DPP", issuer, scope(TOY))
            .set("/header/issuer/operator", json!(issuer))
            .set("/header/issuer/role", json!(role))
            .signed_by(&[issuer]);
        citing(entry, LAB, &["S-1"])
    };
    let agent = || entry(AGENT, "responsible_person");
    for (drafts, leads_on) in [
        (vec![agent()], false),
        (vec![mandated("RESPONSIBLE_PERSON", MAKER, AGENT), agent()], true),
        // In whichever order they are found.
        (vec![agent(), mandated("AUTHORISED_REP", MAKER, AGENT)], true),
        (vec![mandated("AUTHORISED_DISTRIBUTOR", MAKER, AGENT), agent()], false),
        (vec![mandated("RESPONSIBLE_PERSON", RIVAL, AGENT), agent()], false),
        // The importer has a mandate to distribute the goods.
        (vec![entry(IMPORTER, "importer")], false),
    ] {
        let mut world = toy::world();
        for draft in drafts {
            world.add(draft);
        }
        assert_eq!(documents(&world, &toy::question()).contains("S-1"), leads_on);
    }
}

#[test]
fn what_was_not_looked_up_is_not_taken_to_be_in_force() {
    let with = |report: Draft, doc: Draft| toy::world_with(doc, report);
    let cites = citing(toy::test_report(), LAB, &["R-0"]);
    let asked = toy::question();
    let uncited = toy::doc("2026-09-01").set("/header/references", Value::Null);
    let unknown = ["TOY-BASIS BASIS_UNKNOWN", "TOY-LAB BASIS_UNKNOWN"];
    // The manufacturer's declaration names the report: then all is looked up.
    with(cites.clone(), toy::doc("2026-09-01")).check(&asked, Listable, &[]);
    with(cites, uncited.clone()).check(&asked, Review, &unknown);
    with(toy::test_report(), uncited.clone()).check(&asked, Listable, &[]);
    // So it is with a record that is named by its digest alone, unless it is there all the same.
    for (scope, word, findings) in [
        (types_of(RIVAL, "OTHER"), Review, &unknown[..]),
        (types_of(MAKER, "LP-BEAR-30"), Listable, &[]),
    ] {
        let mut world = parties("2026-01-05");
        let basis = world.add(report(LAB, "R-0").set("/scope", scope));
        let cites = json!([{"rel": "basis", "statement": basis.digest().to_string()}]);
        let cites = toy::test_report().set("/header/references", cites);
        toy::complete(world, uncited.clone(), cites).check(&asked, word, findings);
    }
}

#[test]
fn a_verdict_and_a_listing_share_no_number_with_other_documents() {
    let mut world = World::new();
    world.add(report(LAB, "R-1"));
    let size = world.next_index().get();
    let on = |platform: &str, listing: &str| {
        verdict(VERIFIER, "verifier", size)
            .set("/platform", json!(platform))
            .set("/listing_id", json!(listing))
    };
    // Whoever asks for a verdict chooses its platform and listing.
    world.refused(Reason::DuplicateNumber, on(LAB, "R-1"));
    world.refused(Reason::ChangeNotPermitted, on(LAB, "R-2"));
    world.add(on(PLATFORM, "MK-1"));
    world.add(grant(PLATFORM, "lab"));
    world.refused(Reason::DuplicateNumber, report(PLATFORM, "MK-1"));
    world.refused(Reason::TargetUnknown, transcribed(report(PLATFORM, "MK-1"), RIVAL));
    world.refused(Reason::TargetUnknown, transcribed(report(PLATFORM, "MK-2"), RIVAL));
    world.add(report(PLATFORM, "R-1"));
    world.add(transcribed(report(PLATFORM, "R-1"), RIVAL));
    world.refused(Reason::DuplicateNumber, listing("R-1", "REJECTED"));
    world.refused(Reason::DuplicateNumber, on(PLATFORM, "R-1"));
}

#[test]
fn after_an_erasure_a_listing_goes_on_under_its_number() {
    let mut world = World::new();
    let size = world.next_index().get();
    let judged = world.add(verdict(VERIFIER, "verifier", size));
    let listed = listing("MK-1", "LISTED");
    let listed = world.add(listed.set("/verdict", json!(judged.digest().to_string())));
    world.add(erasure_by_registrars(&listed));
    let mut erased = world.clone();
    erased.erase(&listed);
    for mut world in [world, erased] {
        world.add(listing("MK-1", "DELISTED"));
        assert_eq!(world.replay(&world.log), []);
        world.add(grant(PLATFORM, "lab"));
        world.refused(Reason::DuplicateNumber, report(PLATFORM, "MK-1"));
    }
}

/// Whoever asks for a verdict chooses its platform and listing: that keeps no number from the
/// platform's own rule sets, which then nobody else names.
#[test]
fn a_verdict_takes_no_number_from_a_rule_set() {
    let mut world = World::new();
    let size = world.next_index().get();
    let on = |listing: &str| verdict(VERIFIER, "verifier", size).set("/listing_id", json!(listing));
    world.add(on("P-1"));
    world.add(policy("P-1"));
    world.refused(Reason::TargetUnknown, citing(report(LAB, "R-1"), PLATFORM, &["P-1"]));
    world.add(policy("P-2"));
    world.add(citing(report(LAB, "R-2"), PLATFORM, &["P-2"]));
    world.refused(Reason::DuplicateNumber, on("P-2"));
    // A listing of its own is its own doing.
    world.add(listing("P-3", "REJECTED"));
    world.refused(Reason::DuplicateNumber, policy("P-3"));
    assert_eq!(world.replay(&world.log), []);
}
