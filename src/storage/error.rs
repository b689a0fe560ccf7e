//! Why an engine could not serve, and what became of a commit.

use std::error::Error;
use std::path::PathBuf;

use crate::storage::epoch::Epoch;
use crate::storage::table::Table;

/// Why an engine could not open or serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// Another process, or this one, has the store open; also this one, if a commit of its ended in
    /// a way that only the end of the process clears up.
    #[error("store in {} is in use by this or another process", dir.display())]
    InUse {
        /// The directory of the store.
        dir: PathBuf,
    },
    /// The directory holds something else.
    #[error("{} is neither a store nor empty", dir.display())]
    NotAStore {
        /// The directory.
        dir: PathBuf,
    },
    /// There is a store already, where a new one was to be made.
    #[error("there is a store in {} already", dir.display())]
    Exists {
        /// The directory of the store.
        dir: PathBuf,
    },
    /// There is no such directory, where a store was expected.
    #[error("there is no store in {}", dir.display())]
    Absent {
        /// The directory.
        dir: PathBuf,
    },
    /// The store is written in another format, as by a later release.
    #[error("store in {} has format {found}, expected {expected}", dir.display())]
    Format {
        /// The directory of the store.
        dir: PathBuf,
        /// What its format file says.
        found: String,
        /// The format known here.
        expected: &'static str,
    },
    /// The bytes at rest are not those that were written.
    #[error("store in {} is damaged: {what}", dir.display())]
    Damaged {
        /// The directory of the store.
        dir: PathBuf,
        /// What was found.
        what: String,
        /// What the engine said, if it did.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// An earlier commit ended without an answer, so this engine writes no more: what is in memory
    /// may differ from what is on disk. Opening the store anew finds out.
    #[error("storage stopped after a commit of unknown outcome")]
    Stopped,
    /// The file system failed.
    #[error("storage cannot {action} {}", path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The engine failed; its own error is the source.
    #[error("storage engine failed")]
    Engine(#[source] Box<dyn Error + Send + Sync>),
}

/// What became of a commit that is not `Ok`. Only after `Unknown` may it have been applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Another claim made this writer a former one. It must stop.
    #[error("writer of epoch {} is fenced by epoch {}", epoch.number(), current.number())]
    Fenced {
        /// The epoch of the commit.
        epoch: Epoch,
        /// The epoch of the store.
        current: Epoch,
    },
    /// The head is not the one the commit was computed from.
    #[error("commit follows head {}, store has {}", show(*expected), show(*found))]
    Conflict {
        /// The sequence number of the commit's previous head.
        expected: Option<u64>,
        /// The sequence number of the store's head.
        found: Option<u64>,
    },
    /// An inserted key is there already.
    #[error("key in append-only table {table:?} is taken")]
    KeyTaken {
        /// The table the key is in.
        table: Table,
    },
    /// A replaced key is not there.
    #[error("key to be replaced in table {table:?} is missing")]
    KeyMissing {
        /// The table the key should be in.
        table: Table,
    },
    /// The engine failed before anything was written; nothing will be.
    #[error("commit was not applied")]
    NotApplied(#[source] StorageError),
    /// The engine failed and cannot say. The writer must stop and read the store anew.
    #[error("whether the commit was applied is unknown")]
    Unknown(#[source] StorageError),
}

fn show(sequence: Option<u64>) -> String {
    sequence.map_or_else(|| "none".to_owned(), |sequence| sequence.to_string())
}
