//! Why a witness does not start.

use std::io;
use std::path::PathBuf;

use crate::audit::SourceError;
use crate::export::ExportError;
use crate::merkle::TreeSize;
use crate::note::TreeHeadError;
use crate::witness::server::files::LogFilesError;

/// Why the state of a witness can't be opened. It never begins anew by itself: a witness that forgot
/// what it cosigned would cosign another history.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessOpenError {
    /// There is no state.
    #[error(
        "{dir:?} holds no state of a witness: put back the state of one that has cosigned before; \
         only one that never has may begin with nothing (--begin)"
    )]
    Absent {
        /// The directory.
        dir: PathBuf,
    },
    /// A state was to begin where there is one.
    #[error("{dir:?} holds the state of a witness already: it does not begin again")]
    Exists {
        /// The directory.
        dir: PathBuf,
    },
    /// There is no guard.
    #[error(
        "{guard:?} holds no guard of a witness: it may have to be mounted; only where there has never \
         been one for this state may it begin (--begin-guard)"
    )]
    NoGuard {
        /// Where it should be.
        guard: PathBuf,
    },
    /// A guard was to begin where there is one.
    #[error("{guard:?} holds the guard of a witness already: it does not begin again")]
    GuardExists {
        /// The directory.
        guard: PathBuf,
    },
    /// The directory has something else in it.
    #[error("{dir:?} is of no witness, and not empty")]
    NotEmpty {
        /// The directory.
        dir: PathBuf,
    },
    /// Another process has it.
    #[error("{dir:?} is in use by another process")]
    InUse {
        /// The directory.
        dir: PathBuf,
    },
    /// It is of another version, or none.
    #[error("{dir:?} has format {found:?}, expected {expected:?}")]
    Format {
        /// The directory.
        dir: PathBuf,
        /// What this program writes.
        expected: &'static str,
        /// What the file says, cut after 80 characters.
        found: String,
    },
    /// A file is not what it was written as.
    #[error("{path:?} is damaged: put back the newest state")]
    Digest {
        /// The file.
        path: PathBuf,
    },
    /// A file has something else in it, or the cosignature of another key.
    #[error("{path:?} is not a checkpoint that this key cosigned: a state is that of one key")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: TreeHeadError,
    },
    /// A file stands where none of its content belongs.
    #[error("{path:?} does not belong to the state of a witness")]
    Misplaced {
        /// The file.
        path: PathBuf,
    },
    /// The keys of a log that were followed are not kept whole.
    #[error("the handovers in {path:?} are damaged: put back the newest state")]
    Keys {
        /// The directory.
        path: PathBuf,
        /// What is wrong with them.
        #[source]
        cause: LogFilesError,
    },
    /// What was cosigned is not there any more.
    #[error("the checkpoint of {origin:?} in {dir:?} is lost: put back the newest state")]
    Lost {
        /// The directory.
        dir: PathBuf,
        /// The log's name.
        origin: String,
    },
    /// The guard knows of more.
    #[error(
        "of {origin:?} {found} entries are in the state, and {expected} in {guard:?}: it was \
         restored from an older copy, or is another one. Put back the newest state"
    )]
    Older {
        /// The guard.
        guard: PathBuf,
        /// The log's name.
        origin: String,
        /// The size in the guard.
        expected: TreeSize,
        /// The size in the state.
        found: TreeSize,
    },
    /// The guard knows of something else.
    #[error("of {origin:?} the state and {guard:?} have different trees of {size} entries")]
    Fork {
        /// The guard.
        guard: PathBuf,
        /// The log's name.
        origin: String,
        /// The size of both.
        size: TreeSize,
    },
    /// It can't be read.
    #[error("{dir:?} can't be read")]
    Read {
        /// The directory.
        dir: PathBuf,
        /// Why not.
        #[source]
        cause: SourceError,
    },
    /// It can't be opened or locked.
    #[error("{path:?} can't be opened")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// It can't be written.
    #[error(transparent)]
    Write(#[from] ExportError),
}
