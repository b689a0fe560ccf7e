//! A group: the entries of one commit, from the first attestation to the seal and the signed
//! checkpoint. Computed from the tip and nothing else; whoever commits it decides that it counts.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::Admitted;
use crate::attestation::Statement;
use crate::entry::{Body, Entry, EntryBundle, EntryError, Payload, PayloadBundle};
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::key::{SignError, Signer};
use crate::ledger::ahead::{id_of, is_trust};
use crate::ledger::chunk::chunks;
use crate::ledger::log_reader::{LogReader, Stored};
use crate::ledger::store_error::StoreError;
use crate::ledger::tip::Tip;
use crate::ledger::weight::weight;
use crate::map::{ChainHead, MapKey, Row};
use crate::merkle::{EntryIndex, Tile, leaf_hash};
use crate::note::{Checkpoint, CheckpointError, VerifiedCheckpoint, VerifierKey};
use crate::storage::{Batch, Head, IndexRow, MapRow, Table, index_key, row_key, tile_key};
use crate::time::Timestamp;

/// Entries that follow a tip and are not committed yet.
#[derive(Debug)]
pub(super) struct Group<'a> {
    genesis: &'a Genesis,
    log_key: &'a VerifierKey,
    tip: &'a Tip,
    time: Timestamp,
    next: Tip,
    items: Vec<Stored>,
    chains: BTreeMap<MapKey, ChainHead>,
    erased: BTreeSet<EntryIndex>,
    tiles: Vec<Tile>,
    batch: Batch,
}

/// Under what an attestation is found, beside its statement digest and its keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filed {
    /// The key of its row in `Ids`; none where its payload was erased, and nobody knows it any more.
    pub(super) id: Option<Digest>,
    /// Whether the registry is made of it.
    pub(super) is_trust: bool,
}

impl Filed {
    pub(super) fn of(statement: &Statement) -> Self {
        Self { id: Some(id_of(statement)), is_trust: is_trust(statement.kind()) }
    }
}

/// A group with its seal and its checkpoint, ready to be committed.
#[derive(Debug)]
pub(super) struct SealedGroup {
    /// The state once it is committed.
    pub(super) tip: Tip,
    /// The head once it is committed.
    pub(super) head: Head,
    /// What the commit writes.
    pub(super) batch: Batch,
    /// The checkpoint that the head has.
    pub(super) checkpoint: VerifiedCheckpoint,
    /// The bytes of the seal.
    pub(super) seal: Vec<u8>,
    /// The attestations, in order, with what their payloads weigh in memory.
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) weights: Vec<usize>,
    /// The tiles that it completes.
    pub(super) tiles: Vec<Tile>,
}

/// Why a group can't be sealed. Nothing of it was written, and nothing signed left this process.
#[derive(Debug, thiserror::Error)]
pub(super) enum SealError {
    #[error("signer did not sign")]
    Sign(#[from] SignError),
    #[error("what the signer made is no checkpoint of this log")]
    Checkpoint(#[from] CheckpointError),
    #[error("seal is no entry")]
    Entry(#[from] EntryError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<'a> Group<'a> {
    /// An empty group behind `tip`, all of whose entries have this time; its checkpoint is one of
    /// this log key.
    pub(super) fn begin(
        genesis: &'a Genesis,
        log_key: &'a VerifierKey,
        tip: &'a Tip,
        time: Timestamp,
    ) -> Self {
        assert!(time >= tip.time, "ledger time {time} after {}", tip.time);
        Self {
            genesis,
            log_key,
            tip,
            time,
            next: tip.clone(),
            items: Vec::new(),
            chains: BTreeMap::new(),
            erased: BTreeSet::new(),
            tiles: Vec::new(),
            batch: Batch::default(),
        }
    }

    /// Where the next entry goes.
    pub(super) const fn next_index(&self) -> EntryIndex {
        self.next.size().next_index()
    }

    /// The key that signs its checkpoint.
    pub(super) const fn log_key(&self) -> &VerifierKey {
        self.log_key
    }

    /// The time of its entries.
    pub(super) const fn time(&self) -> Timestamp {
        self.time
    }

    /// How many entries it has.
    pub(super) const fn len(&self) -> usize {
        self.items.len()
    }

    /// Entry 0, in a group behind the empty tip.
    pub(super) fn push_genesis(&mut self) -> Result<(), EntryError> {
        let origin = self.genesis.origin().clone();
        let body = Body::Genesis { origin, digest: *self.genesis.digest() };
        self.push(body, Some(self.genesis.bytes().to_vec())).map(|_entry| ())
    }

    /// Appends an attestation that was admitted to just this place.
    pub(super) fn push_attestation(
        &mut self,
        admitted: &Admitted<'_>,
    ) -> Result<Entry, EntryError> {
        let index = self.next_index();
        assert_eq!(admitted.index(), index, "the place that an attestation was admitted to");
        let envelope = admitted.candidate().envelope();
        let entry = admitted.entry(self.next.leaf_hash)?;
        let filed = Filed::of(admitted.candidate().statement());
        self.push_filed(&entry, Some(envelope.envelope().encode()), &filed);
        Ok(entry)
    }

    /// Appends an attestation under its entry, with its row in every table.
    pub(super) fn push_filed(&mut self, entry: &Entry, payload: Option<Vec<u8>>, filed: &Filed) {
        let index = self.next_index();
        self.append(entry, payload);
        let row = IndexRow { index: index.get() }.encode();
        if let Body::Attestation { statement, keys, .. } = entry.body() {
            for key in keys {
                self.extend_chain(key, index);
            }
            self.batch.insert(Table::Statements, *statement.digest().as_bytes(), row.clone());
        }
        if let Some(id) = filed.id {
            self.batch.insert(Table::Ids, *id.as_bytes(), row);
        }
        if filed.is_trust {
            self.batch.insert(Table::Trust, index_key(index.get()), []);
        }
    }

    /// Removes the payload of an attestation, in the log or in this group.
    pub(super) fn erase(&mut self, index: EntryIndex) {
        self.erased.insert(index);
    }

    /// Seals the group and signs its checkpoint; where the log is handed over, by the next key too.
    pub(super) fn seal(
        mut self,
        log: &LogReader,
        signer: &dyn Signer,
        next: Option<&dyn Signer>,
    ) -> Result<SealedGroup, SealError> {
        let map_root = self.push_seal(log)?;
        let (size, root) = (self.next.size(), self.next.tiles.root());
        let checkpoint = Checkpoint::new(self.genesis.origin().clone(), size, root)?;
        // This tree begins with the one of the head, for it was grown out of it; the signature does
        // not leave this process before the commit has made sure that no other tree did the same.
        let mut note = checkpoint.sign(signer)?;
        if let Some(next) = next {
            note = note.countersign(self.genesis.origin(), next)?;
        }
        let checkpoint = VerifiedCheckpoint::of_note(note, self.log_key)?;
        let note = checkpoint.note().to_string();
        self.batch.insert(Table::Checkpoints, index_key(size.get()), note.as_bytes());
        let sequence = Head::next_sequence(self.tip.head.as_ref());
        let head = Head { sequence, size: size.get(), root, map_root, checkpoint: note };
        self.next.head = Some(head.clone());
        let weight = |item: &Stored| item.payload.as_deref().map_or(0, weight);
        let weights = self.items.iter().map(weight).collect();
        let mut entries: Vec<Vec<u8>> = self.items.into_iter().map(|item| item.entry).collect();
        let seal = entries.pop().unwrap_or_default();
        Ok(SealedGroup {
            tip: self.next,
            head,
            batch: self.batch,
            checkpoint,
            seal,
            entries,
            weights,
            tiles: self.tiles,
        })
    }

    /// Seals a group of a log that is there already: the state behind it, and its rows without a
    /// checkpoint. Whether the log has just this seal is for the caller to compare.
    pub(super) fn seal_again(mut self, log: &LogReader) -> Result<(Tip, Batch), SealError> {
        self.push_seal(log)?;
        Ok((self.next, self.batch))
    }

    /// Appends the seal; gives the map root that it commits to.
    fn push_seal(&mut self, log: &LogReader) -> Result<Digest, SealError> {
        let rows: BTreeMap<MapKey, Row> =
            self.chains.iter().filter_map(|(key, chain)| Some((*key, chain.row()?))).collect();
        self.next.map.update(&rows);
        let map_root = self.next.map.root();
        let subjects = self.next.map.len();
        self.next.seal = self.next_index();
        self.push(Body::Seal { map_root, subjects, previous_seal: self.tip.seal }, None)?;
        self.write_chunks(log)?;
        Ok(map_root)
    }

    fn push(&mut self, body: Body, payload: Option<Vec<u8>>) -> Result<Entry, EntryError> {
        let entry = Entry::new(self.time, self.next.leaf_hash, body)?;
        self.append(&entry, payload);
        Ok(entry)
    }

    fn append(&mut self, entry: &Entry, payload: Option<Vec<u8>>) {
        let bytes = entry.encode();
        let leaf = leaf_hash(&bytes);
        for tile in self.next.tiles.append(leaf) {
            let key = tile_key(tile.id().kind().level(), tile.id().index());
            self.batch.insert(Table::Tiles, key, tile.to_bytes());
            self.tiles.push(tile);
        }
        self.next.leaf_hash = leaf;
        self.next.time = self.time;
        self.items.push(Stored { entry: bytes, payload });
    }

    fn extend_chain(&mut self, key: &MapKey, index: EntryIndex) {
        let tip = self.tip;
        let chain = self.chains.entry(*key).or_insert_with(|| match tip.map.get(key) {
            Some(row) => ChainHead::resume(&row),
            None => ChainHead::start(self.genesis.origin().as_str(), key),
        });
        chain.push(index, &self.next.leaf_hash);
        if let Some(Row { count, head }) = chain.row() {
            let link = MapRow { index: index.get(), head };
            self.batch.insert(Table::Rows, row_key(key, count), link.encode());
        }
    }

    fn write_chunks(&mut self, log: &LogReader) -> Result<(), StoreError> {
        let start = self.tip.size().get();
        let mut rewritten: BTreeMap<u64, Vec<Vec<u8>>> = BTreeMap::new();
        for index in &self.erased {
            let in_group = index.get().checked_sub(start).and_then(|at| usize::try_from(at).ok());
            if let Some(item) = in_group.and_then(|at| self.items.get_mut(at)) {
                item.payload = None;
                continue;
            }
            let (first, payloads, place) = log.payload_chunk(*index)?;
            let chunk = rewritten.entry(first).or_insert(payloads);
            if let Some(payload) = chunk.get_mut(place) {
                payload.clear();
            }
        }
        for (first, payloads) in rewritten {
            let bytes = PayloadBundle::encode(payloads.iter().map(|bytes| payload_of(bytes)));
            self.batch.replace(Table::Payloads, index_key(first), bytes);
        }
        for (first, chunk) in chunks(start, &self.items) {
            let entries = EntryBundle::encode(chunk.iter().map(|item| item.entry.as_slice()));
            let payloads =
                chunk.iter().map(|item| payload_of(item.payload.as_deref().unwrap_or_default()));
            self.batch.insert(Table::Entries, index_key(first), entries);
            self.batch.insert(Table::Payloads, index_key(first), PayloadBundle::encode(payloads));
        }
        Ok(())
    }
}

fn payload_of(bytes: &[u8]) -> Payload<'_> {
    if bytes.is_empty() { Payload::Absent } else { Payload::Bytes(bytes) }
}
