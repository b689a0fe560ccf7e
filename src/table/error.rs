//! Why a table, or a row of it, is not taken.

use std::fmt;

use crate::table::{SUBJECT_COLUMN, TYPE_COLUMN};

/// Why the first row of a table is not one of columns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// No row says what type it is.
    #[error("there is no column {TYPE_COLUMN:?}: is the first row the one of `probant template`?")]
    NoType,
    /// A column twice.
    #[error("column {name:?} is there twice")]
    Twice {
        /// Its name.
        name: String,
    },
    /// A name over several lines: what follows was taken for a part of it.
    #[error(
        "the name of column {place} has a line break in it, or the like: is a quote not closed?"
    )]
    Control {
        /// Its place, from 1.
        place: usize,
    },
    /// Values that no column says anything about.
    #[error("column {place} has no name")]
    NoName {
        /// Its place, from 1.
        place: usize,
    },
}

/// Why a row is no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct RowError {
    /// The column in which it went wrong; `None` if no column is to blame alone.
    pub column: Option<String>,
    /// What was found and expected.
    pub reason: String,
}

impl RowError {
    pub(super) fn at(column: &str, reason: impl Into<String>) -> Self {
        Self { column: Some(column.to_owned()), reason: reason.into() }
    }

    pub(super) fn no_subject(kind: &str) -> Self {
        let reason = format!(
            "a {kind} does not say by itself what it is about: name here the subjects of the \
             records that it is for"
        );
        Self::at(SUBJECT_COLUMN, reason)
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "{column}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}
