//! Checkpoints, and the proofs between them and to their entries.

use crate::ledger::Ledger;
use crate::merkle::{EntryIndex, TreeSize};
use crate::proto;
use crate::service::convert::hashes_to;
use crate::service::failure::Failure;

/// The size in a request; 0 stands for the newest.
pub(super) fn size_of(tree_size: u64) -> Option<TreeSize> {
    Some(TreeSize::new(tree_size)).filter(|size| !size.is_empty())
}

pub(super) fn checkpoint(
    ledger: &Ledger,
    request: proto::GetCheckpointRequest,
) -> Result<proto::GetCheckpointResponse, Failure> {
    let view = ledger.view(size_of(request.tree_size))?;
    Ok(proto::GetCheckpointResponse { checkpoint: view.checkpoint_note().to_owned() })
}

pub(super) fn inclusion(
    ledger: &Ledger,
    request: &proto::GetInclusionProofRequest,
) -> Result<proto::GetInclusionProofResponse, Failure> {
    let view = ledger.view(size_of(request.tree_size))?;
    let proof = view.inclusion(EntryIndex::new(request.index))?;
    Ok(proto::GetInclusionProofResponse {
        hashes: hashes_to(&proof.0),
        checkpoint: view.checkpoint_note().to_owned(),
    })
}

pub(super) fn consistency(
    ledger: &Ledger,
    request: &proto::GetConsistencyProofRequest,
) -> Result<proto::GetConsistencyProofResponse, Failure> {
    let Some(old) = size_of(request.old_size) else {
        let message = "expected the size of a published checkpoint, found 0".to_owned();
        return Err(Failure::Malformed { member: "old_size", message });
    };
    let new = ledger.view(size_of(request.new_size))?;
    let old = ledger.view(Some(old))?;
    let proof = new.consistency(old.size())?;
    Ok(proto::GetConsistencyProofResponse {
        hashes: hashes_to(&proof.0),
        old_checkpoint: old.checkpoint_note().to_owned(),
        new_checkpoint: new.checkpoint_note().to_owned(),
    })
}
