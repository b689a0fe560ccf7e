//! The log's keys over time: which one signs checkpoints of which size, followed from the genesis
//! document by handovers, each of which is evidence by itself. Knows nothing of where handovers are
//! kept.
//!
//! formats.md, section 7.

mod error;
mod wire;
mod handover;
mod keys;

pub use error::HandoverError;
pub use handover::{Handover, ShownChange};
pub use keys::{LogKeys, VerifiedHandover, handover_number, handover_path};
pub use wire::{CHANGES_MAX, HANDOVER_BYTES_MAX, HANDOVERS_MAX};
