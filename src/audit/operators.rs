//! The registered names of those whom a report names, for its readers.

use std::collections::BTreeSet;

use crate::audit::fallen::FallenListing;
use crate::audit::report::NamedOperator;
use crate::identifier::OperatorUri;
use crate::merkle::EntryIndex;
use crate::registry::Registry;

/// The operators in these rows that the registry knows: who issued the records, the platforms, the
/// traders.
pub(super) fn named(rows: &[FallenListing], registry: &Registry) -> Vec<NamedOperator> {
    let uris: BTreeSet<&OperatorUri> = rows
        .iter()
        .flat_map(|row| {
            let issuer = row.record.said.as_ref().and_then(|said| said.issuer.operator());
            issuer.into_iter().chain([&row.platform, &row.trader])
        })
        .collect();
    // After every entry that was read.
    let end = EntryIndex::new(u64::MAX);
    let name = |uri: &OperatorUri| {
        let name = registry.operator(uri, end)?.legal_name.clone();
        Some(NamedOperator { uri: uri.clone(), name })
    };
    uris.into_iter().filter_map(name).collect()
}
