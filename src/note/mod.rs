//! Signed notes, checkpoints, cosignatures and log proofs as C2SP defines them (formats.md,
//! sections 5 and 6). Knows nothing of what an entry says.

mod name;
mod verifier_key;
mod signature;
mod signed;
mod checkpoint;
mod tree_head;
mod verified;
mod cosignature;
mod witness_policy;
mod policy_parser;
mod quorum;
mod overlap;
mod add_checkpoint;
mod tlog_proof;

pub use add_checkpoint::{AddCheckpoint, AddCheckpointError};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::{cosign, cosign_head};
pub use name::{KeyName, KeyNameError};
pub use overlap::{Overlap, OverlapError};
pub use policy_parser::WitnessPolicyError;
pub use quorum::{CosignedCheckpoint, QuorumError};
pub use signature::NoteSignature;
pub use signed::{Note, NoteError, NoteSignError, VerifiedNote, VerifiedSignature};
pub use tlog_proof::{ProvenEntry, TlogProof, TlogProofError};
pub use tree_head::{TreeHead, TreeHeadError, VerifiedTreeHead};
pub use verified::{IncludedEntry, VerifiedCheckpoint};
pub use verifier_key::{KeyType, VerifierKey, VerifierKeyError};
pub use witness_policy::{PolicyGroup, PolicyLog, Witness, WitnessPolicy};
