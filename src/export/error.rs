//! Why a directory could not be written.

use std::io;
use std::path::PathBuf;

use crate::audit::SourceError;
use crate::hash::Digest;
use crate::log_key::HandoverError;
use crate::merkle::TreeSize;
use crate::note::{CheckpointError, QuorumError};
use crate::time::Timestamp;

/// Why a directory could not be written, or must not be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The log's files could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The log does not give a file that it must have.
    #[error("the log has no file {path:?}")]
    Missing {
        /// The file.
        path: String,
    },
    /// The log's checkpoint, or the directory's, does not hold.
    #[error("checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// A handover of the log key does not hold.
    #[error("handover {number}")]
    Handover {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        cause: HandoverError,
    },
    /// The log does not begin with that of a handover: it shows two histories.
    #[error("handover {number}: its checkpoint has another root than the tiles lead to")]
    HandoverRoot {
        /// Which one, from 1.
        number: usize,
    },
    /// The log is that of another trust root.
    #[error("genesis document of the log has digest {found}, the trust root {expected}")]
    Genesis {
        /// Digest of the trust root.
        expected: Digest,
        /// Digest of what the log gives.
        found: Digest,
    },
    /// The directory holds a longer log: it is never shortened.
    #[error("the directory holds {expected} entries, the log has {found}")]
    Shrunk {
        /// How many the directory holds.
        expected: TreeSize,
        /// How many the log has.
        found: TreeSize,
    },
    /// The tiles do not lead to the checkpoint's root.
    #[error("the tiles lead to root {found}, the checkpoint has {expected}")]
    Root {
        /// The root of the checkpoint.
        expected: Digest,
        /// The root that the tiles lead to.
        found: Digest,
    },
    /// The directory holds another log under the same name: keep both, they prove a fork.
    #[error("the directory holds another log than the one given: its first {size} entries differ")]
    Fork {
        /// How many entries both cover: the directory and what is given.
        size: TreeSize,
        /// The note of the directory's checkpoint.
        held: String,
        /// The note of the checkpoint given.
        found: String,
    },
    /// Not enough of the witnesses that are asked for have seen the checkpoint.
    #[error("witnesses")]
    Witnesses(#[from] QuorumError),
    /// The checkpoint is older than is accepted.
    #[error("checkpoint seen at {seen}, which is {age_ms} ms ago, expected at most {age_max_ms}")]
    TooOld {
        /// When the witnesses saw it; without any, when it was sealed.
        seen: Timestamp,
        /// How long ago that is, in milliseconds.
        age_ms: u64,
        /// What is accepted.
        age_max_ms: u64,
    },
    /// The directory lacks a file that it should have, or has another than was written.
    #[error("the directory's own file {path:?} is gone or damaged: have everything checked")]
    Damaged {
        /// The file.
        path: String,
    },
    /// A file of the log is not what the log commits to.
    #[error("file {path:?} is not what the log commits to: {reason}")]
    Content {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process writes the directory.
    #[error("another process has {path:?}")]
    Taken {
        /// The directory.
        path: PathBuf,
    },
    /// The directory can't be written to.
    #[error("{path:?} can't be written")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
}
