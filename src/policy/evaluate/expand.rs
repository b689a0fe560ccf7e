//! From the products of a query to the goods that are judged: batches of items, parts of packs.
//!
//! Rules: `conformity.md`, section 4: a bundle's verdict is the worst of its parts', and what hits
//! a part hits the pack; through a component a measure calls for review.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Context, Subject};
use super::identity::{bindings, bound, possible_identities};
use crate::identifier::ProductUri;

/// How deep packs may lie in packs.
const PACKS_DEPTH_MAX: usize = 8;

/// How many goods are looked at for one query. Each is judged by every rule.
const GOODS_MAX: usize = 5000;

/// How some goods come to be looked at for measures; the nearer way is smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Link {
    /// They are offered, alone or in a pack.
    Offered,
    /// What is offered is made of them, or may be.
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

/// The way to the pack at hand, and all that has been looked at.
#[derive(Debug, Default)]
struct Walk {
    /// From the query's product down.
    way: Vec<ProductUri>,
    /// Products, each with whether it was a part.
    seen: BTreeSet<(ProductUri, bool)>,
}

impl<'a> Context<'a> {
    /// What the query's products come to.
    pub(super) fn expand(&self) -> Expanded<'a> {
        let mut expanded = Expanded::default();
        let mut walk = Walk::default();
        for product in &self.query.products {
            self.expand_to_cover(product, false, &mut walk, &mut expanded);
        }
        let asked = self.query.products.iter().chain(&self.query.merchant_id);
        let (to_clear, is_whole) = self.collect(asked.cloned());
        expanded.is_too_deep |= !is_whole;
        let to_clear = to_clear.into_iter();
        expanded.to_clear = to_clear.map(|(goods, link)| (self.subject(&goods), link)).collect();
        expanded
    }

    fn expand_to_cover(
        &self,
        product: &ProductUri,
        is_part: bool,
        walk: &mut Walk,
        expanded: &mut Expanded<'a>,
    ) {
        // What holds itself, or holds too much, is for a person.
        if walk.way.len() == PACKS_DEPTH_MAX
            || walk.way.contains(product)
            || walk.seen.len() >= GOODS_MAX
        {
            expanded.is_too_deep = true;
            return;
        }
        // Packs may share parts: judged once, they are judged for all.
        if !walk.seen.insert((product.clone(), is_part)) {
            return;
        }
        walk.way.push(product.clone());
        let known = bound(self.evidence, product, |record| self.is_sound(record));
        if known.is_none() {
            expanded.unbound.insert(product.clone());
        }
        let known = known.unwrap_or_else(|| product.clone());
        let maker = self.subject(&known).manufacturer();
        for goods in self.events.resolve_item(&known, maker).to_cover {
            let mut subject = self.subject(&goods);
            subject.is_part = is_part;
            let parts = subject.identity().map(|identity| identity.of.contains());
            match parts {
                None | Some([]) => expanded.to_cover.push(subject),
                Some(parts) => {
                    for part in parts {
                        let held = self.events.resolve_part(&goods, &part.id, maker);
                        for part in held.to_cover {
                            self.expand_to_cover(&part, true, walk, expanded);
                        }
                    }
                    expanded.packs.push(subject);
                }
            }
        }
        walk.way.pop();
    }

    /// All that a measure may reach by way of these products, each by the nearest way; and whether
    /// that is all, or some of it lies too deep.
    fn collect(
        &self,
        asked: impl Iterator<Item = ProductUri>,
    ) -> (BTreeMap<ProductUri, Link>, bool) {
        let mut seen: BTreeMap<ProductUri, Link> = BTreeMap::new();
        let mut found = BTreeMap::new();
        let mut next: BTreeSet<_> = asked.map(|product| (product, Link::Offered)).collect();
        for _ in 0..PACKS_DEPTH_MAX {
            for (product, link) in std::mem::take(&mut next) {
                // Reached by a way that is as near: all behind it is reached too.
                if seen.get(&product).is_some_and(|known| *known <= link) {
                    continue;
                }
                if seen.len() >= GOODS_MAX {
                    return (found, false);
                }
                if let Some(link) = self.collect_behind(&product, link, &mut next) {
                    found.insert(product.clone(), link);
                }
                seen.insert(product, link);
            }
        }
        let is_seen = |(product, link): &(ProductUri, Link)| {
            seen.get(product).is_some_and(|known| known <= link)
        };
        let is_whole = next.iter().all(is_seen);
        (found, is_whole)
    }

    /// Adds what a measure may reach by way of one product, and says how it may reach the product:
    /// not at all if the product does not stand for itself, because what it is was found.
    fn collect_behind(
        &self,
        product: &ProductUri,
        link: Link,
        next: &mut BTreeSet<(ProductUri, Link)>,
    ) -> Option<Link> {
        let subject = self.subject(product);
        let maker = subject.manufacturer();
        // A binding that counts for nothing else still brings what speaks against the product.
        next.extend(bindings(self.evidence, product).map(|(_, bound)| (bound, link)));
        let resolved = self.events.resolve_item(product, maker);
        next.extend(resolved.to_clear.into_iter().map(|goods| (goods, link)));
        if let Some(identity) = subject.identity() {
            for part in identity.of.contains() {
                let held = self.events.resolve_part(product, &part.id, maker);
                next.extend(held.to_clear.into_iter().map(|goods| (goods, link)));
            }
            let components = identity.of.components().iter();
            next.extend(components.map(|part| (part.id.clone(), Link::Component)));
            // What it holds by other identities too was resolved above.
            let known: BTreeSet<_> = identity.of.contains().iter().map(|part| &part.id).collect();
            for other in possible_identities(self.evidence, identity, &subject.goods) {
                let parts = other.of.contains().iter().chain(other.of.components());
                let others = parts.map(|part| &part.id).filter(|id| !known.contains(id));
                next.extend(others.map(|id| (id.clone(), Link::Component)));
            }
        }
        let held = self.events.held_by(product).into_iter();
        next.extend(held.map(|goods| (goods.clone(), link)));
        // An item of an unknown batch stands for itself only until its batch is known. An event that
        // was erased may have named another: then a person has to look.
        let qualifiers = product.qualifiers();
        let is_item_only = qualifiers.serial.is_some() && qualifiers.lot.is_none();
        if !is_item_only || resolved.to_cover.contains(product) {
            Some(link)
        } else {
            self.events.was_erased(&product.model()).then_some(Link::Component)
        }
    }
}
