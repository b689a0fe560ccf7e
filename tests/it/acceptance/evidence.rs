//! 1 to 6: what is removed, what is too narrow, and what the day decides.

use std::collections::BTreeSet;

use probant::attestation::types::VerdictWord::{self, Listable, NotListable, Review};
use probant::hash::Digest;
use probant::policy::evaluate;
use probant::policy::ruleset::Severity;
use probant::proto;
use probant::reason::Reason;
use prost::Message as _;
use serde_json::{Value, json};

use crate::case::{Question, VOLTARIS, parties, policies, said};
use crate::dossier::{changed, check, dossier_of, paper, refused};
use crate::verdict_charger as charger;
use crate::verdict_plush_toy as toy;
use crate::verdict_recall as recall;
use crate::verdict_registers::passport;
use crate::world::{
    ACCREDITOR, AGENT, AUTHORITY, Draft, IMPORTER, LAB, MAKER, TOY, World, concern, erasure, grant,
    key_event, lots, mandate, measure, named, scope, status_change, target, update,
};

/// The toy, with a record of every kind that may speak against it. Gives the place of each.
fn spoken_against() -> (World, BTreeSet<u64>) {
    let mut world = toy::world();
    let report = toy::record(&world, "test-report");
    let declared = toy::record(&world, "importer-declaration");
    let recalled = world.add(measure(MAKER, "manufacturer", "M-1", lots(TOY, &["L2610A"])));
    let extended =
        update(AUTHORITY, "market_surveillance", "EXTEND", &recalled, named(MAKER, "M-1"));
    let of_lab = json!({"standards": ["EN 71-1"]});
    let suspended =
        crate::case::accreditation(LAB, "ISO/IEC 17025", "XX-L-9901", "2026-01-05", &of_lab);
    let annulled = json!({"issuer": LAB, "from": "2026-08-01T00:00:00Z"});
    let revoked = grant(IMPORTER, "distributor").set("/action", json!("REVOKE"));
    let all = [
        extended.set("/scope", lots(TOY, &["L2611B"])),
        measure(AUTHORITY, "market_surveillance", "M-2", scope(TOY)).set("/kind", json!("WARNING")),
        status_change(LAB, "lab", "SUSPEND", target(&report)),
        status_change(ACCREDITOR, "accreditation_body", "ANNUL", annulled),
        suspended.set("/action", json!("SUSPEND")),
        erasure(IMPORTER, "importer", &declared),
        key_event(LAB, "lab", "COMPROMISE", LAB, &[LAB])
            .set("/suspect_from", json!("2026-08-01T00:00:00Z")),
        revoked.set("/from", json!("2026-01-05")),
        concern(AUTHORITY, "market_surveillance", TOY),
    ];
    let mut negative = BTreeSet::from([recalled.index().get()]);
    negative.extend(all.into_iter().map(|draft| world.add(draft).index().get()));
    (world, negative)
}

#[test]
fn t01_a_dossier_with_any_one_negative_entry_removed_does_not_verify() {
    let (world, negative) = spoken_against();
    let mut log = paper(&world);
    log.erase(toy::record(&world, "importer-declaration").index());
    let bytes = dossier_of(&log);
    assert_eq!(check(&bytes, &log.genesis).unwrap().verdict().word(), NotListable);
    let whole = proto::Dossier::decode(&bytes[..]).unwrap();
    let held: BTreeSet<u64> = whole.entries.iter().map(|entry| entry.index).collect();
    assert!(held.is_superset(&negative), "{negative:?} are not all in {held:?}");
    for entry in negative {
        let place = whole.entries.iter().position(|of| of.index == entry).unwrap();
        let place = u32::try_from(place).unwrap();
        let without = |chain: Option<usize>| {
            changed(&bytes, |dossier| {
                for (number, of) in dossier.subjects.iter_mut().enumerate() {
                    if chain.is_none_or(|chain| chain == number) {
                        of.entries.retain(|of| *of != place);
                    }
                }
            })
        };
        // Out of one chain, of each in turn; out of all.
        let chains = 0..whole.subjects.len();
        let with_it = chains.filter(|of| whole.subjects[*of].entries.contains(&place)).map(Some);
        for chain in with_it.chain([None]) {
            refused(&without(chain), &log.genesis);
        }
    }
}

/// A record for a batch of a product, whatever it was for.
fn of_batch(draft: Draft, product: &str, lot: &str) -> Draft {
    draft
        .set("/scope/products", json!([{"id": product}]))
        .set("/scope/batches", json!({"mode": "LIST", "list": [lot]}))
}

/// The charger with one of its records cut down to a batch.
fn charger_of_batch(kind: &str) -> World {
    let narrow = |draft: Draft| {
        if draft.kind == kind { of_batch(draft, charger::CHARGER, "W2646") } else { draft }
    };
    let mut world = parties("2024-01-05");
    world.at("2024-05-01T00:00:00Z").add(narrow(charger::charger_identity(&["VOL-QI15"])));
    let certificate = charger::eu_type("RED-1", "VOL-QI15", "2024-05-02", "2029-05-01");
    world.at("2024-05-02T00:00:00Z").add(narrow(certificate));
    let doc = charger::doc("VD-781", "VOL-QI15", "RED-1", "2024-05-06");
    world.at("2024-05-06T00:00:00Z").add(narrow(doc));
    let given = mandate("RESPONSIBLE_PERSON", VOLTARIS, AGENT, charger::CHARGER);
    world.add(narrow(given.valid("2024-05-06", "2030-05-06")));
    world
}

#[test]
fn t02_batch_evidence_never_satisfies_a_model_query() {
    let asked = charger::question().batches(&["W2646"]);
    charger_of_batch("none").check(&charger::question(), Listable, &[]);
    for kind in
        ["product-identity", "conformity-certificate", "eu-declaration-of-conformity", "mandate"]
    {
        let world = charger_of_batch(kind);
        world.check(&asked, Listable, &[]);
        assert_ne!(world.ask(&charger::question()).word(), Listable, "{kind}");
        let other = world.ask(&charger::question().batches(&["W2620"]));
        assert_ne!(other.word(), Listable, "{kind}");
    }
    let by_batch = [
        "TOY-DOC BATCH_REQUIRED",
        "TOY-BASIS BATCH_REQUIRED",
        "TOY-LAB BATCH_REQUIRED",
        "EU-OPERATOR BATCH_REQUIRED",
    ];
    let doc = || toy::doc("2026-09-01");
    for (doc, report, findings) in [
        (doc(), toy::test_report(), &by_batch[3..]),
        (of_batch(doc(), TOY, "L2610A"), toy::test_report(), &by_batch),
        (doc(), of_batch(toy::test_report(), TOY, "L2610A"), &by_batch),
    ] {
        let world = toy::world_with(doc, report);
        world.check(&toy::question(), Listable, &[]);
        world.check(&toy::question().batches(&[]), Review, findings);
    }
}

#[test]
fn t03_a_model_recall_denies_every_batch_a_batch_recall_one() {
    let after = |scope: Value| {
        let mut world = recall::world();
        let recall = measure(AUTHORITY, "market_surveillance", "M-1", scope);
        world.at("2026-11-05T00:00:00Z").add(recall);
        world
    };
    let word = |world: &World, question: &Question| world.ask(question).word();
    let batch = |lot: &str| recall::asked().batches(&[lot]);
    let of_model = after(scope(recall::TAMBOURINE));
    let questions =
        [batch("B2607"), batch("B2608"), batch("B9999"), recall::serial("000500"), recall::asked()];
    for question in &questions {
        let said = said(&of_model.ask(question));
        assert!(said.findings.contains("NEG-MEASURE RECALLED_MODEL"), "{said:?}");
        assert_eq!(said.word, NotListable);
    }
    let of_batch = after(lots(recall::TAMBOURINE, &["B2608"]));
    of_batch.check(&batch("B2608"), NotListable, &[recall::BATCH]);
    of_batch.check(&recall::serial("000500"), NotListable, &[recall::BATCH]);
    of_batch.check(&batch("B2607"), Listable, &[]);
    assert_eq!(word(&of_batch, &recall::asked()), Review);
    assert_eq!(word(&of_batch, &recall::asked().batches(&["B2607", "B2608"])), NotListable);
}

#[test]
fn t04_withdrawn_certificate_denied_now_allowed_as_of_before() {
    let case = charger::withdrawn("SAFETY");
    case.world.check(&charger::question(), NotListable, &charger::LOST);
    let before = charger::question().at("2026-06-01").under(case.before);
    case.world.check(&before, Listable, &[]);
}

#[test]
fn t05_a_future_rule_warns_before_its_date_and_denies_after() {
    let mut world = toy::world();
    let later = toy::test_report().document("R-29-1", "2029-08-20");
    world.at("2029-09-01T00:00:00Z").add(later);
    let imported = json!({"kind": "DIRECT_IMPORT"});
    let asked = |day| toy::question().set("/offer/goods_location", imported.clone()).at(day);
    let before = world.ask(&asked("2030-07-31"));
    let finding = |body: &probant::policy::VerdictBody| {
        let mut findings = body.findings.iter();
        findings.find(|of| of.requirement == "TOY-DPP").unwrap().clone()
    };
    assert_eq!(said(&before).word, Listable);
    let warned = finding(before.body());
    assert_eq!(warned.code, Some(Reason::DppMissing));
    assert_eq!(warned.severity, Severity::Warn);
    assert_eq!(before.body().valid_until.unwrap().to_string(), "2030-08-01T00:00:00Z");
    world.check(&asked("2030-08-01"), NotListable, &["TOY-DPP DPP_MISSING"]);
    world.add(passport(scope(TOY)));
    world.check(&asked("2030-08-01"), Listable, &[]);
    assert_eq!(finding(world.ask(&asked("2030-07-31")).body()).code, None);
}

#[test]
fn t06_a_prohibited_category_denies_with_perfect_evidence() {
    let world = toy::world();
    let query = toy::question().normal(world.size());
    let (evidence, _) = world.evidence(&query);
    let judge = |query: &probant::policy::NormalQuery, policies: &probant::policy::PolicySet| {
        let verdict = evaluate(query, &evidence, policies).unwrap();
        (verdict.body().prohibited, verdict.word())
    };
    assert_eq!(judge(&query, &policies()), (false, Listable));
    let denied: (bool, VerdictWord) = (true, NotListable);
    let policies = policies();
    let mut categories = 0;
    for (_, prohibited) in policies.prohibited() {
        let mut barred = Vec::new();
        for platform in &prohibited.platform_categories {
            for below in ["", "/below"] {
                let mut query = query.clone();
                query.category.platform = Some(format!("{platform}{below}"));
                barred.push(query);
            }
        }
        for cn in &prohibited.categories.cn {
            let mut query = query.clone();
            query.category.cn = Some(cn.clone());
            barred.push(query);
        }
        for mut query in barred {
            assert_eq!(judge(&query, &policies), denied, "{}", prohibited.code);
            // Nor does it help to name a rule set that prohibits nothing.
            query.policy = Some("eu-toys@2026.11.0".parse().unwrap());
            assert_eq!(judge(&query, &policies), denied, "{}", prohibited.code);
            categories += 1;
        }
    }
    assert!(categories > 5, "{categories}");
    // By picture: the offer's, or the manufacturer's where the offer shows none.
    let bans = format!(
        "[policy]\nid = \"bans\"\nversion = \"1\"\njurisdiction = [\"EU\"]\n\
         applies_from = 2026-01-01\nassurance_min = \"A2\"\nshelf_life_hours = 24\n\
         view_age_max_s = 3600\n[[prohibited]]\ncode = \"BANNED\"\nimages = [\"{}\"]\n",
        Digest::of(b"image")
    );
    let banned = policies.with(bans.as_bytes()).unwrap();
    assert_eq!(judge(&query, &banned), denied);
    let mut without_images = query;
    without_images.offer.images = Vec::new();
    assert_eq!(judge(&without_images, &banned), denied);
}
