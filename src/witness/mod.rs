//! Asking witnesses for cosignatures (c2sp.org/tlog-witness). Knows nothing of what they are for.

mod error;
mod conversation;
mod client;

pub use client::{WitnessClient, WitnessOptions};
pub use error::{Unavailable, WitnessClientError};
