//! Tables in files (CSV), as spreadsheets write them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use csv::{ByteRecord, Reader, ReaderBuilder};

use crate::cli::failure::{Failure, Step as _};
use crate::table::{Head, RowError};

/// What stands between the cells of a row: spreadsheets have one of these, as their language has it.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The largest row, in bytes: twice what a statement may have, so that it is the statement that is too
/// large. A quote that is not closed makes one row of all that follows.
const ROW_BYTES_MAX: u64 = 2 << 20;

/// Values for cells that a row leaves empty, by column.
pub(super) type Defaults = [(String, String)];

/// A table that is read row by row.
pub(super) struct TableFile {
    shown: String,
    reader: Reader<Rationed>,
    head: Arc<Head>,
    /// How many columns the file itself has; behind them are those that only have a default.
    columns: usize,
    delimiter: u8,
    record: ByteRecord,
    line: usize,
    read: u64,
}

/// A file of which no more is given than a row may have, until that is read.
struct Rationed {
    input: BufReader<File>,
    left: u64,
}

/// A row, as it stands there.
pub(super) struct RawRow<'a> {
    /// Its number; that of the columns is 1.
    pub(super) line: usize,
    /// How many bytes were read for it.
    pub(super) bytes: u64,
    /// Its cells, if they are text.
    pub(super) cells: Result<Vec<&'a str>, RowError>,
}

/// Whether a file is a table, by its name.
pub(super) fn is_table(path: &Path) -> bool {
    let extension = path.extension().and_then(|of| of.to_str()).unwrap_or_default();
    ["csv", "tsv"].iter().any(|of| extension.eq_ignore_ascii_case(of))
}

/// A column and a value for it, as an argument.
pub(super) fn default(text: &str) -> Result<(String, String), String> {
    let (column, value) = text.split_once('=').ok_or("expected COLUMN=VALUE")?;
    Ok((column.trim().to_owned(), value.to_owned()))
}

/// Refuses two values for one column, of which one would be passed over.
pub(super) fn expect_once(values: &Defaults) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    match values.iter().map(|(name, _)| name).find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(twice) => Err(Failure::new(format!("--set gives column {twice:?} two values"))),
    }
}

/// Refuses defaults that would be passed over: two for one column, or with no table among the files.
pub(super) fn check_defaults<'a>(
    defaults: &Defaults,
    mut files: impl Iterator<Item = &'a Path>,
) -> Result<(), Failure> {
    expect_once(defaults)?;
    if !defaults.is_empty() && !files.any(is_table) {
        return Err(Failure::new("--set is for tables (.csv, .tsv), and no file is one"));
    }
    Ok(())
}

/// Puts the values of defaults where a row has nothing.
pub(super) fn fill<'a>(cells: &mut Vec<&'a str>, head: &Head, defaults: &'a Defaults) {
    let names = head.names();
    if cells.len() < names.len() {
        cells.resize(names.len(), "");
    }
    for (name, cell) in names.iter().zip(cells) {
        if cell.trim().is_empty()
            && let Some((_, value)) = defaults.iter().find(|(column, _)| column == name)
        {
            *cell = value;
        }
    }
}

/// A text that no spreadsheet takes for a formula: others wrote some of it.
pub(super) fn inert(text: &str) -> String {
    // Whatever stands between cells where the table is opened, a cell may begin behind it.
    let begins =
        |before: Option<char>| before.is_none_or(|of| matches!(of, ';' | '\t' | '\n' | '\r'));
    let mut inert = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '=' | '+' | '-' | '@') && begins(inert.chars().next_back()) {
            inert.push('\'');
        }
        inert.push(character);
    }
    inert
}

impl TableFile {
    /// Opens a table, and reads its columns. Those that only have a default stand behind the others.
    pub(super) fn open(path: &Path, defaults: &Defaults) -> Result<Self, Failure> {
        let shown = format!("read {}", path.display());
        let mut input = BufReader::new(File::open(path).step(shown.clone())?);
        let delimiter = delimiter(input.fill_buf().step(shown.clone())?);
        let mut builder = ReaderBuilder::new();
        builder.delimiter(delimiter).has_headers(false).flexible(true);
        let mut reader = builder.from_reader(Rationed { input, left: 0 });
        let mut record = ByteRecord::new();
        read_record(&mut reader, &mut record, 1).map_err(|failure| failure.in_step(&shown))?;
        let cells = cells(&record).step(shown.clone())?;
        let is_new = |name: &&str| cells.iter().all(|cell| cell.trim() != *name);
        let more = defaults.iter().map(|(name, _)| name.as_str()).filter(is_new);
        let head = Head::new(cells.iter().copied().chain(more)).step(shown.clone())?;
        let (head, columns) = (Arc::new(head), cells.len());
        Ok(Self { shown, reader, head, columns, delimiter, record, line: 1, read: 0 })
    }

    /// Its columns.
    pub(super) fn head(&self) -> Arc<Head> {
        Arc::clone(&self.head)
    }

    /// The next row in which anything stands.
    pub(super) fn next_row(&mut self) -> Result<Option<RawRow<'_>>, Failure> {
        loop {
            self.line = self.line.saturating_add(1);
            let is_there = read_record(&mut self.reader, &mut self.record, self.line);
            if !is_there.map_err(|failure| failure.in_step(&self.shown))? {
                return Ok(None);
            }
            if self.record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                break;
            }
        }
        let position = self.reader.position().byte();
        let bytes = position.saturating_sub(self.read);
        self.read = position;
        let cells = cells(&self.record).and_then(|cells| self.of_columns(cells));
        Ok(Some(RawRow { line: self.line, bytes, cells }))
    }

    /// The cells of the file's own columns: what stands behind them belongs to none, and a cell that
    /// holds a line of them has swallowed a row.
    fn of_columns<'c>(&self, mut cells: Vec<&'c str>) -> Result<Vec<&'c str>, RowError> {
        let error = |reason: String| Err(RowError { column: None, reason });
        let more = cells.iter().skip(self.columns).find(|cell| !cell.trim().is_empty());
        if let Some(more) = more {
            let shown: String = more.chars().take(80).collect();
            return error(format!("{shown:?} stands behind the last column"));
        }
        cells.truncate(self.columns);
        let delimiter = char::from(self.delimiter);
        let holds_a_row = |cell: &&&str| {
            cell.contains('\n') && cell.matches(delimiter).count() >= self.columns.max(2) - 1
        };
        if cells.iter().find(holds_a_row).is_some() {
            return error(
                "a cell holds another row: a quote is not closed, or stands too much".into(),
            );
        }
        Ok(cells)
    }
}

/// Reads the row with this number; `false` if there is none.
fn read_record(
    reader: &mut Reader<Rationed>,
    record: &mut ByteRecord,
    line: usize,
) -> Result<bool, Failure> {
    let before = reader.position().byte();
    // One more than it may have, so that the end of the file can be seen behind it.
    reader.get_mut().left = ROW_BYTES_MAX + 1;
    let read = reader.read_byte_record(record);
    let bytes = reader.position().byte().saturating_sub(before);
    let is_used_up = read.is_err() && reader.get_ref().left == 0;
    if is_used_up || bytes > ROW_BYTES_MAX {
        let limit = ROW_BYTES_MAX;
        let message = format!("row {line} has more than {limit} bytes: is a quote not closed?");
        return Err(Failure::new(message));
    }
    read.step(format!("row {line}"))
}

impl Read for Rationed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = match buffer.get_mut(..most) {
            Some(buffer) if !buffer.is_empty() => self.input.read(buffer)?,
            _ => return Err(io::Error::other("the row is too long")),
        };
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

fn cells(record: &ByteRecord) -> Result<Vec<&str>, RowError> {
    let mut cells = Vec::with_capacity(record.len());
    for (number, cell) in record.iter().enumerate() {
        let text = str::from_utf8(cell).map_err(|_cause| {
            let number = number.saturating_add(1);
            let reason = format!("cell {number} is not UTF-8: save the table as \"CSV UTF-8\"");
            RowError { column: None, reason }
        })?;
        cells.push(if number == 0 { text.trim_start_matches('\u{feff}') } else { text });
    }
    Ok(cells)
}

/// The delimiter that stands most often in the first line, as far as it was read.
fn delimiter(start: &[u8]) -> u8 {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |of: &u8| line.split(|byte| byte == of).count();
    // Of several that are as frequent, the first.
    DELIMITERS.into_iter().rev().max_by_key(count).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_of_the_first_line() {
        for (start, expected) in [
            ("type,overall\nx;y;z;;;;", b','),
            ("type;header.id\r\na,b,c", b';'),
            ("type\theader.id", b'\t'),
            ("type", b','),
            ("", b','),
        ] {
            assert_eq!(delimiter(start.as_bytes()), expected, "{start:?}");
        }
    }

    #[test]
    fn a_row_has_a_limit_and_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("table.csv");
        let most = usize::try_from(ROW_BYTES_MAX).unwrap() - "\"\",y\n".len();
        for (bytes, is_taken) in [(most, true), (most + 1, false), (3 * most, false)] {
            std::fs::write(&path, format!("a,b\nx,y\n\"{}\",y\nx,y", "z".repeat(bytes))).unwrap();
            let mut file = TableFile::open(&path, &[]).unwrap();
            assert_eq!(file.next_row().unwrap().unwrap().line, 2);
            match file.next_row() {
                Ok(row) => assert!(row.unwrap().cells.is_ok() && is_taken, "{bytes}"),
                Err(failure) => {
                    let text = failure.chain().join(": ");
                    assert!(text.contains(": row 3 has more than 2097152 bytes"), "{text}");
                    assert!(!is_taken, "{bytes}");
                }
            }
        }
        std::fs::write(&path, format!("a,\"{}", "z".repeat(3 * most))).unwrap();
        let failure = TableFile::open(&path, &[]).err().unwrap();
        assert!(failure.chain().join(": ").contains("row 1 has more"));
    }

    #[test]
    fn rows_keep_their_numbers_and_defaults_fill_what_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("table.csv");
        std::fs::write(&path, "\u{feff}a;b\r\n1; \r\n;\r\n\"x\r\ny\";2\r\n3\r\n").unwrap();
        let defaults = ["b", "c"].map(|name| (name.to_owned(), format!("default {name}")));
        let mut file = TableFile::open(&path, &defaults).unwrap();
        let head = file.head();
        assert_eq!(head.names(), ["a", "b", "c"]);
        let mut found = Vec::new();
        while let Some(row) = file.next_row().unwrap() {
            let mut cells = row.cells.unwrap();
            fill(&mut cells, &head, &defaults);
            found.push((row.line, cells.join("/")));
        }
        let expected =
            [(2, "1/default b/default c"), (4, "x\r\ny/2/default c"), (5, "3/default b/default c")];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }
}
