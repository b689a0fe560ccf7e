//! Hashes of the tree for proofs: full tiles out of the store, the right edge out of memory. A proof
//! takes some hash of every height, so a tile is kept with all hashes above its own.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lru::LruCache;

use crate::hash::Digest;
use crate::ledger::log_reader::LogReader;
use crate::ledger::store_error::StoreError;
use crate::merkle::{NodeReader, Tile, TileBuilder, TileKind, TreeSize, node_hash};
use crate::storage::{Table, tile_key};

/// Full tiles kept in memory, 16 KiB each: those of a proof in a tree of 2^32 entries are four.
const TILES_KEPT: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// A tile and every hash over it that is complete; `rows[0]` are its own hashes.
#[derive(Debug)]
struct TileTree {
    rows: Vec<Vec<Digest>>,
}

/// Full tiles, which never change.
#[derive(Debug)]
pub(super) struct TileCache {
    log: LogReader,
    full: Mutex<LruCache<(u8, u64), Arc<TileTree>>>,
}

/// The partial tiles of a tree of one size.
#[derive(Debug)]
pub(super) struct Edge {
    size: TreeSize,
    tiles: Vec<(Tile, OnceLock<TileTree>)>,
}

/// The hashes of the tree that ends with `edge`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nodes<'a> {
    pub(super) cache: &'a TileCache,
    pub(super) edge: &'a Edge,
}

impl TileTree {
    fn new(hashes: &[Digest]) -> Self {
        let mut rows = vec![hashes.to_vec()];
        while let Some(row) = rows.last().filter(|row| row.len() > 1) {
            let pairs = row.as_chunks().0.iter();
            rows.push(pairs.map(|[left, right]| node_hash(*left, *right)).collect());
        }
        Self { rows }
    }

    fn node(&self, height: u8, place: u64) -> Option<Digest> {
        self.rows.get(usize::from(height))?.get(usize::try_from(place).ok()?).copied()
    }
}

impl TileCache {
    pub(super) fn new(log: LogReader) -> Self {
        Self { log, full: Mutex::new(LruCache::new(TILES_KEPT)) }
    }

    /// The bytes of a full tile, as tlog-tiles serves them.
    pub(super) fn read_full(&self, level: u8, index: u64) -> Result<Tile, StoreError> {
        let bytes = self.log.storage().get(Table::Tiles, &tile_key(level, index))?;
        let bytes = bytes.ok_or(StoreError::Missing { what: "tile", index })?;
        Tile::parse(TileKind::Hashes(level).full(index), &bytes)
            .map_err(|cause| StoreError::malformed("tile", index, cause))
    }

    fn full(&self, level: u8, index: u64) -> Result<Arc<TileTree>, StoreError> {
        let lock = || self.full.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = lock().get(&(level, index)) {
            return Ok(Arc::clone(tree));
        }
        let tree = Arc::new(TileTree::new(self.read_full(level, index)?.hashes()));
        lock().put((level, index), Arc::clone(&tree));
        Ok(tree)
    }

    /// The root of a full tile: the hash that stands for it one tile level higher.
    pub(super) fn root_of_full(&self, level: u8, index: u64) -> Result<Digest, StoreError> {
        let root = self.full(level, index)?.node(8, 0);
        root.ok_or(StoreError::Missing { what: "root of tile", index })
    }
}

impl Edge {
    pub(super) fn of(tiles: &TileBuilder) -> Self {
        let partial = tiles.partial_tiles();
        let tiles_ = partial.into_iter().map(|tile| (tile, OnceLock::new())).collect();
        Self { size: tiles.size(), tiles: tiles_ }
    }

    /// The same with full tiles that are not stored yet.
    pub(super) fn with(mut self, tiles: impl IntoIterator<Item = Tile>) -> Self {
        self.tiles.extend(tiles.into_iter().map(|tile| (tile, OnceLock::new())));
        self
    }

    pub(super) const fn size(&self) -> TreeSize {
        self.size
    }

    /// The partial tile of this name, if the tree ends in it.
    pub(super) fn partial(&self, level: u8, index: u64) -> Option<&Tile> {
        self.find(level, index).map(|(tile, _)| tile)
    }

    fn find(&self, level: u8, index: u64) -> Option<&(Tile, OnceLock<TileTree>)> {
        let is_it =
            |tile: &Tile| tile.id().kind() == TileKind::Hashes(level) && tile.id().index() == index;
        self.tiles.iter().find(|(tile, _)| is_it(tile))
    }
}

impl NodeReader for Nodes<'_> {
    type Error = StoreError;

    fn node(&self, level: u8, index: u64) -> Result<Digest, StoreError> {
        let (tile_level, height) = (level / 8, level % 8);
        let per_tile = 1_u64 << (8 - height);
        let (tile, place) = (index / per_tile, index % per_tile);
        let found = match self.edge.find(tile_level, tile) {
            Some((tile, tree)) => {
                tree.get_or_init(|| TileTree::new(tile.hashes())).node(height, place)
            }
            None => self.cache.full(tile_level, tile)?.node(height, place),
        };
        found.ok_or(StoreError::Missing { what: "hash in tile", index: tile })
    }
}
