//! What a witness cosigned last of a log: the one thing that it has to remember.

use crate::hash::Digest;
use crate::merkle::{EMPTY_ROOT, TreeSize};
use crate::note::{
    Note, NoteError, TreeHead, TreeHeadError, VerifiedSignature, VerifiedTreeHead, VerifierKey,
};

/// A checkpoint with this witness's own cosignature, which holds, and the time in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a cosigned tree head is evidence; dropping it drops the check"]
pub(super) struct CosignedTreeHead {
    head: TreeHead,
    note: Note,
    time_s: u64,
}

impl CosignedTreeHead {
    /// Reads a note and checks that it is a checkpoint that the witness with this key has cosigned.
    pub(super) fn verify(bytes: &[u8], witness: &VerifierKey) -> Result<Self, TreeHeadError> {
        let note = Note::parse(bytes)?;
        let verified = VerifiedTreeHead::of_note(&note, std::slice::from_ref(witness))?;
        let own = note.verify(std::slice::from_ref(witness))?;
        let time_s = own.signatures().iter().filter_map(VerifiedSignature::time_s).max();
        // A witness has a key of the type that states one.
        let time_s = time_s.ok_or(NoteError::NoKnownSignature)?;
        Ok(Self { head: verified.head().clone(), note, time_s })
    }

    /// The log's name.
    pub(super) fn origin(&self) -> &str {
        self.head.origin()
    }

    /// The file that it is kept in, and its place in a URL.
    pub(super) fn hash(&self) -> Digest {
        Digest::of(self.origin().as_bytes())
    }

    /// What the log commits to.
    pub(super) const fn head(&self) -> &TreeHead {
        &self.head
    }

    /// The note: the signatures of the log that hold, and the witness's own.
    pub(super) const fn note(&self) -> &Note {
        &self.note
    }

    /// The time in the cosignature, in seconds since 1970.
    pub(super) const fn time_s(&self) -> u64 {
        self.time_s
    }
}

/// Size and root that the next checkpoint has to go on from: of the empty tree, if there is none.
pub(super) fn size_and_root(latest: Option<&CosignedTreeHead>) -> (TreeSize, Digest) {
    latest.map_or((TreeSize::EMPTY, EMPTY_ROOT), |it| (it.head.size(), it.head.root()))
}
