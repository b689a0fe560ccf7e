//! The file that shows an entry to be in a log (c2sp.org/tlog-proof): a receipt that any tool can
//! read, with the entry as its extra data (formats.md, section 6).

use std::fmt;

use crate::encoding::{base64_decode, base64_encode};
use crate::merkle::{EntryIndex, InclusionProof, ProofError, leaf_hash};
use crate::note::checkpoint::{CheckpointError, digest_decode};
use crate::note::signed::{Note, NoteError};
use crate::note::verified::{IncludedEntry, VerifiedCheckpoint};
use crate::note::verifier_key::VerifierKey;

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Bytes that a proof may have: the largest entry in base64, a proof and a note take 112,000.
const PROOF_BYTES_MAX: usize = 128 * 1024;

/// A tlog-proof file. Nothing in it is verified. Writes itself as the bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// The extra data, which in a receipt is the entry.
    pub extra: Option<Vec<u8>>,
    /// Where the entry stands.
    pub index: EntryIndex,
    /// Shows that it stands there.
    pub proof: InclusionProof,
    /// The checkpoint under which it stands.
    pub checkpoint: Note,
}

/// An entry's bytes, shown to stand in a log under a checkpoint with the log's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a proven entry is evidence; dropping it drops the check"]
pub struct ProvenEntry {
    entry: Vec<u8>,
    included: IncludedEntry,
    checkpoint: VerifiedCheckpoint,
}

/// Why a file is no tlog-proof, or shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlogProofError {
    /// Too long.
    #[error("a proof has at most {PROOF_BYTES_MAX} bytes, found {found}")]
    TooLong {
        /// How many bytes there are.
        found: usize,
    },
    /// No blank line between proof and checkpoint.
    #[error("a proof has a blank line before the checkpoint")]
    NoBlankLine,
    /// Another format or version.
    #[error("{found:?} is not {HEADER}")]
    Header {
        /// The line, cut after 80 characters.
        found: String,
    },
    /// The extra data is not base64.
    #[error("extra data is not base64")]
    Extra,
    /// No index where it should be.
    #[error("{found:?} is not an index: expected index and a decimal number")]
    Index {
        /// The line, cut after 80 characters.
        found: String,
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
    /// The checkpoint does not count.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// There is no entry to be shown.
    #[error("the proof is without its entry: expected it as extra data")]
    NoEntry,
    /// The entry does not stand there.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl TlogProof {
    /// Reads a tlog-proof file.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        if bytes.len() > PROOF_BYTES_MAX {
            return Err(TlogProofError::TooLong { found: bytes.len() });
        }
        let blank = bytes.windows(2).position(|pair| pair == b"\n\n");
        let (head, note) = blank
            .and_then(|blank| Some((bytes.get(..blank)?, bytes.get(blank + 2..)?)))
            .ok_or(TlogProofError::NoBlankLine)?;
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split('\n');
        let header = lines.next().unwrap_or_default();
        if header != HEADER {
            return Err(TlogProofError::Header { found: cut(header) });
        }
        let mut line = lines.next().unwrap_or_default();
        let mut extra = None;
        if let Some(base64) = line.strip_prefix("extra ") {
            extra = Some(base64_decode(base64).map_err(|_cause| TlogProofError::Extra)?);
            line = lines.next().unwrap_or_default();
        }
        let index = line
            .strip_prefix("index ")
            .and_then(|index| index.parse().ok())
            .ok_or_else(|| TlogProofError::Index { found: cut(line) })?;
        let hashes = lines
            .map(|line| {
                digest_decode(line).ok_or_else(|| TlogProofError::Hash { found: cut(line) })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { extra, index, proof: InclusionProof(hashes), checkpoint: Note::parse(note)? })
    }

    /// Shows that the entry stands in the log with this key. No witness is asked for: hand the
    /// checkpoint to a policy.
    pub fn verify(self, log: &VerifierKey) -> Result<ProvenEntry, TlogProofError> {
        let entry = self.extra.ok_or(TlogProofError::NoEntry)?;
        let checkpoint = VerifiedCheckpoint::of_note(self.checkpoint, log)?;
        let included = checkpoint.include(leaf_hash(&entry), self.index, &self.proof)?;
        Ok(ProvenEntry { entry, included, checkpoint })
    }
}

impl ProvenEntry {
    /// The entry's bytes.
    pub fn entry(&self) -> &[u8] {
        &self.entry
    }

    /// Where it stands.
    pub const fn included(&self) -> IncludedEntry {
        self.included
    }

    /// The checkpoint under which it stands.
    pub const fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", base64_encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.proof.0 {
            writeln!(f, "{}", base64_encode(hash.as_bytes()))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

fn cut(line: &str) -> String {
    line.chars().take(80).collect()
}
