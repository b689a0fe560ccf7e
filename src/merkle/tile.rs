//! A tile of hashes: 8 levels of the tree, kept as its lowest (c2sp.org/tlog-tiles). Knows nothing
//! of where tiles are kept.

use std::sync::Arc;

use crate::hash::Digest;
use crate::merkle::hash::node_hash;
use crate::merkle::tile_path::{TileId, TileKind};

/// The hashes of one tile, 1 to 256. That they stand under some root is not shown by the type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    pub(super) id: TileId,
    pub(super) hashes: Arc<[Digest]>,
}

/// Bytes or hashes that are no tile of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// The name is that of a bundle.
    #[error("{id} holds no hashes")]
    NotHashes {
        /// The name.
        id: TileId,
    },
    /// The width is another one.
    #[error("{id} holds {expected} bytes, found {found}")]
    Length {
        /// The name.
        id: TileId,
        /// 32 for each hash.
        expected: usize,
        /// How many bytes there are.
        found: usize,
    },
}

impl Tile {
    /// The tile of this name with these hashes.
    pub fn new(id: TileId, hashes: Arc<[Digest]>) -> Result<Self, TileError> {
        check(id, hashes.len().saturating_mul(32))?;
        Ok(Self { id, hashes })
    }

    /// Reads the bytes that tlog-tiles serves under this name.
    pub fn parse(id: TileId, bytes: &[u8]) -> Result<Self, TileError> {
        check(id, bytes.len())?;
        let (hashes, _) = bytes.as_chunks::<32>();
        Ok(Self { id, hashes: hashes.iter().copied().map(Digest::new).collect() })
    }

    /// Its name.
    pub const fn id(&self) -> TileId {
        self.id
    }

    /// Its hashes, from the left.
    pub const fn hashes(&self) -> &Arc<[Digest]> {
        &self.hashes
    }

    /// The bytes that tlog-tiles serves.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    /// The hash of node `index` in the row `height` above the tile's own hashes, with `height` at
    /// most 8; `None` if it is not complete within the tile.
    pub fn node(&self, height: u8, index: u8) -> Option<Digest> {
        node(&self.hashes, height, index)
    }
}

/// The hash over `hashes[index << height..(index + 1) << height]`; `None` unless all are there.
pub(super) fn node(hashes: &[Digest], height: u8, index: u8) -> Option<Digest> {
    let count = 1_usize.checked_shl(u32::from(height))?;
    let start = usize::from(index).checked_mul(count)?;
    let mut row = hashes.get(start..start.checked_add(count)?)?.to_vec();
    while row.len() > 1 {
        row = row.as_chunks().0.iter().map(|[left, right]| node_hash(*left, *right)).collect();
    }
    row.first().copied()
}

fn check(id: TileId, found: usize) -> Result<(), TileError> {
    let TileKind::Hashes(_) = id.kind() else { return Err(TileError::NotHashes { id }) };
    let expected = usize::from(id.width()) * 32;
    if expected == found { Ok(()) } else { Err(TileError::Length { id, expected, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_the_width_of_its_name() {
        let id: TileId = "tile/0/001.p/3".parse().unwrap();
        let bytes: Vec<u8> = (0..96).collect();
        let tile = Tile::parse(id, &bytes).unwrap();
        assert_eq!(tile.to_bytes(), bytes);
        assert_eq!(Tile::new(id, Arc::clone(tile.hashes())), Ok(tile));
        for length in [0, 32, 64, 95] {
            Tile::parse(id, &bytes[..length]).unwrap_err();
        }
        Tile::parse("tile/entries/001.p/3".parse().unwrap(), &bytes).unwrap_err();
    }

    #[test]
    fn a_node_is_had_only_where_the_tile_has_all_below_it() {
        let hashes: Arc<[Digest]> = (0..6).map(|byte| Digest::new([byte; 32])).collect();
        let tile = Tile::new("tile/0/000.p/6".parse().unwrap(), hashes).unwrap();
        let pair = |left, right| node_hash(Digest::new([left; 32]), Digest::new([right; 32]));
        assert_eq!(tile.node(0, 5), Some(Digest::new([5; 32])));
        assert_eq!(tile.node(1, 2), Some(pair(4, 5)));
        assert_eq!(tile.node(2, 0), Some(node_hash(pair(0, 1), pair(2, 3))));
        for (height, index) in [(0, 6), (1, 3), (2, 1), (3, 0), (8, 0), (255, 255)] {
            assert_eq!(tile.node(height, index), None);
        }
    }
}
