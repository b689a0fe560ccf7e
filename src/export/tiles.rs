//! Tiles of hashes, each proven before it is believed: from the root down.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audit::LogSource;
use crate::export::bundles::content;
use crate::export::directory::DirSource;
use crate::export::error::ExportError;
use crate::hash::Digest;
use crate::merkle::{Tile, TileBuilder, TileId, TileKind, TileNodeError, TileSource, TreeSize};
use crate::note::VerifiedCheckpoint;

/// Tile levels that a tree of less than 2^64 entries has.
const LEVELS: u8 = 8;

/// The tiles of the tree under a checkpoint. The partial ones lead to its root together; a full one has
/// the hash that the tile above has of it. What a directory has and proves right is not asked of the log.
pub(super) struct ProvenTiles<'a> {
    source: RefCell<&'a mut dyn LogSource>,
    dir: RefCell<DirSource>,
    size: TreeSize,
    edge: Edge,
    /// The full tile that was had last, by level: tiles are read in order.
    last: RefCell<BTreeMap<u8, FullTile>>,
}

/// The index of a full tile, and its hashes.
type FullTile = (u64, Arc<[Digest]>);

/// The partial tiles of a tree, by level.
struct Edge(BTreeMap<u8, Arc<[Digest]>>);

impl<'a> ProvenTiles<'a> {
    /// The tiles under a checkpoint, from the log or from the directory `dir`.
    pub(super) fn open(
        source: &'a mut dyn LogSource,
        dir: &DirSource,
        checkpoint: &VerifiedCheckpoint,
    ) -> Result<Self, ExportError> {
        let (size, expected) = (checkpoint.size(), checkpoint.root());
        let mut dir = dir.clone();
        let held = Edge::read(size, |id| {
            let path = id.to_string();
            let missing = || ExportError::Damaged { path: path.clone() };
            let bytes = dir.read(&path)?.ok_or_else(missing)?;
            Tile::parse(id, &bytes).map_err(|_malformed| missing())
        });
        let held = held.ok().filter(|held| held.root(size).is_ok_and(|root| root == expected));
        let edge = if let Some(edge) = held {
            edge
        } else {
            let edge = Edge::read(size, |id| fetch_tile(source, id))?;
            let found = edge.root(size)?;
            if found != expected {
                return Err(ExportError::Root { expected, found });
            }
            edge
        };
        let (source, dir) = (RefCell::new(source), RefCell::new(dir));
        Ok(Self { source, dir, size, edge, last: RefCell::default() })
    }

    /// The tree as it was after `size` entries, which goes on to this one.
    pub(super) fn builder(&self, size: TreeSize) -> Result<TileBuilder, ExportError> {
        TileBuilder::resume(self, size).map_err(of_tile)
    }

    /// The leaf hashes of bundle `index`.
    pub(super) fn leaves(&self, index: u64) -> Result<Arc<[Digest]>, ExportError> {
        self.tile(0, index)
    }

    /// Another file of the log.
    pub(super) fn fetch(&self, path: &str) -> Result<Vec<u8>, ExportError> {
        fetch(&mut **self.source.borrow_mut(), path)
    }

    /// Says which leaf tiles are read next: the full ones from `index` on that are not there.
    pub(super) fn expect_from(&self, index: u64) {
        let full = self.size.get() / 256;
        let root = self.dir.borrow().root().to_owned();
        let paths = (index..full).map(|index| TileKind::Hashes(0).full(index).to_string());
        let paths = paths.filter(move |path| !root.join(path).exists());
        self.source.borrow_mut().expect(Box::new(paths));
    }

    /// A full tile with this hash over all of its own.
    fn full(&self, id: TileId, expected: Digest) -> Result<Arc<[Digest]>, ExportError> {
        let is_proven = |tile: &Tile| tile.node(8, 0) == Some(expected);
        let path = id.to_string();
        let held = self.dir.borrow_mut().read(&path).ok().flatten();
        let held = held.and_then(|bytes| Tile::parse(id, &bytes).ok()).filter(is_proven);
        let tile = match held {
            Some(tile) => tile,
            None => fetch_tile(&mut **self.source.borrow_mut(), id)?,
        };
        if !is_proven(&tile) {
            let reason = format!("its hashes do not lead to {expected}, which is proven");
            return Err(ExportError::Content { path, reason });
        }
        Ok(Arc::clone(tile.hashes()))
    }
}

impl TileSource for ProvenTiles<'_> {
    type Error = ExportError;

    fn tile(&self, level: u8, index: u64) -> Result<Arc<[Digest]>, ExportError> {
        let id = TileKind::Hashes(level).in_tree(index, self.size);
        let Some(id) = id.filter(|_| level < LEVELS) else {
            let path = TileKind::Hashes(level).full(index).to_string();
            return Err(ExportError::Missing { path });
        };
        if !id.is_full() {
            return self.edge.tile(level, index);
        }
        let last = self.last.borrow().get(&level).cloned();
        if let Some((_, hashes)) = last.filter(|(of, _)| *of == index) {
            return Ok(hashes);
        }
        let above = self.tile(level + 1, index / 256)?;
        let place = usize::try_from(index % 256).unwrap_or(usize::MAX);
        let expected = above.get(place).copied();
        let expected = expected.ok_or_else(|| ExportError::Missing { path: id.to_string() })?;
        let hashes = self.full(id, expected)?;
        self.last.borrow_mut().insert(level, (index, Arc::clone(&hashes)));
        Ok(hashes)
    }
}

impl Edge {
    fn read(
        size: TreeSize,
        mut read: impl FnMut(TileId) -> Result<Tile, ExportError>,
    ) -> Result<Self, ExportError> {
        let mut edge = BTreeMap::new();
        for level in 0..LEVELS {
            let index = size.get().unbounded_shr(8 * (u32::from(level) + 1));
            if let Some(id) = TileKind::Hashes(level).in_tree(index, size) {
                edge.insert(level, Arc::clone(read(id)?.hashes()));
            }
        }
        Ok(Self(edge))
    }

    fn root(&self, size: TreeSize) -> Result<Digest, ExportError> {
        Ok(TileBuilder::resume(self, size).map_err(of_tile)?.root())
    }
}

impl TileSource for Edge {
    type Error = ExportError;

    fn tile(&self, level: u8, index: u64) -> Result<Arc<[Digest]>, ExportError> {
        let missing =
            || ExportError::Missing { path: TileKind::Hashes(level).full(index).to_string() };
        self.0.get(&level).cloned().ok_or_else(missing)
    }
}

/// The first `size` entries of the tree that a directory has, whose tiles are believed: compare the root.
pub(super) fn held_builder(
    dir: &DirSource,
    held_size: TreeSize,
    size: TreeSize,
) -> Result<TileBuilder, ExportError> {
    let held = HeldTiles { dir: RefCell::new(dir.clone()), size: held_size };
    TileBuilder::resume(&held, size).map_err(of_tile)
}

/// The tiles that a directory has.
struct HeldTiles {
    dir: RefCell<DirSource>,
    size: TreeSize,
}

impl TileSource for HeldTiles {
    type Error = ExportError;

    fn tile(&self, level: u8, index: u64) -> Result<Arc<[Digest]>, ExportError> {
        let full = TileKind::Hashes(level).full(index);
        let partial = TileKind::Hashes(level).in_tree(index, self.size);
        for id in partial.into_iter().chain([full]) {
            let bytes = self.dir.borrow_mut().read(&id.to_string())?;
            if let Some(tile) = bytes.and_then(|bytes| Tile::parse(id, &bytes).ok()) {
                return Ok(Arc::clone(tile.hashes()));
            }
        }
        Err(ExportError::Damaged { path: full.to_string() })
    }
}

fn fetch_tile(source: &mut dyn LogSource, id: TileId) -> Result<Tile, ExportError> {
    let path = id.to_string();
    let bytes = fetch(source, &path)?;
    Tile::parse(id, &bytes).map_err(|error| content(&path, &error))
}

/// A file that the log must have.
pub(super) fn fetch(source: &mut dyn LogSource, path: &str) -> Result<Vec<u8>, ExportError> {
    source.read(path)?.ok_or_else(|| ExportError::Missing { path: path.to_owned() })
}

fn of_tile(error: TileNodeError<ExportError>) -> ExportError {
    match error {
        TileNodeError::Source(error) => error,
        TileNodeError::Short { level, index, .. } => {
            let path = TileKind::Hashes(level).full(index).to_string();
            content(&path, &error)
        }
    }
}
