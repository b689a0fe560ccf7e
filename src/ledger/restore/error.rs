//! Why a log is not restored from a copy.

use std::path::PathBuf;

use crate::audit::SourceError;
use crate::entry::EntryError;
use crate::export::{CopyError, ExportError};
use crate::ledger::open_error::OpenError;
use crate::ledger::store_error::StoreError;
use crate::merkle::{EntryIndex, TreeSize};
use crate::note::CheckpointError;
use crate::storage::{CommitError, StorageError};

/// Why a log is not restored from a copy. A store that was begun is none that a ledger opens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The directory is no copy, or a part of it is not what was written.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The copy's files can't be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The copy's checkpoint or handovers do not hold.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The copy's checkpoint does not hold.
    #[error("checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// The copy breaks rules that every log keeps.
    #[error("the copy is not sound: {first}; `probant audit` says all that is wrong")]
    Unsound {
        /// The first of what is wrong with it.
        first: String,
    },
    /// The copy does not have what admission has to read from here on, and no other has it.
    #[error(
        "{count} payloads are in none of the copies, the first of entry {first}: a ledger without \
         them could admit nothing rightly, and would be found unsound. Name a backup that has them \
         with --payloads"
    )]
    Payloads {
        /// How many.
        count: u64,
        /// The first of them.
        first: EntryIndex,
    },
    /// Another copy goes further.
    #[error(
        "{} holds {expected} entries, the copy to restore from {found}: restore from the longer \
         one, and name this one with --payloads", root.display()
    )]
    Longer {
        /// The other copy.
        root: PathBuf,
        /// How many entries it holds.
        expected: TreeSize,
        /// How many the copy holds.
        found: TreeSize,
    },
    /// Another copy has another history.
    #[error(
        "{} holds another history than the copy to restore from: its first {size} entries differ. \
         Keep both, they prove that the log was forked", root.display()
    )]
    Fork {
        /// The other copy.
        root: PathBuf,
        /// How many entries it holds.
        size: TreeSize,
    },
    /// A row of a backup is not one of this log.
    #[error("the {what} of size or entry {index} in a backup is not of this log")]
    Row {
        /// What it is.
        what: &'static str,
        /// Which one.
        index: u64,
    },
    /// What is written from the entries is not what they say.
    #[error("entry {index} is not what follows from the entries before it")]
    Differs {
        /// The entry.
        index: EntryIndex,
    },
    /// An entry can't be read, or made again.
    #[error("entry {index}")]
    Entry {
        /// The entry.
        index: EntryIndex,
        /// What is wrong with it.
        #[source]
        cause: EntryError,
    },
    /// The log key does not sign.
    #[error("the log key does not sign")]
    Sign(#[from] crate::key::SignError),
    /// There is something in the store already.
    #[error("the store is not empty")]
    NotEmpty,
    /// The new store does not answer, or is not what was written into it.
    #[error("the new store")]
    Store(#[from] StoreError),
    /// The new store does not take what is written.
    #[error("the new store")]
    Commit(#[from] CommitError),
    /// The copy is older than what was signed, or has another history.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl From<StorageError> for RestoreError {
    fn from(cause: StorageError) -> Self {
        Self::Store(cause.into())
    }
}

impl RestoreError {
    /// Whether it says something of the copy, and not only that it could not be looked at.
    pub fn is_verdict(&self) -> bool {
        match self {
            Self::Source(_)
            | Self::Sign(_)
            | Self::NotEmpty
            | Self::Store(_)
            | Self::Commit(_)
            | Self::Copy(CopyError::Source(_) | CopyError::None { .. })
            | Self::Export(ExportError::Source(_) | ExportError::Io { .. }) => false,
            Self::Open(cause) => matches!(cause, OpenError::Older { .. } | OpenError::Fork { .. }),
            Self::Copy(_)
            | Self::Export(_)
            | Self::Checkpoint(_)
            | Self::Unsound { .. }
            | Self::Payloads { .. }
            | Self::Longer { .. }
            | Self::Fork { .. }
            | Self::Row { .. }
            | Self::Differs { .. }
            | Self::Entry { .. } => true,
        }
    }
}
