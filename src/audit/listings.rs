//! What platforms did: listings, held to the verdicts that they cite (conformity.md, section 2.7,
//! rulings 14 and 15).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::attestation::types::{ListingAction, ListingRecord, VerdictWord};
use crate::audit::detail::Detail;
use crate::audit::findings::Desk;
use crate::audit::kept::KeptRecords;
use crate::audit::offers::{Basis, Offers};
use crate::audit::question::{Ground, Question};
use crate::audit::report::Place;
use crate::audit::rule::Remark;
use crate::audit::verdicts::VerdictCheck;
use crate::envelope::StatementDigest;
use crate::identifier::{Country, OperatorUri, SubjectKey};
use crate::merkle::{EntryIndex, TreeSize};
use crate::policy::{NormalQuery, VerdictBody};
use crate::record::Record;
use crate::registry::Registry;
use crate::time::Timestamp;

/// The verdicts so far, and the listings that cite one which has not come yet.
#[derive(Debug, Default)]
pub(super) struct Listings {
    verdicts: BTreeMap<StatementDigest, LoggedVerdict>,
    waiting: Vec<(StatementDigest, Place)>,
    offers: Offers,
}

#[derive(Debug)]
struct LoggedVerdict {
    index: EntryIndex,
    /// What it says; `None` if that is no verdict.
    body: Option<VerdictBody>,
    /// The adverse chains that it rests on.
    adverse: Vec<SubjectKey>,
}

impl Listings {
    /// Takes a logged verdict.
    pub(super) fn verdict(&mut self, record: &Record, check: VerdictCheck) {
        let (body, adverse) = check.into_parts();
        let verdict = LoggedVerdict { index: record.index(), body, adverse };
        self.verdicts.insert(*record.digest(), verdict);
    }

    /// Takes a listing record, and says what is remarkable about it.
    pub(super) fn listing(
        &mut self,
        desk: &mut Desk<'_>,
        (listing, record, place): (&ListingRecord, &Arc<Record>, &Place),
        registry: &Registry,
        ground: &Ground<'_>,
    ) {
        desk.report.counts.listings += 1;
        match listing.action {
            ListingAction::Listed => {
                let basis = self.basis(desk, (listing, record, place), registry, ground.records);
                let verdict = basis.verdict;
                let before = self.offers.list(desk, (listing, record, place), basis, ground);
                if let (Some(verdict), Some(record)) = (verdict, before) {
                    let detail = Detail::NewsBefore { record, verdict };
                    desk.observe(Remark::ListedAfterWithdrawal, place.clone(), detail);
                }
            }
            ListingAction::Delisted | ListingAction::Suspended => {
                self.offers.end(desk, listing, record);
            }
            ListingAction::Rejected => {}
        }
    }

    /// Takes any record, once it is among those that questions are answered from.
    pub(super) fn record(
        &mut self,
        desk: &mut Desk<'_>,
        record: &Arc<Record>,
        ground: &Ground<'_>,
    ) {
        self.offers.record(desk, record, ground);
    }

    /// Says which listings cite a verdict that was logged later, or never, and which are up that
    /// should not be; `end` is the size under the last seal, and its time.
    pub(super) fn finish(
        self,
        desk: &mut Desk<'_>,
        ground: &Ground<'_>,
        end: Option<(TreeSize, Timestamp)>,
    ) {
        for (cited, place) in self.waiting {
            if let Some(verdict) = self.verdicts.get(&cited) {
                let detail = Detail::VerdictLater { verdict: verdict.index };
                desk.observe(Remark::ListedBeforeCheck, place, detail);
            } else {
                let detail = Detail::CitesAbsent { statement: cited };
                desk.observe(Remark::ListedWithoutVerdict, place, detail);
            }
        }
        if let Some(end) = end {
            self.offers.finish(desk, ground, end);
        }
    }

    /// What a listing rests on. That it rests on nothing, or not on this, is remarked.
    fn basis(
        &mut self,
        desk: &mut Desk<'_>,
        (listing, record, place): (&ListingRecord, &Record, &Place),
        registry: &Registry,
        records: &KeptRecords,
    ) -> Basis {
        let Some(cited) = listing.verdict else { return Basis::none(record) };
        let Some(verdict) = self.verdicts.get(&cited) else {
            match records.get(&cited) {
                None => self.waiting.push((cited, place.clone())),
                Some(other) if other.is_erased() => {
                    let detail = Detail::CitesGone { statement: cited };
                    desk.observe(Remark::VerdictUnchecked, place.clone(), detail);
                }
                Some(other) => {
                    let detail = Detail::CitesOther { entry: other.index() };
                    desk.observe(Remark::ListedWithoutVerdict, place.clone(), detail);
                }
            }
            return Basis::none(record);
        };
        let Some(body) = &verdict.body else {
            let detail = Detail::CitesUnreadable { verdict: verdict.index };
            desk.observe(Remark::ListedWithoutVerdict, place.clone(), detail);
            return Basis::none(record);
        };
        let mut question = None;
        if let Some(detail) = mismatch(listing, record, (verdict.index, body), registry) {
            desk.observe(Remark::ListedWithoutVerdict, place.clone(), detail);
        } else {
            // The verdict may be about more batches than this listing.
            let query =
                NormalQuery { products: vec![listing.product.clone()], ..body.query.clone() };
            question = Some(Question::new(query, body.policy.as_ref().map(|of| of.sha256)));
        }
        Basis {
            verdict: Some(verdict.index),
            question,
            adverse: verdict.adverse.clone(),
            since: body.as_of.tree_size,
        }
    }
}

/// Why a verdict does not allow a listing; `None` if it does.
fn mismatch(
    listing: &ListingRecord,
    record: &Record,
    (verdict, body): (EntryIndex, &VerdictBody),
    registry: &Registry,
) -> Option<Detail> {
    let query = &body.query;
    let same = |one: &OperatorUri, other: &OperatorUri| {
        let primary = |of: &OperatorUri| registry.resolve(of, record.index()).cloned();
        one == other || primary(one).is_some_and(|one| primary(other) == Some(one))
    };
    let platform = listing.header.issuer.operator.operator();
    let countries = query.countries();
    let listed: Vec<Country> = listing.countries.iter().flat_map(|of| of.expand()).collect();
    if body.verdict != VerdictWord::Listable {
        Some(Detail::CitesUnlistable { verdict })
    } else if !query.products.contains(&listing.product) {
        Some(Detail::OtherProduct { verdict, product: listing.product.clone() })
    } else if !same(&query.trader.operator, &listing.trader) {
        Some(Detail::OtherTrader { verdict, trader: query.trader.operator.clone() })
    } else if !platform.is_some_and(|platform| same(&query.offer.platform, platform)) {
        Some(Detail::OtherPlatform { verdict, platform: query.offer.platform.clone() })
    } else if query.offer.listing_id.as_deref() != Some(listing.listing_id.as_str()) {
        Some(Detail::OtherListing { verdict })
    } else if let Some(country) = listed.iter().find(|country| !countries.contains(country)) {
        Some(Detail::OtherCountry { verdict, country: *country })
    } else if record.time() >= body.recheck_after {
        Some(Detail::RecheckDue { verdict, until: body.recheck_after })
    } else {
        None
    }
}
