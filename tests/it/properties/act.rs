//! What may happen to goods and their records: what speaks against them, and what takes that back.

use std::sync::Arc;

use probant::record::Record;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::story::{Goods, day};
use crate::case::VOLTARIS;
use crate::verdict_recall::items;
use crate::world::*;

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

impl Hits {
    fn scope(&self, goods: Goods) -> Value {
        let product = goods.product();
        let of = |batches: Value| json!({"products": [{"id": product}], "batches": batches});
        match self {
            Self::Model => scope(product),
            Self::Lot(lot) => lots(product, &[lot]),
            Self::Item(serial) => of(json!({"mode": "SERIALS", "list": [serial]})),
            Self::MadeSince(day) => of(json!({"mode": "PRODUCED_BETWEEN", "from": day})),
            Self::Text(token) => of(json!({"mode": "TEXT", "text": "lot", "tokens": [token]})),
            Self::Type => types_of(goods.maker(), goods.designation()),
            Self::Variant => scope(&format!("{product}/22/RED")),
            // All that somebody sells, whatever it is.
            Self::Seller => scope("https://id.gs1.org/01/19521000300023"),
        }
    }
}

const PARTIES: [(&str, &str); 9] = [
    (IMPORTER, "importer"),
    (MAKER, "manufacturer"),
    (RIVAL, "manufacturer"),
    (VOLTARIS, "manufacturer"),
    (LAB, "lab"),
    (BODY, "notified_body"),
    (AGENT, "responsible_person"),
    (ACCREDITOR, "accreditation_body"),
    (NOTIFIER, "notifying_authority"),
];

/// Who may publish a measure on goods.
fn measures_by(by: usize, goods: Goods) -> (&'static str, &'static str) {
    let all = [
        (AUTHORITY, "market_surveillance"),
        (CONNECTOR, "connector"),
        (goods.maker(), "manufacturer"),
        (IMPORTER, "importer"),
    ];
    all[by % all.len()]
}

fn at(day: &str) -> Value {
    json!(format!("{day}T00:00:00Z"))
}

/// The records of some kinds, in the order of the log.
fn of_kinds(world: &World, kinds: &[&str]) -> Vec<Arc<Record>> {
    let is_one = |record: &&Arc<Record>| {
        record.statement().is_some_and(|of| kinds.contains(&of.kind().name()))
    };
    world.log.iter().filter(is_one).cloned().collect()
}

/// The number-th of the records that have a status.
fn changeable(world: &World, number: usize) -> Option<Arc<Record>> {
    let kinds = [
        "product-identity",
        "eu-declaration-of-conformity",
        "conformity-certificate",
        "test-report",
        "mandate",
        "importer-declaration",
    ];
    let all = of_kinds(world, &kinds);
    all.get(number.checked_rem(all.len())?).cloned()
}

fn nth_measure(world: &World, number: usize) -> Option<Arc<Record>> {
    let all = of_kinds(world, &["safety-measure"]);
    all.get(number.checked_rem(all.len())?).cloned()
}

fn issuer(record: &Record) -> Option<(String, String)> {
    let issuer = &record.statement()?.header().issuer;
    Some((issuer.operator.to_string(), issuer.role.to_string()))
}

fn document(record: &Record) -> Value {
    let document = record.statement().and_then(|of| of.header().document_ref());
    document.map_or(Value::Null, |of| serde_json::to_value(of).unwrap())
}

impl Act {
    /// Lets it happen; nothing happens if the ledger refuses it, or there is nothing to do it to.
    pub(super) fn happen(&self, world: &mut World, goods: Goods) -> Option<Arc<Record>> {
        let draft = self.draft(world, goods)?;
        let record = world.offer(draft).ok()?;
        if let Self::Erased { record: target } = self {
            let target = changeable(world, *target)?;
            world.erase(&target);
        }
        Some(record)
    }

    fn draft(&self, world: &World, goods: Goods) -> Option<Draft> {
        let number = format!("ACT-{}", world.size());
        Some(match self {
            Self::Measure { by, kind, hits } => {
                let (issuer, role) = measures_by(*by, goods);
                let of =
                    measure(issuer, role, &number, hits.scope(goods)).set("/kind", json!(kind));
                match hits {
                    Hits::Seller => of.set("/operators", json!([IMPORTER])),
                    _ => of,
                }
            }
            Self::Extend { measure, hits } => {
                let of = nth_measure(world, *measure)?;
                update(AUTHORITY, "market_surveillance", "EXTEND", &of, document(&of))
                    .set("/scope", hits.scope(goods))
            }
            Self::Lift { measure, hits, day } => {
                let of = nth_measure(world, *measure)?;
                let (issuer, role) = issuer(&of)?;
                let lift = update(&issuer, &role, "LIFT", &of, document(&of));
                let lift = lift.set("/effective_at", at(day));
                match hits {
                    Some(hits) => lift.set("/scope", hits.scope(goods)),
                    None => lift,
                }
            }
            Self::Status { record, by_authority, action, reason, day, back } => {
                let of = changeable(world, *record)?;
                let (own, own_role) = issuer(&of)?;
                let (issuer, role) = if *by_authority {
                    (AUTHORITY, "market_surveillance")
                } else {
                    (own.as_str(), own_role.as_str())
                };
                let change = status_change(issuer, role, action, target(&of))
                    .set("/effective_at", at(day))
                    .set("/reason", json!(reason));
                match back.filter(|_| *action == "WITHDRAW") {
                    Some(back) => change.set("/retroactive_from", json!(back)),
                    None => change,
                }
            }
            Self::AnnulAll { whose, by_registrars, since } => {
                let (issuer, role) = PARTIES[whose % PARTIES.len()];
                let target = json!({"issuer": issuer, "from": at(since)});
                if *by_registrars {
                    let members = json!({
                        "target": target, "action": "ANNUL", "reason": "FRAUD",
                        "effective_at": at(since),
                    });
                    Draft::of_registrars("status-change", &REGISTRARS[..1], &[], members)
                } else if role == "notified_body" {
                    status_change(NOTIFIER, "notifying_authority", "ANNUL", target)
                } else {
                    status_change(ACCREDITOR, "accreditation_body", "ANNUL", target)
                }
            }
            Self::Stolen { whose, since } => {
                let (operator, role) = PARTIES[whose % PARTIES.len()];
                key_event(operator, role, "COMPROMISE", operator, &[operator])
                    .set("/suspect_from", at(since))
            }
            Self::Revoked { whose } => {
                let (operator, role) = PARTIES[whose % PARTIES.len()];
                key_event(operator, role, "REVOKE", operator, &[operator])
            }
            Self::RoleEnds { whose } => {
                let (operator, role) = PARTIES[whose % PARTIES.len()];
                grant(operator, role).set("/action", json!("REVOKE"))
            }
            Self::Accredited { lab, action, day } => {
                let (body, norm, number, scope) = if *lab {
                    (LAB, "ISO/IEC 17025", "XX-L-9901", json!({"standards": ["EN 71-1"]}))
                } else {
                    (BODY, "ISO/IEC 17065", "XX-B-9999", json!({"acts": [RADIO]}))
                };
                crate::case::accreditation(body, norm, number, "2026-01-05", &scope)
                    .set("/action", json!(action))
                    .set("/effective_at", at(day))
            }
            Self::Notified { action, day } => {
                notification(NOTIFIER, BODY, RADIO, action).set("/effective_at", at(day))
            }
            Self::Superseded { old, new } => {
                let (old, new) = (changeable(world, *old)?, changeable(world, *new)?);
                let (issuer, role) = issuer(&old)?;
                supersession(&issuer, &role, &old, &new)
            }
            Self::Concern { by, document: of } => {
                let all =
                    [(AUTHORITY, "market_surveillance"), (LAB, "lab"), (PLATFORM, "platform")];
                let (issuer, role) = all[by % all.len()];
                match of {
                    Some(of) => concern_about(issuer, role, target(&*changeable(world, *of)?)),
                    None => concern(issuer, role, goods.product()),
                }
            }
            Self::Erased { record } => {
                let of = changeable(world, *record)?;
                let (issuer, role) = issuer(&of)?;
                erasure(&issuer, &role, &of)
            }
            Self::Made { lot, day } => {
                let output = format!("{}/10/{lot}", goods.product());
                event(goods.maker(), "manufacturer", &output).set("/event_time", at(day))
            }
            Self::Packed { lot, by_importer } => {
                let (issuer, role) = if *by_importer {
                    (IMPORTER, "importer")
                } else {
                    (goods.maker(), "manufacturer")
                };
                let batch = format!("{}/10/{lot}", goods.product());
                items(lot, "000400", "000600", issuer, role).set("/items/batch", json!(batch))
            }
        })
    }
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
