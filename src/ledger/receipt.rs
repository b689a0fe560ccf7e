//! What a submitter keeps.

use crate::merkle::{EntryIndex, InclusionProof};

/// That an attestation is in the log: its entry, and the proof that it stands under a signed
/// checkpoint which was published. No witness has been asked for (formats.md, section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Where it stands.
    pub index: EntryIndex,
    /// The bytes of its entry.
    pub entry: Vec<u8>,
    /// The proof that the entry is under the checkpoint.
    pub proof: InclusionProof,
    /// The signed note of the checkpoint.
    pub checkpoint: String,
    /// Whether the statement was in the log before: the entry is the first one's.
    pub is_duplicate: bool,
}
