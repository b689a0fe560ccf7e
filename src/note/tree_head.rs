//! What any log commits to (c2sp.org/tlog-checkpoint), whatever it calls itself and whatever else it
//! says. The checkpoints of this program's own ledgers are [`Checkpoint`](crate::note::Checkpoint)s.

use std::str::FromStr;

use crate::hash::Digest;
use crate::merkle::TreeSize;
use crate::note::checkpoint::digest_decode;
use crate::note::signed::{Note, NoteError};
use crate::note::verifier_key::VerifierKey;

/// The first three lines of a checkpoint: origin, size, root. Any lines may follow; no signature has
/// been checked, nor that an empty tree has the one root there is for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeHead {
    origin: String,
    size: TreeSize,
    root: Digest,
}

/// A checkpoint of any log with a signature that holds of a key that is trusted for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a verified tree head is evidence; dropping it drops the check"]
pub struct VerifiedTreeHead {
    head: TreeHead,
    note: Note,
    signers: Vec<VerifierKey>,
}

/// Why a note is no checkpoint, or none that counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeHeadError {
    /// It is no note, or it does not verify.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Less than a checkpoint, or a line without anything in it.
    #[error("a checkpoint has at least 3 lines and none that is empty, found {found}")]
    Lines {
        /// How many lines that are not empty stand before the first one that is.
        found: usize,
    },
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
}

impl TreeHead {
    /// The log's name: any text, for no log has to keep to a form.
    pub fn origin(&self) -> &str {
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
}

impl VerifiedTreeHead {
    /// Checks that a note is a checkpoint with a signature of one of the keys that are trusted for its
    /// origin, and none of them that does not hold. Signatures of others are left out of what is kept.
    pub fn of_note(note: &Note, keys: &[VerifierKey]) -> Result<Self, TreeHeadError> {
        let head = note.text().parse()?;
        let verified = note.verify(keys)?;
        let signers = verified.signatures().iter().map(|it| it.key().clone()).collect();
        let note = note.clone().with_lines_of(keys);
        Ok(Self { head, note, signers })
    }

    /// What the log commits to.
    pub const fn head(&self) -> &TreeHead {
        &self.head
    }

    /// The keys of these signatures, in the order of their lines.
    pub fn signers(&self) -> &[VerifierKey] {
        &self.signers
    }

    /// The note with the signatures that hold.
    pub const fn note(&self) -> &Note {
        &self.note
    }
}

impl FromStr for TreeHead {
    type Err = TreeHeadError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut lines = text.split_terminator('\n');
        let (found, all) = (lines.clone().take_while(|line| !line.is_empty()), lines.clone());
        // SPEC: a sequence of at least three non-empty lines.
        let (found, all) = (found.count(), all.count());
        if found < 3 || found < all {
            return Err(TreeHeadError::Lines { found });
        }
        let mut next = || lines.next().unwrap_or_default();
        let (origin, size, root) = (next().to_owned(), next(), next());
        let is_size = |size: &TreeSize| size.get() < 1 << 63;
        let size = size
            .parse()
            .ok()
            .filter(is_size)
            .ok_or_else(|| TreeHeadError::Size { found: size.chars().take(40).collect() })?;
        let root = digest_decode(root)
            .ok_or_else(|| TreeHeadError::Root { found: root.chars().take(80).collect() })?;
        Ok(Self { origin, size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    #[test]
    fn a_checkpoint_of_any_log_is_read_with_whatever_follows() {
        for (origin, size, more) in [
            ("example.com/log", "20852163", ""),
            ("go.sum database tree", "0", "Timestamp: 1\n"),
            ("a+b", "9223372036854775807", "x\n— y\n"),
        ] {
            let text = format!("{origin}\n{size}\n{ROOT}\n{more}");
            let head: TreeHead = text.parse().unwrap();
            assert_eq!((head.origin(), head.size().to_string()), (origin, size.to_owned()));
        }
    }

    #[test]
    fn what_is_less_than_a_checkpoint_is_none() {
        for text in [
            String::new(),
            format!("a\n1\n{ROOT}\n\nb\n"),
            format!("\n1\n{ROOT}\n"),
            "a\n1\n".to_owned(),
            format!("a\n01\n{ROOT}\n"),
            format!("a\n+1\n{ROOT}\n"),
            format!("a\n9223372036854775808\n{ROOT}\n"),
            format!("a\n1\n{}\n", ROOT.trim_end_matches('=')),
        ] {
            text.parse::<TreeHead>().unwrap_err();
        }
    }
}
