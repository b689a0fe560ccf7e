//! Checkpoints, and the proofs between them and to their entries.

use crate::ledger::{Ledger, View};
use crate::merkle::{EntryIndex, TreeSize};
use crate::proto;
use crate::service::convert::hashes_to;
use crate::service::failure::Failure;

/// The size in a request; 0 stands for the newest.
pub(super) fn size_of(tree_size: u64) -> Option<TreeSize> {
    Some(TreeSize::new(tree_size)).filter(|size| !size.is_empty())
}

/// What the requests are answered by: the newest state has the proofs of every older one, and a view
/// of an older one would have its subject map made for nothing.
fn newest(ledger: &Ledger, asked: u64) -> Result<(View, TreeSize), Failure> {
    let newest = ledger.view(None)?;
    let size = size_of(asked).unwrap_or_else(|| newest.size());
    Ok((newest, size))
}

pub(super) fn checkpoint(
    ledger: &Ledger,
    request: proto::GetCheckpointRequest,
) -> Result<proto::GetCheckpointResponse, Failure> {
    if request.witnessed {
        let checkpoint = ledger.witnessed_note(size_of(request.tree_size))?.to_string();
        return Ok(proto::GetCheckpointResponse { checkpoint });
    }
    let (newest, size) = newest(ledger, request.tree_size)?;
    Ok(proto::GetCheckpointResponse { checkpoint: newest.note_at(size)? })
}

pub(super) fn inclusion(
    ledger: &Ledger,
    request: &proto::GetInclusionProofRequest,
) -> Result<proto::GetInclusionProofResponse, Failure> {
    let (newest, size) = newest(ledger, request.tree_size)?;
    let checkpoint = newest.note_at(size)?;
    let proof = newest.inclusion_at(EntryIndex::new(request.index), size)?;
    Ok(proto::GetInclusionProofResponse { hashes: hashes_to(&proof.0), checkpoint })
}

pub(super) fn consistency(
    ledger: &Ledger,
    request: &proto::GetConsistencyProofRequest,
) -> Result<proto::GetConsistencyProofResponse, Failure> {
    let Some(old) = size_of(request.old_size) else {
        let message = "expected the size of a published checkpoint, found 0".to_owned();
        return Err(Failure::Malformed { member: "old_size", message });
    };
    let (newest, new) = newest(ledger, request.new_size)?;
    let new_checkpoint = newest.note_at(new)?;
    let old_checkpoint = newest.note_at(old)?;
    let proof = newest.consistency_at(old, new)?;
    let hashes = hashes_to(&proof.0);
    Ok(proto::GetConsistencyProofResponse { hashes, old_checkpoint, new_checkpoint })
}
