//! Witnesses (c2sp.org/tlog-witness): asking them for cosignatures, and being one. Knows nothing of what
//! cosignatures are for.

mod error;
mod conversation;
mod client;
pub mod server;

pub use client::{WitnessClient, WitnessOptions};
pub use error::{Unavailable, WitnessClientError};
