//! What traceability events tell: when a batch was made, which batch an item is of, what a pack
//! holds.
//!
//! Rules: `conformity.md`, section 4 and ruling 9. Anybody in the chain may say that goods belong
//! to a batch; only the manufacturer can show that they do not.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::goods::Goods;
use super::status::Changes;
use crate::attestation::types::TraceabilityEvent;
use crate::attestation::{Predicate, PredicateKind, Role, Statement};
use crate::identifier::{Class, OperatorUri, ProductUri};
use crate::policy::evidence::Evidence;
use crate::policy::in_place::{aggregates, in_batch};
use crate::record::Record;
use crate::time::Date;

/// The events in the evidence, in the order of the log.
#[derive(Debug)]
pub(super) struct Events<'a> {
    evidence: &'a Evidence,
    changes: &'a Changes<'a>,
    list: Vec<Event<'a>>,
}

#[derive(Debug)]
struct Event<'a> {
    record: &'a Arc<Record>,
    of: &'a TraceabilityEvent,
    /// Whether nothing speaks against it: its status has not changed, its key was not stolen.
    is_sound: bool,
}

/// The goods that stand in the place of some product, once events were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    /// What evidence has to cover.
    pub to_cover: BTreeSet<ProductUri>,
    /// What nothing adverse may reach; holds all of `to_cover`.
    pub to_clear: BTreeSet<ProductUri>,
}

impl<'a> Events<'a> {
    /// The events in the evidence; `is_sound` says whether nothing speaks against a record.
    pub(super) fn of(
        evidence: &'a Evidence,
        changes: &'a Changes<'a>,
        is_sound: impl Fn(&Record) -> bool,
    ) -> Self {
        let mut list = Vec::new();
        for record in evidence.of_kind(PredicateKind::TraceabilityEvent) {
            let predicate = record.statement().map(Statement::predicate);
            if let Some(Predicate::TraceabilityEvent(of)) = predicate {
                list.push(Event { record, of, is_sound: is_sound(record) });
            }
        }
        Self { evidence, changes, list }
    }

    /// The goods that a product is, with the day of its making.
    pub(super) fn goods(&self, product: &ProductUri, manufacturer: Option<&OperatorUri>) -> Goods {
        let produced = manufacturer.and_then(|of| self.production_day(product, of));
        Goods { product: product.clone(), produced }
    }

    /// The manufacturer's first commissioning event decides; if something speaks against that one,
    /// or one before it was erased, the day is not known.
    fn production_day(&self, product: &ProductUri, manufacturer: &OperatorUri) -> Option<Date> {
        let makes = |event: &&Event<'_>| {
            let batch = event.of.items.as_ref().map(|items| &items.batch);
            let mut named = event.of.products().chain(batch);
            event.of.is_commissioning()
                && is_by(event.of, manufacturer)
                && named.any(|named| !is_whole(named) && named.covers(product))
        };
        let first = self.list.iter().find(makes)?;
        let is_known = first.is_sound && !self.was_erased_before(first.record, product);
        is_known.then(|| first.of.event_time.date())
    }

    /// Whether an event of a batch or item was erased that stood before this one.
    fn was_erased_before(&self, record: &Record, product: &ProductUri) -> bool {
        let levels = product.sub_selections().into_iter().filter(|level| !is_whole(level));
        levels.flat_map(|level| self.erased(level)).any(|of| of.index() < record.index())
    }

    /// Whether an event was erased that named the product at this level.
    pub(super) fn was_erased(&self, product: &ProductUri) -> bool {
        self.erased(product.clone()).next().is_some()
    }

    fn erased(&self, product: ProductUri) -> impl Iterator<Item = &'a Arc<Record>> {
        let chain = self.evidence.chain(Class::All, &product.into()).iter();
        chain.filter(move |record| {
            record.is_erased() && self.changes.was_of_kind(record, PredicateKind::TraceabilityEvent)
        })
    }

    /// An item with the batches that events name for it.
    pub(super) fn resolve_item(
        &self,
        product: &ProductUri,
        manufacturer: Option<&OperatorUri>,
    ) -> Resolved {
        let mut to_cover = BTreeSet::new();
        let mut to_clear = BTreeSet::new();
        if let Some(serial) = &product.qualifiers().serial {
            for event in &self.list {
                let Some(items) = &event.of.items else { continue };
                if items.batch.model() != product.model() || !items.contains(serial.as_str()) {
                    continue;
                }
                let named = in_batch(product, &items.batch);
                if event.is_sound && manufacturer.is_some_and(|of| is_by(event.of, of)) {
                    to_cover.extend(named.iter().cloned());
                }
                to_clear.extend(named);
            }
        }
        if product.qualifiers().lot.is_some() || to_cover.is_empty() {
            to_cover.insert(product.clone());
        }
        to_clear.extend(to_cover.iter().cloned());
        Resolved { to_cover, to_clear }
    }

    /// What a pack holds of one part: the batches and items that aggregation events name, or else
    /// the part as such.
    pub(super) fn resolve_part(
        &self,
        pack: &ProductUri,
        part: &ProductUri,
        manufacturer: Option<&OperatorUri>,
    ) -> Resolved {
        let mut to_cover = BTreeSet::new();
        let mut to_clear = BTreeSet::new();
        for event in self.aggregations(pack) {
            let inputs = event.of.inputs.iter().flat_map(|list| list.iter());
            for input in inputs.filter(|input| input.intersects(part)) {
                if event.is_sound && manufacturer.is_some_and(|of| is_by(event.of, of)) {
                    to_cover.insert(input.clone());
                }
                to_clear.insert(input.clone());
            }
        }
        if to_cover.is_empty() {
            to_cover.insert(part.clone());
        }
        if self.was_erased(pack) {
            // What it said of the pack is not known, so it may be any of the part.
            to_clear.insert(part.clone());
        }
        to_clear.extend(to_cover.iter().cloned());
        Resolved { to_cover, to_clear }
    }

    /// Everything that aggregation events say a pack holds.
    pub(super) fn held_by(&self, pack: &ProductUri) -> BTreeSet<&'a ProductUri> {
        self.aggregations(pack)
            .flat_map(|event| event.of.inputs.iter().flat_map(|list| list.iter()))
            .collect()
    }

    fn aggregations(&self, pack: &ProductUri) -> impl Iterator<Item = &Event<'a>> {
        self.list.iter().filter(move |event| aggregates(event.of, pack))
    }
}

fn is_by(event: &TraceabilityEvent, manufacturer: &OperatorUri) -> bool {
    let header = &event.header;
    header.issuer.role == Role::Manufacturer
        && header.issuer.operator.operator() == Some(manufacturer)
        && header.transcription.is_none()
}

/// Whether a product is all that was ever made of it: a model or a variant.
fn is_whole(product: &ProductUri) -> bool {
    product.without_variant().is_model()
}
