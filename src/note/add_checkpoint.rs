//! The request by which a log asks a witness to cosign (c2sp.org/tlog-witness, add-checkpoint).

use std::fmt;

use crate::encoding::base64_encode;
use crate::merkle::{ConsistencyProof, TreeSize};
use crate::note::checkpoint::digest_decode;
use crate::note::signed::{Note, NoteError};

/// SPEC: the client MUST NOT send more than 63 consistency proof lines.
const PROOF_LINES_MAX: usize = 63;

/// The body of an add-checkpoint request. Nothing in it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness last cosigned, as the log believes.
    pub old_size: TreeSize,
    /// Shows that the tree of the checkpoint begins with that of the old size.
    pub proof: ConsistencyProof,
    /// The checkpoint.
    pub checkpoint: Note,
}

/// Why bytes are no add-checkpoint request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddCheckpointError {
    /// No blank line between proof and checkpoint.
    #[error("an add-checkpoint request has a blank line before the checkpoint")]
    NoBlankLine,
    /// The first line is no old size.
    #[error("{found:?} is not an old size: expected old and a decimal number")]
    OldSize {
        /// The line, cut after 80 characters.
        found: String,
    },
    /// Too many hashes.
    #[error("an add-checkpoint request has at most {PROOF_LINES_MAX} hashes, found {found}")]
    TooManyHashes {
        /// How many there are.
        found: usize,
    },
    /// A line is no hash.
    #[error("{found:?} is not a hash: expected base64 of 32 bytes")]
    Hash {
        /// The line, cut after 80 characters.
        found: String,
    },
    /// The checkpoint is no note.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl AddCheckpoint {
    /// Reads the body of a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, AddCheckpointError> {
        let blank = bytes.windows(2).position(|pair| pair == b"\n\n");
        let (head, note) = blank
            .and_then(|blank| Some((bytes.get(..blank)?, bytes.get(blank + 2..)?)))
            .ok_or(AddCheckpointError::NoBlankLine)?;
        let mut lines = head.split(|byte| *byte == b'\n').map(String::from_utf8_lossy);
        let first = lines.next().unwrap_or_default();
        let old_size =
            first.strip_prefix("old ").and_then(|size| size.parse().ok()).ok_or_else(|| {
                AddCheckpointError::OldSize { found: first.chars().take(80).collect() }
            })?;
        let found = lines.clone().count();
        if found > PROOF_LINES_MAX {
            return Err(AddCheckpointError::TooManyHashes { found });
        }
        let hash = |line: &str| {
            let error = || AddCheckpointError::Hash { found: line.chars().take(80).collect() };
            digest_decode(line).ok_or_else(error)
        };
        let hashes = lines.map(|line| hash(&line)).collect::<Result<_, _>>()?;
        let checkpoint = Note::parse(note)?;
        Ok(Self { old_size, proof: ConsistencyProof(hashes), checkpoint })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        for hash in &self.proof.0 {
            writeln!(f, "{}", base64_encode(hash.as_bytes()))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}
