//! Verifier keys, "vkeys": a public key with its name and what it signs (c2sp.org/signed-note).

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encoding::{EncodingError, base64_decode, base64_encode};
use crate::hash::Digest;
use crate::key::{KeyError, PublicKey};
use crate::note::name::{KeyName, KeyNameError};

/// What the signatures of a note key are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// `01`: the note text.
    Ed25519,
    /// `04`: a time and the note text (c2sp.org/tlog-cosignature, v1).
    CosignatureV1,
}

/// A public key as the verifier of a note is configured with it. Written
/// `name+id+base64(type ‖ key)`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifierKey {
    name: KeyName,
    key_type: KeyType,
    public_key: PublicKey,
}

/// Why text is no verifier key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifierKeyError {
    /// Not three parts.
    #[error("{found:?} is not a verifier key: expected name+id+key")]
    Shape {
        /// The text, cut after 80 characters.
        found: String,
    },
    /// The first part is no name.
    #[error(transparent)]
    Name(#[from] KeyNameError),
    /// The second part is not the id of the key.
    #[error("the id of this key is {expected}, found {found:?}")]
    KeyId {
        /// The id that follows from name, type and key.
        expected: String,
        /// The text, cut after 80 characters.
        found: String,
    },
    /// The third part is not base64.
    #[error(transparent)]
    Base64(#[from] EncodingError),
    /// The key is of a type that is not used here.
    #[error("key type {found:02x} is not supported: expected 01 or 04")]
    Type {
        /// The type.
        found: u8,
    },
    /// The third part holds no public key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl KeyType {
    /// The byte that stands for it.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }
}

impl VerifierKey {
    /// The verifier key of these parts.
    pub const fn new(name: KeyName, key_type: KeyType, public_key: PublicKey) -> Self {
        Self { name, key_type, public_key }
    }

    /// The name, which for a log is its origin.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// What its signatures are over.
    pub const fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The public key.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The id in signature lines: the start of `H(name ‖ 0a ‖ type ‖ key)`. A name for the key, no
    /// commitment to it.
    pub fn id(&self) -> [u8; 4] {
        let name = self.name.as_str().as_bytes();
        let key = self.public_key.as_bytes();
        let digest = Digest::of_parts(&[name, b"\n", &[self.key_type.byte()], key]);
        let [a, b, c, d, ..] = *digest.as_bytes();
        [a, b, c, d]
    }
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Base64 has a + of its own: the text is split at the first two.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VerifierKeyError::Shape { found: text.chars().take(80).collect() });
        };
        let name = name.parse()?;
        let bytes = base64_decode(key)?;
        let Some((type_byte, key)) = bytes.split_first() else {
            return Err(VerifierKeyError::Shape { found: text.chars().take(80).collect() });
        };
        let key_type = match type_byte {
            0x01 => KeyType::Ed25519,
            0x04 => KeyType::CosignatureV1,
            found => return Err(VerifierKeyError::Type { found: *found }),
        };
        let verifier_key = Self::new(name, key_type, PublicKey::parse(key)?);
        let expected = hex::encode(verifier_key.id());
        if id == expected {
            Ok(verifier_key)
        } else {
            Err(VerifierKeyError::KeyId { expected, found: id.chars().take(80).collect() })
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.key_type.byte()][..], self.public_key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), base64_encode(&key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for VerifierKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for VerifierKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of c2sp.org/signed-note.
    const EXAMPLE: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn a_vkey_reads_back_what_it_writes() {
        let key: VerifierKey = EXAMPLE.parse().unwrap();
        assert_eq!(key.to_string(), EXAMPLE);
        assert_eq!((key.name().as_str(), key.key_type()), ("example.com/foo", KeyType::Ed25519));
    }

    #[test]
    fn a_vkey_has_one_form() {
        for bad in [
            EXAMPLE.replace("530d903a", "530D903A"),
            EXAMPLE.replace("530d903a", "530d903b"),
            EXAMPLE.replace("530d903a", "0530d903a"),
            EXAMPLE.replace('+', " "),
            format!("{EXAMPLE}+"),
            format!(" {EXAMPLE}"),
            EXAMPLE.replace("AekyeRrm", ""),
            "example.com/foo+530d903a+".to_owned(),
            "example.com/foo+530d903a".to_owned(),
        ] {
            assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
        }
    }
}
