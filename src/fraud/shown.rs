//! An entry under a signed checkpoint, as evidence shows it.

use crate::entry::{Body, Entry};
use crate::fraud::error::FraudProofError;
use crate::fraud::wire::{hashes, put_hashes};
use crate::hash::Digest;
use crate::log_key::LogKeys;
use crate::map::MapKey;
use crate::merkle::{EntryIndex, InclusionProof, leaf_hash};
use crate::note::{Note, VerifiedCheckpoint};
use crate::proto;

/// Bytes shown to stand in the log as an entry.
#[derive(Clone, Debug)]
#[must_use = "a shown entry is evidence; dropping it drops the check"]
pub(super) struct Shown {
    pub(super) checkpoint: VerifiedCheckpoint,
    pub(super) index: EntryIndex,
    pub(super) bytes: Vec<u8>,
    pub(super) leaf: Digest,
}

impl Shown {
    pub(super) fn verify(
        message: Option<&proto::ShownEntry>,
        keys: &LogKeys,
    ) -> Result<Self, FraudProofError> {
        let message = message.ok_or(FraudProofError::Missing { part: "entry" })?;
        let checkpoint = checkpoint(&message.checkpoint, keys)?;
        let (index, leaf) = (EntryIndex::new(message.index), leaf_hash(&message.entry));
        include(&checkpoint, index, leaf, &message.inclusion)?;
        Ok(Self { checkpoint, index, bytes: message.entry.to_vec(), leaf })
    }

    /// The entry that the bytes are.
    pub(super) fn entry(&self) -> Result<Entry, FraudProofError> {
        entry(self.index, &self.bytes)
    }
}

/// An entry as evidence shows it.
pub(super) fn show(
    checkpoint: &VerifiedCheckpoint,
    index: EntryIndex,
    entry: &[u8],
    inclusion: &InclusionProof,
) -> proto::ShownEntry {
    proto::ShownEntry {
        checkpoint: own_note(checkpoint),
        index: index.get(),
        entry: entry.to_vec().into(),
        inclusion: put_hashes(&inclusion.0),
    }
}

/// The checkpoint with the log's signature alone: what others sign below it proves nothing here.
pub(super) fn own_note(checkpoint: &VerifiedCheckpoint) -> String {
    checkpoint.note().only(checkpoint.log()).to_string()
}

/// A checkpoint with the signature of the log's key, and no other.
pub(super) fn checkpoint(
    note: &str,
    keys: &LogKeys,
) -> Result<VerifiedCheckpoint, FraudProofError> {
    let checkpoint = keys.verify_note(Note::parse(note.as_bytes())?)?;
    match checkpoint.note().signatures().len() {
        1 => Ok(checkpoint),
        found => Err(FraudProofError::Signatures { size: checkpoint.size(), found }),
    }
}

/// Shows that a leaf stands at `index` under a checkpoint.
pub(super) fn include(
    checkpoint: &VerifiedCheckpoint,
    index: EntryIndex,
    leaf: Digest,
    inclusion: &[u8],
) -> Result<(), FraudProofError> {
    let proof = InclusionProof(hashes("hashes in an inclusion proof", inclusion)?);
    let included = checkpoint.include(leaf, index, &proof);
    let _included = included.map_err(|cause| FraudProofError::Inclusion { index, cause })?;
    Ok(())
}

/// The entry that these bytes are.
pub(super) fn entry(index: EntryIndex, bytes: &[u8]) -> Result<Entry, FraudProofError> {
    Entry::decode(bytes).map_err(|cause| FraudProofError::Entry { index, cause })
}

/// The keys that an attestation lists.
pub(super) fn listed(index: EntryIndex, entry: &Entry) -> Result<&[MapKey], FraudProofError> {
    match entry.body() {
        Body::Attestation { keys, .. } => Ok(keys),
        Body::Genesis { .. } | Body::Seal { .. } => {
            Err(FraudProofError::Kind { index, expected: "attestation" })
        }
    }
}
