//! Rows of the tables as rows of sled's one tree: `table byte ‖ key ‖ u16 piece` → a piece of the
//! value, the first one behind the `u32` length of the whole.

use std::ops::Bound;
use std::path::Path;

use sled::{IVec, Tree};

use crate::encoding::Reader;
use crate::storage::batch::Batch;
use crate::storage::embedded::guard::{damaged, guard};
use crate::storage::engine::Pair;
use crate::storage::error::StorageError;
use crate::storage::table::Table;

/// How much of a value one row of sled takes.
///
/// sled rewrites a leaf of up to 17 rows at a time, and would put one beyond a quarter of a segment
/// into a file of its own, which it never syncs. 17 pieces stay far below that.
pub(super) const PIECE_BYTES: usize = 4096;

/// The byte before sled's keys of what is in no table.
const META: u8 = 0;

/// The key of the epoch: `00 ‖ 00` → `u64`.
pub(super) const EPOCH_KEY: [u8; 2] = [META, 0];

/// The key of the head: `00 ‖ 01` → the bytes of [`crate::storage::Head`].
pub(super) const HEAD_KEY: [u8; 2] = [META, 1];

/// The tree, as the tables see it. Its readers hold off the writer for as long as they read, so
/// that nobody sees pieces of two values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) tree: &'a Tree,
    pub(super) dir: &'a Path,
}

impl Rows<'_> {
    /// Whether the table has the key. Brings the leaf into memory that a write of it needs, so that
    /// a leaf that does not read back is found before anything is written.
    pub(super) fn contains(self, table: Table, key: &[u8]) -> Result<bool, StorageError> {
        guard(self.dir, || self.tree.contains_key(piece_key(table, key, 0)))
    }

    pub(super) fn get(self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let first = guard(self.dir, || self.tree.get(piece_key(table, key, 0)))?;
        first.map(|first| self.assemble(table, key, &first)).transpose()
    }

    pub(super) fn scan(
        self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StorageError> {
        if until.is_some_and(|until| until <= from) {
            return Ok(Vec::new());
        }
        let from = [&[table.byte()], from].concat();
        let until =
            until.map_or_else(|| vec![table.byte() + 1], |until| [&[table.byte()], until].concat());
        let mut pairs = Vec::new();
        let mut rows = self.tree.range(from..until);
        while pairs.len() < limit {
            let Some((row, value)) = self.next(&mut rows)? else { break };
            let (key, piece) = self.split(table, &row)?;
            // Pieces behind the first were read with it.
            if piece == 0 {
                let value = self.assemble(table, &key, &value)?;
                pairs.push((key, value));
            }
        }
        Ok(pairs)
    }

    pub(super) fn last_at_or_before(
        self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<Pair>, StorageError> {
        let range = (Bound::Included(vec![table.byte()]), bound_behind(table, key));
        let last = guard(self.dir, || self.tree.range(range).next_back().transpose())?;
        let Some((row, _piece)) = last else { return Ok(None) };
        let (key, _piece) = self.split(table, &row)?;
        let value = self.get(table, &key)?.ok_or_else(|| self.torn(table, &key))?;
        Ok(Some((key, value)))
    }

    /// The writes of `batch` in sled's terms. The pieces of a replaced value that its successor does
    /// not cover are removed.
    pub(super) fn prepare(self, batch: &Batch) -> Result<sled::Batch, StorageError> {
        let mut writes = sled::Batch::default();
        for (_write, table, key, value) in batch.writes() {
            let pieces = pieces(value);
            let count = u16::try_from(pieces.len());
            assert!(count.is_ok(), "{} bytes are too many for one value", value.len());
            if table.is_replaceable() {
                let old = (
                    Bound::Included(piece_key(table, key, count.unwrap_or_default())),
                    bound_behind(table, key),
                );
                let mut old = self.tree.range(old);
                while let Some((row, _piece)) = self.next(&mut old)? {
                    writes.remove(row);
                }
            }
            for (piece, bytes) in (0..).zip(pieces) {
                writes.insert(piece_key(table, key, piece), bytes);
            }
        }
        Ok(writes)
    }

    fn assemble(self, table: Table, key: &[u8], first: &IVec) -> Result<Vec<u8>, StorageError> {
        let mut reader = Reader::new(first);
        let length = reader.u32("length").map_err(|_cause| self.torn(table, key))?;
        let mut value = reader.rest().to_vec();
        let is_whole = |value: &[u8]| usize::try_from(length).is_ok_and(|all| value.len() == all);
        if first.len() == PIECE_BYTES && !is_whole(&value) {
            let rest = (Bound::Included(piece_key(table, key, 1)), bound_behind(table, key));
            let mut rest = self.tree.range(rest);
            while let Some((_row, piece)) = self.next(&mut rest)? {
                value.extend_from_slice(&piece);
            }
        }
        if is_whole(&value) { Ok(value) } else { Err(self.torn(table, key)) }
    }

    /// The next row of a range: it is only now that sled reads it.
    fn next(self, rows: &mut sled::Iter) -> Result<Option<(IVec, IVec)>, StorageError> {
        guard(self.dir, || rows.next().transpose())
    }

    fn split(self, table: Table, row: &IVec) -> Result<(Vec<u8>, u16), StorageError> {
        let mut reader = Reader::new(row);
        let parts = (|| {
            reader.u8("table")?;
            let key = reader.take(table.key_bytes(), "key")?.to_vec();
            let piece = reader.u16("piece")?;
            reader.finish().map(|()| (key, piece))
        })();
        parts.map_err(|_cause| damaged(self.dir, format!("table {table:?} has a foreign key")))
    }

    fn torn(self, table: Table, key: &[u8]) -> StorageError {
        damaged(self.dir, format!("value of {} in table {table:?} is not whole", hex::encode(key)))
    }
}

fn piece_key(table: Table, key: &[u8], piece: u16) -> Vec<u8> {
    [&[table.byte()], key, &piece.to_be_bytes()].concat()
}

/// The end of a range that has every piece of `key`.
fn bound_behind(table: Table, key: &[u8]) -> Bound<Vec<u8>> {
    Bound::Included(piece_key(table, key, u16::MAX))
}

/// The value behind its length, cut into pieces; there is always a first one.
fn pieces(value: &[u8]) -> Vec<Vec<u8>> {
    let length = u32::try_from(value.len());
    assert!(length.is_ok(), "{} bytes are too many for one value", value.len());
    let framed = [length.unwrap_or_default().to_be_bytes().as_slice(), value].concat();
    framed.chunks(PIECE_BYTES).map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_value_behind_its_length() {
        for length in [0, 1, PIECE_BYTES - 5, PIECE_BYTES - 4, PIECE_BYTES - 3, 3 * PIECE_BYTES] {
            let value = vec![7; length];
            let joined = pieces(&value).concat();
            assert_eq!(joined.split_at(4).1, value);
            assert!(pieces(&value).iter().all(|piece| piece.len() <= PIECE_BYTES));
            assert_eq!(pieces(&value).len(), (length + 4).div_ceil(PIECE_BYTES));
        }
    }
}
