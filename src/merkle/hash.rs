//! How leaves and nodes are hashed (RFC 9162, section 2.1.1). Knows nothing of positions.

use crate::hash::Digest;

/// The root of the tree without entries: the hash of no bytes.
pub const EMPTY_ROOT: Digest = Digest::new([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// The hash of an entry as a leaf: `H(00 ‖ entry)`.
pub fn leaf_hash(entry: &[u8]) -> Digest {
    Digest::of_parts(&[&[0], entry])
}

/// The hash of two subtrees side by side: `H(01 ‖ left ‖ right)`.
pub fn node_hash(left: Digest, right: Digest) -> Digest {
    let mut bytes = [1; 65];
    let (_, hashes) = bytes.split_at_mut(1);
    for (to, from) in hashes.iter_mut().zip(left.as_bytes().iter().chain(right.as_bytes())) {
        *to = *from;
    }
    Digest::of(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(EMPTY_ROOT, Digest::of(b""));
    }

    #[test]
    fn leaves_and_nodes_are_hashed_in_domains_of_their_own() {
        let (left, right) = (Digest::new([2; 32]), Digest::new([3; 32]));
        let both = [[2; 32], [3; 32]].concat();
        assert_eq!(node_hash(left, right), Digest::of_parts(&[&[1], &both]));
        assert_eq!(leaf_hash(&both), Digest::of_parts(&[&[0], &both]));
    }
}
