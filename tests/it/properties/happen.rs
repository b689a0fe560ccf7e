//! How what may happen is written down, as drafts that a ledger is offered.

use std::sync::Arc;

use probant::record::Record;
use serde_json::{Value, json};

use super::act::{Act, Hits};
use super::story::Goods;
use crate::case::VOLTARIS;
use crate::verdict_recall::items;
use crate::world::*;

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
        match self {
            Self::Measure { .. } | Self::Extend { .. } | Self::Lift { .. } => {
                self.measure(world, goods)
            }
            Self::AnnulAll { .. }
            | Self::Stolen { .. }
            | Self::Revoked { .. }
            | Self::RoleEnds { .. }
            | Self::Accredited { .. }
            | Self::Notified { .. } => self.of_parties(),
            _ => self.of_records(world, goods),
        }
    }

    fn measure(&self, world: &World, goods: Goods) -> Option<Draft> {
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
            _ => return None,
        })
    }

    fn of_parties(&self) -> Option<Draft> {
        Some(match self {
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
            _ => return None,
        })
    }

    fn of_records(&self, world: &World, goods: Goods) -> Option<Draft> {
        Some(match self {
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
            _ => return None,
        })
    }
}
