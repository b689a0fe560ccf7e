//! What a product is, as its manufacturer says: the newest identity counts.
//!
//! Rules: `conformity.md`, sections 2.5, 3.3 and 4, rulings 4 and 7.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::goods::{Goods, Reach};
use super::status::Changes;
use crate::attestation::types::{IdentityType, ProductIdentity};
use crate::attestation::{Predicate, PredicateKind, TypeScope};
use crate::identifier::{Class, OperatorUri, ProductUri, SubjectUri};
use crate::policy::evidence::Evidence;
use crate::policy::in_place::goods_of_identity;
use crate::record::Record;

/// The identity of some goods.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity<'a> {
    /// Its record.
    pub record: &'a Arc<Record>,
    /// What it says.
    pub of: &'a ProductIdentity,
}

/// What the evidence holds of the identity of some goods.
#[derive(Clone, Copy, Debug)]
pub(super) enum Identified<'a> {
    /// There is none.
    Missing,
    /// The newest one was erased; an older one does not count in its place.
    Erased(&'a Arc<Record>),
    /// This one counts.
    Known(Identity<'a>),
    /// This one is of the goods as far as is known, but a newer one is of some batches.
    ByBatch(Identity<'a>),
}

impl<'a> Identified<'a> {
    /// The identity, if there is one that can be read.
    pub(super) const fn identity(&self) -> Option<Identity<'a>> {
        match self {
            Self::Missing | Self::Erased(_) => None,
            Self::Known(identity) | Self::ByBatch(identity) => Some(*identity),
        }
    }
}

impl<'a> Identity<'a> {
    /// The manufacturer.
    pub(super) fn manufacturer(&self) -> Option<&'a OperatorUri> {
        self.of.header.issuer.operator.operator()
    }

    /// How far a type reaches the goods: whether the product is made to it, and which batches.
    pub(super) fn reach_of_type(&self, scope: &TypeScope, goods: &Goods) -> Reach {
        if self.manufacturer() != Some(&scope.holder) {
            return Reach::Misses;
        }
        let types = self.of.types.iter().filter(|of| of.designation == scope.designation);
        let reach_of = |of: &IdentityType| {
            let batches = of.batches.as_ref();
            let reach = batches.map_or(Reach::Covers, |batches| goods.reach_of_batches(batches));
            reach.min(reach_of_revision(of, scope))
        };
        types.map(reach_of).max().unwrap_or(Reach::Misses)
    }
}

/// A scope with a revision is of that revision only; an identity without one may be of any.
fn reach_of_revision(of: &IdentityType, scope: &TypeScope) -> Reach {
    match (&scope.revision, &of.revision) {
        (None, _) => Reach::Covers,
        (Some(_), None) => Reach::Intersects,
        (Some(asked), Some(made)) if asked == made => Reach::Covers,
        (Some(_), Some(_)) => Reach::Misses,
    }
}

/// Who says that it makes the product: the issuer of the newest identity of the model.
pub(super) fn manufacturer<'a>(
    evidence: &'a Evidence,
    product: &ProductUri,
) -> Option<&'a OperatorUri> {
    let model = product.model();
    let mut newest = identities(evidence).filter(|identity| {
        identity.of.scope.products().iter().any(|scope| scope.id.model() == model)
    });
    newest.next_back().and_then(|identity| identity.manufacturer())
}

/// The product that a merchant's number is bound to; the product itself if it is a manufacturer's.
/// `None` if the number is a merchant's and is bound to nothing, or to several products. The
/// bindings of all identities add up, of those that are sound.
pub(super) fn bound(
    evidence: &Evidence,
    product: &ProductUri,
    is_sound: impl Fn(&Record) -> bool,
) -> Option<ProductUri> {
    let Some(assigner) = product.assigner() else { return Some(product.clone()) };
    if manufacturer(evidence, product) == Some(&assigner) {
        return Some(product.clone());
    }
    let sound = bindings(evidence, product).filter(|(record, _)| is_sound(record));
    let goods: BTreeSet<ProductUri> = sound.map(|(_, goods)| goods).collect();
    let mut goods = goods.into_iter();
    goods.next().filter(|_| goods.next().is_none())
}

/// Every product that any identity binds a merchant's number to, with the record of the identity.
pub(super) fn bindings<'a>(
    evidence: &'a Evidence,
    product: &ProductUri,
) -> impl Iterator<Item = (&'a Arc<Record>, ProductUri)> {
    identities(evidence).flat_map(move |identity| {
        let goods = goods_of_identity(identity.of, product).into_iter();
        goods.map(move |goods| (identity.record, goods))
    })
}

/// The identities that goods may have, for what speaks against them. An identity says what is made
/// from then on: until goods are known to be made since, they may be as an older one says; and a
/// newer one may be of some of them.
pub(super) fn possible_identities<'a>(
    evidence: &'a Evidence,
    newest: Identity<'_>,
    goods: &Goods,
) -> impl Iterator<Item = Identity<'a>> {
    let (index, since) = (newest.record.index(), newest.record.time().date());
    let is_made_since = goods.produced.is_some_and(|day| since <= day);
    identities(evidence).filter(move |other| {
        let is_past = other.record.index() < index && is_made_since;
        !is_past && goods.reach(&other.of.scope) != Reach::Misses
    })
}

/// How far a type reaches goods for what speaks against it: perhaps, if they may be made to it.
pub(super) fn possible_reach_of_type(
    evidence: &Evidence,
    newest: Identity<'_>,
    scope: &TypeScope,
    goods: &Goods,
) -> Reach {
    let mut possible = possible_identities(evidence, newest, goods);
    let may_be = possible.any(|other| other.reach_of_type(scope, goods) != Reach::Misses);
    let reach = newest.reach_of_type(scope, goods);
    if may_be { reach.max(Reach::Intersects) } else { reach }
}

/// The identity of some goods.
pub(super) fn identify<'a>(
    evidence: &'a Evidence,
    changes: &Changes<'_>,
    goods: &Goods,
) -> Identified<'a> {
    let mut found = Identified::Missing;
    // Nobody copies an identity: each is its issuer's own.
    for identity in identities(evidence) {
        match (goods.reach(&identity.of.scope), found) {
            (Reach::Covers, _) => found = Identified::Known(identity),
            (Reach::Intersects, Identified::Known(older)) => found = Identified::ByBatch(older),
            _ => {}
        }
    }
    let newest = found.identity().map(|identity| identity.record.index());
    match erased_identity(evidence, changes, goods) {
        Some(erased) if newest.is_none_or(|newest| newest < erased.index()) => {
            Identified::Erased(erased)
        }
        _ => found,
    }
}

fn erased_identity<'a>(
    evidence: &'a Evidence,
    changes: &Changes<'_>,
    goods: &Goods,
) -> Option<&'a Arc<Record>> {
    let levels = goods.product.sub_selections().into_iter().map(SubjectUri::from);
    let records = levels.flat_map(|level| evidence.chain(Class::All, &level).iter());
    let erased = records.filter(|record| {
        record.is_erased() && changes.was_of_kind(record, PredicateKind::ProductIdentity)
    });
    erased.max_by_key(|record| record.index())
}

fn identities(evidence: &Evidence) -> impl DoubleEndedIterator<Item = Identity<'_>> {
    evidence.of_kind(PredicateKind::ProductIdentity).filter_map(|record| {
        match record.statement()?.predicate() {
            Predicate::ProductIdentity(of) => Some(Identity { record, of }),
            _ => None,
        }
    })
}
