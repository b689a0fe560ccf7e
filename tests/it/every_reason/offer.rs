//! What is wrong with the offer, its category, its product number, or with who is asked and when.

use probant::policy::{PolicySet, evaluate};
use probant::reason::Effect::{Deny, Review};
use probant::reason::Reason;
use serde_json::{Value, json};

use super::{Row, Shown, asked, asked_under, required, shown, with};
use crate::case::{policies, rule_set};
use crate::verdict_categories as category;
use crate::verdict_plush_toy as toy;
use crate::verdict_plush_toy::question;
use crate::world::*;

fn other_category() -> Value {
    json!({"gpc": "10000999", "platform": "adult/figures"})
}

/// A question about a later day than the view is good for.
fn stale() -> Shown {
    let world = toy::world();
    let (evidence, _) = world.evidence(&question().normal(world.size()));
    let later = question().set("/legal_at", json!("2026-11-23T01:00:01Z")).normal(world.size());
    shown(&evaluate(&later, &evidence, &policies()).unwrap())
}

pub(super) const ROWS: &[Row] = &[
    (Reason::TestIdentifier, Deny, || {
        asked_under(&toy::world(), &question(), &PolicySet::embedded())
    }),
    (Reason::ProhibitedCategory, Deny, || {
        asked(&toy::world(), &question().set("/category/platform", json!("adult/dolls/plush")))
    }),
    (Reason::CategoryMismatch, Deny, || {
        asked(&toy::world(), &question().set("/category", other_category()))
    }),
    (Reason::CategoryMismatch, Review, || {
        let lenient = rule_set("eu-toys").replace("restricted = true", "restricted = false");
        let lenient = PolicySet::empty().with(lenient.as_bytes()).unwrap();
        asked_under(&toy::world(), &question().set("/category", other_category()), &lenient)
    }),
    (Reason::CategoryUnknown, Review, || {
        asked(&toy::world(), &question().set("/category", json!({})))
    }),
    (Reason::PolicyNotFound, Review, || {
        asked(&toy::world(), &question().set("/offer/destinations", json!(["US"])))
    }),
    (Reason::ViewStale, Review, stale),
    (Reason::ProductIdUnbound, Review, || {
        let number = json!({"merchant_pid": "SKU-77", "batches": ["L2610A"]});
        asked(&toy::world(), &question().set("/product", number))
    }),
    (Reason::PlacedBeforeMade, Review, || {
        let made = event(MAKER, "manufacturer", &format!("{TOY}/10/L2610A"));
        let made = made.set("/event_time", json!("2026-10-21T00:00:00Z"));
        asked(&with(toy::world(), [made]), &question())
    }),
    (Reason::ImageUnknown, Deny, || {
        let other = json!([probant::hash::Digest::of(b"another image").to_string()]);
        let shown = question().set("/offer/images", other);
        required(&toy::world(), &shown, "check = \"listing.images_known\"")
    }),
    (Reason::IngredientsMissing, Deny, || {
        let cn = "33049900";
        asked(&category::world(category::goods(cn, &[]), &[], ""), &category::asked(cn))
    }),
    (Reason::WarningsLangMissing, Deny, || {
        asked(&toy::world(), &question().set("/offer/destinations", json!(["FR", "DE"])))
    }),
];
