//! Keys and rows of the subject map, and how they hash (formats.md, section 1).

use crate::hash::Digest;

/// A key of the map: 32 bytes whose bits, from the most significant one of byte 0, are the path
/// from the root. Subject keys are such digests.
pub type MapKey = Digest;

/// What the map holds for a key: how many entries its chain has, at least 1, and the chain's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// Number of entries in the chain, at least 1.
    pub count: u64,
    /// Head of the chain after the last of them.
    pub head: Digest,
}

/// Hash of one row; also of every subtree that holds that row alone, at any depth.
pub fn map_leaf(key: &MapKey, row: &Row) -> Digest {
    let count = row.count.to_be_bytes();
    Digest::of_parts(&[&[0x02], key.as_ref(), &count, row.head.as_ref()])
}

/// Hash of a subtree that holds two keys or more; an empty side is [`Digest::ZERO`].
pub fn map_node(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[0x03], left.as_ref(), right.as_ref()])
}

/// Bit `index` of a key. There is no bit beyond 255, so that one is 0.
pub(super) fn bit(key: &MapKey, index: usize) -> bool {
    key.as_bytes().get(index / 8).is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0)
}

/// How many bits two keys have in common at their start; 256 if they are equal.
pub(super) fn common_prefix(a: &MapKey, b: &MapKey) -> usize {
    let mut bits = 0;
    for (a, b) in a.as_bytes().iter().zip(b.as_bytes()) {
        if a != b {
            return bits + (a ^ b).leading_zeros() as usize;
        }
        bits += 8;
    }
    bits
}

/// The hash of the node over `hash` and `sibling`, where `hash` lies on the path of `key` and both
/// are at depth `index + 1`.
pub(super) fn climb(key: &MapKey, index: usize, hash: &Digest, sibling: &Digest) -> Digest {
    if bit(key, index) { map_node(sibling, hash) } else { map_node(hash, sibling) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_count_from_the_most_significant_one() {
        let mut bytes = [0; 32];
        bytes[0] = 0b1000_0001;
        bytes[31] = 1;
        let key = Digest::new(bytes);
        let ones: Vec<usize> = (0..300).filter(|index| bit(&key, *index)).collect();
        assert_eq!(ones, [0, 7, 255]);
        assert_eq!(common_prefix(&key, &key), 256);
        assert_eq!(common_prefix(&key, &Digest::ZERO), 0);
        bytes[31] = 0;
        assert_eq!(common_prefix(&key, &Digest::new(bytes)), 255);
    }
}
