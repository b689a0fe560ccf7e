//! 17 to 19: lots that are nearly the same, goods that no rule set is for, goods within goods.

use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use probant::policy::{MatchKind, PolicySet, evaluate};
use serde_json::json;

use crate::case::{identity, said};
use crate::verdict_plush_toy as toy;
use crate::verdict_recall as recall;
use crate::world::{AUTHORITY, CONNECTOR, Draft, RIVAL, TOY, measure, scope};

#[test]
fn t17_approximate_lot_review() {
    let notice = |tokens: &[&str]| {
        let scope = json!({
            "products": [{"id": recall::TAMBOURINE}],
            "batches": {"mode": "TEXT", "text": "lot", "tokens": tokens},
        });
        let mut world = recall::world();
        world.at("2026-11-09T00:00:00Z").add(measure(CONNECTOR, "connector", "SG-1", scope));
        world
    };
    let likely = "NEG-MEASURE RECALL_APPROX_MATCH";
    for token in ["b-2608", "B 2608", "b2608", "0B2608", "B\u{2011}2608", "B2608"] {
        let world = notice(&["A1", token]);
        let body = world.check(&recall::asked().batches(&["B2608"]), Review, &[likely]);
        let hit = body.findings.iter().find(|of| of.r#match.is_some()).unwrap();
        assert_eq!(hit.r#match, Some(MatchKind::Approximate));
        world.check(&recall::asked().batches(&["B2607"]), Listable, &[]);
    }
    // Compared with a lot that was listed, as with one in prose.
    let typed = recall::recalled().ask(&recall::asked().batches(&["b2608"]));
    assert!(said(&typed).findings.contains(likely));
    assert!(!said(&typed).findings.contains(recall::BATCH));
}

#[test]
fn t18_no_policy_for_the_category_not_listable() {
    let world = toy::world();
    let query = toy::question().normal(world.size());
    let none = evaluate(&query, &world.evidence(&query).0, &PolicySet::empty()).unwrap();
    assert_eq!(said(&none).word, Review);
    assert_eq!(said(&none).findings.into_iter().collect::<Vec<_>>(), ["POLICY POLICY_NOT_FOUND"]);
    // A rule set for other goods may not be named to get around the right one.
    let lenient = toy::question().set("/policy", json!("eu-lvd@2026.11.0"));
    world.check(&lenient, Review, &["POLICY POLICY_NOT_FOUND"]);
    let foreign = toy::question().set("/offer/destinations", json!(["US"]));
    world.check(&foreign, Review, &["POLICY POLICY_NOT_FOUND"]);
}

#[test]
fn t19_a_recall_reaches_packs_and_bundles() {
    let mut world = recall::recalled();
    let pack = identity(
        RIVAL,
        recall::PACK,
        &["TAMB-1-PACK"],
        &json!({"gpc": "10005160", "cn": "95030055"}),
        &["electrical", "button_cell"],
    );
    let pack = pack.set("/contains", json!([{"id": recall::TAMBOURINE, "quantity": 6}]));
    world.at("2026-11-06T00:00:00Z").add(pack);
    let packed = |lot: &str, pack: &str| {
        Draft::of(
            "traceability-event",
            RIVAL,
            "manufacturer",
            json!({
                "event": "AGGREGATION", "event_time": "2026-11-06T00:00:00Z", "offset": "+00:00",
                "biz_step": "packing", "inputs": [format!("{}/10/{lot}", recall::TAMBOURINE)],
                "outputs": [format!("{}/21/{pack}", recall::PACK)],
            }),
        )
    };
    world.add(packed("B2608", "P1"));
    world.add(packed("B2607", "P2"));
    let asked = recall::question("19521000300023");
    let of_pack = |serial: &str| asked.clone().set("/product/serial", json!(serial));
    world.check(&of_pack("P1"), NotListable, &[recall::BATCH]);
    world.check(&of_pack("P2"), Listable, &[]);
    // What is in it nobody has said: as the toy without a batch.
    let unknown = world.check(&asked, Review, &[recall::BATCH, recall::NO_BATCH]);
    assert_eq!(recall::excluded(&unknown), [format!("{}/10/B2608", recall::TAMBOURINE)]);
    world.check(&of_pack("P3"), Review, &[recall::BATCH, recall::NO_BATCH]);

    // A bundle of two products falls with either, whatever batch of it is asked about.
    let bundle = "urn:probant:product:urn%3Alei%3AZZZZ00BRICOLINTOYS09:BUNDLE";
    let parts = json!([{"id": recall::TAMBOURINE, "quantity": 1}, {"id": TOY, "quantity": 1}]);
    let category = json!({"gpc": "10005160", "cn": "95030055"});
    let made = identity(RIVAL, bundle, &["BUNDLE"], &category, &[]).set("/contains", parts);
    let mut before = recall::world();
    before.add(made);
    let product = |lots: &[&str]| json!({"id": bundle, "batches": lots});
    let asked = |lots: &[&str]| recall::question("09521000300026").set("/product", product(lots));
    let hit = "NEG-MEASURE RECALLED_MODEL";
    assert!(!said(&before.ask(&asked(&[]))).findings.contains(hit));
    for part in [recall::TAMBOURINE, TOY] {
        let mut world = before.clone();
        world.add(measure(AUTHORITY, "market_surveillance", "M-1", scope(part)));
        for lots in [&[][..], &["X1"]] {
            let verdict = world.ask(&asked(lots));
            assert!(said(&verdict).findings.contains(hit), "{part} {lots:?}");
            assert_eq!(verdict.word(), NotListable);
        }
    }
}
