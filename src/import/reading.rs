//! What became of a document, or of one event in it.

use crate::import::defect::Defect;
use crate::import::findings::{Findings, Note};
use crate::table::Draft;

/// A statement that was read from a document, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Reading {
    /// Where in the document it stands: a JSON pointer (RFC 6901), empty for the whole document.
    pub place: String,
    /// The statement, not signed yet, or every defect that was found; there is at least one.
    pub outcome: Result<Draft, Vec<Defect>>,
    /// What was changed, taken as something, or left behind.
    pub notes: Vec<Note>,
}

impl Reading {
    /// A statement counts only if nothing was found against it.
    pub(super) fn new(place: &str, draft: Option<Draft>, findings: Findings) -> Self {
        let Findings { defects, notes } = findings;
        let outcome = match draft {
            Some(draft) if defects.is_empty() => Ok(draft),
            _ => Err(defects),
        };
        Self { place: place.to_owned(), outcome, notes }
    }
}
