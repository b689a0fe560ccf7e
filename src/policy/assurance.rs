//! Assurance: how far a piece of evidence is backed by signatures.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far evidence is backed by signatures; weaker is smaller (`conformity.md`, section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Assurance {
    /// The digest of a file that the trader has given.
    A0,
    /// Transcribed by an operator; its issuer has not signed it.
    A1,
    /// Signed by the issuer's registered key.
    A2,
    /// As A2, with the issuer's accreditation or notification proved in the ledger.
    A3,
    /// As A3, with a qualified seal or time stamp. Reserved: nothing reaches it yet.
    A4,
}

impl fmt::Display for Assurance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::A0 => "A0",
            Self::A1 => "A1",
            Self::A2 => "A2",
            Self::A3 => "A3",
            Self::A4 => "A4",
        })
    }
}
