//! Proofs and roots out of the hashes of complete subtrees (RFC 9162, sections 2.1.1 to 2.1.4).
//! Knows nothing of where those hashes are kept.

use crate::hash::Digest;
use crate::merkle::hash::{EMPTY_ROOT, node_hash};
use crate::merkle::position::{EntryIndex, TreeSize};
use crate::merkle::proof::{ConsistencyProof, InclusionProof, ProofError};

/// Where the hashes of complete subtrees come from.
pub trait NodeReader {
    /// Why a hash could not be read.
    type Error;

    /// The hash over entries `[index << level, (index + 1) << level)`. Asked for only where all of
    /// them are in the tree.
    fn node(&self, level: u8, index: u64) -> Result<Digest, Self::Error>;
}

/// Why there is no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError<E> {
    /// There is nothing to prove between these positions.
    #[error(transparent)]
    Position(ProofError),
    /// A hash that it takes could not be read.
    #[error("hash of a subtree is not to be had")]
    Node(#[source] E),
}

/// The root of the tree of `size` entries.
pub fn root<R: NodeReader>(reader: &R, size: TreeSize) -> Result<Digest, R::Error> {
    let all = Range { start: 0, end: size.get() };
    if size.is_empty() { Ok(EMPTY_ROOT) } else { all.hash(reader) }
}

/// The proof that the entry at `index` is in the tree of `size` entries.
pub fn inclusion_proof<R: NodeReader>(
    reader: &R,
    index: EntryIndex,
    size: TreeSize,
) -> Result<InclusionProof, BuildError<R::Error>> {
    if !size.contains(index) {
        return Err(BuildError::Position(ProofError::BeyondTree { index, size }));
    }
    // From the root down: each step goes into the half with the entry and takes the other's hash.
    let mut range = Range { start: 0, end: size.get() };
    let mut hashes = Vec::new();
    while let Some((left, right)) = range.halves() {
        let is_left = index.get() < left.end;
        let (inside, outside) = if is_left { (left, right) } else { (right, left) };
        hashes.push(outside.hash(reader).map_err(BuildError::Node)?);
        range = inside;
    }
    hashes.reverse();
    Ok(InclusionProof(hashes))
}

/// The proof that the tree of `new` entries begins with the tree of `old` entries.
pub fn consistency_proof<R: NodeReader>(
    reader: &R,
    old: TreeSize,
    new: TreeSize,
) -> Result<ConsistencyProof, BuildError<R::Error>> {
    if old > new {
        return Err(BuildError::Position(ProofError::Shrunk { old, new }));
    }
    if old.is_empty() {
        return Ok(ConsistencyProof::default());
    }
    // From the root down to the last complete subtree of the old tree.
    let mut range = Range { start: 0, end: new.get() };
    let mut hashes = Vec::new();
    while range.end != old.get() {
        let Some((left, right)) = range.halves() else { break };
        let is_left = old.get() <= left.end;
        let (inside, outside) = if is_left { (left, right) } else { (right, left) };
        hashes.push(outside.hash(reader).map_err(BuildError::Node)?);
        range = inside;
    }
    // SPEC: a subtree that is the whole old tree is known to the verifier by its root.
    if range.start > 0 {
        hashes.push(range.hash(reader).map_err(BuildError::Node)?);
    }
    hashes.reverse();
    Ok(ConsistencyProof(hashes))
}

/// Entries `[start, end)`, not empty, that are a subtree of some tree: `start` is a multiple of the
/// least power of two not below `end - start`.
#[derive(Clone, Copy, Debug)]
struct Range {
    start: u64,
    end: u64,
}

impl Range {
    /// The two subtrees below it, the left one complete; `None` for a leaf.
    fn halves(self) -> Option<(Self, Self)> {
        // SPEC: the largest power of two smaller than the number of entries.
        let left_count = 1 << (self.end - self.start - 1).checked_ilog2()?;
        let middle = self.start + left_count;
        Some((Self { start: self.start, end: middle }, Self { start: middle, end: self.end }))
    }

    fn hash<R: NodeReader>(self, reader: &R) -> Result<Digest, R::Error> {
        let count = self.end - self.start;
        match self.halves() {
            Some((left, right)) if !count.is_power_of_two() => {
                Ok(node_hash(left.hash(reader)?, right.hash(reader)?))
            }
            _ => {
                let level = count.trailing_zeros();
                // At most 63.
                reader.node(u8::try_from(level).unwrap_or(u8::MAX), self.start >> level)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::merkle::hash::leaf_hash;

    /// The tree as RFC 9162 defines it, over the leaf hashes themselves.
    struct Naive(Vec<Digest>);

    impl Naive {
        fn new(size: u64) -> Self {
            Self((0..size).map(|index| leaf_hash(&index.to_be_bytes())).collect())
        }

        fn root(&self, size: TreeSize) -> Digest {
            mth(&self.0[..usize::try_from(size.get()).unwrap()])
        }
    }

    impl NodeReader for Naive {
        type Error = Infallible;

        fn node(&self, level: u8, index: u64) -> Result<Digest, Infallible> {
            let range = (index << level)..((index + 1) << level);
            assert!(range.end <= self.0.len() as u64, "an incomplete subtree was asked for");
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            Ok(mth(&self.0[range]))
        }
    }

    fn mth(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => EMPTY_ROOT,
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(mth(left), mth(right))
            }
        }
    }

    /// PATH(m, D[n]) of RFC 9162, section 2.1.3.1.
    fn path(index: usize, leaves: &[Digest]) -> Vec<Digest> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
        let (mut hashes, sibling) = if index < left.len() {
            (path(index, left), mth(right))
        } else {
            (path(index - left.len(), right), mth(left))
        };
        hashes.push(sibling);
        hashes
    }

    /// SUBPROOF(m, D[n], b) of RFC 9162, section 2.1.4.1.
    fn subproof(old: usize, leaves: &[Digest], is_whole: bool) -> Vec<Digest> {
        if old == leaves.len() {
            return if is_whole { Vec::new() } else { vec![mth(leaves)] };
        }
        let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
        let (mut hashes, sibling) = if old <= left.len() {
            (subproof(old, left, is_whole), mth(right))
        } else {
            (subproof(old - left.len(), right, false), mth(left))
        };
        hashes.push(sibling);
        hashes
    }

    /// Every proof that differs from this one in a bit of a byte, or in its length.
    fn changed(hashes: &[Digest]) -> impl Iterator<Item = Vec<Digest>> {
        let bits = (0..hashes.len() * 32).map(|place| {
            let mut changed = hashes.to_vec();
            let mut bytes = *changed[place / 32].as_bytes();
            bytes[place % 32] ^= 1 << (place % 8);
            changed[place / 32] = Digest::new(bytes);
            changed
        });
        let shorter = hashes.split_last().map(|(_, rest)| rest.to_vec());
        let longer = [hashes, &[Digest::ZERO]].concat();
        let shifted = hashes.split_first().map(|(_, rest)| rest.to_vec());
        bits.chain(shorter).chain(shifted).chain([longer])
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        let tree = Naive::new(64);
        for size in (0..=64).map(TreeSize::new) {
            assert_eq!(root(&tree, size), Ok(tree.root(size)));
        }
    }

    #[test]
    fn every_inclusion_proof_is_that_of_the_definition_and_shows_one_thing_only() {
        let tree = Naive::new(64);
        for size in 1..=64 {
            let leaves = &tree.0[..size];
            let (size, root) = (TreeSize::new(size as u64), mth(leaves));
            for (index, leaf) in leaves.iter().enumerate() {
                let position = EntryIndex::new(index as u64);
                let proof = inclusion_proof(&tree, position, size).unwrap();
                assert_eq!(proof.0, path(index, leaves));
                assert_eq!(proof.verify(*leaf, position, size, root), Ok(()));
                for other in (0..=64).map(EntryIndex::new).filter(|other| *other != position) {
                    proof.verify(*leaf, other, size, root).unwrap_err();
                }
                proof.verify(Digest::ZERO, position, size, root).unwrap_err();
                proof.verify(*leaf, position, size, Digest::ZERO).unwrap_err();
            }
            inclusion_proof(&tree, size.next_index(), size).unwrap_err();
        }
    }

    #[test]
    fn every_consistency_proof_is_that_of_the_definition_and_shows_one_thing_only() {
        let tree = Naive::new(64);
        for new in 1..=64 {
            let leaves = &tree.0[..new];
            for old in 1..=new {
                let (old_root, new_root) = (mth(&leaves[..old]), mth(leaves));
                let (old_size, new_size) = (TreeSize::new(old as u64), TreeSize::new(new as u64));
                let proof = consistency_proof(&tree, old_size, new_size).unwrap();
                assert_eq!(proof.0, subproof(old, leaves, true));
                assert_eq!(proof.verify(old_size, old_root, new_size, new_root), Ok(()));
                proof.verify(old_size, Digest::ZERO, new_size, new_root).unwrap_err();
                proof.verify(old_size, old_root, new_size, Digest::ZERO).unwrap_err();
                for other in (0..=64).map(TreeSize::new).filter(|other| *other != old_size) {
                    proof.verify(other, old_root, new_size, new_root).unwrap_err();
                }
            }
            let size = TreeSize::new(new as u64);
            assert_eq!(
                consistency_proof(&tree, TreeSize::EMPTY, size),
                Ok(ConsistencyProof::default())
            );
            consistency_proof(&tree, TreeSize::new(new as u64 + 1), size).unwrap_err();
        }
    }

    #[test]
    fn a_proof_changed_in_one_byte_or_in_length_shows_nothing() {
        let tree = Naive::new(64);
        for size in [1, 2, 3, 6, 7, 8, 13, 33, 63, 64] {
            let (new, new_root) = (TreeSize::new(size), tree.root(TreeSize::new(size)));
            for index in 0..size {
                let (at, leaf) = (EntryIndex::new(index), leaf_hash(&index.to_be_bytes()));
                for hashes in changed(&inclusion_proof(&tree, at, new).unwrap().0) {
                    InclusionProof(hashes).verify(leaf, at, new, new_root).unwrap_err();
                }
                let (old, old_root) =
                    (TreeSize::new(index + 1), tree.root(TreeSize::new(index + 1)));
                for hashes in changed(&consistency_proof(&tree, old, new).unwrap().0) {
                    ConsistencyProof(hashes).verify(old, old_root, new, new_root).unwrap_err();
                }
            }
        }
    }
}
