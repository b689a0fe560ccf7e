//! A public key and the one rule by which signatures count (formats.md, section 2).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use ed25519_dalek::pkcs8::DecodePublicKey as _;
use ed25519_dalek::{SigningKey, VerifyingKey};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encoding::{base64_decode, base64_encode};
use crate::hash::Digest;
use crate::key::error::KeyError;
use crate::key::id::KeyId;
use crate::key::signature::Signature;

/// What stands before the 32 raw bytes in the DER of an SPKI (RFC 8410, section 4).
const SPKI_PREFIX: [u8; 12] = *b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

/// The field prime 2^255 - 19, little-endian: a canonical y is below it.
const PRIME: [u8; 32] = {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xed;
    bytes[31] = 0x7f;
    bytes
};

/// An Ed25519 public key under which a signature can count: the canonical encoding of a point that
/// is not of small order. Written as base64 of its 32 raw bytes.
#[derive(Clone, Copy, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^[0-9A-Za-z+/]{43}=$"))]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads 32 raw bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let found = || hex::encode(bytes);
        let mut y = *bytes;
        if let Some(last) = y.last_mut() {
            *last &= 0x7f;
        }
        // The curve library reduces y modulo the prime: another encoding would be another key id
        // of the same key.
        if y.iter().rev().cmp(PRIME.iter().rev()) != Ordering::Less {
            return Err(KeyError::NotAPoint { found: found() });
        }
        let key = VerifyingKey::from_bytes(bytes)
            .map_err(|_cause| KeyError::NotAPoint { found: found() })?;
        if key.is_weak() { Err(KeyError::SmallOrder { found: found() }) } else { Ok(Self(key)) }
    }

    /// The public key of a private one: canonical and of large order by construction.
    pub(super) fn of(key: &SigningKey) -> Self {
        Self(key.verifying_key())
    }

    /// Reads 32 raw bytes out of a slice.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let error = |_cause| KeyError::KeyLength { found: bytes.len() };
        Self::from_bytes(bytes.try_into().map_err(error)?)
    }

    /// Reads the base64 of the 32 raw bytes.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        Self::parse(&base64_decode(text)?)
    }

    /// Reads an SPKI PEM file, as `openssl pkey -pubout` writes it.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_public_key_pem(pem)
            .map_err(|cause| KeyError::Pem { expected: "SPKI", reason: cause.to_string() })?;
        Self::from_bytes(key.as_bytes())
    }

    /// The SPKI PEM file, as `openssl pkey -pubout` writes it.
    pub fn to_pem(&self) -> String {
        let base64 = base64_encode(&[&SPKI_PREFIX[..], self.as_bytes()].concat());
        format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n")
    }

    /// The 32 raw bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The name of the key.
    pub fn id(&self) -> KeyId {
        KeyId::new(Digest::of(self.as_bytes()))
    }

    /// Checks a signature over `message`, strictly and without cofactor: canonical A and R, s < L,
    /// neither A nor R of small order. What passes here passes in every verifier.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), KeyError> {
        let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        self.0
            .verify_strict(message, &signature)
            .map_err(|_cause| KeyError::Signature { key: self.id() })
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64_encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_base64(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::private::PrivateKey;
    use crate::key::signer::Signer as _;

    /// Of these y, some are points of large order: only their encoding is at fault.
    #[test]
    fn no_point_has_a_second_encoding() {
        let mut points = 0;
        for (offset, sign) in (0..19_u8).flat_map(|offset| [(offset, 0), (offset, 0x80)]) {
            let mut other = PRIME;
            other[0] += offset;
            other[31] |= sign;
            assert!(matches!(PublicKey::from_bytes(&other), Err(KeyError::NotAPoint { .. })));
            points += usize::from(VerifyingKey::from_bytes(&other).is_ok_and(|key| !key.is_weak()));
        }
        assert!(points > 0, "the curve library reads none of them, the check is idle");
    }

    #[test]
    fn a_key_reads_back_what_it_writes_in_every_form() {
        let key = *PrivateKey::from_seed([7; 32]).public_key();
        assert_eq!(PublicKey::parse(key.as_bytes()), Ok(key));
        assert_eq!(PublicKey::from_base64(&key.to_string()), Ok(key));
        assert_eq!(PublicKey::from_pem(&key.to_pem()), Ok(key));
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<PublicKey>(&json).unwrap(), key);
        assert_eq!(PublicKey::parse(&[7; 31]), Err(KeyError::KeyLength { found: 31 }));
    }

    #[test]
    fn a_signature_holds_for_one_key_one_message_and_in_one_form() {
        let (key, other) = (PrivateKey::from_seed([7; 32]), PrivateKey::from_seed([8; 32]));
        let signature = key.sign(b"message").unwrap();
        assert_eq!(key.public_key().verify(b"message", &signature), Ok(()));
        key.public_key().verify(b"massage", &signature).unwrap_err();
        other.public_key().verify(b"message", &signature).unwrap_err();
        for place in 0..512 {
            let mut bytes = *signature.as_bytes();
            bytes[place / 8] ^= 1 << (place % 8);
            key.public_key().verify(b"message", &Signature::new(bytes)).unwrap_err();
        }
    }
}
