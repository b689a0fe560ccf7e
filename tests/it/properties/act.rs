//! What may happen to goods and their records: what speaks against them, and what takes that back.

use proptest::prelude::*;
use proptest::sample::select;

use super::story::{Goods, day};

/// Something that happens. Records and parties are named by number, taken modulo how many there are.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Measure {
        by: usize,
        kind: &'static str,
        hits: Hits,
    },
    Extend {
        measure: usize,
        hits: Hits,
    },
    Lift {
        measure: usize,
        hits: Option<Hits>,
        day: &'static str,
    },
    Status {
        record: usize,
        by_authority: bool,
        action: &'static str,
        reason: &'static str,
        day: &'static str,
        back: Option<&'static str>,
    },
    AnnulAll {
        whose: usize,
        by_registrars: bool,
        since: &'static str,
    },
    Stolen {
        whose: usize,
        since: &'static str,
    },
    Revoked {
        whose: usize,
    },
    RoleEnds {
        whose: usize,
    },
    Accredited {
        lab: bool,
        action: &'static str,
        day: &'static str,
    },
    Notified {
        action: &'static str,
        day: &'static str,
    },
    Superseded {
        old: usize,
        new: usize,
    },
    Concern {
        by: usize,
        document: Option<usize>,
    },
    Erased {
        record: usize,
    },
    Made {
        lot: &'static str,
        day: &'static str,
    },
    Packed {
        lot: &'static str,
        by_importer: bool,
    },
}

/// What a measure is about.
#[derive(Clone, Debug)]
pub(super) enum Hits {
    Model,
    Lot(&'static str),
    Item(&'static str),
    MadeSince(&'static str),
    Text(&'static str),
    Type,
    Variant,
    Seller,
}

fn hits(goods: Goods) -> impl Strategy<Value = Hits> {
    prop_oneof![
        Just(Hits::Model),
        select(goods.lots().to_vec()).prop_map(Hits::Lot),
        select(&["000500", "777777"][..]).prop_map(Hits::Item),
        day().prop_map(Hits::MadeSince),
        select(goods.lots().to_vec()).prop_map(Hits::Text),
        Just(Hits::Type),
        Just(Hits::Variant),
        Just(Hits::Seller),
    ]
}

/// What speaks against goods or their records. An erasure speaks against nothing: what was erased
/// may have spoken against the goods itself.
pub(super) fn negative(goods: Goods) -> impl Strategy<Value = Act> {
    let number = || 0..12_usize;
    let kinds = ["RECALL", "WITHDRAWAL", "SALES_BAN", "STOP_DELIVERY", "WARNING", "CONFISCATION"];
    let standing = || select(&["SUSPEND", "WITHDRAW", "REDUCE"][..]);
    prop_oneof![
        3 => (number(), select(kinds.to_vec()), hits(goods))
            .prop_map(|(by, kind, hits)| Act::Measure { by, kind, hits }),
        1 => (number(), hits(goods)).prop_map(|(measure, hits)| Act::Extend { measure, hits }),
        4 => status(&["SUSPEND", "WITHDRAW", "ANNUL"]),
        1 => (number(), any::<bool>(), day()).prop_map(|(whose, by_registrars, since)| {
            Act::AnnulAll { whose, by_registrars, since }
        }),
        2 => (number(), day()).prop_map(|(whose, since)| Act::Stolen { whose, since }),
        1 => number().prop_map(|whose| Act::Revoked { whose }),
        1 => number().prop_map(|whose| Act::RoleEnds { whose }),
        1 => (any::<bool>(), standing(), day())
            .prop_map(|(lab, action, day)| Act::Accredited { lab, action, day }),
        1 => (standing(), day()).prop_map(|(action, day)| Act::Notified { action, day }),
        2 => (number(), number()).prop_map(|(old, new)| Act::Superseded { old, new }),
        1 => (number(), prop::option::of(number()))
            .prop_map(|(by, document)| Act::Concern { by, document }),
    ]
}

fn status(actions: &'static [&'static str]) -> impl Strategy<Value = Act> {
    let reasons = ["SAFETY", "NON_CONFORMITY", "ADMINISTRATIVE", "FRAUD"];
    let back = prop::option::weighted(0.2, day());
    (0..12_usize, any::<bool>(), select(actions), select(reasons.to_vec()), day(), back).prop_map(
        |(record, by_authority, action, reason, day, back)| Act::Status {
            record,
            by_authority,
            action,
            reason,
            day,
            back,
        },
    )
}

/// Anything that may happen, also what takes something back.
pub(super) fn act(goods: Goods) -> impl Strategy<Value = Act> {
    let number = || 0..12_usize;
    let lot = || select(goods.lots().to_vec());
    prop_oneof![
        2 => negative(goods),
        1 => (number(), prop::option::of(hits(goods)), day())
            .prop_map(|(measure, hits, day)| Act::Lift { measure, hits, day }),
        1 => status(&["REINSTATE"]),
        1 => number().prop_map(|record| Act::Erased { record }),
        1 => (lot(), day()).prop_map(|(lot, day)| Act::Made { lot, day }),
        1 => (lot(), any::<bool>()).prop_map(|(lot, by_importer)| Act::Packed { lot, by_importer }),
    ]
}
