//! Ed25519 keys: key ids, PEM and base64 forms, strict verification, the signer (RFC 8032;
//! formats.md, section 2). Knows nothing of whose they are.

mod id;
mod error;
mod signature;
mod public;
mod signer;
mod private;

pub use error::KeyError;
pub use id::KeyId;
pub use private::PrivateKey;
pub use public::PublicKey;
pub use signature::Signature;
pub use signer::{SignError, Signer};
