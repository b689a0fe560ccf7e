//! Two checkpoints that are not of one log, and two entries at one place.

use prost::bytes::Bytes;

use crate::fraud::contradiction::Contradiction;
use crate::fraud::error::FraudProofError;
use crate::fraud::proof::{FraudProof, Proven};
use crate::fraud::shown::{Shown, checkpoint, own_note};
use crate::fraud::wire::{hashes, put_hashes};
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::log_key::LogKeys;
use crate::merkle::ConsistencyProof;
use crate::note::VerifiedCheckpoint;
use crate::proto;
use crate::proto::fraud_proof::Claim;

/// The claim that two checkpoints are not of one log. Of different sizes, `begins` is the root of
/// the tree that the larger one begins with at the size of the smaller, and the proof of that.
pub(super) fn claim(
    older: &VerifiedCheckpoint,
    newer: &VerifiedCheckpoint,
    begins: Option<(Digest, &ConsistencyProof)>,
) -> proto::TwoCheckpoints {
    let (root, consistency) = begins.map_or_else(Default::default, |(root, proof)| {
        (Bytes::copy_from_slice(root.as_bytes()), put_hashes(&proof.0))
    });
    proto::TwoCheckpoints { older: own_note(older), newer: own_note(newer), root, consistency }
}

/// Evidence that two checkpoints are not of one log, `older` being no larger. Of different sizes,
/// `begins` is the root of the tree that `newer` begins with at the size of `older`, with the proof
/// of that.
pub fn two_histories(
    genesis: &Genesis,
    keys: &LogKeys,
    (older, newer): (&VerifiedCheckpoint, &VerifiedCheckpoint),
    begins: Option<(Digest, &ConsistencyProof)>,
) -> Result<FraudProof, FraudProofError> {
    let claim = Claim::TwoCheckpoints(claim(older, newer, begins));
    FraudProof::make(claim, genesis, keys, newer.size())
}

pub(super) fn verify(
    message: &proto::TwoCheckpoints,
    keys: &LogKeys,
) -> Result<Proven, FraudProofError> {
    let older = checkpoint(&message.older, keys)?;
    let newer = checkpoint(&message.newer, keys)?;
    let found = message.root.len();
    let begins = if older.size() == newer.size() {
        if found > 0 {
            return Err(FraudProofError::Root { expected: 0, found });
        }
        if !message.consistency.is_empty() {
            return Err(FraudProofError::Uncalled { part: "consistency proof" });
        }
        newer.root()
    } else {
        let root: Result<[u8; 32], _> = message.root.as_ref().try_into();
        let root = root.map_err(|_cause| FraudProofError::Root { expected: 32, found })?;
        let (root, part) = (Digest::new(root), "hashes in a consistency proof");
        let proof = ConsistencyProof(hashes(part, &message.consistency)?);
        proof
            .verify(older.size(), root, newer.size(), newer.root())
            .map_err(FraudProofError::Consistency)?;
        root
    };
    if begins == older.root() {
        return Err(FraudProofError::SameRoot { root: begins });
    }
    let contradiction =
        Contradiction::Roots { size: older.size(), older: older.root(), newer: begins };
    Ok(Proven { checkpoints: vec![older, newer], contradiction })
}

pub(super) fn verify_entries(
    message: &proto::TwoEntries,
    keys: &LogKeys,
) -> Result<Proven, FraudProofError> {
    let first = Shown::verify(message.first.as_ref(), keys)?;
    let second = Shown::verify(message.second.as_ref(), keys)?;
    if first.index != second.index {
        let what = "they stand at different places";
        return Err(FraudProofError::NoContradiction { what });
    }
    if first.leaf == second.leaf {
        return Err(FraudProofError::NoContradiction { what: "both are one entry" });
    }
    let contradiction =
        Contradiction::Entries { index: first.index, first: first.leaf, second: second.leaf };
    Ok(Proven { checkpoints: vec![first.checkpoint, second.checkpoint], contradiction })
}
