//! The two names of an attestation: that of what was signed, and that of what is stored.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hash::{Digest, DigestError};

/// `H(PAE)`: the name by which other attestations refer to a statement. It does not depend on the
/// signatures. No two entries of a log have the same.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct StatementDigest(Digest);

/// `H(envelope record)`: what an entry commits to, signatures included.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct EnvelopeDigest(Digest);

macro_rules! digest_of_its_own {
    ($($type:ident),*) => {$(
        impl $type {
            /// The name that this digest is.
            pub const fn new(digest: Digest) -> Self {
                Self(digest)
            }

            /// The plain digest.
            pub const fn digest(&self) -> &Digest {
                &self.0
            }
        }

        impl From<Digest> for $type {
            fn from(digest: Digest) -> Self {
                Self(digest)
            }
        }

        impl AsRef<[u8]> for $type {
            fn as_ref(&self) -> &[u8] {
                self.0.as_ref()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $type {
            type Err = DigestError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}
digest_of_its_own!(StatementDigest, EnvelopeDigest);
