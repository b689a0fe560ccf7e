//! Documents that were suspended, withdrawn, annulled or replaced.

use probant::reason::Effect::{Deny, Review};
use probant::reason::Reason;
use serde_json::json;

use super::{Row, Shown, asked, with};
use crate::case::parties;
use crate::verdict_charger as charger;
use crate::verdict_plush_toy as toy;
use crate::world::*;

/// The toy after its report was changed.
fn changed(action: &str) -> Shown {
    let world = toy::world();
    let change =
        status_change(AUTHORITY, "market_surveillance", action, toy::find(&world, "test-report"));
    asked(&with(world, [change]), &toy::question())
}

/// The charger after its declaration was replaced by one for what is made from some day on.
fn replaced(batch: &str) -> Shown {
    let mut case = charger::first_half(parties("2024-01-05"), true);
    charger::second_half(&mut case);
    asked(&case.world, &charger::question().at("2026-11-20").batches(&[batch]))
}

/// The toy after its declaration was replaced by one that is no better: older than its report, and
/// not valid yet.
fn replaced_in_full() -> Shown {
    let mut world = toy::world();
    let old = toy::record(&world, "eu-declaration-of-conformity");
    let later = json!({"from": "2026-12-01"});
    let new = toy::doc("2026-08-01").document("DOC-2", "2026-08-01");
    let new = world.add(new.set("/header/validity", later));
    world.add(supersession(MAKER, "manufacturer", &old, &new));
    let imported = toy::question().set("/offer/goods_location", json!({"kind": "DIRECT_IMPORT"}));
    asked(&world, &imported)
}

pub(super) const ROWS: &[Row] = &[
    (Reason::CertSuspended, Deny, || changed("SUSPEND")),
    (Reason::CertWithdrawn, Deny, || changed("WITHDRAW")),
    (Reason::CertAnnulled, Deny, || changed("ANNUL")),
    (Reason::DocBasisLost, Deny, || {
        asked(&charger::withdrawn("SAFETY").world, &charger::question())
    }),
    (Reason::SupersededUseNew, Deny, replaced_in_full),
    (Reason::SupersededUseNew, Review, || replaced("W2699")),
];
