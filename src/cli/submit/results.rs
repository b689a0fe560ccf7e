//! What became of every row and envelope, as a table (CSV).

use std::fs::File;
use std::path::Path;

use csv::Writer;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::table_file::inert;

/// The columns.
const COLUMNS: [&str; 11] = [
    "file",
    "line",
    "outcome",
    "index",
    "time",
    "statement",
    "receipt",
    "reason",
    "column",
    "message",
    "state",
];

/// A table that grows by a row for each.
#[derive(Debug)]
pub(super) struct Results(Writer<File>);

/// A row; what does not apply is empty.
#[derive(Debug, Default)]
pub(super) struct ResultRow {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) outcome: &'static str,
    pub(super) index: String,
    pub(super) time: String,
    pub(super) statement: String,
    pub(super) receipt: String,
    pub(super) reason: String,
    pub(super) column: String,
    pub(super) message: String,
    pub(super) state: &'static str,
}

impl Results {
    /// Begins the table, in the place of one that may be there from the last time.
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).step(format!("write {}", path.display()))?;
        let mut writer = Writer::from_writer(file);
        writer.write_record(COLUMNS).step(format!("write {}", path.display()))?;
        Ok(Self(writer))
    }

    /// Adds a row, at once: whatever ends this process leaves whole rows behind.
    pub(super) fn add(&mut self, row: &ResultRow) -> Result<(), Failure> {
        let line = row.line.to_string();
        let cells: [&str; 11] = [
            &row.file,
            &line,
            row.outcome,
            &row.index,
            &row.time,
            &row.statement,
            &row.receipt,
            &row.reason,
            &row.column,
            &row.message,
            row.state,
        ];
        self.0.write_record(cells.map(inert)).step("write the results")?;
        self.finish()
    }

    /// Writes what is waiting.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        self.0.flush().step("write the results")
    }
}
