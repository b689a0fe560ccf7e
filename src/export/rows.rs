//! Rows of a store in files: those that a backup has beside the files of the log, in key order and with
//! a digest over those of a file. A row stays in its file whatever comes, so that no row is gone between
//! the writing of two files.

use std::collections::VecDeque;

use crate::audit::LogSource as _;
use crate::encoding::{Reader, Writer};
use crate::export::copy_error::CopyError;
use crate::export::directory::DirSource;
use crate::export::error::ExportError;
use crate::export::writer::{DirWriter, Readers};
use crate::hash::Digest;
use crate::storage::{Pair, Table};

/// Rows in a file of a table that only grows at its end.
const ROWS_PER_FILE: u64 = 1024;

/// The last file that a table may have without having those before.
const NUMBER_MAX: u64 = 255;

/// The tables that a backup has rows of, and what the folder of each is called. Everything else
/// follows from the files of the log.
pub(super) const TABLES: [(Table, &str); 3] =
    [(Table::Checkpoints, "checkpoints"), (Table::Cosigned, "cosigned"), (Table::Ids, "ids")];

/// The file that a row belongs into: by its place in a table that only grows at its end, by the first
/// byte of its key in one that grows anywhere.
fn number_of(table: Table, place: u64, key: &[u8]) -> u64 {
    match table {
        Table::Ids => u64::from(key.first().copied().unwrap_or_default()),
        _ => place / ROWS_PER_FILE,
    }
}

fn path(table: Table, number: u64) -> String {
    let name = TABLES.iter().find(|(of, _)| *of == table).map_or("other", |(_, name)| name);
    format!("rows/{name}/{number:06}")
}

/// Writes the rows of one table, which come in key order.
#[derive(Debug)]
pub(super) struct RowWriter {
    table: Table,
    number: u64,
    /// Whether there are rows that are in no file yet.
    is_begun: bool,
    bytes: Writer,
    /// How many rows came.
    pub(super) count: u64,
    /// Files that were written.
    pub(super) written: u64,
}

impl RowWriter {
    pub(super) fn new(table: Table) -> Self {
        Self { table, number: 0, is_begun: false, bytes: Writer::default(), count: 0, written: 0 }
    }

    pub(super) fn push(
        &mut self,
        writer: &mut DirWriter,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), ExportError> {
        let number = number_of(self.table, self.count, key);
        if number != self.number {
            self.finish(writer)?;
            self.number = number;
        }
        self.bytes.put(key).bytes_u32(value);
        self.is_begun = true;
        self.count += 1;
        Ok(())
    }

    /// Writes the rows that are in no file yet.
    pub(super) fn finish(&mut self, writer: &mut DirWriter) -> Result<(), ExportError> {
        if !std::mem::take(&mut self.is_begun) {
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.bytes).into_bytes();
        let digest = digest(self.table, self.number, &bytes);
        bytes.extend_from_slice(digest.as_bytes());
        let path = path(self.table, self.number);
        self.written += u64::from(writer.put(&path, &bytes, Readers::Owner)?);
        Ok(())
    }
}

/// Reads the rows of one table, in key order.
#[derive(Debug)]
pub struct RowReader {
    source: DirSource,
    table: Table,
    number: u64,
    rows: VecDeque<Pair>,
}

impl RowReader {
    pub(super) const fn new(source: DirSource, table: Table) -> Self {
        Self { source, table, number: 0, rows: VecDeque::new() }
    }

    /// The next row; none after the last.
    pub fn next_row(&mut self) -> Result<Option<Pair>, CopyError> {
        Ok(if self.fill()? { self.rows.pop_front() } else { None })
    }

    /// The value under `key`, which is above every key that was asked for before.
    pub fn value(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, CopyError> {
        while self.fill()? {
            match self.rows.front() {
                Some((found, _)) if found.as_slice() > key => return Ok(None),
                Some(_) | None => {}
            }
            match self.rows.pop_front() {
                Some((found, value)) if found == key => return Ok(Some(value)),
                Some(_) | None => {}
            }
        }
        Ok(None)
    }

    /// Reads the next file if the rows of the one before are used up; says whether there are any.
    fn fill(&mut self) -> Result<bool, CopyError> {
        while self.rows.is_empty() {
            let path = path(self.table, self.number);
            let Some(bytes) = self.source.read(&path)? else {
                if self.table != Table::Ids || self.number >= NUMBER_MAX {
                    return Ok(false);
                }
                self.number += 1;
                continue;
            };
            let damaged = |reason: &str| {
                let (path, reason) = (path.clone(), reason.to_owned());
                CopyError::Damaged { path, reason }
            };
            let (rows, digest_bytes) = bytes
                .split_last_chunk::<32>()
                .filter(|(rows, _)| !rows.is_empty())
                .ok_or_else(|| damaged("it is cut"))?;
            if digest(self.table, self.number, rows).as_bytes() != digest_bytes {
                return Err(damaged("its digest does not match"));
            }
            self.rows = decode(self.table, rows).ok_or_else(|| damaged("it is no list of rows"))?;
            self.number += 1;
        }
        Ok(true)
    }
}

fn decode(table: Table, bytes: &[u8]) -> Option<VecDeque<Pair>> {
    let mut reader = Reader::new(bytes);
    let mut rows = VecDeque::new();
    while !reader.is_empty() {
        let key = reader.take(table.key_bytes(), "key").ok()?;
        rows.push_back((key.to_vec(), reader.bytes_u32("value").ok()?.to_vec()));
    }
    rows.iter().is_sorted_by(|(one, _), (next, _)| one < next).then_some(rows)
}

/// Over the rows and where they belong: no file passes for another one.
fn digest(table: Table, number: u64, rows: &[u8]) -> Digest {
    Digest::of_parts(&[&[table.byte()], &number.to_be_bytes(), rows])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Writes rows, or the first of them, and nothing of the others.
    fn write(dir: &std::path::Path, keys: &BTreeSet<Digest>, broken_off_at: usize) {
        let (mut writer, mut rows) = (DirWriter::open(dir).unwrap(), RowWriter::new(Table::Ids));
        for key in keys.iter().take(broken_off_at) {
            rows.push(&mut writer, key.as_bytes(), &[0; 8]).unwrap();
        }
        if broken_off_at >= keys.len() {
            rows.finish(&mut writer).unwrap();
        }
    }

    fn read(dir: &std::path::Path) -> BTreeSet<Vec<u8>> {
        let mut rows = RowReader::new(DirSource::new(dir), Table::Ids);
        std::iter::from_fn(|| rows.next_row().unwrap()).map(|(key, _)| key).collect()
    }

    #[test]
    fn no_row_is_lost_wherever_the_next_run_is_broken_off() {
        let dir = tempfile::tempdir().unwrap();
        let ids = |count: u32| (0..count).map(|id| Digest::of(&id.to_be_bytes())).collect();
        let (before, after): (BTreeSet<Digest>, BTreeSet<Digest>) = (ids(1100), ids(1103));
        write(dir.path(), &before, usize::MAX);
        let known: BTreeSet<Vec<u8>> = before.iter().map(|id| id.as_bytes().to_vec()).collect();
        assert_eq!(read(dir.path()), known);
        for broken_off_at in (0..=1100).step_by(220) {
            write(dir.path(), &after, broken_off_at);
            assert!(read(dir.path()).is_superset(&known), "{broken_off_at}");
        }
        write(dir.path(), &after, usize::MAX);
        assert_eq!(read(dir.path()).len(), after.len());
    }
}
