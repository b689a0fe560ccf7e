//! Worked case (c) of conformity.md: a toy with a button cell, of which a batch is recalled.

use std::collections::BTreeSet;

use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use probant::hash::Digest;
use probant::policy::{Condition, MatchKind, Outcome, VerdictBody};
use probant::reason::Reason;
use serde_json::{Value, json};

use crate::case::{Question, declaration, identity, parties, said};
use crate::world::{
    AUTHORITY, CONNECTOR, Draft, IMPORTER, LAB, RIVAL, TOYS, World, import, lots, mandate, measure,
    named, report, scope, update,
};

pub(crate) const TAMBOURINE: &str = "https://id.gs1.org/01/09521000300026";
pub(crate) const PACK: &str = "https://id.gs1.org/01/19521000300023";
const EMC: &str = "32014L0030";
const ROHS: &str = "32011L0065";
const STANDARDS: [&str; 4] = ["EN 71-1", "EN 71-2", "EN 71-3", "EN IEC 62115"];

pub(crate) fn tambourine() -> Draft {
    let category = json!({"gpc": "10005160", "cn": "95030055"});
    identity(RIVAL, TAMBOURINE, &["TAMB-1"], &category, &["electrical", "button_cell"])
        .set("/warnings", json!(["BUTTON_CELL"]))
}

pub(crate) fn world() -> World {
    let mut world = parties("2026-01-05");
    for (day, draft) in history() {
        world.at(&format!("{day}T00:00:00Z")).add(draft);
    }
    world
}

/// What is logged on which day before anything is recalled.
pub(crate) fn history() -> Vec<(&'static str, Draft)> {
    let tests: Vec<Value> = STANDARDS
        .iter()
        .map(|of| json!({"standard": of, "edition": "2020", "result": "PASS"}))
        .collect();
    let report = report(LAB, "R-26-1")
        .set("/scope", json!({"types": [{"holder": RIVAL, "designation": "TAMB-1"}]}))
        .set("/tests", json!(tests))
        .document("R-26-1", "2026-07-01");
    let applied: Vec<Value> = STANDARDS
        .iter()
        .map(|of| json!({"ref": of, "edition": "2020", "extent": "FULL"}))
        .chain([json!({"ref": "EN IEC 63000", "edition": "2018", "extent": "FULL"})])
        .collect();
    let modules = json!({TOYS: "A", EMC: "A", ROHS: "A"});
    let doc = declaration(RIVAL, "Bricolin Toys", TAMBOURINE, &["TAMB-1"], &modules)
        .document("D-1", "2026-07-15")
        .set("/header/validity", json!({"from": "2026-07-15"}))
        .set("/header/standards", json!(applied))
        .set(
            "/header/references",
            json!([
                {"rel": "cites-report", "document": named(LAB, "R-26-1")},
            ]),
        );
    let declared = |lot: &str| {
        import(IMPORTER, "FR99900011000018", lot, &format!("C-{lot}"))
            .set("/scope", lots(TAMBOURINE, &[lot]))
            .set("/importer/name", json!("Doudou Import SARL"))
            .set("/checked/doc", named(RIVAL, "D-1"))
            .document(&format!("C-{lot}"), "2026-08-10")
    };
    let distributor = mandate("AUTHORISED_DISTRIBUTOR", RIVAL, IMPORTER, TAMBOURINE);
    vec![
        ("2026-07-05", report),
        ("2026-07-10", tambourine()),
        ("2026-07-15", doc),
        ("2026-08-10", declared("B2607")),
        ("2026-08-10", declared("B2608")),
        ("2026-08-15", distributor.valid("2026-08-15", "2031-08-14")),
        ("2026-08-20", items("B2608", "000001", "001200", RIVAL, "manufacturer")),
    ]
}

pub(crate) fn items(lot: &str, from: &str, to: &str, issuer: &str, role: &str) -> Draft {
    let batch = format!("{TAMBOURINE}/10/{lot}");
    Draft::of(
        "traceability-event",
        issuer,
        role,
        json!({
            "event": "OBJECT", "event_time": "2026-08-19T00:00:00Z", "offset": "+00:00",
            "biz_step": "commissioning",
            "items": {"batch": batch, "ranges": [{"from": from, "to": to}]},
        }),
    )
}

pub(crate) fn recall() -> Draft {
    measure(IMPORTER, "importer", "RC-1", lots(TAMBOURINE, &["B2608"]))
        .set("/remedy", json!("REFUND"))
}

pub(crate) fn notice() -> Draft {
    let scope = json!({
        "products": [{"id": TAMBOURINE}],
        "batches": {"mode": "TEXT", "text": "lot: b-2608", "tokens": ["b-2608"]},
    });
    measure(CONNECTOR, "connector", "SG-1", scope)
}

pub(crate) fn recalled() -> World {
    let mut world = world();
    world.at("2026-11-05T00:00:00Z").add(recall());
    world
}

pub(crate) fn extended() -> World {
    let mut world = recalled();
    let measure = world.log.last().unwrap().clone();
    world.at("2026-11-09T00:00:00Z").add(notice());
    let more =
        update(AUTHORITY, "market_surveillance", "EXTEND", &measure, named(IMPORTER, "RC-1"));
    world.at("2026-11-20T00:00:00Z").add(more.set("/scope", lots(TAMBOURINE, &["B2609"])));
    world
}

pub(crate) fn question(gtin: &str) -> Question {
    Question::of(json!({
        "product": {"gtin": gtin},
        "category": {"gpc": "10005160", "cn": "95030055"},
        "trader": {"operator": IMPORTER},
        "offer": {
            "platform": "https://id.gs1.org/417/9521000500006", "listing_id": "MK-3",
            "destinations": ["FR"], "languages": ["fr"],
            "manufacturer": {
                "name": "Bricolin Toys", "postal": "1 Example Road",
                "electronic": "office@example.com",
            },
            "importer": {"name": "Doudou Import SARL"},
            "warnings": [{"lang": "fr", "code": "BUTTON_CELL"}],
            "images": [Digest::of(b"image").to_string()],
            "goods_location": {"kind": "DIRECT_IMPORT"},
        },
        "legal_at": "2026-11-21T00:00:00Z",
    }))
}

pub(crate) fn asked() -> Question {
    question("09521000300026")
}

pub(crate) fn serial(number: &str) -> Question {
    asked().set("/product/serial", json!(number))
}

pub(crate) const BATCH: &str = "NEG-MEASURE RECALLED_BATCH";
const LIKELY: &str = "NEG-MEASURE RECALL_APPROX_MATCH";
pub(crate) const NO_BATCH: &str = "EU-OPERATOR BATCH_REQUIRED";

pub(crate) fn excluded(body: &VerdictBody) -> Vec<String> {
    body.excluded_scopes.iter().map(ToString::to_string).collect()
}

#[test]
fn before_the_recall_both_batches_are_listable() {
    world().check(&asked().batches(&["B2607", "B2608"]), Listable, &[]);
}

#[test]
fn a_recalled_batch_is_denied_and_another_one_is_not_hit() {
    let world = extended();
    world.check(&asked().batches(&["B2608"]), NotListable, &[BATCH, LIKELY]);
    world.check(&asked().batches(&["B2607"]), Listable, &[]);
    world.check(&asked().batches(&["B2607", "B2608"]), NotListable, &[BATCH, LIKELY]);
    let only = recalled();
    only.check(&asked().batches(&["B2608"]), NotListable, &[BATCH]);
    let extended =
        world.check(&asked().batches(&["B2609"]), NotListable, &[BATCH, "EU-OPERATOR REQ_MISSING"]);
    assert!(
        extended
            .conditions
            .contains(&Condition::BatchesOnly { batches: vec!["B2609".parse().unwrap()] })
    );
}

#[test]
fn without_a_batch_the_recalled_ones_are_to_be_left_out() {
    let before = recalled().check(&asked(), Review, &[BATCH, NO_BATCH]);
    assert_eq!(excluded(&before), [format!("{TAMBOURINE}/10/B2608")]);
    let after = extended().check(&asked(), Review, &[BATCH, LIKELY, NO_BATCH]);
    let both = ["B2608", "B2609"].map(|lot| format!("{TAMBOURINE}/10/{lot}"));
    assert_eq!(excluded(&after), both);
    let scopes = both.iter().map(|uri| uri.parse().unwrap()).collect();
    assert!(after.conditions.contains(&Condition::ExcludeScopes { scopes }));

    // An offer that commits to leaving them out settles it; one that leaves out some does not.
    let some = asked().set("/offer/excluded_scopes", json!([both[0]]));
    recalled().check(&some, Review, &[NO_BATCH]);
    let world = extended();
    world.check(&some, Review, &[BATCH, LIKELY, NO_BATCH]);
    let all = asked().set("/offer/excluded_scopes", json!(both));
    world.check(&all, Review, &[LIKELY, NO_BATCH]);
}

#[test]
fn an_item_goes_by_its_batch_and_an_unknown_one_may_be_of_any() {
    let world = recalled();
    world.check(&serial("000500"), NotListable, &[BATCH]);
    world.check(&serial("777777"), NotListable, &[BATCH, NO_BATCH]);
    let mut known = recalled();
    known.add(items("B2607", "777000", "778000", RIVAL, "manufacturer"));
    known.check(&serial("777777"), Listable, &[]);
    // An item that two events put into two batches is of both.
    known.add(items("B2607", "000400", "000600", RIVAL, "manufacturer"));
    known.check(&serial("000500"), NotListable, &[BATCH]);
}

#[test]
fn an_item_has_the_variant_of_its_batch() {
    let variant = format!("{TAMBOURINE}/22/RED");
    let mut world = world();
    world.add(measure(AUTHORITY, "market_surveillance", "M-2", lots(&variant, &["B2607"])));
    let batch = format!("{variant}/10/B2607");
    let event =
        items("B2607", "500000", "500999", RIVAL, "manufacturer").set("/items/batch", json!(batch));
    world.add(event);
    let asked = serial("500001");
    world.check(&asked, NotListable, &[BATCH]);
    // What the item is can't be left out of the offer of it.
    let without = asked.clone().set("/offer/excluded_scopes", json!([batch]));
    world.check(&without, NotListable, &[BATCH]);
    // Nor does it help to call it by another variant.
    let blue = asked.set("/product/variant", json!("BLUE"));
    let said = said(&world.ask(&blue));
    assert!(said.findings.contains(BATCH), "{said:?}");
    assert_eq!(said.word, NotListable);
}

#[test]
fn only_the_manufacturer_can_show_that_an_item_is_not_recalled() {
    let mut world = recalled();
    world.add(items("B2607", "777000", "778000", IMPORTER, "importer"));
    world.check(&serial("777777"), NotListable, &[BATCH, NO_BATCH]);
    // Anybody in the chain can show that it is.
    let mut world = recalled();
    world.add(items("B2607", "888000", "888999", RIVAL, "manufacturer"));
    world.check(&serial("888001"), Listable, &[]);
    world.add(items("B2608", "888000", "888999", IMPORTER, "importer"));
    world.check(&serial("888001"), NotListable, &[BATCH]);
}

#[test]
fn a_recalled_item_calls_for_review_of_its_batch_and_denies_itself() {
    let mut world = world();
    let items = json!({
        "products": [{"id": TAMBOURINE}], "batches": {"mode": "SERIALS", "list": ["000500"]},
    });
    world.at("2026-11-05T00:00:00Z").add(measure(RIVAL, "manufacturer", "RC-2", items));
    world.check(&serial("000500"), NotListable, &[BATCH]);
    world.check(&serial("000501"), Listable, &[]);
    let batch = world.check(&asked().batches(&["B2608"]), Review, &[BATCH]);
    assert_eq!(excluded(&batch), [format!("{TAMBOURINE}/21/000500")]);
    world.check(&asked(), Review, &[BATCH, NO_BATCH]);
}

#[test]
fn a_lot_that_is_written_alike_calls_a_person() {
    let typed = recalled().check(
        &asked().batches(&["b2608 "]),
        NotListable,
        &[LIKELY, "EU-OPERATOR REQ_MISSING"],
    );
    let finding = typed.findings.iter().find(|of| of.r#match.is_some()).unwrap();
    assert_eq!(finding.r#match, Some(MatchKind::Approximate));

    let mut world = world();
    world.at("2026-11-09T00:00:00Z").add(notice());
    world.check(&asked().batches(&["B2608"]), Review, &[LIKELY]);
    world.check(&asked().batches(&["B2607"]), Listable, &[]);
    world.check(&asked(), Review, &[LIKELY, NO_BATCH]);
}

#[test]
fn a_measure_that_is_lifted_ends_and_only_for_its_authors_scope() {
    let mut world = extended();
    let measure = world
        .log
        .iter()
        .find(|record| record.statement().unwrap().kind().name() == "safety-measure")
        .unwrap()
        .clone();
    let lift = update(IMPORTER, "importer", "LIFT", &measure, named(IMPORTER, "RC-1"));
    let lift = lift
        .set("/scope", lots(TAMBOURINE, &["B2608"]))
        .set("/effective_at", json!("2026-11-22T00:00:00Z"));
    world.add(lift);
    world.check(&asked().batches(&["B2608"]), NotListable, &[BATCH, LIKELY]);
    let later = asked().at("2026-11-22");
    let body = world.check(&later.clone().batches(&["B2608"]), Review, &[LIKELY]);
    assert_eq!(body.excluded_scopes, []);
    // What the authority added stays.
    let open = world.check(&later, Review, &[BATCH, LIKELY, NO_BATCH]);
    assert_eq!(excluded(&open), [format!("{TAMBOURINE}/10/B2609")]);
    let until = world.ask(&asked().batches(&["B2608"])).body().valid_until.unwrap();
    assert_eq!(until.to_string(), "2026-11-22T00:00:00Z");
}

#[test]
fn an_importers_recall_calls_for_review_of_what_others_import_and_sell() {
    let mut world = recalled();
    let other = mandate("AUTHORISED_DISTRIBUTOR", RIVAL, crate::world::AGENT, TAMBOURINE);
    world.add(other.valid("2026-08-15", "2031-08-14"));
    let seller = asked().set("/trader/operator", json!(crate::world::AGENT));
    // The offer shows the author of the recall as importer of B2608, whoever sells it.
    let of_lot = seller.clone().batches(&["B2608"]);
    world.check(&of_lot, NotListable, &[BATCH]);
    // Without a batch it may be goods of another importer.
    world.check(&seller, Review, &[BATCH, NO_BATCH]);
    // Where another is shown, a person has to look: a rival may declare a lot that it never saw.
    let shown_other = json!({"name": "Rhenania Compliance GmbH"});
    for (offer, outcome) in [
        (of_lot.clone(), Outcome::NotMet),
        (of_lot.set("/offer/importer", shown_other), Outcome::Review),
    ] {
        let verdict = world.ask(&offer);
        let findings = verdict.body().findings.iter();
        let found: Vec<Outcome> = findings
            .filter(|finding| finding.code == Some(Reason::RecalledBatch))
            .map(|finding| finding.outcome)
            .collect();
        assert_eq!(found, [outcome]);
    }
}

#[test]
fn a_recalled_component_calls_for_review_downstream() {
    let mut world = world();
    let part = "https://id.gs1.org/01/09521000200012";
    world.add(tambourine().set("/components", json!([{"id": part, "quantity": 1}])));
    world.check(&asked().batches(&["B2607"]), Listable, &[]);
    world.add(measure(AUTHORITY, "market_surveillance", "M-9", scope(part)));
    world.check(&asked().batches(&["B2607"]), Review, &["NEG-MEASURE RECALLED_MODEL"]);
}

#[test]
fn an_authority_may_ban_a_seller_and_warn_of_a_product() {
    let mut banned = world();
    let ban = measure(AUTHORITY, "market_surveillance", "M-7", scope(PACK))
        .set("/kind", json!("SALES_BAN"))
        .set("/operators", json!([IMPORTER]));
    banned.add(ban);
    let batch = asked().batches(&["B2607"]);
    banned.check(&batch, NotListable, &["NEG-MEASURE SALES_BAN"]);
    let mut warned = world();
    let warning = measure(AUTHORITY, "market_surveillance", "M-8", scope(TAMBOURINE));
    warned.add(warning.set("/kind", json!("WARNING")));
    warned.check(&batch, Review, &["NEG-WARNING MEASURE_WARNING"]);
}

#[test]
fn every_product_of_the_question_is_among_the_keys_that_were_searched() {
    let verdict = extended().ask(&asked().batches(&["B2608"]));
    let finding =
        verdict.body().findings.iter().find(|of| of.requirement == "NEG-MEASURE").unwrap();
    let counts: BTreeSet<(String, u64)> =
        finding.checked_keys.iter().map(|key| (key.uri.to_string(), key.count)).collect();
    assert!(counts.contains(&(TAMBOURINE.to_owned(), 3)), "{counts:?}");
    assert!(counts.contains(&(format!("{TAMBOURINE}/10/B2608"), 2)), "{counts:?}");
}
