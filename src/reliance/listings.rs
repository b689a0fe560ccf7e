//! Listings that cite verdicts, and what became of them.

use crate::attestation::types::{ListingAction, ListingRecord};
use crate::attestation::{Predicate, PredicateKind, Statement};
use crate::audit::{Moment, Shelf};
use crate::merkle::EntryIndex;
use crate::policy::Evidence;
use crate::record::Record;
use crate::reliance::report::{Down, Fall, RestingListing};
use crate::reliance::verdicts::Verdicts;
use crate::time::Timestamp;

/// Every offer that was ever up, those that rest on the document with a row.
#[derive(Debug, Default)]
struct Offers {
    all: Vec<Option<Box<RestingListing>>>,
    up: Shelf,
    /// How many went up under a verdict that can't be read.
    open: u64,
}

/// Which listings are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListingFilter {
    /// Only those that are up.
    pub is_up: bool,
    /// Only those that were up at this instant or later.
    pub from: Option<Timestamp>,
    /// Only those that were up before this instant.
    pub until: Option<Timestamp>,
}

impl ListingFilter {
    /// Whether it asks for all of them.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a listing is one of those asked for. It is up from when it was listed until just before
    /// it came down.
    pub fn holds(&self, listing: &RestingListing) -> bool {
        let ended = listing.ended.map(|down| down.at.time);
        !(self.is_up && ended.is_some())
            && self.from.is_none_or(|from| ended.is_none_or(|ended| from < ended))
            && self.until.is_none_or(|until| listing.listed.time < until)
    }
}

/// The listings that cite verdicts which rest on the document, in the order in which they went up; and
/// how many cite a verdict that can't be read.
pub(super) fn listings(
    evidence: &Evidence,
    verdicts: &Verdicts,
    fall: Option<&Fall>,
) -> (Vec<RestingListing>, u64) {
    let mut offers = Offers::default();
    for record in evidence.of_kind(PredicateKind::ListingRecord) {
        let Some(Predicate::ListingRecord(listing)) = record.statement().map(Statement::predicate)
        else {
            continue;
        };
        match listing.action {
            ListingAction::Listed => offers.put_up(listing, record, verdicts, fall),
            ListingAction::Delisted | ListingAction::Suspended => {
                for number in offers.up.take_down(listing) {
                    offers.end(number, listing, record, fall);
                }
            }
            ListingAction::Rejected => {}
        }
    }
    let end = evidence.as_of().seal_time;
    let mut rows: Vec<RestingListing> = offers.all.into_iter().flatten().map(|row| *row).collect();
    for row in rows.iter_mut().filter(|row| row.ended.is_none()) {
        row.after_fall_ms = after_fall(row, fall, end);
    }
    (rows, offers.open)
}

impl Offers {
    fn put_up(
        &mut self,
        listing: &ListingRecord,
        record: &Record,
        verdicts: &Verdicts,
        fall: Option<&Fall>,
    ) {
        // An offer that is put up again goes on under its newer verdict.
        for number in self.up.put_up(listing, self.all.len()).into_iter().flatten() {
            self.end(number, listing, record, fall);
        }
        let verdict = listing.verdict.and_then(|cited| verdicts.entry(&cited));
        if verdict.is_none() {
            self.open += 1;
        }
        let verdict = verdict.filter(|entry| verdicts.resting.contains_key(entry));
        let row = verdict.and_then(|verdict| row(listing, record, verdict));
        self.all.push(row.map(Box::new));
    }

    fn end(
        &mut self,
        number: usize,
        listing: &ListingRecord,
        record: &Record,
        fall: Option<&Fall>,
    ) {
        let Some(row) = self.all.get_mut(number).and_then(Option::as_mut) else { return };
        let cause = fall.and_then(|fall| fall.record.as_ref());
        let names_fall = cause.is_some_and(|cause| listing.cause == Some(cause.statement));
        row.ended = Some(Down { at: Moment::of(record), action: listing.action, names_fall });
        row.after_fall_ms = after_fall(row, fall, record.time());
    }
}

fn row(listing: &ListingRecord, record: &Record, verdict: EntryIndex) -> Option<RestingListing> {
    Some(RestingListing {
        platform: listing.header.issuer.operator.operator()?.clone(),
        listing_id: listing.listing_id.clone(),
        product: listing.product.clone(),
        trader: listing.trader.clone(),
        countries: listing.countries.iter().copied().collect(),
        listed: Moment::of(record),
        verdict,
        ended: None,
        after_fall_ms: None,
    })
}

fn after_fall(row: &RestingListing, fall: Option<&Fall>, end: Timestamp) -> Option<u64> {
    let since = fall?.time.max(row.listed.time);
    (since <= end).then(|| end.saturating_ms_since(since))
}
