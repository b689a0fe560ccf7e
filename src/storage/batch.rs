//! What one commit writes.

use std::collections::BTreeMap;

use crate::storage::table::Table;

/// Rows to write in one commit, in table and key order. Computed purely, applied by an engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    writes: BTreeMap<(Table, Vec<u8>), (Write, Vec<u8>)>,
}

/// What a write expects of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// The key is not there yet.
    Insert,
    /// The key is there, and its value goes.
    Replace,
}

impl Batch {
    /// Adds a row.
    ///
    /// # Panics
    /// If `key` has not the length of the table's keys, or the batch writes it already.
    pub fn insert(&mut self, table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.write(Write::Insert, table, key.into(), value.into());
    }

    /// Replaces the value of a row.
    ///
    /// # Panics
    /// If the table is append-only, `key` has not the length of its keys, or the batch writes it
    /// already.
    pub fn replace(&mut self, table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        assert!(table.is_replaceable(), "table {table:?} is append-only");
        self.write(Write::Replace, table, key.into(), value.into());
    }

    /// Adds the rows of a batch that follows.
    ///
    /// # Panics
    /// If both write the same key.
    pub fn append(&mut self, next: Self) {
        for ((table, key), (write, value)) in next.writes {
            self.write(write, table, key, value);
        }
    }

    /// Every write, in table and key order: what it expects, where, and the value.
    pub fn writes(&self) -> impl Iterator<Item = (Write, Table, &[u8], &[u8])> {
        self.writes.iter().map(|((table, key), (write, value))| {
            (*write, *table, key.as_slice(), value.as_slice())
        })
    }

    /// How many rows it writes.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether it writes nothing; a commit may move the head alone.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    fn write(&mut self, write: Write, table: Table, key: Vec<u8>, value: Vec<u8>) {
        assert_eq!(key.len(), table.key_bytes(), "length of a key of table {table:?}");
        let earlier = self.writes.insert((table, key), (write, value));
        assert!(earlier.is_none(), "a batch writes a key of table {table:?} twice");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "table Entries is append-only")]
    fn an_append_only_row_cannot_be_replaced() {
        Batch::default().replace(Table::Entries, [0; 8], []);
    }

    #[test]
    #[should_panic(expected = "twice")]
    fn a_key_is_written_once_in_a_batch() {
        let mut batch = Batch::default();
        batch.insert(Table::Payloads, [0; 8], []);
        batch.replace(Table::Payloads, [0; 8], []);
    }

    #[test]
    #[should_panic(expected = "length of a key")]
    fn a_key_has_the_length_of_its_table() {
        Batch::default().insert(Table::Rows, [0; 8], []);
    }
}
