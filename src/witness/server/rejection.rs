//! Why a checkpoint was not cosigned, and the status that says so (c2sp.org/tlog-witness).

use http::StatusCode;

use crate::export::ExportError;
use crate::hash::Digest;
use crate::key::SignError;
use crate::merkle::{ProofError, TreeSize};
use crate::note::{AddCheckpointError, CheckpointError, TreeHeadError};

/// Why a checkpoint was not cosigned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// It is no request.
    #[error(transparent)]
    Malformed(#[from] AddCheckpointError),
    /// What is to be cosigned is no checkpoint.
    #[error(transparent)]
    Checkpoint(TreeHeadError),
    /// The witness does not know the log.
    #[error("no log is known here by the name {origin:?}")]
    UnknownLog {
        /// The first line of the checkpoint, cut after 255 characters.
        origin: String,
    },
    /// No signature is of a key of the log, or one of them does not hold.
    #[error("checkpoint of {origin:?}")]
    Signature {
        /// The log's name.
        origin: String,
        /// What is wrong.
        #[source]
        cause: TreeHeadError,
    },
    /// It is to go on from a tree that is larger than its own.
    #[error("old size {old} is larger than the checkpoint, which has {size}")]
    OldSize {
        /// The old size.
        old: TreeSize,
        /// The size of the checkpoint.
        size: TreeSize,
    },
    /// It goes on from another size than the one that was cosigned last.
    #[error("the latest cosigned size is {expected}, found old size {found}")]
    Conflict {
        /// The size that was cosigned last.
        expected: TreeSize,
        /// The old size.
        found: TreeSize,
    },
    /// It has another tree than the one of the same size that was cosigned: together they prove a fork.
    #[error(
        "the tree of {size} entries that was cosigned has root {expected}, this one has {found}"
    )]
    Fork {
        /// The size of both.
        size: TreeSize,
        /// The root that was cosigned.
        expected: Digest,
        /// The root of the checkpoint.
        found: Digest,
    },
    /// It was not shown to go on from what was cosigned last.
    #[error("the checkpoint of {size} entries is not shown to go on from the one of {old}")]
    Inconsistent {
        /// The size that was cosigned last.
        old: TreeSize,
        /// The size of the checkpoint.
        size: TreeSize,
        /// What is wrong.
        #[source]
        cause: ProofError,
    },
    /// It could not be stored, so that nothing was signed.
    #[error("the checkpoint can't be stored")]
    Storage(#[source] ExportError),
    /// A write before this one failed, and what is on the disk is not known.
    #[error(
        "a write failed, and nothing is cosigned for this log until the witness is started anew"
    )]
    Stopped,
    /// The log can't be replayed, for nobody said where its files are.
    #[error("this log is not replayed here")]
    NoFiles,
    /// The checkpoint is none that a ledger signs: no other log can be replayed.
    #[error("checkpoint of a ledger")]
    NoLedger(#[source] CheckpointError),
    /// It takes a while.
    #[error("the log is still being replayed up to this checkpoint: ask again")]
    Replaying,
    /// The log was not served whole up to the checkpoint.
    #[error("the log was not served whole up to this checkpoint: {why}")]
    Unserved {
        /// What is missing or withheld.
        why: String,
    },
    /// The log breaks its own rules.
    #[error("the log breaks its rules, and nothing of it is cosigned any more")]
    Fraud,
    /// The witness is at fault.
    #[error("internal error")]
    Internal,
    /// The key does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Rejection {
    /// The status that says so.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::Checkpoint(_) | Self::OldSize { .. } | Self::NoLedger(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::UnknownLog { .. } | Self::NoFiles => StatusCode::NOT_FOUND,
            Self::Signature { .. } => StatusCode::FORBIDDEN,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Fork { .. } | Self::Inconsistent { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Replaying | Self::Unserved { .. } => StatusCode::SERVICE_UNAVAILABLE,
            // No status of the protocol says it. 422 would be taken for the alarm that the log was forked,
            // and a ledger that stops writing takes no recalls either; what readers are to know stands in
            // the evidence.
            Self::Fraud => StatusCode::GONE,
            Self::Storage(_) | Self::Stopped | Self::Internal | Self::Sign(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}
