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
    let uris = rows.iter().flat_map(|row| {
        let issuer = row.record.said.as_ref().and_then(|said| said.issuer.operator());
        issuer.into_iter().chain([&row.platform, &row.trader])
    });
    NamedOperator::of_all(uris, registry)
}

impl NamedOperator {
    /// Those of these operators that the registry knows, each once. Sorted.
    pub(crate) fn of_all<'a>(
        uris: impl Iterator<Item = &'a OperatorUri>,
        registry: &Registry,
    ) -> Vec<Self> {
        // After every entry that was read.
        let end = EntryIndex::new(u64::MAX);
        let name = |uri: &OperatorUri| {
            let name = registry.operator(uri, end)?.legal_name.clone();
            Some(Self { uri: uri.clone(), name })
        };
        uris.collect::<BTreeSet<_>>().into_iter().filter_map(name).collect()
    }
}
