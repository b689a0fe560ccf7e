//! What admission looks at: the log as published, and before it the group that is being made.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::admission::Records;
use crate::attestation::HeaderId;
use crate::entry::Entry;
use crate::envelope::StatementDigest;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::ledger::rows::read_chain;
use crate::ledger::shared::Shared;
use crate::ledger::store_error::StoreError;
use crate::ledger::tip::Tip;
use crate::merkle::{EntryIndex, TreeSize};
use crate::record::Record;
use crate::registry::Registry;
use crate::storage::Table;

/// The records behind the tip and those of the group so far.
#[derive(Debug)]
pub(super) struct Ahead<'a> {
    shared: &'a Shared,
    tip: &'a Tip,
    registry: Arc<Registry>,
    by_statement: HashMap<StatementDigest, Arc<Record>>,
    by_key: HashMap<SubjectKey, Vec<EntryIndex>>,
    by_id: HashMap<Digest, EntryIndex>,
    /// Records of this group, and those that it erases.
    records: BTreeMap<EntryIndex, Arc<Record>>,
}

/// The key of the row in `Ids`; for the scope, see [`crate::admission::id_scope`].
pub(super) fn id_key(scope: &str, id: &HeaderId) -> Digest {
    Digest::of_parts(&[scope.as_bytes(), &[0], id.as_str().as_bytes()])
}

impl<'a> Ahead<'a> {
    pub(super) fn new(shared: &'a Shared, tip: &'a Tip, registry: Arc<Registry>) -> Self {
        Self {
            shared,
            tip,
            registry,
            by_statement: HashMap::new(),
            by_key: HashMap::new(),
            by_id: HashMap::new(),
            records: BTreeMap::new(),
        }
    }

    /// The log behind the group.
    pub(super) const fn shared(&self) -> &'a Shared {
        self.shared
    }

    /// How many entries there are behind the group.
    pub(super) const fn size(&self) -> TreeSize {
        self.tip.size()
    }

    /// The registry as of the last record of the group.
    pub(super) const fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Adds the record that the group has taken.
    pub(super) fn push(&mut self, record: Record, id: Digest, is_trust: bool) {
        if is_trust {
            Arc::make_mut(&mut self.registry).apply(&record);
        }
        let (index, record) = (record.index(), Arc::new(record));
        self.by_statement.insert(*record.digest(), Arc::clone(&record));
        self.by_id.insert(id, index);
        for key in record.keys() {
            self.by_key.entry(*key).or_default().push(index);
        }
        self.records.insert(index, record);
    }

    /// Puts a record whose payload is gone in the place of what it was.
    pub(super) fn erase(&mut self, index: EntryIndex, entry: &Entry) -> Result<(), StoreError> {
        let erased = Record::erased(index, entry)
            .map_err(|cause| StoreError::malformed("entry", index.get(), cause))?;
        let erased = Arc::new(erased);
        self.by_statement.insert(*erased.digest(), Arc::clone(&erased));
        self.records.insert(index, erased);
        Ok(())
    }

    /// An entry behind the tip.
    pub(super) fn stored_entry(&self, index: EntryIndex) -> Result<Entry, StoreError> {
        self.shared.log.decoded_entry(index)
    }

    /// Where a statement stands.
    pub(super) fn find(&self, digest: &StatementDigest) -> Result<Option<EntryIndex>, StoreError> {
        if let Some(record) = self.by_statement.get(digest) {
            return Ok(Some(record.index()));
        }
        self.shared.find(digest)
    }

    /// Who has an id.
    pub(super) fn find_id(&self, id: &Digest) -> Result<Option<EntryIndex>, StoreError> {
        match self.by_id.get(id) {
            Some(index) => Ok(Some(*index)),
            None => self.shared.index_row(Table::Ids, id),
        }
    }

    /// The records of the group and those that it erases, in the order of the log.
    pub(super) fn into_records(self) -> (Arc<Registry>, Vec<Arc<Record>>) {
        (self.registry, self.records.into_values().collect())
    }

    /// A record, and what it takes in memory; nothing if it is one of the group, which is there
    /// anyway.
    pub(super) fn weighed(&self, index: EntryIndex) -> Result<(Arc<Record>, usize), StoreError> {
        match self.records.get(&index) {
            Some(record) => Ok((Arc::clone(record), 0)),
            None => self.shared.records.weighed(index, &self.registry),
        }
    }

    /// Where the records of a chain stand, in the order of the log.
    pub(super) fn history(
        &self,
        class: Class,
        subject: &SubjectUri,
    ) -> Result<Vec<EntryIndex>, StoreError> {
        let key = SubjectKey::of(class, subject);
        let mut indexes = Vec::new();
        // Most keys that are asked for are new ones, of which the map knows without a read.
        if self.tip.map.get(&key.digest()).is_some() {
            let below = self.tip.size().next_index();
            let found =
                read_chain(self.shared.log.storage(), &key.digest(), below, usize::MAX - 1)?;
            indexes = found.unwrap_or_default();
        }
        indexes.extend(self.by_key.get(&key).into_iter().flatten());
        Ok(indexes)
    }

    fn record(&self, index: EntryIndex) -> Result<Arc<Record>, StoreError> {
        self.weighed(index).map(|(record, _weight)| record)
    }
}

impl Records for Ahead<'_> {
    type Error = StoreError;

    fn by_statement(&self, digest: &StatementDigest) -> Result<Option<Arc<Record>>, StoreError> {
        match self.find(digest)? {
            Some(index) => self.record(index).map(Some),
            None => Ok(None),
        }
    }

    fn chain(&self, class: Class, subject: &SubjectUri) -> Result<Vec<Arc<Record>>, StoreError> {
        self.history(class, subject)?.into_iter().map(|index| self.record(index)).collect()
    }

    fn id_holder(&self, scope: &str, id: &HeaderId) -> Result<Option<EntryIndex>, StoreError> {
        self.find_id(&id_key(scope, id))
    }
}
