//! The Merkle tree of a copy, out of its tiles.

use std::sync::Arc;

use crate::audit::{LogSource as _, SourceError};
use crate::export::DirSource;
use crate::hash::Digest;
use crate::merkle::{
    self, BuildError, ConsistencyProof, Tile, TileError, TileKind, TileNodeError, TileReader,
    TileSource, TreeSize,
};

/// The tree of `size` entries whose tiles are these.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) files: DirSource,
    pub(super) size: TreeSize,
}

/// Why a tile could not be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum TreeError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("the copy has no tile {index} of level {level}")]
    Missing { level: u8, index: u64 },
    #[error(transparent)]
    Tile(#[from] TileError),
}

impl Tree {
    /// The root over the first `size` entries.
    pub(super) fn root_at(&self, size: TreeSize) -> Result<Digest, TileNodeError<TreeError>> {
        merkle::root(&TileReader::new(self), size)
    }

    /// The proof that the tree begins with one of size `old`.
    pub(super) fn consistency(
        &self,
        old: TreeSize,
    ) -> Result<ConsistencyProof, BuildError<TileNodeError<TreeError>>> {
        merkle::consistency_proof(&TileReader::new(self), old, self.size)
    }
}

impl TileSource for Tree {
    type Error = TreeError;

    fn tile(&self, level: u8, index: u64) -> Result<Arc<[Digest]>, TreeError> {
        let missing = || TreeError::Missing { level, index };
        let id = TileKind::Hashes(level).in_tree(index, self.size).ok_or_else(missing)?;
        let bytes = self.files.clone().read(&id.to_string())?.ok_or_else(missing)?;
        Ok(Arc::clone(Tile::parse(id, &bytes)?.hashes()))
    }
}
