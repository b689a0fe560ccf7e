//! Rows of a store in files: those that a backup has beside the files of the log. A file holds a
//! thousand and some rows, in key order, and a digest over them.

use std::collections::VecDeque;

use crate::audit::LogSource as _;
use crate::encoding::{Reader, Writer};
use crate::export::copy_error::CopyError;
use crate::export::directory::DirSource;
use crate::export::error::ExportError;
use crate::export::writer::{DirWriter, Readers};
use crate::hash::Digest;
use crate::storage::{Pair, Table};

/// Rows in a file. A file that is full changes only with a row in it.
const ROWS_PER_FILE: usize = 1024;

/// The tables that a backup has rows of, and what the folder of each is called. Everything else
/// follows from the files of the log.
pub(super) const TABLES: [(Table, &str); 3] =
    [(Table::Checkpoints, "checkpoints"), (Table::Cosigned, "cosigned"), (Table::Ids, "ids")];

fn path(table: Table, number: u64) -> String {
    let name = TABLES.iter().find(|(of, _)| *of == table).map_or("other", |(_, name)| name);
    format!("rows/{name}/{number:06}")
}

/// Writes the rows of one table, which come in key order.
#[derive(Debug)]
pub(super) struct RowWriter {
    table: Table,
    number: u64,
    rows: usize,
    bytes: Writer,
    /// How many rows came.
    pub(super) count: u64,
    /// Files that were written.
    pub(super) written: u64,
}

impl RowWriter {
    pub(super) fn new(table: Table) -> Self {
        Self { table, number: 0, rows: 0, bytes: Writer::default(), count: 0, written: 0 }
    }

    pub(super) fn push(
        &mut self,
        writer: &mut DirWriter,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), ExportError> {
        self.bytes.put(key).bytes_u32(value);
        self.rows += 1;
        self.count += 1;
        if self.rows == ROWS_PER_FILE { self.finish(writer) } else { Ok(()) }
    }

    /// Writes the rows that are in no file yet.
    pub(super) fn finish(&mut self, writer: &mut DirWriter) -> Result<(), ExportError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.bytes).into_bytes();
        let digest = digest(self.table, self.number, &bytes);
        bytes.extend_from_slice(digest.as_bytes());
        let path = path(self.table, self.number);
        self.written += u64::from(writer.put(&path, &bytes, Readers::Owner)?);
        self.number += 1;
        self.rows = 0;
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
        if self.rows.is_empty() {
            let path = path(self.table, self.number);
            let Some(bytes) = self.source.read(&path)? else { return Ok(false) };
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
        Ok(!self.rows.is_empty())
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
