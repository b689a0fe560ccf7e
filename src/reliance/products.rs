//! Products that records are about: by their own subjects, by the types that a manufacturer makes them
//! to, and by what packs hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::attestation::types::ProductIdentity;
use crate::attestation::{Predicate, PredicateKind, Scope, Statement, TypeScope};
use crate::identifier::{OperatorUri, ProductUri, SubjectUri, TypeUri};
use crate::merkle::EntryIndex;
use crate::policy::Evidence;
use crate::record::Record;
use crate::reliance::name::holder;
use crate::reliance::report::RestingProduct;

/// An identity, with its place in the log.
type Identity<'a> = (EntryIndex, &'a ProductIdentity, &'a Statement);

/// The products that these records are about. Sorted.
pub(super) fn products<'a>(
    evidence: &Evidence,
    records: impl Iterator<Item = &'a Arc<Record>>,
) -> Vec<RestingProduct> {
    let mut found: BTreeMap<ProductUri, BTreeSet<EntryIndex>> = BTreeMap::new();
    let mut types: BTreeMap<TypeUri, BTreeSet<Option<String>>> = BTreeMap::new();
    for record in records {
        let Some(statement) = record.statement() else { continue };
        for product in statement.subjects().iter().filter_map(SubjectUri::as_product) {
            found.entry(product).or_default().insert(record.index());
        }
        for of in statement.predicate().scope().into_iter().flat_map(Scope::types) {
            let scope = TypeScope { holder: holder(evidence, &of.holder), ..of.clone() };
            types.entry(scope.uri()).or_default().insert(scope.revision);
        }
    }
    let identities: Vec<Identity<'_>> =
        evidence.of_kind(PredicateKind::ProductIdentity).filter_map(identity).collect();
    for (index, identity, statement) in &identities {
        if is_made_to(identity, &types) {
            for product in statement.subjects().iter().filter_map(SubjectUri::as_product) {
                found.entry(product).or_default().insert(*index);
            }
        }
    }
    add_packs(&identities, &mut found);
    let row =
        |(product, by): (_, BTreeSet<_>)| RestingProduct { product, by: by.into_iter().collect() };
    found.into_iter().map(row).collect()
}

fn identity(record: &Arc<Record>) -> Option<Identity<'_>> {
    let statement = record.statement()?;
    let Predicate::ProductIdentity(identity) = statement.predicate() else { return None };
    Some((record.index(), identity, statement))
}

/// Whether a product is made to one of these types, in one of these revisions. No revision is all.
fn is_made_to(
    identity: &ProductIdentity,
    types: &BTreeMap<TypeUri, BTreeSet<Option<String>>>,
) -> bool {
    let holder: Option<&OperatorUri> = identity.header.issuer.operator.operator();
    identity.types.iter().any(|of| {
        let uri = holder.map(|holder| TypeUri::of(holder, of.designation.lookup()));
        let revisions = uri.and_then(|uri| types.get(&uri));
        revisions.is_some_and(|revisions| {
            of.revision.is_none() || revisions.contains(&None) || revisions.contains(&of.revision)
        })
    })
}

/// Adds what holds these products, and what holds that. Models may hold each other in circles: each
/// is looked at once.
fn add_packs(identities: &[Identity<'_>], found: &mut BTreeMap<ProductUri, BTreeSet<EntryIndex>>) {
    let mut holding: BTreeMap<ProductUri, Vec<&Identity<'_>>> = BTreeMap::new();
    for of in identities {
        for part in of.1.contains().iter().chain(of.1.components()) {
            holding.entry(part.id.model()).or_default().push(of);
        }
    }
    let mut waiting: Vec<ProductUri> = found.keys().map(ProductUri::model).collect();
    let mut seen = BTreeSet::new();
    while let Some(model) = waiting.pop() {
        if !seen.insert(model.clone()) {
            continue;
        }
        for (index, _, statement) in holding.get(&model).into_iter().flatten() {
            for pack in statement.subjects().iter().filter_map(SubjectUri::as_product) {
                waiting.push(pack.model());
                found.entry(pack).or_default().insert(*index);
            }
        }
    }
}
