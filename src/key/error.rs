//! Why a key or a signature is not accepted.

use crate::encoding::EncodingError;
use crate::key::id::KeyId;

/// Why a key can't be read or a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not base64.
    #[error(transparent)]
    Base64(#[from] EncodingError),
    /// Not the length of a public key.
    #[error("a public key has 32 bytes, found {found}")]
    KeyLength {
        /// How many bytes there are.
        found: usize,
    },
    /// Not the length of a signature.
    #[error("a signature has 64 bytes, found {found}")]
    SignatureLength {
        /// How many bytes there are.
        found: usize,
    },
    /// No point of the curve, or not its canonical encoding.
    #[error("{found} is not the canonical encoding of a point of the curve")]
    NotAPoint {
        /// The bytes in hex.
        found: String,
    },
    /// A point under which one signature holds for many messages.
    #[error("{found} is a point of small order")]
    SmallOrder {
        /// The bytes in hex.
        found: String,
    },
    /// Not a PEM file with an Ed25519 key.
    #[error("not an Ed25519 key in {expected} PEM: {reason}")]
    Pem {
        /// What the file should be: `SPKI` for a public key, `PKCS#8` for a private one.
        expected: &'static str,
        /// What is wrong with it, without any of its bytes.
        reason: String,
    },
    /// The signature is not one of this key over these bytes.
    #[error("signature of key {key} does not verify")]
    Signature {
        /// The key.
        key: KeyId,
    },
}
