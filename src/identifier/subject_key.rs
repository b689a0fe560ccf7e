//! Subject keys: under which a subject's records are found.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::subject::SubjectUri;
use crate::hash::Digest;

/// What the digest of a subject key begins with.
const DOMAIN: &[u8] = b"probant/subject/v1\0";

/// Which of a subject's three chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Class {
    /// Every record about it.
    All = 0,
    /// What can worsen a verdict on it or on a part of it, and what undoes that.
    Adverse = 1,
    /// Reports of concern.
    Concerns = 2,
}

impl Class {
    /// All classes, in order.
    pub const EVERY: [Self; 3] = [Self::All, Self::Adverse, Self::Concerns];

    /// The byte that stands for it in a subject key.
    pub const fn byte(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::All => "all",
            Self::Adverse => "adverse",
            Self::Concerns => "concerns",
        })
    }
}

/// The key of one chain of one subject (`formats.md`, section 3). Sorted as bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubjectKey(Digest);

impl SubjectKey {
    /// The key of this chain of this subject.
    pub fn of(class: Class, subject: &SubjectUri) -> Self {
        Self(Digest::of_parts(&[DOMAIN, &[class.byte()], subject.as_str().as_bytes()]))
    }

    /// The key that an entry or a map holds as a digest.
    pub const fn new(digest: Digest) -> Self {
        Self(digest)
    }

    /// The digest.
    pub const fn digest(&self) -> Digest {
        self.0
    }
}

impl From<Digest> for SubjectKey {
    fn from(digest: Digest) -> Self {
        Self(digest)
    }
}

impl From<SubjectKey> for Digest {
    fn from(key: SubjectKey) -> Self {
        key.0
    }
}

impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
