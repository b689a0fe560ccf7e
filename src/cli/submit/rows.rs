//! Tables (CSV) whose rows are statements.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder};

use crate::attestation::{Digests, Resource};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::submit::signing::{Signing, Unsent};
use crate::cli::submit::source::{Item, Place};
use crate::envelope::Envelope;
use crate::hash::Digest;
use crate::table::{Head, RowError, Table};

/// The largest file whose digest a row may call for.
const EVIDENCE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// What stands between the cells of a row: spreadsheets have one of these, as their language has it.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Values for cells that a row leaves empty, by column.
pub(super) type Defaults = [(String, String)];

/// Whether a file is a table, by its name.
pub(super) fn is_table(path: &Path) -> bool {
    let extension = path.extension().and_then(|of| of.to_str()).unwrap_or_default();
    ["csv", "tsv"].iter().any(|of| extension.eq_ignore_ascii_case(of))
}

/// Reads every row of a table, until nobody takes them any more; says whether they took all.
pub(super) fn read(
    path: &Arc<Path>,
    signing: &Signing,
    defaults: &Defaults,
    take: &mut impl FnMut(Item, u64) -> bool,
) -> Result<bool, Failure> {
    let step = || format!("read {}", path.display());
    if signing.is_empty() {
        let message = format!("{} is a table: its rows are signed with --key", path.display());
        return Err(Failure::new(message));
    }
    let mut input = BufReader::new(File::open(path).step(step())?);
    let delimiter = delimiter(input.fill_buf().step(step())?);
    let mut builder = ReaderBuilder::new();
    let mut reader =
        builder.delimiter(delimiter).has_headers(false).flexible(true).from_reader(input);
    let mut record = ByteRecord::new();
    let mut rows: Option<Rows<'_>> = None;
    let (mut before, mut line) = (0, 0_usize);
    while reader.read_byte_record(&mut record).step(step())? {
        line = line.saturating_add(1);
        let read = reader.position().byte().saturating_sub(before);
        before = reader.position().byte();
        let Some(rows) = &mut rows else {
            let cells =
                cells(&record).map_err(|unsent| Failure::new(unsent.reason).in_step(step()))?;
            let head = head(&cells, defaults).step(format!("{}:{line}", path.display()))?;
            rows =
                Some(Rows { table: Table::new(head), defaults, evidence: Evidence::beside(path) });
            continue;
        };
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let head = Some(Arc::clone(rows.table.head()));
        let place = Place { file: Arc::clone(path), line, head };
        if !take((place, rows.envelope(&record, signing)), read) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The rows of a table below the first.
struct Rows<'a> {
    table: Table,
    defaults: &'a Defaults,
    evidence: Evidence,
}

impl Rows<'_> {
    fn envelope(&mut self, record: &ByteRecord, signing: &Signing) -> Result<Envelope, Unsent> {
        let mut cells = cells(record)?;
        let names = self.table.head().names();
        if cells.len() < names.len() {
            cells.resize(names.len(), "");
        }
        for (name, cell) in names.iter().zip(&mut cells) {
            if cell.trim().is_empty()
                && let Some((_, value)) = self.defaults.iter().find(|(column, _)| column == name)
            {
                *cell = value;
            }
        }
        let evidence = &mut self.evidence;
        let draft = self.table.draft(&cells, &mut |name| evidence.look_up(name));
        let draft = draft.map_err(|RowError { column, reason }| Unsent { column, reason })?;
        signing.sign(draft.statement)
    }
}

/// The files beside a table, whose digests its rows call for.
struct Evidence {
    dir: PathBuf,
    known: HashMap<String, Resource>,
}

impl Evidence {
    fn beside(table: &Path) -> Self {
        Self { dir: table.parent().unwrap_or(Path::new("")).to_owned(), known: HashMap::new() }
    }

    fn look_up(&mut self, name: &str) -> Result<Resource, String> {
        if let Some(known) = self.known.get(name) {
            return Ok(known.clone());
        }
        let path = Path::new(name);
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(format!("{name:?} is not a file beside the table, or in a folder there"));
        }
        let bytes = files::read(&self.dir.join(path), EVIDENCE_BYTES_MAX)
            .map_err(|failure| failure.chain().join(": "))?;
        let media_type = mime_guess::from_path(path).first_or_octet_stream();
        let resource = Resource {
            name: name.to_owned(),
            digest: Digests { sha256: Digest::of(&bytes) },
            media_type: media_type.essence_str().to_owned(),
            download_location: None,
            annotations: None,
        };
        self.known.insert(name.to_owned(), resource.clone());
        Ok(resource)
    }
}

/// The columns of a table, and behind them those that only have a default.
fn head(cells: &[&str], defaults: &Defaults) -> Result<Arc<Head>, crate::table::HeadError> {
    let is_new = |name: &&str| cells.iter().all(|cell| cell.trim() != *name);
    let more = defaults.iter().map(|(name, _)| name.as_str()).filter(is_new);
    Head::new(cells.iter().copied().chain(more)).map(Arc::new)
}

fn cells(record: &ByteRecord) -> Result<Vec<&str>, Unsent> {
    let mut cells = Vec::with_capacity(record.len());
    for (number, cell) in record.iter().enumerate() {
        let text = str::from_utf8(cell).map_err(|_cause| {
            let reason = format!(
                "cell {} is not UTF-8: save the table as \"CSV UTF-8\"",
                number.saturating_add(1)
            );
            Unsent { column: None, reason }
        })?;
        cells.push(if number == 0 { text.trim_start_matches('\u{feff}') } else { text });
    }
    Ok(cells)
}

/// The delimiter that stands most often in the first line, as far as it was read.
fn delimiter(start: &[u8]) -> u8 {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |of: &u8| line.iter().filter(|byte| *byte == of).count();
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
    fn only_files_beside_the_table_are_looked_up() {
        let dir = tempfile::tempdir().unwrap();
        let table = dir.path().join("reports.csv");
        std::fs::create_dir(dir.path().join("scans")).unwrap();
        std::fs::write(dir.path().join("scans/r-1.pdf"), b"%PDF").unwrap();
        let mut evidence = Evidence::beside(&table);
        let found = evidence.look_up("scans/r-1.pdf").unwrap();
        assert_eq!(found.digest.sha256, Digest::of(b"%PDF"));
        assert_eq!(found.media_type, "application/pdf");
        let outside = dir.path().join("scans/r-1.pdf");
        for name in ["../x", "/etc/hostname", outside.to_str().unwrap(), "scans/../../x", "r-2.pdf"]
        {
            evidence.look_up(name).unwrap_err();
        }
    }
}
