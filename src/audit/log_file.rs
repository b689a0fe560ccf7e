//! The names of the files that a log has (formats.md, section 8). Knows nothing of what is in them.

use std::fmt;
use std::str::FromStr;

use crate::log_key::{handover_number, handover_path};
use crate::merkle::{TileId, TilePathError};

/// A file of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogFile {
    /// The signed note of a checkpoint.
    Checkpoint,
    /// The genesis document.
    Genesis,
    /// A handover of the log key, by its number: 1 and up.
    Handover(usize),
    /// Hashes, entries or payloads.
    Tile(TileId),
}

/// A path that names no file of a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogFileError {
    /// It does not begin like one.
    #[error("{found:?} is no file of a log")]
    Unknown {
        /// The path, cut after 80 characters.
        found: String,
    },
    /// A handover that is not named as one.
    #[error(
        "{found:?} is no handover: expected handover/<number>, 1 and up, without leading zeros"
    )]
    Handover {
        /// The path, cut after 80 characters.
        found: String,
    },
    /// A tile or a bundle that is not named as one.
    #[error(transparent)]
    Tile(#[from] TilePathError),
}

impl fmt::Display for LogFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint => f.write_str("checkpoint"),
            Self::Genesis => f.write_str("genesis"),
            Self::Handover(number) => f.write_str(&handover_path(*number)),
            Self::Tile(id) => id.fmt(f),
        }
    }
}

impl FromStr for LogFile {
    type Err = LogFileError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        let found = || path.chars().take(80).collect();
        match path.split_once('/').map_or(path, |(first, _)| first) {
            "handover" if path.contains('/') => handover_number(path)
                .map(Self::Handover)
                .ok_or_else(|| LogFileError::Handover { found: found() }),
            "tile" | "payload" if path.contains('/') => Ok(Self::Tile(path.parse()?)),
            _ => match path {
                "checkpoint" => Ok(Self::Checkpoint),
                "genesis" => Ok(Self::Genesis),
                _ => Err(LogFileError::Unknown { found: found() }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_back_what_it_writes() {
        for path in [
            "checkpoint",
            "genesis",
            "handover/1",
            "tile/0/000",
            "tile/entries/x001/000.p/7",
            "payload/003",
        ] {
            assert_eq!(path.parse::<LogFile>().unwrap().to_string(), path);
        }
    }

    #[test]
    fn what_looks_like_a_file_of_a_log_is_told_from_what_does_not() {
        for path in
            ["", "/", "tile", "payload", "handover", "checkpoint/", "genesis/1", "/tile/0/000"]
        {
            let error = path.parse::<LogFile>().unwrap_err();
            assert!(matches!(error, LogFileError::Unknown { .. }), "{path:?}: {error}");
        }
        for path in ["handover/", "handover/0", "handover/01", "handover/+1", "handover/1/"] {
            let error = path.parse::<LogFile>().unwrap_err();
            assert!(matches!(error, LogFileError::Handover { .. }), "{path:?}: {error}");
        }
        for path in ["tile/", "tile/0/0", "payload/0", "tile/entries/000.p/256"] {
            let error = path.parse::<LogFile>().unwrap_err();
            assert!(matches!(error, LogFileError::Tile(_)), "{path:?}: {error}");
        }
    }
}
