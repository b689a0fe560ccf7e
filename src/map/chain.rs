//! Subject chains: one hash that stands for all entries of a key, in order (formats.md, section 4).

use crate::hash::Digest;
use crate::map::{MapKey, Row};
use crate::merkle::EntryIndex;

/// Head of the chain of `key` before its first entry, in the ledger named `origin`.
///
/// # Panics
/// If the origin has more than 65,535 bytes; one that an entry or a genesis document holds has at
/// most 255.
pub fn chain_start(origin: &str, key: &MapKey) -> Digest {
    let length = u16::try_from(origin.len());
    assert!(length.is_ok(), "an origin of {} bytes", origin.len());
    let length = length.unwrap_or_default().to_be_bytes();
    Digest::of_parts(&[&[0x04], &length, origin.as_bytes(), key.as_ref()])
}

/// Head of a chain after its `count`-th entry, counted from 1: the one at `index`, whose log leaf
/// hashes to `leaf_hash`.
pub fn chain_step(count: u64, index: EntryIndex, leaf_hash: &Digest, previous: &Digest) -> Digest {
    let (count, index) = (count.to_be_bytes(), index.get().to_be_bytes());
    Digest::of_parts(&[&[0x05], &count, &index, leaf_hash.as_ref(), previous.as_ref()])
}

/// A chain while it is being folded: how many entries so far, and the head after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHead {
    count: u64,
    head: Digest,
}

impl ChainHead {
    /// The chain of `key` before its first entry.
    pub fn start(origin: &str, key: &MapKey) -> Self {
        Self { count: 0, head: chain_start(origin, key) }
    }

    /// The chain that `row` stands for, to go on from there.
    pub const fn resume(row: &Row) -> Self {
        Self { count: row.count, head: row.head }
    }

    /// The chain of `key` over `entries`: index and leaf hash of each, in the order of the log.
    pub fn fold(
        origin: &str,
        key: &MapKey,
        entries: impl IntoIterator<Item = (EntryIndex, Digest)>,
    ) -> Self {
        let mut chain = Self::start(origin, key);
        for (index, leaf_hash) in entries {
            chain.push(index, &leaf_hash);
        }
        chain
    }

    /// Adds the next entry.
    pub fn push(&mut self, index: EntryIndex, leaf_hash: &Digest) {
        // SPEC: i = 1, 2, …; a chain can't be longer than the log, whose indexes are `u64`. A row
        // from outside may claim any count, so this one saturates and then proves nothing.
        self.count = self.count.saturating_add(1);
        self.head = chain_step(self.count, index, leaf_hash, &self.head);
    }

    /// How many entries the chain has.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The row that the map holds for this chain; none while the chain is empty.
    pub const fn row(&self) -> Option<Row> {
        if self.count == 0 { None } else { Some(Row { count: self.count, head: self.head }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_depends_on_every_entry_and_on_their_order() {
        let key = Digest::of(b"key");
        let entry = |index: u64| (EntryIndex::new(index), Digest::of(&index.to_be_bytes()));
        let fold = |indexes: &[u64]| {
            ChainHead::fold("ledger.example", &key, indexes.iter().map(|index| entry(*index)))
        };
        let whole = fold(&[1, 2, 5]);
        assert_eq!(whole.count(), 3);
        for other in [&[1, 2][..], &[1, 5], &[2, 5], &[2, 1, 5], &[1, 2, 5, 6], &[1, 2, 6]] {
            assert_ne!(fold(other).row(), whole.row(), "{other:?}");
        }
        assert_ne!(
            ChainHead::fold("other.example", &key, [entry(1), entry(2), entry(5)]).row(),
            whole.row()
        );
        assert_eq!(fold(&[]).row(), None);
    }

    #[test]
    fn a_chain_goes_on_from_its_row() {
        let key = Digest::of(b"key");
        let mut chain = ChainHead::start("ledger.example", &key);
        chain.push(EntryIndex::new(3), &Digest::of(b"a"));
        let mut resumed = ChainHead::resume(&chain.row().unwrap());
        chain.push(EntryIndex::new(9), &Digest::of(b"b"));
        resumed.push(EntryIndex::new(9), &Digest::of(b"b"));
        assert_eq!(resumed, chain);
    }
}
