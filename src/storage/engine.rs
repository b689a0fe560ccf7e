//! What every engine does.

use std::fmt;

use crate::storage::batch::Batch;
use crate::storage::epoch::Epoch;
use crate::storage::error::{CommitError, StorageError};
use crate::storage::head::Head;
use crate::storage::table::Table;

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Ordered tables and one head. Everything above is built on these six operations.
///
/// The contract, which `tests/it/storage_contract.rs` holds every engine to:
/// - a commit is all or nothing, also across a crash, and durable once it returns `Ok`;
/// - after [`CommitError::Unknown`] it is wholly there or wholly absent, after any other error
///   wholly absent;
/// - of all writers, only the last to have claimed can commit;
/// - `head` never names a commit that a crash could undo, and whoever has read a head finds every
///   row of its commit and of all before it. Rows of the commit under way may be seen early, so
///   readers ask for the head first and believe no row beyond it.
pub trait Storage: fmt::Debug + Send + Sync {
    /// Makes the caller the writer and fences every earlier one, durably; the head is what it has
    /// to go on from, `None` in a new store.
    fn claim(&self) -> Result<(Epoch, Option<Head>), StorageError>;

    /// Moves the head from `prev` to `next` and applies every write of `batch`, or none of it.
    ///
    /// # Panics
    /// If `next` has not the sequence number that follows `prev`.
    fn commit(
        &self,
        epoch: Epoch,
        prev: Option<&Head>,
        next: &Head,
        batch: &Batch,
    ) -> Result<(), CommitError>;

    /// The head of the last durable commit.
    fn head(&self) -> Result<Option<Head>, StorageError>;

    /// The value under `key`, or `None`.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError>;

    /// At most `limit` pairs in key order, from `from` on and before `until`.
    fn scan(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StorageError>;

    /// The pair with the greatest key that is not above `key`.
    fn last_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StorageError>;
}
