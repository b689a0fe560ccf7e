//! The files of a log, out of its own store, with the payloads that are not everybody's.

use std::collections::BTreeSet;

use crate::audit::{LogFile, LogSource, SourceError};
use crate::export::{BackupSource, ExportError, VisitRow};
use crate::hash::Digest;
use crate::ledger::{Access, StoreError, View};
use crate::storage::Table;

/// The log under a view's checkpoint.
#[derive(Debug)]
pub(in crate::cli) struct ViewSource(View);

impl ViewSource {
    /// The log under a view's checkpoint.
    pub(in crate::cli) const fn new(view: View) -> Self {
        Self(view)
    }
}

impl LogSource for ViewSource {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let Ok(file) = path.parse::<LogFile>() else { return Ok(None) };
        let bytes = self.0.file(file, Access::Full);
        bytes
            .map_err(|cause| SourceError::Unreadable { path: path.to_owned(), cause: cause.into() })
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        Ok(None)
    }
}

/// Why rows are not backed up: the store does not give them, or the backup does not take them.
enum RowError {
    Store(StoreError),
    Export(ExportError),
}

impl From<StoreError> for RowError {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

impl BackupSource for ViewSource {
    fn rows(&mut self, table: Table, visit: &mut VisitRow<'_>) -> Result<(), ExportError> {
        let mut visit = |key: &[u8], value: &[u8]| visit(key, value).map_err(RowError::Export);
        self.0.rows_beside(table, &mut visit).map_err(|cause| match cause {
            RowError::Export(cause) => cause,
            RowError::Store(cause) => {
                let path = format!("rows of table {table:?}");
                SourceError::Unreadable { path, cause: cause.into() }.into()
            }
        })
    }

    fn root(&self) -> Digest {
        self.0.root()
    }
}
