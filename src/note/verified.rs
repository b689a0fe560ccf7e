//! What follows from a checkpoint whose log signature holds.

use crate::hash::Digest;
use crate::merkle::{ConsistencyProof, EntryIndex, InclusionProof, ProofError, TreeSize};
use crate::note::checkpoint::{Checkpoint, CheckpointError};
use crate::note::name::KeyName;
use crate::note::signature::NoteSignature;
use crate::note::signed::Note;
use crate::note::verifier_key::{KeyType, VerifierKey};

/// A checkpoint with a signature of its log's key that holds. No witness has been asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a verified checkpoint is evidence; dropping it drops the check"]
pub struct VerifiedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
    log: VerifierKey,
    /// The log's keys before `log`, the first one first.
    earlier: Vec<VerifierKey>,
}

/// An entry shown to stand under a verified checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an included entry is evidence; dropping it drops the check"]
pub struct IncludedEntry {
    leaf: Digest,
    index: EntryIndex,
    size: TreeSize,
    root: Digest,
}

impl VerifiedCheckpoint {
    /// Reads a note and checks that it is a checkpoint of this log, signed by its key.
    pub fn verify(bytes: &[u8], log: &VerifierKey) -> Result<Self, CheckpointError> {
        Self::of_note(Note::parse(bytes)?, log)
    }

    /// Checks that a note is a checkpoint of this log, signed by its key.
    pub fn of_note(note: Note, log: &VerifierKey) -> Result<Self, CheckpointError> {
        if log.key_type() != KeyType::Ed25519 {
            return Err(CheckpointError::KeyType { name: log.name().clone() });
        }
        let verified = note.verify(std::slice::from_ref(log))?;
        let checkpoint: Checkpoint = verified.text().parse()?;
        if checkpoint.origin() != log.name() {
            return Err(CheckpointError::Origin {
                expected: log.name().clone(),
                found: checkpoint.origin().clone(),
            });
        }
        Ok(Self { checkpoint, note, log: log.clone(), earlier: Vec::new() })
    }

    /// The same, where it is known which keys the log had before this one, the first one first.
    pub(crate) fn after(self, earlier: Vec<VerifierKey>) -> Self {
        Self { earlier, ..self }
    }

    /// The same, with more signatures below it. The log's own must still hold.
    pub fn with_signatures(
        &self,
        more: impl IntoIterator<Item = NoteSignature>,
    ) -> Result<Self, CheckpointError> {
        let note = self.note.clone().with_signatures(more)?;
        Ok(Self::of_note(note, &self.log)?.after(self.earlier.clone()))
    }

    /// What the log commits to.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The log's name.
    pub const fn origin(&self) -> &KeyName {
        self.checkpoint.origin()
    }

    /// How many entries the log held.
    pub const fn size(&self) -> TreeSize {
        self.checkpoint.size()
    }

    /// The root over them.
    pub const fn root(&self) -> Digest {
        self.checkpoint.root()
    }

    /// The note as it came, with all its signatures.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// The key under which the log's signature holds.
    pub const fn log(&self) -> &VerifierKey {
        &self.log
    }

    /// Whether the log has this key, or had it before it was handed over.
    pub fn is_of_log(&self, key: &VerifierKey) -> bool {
        self.log == *key || self.earlier.contains(key)
    }

    /// Shows that `leaf` stands at `index` under this checkpoint.
    pub fn include(
        &self,
        leaf: Digest,
        index: EntryIndex,
        proof: &InclusionProof,
    ) -> Result<IncludedEntry, ProofError> {
        let (size, root) = (self.size(), self.root());
        proof.verify(leaf, index, size, root)?;
        Ok(IncludedEntry { leaf, index, size, root })
    }

    /// Checks that the tree of this checkpoint begins with that of `old`, one of the same log.
    pub fn extends(&self, old: &Checkpoint, proof: &ConsistencyProof) -> Result<(), ProofError> {
        proof.verify(old.size(), old.root(), self.size(), self.root())
    }
}

impl IncludedEntry {
    /// The entry's leaf hash.
    pub const fn leaf(&self) -> Digest {
        self.leaf
    }

    /// Where it stands.
    pub const fn index(&self) -> EntryIndex {
        self.index
    }

    /// Whether it was shown to stand under this checkpoint.
    pub fn is_under(&self, checkpoint: &VerifiedCheckpoint) -> bool {
        (self.size, self.root) == (checkpoint.size(), checkpoint.root())
    }
}
