//! Why a ledger does not start.

use std::io;
use std::path::PathBuf;

use crate::genesis::GenesisError;
use crate::hash::Digest;
use crate::key::{KeyId, SignError};
use crate::ledger::store_error::StoreError;
use crate::ledger::witnesses::WitnessAlarm;
use crate::merkle::TreeSize;
use crate::note::CheckpointError;
use crate::storage::{CommitError, StorageError};

/// Why a ledger could not be made or opened. Whatever it is, no checkpoint has left this process.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store does not answer, or its parts disagree.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A store without a ledger, where one was expected.
    #[error("there is no ledger in the store")]
    Empty,
    /// A store that a restore was filling when it was broken off.
    #[error("the store was not restored to its end: run `probant restore` again")]
    Unfinished,
    /// A store with a ledger, where a new one was to be made.
    #[error("there is a ledger of {found} entries in the store already")]
    Exists {
        /// How many entries it has.
        found: TreeSize,
    },
    /// The genesis document in the store is none.
    #[error("payload of entry 0")]
    Genesis(#[from] GenesisError),
    /// The checkpoint in the store does not verify under the log key.
    #[error("checkpoint in the store")]
    Checkpoint(#[from] CheckpointError),
    /// The signer has a key that is not the log's, or was not handed over to.
    #[error("signer has key {found}, the log key in force is {expected}")]
    SignerKey {
        /// The log key in force.
        expected: KeyId,
        /// The signer's.
        found: KeyId,
    },
    /// The signer has a key that was the log's before it was handed over.
    #[error(
        "signer has key {found}, which was handed over: from size {since} on the log key in force \
         is {expected}"
    )]
    HandedOver {
        /// The log key in force.
        expected: KeyId,
        /// The signer's.
        found: KeyId,
        /// The size from which the log key in force signs.
        since: TreeSize,
    },
    /// The signer did not sign the first checkpoint.
    #[error("first checkpoint could not be signed")]
    Sign(#[from] SignError),
    /// The first commit was not made.
    #[error("first commit")]
    Commit(#[from] CommitError),
    /// The file beside the store can't be read or written.
    #[error(
        "guard {}: the last signed checkpoint has to be kept in a file outside the ledger's \
         directory", path.display()
    )]
    Guard {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file beside the store holds no checkpoint of this ledger.
    #[error(
        "guard {} holds no checkpoint of this log: if it is another log's, choose another file for \
         this one; if it is this log's and damaged, put back its newest copy", path.display()
    )]
    GuardUnreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CheckpointError,
    },
    /// The store is older than a checkpoint that was signed: it was restored from a backup, or it is
    /// a new one in the place of one that is gone.
    #[error(
        "store has {found} entries, a checkpoint over {expected} was signed, see {}: {} are missing, \
         and writing on would fork the log. Put back the newest store, or restore it from the newest \
         backup or a mirror (`probant restore`); if nobody has them any more, this log has ended: \
         begin another one, with another origin, log key and guard",
        path.display(), expected.get().saturating_sub(found.get())
    )]
    Older {
        /// The file with the checkpoint.
        path: PathBuf,
        /// The size that was signed.
        expected: TreeSize,
        /// The size of the store.
        found: TreeSize,
    },
    /// The store does not begin with a tree that was signed: it has another history.
    #[error(
        "root over the first {size} entries is {found}, {expected} was signed, see {}: writing on \
         would go on with a fork of the log. Put back the store that was signed for", path.display()
    )]
    Fork {
        /// The file with the checkpoint.
        path: PathBuf,
        /// The size that was signed.
        size: TreeSize,
        /// The root that was signed.
        expected: Digest,
        /// The root of the store.
        found: Digest,
    },
    /// The store is not what a witness has seen.
    #[error(transparent)]
    Witness(#[from] WitnessAlarm),
    /// The system gives no thread.
    #[error("no thread for the sequencer")]
    Thread(#[source] io::Error),
}

impl From<StorageError> for OpenError {
    fn from(cause: StorageError) -> Self {
        Self::Store(cause.into())
    }
}
