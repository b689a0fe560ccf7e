//! Why a directory is no copy of a log that could be restored.

use std::path::PathBuf;

use crate::audit::SourceError;
use crate::storage::Table;

/// Why a directory is no copy of a log, or not a whole one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// Neither what `probant backup` writes nor a mirror.
    #[error(
        "{} is neither a backup nor a mirror: expected a checkpoint in it or in its folder log; a \
         first backup that was broken off has none yet", root.display()
    )]
    None {
        /// The directory.
        root: PathBuf,
    },
    /// A file can't be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A file of a backup is not what was written.
    #[error("file {path:?} of the backup is not what was written: {reason}")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The backup has no manifest.
    #[error(
        "{} has no backup.json: the first backup was broken off, or it is lost. Back up again, or \
         restore from its folder log as from a mirror", root.display()
    )]
    NoManifest {
        /// The directory.
        root: PathBuf,
    },
    /// Files with rows are gone.
    #[error(
        "the backup has {found} rows of table {table:?}, its manifest says {expected}: files are \
         missing"
    )]
    RowsMissing {
        /// The table.
        table: Table,
        /// How many the manifest counts.
        expected: u64,
        /// How many there are.
        found: u64,
    },
}
