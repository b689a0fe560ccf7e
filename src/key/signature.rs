//! An Ed25519 signature as bytes. Whether it holds is for the public key to say.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encoding::{base64_decode, base64_encode};
use crate::key::error::KeyError;

/// An Ed25519 signature: 64 bytes, R and s (RFC 8032), written as base64. Not yet verified.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The signature that these bytes are.
    pub const fn new(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// Reads 64 bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let error = |_cause| KeyError::SignatureLength { found: bytes.len() };
        bytes.try_into().map(Self).map_err(error)
    }

    /// Reads the base64 of 64 bytes.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        Self::parse(&base64_decode(text)?)
    }

    /// The raw bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64_encode(&self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_base64(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
