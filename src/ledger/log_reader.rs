//! The log as the store has it: entries, payloads, checkpoints, by their place. Knows nothing of
//! which of them are published: whoever asks keeps below a head that it has read.

use std::ops::Range;
use std::sync::Arc;

use crate::entry::Entry;
use crate::ledger::chunk::{split_entries, split_payloads};
use crate::ledger::store_error::StoreError;
use crate::merkle::{EntryIndex, TILE_WIDTH, TreeSize};
use crate::storage::{Storage, Table, index_key, parse_index_key};

/// Reads the log out of a store. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct LogReader {
    storage: Arc<dyn Storage>,
}

/// One entry and what it commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// The entry's bytes.
    pub(super) entry: Vec<u8>,
    /// The payload; none for a seal, and where it was erased.
    pub(super) payload: Option<Vec<u8>>,
}

impl Stored {
    fn new(entry: &[u8], payload: &[u8]) -> Self {
        let payload = Some(payload.to_vec()).filter(|payload| !payload.is_empty());
        Self { entry: entry.to_vec(), payload }
    }
}

impl LogReader {
    pub(super) fn new(storage: Arc<dyn Storage>) -> Self {
        Self { storage }
    }

    pub(super) fn storage(&self) -> &dyn Storage {
        self.storage.as_ref()
    }

    /// The bytes of an entry.
    pub(super) fn entry(&self, index: EntryIndex) -> Result<Vec<u8>, StoreError> {
        let (first, chunk) = self.chunk(Table::Entries, index)?;
        let entries = split_entries(&chunk)
            .map_err(|cause| StoreError::malformed("chunk of entries", first, cause))?;
        let found = place(first, index).and_then(|place| entries.get(place));
        found.map(|entry| entry.to_vec()).ok_or_else(|| missing("entry", index))
    }

    /// An entry, read.
    pub(super) fn decoded_entry(&self, index: EntryIndex) -> Result<Entry, StoreError> {
        Entry::decode(&self.entry(index)?)
            .map_err(|cause| StoreError::malformed("entry", index.get(), cause))
    }

    /// The bytes of the entries from `index` on that were committed together with the one there.
    pub(super) fn rest_of_entries(&self, index: EntryIndex) -> Result<Vec<Vec<u8>>, StoreError> {
        let (first, chunk) = self.chunk(Table::Entries, index)?;
        let entries = split_entries(&chunk)
            .map_err(|cause| StoreError::malformed("chunk of entries", first, cause))?;
        let rest = place(first, index).and_then(|place| entries.get(place..));
        let rest = rest.filter(|rest| !rest.is_empty()).ok_or_else(|| missing("entry", index))?;
        Ok(rest.iter().map(|entry| entry.to_vec()).collect())
    }

    /// The payload of an entry: none for a seal, and where it was erased.
    pub(super) fn payload(&self, index: EntryIndex) -> Result<Option<Vec<u8>>, StoreError> {
        let (first, chunk) = self.chunk(Table::Payloads, index)?;
        let payloads = split_payloads(&chunk)
            .map_err(|cause| StoreError::malformed("chunk of payloads", first, cause))?;
        let found = place(first, index).and_then(|place| payloads.get(place));
        let found = found.ok_or_else(|| missing("payload", index))?;
        Ok(Some(found.to_vec()).filter(|payload| !payload.is_empty()))
    }

    /// The entries and payloads from `index` on that were committed together with the one there.
    pub(super) fn rest_of_chunk(&self, index: EntryIndex) -> Result<Vec<Stored>, StoreError> {
        let (first, entries) = self.chunk(Table::Entries, index)?;
        let payloads = self.storage.get(Table::Payloads, &index_key(first))?;
        let payloads = payloads.ok_or_else(|| missing("chunk of payloads", first.into()))?;
        let entries = split_entries(&entries)
            .map_err(|cause| StoreError::malformed("chunk of entries", first, cause))?;
        let payloads = split_payloads(&payloads)
            .map_err(|cause| StoreError::malformed("chunk of payloads", first, cause))?;
        let (count, found) = (entries.len() as u64, payloads.len() as u64);
        StoreError::expect_same("number of payloads in a chunk", &count, &found)?;
        let both = entries.into_iter().zip(payloads);
        let before = place(first, index).filter(|before| *before < both.len());
        let before = before.ok_or_else(|| missing("entry", index))?;
        Ok(both.skip(before).map(|(entry, payload)| Stored::new(entry, payload)).collect())
    }

    /// The chunk of payloads that holds the one of `index`: its key, the payloads, the place among
    /// them.
    pub(super) fn payload_chunk(
        &self,
        index: EntryIndex,
    ) -> Result<(u64, Vec<Vec<u8>>, usize), StoreError> {
        let (first, chunk) = self.chunk(Table::Payloads, index)?;
        let payloads = split_payloads(&chunk)
            .map_err(|cause| StoreError::malformed("chunk of payloads", first, cause))?;
        let payloads: Vec<Vec<u8>> = payloads.into_iter().map(<[u8]>::to_vec).collect();
        let place = place(first, index).filter(|place| *place < payloads.len());
        place.map(|place| (first, payloads, place)).ok_or_else(|| missing("payload", index))
    }

    /// The entries and payloads at `range`, which crosses no multiple of 256.
    pub(super) fn stored(&self, range: Range<u64>) -> Result<Vec<Stored>, StoreError> {
        let entries = self.items(Table::Entries, range.clone(), split_entries)?;
        let payloads = self.items(Table::Payloads, range, split_payloads)?;
        let both = entries.into_iter().zip(payloads);
        Ok(both
            .map(|(entry, payload)| Stored {
                entry,
                payload: Some(payload).filter(|payload| !payload.is_empty()),
            })
            .collect())
    }

    /// The bytes of the entries at `range`, which crosses no multiple of 256.
    pub(super) fn entries(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, StoreError> {
        self.items(Table::Entries, range, split_entries)
    }

    /// The signed note of the checkpoint published at `size`.
    pub(super) fn checkpoint(&self, size: TreeSize) -> Result<Option<String>, StoreError> {
        let note = self.storage.get(Table::Checkpoints, &index_key(size.get()))?;
        note.map(|note| read_note(size.get(), note)).transpose()
    }

    /// The note of the checkpoint published at `size` with the cosignatures of a quorum.
    pub(super) fn cosigned(&self, size: TreeSize) -> Result<Option<String>, StoreError> {
        let note = self.storage.get(Table::Cosigned, &index_key(size.get()))?;
        note.map(|note| read_note(size.get(), note)).transpose()
    }

    /// The greatest size not above `size` whose checkpoint a quorum has cosigned.
    pub(super) fn cosigned_size(&self, size: TreeSize) -> Result<Option<TreeSize>, StoreError> {
        let found = self.storage.last_at_or_before(Table::Cosigned, &index_key(size.get()))?;
        found.map(|(key, _)| read_index("cosigned checkpoint", &key).map(TreeSize::new)).transpose()
    }

    /// The greatest size not above `size` at which a checkpoint was published.
    pub(super) fn published_size(&self, size: TreeSize) -> Result<Option<TreeSize>, StoreError> {
        let found = self.storage.last_at_or_before(Table::Checkpoints, &index_key(size.get()))?;
        found.map(|(key, _)| read_index("checkpoint", &key).map(TreeSize::new)).transpose()
    }

    /// Sizes at which checkpoints were published, from `from` on and not above `last`; at most
    /// `limit` of them, ascending.
    pub(super) fn published_sizes(
        &self,
        from: TreeSize,
        last: TreeSize,
        limit: usize,
    ) -> Result<Vec<TreeSize>, StoreError> {
        let until = last.get().checked_add(1).map(index_key);
        let until = until.as_ref().map(<[u8; 8]>::as_slice);
        let found = self.storage.scan(Table::Checkpoints, &index_key(from.get()), until, limit)?;
        found.iter().map(|(key, _)| read_index("checkpoint", key).map(TreeSize::new)).collect()
    }

    fn chunk(&self, table: Table, index: EntryIndex) -> Result<(u64, Vec<u8>), StoreError> {
        let found = self.storage.last_at_or_before(table, &index_key(index.get()))?;
        let (key, chunk) = found.ok_or_else(|| missing("chunk with entry", index))?;
        Ok((read_index("chunk", &key)?, chunk))
    }

    fn items(
        &self,
        table: Table,
        range: Range<u64>,
        split: impl Fn(&[u8]) -> Result<Vec<&[u8]>, crate::encoding::EncodingError>,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let tile_start = range.start - range.start % u64::from(TILE_WIDTH);
        let until = index_key(range.end);
        // A chunk holds one entry at least, so a tile has no more chunks than entries.
        let limit = usize::from(TILE_WIDTH);
        let found = self.storage.scan(table, &index_key(tile_start), Some(&until), limit)?;
        let mut next = tile_start;
        let mut items = Vec::new();
        for (key, chunk) in found {
            let first = read_index("chunk", &key)?;
            StoreError::expect_same("first entry of a chunk", &next, &first)?;
            let parts =
                split(&chunk).map_err(|cause| StoreError::malformed("chunk", first, cause))?;
            for part in parts {
                if range.contains(&next) {
                    items.push(part.to_vec());
                }
                next += 1;
            }
        }
        if next < range.end {
            return Err(StoreError::Missing { what: "entry or payload", index: next });
        }
        Ok(items)
    }
}

fn place(first: u64, index: EntryIndex) -> Option<usize> {
    usize::try_from(index.get().checked_sub(first)?).ok()
}

fn missing(what: &'static str, index: EntryIndex) -> StoreError {
    StoreError::Missing { what, index: index.get() }
}

fn read_index(what: &'static str, key: &[u8]) -> Result<u64, StoreError> {
    parse_index_key(key).map_err(|cause| StoreError::malformed(what, 0, cause))
}

fn read_note(size: u64, note: Vec<u8>) -> Result<String, StoreError> {
    String::from_utf8(note).map_err(|cause| StoreError::malformed("checkpoint", size, cause))
}
