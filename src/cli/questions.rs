//! The questions of a catalogue, one a line or one a row.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde_json::Value;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::table_file::{self, Defaults, RawRow, TableFile, fill};
use crate::policy::query_schema;
use crate::table::{ObjectTable, RowError, Sheet};

/// The longest query that is read: twice what a server takes, so that it names its limit, and far
/// less than breaks the stream.
const LINE_BYTES_MAX: u64 = 2 << 20;

/// A question, and where it stands.
pub(super) struct Question {
    /// The line or row, from 1.
    pub(super) line: usize,
    /// The query as JSON; or why there is none.
    pub(super) query: Result<Vec<u8>, RowError>,
}

/// Reads every question, until nobody takes them any more. With each goes how many bytes were read
/// for it.
pub(super) fn read(
    path: &Path,
    defaults: &Defaults,
    take: &mut impl FnMut(Question, u64) -> bool,
) -> Result<(), Failure> {
    if table_file::is_table(path) {
        read_table(path, defaults, take)
    } else {
        read_lines(path, take)
    }
}

fn read_table(
    path: &Path,
    defaults: &Defaults,
    take: &mut impl FnMut(Question, u64) -> bool,
) -> Result<(), Failure> {
    let mut file = TableFile::open(path, defaults)?;
    let head = file.head();
    let table = ObjectTable::new(&head, &Sheet::of_schema(query_schema()));
    let mut is_empty = true;
    while let Some(RawRow { line, bytes, cells }) = file.next_row()? {
        is_empty = false;
        let query = cells.and_then(|mut cells| {
            fill(&mut cells, &head, defaults);
            table.object(&cells)
        });
        let query = query.map(|query: Value| query.to_string().into_bytes()).and_then(|query| {
            if query.len() as u64 <= LINE_BYTES_MAX {
                return Ok(query);
            }
            let reason = format!("the query has more than {LINE_BYTES_MAX} bytes");
            Err(RowError { column: None, reason })
        });
        if !take(Question { line, query }, bytes) {
            break;
        }
    }
    if is_empty {
        return Err(Failure::new(format!("{} is a table without rows", path.display())));
    }
    Ok(())
}

fn read_lines(path: &Path, take: &mut impl FnMut(Question, u64) -> bool) -> Result<(), Failure> {
    let step = || format!("read {}", path.display());
    let mut reader = BufReader::new(File::open(path).step(step())?);
    for line in 1.. {
        let mut bytes = Vec::new();
        let limited = reader.by_ref().take(LINE_BYTES_MAX);
        let read = { limited }.read_until(b'\n', &mut bytes).step(step())?;
        if read == 0 {
            break;
        }
        if read as u64 == LINE_BYTES_MAX && bytes.last() != Some(&b'\n') {
            let place = format!("{}:{line}", path.display());
            let message = format!("{place} has more than {LINE_BYTES_MAX} bytes in a line");
            return Err(Failure::new(message));
        }
        let text = bytes.trim_ascii();
        if text.is_empty() {
            continue;
        }
        if !take(Question { line, query: Ok(text.to_vec()) }, read as u64) {
            break;
        }
    }
    Ok(())
}
