//! Records kept as bytes: a tenth of what they take when they are read.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::entry::Entry;
use crate::ledger::records::parse;
use crate::ledger::store_error::StoreError;
use crate::merkle::EntryIndex;
use crate::record::Record;
use crate::registry::Registry;

/// Records by their place.
#[derive(Debug, Default)]
pub(super) struct Packed {
    records: BTreeMap<EntryIndex, Bytes>,
    /// How many times one was read: each takes far longer than one that is there.
    reads: Cell<usize>,
}

#[derive(Debug)]
struct Bytes {
    entry: Vec<u8>,
    envelope: Vec<u8>,
}

impl Packed {
    /// Keeps the bytes of an entry, and the envelope record that it commits to.
    pub(super) fn put(&mut self, index: EntryIndex, entry: Vec<u8>, envelope: Vec<u8>) {
        self.records.insert(index, Bytes { entry, envelope });
    }

    /// Forgets a record.
    pub(super) fn remove(&mut self, index: EntryIndex) {
        self.records.remove(&index);
    }

    /// How many times one was read.
    pub(super) const fn reads(&self) -> usize {
        self.reads.get()
    }

    /// A record that is kept, read as it would be out of a store; and what it takes in memory.
    pub(super) fn read(
        &self,
        index: EntryIndex,
        registry: &Registry,
    ) -> Result<Option<(Record, usize)>, StoreError> {
        let Some(Bytes { entry, envelope }) = self.records.get(&index) else { return Ok(None) };
        self.reads.set(self.reads.get().saturating_add(1));
        let entry = Entry::decode(entry)
            .map_err(|cause| StoreError::malformed("entry", index.get(), cause))?;
        parse(index, &entry, envelope, registry).map(Some)
    }
}
