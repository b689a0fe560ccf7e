//! The Merkle tree of RFC 6962: hashes, positions, proofs, tiles. Knows nothing of keys or attestations.
