//! The names of tiles and of the bundles beside them (c2sp.org/tlog-tiles; formats.md, section 5).
//! Knows nothing of what is in them.

use std::fmt;
use std::str::FromStr;

use crate::encoding::decimal_decode;
use crate::merkle::position::{EntryIndex, TreeSize};

/// How many hashes, entries or payloads a full tile holds.
pub const TILE_WIDTH: u16 = 256;

/// The highest level that tlog-tiles has a name for.
const LEVEL_MAX: u8 = 63;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes at a tile level from 0 (leaf hashes) to 63: those over 256^level entries each.
    Hashes(u8),
    /// Entries, each behind a u16 length.
    Entries,
    /// Payloads, each behind a u32 length.
    Payloads,
}

/// The name of a tile: what it holds, which one it is in its row, how far it is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// A path that names no tile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is not a tile: expected tile/<L>/<N>, tile/entries/<N> or payload/<N>, and .p/<W>"
)]
pub struct TilePathError {
    /// The path, cut after 80 characters.
    pub found: String,
}

impl TileKind {
    /// The tile level: how many powers of 256 entries stand behind one item.
    pub const fn level(self) -> u8 {
        match self {
            Self::Hashes(level) => level,
            Self::Entries | Self::Payloads => 0,
        }
    }

    /// The name of the full tile `index`.
    pub const fn full(self, index: u64) -> TileId {
        TileId { kind: self, index, width: TILE_WIDTH }
    }

    /// The name of the tile `index` in a tree of `size` entries, full or partial; `None` beyond it.
    pub fn in_tree(self, index: u64, size: TreeSize) -> Option<TileId> {
        let items = size.get().unbounded_shr(8 * u32::from(self.level()));
        let left = items.checked_sub(index.checked_mul(u64::from(TILE_WIDTH))?)?;
        let width = u16::try_from(left).map_or(TILE_WIDTH, |left| left.min(TILE_WIDTH));
        if width == 0 { None } else { Some(TileId { kind: self, index, width }) }
    }

    /// All tiles of this kind in a tree of `size` entries, in order; at most the last is partial.
    pub fn all_in_tree(self, size: TreeSize) -> impl Iterator<Item = TileId> {
        (0..).map_while(move |index| self.in_tree(index, size))
    }
}

impl TileId {
    /// The name of a tile with `width` items; `None` for a width that is not 1 to 256 or a level
    /// above 63.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Option<Self> {
        let is_tile = (1..=TILE_WIDTH).contains(&width) && kind.level() <= LEVEL_MAX;
        if is_tile { Some(Self { kind, index, width }) } else { None }
    }

    /// The tiles of hashes in a tree of `size` entries, level by level, each in order.
    pub fn hashes_in_tree(size: TreeSize) -> impl Iterator<Item = Self> {
        let levels = (0..8).take_while(move |level| size.get() >> (8 * u32::from(*level)) > 0);
        levels.flat_map(move |level| TileKind::Hashes(level).all_in_tree(size))
    }

    /// What the tile holds.
    pub const fn kind(self) -> TileKind {
        self.kind
    }

    /// Which tile in its row it is.
    pub const fn index(self) -> u64 {
        self.index
    }

    /// How many items it holds, 1 to 256.
    pub const fn width(self) -> u16 {
        self.width
    }

    /// Whether it holds 256 items and will never grow.
    pub const fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The index of the first entry behind it; `None` beyond 2^64 entries.
    pub fn first_entry(self) -> Option<EntryIndex> {
        let entries = 1_u64.checked_shl(8 * (u32::from(self.kind.level()) + 1))?;
        self.index.checked_mul(entries).map(EntryIndex::new)
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
            TileKind::Payloads => f.write_str("payload/")?,
        }
        // Three digits a path element, each but the last behind an x.
        let mut divisor = 1_000_u64.pow(self.index.checked_ilog10().unwrap_or(0) / 3);
        while divisor > 1 {
            write!(f, "x{:03}/", self.index / divisor % 1000)?;
            divisor /= 1000;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for TileId {
    type Err = TilePathError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        let error = || TilePathError { found: path.chars().take(80).collect() };
        let id = parse(path).ok_or_else(error)?;
        // There is one path for each tile: x000/001 is not another name of 001.
        if id.to_string() == path { Ok(id) } else { Err(error()) }
    }
}

fn parse(path: &str) -> Option<TileId> {
    let (kind, rest) = if let Some(rest) = path.strip_prefix("payload/") {
        (TileKind::Payloads, rest)
    } else if let Some(rest) = path.strip_prefix("tile/entries/") {
        (TileKind::Entries, rest)
    } else {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        (TileKind::Hashes(u8::try_from(decimal_decode(level)?).ok()?), rest)
    };
    let (digits, width) = match rest.split_once(".p/") {
        Some((digits, width)) => (digits, u16::try_from(decimal_decode(width)?).ok()?),
        None => (rest, TILE_WIDTH),
    };
    let mut index = 0_u64;
    for element in digits.split('/') {
        let element = element.strip_prefix('x').unwrap_or(element);
        if element.len() != 3 || !element.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(element.parse().ok()?)?;
    }
    TileId::new(kind, index, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_back_what_it_writes() {
        for path in [
            "tile/0/000",
            "tile/63/x001/x234/067",
            "tile/0/273.p/112",
            "tile/entries/x999/999.p/1",
            "payload/x001/000.p/255",
            "tile/7/x018/x446/x744/x073/x709/x551/615",
        ] {
            assert_eq!(path.parse::<TileId>().unwrap().to_string(), path);
        }
    }

    #[test]
    fn what_is_not_the_one_path_of_a_tile_is_refused() {
        for path in [
            "",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/00/000",
            "tile/64/000",
            "tile/256/000",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/0/001/x002",
            "tile/0/001/002",
            "tile/0/x001",
            "tile/0/000/",
            "/tile/0/000",
            "tile/0/../000",
            "tile/8/0/000",
            "payload/0/000",
            "tile/7/x018/x446/x744/x073/x709/x551/616",
        ] {
            assert!(path.parse::<TileId>().is_err(), "{path}");
        }
    }

    #[test]
    fn the_tiles_of_a_tree_are_those_that_tlog_tiles_counts() {
        // SPEC: the example of 70,000 entries.
        let tiles: Vec<TileId> = TileId::hashes_in_tree(TreeSize::new(70_000)).collect();
        assert_eq!(tiles.len(), 274 + 2 + 1);
        let partial: Vec<String> =
            tiles.iter().filter(|tile| !tile.is_full()).map(TileId::to_string).collect();
        assert_eq!(partial, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
        assert_eq!(TileId::hashes_in_tree(TreeSize::EMPTY).count(), 0);
        let full: Vec<String> =
            TileId::hashes_in_tree(TreeSize::new(256)).map(|tile| tile.to_string()).collect();
        assert_eq!(full, ["tile/0/000", "tile/1/000.p/1"]);
        assert_eq!(TileKind::Entries.in_tree(u64::MAX, TreeSize::new(u64::MAX)), None);
    }
}
