//! Writing the rows of a log into an empty store, group by group, as the ledger wrote them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::attestation::Statement;
use crate::entry::{Body, Entry};
use crate::envelope::Envelope;
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::ledger::group::{Filed, Group};
use crate::ledger::log_reader::LogReader;
use crate::ledger::restore::error::RestoreError;
use crate::ledger::restore::notes::Notes;
use crate::ledger::tip::Tip;
use crate::merkle::EntryIndex;
use crate::storage::{Batch, Epoch, Head, Storage, Table, index_key};

/// Entries, and bytes of payloads, that are written in one commit, about.
const COMMIT_ENTRIES_MAX: usize = 2048;
const COMMIT_BYTES_MAX: usize = 4 << 20;

/// A store that is filled.
pub(super) struct Rebuild<'a> {
    genesis: &'a Genesis,
    storage: Arc<dyn Storage>,
    log: LogReader,
    epoch: Epoch,
    pub(super) notes: Notes<'a>,
    ids: BTreeMap<u64, Digest>,
    /// The same ids: no other record has one of them.
    erased_ids: BTreeSet<Digest>,
    pub(super) tip: Tip,
    head: Option<Head>,
    /// What stands behind the last seal.
    open: Vec<(EntryIndex, Entry, Option<Vec<u8>>)>,
    batch: Batch,
    entries: usize,
    bytes: usize,
    /// Ids of erased records that no copy has.
    pub(super) ids_missing: u64,
}

impl<'a> Rebuild<'a> {
    pub(super) fn begin(
        genesis: &'a Genesis,
        storage: Arc<dyn Storage>,
        notes: Notes<'a>,
        ids: BTreeMap<u64, Digest>,
    ) -> Result<Self, RestoreError> {
        let (epoch, head) = storage.claim()?;
        if head.is_some() {
            return Err(RestoreError::NotEmpty);
        }
        let log = LogReader::new(Arc::clone(&storage));
        Ok(Self {
            genesis,
            storage,
            log,
            epoch,
            notes,
            erased_ids: ids.values().copied().collect(),
            ids,
            tip: Tip::default(),
            head: None,
            open: Vec::new(),
            batch: Batch::default(),
            entries: 0,
            bytes: 0,
            ids_missing: 0,
        })
    }

    /// The next entry. With a seal, the group is written, sooner or later.
    pub(super) fn push(
        &mut self,
        index: EntryIndex,
        bytes: &[u8],
        payload: Option<Vec<u8>>,
    ) -> Result<(), RestoreError> {
        let entry = Entry::decode(bytes).map_err(|cause| RestoreError::Entry { index, cause })?;
        // What was audited may have been changed since.
        if payload.as_deref().is_some_and(|bytes| !entry.commits_to(bytes)) {
            return Err(RestoreError::Differs { index });
        }
        let is_seal = matches!(entry.body(), Body::Seal { .. });
        self.entries += 1;
        self.bytes += payload.as_ref().map_or(0, Vec::len);
        self.open.push((index, entry, payload));
        if is_seal { self.seal() } else { Ok(()) }
    }

    /// Writes what is left, with the log's newest checkpoint. This is the commit point: until here
    /// no ledger opens the store.
    pub(super) fn finish(&mut self, newest: &str) -> Result<Head, RestoreError> {
        let size = index_key(self.tip.size().get());
        self.batch.insert(Table::Checkpoints, size, newest);
        self.commit(newest)
    }

    /// Makes the group again that ends with the last entry.
    fn seal(&mut self) -> Result<(), RestoreError> {
        let group = std::mem::take(&mut self.open);
        let Some((index, expected, _)) = group.last() else { return Ok(()) };
        let (index, expected, time) = (*index, expected.leaf_hash(), expected.time());
        if time < self.tip.time {
            return Err(RestoreError::Differs { index });
        }
        let tip = self.tip.clone();
        let mut made = Group::begin(self.genesis, self.notes.keys.newest(), &tip, time);
        let attestations = group.len() - 1;
        for (index, entry, payload) in group.into_iter().take(attestations) {
            match entry.body() {
                Body::Genesis { .. } => {
                    made.push_genesis().map_err(|cause| RestoreError::Entry { index, cause })?;
                }
                Body::Attestation { .. } => {
                    let filed = self.filed(index, payload.as_deref())?;
                    made.push_filed(&entry, payload, &filed);
                }
                Body::Seal { .. } => return Err(RestoreError::Differs { index }),
            }
        }
        let made = made.seal_again(&self.log);
        let (tip, batch) = made.map_err(|_cause| RestoreError::Differs { index })?;
        if tip.leaf_hash != expected {
            return Err(RestoreError::Differs { index });
        }
        self.tip = tip;
        self.batch.append(batch);
        Ok(())
    }

    /// Writes the notes of the checkpoint behind the last seal, which is not the newest, and all
    /// rows so far if they are many.
    pub(super) fn publish(&mut self) -> Result<(), RestoreError> {
        let (size, root) = (self.tip.size(), self.tip.tiles.root());
        if let Some(note) = self.notes.checkpoint(size, root)? {
            self.batch.insert(Table::Checkpoints, index_key(size.get()), note);
        }
        self.keep_beside()?;
        if self.entries >= COMMIT_ENTRIES_MAX || self.bytes >= COMMIT_BYTES_MAX {
            // Without a checkpoint, it is the head of no ledger.
            self.commit("")?;
        }
        Ok(())
    }

    /// What else is kept of the checkpoint behind the last seal.
    pub(super) fn keep_beside(&mut self) -> Result<(), RestoreError> {
        let (size, root) = (self.tip.size(), self.tip.tiles.root());
        if let Some(note) = self.notes.cosigned(size, root)? {
            self.batch.insert(Table::Cosigned, index_key(size.get()), note);
        }
        for handover in self.notes.keys.handovers().iter().filter(|it| it.size() == size) {
            let number = u64::try_from(handover.number()).unwrap_or(u64::MAX);
            self.batch.insert(Table::Handovers, index_key(number), handover.bytes());
        }
        Ok(())
    }

    /// Under what an attestation is found.
    fn filed(&mut self, index: EntryIndex, payload: Option<&[u8]>) -> Result<Filed, RestoreError> {
        let kept = self.ids.get(&index.get()).copied();
        let Some(payload) = payload else {
            self.ids_missing += u64::from(kept.is_none());
            // The registry is made of nothing that can be erased.
            return Ok(Filed { id: kept, is_trust: false });
        };
        let envelope = Envelope::decode(payload).ok();
        let statement = envelope.and_then(|of| Statement::parse(of.payload()).ok());
        let filed = Filed::of(&statement.ok_or(RestoreError::Differs { index })?);
        let is_of_erased = filed.id.is_some_and(|id| self.erased_ids.contains(&id));
        if kept.is_none() && is_of_erased || kept.is_some() && kept != filed.id {
            return Err(RestoreError::Row { what: "id", index: index.get() });
        }
        Ok(filed)
    }

    fn commit(&mut self, checkpoint: &str) -> Result<Head, RestoreError> {
        let head = Head {
            sequence: Head::next_sequence(self.head.as_ref()),
            size: self.tip.size().get(),
            root: self.tip.tiles.root(),
            map_root: self.tip.map.root(),
            checkpoint: checkpoint.to_owned(),
        };
        let batch = std::mem::take(&mut self.batch);
        self.storage.commit(self.epoch, self.head.as_ref(), &head, &batch)?;
        (self.entries, self.bytes) = (0, 0);
        self.head = Some(head.clone());
        Ok(head)
    }
}
