//! The files of a log, out of its own store, with the payloads that are not everybody's.

use std::collections::BTreeSet;

use crate::audit::{LogFile, LogSource, SourceError};
use crate::ledger::{Access, View};

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
