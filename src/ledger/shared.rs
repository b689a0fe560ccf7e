//! What the sequencer writes and readers read: the caches, and the newest published state.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use lru::LruCache;

use crate::entry::Body;
use crate::envelope::StatementDigest;
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::ledger::listeners::Listeners;
use crate::ledger::log_reader::LogReader;
use crate::ledger::nodes::{Nodes, TileCache};
use crate::ledger::published::{Published, Snapshot};
use crate::ledger::records::RecordCache;
use crate::ledger::store_error::StoreError;
use crate::ledger::view_error::ViewError;
use crate::ledger::witnessed::{Witnessed, WitnessedState};
use crate::ledger::witnesses::Witnesses;
use crate::merkle::{self, BuildError, EntryIndex, InclusionProof, ProofError, TreeSize};
use crate::storage::{IndexRow, Table};

/// Older states kept in memory. Each has a whole map, so few; a user asks one of them many times.
const OLDER_KEPT: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// The store, the caches before it, and what was published last.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) genesis: Genesis,
    pub(super) log: LogReader,
    pub(super) tiles: TileCache,
    pub(super) records: RecordCache,
    newest: RwLock<Arc<Snapshot>>,
    older: Mutex<LruCache<TreeSize, Arc<Published>>>,
    /// Held while an older state is read.
    reading_older: Mutex<()>,
    listeners: Listeners,
    /// What witnesses have cosigned of it.
    pub(super) witnessed: Arc<WitnessedState>,
    halted: OnceLock<String>,
}

impl Shared {
    pub(super) fn new(
        genesis: Genesis,
        log: LogReader,
        tiles: TileCache,
        records: RecordCache,
        newest: Snapshot,
        witnessed: Option<Witnessed>,
    ) -> Self {
        Self {
            genesis,
            log,
            tiles,
            records,
            newest: RwLock::new(Arc::new(newest)),
            older: Mutex::new(LruCache::new(OLDER_KEPT)),
            reading_older: Mutex::default(),
            listeners: Listeners::default(),
            witnessed: Arc::new(WitnessedState::new(witnessed)),
            halted: OnceLock::new(),
        }
    }

    /// What was published last.
    pub(super) fn newest(&self) -> Arc<Snapshot> {
        Arc::clone(&self.newest.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets readers see what is committed.
    pub(super) fn publish(&self, snapshot: Snapshot) -> Arc<Snapshot> {
        let snapshot = Arc::new(snapshot);
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&snapshot);
        self.listeners.tell();
        snapshot
    }

    /// Whom to tell of every checkpoint that is published from here on.
    pub(super) const fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// What was published at `size`; `None` if nothing was.
    pub(super) fn older(&self, size: TreeSize) -> Result<Option<Arc<Published>>, StoreError> {
        let lock = || self.older.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = || lock().get(&size).map(Arc::clone);
        if let Some(published) = kept() {
            return Ok(Some(published));
        }
        // One at a time, for each takes memory and reads every row there is; and those who wait for
        // the same state find it there.
        let _turn = self.reading_older.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(published) = kept() {
            return Ok(Some(published));
        }
        let found =
            Published::read(&self.newest().signing.keys, &self.log, size, None)?.map(Arc::new);
        if let Some(published) = &found {
            lock().put(size, Arc::clone(published));
        }
        Ok(found)
    }

    /// The newest checkpoint that a quorum of witnesses has cosigned, or that of a size.
    pub(super) fn witnessed(
        &self,
        witnesses: &dyn Witnesses,
        as_of: Option<TreeSize>,
    ) -> Result<Arc<Witnessed>, ViewError> {
        let newest = self.witnessed.newest();
        let newest = newest.ok_or(ViewError::NotWitnessed { newest: None })?;
        let Some(found) = as_of.filter(|size| *size != newest.size()) else { return Ok(newest) };
        if found > newest.size() {
            let size = self.newest().edge.size();
            let newest = Some(newest.size());
            return Err(if found > size {
                ViewError::SizeBeyond { found, size }
            } else {
                ViewError::NotWitnessed { newest }
            });
        }
        let keys = &self.newest().signing.keys;
        if let Some(older) = Witnessed::read_at(keys, &self.log, witnesses, found)? {
            return Ok(Arc::new(older));
        }
        let lower = self.log.cosigned_size(found)?.unwrap_or(TreeSize::EMPTY);
        Err(ViewError::NotWitnessedAt { found, lower })
    }

    /// Where a statement stands among the first `size` entries; entry and index row must say the same.
    pub(super) fn find(
        &self,
        digest: &StatementDigest,
        size: TreeSize,
    ) -> Result<Option<EntryIndex>, StoreError> {
        let found = self.index_row(Table::Statements, digest.digest(), size)?;
        found.map(|index| self.expect_statement(index, digest).map(|()| index)).transpose()
    }

    /// `Ok` if the entry at `index` is of this statement.
    fn expect_statement(
        &self,
        index: EntryIndex,
        digest: &StatementDigest,
    ) -> Result<(), StoreError> {
        match self.log.decoded_entry(index)?.body() {
            Body::Attestation { statement, .. } => {
                StoreError::expect_same("statement of an entry", digest, statement)
            }
            Body::Genesis { .. } | Body::Seal { .. } => {
                Err(StoreError::Missing { what: "attestation at entry", index: index.get() })
            }
        }
    }

    /// The entry index that a table has under a key, if it is below `size`.
    pub(super) fn index_row(
        &self,
        table: Table,
        key: &Digest,
        size: TreeSize,
    ) -> Result<Option<EntryIndex>, StoreError> {
        let Some(row) = self.log.storage().get(table, key.as_bytes())? else { return Ok(None) };
        let row =
            IndexRow::decode(&row).map_err(|cause| StoreError::malformed("index row", 0, cause))?;
        // A row of the commit under way may be seen before its entry is.
        Ok(Some(EntryIndex::new(row.index)).filter(|index| size.contains(*index)))
    }

    /// The proof that the entry at `index` is in the tree of `size` entries, which begins that of
    /// `snapshot`.
    pub(super) fn inclusion(
        &self,
        snapshot: &Snapshot,
        index: EntryIndex,
        size: TreeSize,
    ) -> Result<InclusionProof, StoreError> {
        let nodes = Nodes { cache: &self.tiles, edge: &snapshot.edge };
        merkle::inclusion_proof(&nodes, index, size).map_err(of_build)
    }

    /// Says for good that nothing is written any more, and why; the first reason stands.
    pub(super) fn halt(&self, reason: String) {
        let reason = self.halted.get_or_init(|| reason);
        tracing::error!(reason, "the ledger has stopped writing");
    }

    /// Why nothing is written any more.
    pub(super) fn halted(&self) -> Option<&str> {
        self.halted.get().map(String::as_str)
    }
}

/// A proof that could not be made, where the positions were checked before.
pub(super) fn of_build(cause: BuildError<StoreError>) -> StoreError {
    match cause {
        BuildError::Node(cause) => cause,
        BuildError::Position(ProofError::BeyondTree { index, .. }) => {
            StoreError::Missing { what: "entry", index: index.get() }
        }
        BuildError::Position(cause) => StoreError::malformed("proof", 0, cause),
    }
}
