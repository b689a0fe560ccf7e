//! Making a backup, or bringing one up to its ledger: only what is new is written, each file whole
//! or not at all, and at every moment the directory holds a log that can be restored.

use std::collections::BTreeMap;
use std::path::Path;

use crate::audit::{LogSource, Progress};
use crate::export::copy::{LogCopy, Manifest};
use crate::export::demands::Demands;
use crate::export::error::ExportError;
use crate::export::mirror::{Erased, Mirror, MirrorOptions, Mirrored, mirror};
use crate::export::rows::{RowWriter, TABLES};
use crate::export::writer::{DirWriter, Readers};
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::storage::Table;
use crate::time::Timestamp;

/// Takes a row: its key and its value.
pub type VisitRow<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), ExportError> + 'a;

/// What is backed up: a log with all payloads, and rows of its store, both under one checkpoint.
pub trait BackupSource: LogSource {
    /// Visits the rows of `table` that belong into a backup, in key order.
    fn rows(&mut self, table: Table, visit: &mut VisitRow<'_>) -> Result<(), ExportError>;

    /// The root of the checkpoint.
    fn root(&self) -> Digest;
}

/// Brings the backup in `root` up to a log, whose every byte is checked on the way.
pub fn back_up(
    source: &mut dyn BackupSource,
    root: &Path,
    genesis: &Genesis,
    now: Timestamp,
    progress: &mut dyn FnMut(Progress),
) -> Result<Mirrored, ExportError> {
    let mut writer = DirWriter::open_alone(root)?;
    let log = LogCopy::log_dir(root);
    // A backup is read whole each time: damage is found while the ledger can still repair it.
    let mut options = MirrorOptions {
        has_to_check_held: true,
        has_private_payloads: true,
        has_to_refresh_payloads: false,
        erased: Erased::Stays,
    };
    let mut growing = Mirror::open(&log, genesis, options)?;
    // Before anything is written: what the backup has of one log is not mixed with rows of another.
    growing.expect_grown(source)?;
    // Before the log: a checkpoint that the directory takes over has its rows there already, and
    // those that are beyond the log's end count for nothing.
    let (mut rows, mut written) = (BTreeMap::new(), 0);
    for (table, name) in TABLES {
        let mut row_writer = RowWriter::new(table);
        source.rows(table, &mut |key, value| row_writer.push(&mut writer, key, value))?;
        row_writer.finish(&mut writer)?;
        written += row_writer.written;
        rows.insert(name.to_owned(), row_writer.count);
    }
    let grown = growing.pull(source, &Demands::default(), progress)?;
    drop(growing);
    // What was erased since goes from here too, but not before the order for it is here.
    options.has_to_check_held = false;
    options.has_to_refresh_payloads = true;
    options.erased = Erased::Goes;
    let refreshed = mirror(source, &log, genesis, options, progress)?;

    let of_log = (genesis.origin().as_str(), refreshed.size, source.root());
    let manifest = Manifest::new(of_log, now, rows);
    writer.write("backup.json", &manifest.to_bytes(), Readers::Owner)?;
    Ok(Mirrored {
        size: refreshed.size,
        written: grown.written + refreshed.written + written,
        kept: refreshed.kept.saturating_sub(grown.written),
        removed: grown.removed + refreshed.removed,
    })
}
