//! What a log commits to (c2sp.org/tlog-checkpoint, without extension lines). Nobody has checked a
//! signature yet.

use std::fmt;
use std::str::FromStr;

use crate::encoding::{base64_decode, base64_encode};
use crate::hash::Digest;
use crate::key::{KeyId, SignError, Signer};
use crate::merkle::{EMPTY_ROOT, TreeSize};
use crate::note::name::{KeyName, KeyNameError};
use crate::note::signed::{Note, NoteError};

/// The log's name, how many entries it held, the root over them. Writes itself as the note text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: KeyName,
    size: TreeSize,
    root: Digest,
}

/// Why a checkpoint does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It is no note, or the note does not verify.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// There are extension lines, or less than a checkpoint.
    #[error("a checkpoint has 3 lines, found {found}")]
    Lines {
        /// How many there are.
        found: usize,
    },
    /// The first line is no origin.
    #[error(transparent)]
    Name(#[from] KeyNameError),
    /// The second line is no size.
    #[error("{found:?} is not a tree size: expected a decimal number below 2^63")]
    Size {
        /// The line, cut after 40 characters.
        found: String,
    },
    /// The third line is no root.
    #[error("{found:?} is not a root: expected base64 of 32 bytes")]
    Root {
        /// The line, cut after 80 characters.
        found: String,
    },
    /// The root of no entries is another.
    #[error("the root of an empty tree is {EMPTY_ROOT}, found {found}")]
    EmptyRoot {
        /// The root.
        found: Digest,
    },
    /// The checkpoint is that of another log.
    #[error("the origin is {found}, expected {expected}")]
    Origin {
        /// The name of the log key.
        expected: KeyName,
        /// The first line.
        found: KeyName,
    },
    /// The key is one of the log's, but not the one that signs checkpoints of this size.
    #[error(
        "a checkpoint of {size} entries is signed by log key {expected}, found a signature of log \
         key {found} alone, which is in force at other sizes"
    )]
    OtherKey {
        /// The size of the checkpoint.
        size: TreeSize,
        /// The log key in force at that size.
        expected: KeyId,
        /// The log key that signed.
        found: KeyId,
    },
    /// The key is none that signs checkpoints.
    #[error("key {name} is not of type 01, which signs checkpoints")]
    KeyType {
        /// The key's name.
        name: KeyName,
    },
}

impl Checkpoint {
    /// The checkpoint of these parts. Sizes end below 2^63, and the empty tree has one root.
    pub fn new(origin: KeyName, size: TreeSize, root: Digest) -> Result<Self, CheckpointError> {
        if size.get() >= 1 << 63 {
            return Err(CheckpointError::Size { found: size.to_string() });
        }
        if size.is_empty() && root != EMPTY_ROOT {
            return Err(CheckpointError::EmptyRoot { found: root });
        }
        Ok(Self { origin, size, root })
    }

    /// The log's name.
    pub const fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// How many entries the log held.
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// The root over them.
    pub const fn root(&self) -> Digest {
        self.root
    }

    /// Signs the checkpoint by the log's key. Never for a tree that does not begin with every one
    /// signed before: that is the caller's to know.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Note, SignError> {
        Note::sign_short(self.to_string(), &self.origin, signer)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        let &[origin, size, root] = lines.as_slice() else {
            return Err(CheckpointError::Lines { found: lines.len() });
        };
        if !text.ends_with('\n') {
            return Err(NoteError::NoLineBreak.into());
        }
        let origin = origin.parse()?;
        let size = size
            .parse()
            .map_err(|_cause| CheckpointError::Size { found: size.chars().take(40).collect() })?;
        let root = digest_decode(root)
            .ok_or_else(|| CheckpointError::Root { found: root.chars().take(80).collect() })?;
        Self::new(origin, size, root)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = base64_encode(self.root.as_bytes());
        write!(f, "{}\n{}\n{root}\n", self.origin, self.size)
    }
}

/// Reads a digest as base64.
pub(super) fn digest_decode(text: &str) -> Option<Digest> {
    let bytes: [u8; 32] = base64_decode(text).ok()?.try_into().ok()?;
    Some(Digest::new(bytes))
}
