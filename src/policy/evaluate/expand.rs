//! From the products of a query to the goods that are judged: batches of items, parts of packs.
//!
//! Rules: `conformity.md`, section 4: a bundle's verdict is the worst of its parts', and what hits
//! a part hits the pack; through a component a measure calls for review.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Context, Subject};
use super::identity::bound;
use crate::identifier::ProductUri;

/// How deep packs may lie in packs.
const PACKS_DEPTH_MAX: usize = 8;

/// How some goods come to be looked at for measures; the nearer way is smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Link {
    /// They are offered, alone or in a pack.
    Offered,
    /// What is offered is made of them.
    Component,
}

/// Everything that a query's products come to.
#[derive(Debug, Default)]
pub(super) struct Expanded<'a> {
    /// Packs: what they hold is among `to_cover`.
    pub packs: Vec<Subject<'a>>,
    /// What evidence has to cover.
    pub to_cover: Vec<Subject<'a>>,
    /// What nothing adverse may reach.
    pub to_clear: Vec<(Subject<'a>, Link)>,
    /// Merchants' numbers that are bound to nothing.
    pub unbound: BTreeSet<ProductUri>,
    /// Whether packs lie deeper in packs than is looked at.
    pub is_too_deep: bool,
}

impl<'a> Context<'a> {
    /// What the query's products come to.
    pub(super) fn expand(&self) -> Expanded<'a> {
        let mut expanded = Expanded::default();
        let mut cleared = BTreeMap::new();
        for product in &self.query.products {
            self.expand_to_cover(product, false, PACKS_DEPTH_MAX, &mut expanded);
            let depth = PACKS_DEPTH_MAX;
            expanded.is_too_deep |= !self.collect(product, Link::Offered, depth, &mut cleared);
        }
        if let Some(merchant_id) = &self.query.merchant_id {
            let depth = PACKS_DEPTH_MAX;
            expanded.is_too_deep |= !self.collect(merchant_id, Link::Offered, depth, &mut cleared);
        }
        let cleared = cleared.into_iter();
        expanded.to_clear = cleared.map(|(product, link)| (self.subject(&product), link)).collect();
        expanded
    }

    fn expand_to_cover(
        &self,
        product: &ProductUri,
        is_part: bool,
        depth: usize,
        expanded: &mut Expanded<'a>,
    ) {
        let Some(depth) = depth.checked_sub(1) else {
            expanded.is_too_deep = true;
            return;
        };
        let known = bound(self.evidence, product);
        if known.is_none() {
            expanded.unbound.insert(product.clone());
        }
        let product = known.unwrap_or_else(|| product.clone());
        let maker = self.subject(&product).manufacturer();
        for goods in self.events.resolve_item(&product, maker).to_cover {
            let mut subject = self.subject(&goods);
            subject.is_part = is_part;
            let parts = subject.identity().map(|identity| identity.of.contains());
            match parts {
                None | Some([]) => expanded.to_cover.push(subject),
                Some(parts) => {
                    for part in parts {
                        let held = self.events.resolve_part(&goods, &part.id, maker);
                        for part in held.to_cover {
                            self.expand_to_cover(&part, true, depth, expanded);
                        }
                    }
                    expanded.packs.push(subject);
                }
            }
        }
    }

    /// Collects all that a measure may reach by way of a product; false if that is too deep.
    fn collect(
        &self,
        product: &ProductUri,
        link: Link,
        depth: usize,
        found: &mut BTreeMap<ProductUri, Link>,
    ) -> bool {
        // Reached again by a way that is not nearer: all behind it was reached too.
        if found.get(product).is_some_and(|known| *known <= link) {
            return true;
        }
        let Some(depth) = depth.checked_sub(1) else { return false };
        found.insert(product.clone(), link);
        let maker = self.subject(product).manufacturer();
        let mut next: BTreeSet<(ProductUri, Link)> = BTreeSet::new();
        next.extend(bound(self.evidence, product).map(|bound| (bound, link)));
        let resolved = self.events.resolve_item(product, maker);
        next.extend(resolved.to_clear.into_iter().map(|goods| (goods, link)));
        if let Some(identity) = self.subject(product).identity() {
            for part in identity.of.contains() {
                let held = self.events.resolve_part(product, &part.id, maker);
                next.extend(held.to_clear.into_iter().map(|goods| (goods, link)));
            }
            let components = identity.of.components().iter();
            next.extend(components.map(|part| (part.id.clone(), Link::Component)));
        }
        let held = self.events.held_by(product).into_iter();
        next.extend(held.map(|goods| (goods.clone(), link)));
        // An item of an unknown batch stands for itself only once its batch is known.
        if product.qualifiers().serial.is_some()
            && product.qualifiers().lot.is_none()
            && !resolved.to_cover.contains(product)
        {
            found.remove(product);
        }
        next.remove(&(product.clone(), link));
        next.into_iter().fold(true, |is_whole, (goods, link)| {
            self.collect(&goods, link, depth, found) && is_whole
        })
    }
}
