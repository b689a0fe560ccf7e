//! Why a reader gets no answer.

use crate::ledger::store_error::StoreError;
use crate::merkle::{EntryIndex, TreeSize};

/// Why a view can't be had, or does not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// The store does not answer, or its parts disagree.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No checkpoint was published at that size.
    #[error("no checkpoint was published at size {found}: the next lower one is {lower}")]
    NotPublished {
        /// The size that was asked for.
        found: TreeSize,
        /// The next lower size at which one was.
        lower: TreeSize,
    },
    /// The ledger has no witnesses.
    #[error("this ledger has its checkpoints cosigned by no witnesses")]
    NoWitnesses,
    /// No quorum of witnesses has cosigned that yet.
    #[error("no quorum of the ledger's witnesses has cosigned {}", not_yet(*newest))]
    NotWitnessed {
        /// The size of the newest checkpoint that one has.
        newest: Option<TreeSize>,
    },
    /// No quorum of witnesses has cosigned the checkpoint of that size, nor will any.
    #[error("no quorum of witnesses has cosigned size {found}: the next lower one is {lower}")]
    NotWitnessedAt {
        /// The size that was asked for.
        found: TreeSize,
        /// The next lower size of which one has.
        lower: TreeSize,
    },
    /// A size beyond the log.
    #[error("size {found} is beyond the log of {size} entries")]
    SizeBeyond {
        /// The size that was asked for.
        found: TreeSize,
        /// The size of the log.
        size: TreeSize,
    },
    /// An entry beyond the view.
    #[error("entry {index} is not in a tree of {size} entries")]
    EntryBeyond {
        /// The entry that was asked for.
        index: EntryIndex,
        /// The size of the view.
        size: TreeSize,
    },
    /// A genesis or a seal, where an attestation was asked for.
    #[error("entry {index} is no attestation")]
    NoAttestation {
        /// The entry.
        index: EntryIndex,
    },
    /// A chain longer than one answer may be.
    #[error("the chain has {found} records, at most {limit} are read at once")]
    ChainTooLong {
        /// How many records it has.
        found: u64,
        /// The limit.
        limit: usize,
    },
    /// Records that take more memory than those of one question may.
    #[error("the records take more than {limit} bytes in memory")]
    RecordsTooLarge {
        /// The limit.
        limit: usize,
    },
}

fn not_yet(newest: Option<TreeSize>) -> String {
    newest.map_or_else(
        || "any checkpoint yet".to_owned(),
        |newest| format!("a larger tree than that of {newest} entries yet"),
    )
}
