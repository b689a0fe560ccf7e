//! What a log asks to have cosigned, once one of its keys is seen to have signed it.

use crate::hash::Digest;
use crate::merkle::{ConsistencyProof, TreeSize};
use crate::note::VerifiedTreeHead;
use crate::witness::server::cosigned::{CosignedTreeHead, size_and_root};
use crate::witness::server::rejection::Rejection;

/// A request whose checkpoint a key of the log has signed. Not shown: that it goes on from what was
/// cosigned before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a verified submission is evidence; dropping it drops the check"]
pub struct Submission {
    log: Digest,
    old_size: TreeSize,
    proof: ConsistencyProof,
    head: VerifiedTreeHead,
}

impl Submission {
    /// The request to cosign a checkpoint that a key of the log has signed.
    pub(super) fn new(
        log: Digest,
        old_size: TreeSize,
        proof: ConsistencyProof,
        head: VerifiedTreeHead,
    ) -> Result<Self, Rejection> {
        let size = head.head().size();
        // SPEC: the old size MUST be equal to or lower than the checkpoint size. Otherwise 400.
        if old_size > size {
            return Err(Rejection::OldSize { old: old_size, size });
        }
        Ok(Self { log, old_size, proof, head })
    }

    /// The hash of the log's origin.
    pub const fn log(&self) -> Digest {
        self.log
    }

    /// What the log commits to.
    pub const fn head(&self) -> &VerifiedTreeHead {
        &self.head
    }

    /// Checks that the checkpoint goes on from what was cosigned last.
    pub(super) fn check(&self, latest: Option<&CosignedTreeHead>) -> Result<(), Rejection> {
        let (expected, root) = size_and_root(latest);
        // SPEC: if the old size doesn't match the latest cosigned one, 409 with that.
        if self.old_size != expected {
            return Err(Rejection::Conflict { expected, found: self.old_size });
        }
        // SPEC: 422 if the empty tree has another root, if a proof from nothing is not empty, if the
        // proof does not verify, or if the sizes are the same and the roots are not.
        let (size, new_root) = (self.head.head().size(), self.head.head().root());
        if size == expected && new_root != root {
            return Err(Rejection::Fork { size, expected: root, found: new_root });
        }
        let shown = self.proof.verify(expected, root, size, new_root);
        shown.map_err(|cause| Rejection::Inconsistent { old: expected, size, cause })
    }
}
