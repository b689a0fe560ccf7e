//! Inclusion and consistency proofs, and what it takes to believe them (RFC 9162, sections 2.1.3
//! and 2.1.4). Knows nothing of where hashes are kept: `build` makes proofs.

use crate::hash::Digest;
use crate::merkle::hash::{EMPTY_ROOT, node_hash};
use crate::merkle::position::{EntryIndex, TreeSize};

/// The sibling hashes from a leaf up to the root, leaf end first (RFC 9162, section 2.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct InclusionProof(pub Vec<Digest>);

/// The hashes that show a tree to begin with an older one, leaf end first (RFC 9162, section
/// 2.1.4).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ConsistencyProof(pub Vec<Digest>);

/// Why a proof shows nothing, or can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The entry is beyond the tree.
    #[error("entry {index} is not in a tree of {size} entries")]
    BeyondTree {
        /// The entry's position.
        index: EntryIndex,
        /// The size of the tree.
        size: TreeSize,
    },
    /// The older tree is the larger one.
    #[error("a tree of {new} entries does not begin with one of {old}")]
    Shrunk {
        /// The size of the older tree.
        old: TreeSize,
        /// The size of the newer tree.
        new: TreeSize,
    },
    /// The sizes call for another number of hashes.
    #[error("the proof needs {expected} hashes, found {found}")]
    Length {
        /// How many hashes these positions need.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The proof leads to another root.
    #[error("the proof needs root {expected}, leads to {found}")]
    Root {
        /// The root that was to be reached.
        expected: Digest,
        /// The root that the hashes lead to.
        found: Digest,
    },
    /// The proof leads to another root of the older tree.
    #[error("the proof needs older root {expected}, leads to {found}")]
    OldRoot {
        /// The older root that was to be reached.
        expected: Digest,
        /// The older root that the hashes lead to.
        found: Digest,
    },
}

impl InclusionProof {
    /// Checks that `leaf` stands at `index` in the tree of `size` entries with this `root`.
    pub fn verify(
        &self,
        leaf: Digest,
        index: EntryIndex,
        size: TreeSize,
        root: Digest,
    ) -> Result<(), ProofError> {
        let Some(last) = size.last().filter(|last| index <= *last) else {
            return Err(ProofError::BeyondTree { index, size });
        };
        let path = Path::new(index.get(), last.get());
        expect_length(path.length(), self.0.len())?;
        expect_root(root, path.root(leaf, &self.0))
    }
}

impl ConsistencyProof {
    /// Checks that the tree of `new_size` entries with `new_root` begins with the tree of
    /// `old_size` entries with `old_root`.
    pub fn verify(
        &self,
        old_size: TreeSize,
        old_root: Digest,
        new_size: TreeSize,
        new_root: Digest,
    ) -> Result<(), ProofError> {
        if old_size > new_size {
            return Err(ProofError::Shrunk { old: old_size, new: new_size });
        }
        let Some(old_last) = old_size.last() else {
            // The empty tree begins every tree, and it takes no hash to show it.
            expect_length(0, self.0.len())?;
            expect_old_root(old_root, EMPTY_ROOT)?;
            let is_empty = new_size.is_empty();
            return if is_empty { expect_root(new_root, EMPTY_ROOT) } else { Ok(()) };
        };
        let Some(new_last) = new_size.last().filter(|_| old_size < new_size) else {
            expect_length(0, self.0.len())?;
            return expect_root(new_root, old_root);
        };

        // The path starts at the last complete subtree of the old tree. Where that is the whole old
        // tree, its root is known and left out of the proof.
        let level = old_size.get().trailing_zeros();
        let path = Path::new(old_last.get() >> level, new_last.get() >> level);
        let is_one_subtree = old_size.get().is_power_of_two();
        expect_length(path.length() + usize::from(!is_one_subtree), self.0.len())?;
        let (start, siblings) = match self.0.split_first() {
            Some((start, siblings)) if !is_one_subtree => (*start, siblings),
            _ => (old_root, self.0.as_slice()),
        };
        expect_old_root(old_root, path.old_root(start, siblings))?;
        expect_root(new_root, path.root(start, siblings))
    }
}

/// The way from a node up to the root. In its lower part, siblings may lie on either side; once it
/// is the right edge of the tree, only on the left, and the levels without one are passed over.
#[derive(Clone, Copy, Debug)]
struct Path {
    index: u64,
    lower: u32,
}

impl Path {
    /// The path from node `index` in a row of nodes that ends with node `last`.
    const fn new(index: u64, last: u64) -> Self {
        Self { index, lower: u64::BITS - (index ^ last).leading_zeros() }
    }

    /// How many siblings there are on it.
    fn length(self) -> usize {
        let edge = self.index.checked_shr(self.lower).map_or(0, u64::count_ones);
        // At most 64 each.
        usize::try_from(self.lower + edge).unwrap_or(usize::MAX)
    }

    /// Whether the path comes to the sibling at `level` from the right.
    fn is_right(self, level: u32) -> bool {
        level >= self.lower || (self.index >> level) & 1 == 1
    }

    /// The root that `start` and its `siblings` lead to.
    fn root(self, start: Digest, siblings: &[Digest]) -> Digest {
        (0..).zip(siblings).fold(start, |hash, (level, sibling)| {
            if self.is_right(level) { node_hash(*sibling, hash) } else { node_hash(hash, *sibling) }
        })
    }

    /// The root of the tree that ends with `start`: what lies to the right is not in it.
    fn old_root(self, start: Digest, siblings: &[Digest]) -> Digest {
        (0..).zip(siblings).fold(start, |hash, (level, sibling)| {
            if self.is_right(level) { node_hash(*sibling, hash) } else { hash }
        })
    }
}

fn expect_length(expected: usize, found: usize) -> Result<(), ProofError> {
    if expected == found { Ok(()) } else { Err(ProofError::Length { expected, found }) }
}

fn expect_root(expected: Digest, found: Digest) -> Result<(), ProofError> {
    if expected == found { Ok(()) } else { Err(ProofError::Root { expected, found }) }
}

fn expect_old_root(expected: Digest, found: Digest) -> Result<(), ProofError> {
    if expected == found { Ok(()) } else { Err(ProofError::OldRoot { expected, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [u64; 4] = [0, 1, 1 << 63, u64::MAX];

    #[test]
    fn no_size_or_index_is_too_large_to_be_refused() {
        for (old, new) in SIZES.into_iter().flat_map(|old| SIZES.map(|new| (old, new))) {
            for length in [0, 1, 63, 64, 65, 128, 129] {
                let hashes = vec![Digest::ZERO; length];
                let (old, new) = (TreeSize::new(old), TreeSize::new(new));
                let (index, root) = (old.next_index(), Digest::new([1; 32]));
                InclusionProof(hashes.clone()).verify(root, index, new, Digest::ZERO).unwrap_err();
                ConsistencyProof(hashes).verify(old, Digest::ZERO, new, root).unwrap_err();
            }
        }
    }

    #[test]
    fn the_empty_tree_begins_every_tree_and_nothing_else_is_empty() {
        let (none, one) = (TreeSize::EMPTY, TreeSize::new(1));
        let (proof, root) = (ConsistencyProof::default(), Digest::new([1; 32]));
        assert_eq!(proof.verify(none, EMPTY_ROOT, one, root), Ok(()));
        assert_eq!(proof.verify(none, EMPTY_ROOT, none, EMPTY_ROOT), Ok(()));
        proof.verify(none, root, one, root).unwrap_err();
        proof.verify(none, EMPTY_ROOT, none, root).unwrap_err();
        proof.verify(none, root, none, root).unwrap_err();
        assert_eq!(
            proof.verify(one, root, none, EMPTY_ROOT),
            Err(ProofError::Shrunk { old: one, new: none })
        );
    }
}
