//! Whatever signs: a key in memory, or one that never leaves its device.

use std::fmt;

use crate::key::public::PublicKey;
use crate::key::signature::Signature;

/// Signs bytes with one Ed25519 key.
pub trait Signer: Send + Sync + fmt::Debug {
    /// The key under which the signatures verify.
    fn public_key(&self) -> &PublicKey;

    /// A signature over `message`. Who calls it decides that this may be signed.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;
}

/// Why there is no signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key, or the device that holds it, does not answer.
    #[error("signer is not available: {reason}")]
    Unavailable {
        /// What it says.
        reason: String,
    },
}
