//! The engine: one tree, one batch a commit.

use std::fs::File;
use std::mem;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use sled::Tree;

use crate::encoding::Reader;
use crate::storage::batch::{Batch, Write};
use crate::storage::embedded::directory::{Directory, io_error};
use crate::storage::embedded::guard::{damaged, guard};
use crate::storage::embedded::rows::{EPOCH_KEY, HEAD_KEY, Rows};
use crate::storage::engine::{Pair, Storage};
use crate::storage::epoch::Epoch;
use crate::storage::error::{CommitError, StorageError};
use crate::storage::head::Head;
use crate::storage::table::Table;

/// The smallest cache: a page that a commit has written must not be evicted before the commit ends,
/// for sled would wait for the commit to read it back.
const CACHE_BYTES_MIN: u64 = 64 << 20;

/// The unit in which sled writes and reuses its file. A quarter of it is the largest page that it
/// keeps in there.
///
/// A place that pages have moved away from is not written over by the commit that moved them, however
/// large: sled frees a segment once the places its pages moved to are stable, and holds the stable
/// mark at the beginning of a batch until the batch is sealed.
const SEGMENT_BYTES: usize = 8 << 20;

/// How a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SledOptions {
    /// Memory for pages, in bytes; 64 MiB at the least.
    pub cache_bytes: u64,
}

/// A store in a directory, for one process at a time.
#[derive(Debug)]
pub struct SledStorage {
    config: sled::Config,
    tree: Tree,
    log: File,
    writer: Mutex<Writer>,
    /// The head of the last durable commit.
    head: RwLock<Option<Head>>,
    /// Held by readers over all pieces of what they read, by the writer while it applies.
    pieces: RwLock<()>,
    directory: Directory,
}

#[derive(Debug)]
struct Writer {
    epoch: Epoch,
    is_stopped: bool,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self { cache_bytes: 256 << 20 }
    }
}

impl SledStorage {
    /// Makes a new store in `dir`, which must be absent or empty, and opens it.
    pub fn create(dir: &Path, options: SledOptions) -> Result<Self, StorageError> {
        Directory::create(dir)?;
        Self::open(dir, options)
    }

    /// Opens the store in `dir`.
    pub fn open(dir: &Path, options: SledOptions) -> Result<Self, StorageError> {
        let directory = Directory::open(dir)?;
        let config = sled::Config::new()
            .path(directory.sled())
            .cache_capacity(options.cache_bytes.max(CACHE_BYTES_MIN))
            .segment_size(SEGMENT_BYTES)
            // Nothing is written but by commits, each of which syncs what it wrote.
            .flush_every_ms(None);
        let tree = guard(dir, || config.open().map(|db| Tree::clone(&db)))?;
        let log = directory.sled_log()?;
        directory.sync()?;

        let epoch = read_epoch(dir, &tree)?;
        let head = read_head(dir, &tree)?;
        let commits = head.as_ref().map_or(0, |head| head.sequence.saturating_add(1));
        directory.check_acknowledged(commits)?;
        Ok(Self {
            config,
            tree,
            log,
            writer: Mutex::new(Writer { epoch, is_stopped: false }),
            head: RwLock::new(head),
            pieces: RwLock::default(),
            directory,
        })
    }

    /// How many bytes the store takes on disk.
    pub fn size_on_disk(&self) -> Result<u64, StorageError> {
        let path = self.directory.sled();
        self.log.metadata().map(|log| log.len()).map_err(io_error("measure", &path))
    }

    /// Applies `changes` and brings them to disk.
    fn write(&self, writer: &mut Writer, changes: sled::Batch) -> Result<(), StorageError> {
        // Until the sync has returned, nobody knows what is on disk. Whatever fails on the way, be
        // it by a panic, finds the writer stopped.
        writer.is_stopped = true;
        {
            let _no_reader = self.pieces.write().unwrap_or_else(PoisonError::into_inner);
            guard(self.directory.path(), || self.tree.apply_batch(changes))?;
        }
        guard(self.directory.path(), || self.tree.flush())?;
        self.log.sync_data().map_err(io_error("sync", &self.directory.sled()))?;
        writer.is_stopped = false;
        Ok(())
    }

    fn check(&self, prev: Option<&Head>, batch: &Batch) -> Result<(), CommitError> {
        let found = self.current_head();
        if found.as_ref() != prev {
            return Err(CommitError::Conflict {
                expected: prev.map(|head| head.sequence),
                found: found.map(|head| head.sequence),
            });
        }
        let rows = self.rows();
        for (write, table, key, _value) in batch.writes() {
            let is_there = rows.contains(table, key).map_err(CommitError::NotApplied)?;
            match write {
                Write::Insert if is_there => return Err(CommitError::KeyTaken { table }),
                Write::Replace if !is_there => return Err(CommitError::KeyMissing { table }),
                Write::Insert | Write::Replace => {}
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        // A writer that panicked has left `is_stopped` behind.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current_head(&self) -> Option<Head> {
        self.head.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hold_pieces(&self) -> RwLockReadGuard<'_, ()> {
        self.pieces.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn rows(&self) -> Rows<'_> {
        Rows { tree: &self.tree, dir: self.directory.path() }
    }
}

impl Storage for SledStorage {
    fn claim(&self) -> Result<(Epoch, Option<Head>), StorageError> {
        let mut writer = self.lock();
        if writer.is_stopped {
            return Err(StorageError::Stopped);
        }
        let epoch = Epoch::new(writer.epoch.number() + 1);
        let mut changes = sled::Batch::default();
        changes.insert(&EPOCH_KEY, &epoch.number().to_be_bytes());
        self.write(&mut writer, changes)?;
        writer.epoch = epoch;
        Ok((epoch, self.current_head()))
    }

    fn commit(
        &self,
        epoch: Epoch,
        prev: Option<&Head>,
        next: &Head,
        batch: &Batch,
    ) -> Result<(), CommitError> {
        assert_eq!(next.sequence, Head::next_sequence(prev), "sequence number of the next head");
        let mut writer = self.lock();
        if epoch != writer.epoch {
            return Err(CommitError::Fenced { epoch, current: writer.epoch });
        }
        if writer.is_stopped {
            return Err(CommitError::NotApplied(StorageError::Stopped));
        }
        self.check(prev, batch)?;
        let mut changes = self.rows().prepare(batch).map_err(CommitError::NotApplied)?;
        changes.insert(&HEAD_KEY, next.encode());

        self.write(&mut writer, changes).map_err(CommitError::Unknown)?;
        // From here on the commit is durable: a crash loses the answer, not the rows.
        *self.head.write().unwrap_or_else(PoisonError::into_inner) = Some(next.clone());
        if let Err(error) = self.directory.acknowledge(next.sequence.saturating_add(1)) {
            writer.is_stopped = true;
            return Err(CommitError::Unknown(error));
        }
        Ok(())
    }

    fn head(&self) -> Result<Option<Head>, StorageError> {
        Ok(self.current_head())
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let _pieces = self.hold_pieces();
        self.rows().get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StorageError> {
        let _pieces = self.hold_pieces();
        self.rows().scan(table, from, until, limit)
    }

    fn last_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StorageError> {
        let _pieces = self.hold_pieces();
        self.rows().last_at_or_before(table, key)
    }
}

impl Drop for SledStorage {
    #[expect(clippy::mem_forget, reason = "dropping sled would write what a failed commit left")]
    fn drop(&mut self) {
        // sled writes nothing more after an error of the disk that it saw itself. After any other
        // fault of a commit it would write the rest when dropped; and when it was our sync that
        // failed, the next to read the file would be told from memory what the disk may not have.
        if self.lock().is_stopped && self.config.global_error().is_ok() {
            mem::forget(self.tree.clone());
            self.directory.abandon();
        }
    }
}

fn read_epoch(dir: &Path, tree: &Tree) -> Result<Epoch, StorageError> {
    let Some(bytes) = guard(dir, || tree.get(EPOCH_KEY))? else { return Ok(Epoch::new(0)) };
    let mut reader = Reader::new(&bytes);
    let epoch = reader.u64("epoch").and_then(|epoch| reader.finish().map(|()| epoch));
    epoch.map(Epoch::new).map_err(|cause| unreadable(dir, "epoch", cause))
}

fn read_head(dir: &Path, tree: &Tree) -> Result<Option<Head>, StorageError> {
    let bytes = guard(dir, || tree.get(HEAD_KEY))?;
    let head = bytes.map(|bytes| Head::decode(&bytes)).transpose();
    head.map_err(|cause| unreadable(dir, "head", cause))
}

fn unreadable(
    dir: &Path,
    what: &str,
    cause: impl std::error::Error + Send + Sync + 'static,
) -> StorageError {
    match damaged(dir, format!("{what} cannot be read")) {
        StorageError::Damaged { dir, what, .. } => {
            StorageError::Damaged { dir, what, source: Some(Box::new(cause)) }
        }
        other => other,
    }
}
