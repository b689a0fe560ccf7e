//! Records out of the store, the last used ones kept in memory.

use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use crate::entry::{Body, Entry};
use crate::envelope::{Envelope, EnvelopeError};
use crate::key::{KeyId, Signature};
use crate::ledger::log_reader::LogReader;
use crate::ledger::own_keys::own_keys;
use crate::ledger::store_error::StoreError;
use crate::ledger::weight::weight;
use crate::merkle::EntryIndex;
use crate::record::Record;
use crate::registry::Registry;

/// Memory for records, in bytes, as [`weight`] estimates it: that is at most. Ordinary records, of
/// which this holds some twenty thousand, take less than they weigh.
const CACHE_BYTES_MAX: usize = 384 << 20;

/// What a record takes in memory besides what its envelope weighs.
const RECORD_BYTES: usize = 1024;

/// Records by their place. Erasure replaces one; nothing else changes it.
#[derive(Debug)]
pub(super) struct RecordCache {
    log: LogReader,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    records: LruCache<EntryIndex, (Arc<Record>, usize)>,
    bytes: usize,
    /// How many records were erased: one that was read before may be of a payload that is gone.
    erased: u64,
}

impl RecordCache {
    pub(super) fn new(log: LogReader) -> Self {
        let kept = Kept { records: LruCache::unbounded(), bytes: 0, erased: 0 };
        Self { log, kept: Mutex::new(kept) }
    }

    /// The record of the attestation at `index`. Its signatures are verified when it is read, under
    /// the keys that `registry` has ever known.
    pub(super) fn record(
        &self,
        index: EntryIndex,
        registry: &Registry,
    ) -> Result<Arc<Record>, StoreError> {
        self.weighed(index, registry).map(|(record, _weight)| record)
    }

    /// The same, with what it takes in memory, in bytes, at most.
    pub(super) fn weighed(
        &self,
        index: EntryIndex,
        registry: &Registry,
    ) -> Result<(Arc<Record>, usize), StoreError> {
        let erased = {
            let mut kept = self.lock();
            if let Some((record, weight)) = kept.records.get(&index) {
                return Ok((Arc::clone(record), *weight));
            }
            kept.erased
        };
        let (record, weight) = read(&self.log, index, registry)?;
        let (record, weight) = (Arc::new(record), weight.saturating_add(RECORD_BYTES));
        let mut kept = self.lock();
        if kept.erased == erased {
            kept.put(Arc::clone(&record), weight);
        }
        Ok((record, weight))
    }

    /// Keeps a record that is committed, in place of one that may be there; its envelope weighs this
    /// much.
    pub(super) fn replace(&self, record: Arc<Record>, weight: usize) {
        let mut kept = self.lock();
        kept.erased += u64::from(record.is_erased());
        kept.put(record, weight.saturating_add(RECORD_BYTES));
    }

    /// Forgets all records.
    pub(super) fn clear(&self) {
        let mut kept = self.lock();
        kept.records.clear();
        kept.bytes = 0;
        kept.erased += 1;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn put(&mut self, record: Arc<Record>, weight: usize) {
        self.bytes = self.bytes.saturating_add(weight);
        if let Some((_, before)) = self.records.put(record.index(), (record, weight)) {
            self.bytes = self.bytes.saturating_sub(before);
        }
        while self.bytes > CACHE_BYTES_MAX {
            let Some((_, (_, weight))) = self.records.pop_lru() else { break };
            self.bytes = self.bytes.saturating_sub(weight);
        }
    }
}

/// Reads a record and what its envelope weighs.
fn read(
    log: &LogReader,
    index: EntryIndex,
    registry: &Registry,
) -> Result<(Record, usize), StoreError> {
    let entry = log.decoded_entry(index)?;
    if !matches!(entry.body(), Body::Attestation { .. }) {
        return Err(StoreError::Missing { what: "attestation at entry", index: index.get() });
    }
    let Some(payload) = log.payload(index)? else {
        let record = Record::erased(index, &entry)
            .map_err(|cause| StoreError::malformed("entry", index.get(), cause))?;
        return Ok((record, 0));
    };
    parse(index, &entry, &payload, registry)
}

/// The record of an entry and its envelope record, and what that weighs.
pub(super) fn parse(
    index: EntryIndex,
    entry: &Entry,
    payload: &[u8],
    registry: &Registry,
) -> Result<(Record, usize), StoreError> {
    let malformed = |cause: EnvelopeError| StoreError::malformed("payload", index.get(), cause);
    let envelope = Envelope::decode(payload).map_err(malformed)?;
    let is_known = |(key, _): &(KeyId, Signature)| registry.public_key(key).is_some();
    let own = if envelope.signatures().iter().all(is_known) {
        Vec::new()
    } else {
        own_keys(envelope.payload())
    };
    let own_key = |key: &KeyId| own.iter().find(|(id, _)| id == key).map(|(_, public)| *public);
    let envelope = envelope
        .verify(|key| registry.public_key(key).or_else(|| own_key(key)))
        .map_err(malformed)?;
    let record = Record::check(index, entry, &envelope)
        .map_err(|cause| StoreError::malformed("record", index.get(), cause))?;
    Ok((record, weight(payload)))
}
