//! A log on paper: entries, seals, tiles and files as the formats have them, put together without a
//! ledger and without admission, so that a test can also write what no ledger would.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use probant::audit::{LogSource, SourceError};
use probant::dossier::{EnvelopeRecord, ProofSource};
use probant::entry::{Body, Entry, EntryBundle, Payload, PayloadBundle};
use probant::envelope::{Envelope, StatementDigest};
use probant::genesis::Genesis;
use probant::hash::Digest;
use probant::key::Signer as _;
use probant::log_key::{Handover, ShownChange, handover_path};
use probant::map::{ChainHead, MapKey, MapProof, Row, SubjectMap};
use probant::merkle::{
    CompactRange, ConsistencyProof, EntryIndex, InclusionProof, NodeReader, TileBuilder, TileId,
    TileKind, TreeSize, consistency_proof, inclusion_proof, leaf_hash,
};
use probant::note::{AddCheckpoint, Checkpoint, KeyName, KeyType, Note, VerifierKey};
use probant::time::Timestamp;

use crate::world::{ORIGIN, key};

/// What is left of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Paper {
    Bytes(Vec<u8>),
    Absent,
    Withheld,
}

/// A log that is being written down.
#[derive(Clone, Debug)]
pub(crate) struct PaperLog {
    pub(crate) genesis: Genesis,
    pub(crate) entries: Vec<Entry>,
    pub(crate) payloads: Vec<Paper>,
    pub(crate) now: Timestamp,
    chains: BTreeMap<MapKey, Vec<EntryIndex>>,
    last_seal: EntryIndex,
    origin: KeyName,
    /// Label of the key that signs.
    pub(crate) log_key: String,
    /// Each with the size from which the new key signs.
    pub(crate) handovers: Vec<(TreeSize, Vec<u8>)>,
    /// Bytes that stand in the place of an entry's.
    pub(crate) forged: BTreeMap<usize, Vec<u8>>,
}

impl PaperLog {
    /// A log with its genesis.
    pub(crate) fn new(genesis: &Genesis) -> Self {
        Self::begun(genesis, "2026-01-05T00:00:00Z".parse().unwrap())
    }

    /// The same, with its genesis at this time.
    pub(crate) fn begun(genesis: &Genesis, now: Timestamp) -> Self {
        let origin: KeyName = ORIGIN.parse().unwrap();
        let mut log = Self {
            genesis: genesis.clone(),
            entries: Vec::new(),
            payloads: Vec::new(),
            now,
            chains: BTreeMap::new(),
            last_seal: EntryIndex::FIRST,
            origin: origin.clone(),
            log_key: "log".to_owned(),
            handovers: Vec::new(),
            forged: BTreeMap::new(),
        };
        let body = Body::Genesis { origin, digest: *genesis.digest() };
        log.push(body, Paper::Bytes(genesis.bytes().to_vec()));
        log
    }

    /// A sealed log with these attestations.
    pub(crate) fn of<'a>(
        genesis: &Genesis,
        envelopes: impl IntoIterator<Item = &'a Envelope>,
    ) -> Self {
        let mut log = Self::new(genesis);
        for envelope in envelopes {
            log.attest(envelope);
        }
        log.seal();
        log
    }

    pub(crate) fn at(&mut self, time: &str) -> &mut Self {
        self.now = time.parse().unwrap();
        self
    }

    pub(crate) fn size(&self) -> TreeSize {
        TreeSize::new(self.entries.len() as u64)
    }

    /// Writes any entry; the one before it decides `prev`.
    pub(crate) fn push(&mut self, body: Body, payload: Paper) -> EntryIndex {
        let index = self.size().next_index();
        let prev = self.entries.last().map_or(Digest::ZERO, Entry::leaf_hash);
        if let Body::Attestation { keys, .. } = &body {
            for key in keys {
                self.chains.entry(*key).or_default().push(index);
            }
        }
        if let Body::Seal { .. } = &body {
            self.last_seal = index;
        }
        self.entries.push(Entry::new(self.now, prev, body).unwrap());
        self.payloads.push(payload);
        index
    }

    /// Writes an attestation with the keys that it feeds; nobody judges it.
    pub(crate) fn attest(&mut self, envelope: &Envelope) -> EntryIndex {
        let statement = probant::attestation::Statement::parse(envelope.payload()).unwrap();
        let keys = statement.feed().keys().into_iter().map(Digest::from).collect();
        self.attest_with(envelope, keys)
    }

    /// Writes an attestation with these keys.
    pub(crate) fn attest_with(&mut self, envelope: &Envelope, keys: Vec<MapKey>) -> EntryIndex {
        let bytes = envelope.encode();
        let body = Body::Attestation {
            statement: envelope.statement_digest(),
            envelope: envelope.digest(),
            envelope_len: u32::try_from(bytes.len()).unwrap(),
            keys,
        };
        self.push(body, Paper::Bytes(bytes))
    }

    pub(crate) fn seal(&mut self) -> EntryIndex {
        let map = self.map(self.size().next_index());
        let previous_seal = self.last_seal;
        let body = Body::Seal { map_root: map.root(), subjects: map.len(), previous_seal };
        self.push(body, Paper::Absent)
    }

    /// Leaves an entry out of the chain of a key, which its seals are then over.
    pub(crate) fn leave_out(&mut self, index: EntryIndex, key: &MapKey) -> &mut Self {
        let chain = self.chains.get_mut(key).unwrap();
        chain.retain(|of| *of != index);
        if chain.is_empty() {
            self.chains.remove(key);
        }
        self
    }

    /// Writes the last entry anew, with another entry before it.
    pub(crate) fn detach(&mut self, prev: Digest) -> &mut Self {
        let last = self.entries.pop().unwrap();
        self.entries.push(Entry::new(last.time(), prev, last.body().clone()).unwrap());
        self
    }

    /// Takes the last entries away.
    pub(crate) fn truncate(&mut self, size: usize) {
        self.entries.truncate(size);
        self.payloads.truncate(size);
        for chain in self.chains.values_mut() {
            chain.retain(|index| index.get() < size as u64);
        }
        self.chains.retain(|_, chain| !chain.is_empty());
        let is_seal = |entry: &Entry| matches!(entry.body(), Body::Seal { .. });
        let seal = self.entries.iter().rposition(is_seal).unwrap_or_default();
        self.last_seal = EntryIndex::new(seal as u64);
    }

    /// Where a statement stands.
    pub(crate) fn find(&self, statement: &StatementDigest) -> EntryIndex {
        let is_it = |entry: &Entry| match entry.body() {
            Body::Attestation { statement: found, .. } => found == statement,
            Body::Genesis { .. } | Body::Seal { .. } => false,
        };
        EntryIndex::new(self.entries.iter().position(is_it).unwrap() as u64)
    }

    /// Takes a payload away.
    pub(crate) fn erase(&mut self, index: EntryIndex) {
        self.payloads[usize::try_from(index.get()).unwrap()] = Paper::Absent;
    }

    /// The keys that an entry lists.
    pub(crate) fn keys_at(&self, index: EntryIndex) -> Vec<MapKey> {
        match self.entry_at(index).body() {
            Body::Attestation { keys, .. } => keys.clone(),
            Body::Genesis { .. } | Body::Seal { .. } => Vec::new(),
        }
    }

    /// The root over all entries.
    pub(crate) fn root(&self) -> Digest {
        self.checkpoint().root()
    }

    /// The indexes of a chain, all of them.
    pub(crate) fn chain(&self, key: &MapKey) -> &[EntryIndex] {
        self.chains.get(key).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn entry_at(&self, index: EntryIndex) -> &Entry {
        &self.entries[usize::try_from(index.get()).unwrap()]
    }

    /// The subject map over the entries before `seal`.
    fn map(&self, seal: EntryIndex) -> SubjectMap {
        let rows = self.chains.iter().filter_map(|(key, indexes)| {
            let before = indexes.iter().filter(|index| **index < seal);
            let entries = before.map(|index| (*index, self.entry_at(*index).leaf_hash()));
            Some((*key, ChainHead::fold(ORIGIN, key, entries).row()?))
        });
        SubjectMap::build(rows.collect::<Vec<(MapKey, Row)>>()).unwrap()
    }

    fn bytes_at(&self, place: usize) -> Vec<u8> {
        let forged = self.forged.get(&place).cloned();
        forged.unwrap_or_else(|| self.entries[place].encode())
    }

    fn leaves(&self) -> Vec<Digest> {
        (0..self.entries.len()).map(|place| leaf_hash(&self.bytes_at(place))).collect()
    }

    /// The signed checkpoint over all entries.
    pub(crate) fn note(&self) -> String {
        self.checkpoint().sign(&key(&self.log_key)).unwrap().to_string()
    }

    /// The request to a witness to cosign all entries, from the first `old`.
    pub(crate) fn request(&self, old: TreeSize) -> Vec<u8> {
        let proof = self.consistency(old);
        let checkpoint = Note::parse(self.note().as_bytes()).unwrap();
        AddCheckpoint { old_size: old, proof, checkpoint }.to_string().into_bytes()
    }

    /// Shows that the log begins with the first `old` entries.
    pub(crate) fn consistency(&self, old: TreeSize) -> ConsistencyProof {
        consistency_proof(&Leaves(self.leaves()), old, self.size()).unwrap()
    }

    /// Seals the log and hands it over to the key with this label.
    pub(crate) fn hand_over(&mut self, to: &str) -> &mut Self {
        self.seal();
        let bytes = self.handover(&self.log_key, to);
        self.handovers.push((self.size(), bytes));
        to.clone_into(&mut self.log_key);
        self
    }

    /// A handover over all entries, signed by these two; it shows what it has to.
    pub(crate) fn handover(&self, from: &str, to: &str) -> Vec<u8> {
        self.handover_of(&self.both(from, to), to, |_| true)
    }

    /// The checkpoint over all entries, signed by both.
    pub(crate) fn both(&self, from: &str, to: &str) -> String {
        let note = self.checkpoint().sign(&key(from)).unwrap();
        note.countersign(&self.origin, &key(to)).unwrap().to_string()
    }

    /// A handover under this note that shows those of the changes since the last one.
    pub(crate) fn handover_of(
        &self,
        note: &str,
        to: &str,
        is_shown: impl Fn(EntryIndex) -> bool,
    ) -> Vec<u8> {
        let since = self.handovers.last().map_or(0, |(size, _)| size.get());
        let all = (since..self.size().get()).map(EntryIndex::new);
        let changes = all.filter(|index| self.is_change(*index) && is_shown(*index));
        let changes = changes.map(|index| self.shown(index));
        let log_key =
            VerifierKey::new(self.origin.clone(), KeyType::Ed25519, *key(to).public_key());
        Handover::write(&log_key, note, changes)
    }

    /// An entry as a handover shows it.
    pub(crate) fn shown(&self, index: EntryIndex) -> ShownChange {
        let place = usize::try_from(index.get()).unwrap();
        let Paper::Bytes(record) = self.payloads[place].clone() else { panic!("no record") };
        let entry = self.entry_at(index).encode();
        ShownChange {
            index,
            entry,
            record,
            inclusion: ProofSource::inclusion(self, index).unwrap(),
        }
    }

    fn is_change(&self, index: EntryIndex) -> bool {
        let place = usize::try_from(index.get()).unwrap();
        let Paper::Bytes(record) = &self.payloads[place] else { return false };
        let Ok(envelope) = Envelope::decode(record) else { return false };
        let statement = probant::attestation::Statement::parse(envelope.payload()).unwrap();
        statement.kind().name() == "registrar-change"
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let mut range = CompactRange::default();
        for leaf in self.leaves() {
            range.append(leaf);
        }
        Checkpoint::new(self.origin.clone(), self.size(), range.root()).unwrap()
    }

    /// All files of the export.
    pub(crate) fn files(&self) -> Files {
        let mut files = BTreeMap::new();
        files.insert("checkpoint".to_owned(), self.note().into_bytes());
        files.insert("genesis".to_owned(), self.genesis.bytes().to_vec());
        for (number, (_, bytes)) in (1..).zip(&self.handovers) {
            files.insert(handover_path(number), bytes.clone());
        }
        let mut builder = TileBuilder::default();
        let mut tiles: Vec<_> =
            self.leaves().into_iter().flat_map(|leaf| builder.append(leaf)).collect();
        tiles.extend(builder.partial_tiles());
        files.extend(tiles.iter().map(|tile| (tile.id().to_string(), tile.to_bytes())));
        for id in TileKind::Entries.all_in_tree(self.size()) {
            let start = usize::try_from(id.first_entry().unwrap().get()).unwrap();
            let range = start..start + usize::from(id.width());
            let entries: Vec<Vec<u8>> = range.clone().map(|place| self.bytes_at(place)).collect();
            let bundle = EntryBundle::encode(entries.iter().map(Vec::as_slice));
            files.insert(id.to_string(), bundle);
            let payloads = self.payloads[range].iter().map(|payload| match payload {
                Paper::Bytes(bytes) => Payload::Bytes(bytes),
                Paper::Absent => Payload::Absent,
                Paper::Withheld => Payload::Withheld,
            });
            let id = TileId::new(TileKind::Payloads, id.index(), id.width()).unwrap();
            files.insert(id.to_string(), PayloadBundle::encode(payloads));
        }
        Files(files)
    }
}

/// The files of a log in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Files(pub(crate) BTreeMap<String, Vec<u8>>);

impl LogSource for Files {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.0.get(path).cloned())
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        Ok(Some(self.0.keys().cloned().collect()))
    }
}

/// Subtrees by the naive definition.
pub(crate) struct Leaves(pub(crate) Vec<Digest>);

impl Leaves {
    pub(crate) fn of(log: &PaperLog) -> Self {
        Self(log.leaves())
    }
}

impl NodeReader for Leaves {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Digest, Infallible> {
        let width = 1_usize << level;
        let start = usize::try_from(index).unwrap() * width;
        let mut range = CompactRange::default();
        for leaf in &self.0[start..start + width] {
            range.append(*leaf);
        }
        Ok(range.root())
    }
}

impl ProofSource for PaperLog {
    type Error = Infallible;

    fn origin(&self) -> &KeyName {
        &self.origin
    }

    fn size(&self) -> TreeSize {
        Self::size(self)
    }

    fn checkpoint(&self) -> Result<String, Infallible> {
        Ok(self.note())
    }

    fn entry(&self, index: EntryIndex) -> Result<Vec<u8>, Infallible> {
        Ok(self.entry_at(index).encode())
    }

    fn envelope_record(&self, index: EntryIndex) -> Result<EnvelopeRecord, Infallible> {
        Ok(match &self.payloads[usize::try_from(index.get()).unwrap()] {
            Paper::Bytes(bytes) => EnvelopeRecord::Present(bytes.clone()),
            Paper::Absent => EnvelopeRecord::Erased,
            Paper::Withheld => EnvelopeRecord::Withheld,
        })
    }

    fn inclusion(&self, index: EntryIndex) -> Result<InclusionProof, Infallible> {
        Ok(inclusion_proof(&Leaves(self.leaves()), index, Self::size(self)).unwrap())
    }

    fn handovers(&self) -> Result<Vec<(Vec<u8>, ConsistencyProof)>, Infallible> {
        let leaves = Leaves(self.leaves());
        let proof = |old| consistency_proof(&leaves, old, Self::size(self)).unwrap();
        Ok(self.handovers.iter().map(|(size, bytes)| (bytes.clone(), proof(*size))).collect())
    }

    fn map_proof(&self, key: &MapKey) -> Result<MapProof, Infallible> {
        Ok(self.map(self.last_seal).prove(key))
    }
}
