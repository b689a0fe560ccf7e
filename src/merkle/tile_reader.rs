//! The tree as tiles hold it: any subtree's hash out of one tile. Knows nothing of where tiles are
//! kept.

use std::sync::Arc;

use crate::hash::Digest;
use crate::merkle::build::NodeReader;
use crate::merkle::tile;

/// Where the hashes of tiles come from.
pub trait TileSource {
    /// Why a tile could not be had.
    type Error;

    /// The hashes of tile `index` at tile level `level`: at least as many as the tree in question
    /// has there; more do no harm.
    fn tile(&self, level: u8, index: u64) -> Result<Arc<[Digest]>, Self::Error>;
}

impl<S: TileSource + ?Sized> TileSource for &S {
    type Error = S::Error;

    fn tile(&self, level: u8, index: u64) -> Result<Arc<[Digest]>, Self::Error> {
        (**self).tile(level, index)
    }
}

/// Why a hash could not be had out of a tile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TileNodeError<E> {
    /// The tile could not be had.
    #[error("tile is not to be had")]
    Source(#[source] E),
    /// The tile is narrower than the tree needs.
    #[error("tile {index} of level {level} needs {expected} hashes, found {found}")]
    Short {
        /// The tile level.
        level: u8,
        /// Which tile in its row.
        index: u64,
        /// How many hashes it takes at least.
        expected: usize,
        /// How many there are.
        found: usize,
    },
}

/// Reads subtrees out of a source of tiles.
#[derive(Clone, Copy, Debug)]
pub struct TileReader<S> {
    source: S,
}

impl<S: TileSource> TileReader<S> {
    /// A reader of this source.
    pub const fn new(source: S) -> Self {
        Self { source }
    }
}

impl<S: TileSource> NodeReader for TileReader<S> {
    type Error = TileNodeError<S::Error>;

    fn node(&self, level: u8, index: u64) -> Result<Digest, Self::Error> {
        let (tile_level, height) = (level / 8, level % 8);
        // A tile has 2^(8 - height) nodes of this height.
        let nodes = 1_u64 << (8 - height);
        let (tile_index, place) = (index / nodes, index % nodes);
        let hashes = self.source.tile(tile_level, tile_index).map_err(TileNodeError::Source)?;
        u8::try_from(place).ok().and_then(|place| tile::node(&hashes, height, place)).ok_or_else(
            || TileNodeError::Short {
                level: tile_level,
                index: tile_index,
                expected: usize::try_from((place + 1) << height).unwrap_or(usize::MAX),
                found: hashes.len(),
            },
        )
    }
}
