//! Evidence: every record on the subjects that a query calls for, as of one published checkpoint.
//!
//! Formats: `formats.md`, section 6; what is in it: [`crate::policy::closure`].

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::attestation::{DocumentRef, Predicate, PredicateKind, Statement};
use crate::envelope::StatementDigest;
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectUri};
use crate::merkle::{EntryIndex, TreeSize};
use crate::record::Record;
use crate::registry::Registry;
use crate::time::Timestamp;

/// The state of the ledger that a verdict is about: a published checkpoint and its seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The origin of the ledger.
    pub origin: String,
    /// The size of the tree under the checkpoint.
    pub size: TreeSize,
    /// The root of the subject map that the seal commits to.
    pub map_root: Digest,
    /// The time of the seal.
    pub seal_time: Timestamp,
}

/// Whole chains of checked records, and the trust state that follows from them.
///
/// What a query is judged by is made by [`crate::policy::closure::collect`] alone, from a source that
/// gives whole chains of checked records: on a server its own view, offline a verified dossier.
#[derive(Clone, Debug)]
#[must_use = "evidence that nobody looks at is no evidence"]
pub struct Evidence {
    as_of: AsOf,
    chains: BTreeMap<(Class, SubjectUri), Vec<Arc<Record>>>,
    records: BTreeMap<EntryIndex, Arc<Record>>,
    by_statement: BTreeMap<StatementDigest, EntryIndex>,
    /// In the order of the log; those that others can rest on.
    by_document: BTreeMap<DocumentRef, Vec<EntryIndex>>,
    /// By kind, in the order of the log; under no kind those whose payload is gone.
    by_kind: BTreeMap<Option<PredicateKind>, Vec<EntryIndex>>,
    registry: Registry,
}

impl Evidence {
    /// Evidence out of whole chains. The trust records in them are applied in the order of the log.
    pub(super) fn new(
        genesis: &Genesis,
        as_of: AsOf,
        chains: BTreeMap<(Class, SubjectUri), Vec<Arc<Record>>>,
    ) -> Self {
        let all = chains.values().flatten();
        let records = all.map(|record| (record.index(), Arc::clone(record))).collect();
        Self { chains, ..Self::of_records(genesis, as_of, records) }
    }

    /// Evidence out of every record of a log, by place. No chain was looked up for it: it answers no
    /// query.
    pub fn of_log(
        genesis: &Genesis,
        as_of: AsOf,
        records: impl IntoIterator<Item = Arc<Record>>,
    ) -> Self {
        let records = records.into_iter().map(|record| (record.index(), record)).collect();
        Self::of_records(genesis, as_of, records)
    }

    fn of_records(
        genesis: &Genesis,
        as_of: AsOf,
        records: BTreeMap<EntryIndex, Arc<Record>>,
    ) -> Self {
        let by_statement =
            records.values().map(|record| (*record.digest(), record.index())).collect();
        let mut registry = Registry::new(genesis);
        let mut by_kind: BTreeMap<_, Vec<EntryIndex>> = BTreeMap::new();
        let mut by_document: BTreeMap<_, Vec<EntryIndex>> = BTreeMap::new();
        for record in records.values() {
            let kind = record.statement().map(Statement::kind);
            by_kind.entry(kind).or_default().push(record.index());
            let citable = record.statement().filter(|of| can_be_cited(of.predicate()));
            if let Some(document) = citable.and_then(|of| of.header().document_ref()) {
                by_document.entry(document).or_default().push(record.index());
            }
            registry.apply(record);
        }
        let chains = BTreeMap::new();
        Self { as_of, chains, records, by_statement, by_document, by_kind, registry }
    }

    /// The state of the ledger.
    pub const fn as_of(&self) -> &AsOf {
        &self.as_of
    }

    /// Every chain that was looked up, those without a record too, with its records in the order of
    /// the log.
    pub const fn chains(&self) -> &BTreeMap<(Class, SubjectUri), Vec<Arc<Record>>> {
        &self.chains
    }

    /// The records of one chain; none if it is empty or was not looked up.
    pub fn chain(&self, class: Class, subject: &SubjectUri) -> &[Arc<Record>] {
        self.chains.get(&(class, subject.clone())).map_or(&[], Vec::as_slice)
    }

    /// Every record, once, in the order of the log.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = &Arc<Record>> + ExactSizeIterator {
        self.records.values()
    }

    /// The record at a place of the log.
    pub fn record(&self, index: EntryIndex) -> Option<&Arc<Record>> {
        self.records.get(&index)
    }

    /// The record of a statement.
    pub fn by_statement(&self, statement: &StatementDigest) -> Option<&Arc<Record>> {
        self.records.get(self.by_statement.get(statement)?)
    }

    /// Every record of one version of a document, in the order of the log: the issuer's own and
    /// transcriptions.
    pub fn by_document(&self, document: &DocumentRef) -> impl Iterator<Item = &Arc<Record>> {
        let indexes = self.by_document.get(document).map_or(&[][..], Vec::as_slice);
        indexes.iter().filter_map(|index| self.records.get(index))
    }

    /// The records of a kind, in the order of the log.
    pub fn of_kind(&self, kind: PredicateKind) -> impl DoubleEndedIterator<Item = &Arc<Record>> {
        self.indexed(Some(kind))
    }

    /// The records whose payload is gone, in the order of the log.
    pub fn erased(&self) -> impl DoubleEndedIterator<Item = &Arc<Record>> {
        self.indexed(None)
    }

    fn indexed(
        &self,
        kind: Option<PredicateKind>,
    ) -> impl DoubleEndedIterator<Item = &Arc<Record>> {
        let indexes = self.by_kind.get(&kind).map_or(&[][..], Vec::as_slice);
        indexes.iter().filter_map(|index| self.records.get(index))
    }

    /// The trust state, with its history.
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }
}

/// Whether a predicate is a document that others rest on.
const fn can_be_cited(predicate: &Predicate) -> bool {
    !matches!(
        predicate,
        Predicate::Accreditation(_)
            | Predicate::ConcernReport(_)
            | Predicate::ListingRecord(_)
            | Predicate::ConformityVerdict(_)
            | Predicate::SafetyMeasure(_)
    )
}
