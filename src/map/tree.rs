//! The map's tree in memory: binary, path-compressed, persistent. Nodes are shared between versions
//! and never change; an update copies the paths it touches.

use std::sync::Arc;

use crate::hash::Digest;
use crate::map::hashing::{MapKey, Row, bit, climb, common_prefix, map_leaf, map_node};

/// Rows in strictly ascending order of their keys.
type Rows = [(MapKey, Row)];

/// A subtree that holds at least one key.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// Exactly one key.
    Leaf(Arc<Leaf>),
    /// Two keys or more.
    Branch(Arc<Branch>),
}

/// A row and its hash, which is that of any subtree with this key alone.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) key: MapKey,
    pub(super) row: Row,
    hash: Digest,
}

/// Two subtrees whose keys differ first in bit `depth`, seen from depth `top`: all levels between
/// have an empty sibling.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) top: usize,
    pub(super) depth: usize,
    /// Any key below: all of them have its first `depth` bits.
    pub(super) sample: MapKey,
    pub(super) left: Tree,
    pub(super) right: Tree,
    /// Hash as seen from `top`, so lifted through the empty siblings.
    hash: Digest,
}

impl Leaf {
    fn new(key: MapKey, row: Row) -> Self {
        let hash = map_leaf(&key, &row);
        Self { key, row, hash }
    }
}

impl Branch {
    /// Children as seen from `depth + 1`.
    fn new(top: usize, depth: usize, sample: MapKey, left: Tree, right: Tree) -> Self {
        let mut branch = Self { top, depth, sample, left, right, hash: Digest::ZERO };
        branch.hash = branch.hash_from(top);
        branch
    }

    /// The hash as seen from `top`, which lies at or above the branch.
    pub(super) fn hash_from(&self, top: usize) -> Digest {
        let hash = map_node(&self.left.hash(), &self.right.hash());
        (top..self.depth)
            .rev()
            .fold(hash, |hash, index| climb(&self.sample, index, &hash, &Digest::ZERO))
    }
}

impl Tree {
    /// Hash of the subtree at the depth where it hangs.
    pub(super) fn hash(&self) -> Digest {
        match self {
            Self::Leaf(leaf) => leaf.hash,
            Self::Branch(branch) => branch.hash,
        }
    }

    /// The tree of `rows`, which are strictly ascending and share their first `top` bits; none
    /// without rows.
    pub(super) fn build(top: usize, rows: &Rows) -> Option<Self> {
        match rows {
            [] => None,
            [(key, row)] => Some(Self::Leaf(Arc::new(Leaf::new(*key, *row)))),
            [(first, _), .., (last, _)] => {
                let depth = common_prefix(first, last);
                let (zeros, ones) = split(rows, depth);
                let (left, right) = (Self::build(depth + 1, zeros), Self::build(depth + 1, ones));
                Self::join(top, depth, *first, left, right)
            }
        }
    }

    /// This tree, seen from `top`, with `rows` put in: strictly ascending, all with the first `top`
    /// bits of the keys here. Counts in `replaced` the keys that were here already.
    pub(super) fn put(&self, top: usize, rows: &Rows, replaced: &mut u64) -> Option<Self> {
        let [(first, row), ..] = rows else {
            return Some(self.seen_from(top));
        };
        let last = rows.last().map_or(first, |(key, _)| key);
        let (sample, limit) = match self {
            Self::Leaf(leaf) => (leaf.key, 256),
            Self::Branch(branch) => (branch.sample, branch.depth),
        };
        // The rows are in order, so what the first and the last share with a key, all of them do.
        let depth = common_prefix(&sample, first).min(common_prefix(&sample, last)).min(limit);
        let (zeros, ones) = split(rows, depth);
        let (left, right) = match self {
            Self::Leaf(_) if depth == limit => {
                *replaced += 1;
                return Some(Self::Leaf(Arc::new(Leaf::new(*first, *row))));
            }
            Self::Branch(branch) if depth == limit => (
                branch.left.put(depth + 1, zeros, replaced),
                branch.right.put(depth + 1, ones, replaced),
            ),
            // Rows part from this subtree above it, so all of it goes to one side.
            _ if bit(&sample, depth) => {
                (Self::build(depth + 1, zeros), self.put(depth + 1, ones, replaced))
            }
            _ => (self.put(depth + 1, zeros, replaced), Self::build(depth + 1, ones)),
        };
        Self::join(top, depth, sample, left, right)
    }

    /// The tree, seen from `top`, of two sides that part in bit `depth` of their keys.
    fn join(
        top: usize,
        depth: usize,
        sample: MapKey,
        left: Option<Self>,
        right: Option<Self>,
    ) -> Option<Self> {
        match (left, right) {
            (Some(left), Some(right)) => {
                Some(Self::Branch(Arc::new(Branch::new(top, depth, sample, left, right))))
            }
            (Some(alone), None) | (None, Some(alone)) => Some(alone.seen_from(top)),
            (None, None) => None,
        }
    }

    fn seen_from(&self, top: usize) -> Self {
        match self {
            Self::Branch(branch) if branch.top != top => {
                let (left, right) = (branch.left.clone(), branch.right.clone());
                let moved = Branch::new(top, branch.depth, branch.sample, left, right);
                Self::Branch(Arc::new(moved))
            }
            Self::Leaf(_) | Self::Branch(_) => self.clone(),
        }
    }
}

/// The rows with a 0 in bit `depth`, and those with a 1. They share all bits before it.
fn split(rows: &Rows, depth: usize) -> (&Rows, &Rows) {
    rows.split_at(rows.partition_point(|(key, _)| !bit(key, depth)))
}
