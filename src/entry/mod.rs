//! Log entries: genesis, attestation, seal; bundles of them, and of what they commit to; the rules
//! that a log keeps from entry to entry. Knows nothing of what attestations say.
//!
//! formats.md, sections 4 and 5.

mod body;
mod error;
mod log_entry;
mod bundle;
mod payload;
mod log_error;
mod statements;
mod log_state;

pub use body::{Body, KEYS_MAX};
pub use bundle::{BundleError, EntryBundle};
pub use error::EntryError;
pub use log_entry::{ENTRY_BYTES_MAX, Entry};
pub use log_error::LogError;
pub use log_state::LogState;
pub use payload::{Payload, PayloadBundle};
