//! The leaf hashes of a log, kept as one hash for each full tile: what is read again has to be what
//! was read before, and every root and proof follows from it. No higher tile is believed, or read.

use std::cell::RefCell;

use crate::audit::{ExpectedPaths, LogSource, SourceError};
use crate::fraud::follower::advance::{Stop, Unserved};
use crate::hash::Digest;
use crate::merkle::{NodeReader, TILE_WIDTH, Tile, TileId, TileKind, TreeSize, node_hash};

/// The leaf hashes of a log.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaves {
    /// The root over each full leaf tile.
    full: Vec<Digest>,
    /// The hashes of the last tile, if it is not full.
    partial: Vec<Digest>,
}

/// Leaf hashes, and where they are read again.
pub(super) struct Tree<'a> {
    leaves: &'a Leaves,
    source: RefCell<&'a mut dyn LogSource>,
}

impl Leaves {
    pub(super) fn size(&self) -> TreeSize {
        let (full, partial) = (self.full.len(), self.partial.len());
        // A log of that many tiles does not fit into memory.
        let of = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let full = of(full).saturating_mul(u64::from(TILE_WIDTH));
        TreeSize::new(full.saturating_add(of(partial)))
    }

    /// These leaves and those behind them up to `size`, as they are served; `None` if the ones that
    /// are known are served otherwise.
    pub(super) fn extended(
        &self,
        source: &mut dyn LogSource,
        size: TreeSize,
    ) -> Result<Option<Self>, Stop> {
        let mut leaves = Self { full: self.full.clone(), partial: Vec::new() };
        let mut known = self.partial.as_slice();
        let first = u64::try_from(leaves.full.len()).unwrap_or(u64::MAX);
        let behind = move || (first..).map_while(move |at| TileKind::Hashes(0).in_tree(at, size));
        source.expect(Box::new(behind().map(|id| id.to_string())));
        for id in behind() {
            let tile = read_tile(source, id)?;
            if !tile.hashes().starts_with(known) {
                return Ok(None);
            }
            known = &[];
            match tile.node(8, 0) {
                Some(root) => leaves.full.push(root),
                None => leaves.partial = tile.hashes().to_vec(),
            }
        }
        Ok(Some(leaves))
    }

    /// The tree with these leaves.
    pub(super) fn tree<'a>(&'a self, source: &'a mut dyn LogSource) -> Tree<'a> {
        Tree { leaves: self, source: RefCell::new(source) }
    }

    /// The root over full tile `index` at `level` above tiles.
    fn over_tiles(&self, level: u8, index: u64) -> Option<Digest> {
        let Some(below) = level.checked_sub(1) else {
            return self.full.get(usize::try_from(index).ok()?).copied();
        };
        let left = index.checked_mul(2)?;
        Some(node_hash(self.over_tiles(below, left)?, self.over_tiles(below, left + 1)?))
    }
}

impl Tree<'_> {
    /// The leaf tile `index`, as it was served before.
    pub(super) fn tile(&self, index: u64) -> Result<Tile, Stop> {
        let id = TileKind::Hashes(0).in_tree(index, self.leaves.size());
        let id = id.ok_or_else(|| Stop::at("tile/0", Unserved::Missing))?;
        let changed = || Stop::at(id.to_string(), Unserved::Changed);
        if !id.is_full() {
            return Tile::new(id, self.leaves.partial.as_slice().into())
                .map_err(|_width| changed());
        }
        let tile = self.with_source(|source| read_tile(source, id))?;
        let is_known = tile.node(8, 0) == self.leaves.over_tiles(0, index);
        if is_known { Ok(tile) } else { Err(changed()) }
    }

    /// Says which files are read next, so that they may be on their way already.
    pub(super) fn expect(&self, paths: ExpectedPaths) {
        self.with_source(|source| source.expect(paths));
    }

    /// The bytes of a file.
    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, Stop> {
        self.with_source(|source| read(source, path))
    }

    fn with_source<T>(&self, read: impl FnOnce(&mut dyn LogSource) -> T) -> T {
        read(&mut **self.source.borrow_mut())
    }
}

impl NodeReader for Tree<'_> {
    type Error = Stop;

    fn node(&self, level: u8, index: u64) -> Result<Digest, Stop> {
        let missing = || Stop::at("tile/0", Unserved::Missing);
        if let Some(level) = level.checked_sub(8) {
            return self.leaves.over_tiles(level, index).ok_or_else(missing);
        }
        // A tile has 2^(8 - level) nodes of this level, at most 256.
        let nodes = 1_u64 << (8 - level);
        let tile = self.tile(index / nodes)?;
        let place = u8::try_from(index % nodes).unwrap_or(u8::MAX);
        tile.node(level, place).ok_or_else(missing)
    }
}

/// The bytes of a file that has to be there.
pub(super) fn read(source: &mut dyn LogSource, path: &str) -> Result<Vec<u8>, Stop> {
    match source.read(path) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(Stop::at(path, Unserved::Missing)),
        Err(SourceError::TooLarge { .. }) => Err(Stop::at(path, Unserved::TooLarge)),
        Err(error @ SourceError::Unreadable { .. }) => Err(Stop::Source(error)),
    }
}

fn read_tile(source: &mut dyn LogSource, id: TileId) -> Result<Tile, Stop> {
    let path = id.to_string();
    let bytes = read(source, &path)?;
    Tile::parse(id, &bytes).map_err(|_cause| Stop::at(path, Unserved::Tile))
}
