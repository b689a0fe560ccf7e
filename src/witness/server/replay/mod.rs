//! A witness that replays: it follows a ledger entry by entry, and cosigns with a key of its own only what
//! it was served whole and found to follow from the records. Knows nothing of whether records were rightly
//! admitted: an audit does.

mod log;
mod witness;

pub use witness::{ReplayOpenError, ReplayingWitness};
