//! What admission looks at: the log as published, and before it what follows and is not published: a
//! group that is being made, or what would follow if it were.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::admission::{Admitted, Records, id_scope};
use crate::attestation::{HeaderId, Predicate, PredicateKind, Statement};
use crate::entry::Entry;
use crate::envelope::StatementDigest;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::ledger::packed::Packed;
use crate::ledger::rows::read_chain;
use crate::ledger::shared::Shared;
use crate::ledger::store_error::StoreError;
use crate::map::SubjectMap;
use crate::merkle::{EntryIndex, TreeSize};
use crate::record::Record;
use crate::registry::Registry;
use crate::storage::Table;

/// The records below a size of the log, and those that follow so far.
#[derive(Debug)]
pub(super) struct Ahead {
    shared: Arc<Shared>,
    /// What the log is read below: the store may have more by now.
    size: TreeSize,
    /// The subject map of that size.
    map: SubjectMap,
    registry: Arc<Registry>,
    by_statement: HashMap<StatementDigest, EntryIndex>,
    by_key: HashMap<SubjectKey, Vec<EntryIndex>>,
    by_id: HashMap<Digest, EntryIndex>,
    /// Records that follow, and those that they erase.
    records: BTreeMap<EntryIndex, Arc<Record>>,
    /// Records that follow and are not kept in `records`.
    packed: Packed,
}

/// The key of a statement's row in `Ids`.
pub(super) fn id_of(statement: &Statement) -> Digest {
    let header = statement.header();
    id_key(&id_scope(header), &header.id)
}

/// The key of a row in `Ids`; for the scope, see [`id_scope`].
fn id_key(scope: &str, id: &HeaderId) -> Digest {
    Digest::of_parts(&[scope.as_bytes(), &[0], id.as_str().as_bytes()])
}

/// Whether the registry is made of records of this kind.
pub(super) const fn is_trust(kind: PredicateKind) -> bool {
    matches!(
        kind,
        PredicateKind::OperatorRegistration
            | PredicateKind::RoleGrant
            | PredicateKind::Accreditation
            | PredicateKind::Notification
            | PredicateKind::KeyEvent
            | PredicateKind::RegistrarChange
    )
}

impl Ahead {
    pub(super) fn new(
        shared: Arc<Shared>,
        size: TreeSize,
        map: SubjectMap,
        registry: Arc<Registry>,
    ) -> Self {
        Self {
            shared,
            size,
            map,
            registry,
            by_statement: HashMap::new(),
            by_key: HashMap::new(),
            by_id: HashMap::new(),
            records: BTreeMap::new(),
            packed: Packed::default(),
        }
    }

    /// The log below.
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// How many entries the log has.
    pub(super) const fn size(&self) -> TreeSize {
        self.size
    }

    /// The registry as of the last record that follows.
    pub(super) const fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Takes in what was admitted, under its entry. If it has a record erased, that one is given.
    pub(super) fn take(
        &mut self,
        admitted: &Admitted<'_>,
        entry: &Entry,
    ) -> Result<Option<EntryIndex>, StoreError> {
        let statement = admitted.candidate().statement();
        let target = match statement.predicate() {
            Predicate::ErasureOrder(order) => self.find(&order.target)?,
            _ => None,
        };
        let index = admitted.index();
        let record = admitted
            .record(entry)
            .map_err(|cause| StoreError::malformed("new record", index.get(), cause))?;
        if is_trust(statement.kind()) {
            Arc::make_mut(&mut self.registry).apply(&record);
        }
        self.by_statement.insert(*record.digest(), index);
        self.by_id.insert(id_of(statement), index);
        for key in record.keys() {
            self.by_key.entry(*key).or_default().push(index);
        }
        self.records.insert(index, Arc::new(record));
        if let Some(target) = target {
            let erased = self.record(target)?.without_content();
            self.packed.remove(target);
            self.records.insert(target, Arc::new(erased));
        }
        Ok(target)
    }

    /// Keeps the bytes of a record that follows, and not the record.
    pub(super) fn pack(&mut self, index: EntryIndex, entry: Vec<u8>, envelope: Vec<u8>) {
        // One whose bytes are gone stays what it is.
        if self.records.get(&index).is_some_and(|record| !record.is_erased()) {
            self.records.remove(&index);
            self.packed.put(index, entry, envelope);
        }
    }

    /// How many times a record was read from bytes that are kept.
    pub(super) const fn packed_reads(&self) -> usize {
        self.packed.reads()
    }

    /// Where a statement stands.
    fn find(&self, digest: &StatementDigest) -> Result<Option<EntryIndex>, StoreError> {
        match self.by_statement.get(digest) {
            Some(index) => Ok(Some(*index)),
            None => self.shared.find(digest, self.size),
        }
    }

    /// The records that follow and those that they erase, in the order of the log.
    pub(super) fn into_records(self) -> (Arc<Registry>, Vec<Arc<Record>>) {
        (self.registry, self.records.into_values().collect())
    }

    /// A record, and what it takes in memory; nothing if it is there anyway.
    pub(super) fn weighed(&self, index: EntryIndex) -> Result<(Arc<Record>, usize), StoreError> {
        if let Some(record) = self.records.get(&index) {
            return Ok((Arc::clone(record), 0));
        }
        match self.packed.read(index, &self.registry)? {
            Some((record, weight)) => Ok((Arc::new(record), weight)),
            None => self.shared.records.weighed(index, &self.registry),
        }
    }

    /// How many records a chain has.
    pub(super) fn chain_len(&self, key: &SubjectKey) -> u64 {
        let below = self.map.get(&key.digest()).map_or(0, |row| row.count);
        below.saturating_add(self.by_key.get(key).map_or(0, Vec::len) as u64)
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
        if self.map.get(&key.digest()).is_some() {
            let below = self.size.next_index();
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

impl Records for Ahead {
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
        let id = id_key(scope, id);
        match self.by_id.get(&id) {
            Some(index) => Ok(Some(*index)),
            None => self.shared.index_row(Table::Ids, &id, self.size),
        }
    }
}
