//! Evidence against the operator of a log: a file that shows, from the genesis document alone, that
//! the holder of the log's key signed what cannot all be true. Knows nothing of why, nor of when.
//!
//! docs/evidence.md; docs/formats.md, section 9.

mod error;
mod wire;
mod contradiction;
mod text;
mod shown;
mod checkpoints;
mod seal;
mod keys;
mod order;
mod omission;
mod proof;
mod outline;
mod follower;
mod against;

pub use against::{CompareError, Comparison, compare};
pub use checkpoints::two_histories;
pub use contradiction::{Contradiction, Kind};
pub use error::FraudProofError;
pub use follower::{Advance, Follower, NotServed, Seen, SeenError, TreeCopy, Unserved};
pub use outline::Outline;
pub use proof::{FraudProof, is_fraud_proof};
pub use wire::{FORMAT, FRAUD_PROOF_BYTES_MAX};
