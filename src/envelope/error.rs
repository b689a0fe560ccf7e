//! Why bytes are no envelope, or an envelope is not verified.

use crate::encoding::EncodingError;
use crate::envelope::dsse::{PAYLOAD_TYPE, SIGNATURES_MAX};
use crate::envelope::record::RECORD_BYTES_MAX;
use crate::json::JsonError;
use crate::key::{KeyId, SignError};

/// Why bytes are no envelope, or an envelope is not verified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The record is cut short or has bytes left over.
    #[error("envelope record is malformed")]
    Encoding(#[from] EncodingError),
    /// Not strict JSON.
    #[error("DSSE envelope is not strict JSON")]
    Json(#[from] JsonError),
    /// A member of the JSON is missing or of another form.
    #[error("DSSE envelope: {member} is missing or not {expected}")]
    Member {
        /// The member.
        member: &'static str,
        /// The form that it has to have.
        expected: &'static str,
    },
    /// A payload type that is not known here.
    #[error("payload type {found:?}, expected {PAYLOAD_TYPE:?}")]
    PayloadType {
        /// The type, cut after 80 characters.
        found: String,
    },
    /// Too few or too many signatures.
    #[error("{found} signatures, expected 1 to {SIGNATURES_MAX}")]
    SignatureCount {
        /// How many there are.
        found: usize,
    },
    /// Two signatures by one key.
    #[error("two signatures by key {key}, expected one")]
    SignatureTwice {
        /// The key.
        key: KeyId,
    },
    /// The signatures of a record are not in the order of their key ids.
    #[error("signature by key {found} follows that by {before}, expected ascending key ids")]
    SignatureOrder {
        /// The key before.
        before: KeyId,
        /// The key that is below it.
        found: KeyId,
    },
    /// The record would be larger than the limit.
    #[error("envelope of {found} bytes, expected at most {RECORD_BYTES_MAX}")]
    TooLarge {
        /// Length in bytes: of the record, or of the JSON if that is beyond its own limit.
        found: usize,
    },
    /// A signer did not sign.
    #[error("envelope is not signed")]
    Sign(#[from] SignError),
    /// A signature by a key that is not known.
    #[error("key {key} is not known")]
    UnknownKey {
        /// The key.
        key: KeyId,
    },
    /// A signature that does not verify under its key.
    #[error("signature by key {key} does not verify")]
    Signature {
        /// The key.
        key: KeyId,
    },
}
