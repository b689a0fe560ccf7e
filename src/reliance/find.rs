//! What rests on a document, found among the records of a log.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::attestation::types::StatusChange;
use crate::attestation::{Predicate, PredicateKind, Statement};
use crate::audit::{Cause, Moment, NamedOperator};
use crate::envelope::StatementDigest;
use crate::identifier::OperatorUri;
use crate::merkle::EntryIndex;
use crate::policy::{Evidence, EvidenceStatus, Standings};
use crate::record::Record;
use crate::reliance::citing::resting;
use crate::reliance::listings::listings;
use crate::reliance::name::{Asked, DocumentName, RelianceError};
use crate::reliance::products::products;
use crate::reliance::report::{Fall, Reliance, RestingRecord, Unseen};
use crate::reliance::verdicts::Verdicts;
use crate::time::{Date, Timestamp};

/// What rests on a document, of all records of a log.
pub fn reliance(evidence: &Evidence, name: &DocumentName) -> Result<Reliance, RelianceError> {
    let asked = name.find(evidence)?;
    let sealed_at = evidence.as_of().seal_time;
    let standings = Standings::of(evidence, sealed_at);
    let own = issuers_own(&asked);
    let status = own.map(|record| standings.status(record));
    let fall = own.and_then(|record| fall(evidence, &standings, record));
    let found = resting(evidence, &asked);
    let all = || asked.records.iter().chain(found.records.values());
    let entries: HashMap<StatementDigest, EntryIndex> =
        all().map(|record| (*record.digest(), record.index())).collect();
    let verdicts = Verdicts::of(evidence, &entries);
    let (listings, open) = listings(evidence, &verdicts, fall.as_ref());
    let no_cites = BTreeSet::new();
    let row = |record: &Arc<Record>| {
        let cites = found.cites.get(&record.index()).unwrap_or(&no_cites);
        row(&standings, record, cites)
    };
    let mut reliance = Reliance {
        document: asked.document.clone(),
        records: asked.records.iter().filter_map(row).collect(),
        status,
        fall,
        resting: found.records.values().filter_map(row).collect(),
        products: products(evidence, all()),
        verdicts: verdicts.resting.into_values().collect(),
        listings,
        operators: Vec::new(),
        unseen: Unseen { listings: open, ..unseen(evidence) },
        tree_size: evidence.as_of().size,
        sealed_at,
    };
    let named = operators(&reliance);
    reliance.operators = NamedOperator::of_all(named.iter(), evidence.registry());
    Ok(reliance)
}

/// The record by which a document stands or falls: what its issuer signed itself, before copies.
fn issuers_own(asked: &Asked) -> Option<&Arc<Record>> {
    let is_own = |record: &&Arc<Record>| {
        let header = record.statement().map(Statement::header);
        header.is_some_and(|header| header.transcription.is_none())
    };
    asked.records.iter().find(is_own).or_else(|| asked.records.first())
}

fn fall(evidence: &Evidence, standings: &Standings<'_>, record: &Record) -> Option<Fall> {
    if let Some(change) = standings.fallen_since(record).and_then(|at| evidence.record(at)) {
        let effective_at = effective(change).map(|of| of.effective_at);
        let time = effective_at.into_iter().fold(change.time(), Timestamp::max);
        return Some(Fall { time, record: Some(Cause::of(change)) });
    }
    let ended = record.statement()?.header().validity?.until.map(Date::end);
    let is_expired = standings.status(record) == EvidenceStatus::Expired;
    ended.filter(|_| is_expired).map(|time| Fall { time, record: None })
}

fn effective(change: &Record) -> Option<&StatusChange> {
    match change.statement()?.predicate() {
        Predicate::StatusChange(change) => Some(change),
        _ => None,
    }
}

fn row(
    standings: &Standings<'_>,
    record: &Record,
    cites: &BTreeSet<EntryIndex>,
) -> Option<RestingRecord> {
    let statement = record.statement()?;
    let header = statement.header();
    let document = header.document.as_ref();
    Some(RestingRecord {
        at: Moment::of(record),
        statement: *record.digest(),
        kind: statement.kind(),
        issuer: header.issuer.operator.clone(),
        copied_by: header.transcription.as_ref().map(|of| of.by.clone()),
        number: document.map(|document| document.number.original().to_owned()),
        version: document.map(|document| document.version.clone()),
        status: standings.status(record),
        cites: cites.iter().copied().collect(),
    })
}

/// Payloads that are not here. An erased one has an order, which says what kind it was of.
fn unseen(evidence: &Evidence) -> Unseen {
    let orders = evidence.of_kind(PredicateKind::ErasureOrder);
    let orders: BTreeMap<StatementDigest, Option<PredicateKind>> = orders
        .filter_map(|record| match record.statement()?.predicate() {
            Predicate::ErasureOrder(of) => {
                Some((of.target, PredicateKind::parse(&of.predicate_type)))
            }
            _ => None,
        })
        .collect();
    let mut unseen = Unseen::default();
    for record in evidence.erased() {
        match orders.get(record.digest()) {
            None => unseen.withheld += 1,
            Some(kind) if kind.is_none_or(may_rest) => unseen.erased += 1,
            Some(_) => {}
        }
    }
    unseen
}

/// Whether records of a kind rest on documents.
fn may_rest(kind: PredicateKind) -> bool {
    let is_conduct =
        matches!(kind, PredicateKind::ConformityVerdict | PredicateKind::ListingRecord);
    kind.has_status() || is_conduct
}

fn operators(reliance: &Reliance) -> BTreeSet<OperatorUri> {
    let records = reliance.records.iter().chain(&reliance.resting);
    let issuers = records.flat_map(|of| of.issuer.operator().into_iter().chain(&of.copied_by));
    let listings = reliance.listings.iter().flat_map(|of| [&of.platform, &of.trader]);
    let cause = reliance.fall.as_ref().and_then(|fall| fall.record.as_ref());
    let changer = cause.and_then(|cause| cause.said.as_ref()?.issuer.operator());
    let issuer = reliance.document.iter().map(|document| &document.issuer);
    issuers.chain(listings).chain(changer).chain(issuer).cloned().collect()
}
