//! Why bytes or parts are no entry.

use crate::encoding::EncodingError;
use crate::entry::body::KEYS_MAX;
use crate::entry::log_entry::{ENTRY_BYTES_MAX, VERSION};
use crate::envelope::RECORD_BYTES_MAX;
use crate::map::MapKey;
use crate::note::KeyNameError;
use crate::time::TimeError;

/// Why bytes or parts are no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// Cut short, or bytes left over.
    #[error("entry is malformed")]
    Encoding(#[from] EncodingError),
    /// More bytes than an entry can have.
    #[error("entry of {found} bytes, expected at most {ENTRY_BYTES_MAX}")]
    TooLarge {
        /// How many bytes.
        found: usize,
    },
    /// A version that is not known here.
    #[error("entry version {found}, expected {VERSION}")]
    Version {
        /// The version.
        found: u8,
    },
    /// A kind that is not known here.
    #[error("entry kind {found}, expected 1, 2 or 3")]
    Kind {
        /// The kind.
        found: u8,
    },
    /// A time that no clock shows.
    #[error("entry time is out of range")]
    Time(#[from] TimeError),
    /// An origin that no note key can have.
    #[error("origin is not a key name")]
    Origin(#[from] KeyNameError),
    /// An origin that is no text.
    #[error("origin is not UTF-8")]
    OriginText,
    /// An envelope record of impossible length.
    #[error("envelope length {found}, expected 1 to {RECORD_BYTES_MAX}")]
    EnvelopeLength {
        /// The length.
        found: u32,
    },
    /// Too few or too many keys.
    #[error("{found} subject keys, expected 1 to {KEYS_MAX}")]
    KeyCount {
        /// How many.
        found: usize,
    },
    /// Keys out of order, or one twice.
    #[error("subject key {found} follows {before}, expected strictly ascending keys")]
    KeyOrder {
        /// The key before.
        before: MapKey,
        /// The key that is not above it.
        found: MapKey,
    },
}
