//! Issuers that were not notified, not accredited, not heard or not safe; persons that do not match.

use probant::reason::Effect::{Deny, Review};
use probant::reason::Reason;
use serde_json::{Value, json};

use super::{Row, Shown, asked, required, with};
use crate::case::{Question, parties, parties_with};
use crate::verdict_charger as charger;
use crate::verdict_plush_toy as toy;
use crate::verdict_standing as standing;
use crate::world::*;

/// The charger with another mandate, or with none.
fn mandated(mandate: Option<Draft>, question: &Question) -> Shown {
    let case = charger::first_half(parties("2024-01-05"), false);
    asked(&with(case.world, mandate), question)
}

fn responsible() -> Draft {
    let of = mandate("RESPONSIBLE_PERSON", crate::case::VOLTARIS, AGENT, charger::CHARGER);
    of.valid("2024-05-07", "2030-05-06")
}

/// A mandate that one party alone has signed: no ledger lets it in, and it would not count.
fn signed_by_one() -> Shown {
    let mut world = charger::first_half(parties("2024-01-05"), false).world;
    world.force(responsible().signed_by(&[crate::case::VOLTARIS]));
    asked(&world, &charger::question())
}

/// The responsible person has moved out of the Union.
fn moved_away() -> Shown {
    let mut world = charger::first_half(parties("2024-01-05"), true).world;
    let name = json!("Rhenania Compliance GmbH");
    world.add(registration(AGENT, "CH", &[]).set("/legal_name", name));
    asked(&world, &charger::question())
}

fn stolen_key() -> Shown {
    let mut case = charger::withdrawn("SAFETY");
    charger::second_half(&mut case);
    let notice = key_event(BODY, "notified_body", "COMPROMISE", BODY, &[BODY])
        .set("/effective_at", json!("2026-11-19T00:00:00Z"))
        .set("/suspect_from", json!("2026-11-01T00:00:00Z"));
    case.world.at("2026-11-19T00:00:00Z").add(notice);
    asked(&case.world, &charger::question().at("2026-11-20").batches(&["W2646"]))
}

pub(super) const ROWS: &[Row] = &[
    (Reason::IssuerScopeMismatch, Deny, || {
        let case = charger::first_half(parties_with("2024-01-05", &[TOYS]), true);
        asked(&case.world, &charger::question())
    }),
    (Reason::AccreditationLapsed, Deny, || {
        asked(&standing::toy_after(standing::of_lab("WITHDRAW", "2026-08-19")), &toy::question())
    }),
    (Reason::KeyCompromised, Review, stolen_key),
    (Reason::ManufacturerMismatch, Deny, || {
        let shown = toy::question().set("/offer/manufacturer/name", json!("Somebody Else"));
        asked(&toy::world(), &shown)
    }),
    (Reason::ImporterMismatch, Deny, || {
        let shown = toy::question().set("/offer/importer", json!({"name": "Somebody Else"}));
        asked(&toy::world(), &shown)
    }),
    (Reason::RpMismatch, Deny, || {
        let name = json!("Somebody Else");
        let shown = charger::question().set("/offer/responsible_person/name", name);
        mandated(Some(responsible()), &shown)
    }),
    (Reason::RpUnconfirmed, Deny, signed_by_one),
    (Reason::RpOutsideEu, Deny, moved_away),
    (Reason::TraderNotLinked, Deny, || {
        asked(&toy::world(), &toy::question().set("/trader/operator", json!(RIVAL)))
    }),
    (Reason::TraderUnverified, Deny, || {
        required(&toy::world(), &toy::question(), "check = \"trader.verified\"")
    }),
    (Reason::OfferIncomplete, Deny, || {
        asked(&toy::world(), &toy::question().set("/offer/manufacturer/postal", Value::Null))
    }),
];
