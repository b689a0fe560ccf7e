//! Where the log stands: all that the next group of entries is computed from.

use crate::hash::Digest;
use crate::map::SubjectMap;
use crate::merkle::{EntryIndex, TileBuilder, TreeSize};
use crate::storage::Head;
use crate::time::Timestamp;

/// The state after a commit; by default that before the first.
#[derive(Clone, Debug, Default)]
pub(super) struct Tip {
    /// The head of that commit.
    pub(super) head: Option<Head>,
    /// Leaf hash of the last entry.
    pub(super) leaf_hash: Digest,
    /// Ledger time of the last entry.
    pub(super) time: Timestamp,
    /// The last entry, which is a seal; 0 before there is one.
    pub(super) seal: EntryIndex,
    /// The right edge of the tree.
    pub(super) tiles: TileBuilder,
    /// The subject map that the seal commits to.
    pub(super) map: SubjectMap,
}

impl Tip {
    /// How many entries there are.
    pub(super) const fn size(&self) -> TreeSize {
        self.tiles.size()
    }
}
