//! Offers that are up, and the records that take the ground from under them (conformity.md,
//! sections 1.1 and 2.7): which batches a recall hit, which listings, when the platform acted.
//!
//! Looked at are the records of the adverse chains that a listing's verdict rests on, each as it
//! comes; at the end, the question of every listing that is still up is asked once more, so that
//! what no adverse record shows is not missed either.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::attestation::Statement;
use crate::attestation::types::{ListingRecord, VerdictWord};
use crate::audit::detail::Detail;
use crate::audit::fallen::{Cause, Ending, FallenListing, Moment};
use crate::audit::findings::Desk;
use crate::audit::question::{Ground, Question};
use crate::audit::report::Place;
use crate::audit::rule::Remark;
use crate::audit::shelf::Shelf;
use crate::identifier::{Class, OperatorUri, ProductUri, SubjectKey, SubjectUri};
use crate::merkle::{EntryIndex, TreeSize};
use crate::reason::Reason;
use crate::record::Record;
use crate::time::Timestamp;

/// What a listing rests on.
#[derive(Debug, Default)]
pub(super) struct Basis {
    /// The entry of its verdict, if that is there.
    pub(super) verdict: Option<EntryIndex>,
    /// The verdict's question, if the verdict allows the listing.
    pub(super) question: Option<Question>,
    /// The adverse chains that the verdict rests on.
    pub(super) adverse: Vec<SubjectKey>,
    /// The tree size from which on records are news to the verdict.
    pub(super) since: TreeSize,
}

impl Basis {
    /// Of a listing without a verdict. What stood against its goods before it went up is the
    /// matter of the verdict that it does not have.
    pub(super) fn none(listing: &Record) -> Self {
        Self { since: TreeSize::new(listing.index().get()), ..Self::default() }
    }
}

/// Every offer that was ever up.
#[derive(Debug, Default)]
pub(super) struct Offers {
    all: Vec<Offer>,
    /// Those that are up, by their places in `all`.
    up: Shelf,
    /// By adverse chain, the offers that rest on it.
    watchers: HashMap<SubjectKey, Vec<usize>>,
}

#[derive(Debug)]
struct Offer {
    place: Place,
    platform: OperatorUri,
    listing: ListingRecord,
    listed: Moment,
    verdict: Option<EntryIndex>,
    question: Option<Question>,
    is_up: bool,
    /// Its rows in the report that have no end yet.
    rows: Vec<usize>,
}

impl Offers {
    /// Takes a listing that goes up. Gives the first record that had taken the ground from it
    /// before, if there is one.
    pub(super) fn list(
        &mut self,
        desk: &mut Desk<'_>,
        (listing, record, place): (&ListingRecord, &Arc<Record>, &Place),
        basis: Basis,
        ground: &Ground<'_>,
    ) -> Option<EntryIndex> {
        let platform = listing.header.issuer.operator.operator()?;
        let mut watched = basis.adverse;
        if basis.question.is_none() {
            let goods = listing.product.sub_selections().into_iter();
            watched.extend(goods.map(|of| SubjectKey::of(Class::Adverse, &SubjectUri::from(of))));
        }
        let number = self.all.len();
        let mut offer = Offer {
            place: place.clone(),
            platform: platform.clone(),
            listing: listing.clone(),
            listed: Moment::of(record),
            verdict: basis.verdict,
            question: basis.question,
            is_up: true,
            rows: Vec::new(),
        };
        // An offer that is put up again goes on under its newer verdict.
        for old in self.up.put_up(listing, number)? {
            let Some(old) = self.all.get_mut(old) else { continue };
            old.is_up = false;
            offer.rows.append(&mut old.rows);
        }
        let mut news: BTreeMap<EntryIndex, &Arc<Record>> = BTreeMap::new();
        for key in &watched {
            self.watchers.entry(*key).or_default().push(number);
            let records = ground.records.of_key(key).iter();
            let records = records.filter(|of| !basis.since.contains(of.index()));
            news.extend(records.map(|of| (of.index(), of)));
        }
        let mut first = None;
        for (index, cause) in news {
            if offer.falls(desk, cause, ground) {
                first.get_or_insert(index);
            }
        }
        self.all.push(offer);
        first
    }

    /// Takes a listing that comes down.
    pub(super) fn end(&mut self, desk: &mut Desk<'_>, listing: &ListingRecord, record: &Record) {
        for number in self.up.take_down(listing) {
            if let Some(offer) = self.all.get_mut(number) {
                offer.come_down(desk, listing, Moment::of(record));
            }
        }
    }

    /// Takes any record, once it is among those that questions are answered from.
    pub(super) fn record(
        &mut self,
        desk: &mut Desk<'_>,
        record: &Arc<Record>,
        ground: &Ground<'_>,
    ) {
        let hit = record.keys().iter().filter_map(|key| self.watchers.get(key)).flatten();
        let mut hit: Vec<usize> = hit.copied().collect();
        hit.sort_unstable();
        hit.dedup();
        for number in hit {
            if let Some(offer) = self.all.get_mut(number).filter(|offer| offer.is_up) {
                offer.falls(desk, record, ground);
            }
        }
    }

    /// Says which listings are up that should not be, at the end of the log.
    pub(super) fn finish(
        self,
        desk: &mut Desk<'_>,
        ground: &Ground<'_>,
        (size, time): (TreeSize, Timestamp),
    ) {
        for offer in self.all.iter().filter(|offer| offer.is_up) {
            let answer = offer.question.as_ref().and_then(|of| of.ask(ground, size, time));
            let detail = match answer {
                Some(answer) if answer.word == VerdictWord::Listable => continue,
                Some(answer) => Detail::StillUp { word: answer.word, reasons: answer.reasons() },
                None if offer.rows.is_empty() => continue,
                None => Detail::StillUpAfter,
            };
            desk.observe(Remark::ListingOutlived, offer.place.clone(), detail);
        }
    }
}

impl Offer {
    /// Whether this record takes the ground from the offer; if so, the report says it.
    fn falls(&mut self, desk: &mut Desk<'_>, record: &Arc<Record>, ground: &Ground<'_>) -> bool {
        let (now, reasons) = match self.answers(record, ground) {
            Some((_, reasons)) if reasons.is_empty() => return false,
            Some((VerdictWord::Listable, _)) => return false,
            Some((word, reasons)) => (Some(word), reasons),
            None if is_on(record, &self.listing.product) => (None, Vec::new()),
            None => return false,
        };
        let row = FallenListing {
            record: Cause::of(record),
            platform: self.platform.clone(),
            listing_id: self.listing.listing_id.clone(),
            product: self.listing.product.clone(),
            trader: self.listing.trader.clone(),
            countries: self.listing.countries.iter().copied().collect(),
            listed: self.listed,
            verdict: self.verdict,
            now,
            reasons,
            ended: None,
        };
        self.rows.extend(desk.fall(row));
        true
    }

    /// What the question gives with the record, and the reasons that came with it; `None` if it
    /// can't be asked.
    fn answers(&self, record: &Record, ground: &Ground<'_>) -> Option<(VerdictWord, Vec<Reason>)> {
        let (question, index) = (self.question.as_ref()?, record.index().get());
        let ask = |size| question.ask(ground, TreeSize::new(size), record.time());
        let (before, after) = (ask(index)?, ask(index.saturating_add(1))?);
        Some((after.word, after.reasons_since(&before).into_iter().collect()))
    }

    /// Ends the offer, and its rows in the report.
    fn come_down(&mut self, desk: &mut Desk<'_>, listing: &ListingRecord, at: Moment) {
        self.is_up = false;
        for row in self.rows.drain(..) {
            let Some(row) = desk.report.fallen_listings.get_mut(row) else { continue };
            let since = row.record.at.time.max(row.listed.time);
            row.ended = Some(Ending {
                at,
                action: listing.action,
                names_record: listing.cause == Some(row.record.statement),
                after_ms: at.time.saturating_ms_since(since),
            });
        }
    }
}

/// Whether a record is on these goods, as far as its subjects tell.
fn is_on(record: &Record, product: &ProductUri) -> bool {
    let subjects = record.statement().map_or(&[][..], Statement::subjects);
    let mut goods = subjects.iter().filter_map(SubjectUri::as_product).peekable();
    // A record on a certificate or a firm names no goods, and the verdict rests on its chain.
    goods.peek().is_none() || goods.any(|of| of.intersects(product))
}
