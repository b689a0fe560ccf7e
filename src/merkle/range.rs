//! The right edge of a tree: as much of it as appending takes. Knows nothing of tiles.

use crate::hash::Digest;
use crate::merkle::hash::{EMPTY_ROOT, node_hash};
use crate::merkle::position::TreeSize;

/// A tree reduced to the roots of its complete subtrees, one for each bit of its size: appending
/// and the root take nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CompactRange {
    pub(super) size: TreeSize,
    /// One for each one bit of `size`, most significant first.
    pub(super) hashes: Vec<Digest>,
}

/// Hashes that are not the right edge of a tree of that size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the right edge of a tree of {size} entries is {expected} hashes, found {found}")]
pub struct RangeError {
    /// The size of the tree.
    pub size: TreeSize,
    /// How many complete subtrees a tree of that size has.
    pub expected: u32,
    /// How many hashes there are.
    pub found: usize,
}

impl CompactRange {
    /// The edge of the tree of `size` entries whose complete subtrees have these roots, largest
    /// first. They are believed: compare the root.
    pub fn new(size: TreeSize, hashes: Vec<Digest>) -> Result<Self, RangeError> {
        let range = Self { size, hashes };
        let (expected, found) = (size.get().count_ones(), range.hashes.len());
        if range.is_whole() { Ok(range) } else { Err(RangeError { size, expected, found }) }
    }

    /// Appends a leaf hash.
    ///
    /// # Panics
    /// At 2^64 - 1 entries, which no log reaches.
    pub fn append(&mut self, leaf: Digest) {
        self.append_with(leaf, |_, _, _| {});
    }

    /// Appends a leaf hash and passes every subtree that it completes to `finished`, as level,
    /// index and hash; the leaf itself first.
    ///
    /// # Panics
    /// At 2^64 - 1 entries, which no log reaches.
    pub fn append_with(&mut self, leaf: Digest, mut finished: impl FnMut(u8, u64, Digest)) {
        let index = self.size.get();
        assert!(index < u64::MAX, "a tree of {index} entries cannot grow");
        finished(0, index, leaf);
        // The leaf completes one subtree for each one bit at the end of its index.
        let mut hash = leaf;
        for level in (1..=64).take_while(|level| index >> (level - 1) & 1 == 1) {
            let Some(left) = self.hashes.pop() else { break };
            hash = node_hash(left, hash);
            finished(level, index.unbounded_shr(u32::from(level)), hash);
        }
        self.hashes.push(hash);
        self.size = TreeSize::new(index + 1);
    }

    /// How many entries have been appended.
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// The roots of the complete subtrees, largest first.
    pub fn hashes(&self) -> &[Digest] {
        &self.hashes
    }

    /// The root of the tree.
    pub fn root(&self) -> Digest {
        let joined = self.hashes.iter().copied().rev().reduce(|right, left| node_hash(left, right));
        joined.unwrap_or(EMPTY_ROOT)
    }

    /// Whether there are as many hashes as the size has one bits.
    pub(super) fn is_whole(&self) -> bool {
        usize::try_from(self.size.get().count_ones()) == Ok(self.hashes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::hash::leaf_hash;

    #[test]
    fn an_edge_taken_apart_and_put_together_grows_the_same_tree() {
        let mut whole = CompactRange::default();
        for index in 0..100_u64 {
            let leaf = leaf_hash(&index.to_be_bytes());
            let mut again = CompactRange::new(whole.size(), whole.hashes().to_vec()).unwrap();
            again.append(leaf);
            whole.append(leaf);
            assert_eq!(again, whole);
            assert_eq!(again.root(), whole.root());
        }
        CompactRange::new(TreeSize::new(7), vec![Digest::ZERO; 2]).unwrap_err();
        CompactRange::new(TreeSize::EMPTY, vec![Digest::ZERO]).unwrap_err();
    }

    #[test]
    fn each_complete_subtree_is_reported_once_and_in_its_place() {
        let mut range = CompactRange::default();
        let mut seen = Vec::new();
        for _ in 0..8 {
            range.append_with(Digest::ZERO, |level, index, _| seen.push((level, index)));
        }
        let expected = [(0, 0), (0, 1), (1, 0), (0, 2), (0, 3), (1, 1), (2, 0), (0, 4), (0, 5)];
        let rest = [(1, 2), (0, 6), (0, 7), (1, 3), (2, 1), (3, 0)];
        assert_eq!(seen, [&expected[..], &rest].concat());
    }
}
