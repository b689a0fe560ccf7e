//! DSSE envelopes: signed bytes, signatures, the stored record. Knows nothing of what a payload
//! says, nor which keys are registered.
//!
//! DSSE v1.0.2; formats.md, section 2.

mod pae;
mod digest;
mod error;
mod dsse;
mod record;
mod json;
mod verified;

pub use digest::{EnvelopeDigest, StatementDigest};
pub use dsse::{Envelope, PAYLOAD_TYPE, SIGNATURES_MAX};
pub use error::EnvelopeError;
pub use json::JSON_BYTES_MAX;
pub use pae::pae;
pub use record::RECORD_BYTES_MAX;
pub use verified::VerifiedEnvelope;
