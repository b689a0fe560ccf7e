//! A storage that fails on demand, in every way a real one can.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use probant::storage::{
    Batch, CommitError, Epoch, Head, MemoryStorage, Pair, Storage, StorageError, Table,
};

/// What goes wrong, at the operation it names, counted from 0 among its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The claim fails, and fences nobody.
    Claim(usize),
    /// The commit is refused before it has written anything.
    NotApplied(usize),
    /// The commit has no answer, and has not reached the disk.
    Lost(usize),
    /// The commit has no answer, but has reached the disk.
    Persisted(usize),
    /// Another writer claims just before the commit.
    Fenced(usize),
    /// The read fails: `head`, `get`, `scan` or `last_at_or_before`.
    Read(usize),
}

/// Serves from `inner`, but for the one operation that the fault names. What `inner` holds is what
/// a new process would find.
#[derive(Debug)]
pub(crate) struct FaultyStorage {
    pub(crate) inner: Arc<dyn Storage>,
    fault: Fault,
    claims: AtomicUsize,
    commits: AtomicUsize,
    reads: AtomicUsize,
}

impl FaultyStorage {
    pub(crate) fn new(inner: Arc<dyn Storage>, fault: Fault) -> Self {
        Self {
            inner,
            fault,
            claims: AtomicUsize::new(0),
            commits: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
        }
    }

    /// How many commits were tried, so that a test can go through all of them.
    pub(crate) fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    /// How many reads were tried.
    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    fn read(&self) -> Result<(), StorageError> {
        let number = self.reads.fetch_add(1, Ordering::SeqCst);
        if self.fault == Fault::Read(number) { Err(injected()) } else { Ok(()) }
    }
}

fn injected() -> StorageError {
    StorageError::Engine("injected fault".into())
}

impl Storage for FaultyStorage {
    fn claim(&self) -> Result<(Epoch, Option<Head>), StorageError> {
        let number = self.claims.fetch_add(1, Ordering::SeqCst);
        if self.fault == Fault::Claim(number) { Err(injected()) } else { self.inner.claim() }
    }

    fn commit(
        &self,
        epoch: Epoch,
        prev: Option<&Head>,
        next: &Head,
        batch: &Batch,
    ) -> Result<(), CommitError> {
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        let commit = || self.inner.commit(epoch, prev, next, batch);
        match self.fault {
            Fault::NotApplied(failing) if failing == number => {
                Err(CommitError::NotApplied(injected()))
            }
            Fault::Lost(failing) if failing == number => Err(CommitError::Unknown(injected())),
            Fault::Persisted(failing) if failing == number => {
                commit()?;
                Err(CommitError::Unknown(injected()))
            }
            Fault::Fenced(failing) if failing == number => {
                self.inner.claim().map_err(CommitError::NotApplied)?;
                commit()
            }
            _ => commit(),
        }
    }

    fn head(&self) -> Result<Option<Head>, StorageError> {
        self.read()?;
        self.inner.head()
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.read()?;
        self.inner.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StorageError> {
        self.read()?;
        self.inner.scan(table, from, until, limit)
    }

    fn last_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StorageError> {
        self.read()?;
        self.inner.last_at_or_before(table, key)
    }
}

#[test]
fn a_failed_commit_is_wholly_there_or_wholly_absent() {
    use crate::storage_contract::head;
    type Expected = fn(&CommitError) -> bool;
    let cases: [(Fault, bool, Expected); 4] = [
        (Fault::NotApplied(0), false, |error| matches!(error, CommitError::NotApplied(_))),
        (Fault::Lost(0), false, |error| matches!(error, CommitError::Unknown(_))),
        (Fault::Persisted(0), true, |error| matches!(error, CommitError::Unknown(_))),
        (Fault::Fenced(0), false, |error| matches!(error, CommitError::Fenced { .. })),
    ];
    for (fault, is_there, is_expected) in cases {
        let storage = FaultyStorage::new(Arc::new(MemoryStorage::default()), fault);
        let (epoch, _) = storage.claim().unwrap();
        let mut batch = Batch::default();
        batch.insert(Table::Entries, [0; 8], [7]);

        let error = storage.commit(epoch, None, &head(0), &batch).unwrap_err();

        assert!(is_expected(&error), "{fault:?}: {error}");
        assert_eq!(storage.commits(), 1);
        assert_eq!(storage.inner.head().unwrap(), is_there.then(|| head(0)), "{fault:?}");
        let found = storage.inner.get(Table::Entries, &[0; 8]).unwrap();
        assert_eq!(found.is_some(), is_there, "{fault:?}");
    }
}

#[test]
fn a_fault_hits_the_operation_it_names_and_no_other() {
    let inner = Arc::new(MemoryStorage::default());
    let storage = FaultyStorage::new(inner.clone(), Fault::Claim(1));
    storage.claim().unwrap();
    storage.claim().unwrap_err();
    storage.claim().unwrap();

    let storage = FaultyStorage::new(inner, Fault::Read(1));
    storage.head().unwrap();
    storage.get(Table::Entries, &[0; 8]).unwrap_err();
    storage.scan(Table::Entries, &[], None, 1).unwrap();
    storage.last_at_or_before(Table::Entries, &[0; 8]).unwrap();
    assert_eq!(storage.reads(), 4);
}
