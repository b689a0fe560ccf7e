//! Recalls, bans, warnings and concerns: in full, in part, and nearly.

use probant::reason::Effect::{Deny, Review};
use probant::reason::Reason;
use serde_json::{Value, json};

use super::{Row, Shown, asked, with};
use crate::case::Question;
use crate::verdict_plush_toy as toy;
use crate::verdict_plush_toy::question;
use crate::verdict_recall as recall;
use crate::world::*;

/// The toy after a measure of an authority.
fn measured(kind: &str, scope: Value, question: &Question) -> Shown {
    let of = measure(AUTHORITY, "market_surveillance", "M-1", scope).set("/kind", json!(kind));
    asked(&with(toy::world(), [of]), question)
}

fn one_lot() -> Value {
    lots(TOY, &["L2610A"])
}

pub(super) const ROWS: &[Row] = &[
    (Reason::RecalledModel, Deny, || measured("RECALL", scope(TOY), &question())),
    (Reason::RecalledModel, Review, || {
        measured("WITHDRAWAL", scope(&format!("{TOY}/22/RED")), &question())
    }),
    (Reason::RecalledBatch, Deny, || measured("RECALL", one_lot(), &question())),
    (Reason::RecalledBatch, Review, || measured("RECALL", one_lot(), &question().batches(&[]))),
    (Reason::SalesBan, Deny, || measured("SALES_BAN", scope(TOY), &question())),
    (Reason::SalesBan, Review, || measured("STOP_DELIVERY", one_lot(), &question().batches(&[]))),
    (Reason::RecallApproxMatch, Review, || {
        let world = with(recall::world(), [recall::notice()]);
        asked(&world, &recall::asked().batches(&["B2608"]))
    }),
    (Reason::MeasureWarning, Review, || measured("WARNING", scope(TOY), &question())),
    (Reason::ConcernReported, Review, || {
        asked(&with(toy::world(), [concern(LAB, "lab", TOY)]), &question())
    }),
];
