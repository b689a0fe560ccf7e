//! The Merkle tree of RFC 6962: hashes, positions, proofs, tiles. Knows nothing of keys or
//! attestations. RFC 9162, section 2.1; c2sp.org/tlog-tiles.

mod position;
mod hash;
mod proof;
mod build;
mod range;
mod tile;
mod tile_path;
mod tile_reader;
mod tile_builder;

pub use build::{BuildError, NodeReader, consistency_proof, inclusion_proof, root};
pub use hash::{EMPTY_ROOT, leaf_hash, node_hash};
pub use position::{EntryIndex, PositionError, TreeSize};
pub use proof::{ConsistencyProof, InclusionProof, ProofError};
pub use range::{CompactRange, RangeError};
pub use tile::{Tile, TileError};
pub use tile_builder::TileBuilder;
pub use tile_path::{TILE_WIDTH, TileId, TileKind, TilePathError};
pub use tile_reader::{TileNodeError, TileReader, TileSource};
