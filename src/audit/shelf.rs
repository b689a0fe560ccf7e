//! Which offers are up: by platform and the platform's number, then by product.

use std::collections::BTreeMap;

use crate::attestation::types::ListingRecord;
use crate::identifier::{OperatorUri, ProductUri};

/// The offers that are up. Each goes by a number of the caller's.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    up: BTreeMap<(OperatorUri, String), Vec<(ProductUri, usize)>>,
}

impl Shelf {
    /// Puts an offer up. Gives those that were up of the same product under the same listing, which
    /// go on as this one; `None` where an issuer is no operator, which admission refuses.
    pub(crate) fn put_up(&mut self, listing: &ListingRecord, number: usize) -> Option<Vec<usize>> {
        let up = self.up.entry(key(listing)?).or_default();
        let before = up.extract_if(.., |(product, _)| *product == listing.product);
        let before = before.map(|(_, number)| number).collect();
        up.push((listing.product.clone(), number));
        Some(before)
    }

    /// Takes down what a listing record ends; gives which offers that are.
    pub(crate) fn take_down(&mut self, listing: &ListingRecord) -> Vec<usize> {
        let Some(up) = key(listing).and_then(|key| self.up.get_mut(&key)) else {
            return Vec::new();
        };
        let meant = up.extract_if(.., |(product, _)| listing.product.covers(product));
        meant.map(|(_, number)| number).collect()
    }
}

fn key(listing: &ListingRecord) -> Option<(OperatorUri, String)> {
    let platform = listing.header.issuer.operator.operator()?;
    Some((platform.clone(), listing.listing_id.clone()))
}
