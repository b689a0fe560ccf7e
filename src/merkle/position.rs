//! Where an entry stands and how many there are. Knows nothing of hashes.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::encoding::decimal_decode;

/// Position of an entry in the log: 0-based, assigned once, never reused.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct EntryIndex(u64);

/// Number of entries in a tree; the entries are those with an index below it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct TreeSize(u64);

/// Text that is no index or size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a position: expected a decimal number below 2^64, no leading zero")]
pub struct PositionError {
    /// The text, cut after 40 characters.
    pub found: String,
}

impl EntryIndex {
    /// The first entry, which is the genesis.
    pub const FIRST: Self = Self(0);

    /// The position that `index` numbers.
    pub const fn new(index: u64) -> Self {
        Self(index)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position after this one; `None` after the last that there can be.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl TreeSize {
    /// The size of the empty tree.
    pub const EMPTY: Self = Self(0);

    /// The size of a tree of `size` entries.
    pub const fn new(size: u64) -> Self {
        Self(size)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether the tree has no entry.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the entry at `index` is in a tree of this size.
    pub const fn contains(self, index: EntryIndex) -> bool {
        index.0 < self.0
    }

    /// The last entry in a tree of this size; `None` in the empty one.
    pub fn last(self) -> Option<EntryIndex> {
        self.0.checked_sub(1).map(EntryIndex)
    }

    /// Where the next entry goes.
    pub const fn next_index(self) -> EntryIndex {
        EntryIndex(self.0)
    }
}

macro_rules! as_decimal_text {
    ($($type:ident),*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $type {
            type Err = PositionError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let error = || PositionError { found: text.chars().take(40).collect() };
                decimal_decode(text).map(Self).ok_or_else(error)
            }
        }

        impl From<u64> for $type {
            fn from(number: u64) -> Self {
                Self(number)
            }
        }
    )*};
}
as_decimal_text!(EntryIndex, TreeSize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_entry_is_in_the_tree_and_the_next_is_not() {
        let size = TreeSize::new(7);
        assert!(size.contains(size.last().unwrap()));
        assert!(!size.contains(size.next_index()));
        assert_eq!(size.last().unwrap().next(), Some(size.next_index()));
        assert_eq!(TreeSize::EMPTY.last(), None);
        assert_eq!(EntryIndex::new(u64::MAX).next(), None);
    }

    #[test]
    fn a_position_reads_back_what_it_writes_and_nothing_else() {
        assert_eq!("70000".parse(), Ok(TreeSize::new(70_000)));
        assert_eq!(EntryIndex::new(u64::MAX).to_string().parse(), Ok(EntryIndex::new(u64::MAX)));
        "07".parse::<EntryIndex>().unwrap_err();
    }
}
