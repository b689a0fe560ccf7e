//! What records put in the place of goods: the product behind a merchant's number, an item's batch,
//! the parts of a pack. A reader of evidence and the worklist that collects it ask the same.
//!
//! Rule: `conformity.md`, section 4.

use std::collections::BTreeSet;

use crate::attestation::types::{EventKind, ProductIdentity, TraceabilityEvent};
use crate::attestation::{Predicate, Statement};
use crate::identifier::ProductUri;
use crate::record::Record;

/// The products that a record puts in the place of one that is asked about.
pub(super) fn goods_of(record: &Record, asked: &ProductUri) -> Vec<ProductUri> {
    match record.statement().map(Statement::predicate) {
        Some(Predicate::ProductIdentity(identity)) => goods_of_identity(identity, asked),
        Some(Predicate::TraceabilityEvent(event)) => goods_of_event(event, asked),
        _ => Vec::new(),
    }
}

/// The products that a merchant's number is bound to, at the level asked about.
pub(super) fn goods_of_identity(identity: &ProductIdentity, asked: &ProductUri) -> Vec<ProductUri> {
    if !identity.merchant_ids().contains(&asked.model()) {
        return Vec::new();
    }
    let products = identity.scope.products().iter();
    products.filter_map(|product| with_qualifiers_of(&product.id, asked)).collect()
}

/// The products that an event puts in the place of one that is asked about: an item's batch, a
/// pack's parts.
pub(super) fn goods_of_event(event: &TraceabilityEvent, asked: &ProductUri) -> Vec<ProductUri> {
    let mut goods = Vec::new();
    if let (Some(items), Some(serial)) = (&event.items, &asked.qualifiers().serial)
        && items.batch.model() == asked.model()
        && items.contains(serial.as_str())
    {
        goods.extend(in_batch(asked, &items.batch));
    }
    if aggregates(event, asked) {
        goods.extend(event.inputs.iter().flat_map(|list| list.iter()).cloned());
    }
    goods
}

/// Whether an event puts something into this pack: an aggregation that names the pack's batch or
/// item, and is not one that takes a pack apart.
pub(super) fn aggregates(event: &TraceabilityEvent, pack: &ProductUri) -> bool {
    let mut outputs = event.outputs.iter().flat_map(|list| list.iter());
    event.event == EventKind::Aggregation
        && event.action.as_deref() != Some("DELETE")
        && outputs.any(|output| !output.is_model() && output.covers(pack))
}

/// An item as one of a batch of its model: with the batch's lot, and with its variant. If it is
/// asked about as another variant, it counts as both: which is true is not known here.
pub(super) fn in_batch(item: &ProductUri, batch: &ProductUri) -> Vec<ProductUri> {
    let Some(lot) = &batch.qualifiers().lot else { return Vec::new() };
    let Ok(own) = item.with_lot(lot.as_str()) else { return Vec::new() };
    let Some(variant) = &batch.qualifiers().variant else { return vec![own] };
    let of_variant = own.with_variant(variant.as_str()).ok();
    let own = item.qualifiers().variant.is_some().then_some(own);
    let both: BTreeSet<ProductUri> = own.into_iter().chain(of_variant).collect();
    both.into_iter().collect()
}

/// A model or variant with the lot and serial of another product.
pub(super) fn with_qualifiers_of(product: &ProductUri, other: &ProductUri) -> Option<ProductUri> {
    let qualifiers = other.qualifiers();
    let mut result = product.clone();
    if let Some(third_party) = &qualifiers.third_party {
        return result.with_third_party(third_party.as_str()).ok();
    }
    if let Some(lot) = &qualifiers.lot {
        result = result.with_lot(lot.as_str()).ok()?;
    }
    if let Some(serial) = &qualifiers.serial {
        result = result.with_serial(serial.as_str()).ok()?;
    }
    Some(result)
}
