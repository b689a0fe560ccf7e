//! What is different about a record of a worked case.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::story::{Goods, day};
use crate::world::{Draft, IMPORTER, transcribed};

/// What is different about a record of a worked case.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Lots(Vec<&'static str>),
    MadeSince(&'static str),
    Countries(&'static str),
    ValidFrom(&'static str),
    ValidUntil(&'static str),
    /// Somebody else's copy stands in its place.
    Copied,
    /// It names no types.
    NoTypes,
}

impl Change {
    pub(super) fn apply(&self, draft: Draft, goods: Goods) -> Draft {
        let is_about_scope =
            !matches!(self, Self::ValidFrom(_) | Self::ValidUntil(_) | Self::Copied);
        if is_about_scope && draft.predicate.get("scope").is_none() {
            return draft;
        }
        let has_products = draft.predicate.pointer("/scope/products").is_some();
        let in_scope = |draft: Draft, batches: Value| {
            let products = json!([{"id": goods.product()}]);
            let draft = if has_products { draft } else { draft.set("/scope/products", products) };
            draft.set("/scope/batches", batches)
        };
        let dated = |draft: Draft, member: &str, day: &str| {
            let draft = match draft.predicate.pointer("/header/validity") {
                Some(_) => draft,
                None => draft.set("/header/validity", json!({"from": "2026-08-20"})),
            };
            draft.set(&format!("/header/validity/{member}"), json!(day))
        };
        match self {
            Self::Lots(lots) => in_scope(draft, json!({"mode": "LIST", "list": lots})),
            Self::MadeSince(day) => {
                in_scope(draft, json!({"mode": "PRODUCED_BETWEEN", "from": day}))
            }
            Self::Countries(country) => draft.set("/scope/countries", json!([country])),
            Self::ValidFrom(day) => dated(draft, "from", day),
            Self::ValidUntil(day) => dated(draft, "until", day),
            Self::Copied => transcribed(draft, IMPORTER),
            Self::NoTypes => match draft.predicate.pointer("/scope/products") {
                Some(_) => draft.set("/scope/types", Value::Null),
                None => draft,
            },
        }
    }
}

/// Any of them.
pub(super) fn change(goods: Goods) -> impl Strategy<Value = Change> {
    let lots = goods.lots();
    prop_oneof![
        subsequence(lots.to_vec(), 1..=2).prop_map(Change::Lots),
        day().prop_map(Change::MadeSince),
        select(&["EU", "FR", "DE"][..]).prop_map(Change::Countries),
        day().prop_map(Change::ValidFrom),
        day().prop_map(Change::ValidUntil),
        Just(Change::Copied),
        Just(Change::NoTypes),
    ]
}
