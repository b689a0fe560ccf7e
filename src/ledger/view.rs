//! A view: all that stands under one published checkpoint, and nothing else. Any number of readers
//! have views while the sequencer goes on.

use std::sync::Arc;

use crate::entry::{Body, Entry};
use crate::envelope::StatementDigest;
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::ledger::nodes::Nodes;
use crate::ledger::published::{Published, Snapshot, read_checkpoint};
use crate::ledger::question::Question;
use crate::ledger::rows::read_chain;
use crate::ledger::shared::{Shared, of_build};
use crate::ledger::store_error::StoreError;
use crate::ledger::view_error::ViewError;
use crate::ledger::witnesses::Witnesses;
use crate::log_key::{LogKeys, VerifiedHandover};
use crate::map::MapProof;
use crate::merkle::{self, ConsistencyProof, EntryIndex, InclusionProof, TreeSize};
use crate::note::VerifiedCheckpoint;
use crate::policy::closure::ChainSource as _;
use crate::record::Record;
use crate::registry::Registry;
use crate::time::Timestamp;

/// Records of one chain that are read at once: far more than any product has.
pub const CHAIN_RECORDS_MAX: usize = 20_000;

/// The state under one published checkpoint. Cheap to clone.
#[derive(Clone, Debug)]
pub struct View {
    pub(super) shared: Arc<Shared>,
    pub(super) newest: Arc<Snapshot>,
    at: Arc<Published>,
}

impl View {
    pub(super) fn open(shared: &Arc<Shared>, as_of: Option<TreeSize>) -> Result<Self, ViewError> {
        let newest = shared.newest();
        let size = newest.edge.size();
        let at = match as_of {
            None => Arc::clone(&newest.published),
            Some(found) if found == size => Arc::clone(&newest.published),
            Some(found) if found > size => return Err(ViewError::SizeBeyond { found, size }),
            Some(found) => match shared.older(found)? {
                Some(published) => published,
                None => return Err(not_published(shared, found)?),
            },
        };
        Ok(Self { shared: Arc::clone(shared), newest, at })
    }

    /// The same under the newest checkpoint that a quorum of witnesses has cosigned, or under the one
    /// at the size `as_of`.
    pub(super) fn open_witnessed(
        shared: &Arc<Shared>,
        witnesses: &dyn Witnesses,
        as_of: Option<TreeSize>,
    ) -> Result<Self, ViewError> {
        let found = shared.witnessed(witnesses, as_of)?;
        let at = if let Some(published) = found.published() {
            Arc::clone(published)
        } else {
            let size = found.size();
            Arc::new(found.over(&Self::open(shared, Some(size))?.at))
        };
        Ok(Self { shared: Arc::clone(shared), newest: shared.newest(), at })
    }

    /// The genesis document of the ledger.
    pub fn genesis(&self) -> &Genesis {
        &self.shared.genesis
    }

    /// The log's keys as of the newest checkpoint.
    pub fn log_keys(&self) -> &LogKeys {
        &self.newest.signing.keys
    }

    /// The handovers of the log key that it takes to verify this view's checkpoint.
    pub fn handovers(&self) -> &[VerifiedHandover] {
        self.log_keys().called_for(self.size())
    }

    /// The checkpoint, verified under the log key of its size.
    pub fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.at.checkpoint
    }

    /// The signed note of the checkpoint.
    pub fn checkpoint_note(&self) -> &str {
        &self.at.note
    }

    /// How many entries there are.
    pub fn size(&self) -> TreeSize {
        self.at.checkpoint.size()
    }

    /// The root over them.
    pub fn root(&self) -> Digest {
        self.at.checkpoint.root()
    }

    /// Where the seal stands: it is the last entry.
    pub fn seal_index(&self) -> EntryIndex {
        self.at.seal
    }

    /// The bytes of the seal.
    pub fn seal_bytes(&self) -> &[u8] {
        &self.at.seal_bytes
    }

    /// The ledger's time of the seal.
    pub fn seal_time(&self) -> Timestamp {
        self.at.seal_entry.time()
    }

    /// The root of the subject map that the seal commits to.
    pub fn map_root(&self) -> Digest {
        self.at.map.root()
    }

    /// How many keys that map holds, of all classes.
    pub fn subjects(&self) -> u64 {
        self.at.map.len()
    }

    /// The registry as of the newest checkpoint; it keeps its history, so it answers for this view's
    /// entries too.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.newest.registry
    }

    /// The proof of what the subject map holds for a key, or that it holds nothing.
    pub fn map_proof(&self, key: &SubjectKey) -> MapProof {
        self.at.map.prove(&key.digest())
    }

    /// The records of a chain, all of them, in the order of the log; not if they are too many, or
    /// take too much memory.
    pub fn chain(&self, class: Class, subject: &SubjectUri) -> Result<Vec<Arc<Record>>, ViewError> {
        Question::new(self).chain(class, subject)
    }

    /// Where the entries of a chain stand, all of them, in the order of the log; not if they are too
    /// many.
    pub fn history(
        &self,
        class: Class,
        subject: &SubjectUri,
    ) -> Result<Vec<EntryIndex>, ViewError> {
        let key = SubjectKey::of(class, subject).digest();
        let Some(row) = self.at.map.get(&key) else { return Ok(Vec::new()) };
        let limit = CHAIN_RECORDS_MAX;
        let too_long = || ViewError::ChainTooLong { found: row.count, limit };
        let found = read_chain(self.shared.log.storage(), &key, self.at.seal, limit)?;
        let indexes = found.ok_or_else(too_long)?;
        StoreError::expect_same("length of a chain", &row.count, &(indexes.len() as u64))?;
        Ok(indexes)
    }

    /// The record of an attestation.
    pub fn record(&self, index: EntryIndex) -> Result<Arc<Record>, ViewError> {
        match self.entry(index)?.body() {
            Body::Attestation { .. } => {
                Ok(self.shared.records.record(index, &self.newest.registry)?)
            }
            Body::Genesis { .. } | Body::Seal { .. } => Err(ViewError::NoAttestation { index }),
        }
    }

    /// Where a statement stands, if it does.
    pub fn find(&self, statement: &StatementDigest) -> Result<Option<EntryIndex>, ViewError> {
        Ok(self.shared.find(statement, self.size())?)
    }

    /// The bytes of an entry.
    pub fn entry_bytes(&self, index: EntryIndex) -> Result<Vec<u8>, ViewError> {
        self.expect(index)?;
        Ok(self.shared.log.entry(index)?)
    }

    /// An entry.
    pub fn entry(&self, index: EntryIndex) -> Result<Entry, ViewError> {
        self.expect(index)?;
        Ok(self.shared.log.decoded_entry(index)?)
    }

    /// The proof that the entry at `index` is under the checkpoint.
    pub fn inclusion(&self, index: EntryIndex) -> Result<InclusionProof, ViewError> {
        self.expect(index)?;
        Ok(self.shared.inclusion(&self.newest, index, self.size())?)
    }

    /// The proof that this tree begins with that of `old` entries, which need not have been
    /// published.
    pub fn consistency(&self, old: TreeSize) -> Result<ConsistencyProof, ViewError> {
        self.consistency_at(old, self.size())
    }

    /// The signed note of the checkpoint published at `size`, which is not above this one's. Unlike
    /// a view at that size, it does not need the subject map of that time, which takes long to make.
    pub fn note_at(&self, size: TreeSize) -> Result<String, ViewError> {
        if size == self.size() {
            return Ok(self.at.note.to_string());
        }
        self.expect_size(size)?;
        match read_checkpoint(self.log_keys(), &self.shared.log, size)? {
            Some((_, note)) => Ok(note),
            None => Err(not_published(&self.shared, size)?),
        }
    }

    /// The proof that the entry at `index` is in the tree of `size` entries, which is not above this
    /// one's.
    pub fn inclusion_at(
        &self,
        index: EntryIndex,
        size: TreeSize,
    ) -> Result<InclusionProof, ViewError> {
        self.expect_size(size)?;
        if !size.contains(index) {
            return Err(ViewError::EntryBeyond { index, size });
        }
        Ok(self.shared.inclusion(&self.newest, index, size)?)
    }

    /// The proof that the tree of `new` entries, which is not above this one's, begins with that of
    /// `old` entries.
    pub fn consistency_at(
        &self,
        old: TreeSize,
        new: TreeSize,
    ) -> Result<ConsistencyProof, ViewError> {
        self.expect_size(new)?;
        if old > new {
            return Err(ViewError::SizeBeyond { found: old, size: new });
        }
        let nodes = Nodes { cache: &self.shared.tiles, edge: &self.newest.edge };
        Ok(merkle::consistency_proof(&nodes, old, new).map_err(of_build)?)
    }

    /// The sizes at which checkpoints were published, from `from` on and up to this one; at most
    /// `limit` of them, ascending.
    pub fn published_sizes(
        &self,
        from: TreeSize,
        limit: usize,
    ) -> Result<Vec<TreeSize>, ViewError> {
        Ok(self.shared.log.published_sizes(from, self.size(), limit)?)
    }

    /// The greatest size at which a checkpoint was published and that is not above `size`.
    pub fn published_size(&self, size: TreeSize) -> Result<Option<TreeSize>, ViewError> {
        Ok(self.shared.log.published_size(size.min(self.size()))?)
    }

    fn expect_size(&self, found: TreeSize) -> Result<(), ViewError> {
        let size = self.size();
        if found > size { Err(ViewError::SizeBeyond { found, size }) } else { Ok(()) }
    }

    pub(super) fn expect(&self, index: EntryIndex) -> Result<(), ViewError> {
        let size = self.size();
        if size.contains(index) { Ok(()) } else { Err(ViewError::EntryBeyond { index, size }) }
    }
}

fn not_published(shared: &Shared, found: TreeSize) -> Result<ViewError, StoreError> {
    let lower = shared.log.published_size(found)?.unwrap_or(TreeSize::EMPTY);
    Ok(ViewError::NotPublished { found, lower })
}
