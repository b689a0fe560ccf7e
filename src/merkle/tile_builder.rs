//! The right edge of a growing tree as tiles. Knows nothing of where they go.

use crate::hash::Digest;
use crate::merkle::position::TreeSize;
use crate::merkle::range::CompactRange;
use crate::merkle::tile::{self, Tile};
use crate::merkle::tile_path::{TILE_WIDTH, TileId, TileKind};
use crate::merkle::tile_reader::{TileNodeError, TileSource};

/// Tile levels that a tree of less than 2^64 entries has.
const LEVELS: u8 = 8;

/// Appends leaves and hands out each tile when it is full; holds the partial ones.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TileBuilder {
    range: CompactRange,
    /// The hashes of the partial tile at each tile level, 0 to 255 each, as many levels as the size
    /// has digits to base 256.
    partial: Vec<Vec<Digest>>,
}

impl TileBuilder {
    /// The builder as it was after `size` entries. Reads one tile a level, the partial ones; they
    /// are believed: compare the root.
    ///
    /// # Panics
    /// On no tiles whatever: the assertion states what the widths, once checked, imply.
    pub fn resume<S: TileSource>(
        source: &S,
        size: TreeSize,
    ) -> Result<Self, TileNodeError<S::Error>> {
        let partial = (0..LEVELS)
            .map(|level| (level, size.get() >> (8 * level)))
            .take_while(|(_, count)| *count > 0)
            .map(|(level, count)| read_partial(source, level, count))
            .collect::<Result<Vec<_>, _>>()?;

        // One complete subtree for each one bit of the size; each lies in a partial tile.
        let bits = (0..64_u8).rev().filter(|bit| size.get() >> bit & 1 == 1);
        let subtree = |bit: u8| {
            let height = bit % 8;
            let place = ((size.get() >> bit) - 1) % (1 << (8 - height));
            let hashes = partial.get(usize::from(bit / 8))?;
            tile::node(hashes, height, u8::try_from(place).ok()?)
        };
        let range = CompactRange { size, hashes: bits.filter_map(subtree).collect() };
        assert!(range.is_whole(), "partial tiles hold the right edge of {size} entries");
        Ok(Self { range, partial })
    }

    /// Appends a leaf hash; returns the tiles that it completes, lowest level first. One leaf in
    /// 256 completes any.
    ///
    /// # Panics
    /// At 2^64 - 1 entries, which no log reaches.
    pub fn append(&mut self, leaf: Digest) -> Vec<Tile> {
        let mut completed = Vec::new();
        let partial = &mut self.partial;
        self.range.append_with(leaf, |level, index, hash| {
            if level % 8 != 0 {
                return;
            }
            let level = level / 8;
            let place = usize::from(level);
            if partial.len() == place {
                partial.push(Vec::new());
            }
            let Some(hashes) = partial.get_mut(place) else { return };
            hashes.push(hash);
            if hashes.len() == usize::from(TILE_WIDTH) {
                let id = TileKind::Hashes(level).full(index / u64::from(TILE_WIDTH));
                completed.push(Tile { id, hashes: hashes.drain(..).collect() });
            }
        });
        completed
    }

    /// How many entries have been appended.
    pub const fn size(&self) -> TreeSize {
        self.range.size()
    }

    /// The root of the tree.
    pub fn root(&self) -> Digest {
        self.range.root()
    }

    /// The partial tiles of the tree as it is, lowest level first.
    pub fn partial_tiles(&self) -> Vec<Tile> {
        let rows = (0..LEVELS).zip(&self.partial);
        let tiles = rows.filter_map(|(level, hashes)| {
            let index = self.size().get().unbounded_shr(8 * (u32::from(level) + 1));
            let width = u16::try_from(hashes.len()).ok()?;
            let id = TileId::new(TileKind::Hashes(level), index, width)?;
            Some(Tile { id, hashes: hashes.as_slice().into() })
        });
        tiles.collect()
    }
}

/// The hashes of the partial tile at a level with `count` hashes in all.
fn read_partial<S: TileSource>(
    source: &S,
    level: u8,
    count: u64,
) -> Result<Vec<Digest>, TileNodeError<S::Error>> {
    let (index, width) = (count / u64::from(TILE_WIDTH), count % u64::from(TILE_WIDTH));
    if width == 0 {
        return Ok(Vec::new());
    }
    let hashes = source.tile(level, index).map_err(TileNodeError::Source)?;
    // Below 256.
    let expected = usize::try_from(width).unwrap_or(usize::MAX);
    match hashes.get(..expected) {
        Some(hashes) => Ok(hashes.to_vec()),
        None => Err(TileNodeError::Short { level, index, expected, found: hashes.len() }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::merkle::build::{consistency_proof, inclusion_proof, root};
    use crate::merkle::hash::leaf_hash;
    use crate::merkle::position::EntryIndex;
    use crate::merkle::tile_reader::TileReader;

    /// Full tiles as they were handed out, and the partial ones of a builder.
    #[derive(Default)]
    struct Tiles(BTreeMap<(u8, u64), Arc<[Digest]>>);

    impl Tiles {
        fn put(&mut self, tiles: Vec<Tile>) {
            for tile in tiles {
                let place = (tile.id().kind().level(), tile.id().index());
                self.0.insert(place, Arc::clone(tile.hashes()));
            }
        }
    }

    impl TileSource for Tiles {
        type Error = (u8, u64);

        fn tile(&self, level: u8, index: u64) -> Result<Arc<[Digest]>, (u8, u64)> {
            self.0.get(&(level, index)).cloned().ok_or((level, index))
        }
    }

    fn leaf(index: u64) -> Digest {
        leaf_hash(&index.to_be_bytes())
    }

    fn grow(builder: &mut TileBuilder, tiles: &mut Tiles, size: u64) {
        for index in builder.size().get()..size {
            tiles.put(builder.append(leaf(index)));
        }
        tiles.put(builder.partial_tiles());
    }

    #[test]
    fn proofs_out_of_tiles_hold_at_every_size_they_were_built_through() {
        let (mut builder, mut tiles) = (TileBuilder::default(), Tiles::default());
        let mut roots = Vec::new();
        for size in [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 66_000] {
            grow(&mut builder, &mut tiles, size);
            roots.push((TreeSize::new(size), builder.root()));
        }
        // Wider tiles than an older size has do no harm.
        let reader = TileReader::new(&tiles);
        for &(size, expected) in &roots {
            assert_eq!(root(&reader, size), Ok(expected));
            for index in [0, size.get() / 2, size.get() - 1].map(EntryIndex::new) {
                let proof = inclusion_proof(&reader, index, size).unwrap();
                assert_eq!(proof.verify(leaf(index.get()), index, size, expected), Ok(()));
            }
            for &(old, old_root) in roots.iter().filter(|(old, _)| *old <= size) {
                let proof = consistency_proof(&reader, old, size).unwrap();
                assert_eq!(proof.verify(old, old_root, size, expected), Ok(()));
            }
        }
    }

    #[test]
    fn a_resumed_builder_is_the_one_that_stopped() {
        let (mut builder, mut tiles) = (TileBuilder::default(), Tiles::default());
        assert_eq!(TileBuilder::resume(&tiles, TreeSize::EMPTY), Ok(TileBuilder::default()));
        for size in (1..=600).chain([65_535, 65_536, 65_537, 65_800]) {
            grow(&mut builder, &mut tiles, size);
            assert_eq!(TileBuilder::resume(&tiles, builder.size()), Ok(builder.clone()));
        }
        tiles.0.insert((0, 257), Arc::new([]));
        let short = TileNodeError::Short { level: 0, index: 257, expected: 8, found: 0 };
        assert_eq!(TileBuilder::resume(&tiles, builder.size()), Err(short));
        tiles.0.remove(&(1, 1));
        tiles.0.remove(&(0, 257));
        let missing = TileNodeError::Source((0, 257));
        assert_eq!(TileBuilder::resume(&tiles, builder.size()), Err(missing));
    }
}
