//! Keys, by the digest of the public key.

use std::str::FromStr;
use std::sync::Arc;

use super::error::IdentifierError;
use super::text::{text_traits, whole};
use crate::hash::Digest;

/// The canonical URI of a key: its key id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
#[schemars(
    with = "String",
    extend("pattern" = whole(format_args!("{}[0-9a-f]{{64}}", Self::PREFIX)))
)]
pub struct KeyUri {
    text: Arc<str>,
    key_id: Digest,
}

impl KeyUri {
    /// What stands before the key id.
    pub(super) const PREFIX: &str = "urn:probant:key:";

    /// The key with this id, the digest of the raw public key.
    pub fn new(key_id: Digest) -> Self {
        Self { text: format!("{}{key_id}", Self::PREFIX).into(), key_id }
    }

    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key id.
    pub const fn key_id(&self) -> Digest {
        self.key_id
    }
}

impl FromStr for KeyUri {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let key_id = text.strip_prefix(Self::PREFIX).and_then(|digits| digits.parse().ok());
        key_id.map(Self::new).ok_or_else(|| {
            let expected = "urn:probant:key: and 64 lower-case hex digits";
            IdentifierError::malformed("key URI", text, expected)
        })
    }
}

text_traits!(KeyUri);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_lower_case_digits() {
        let key = KeyUri::new(Digest::of(b"key"));
        assert_eq!(key.as_str().parse(), Ok(key.clone()));
        assert_eq!(key.key_id(), Digest::of(b"key"));
        for bad in ["", "urn:probant:key:", &format!("{}{}", KeyUri::PREFIX, "A".repeat(64))] {
            bad.parse::<KeyUri>().unwrap_err();
        }
    }
}
