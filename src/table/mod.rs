//! Statements and queries as rows of a table, for people who keep theirs in a spreadsheet. A column
//! is a member by its path, as its JSON Schema has it: every type of attestation has a table. Knows
//! nothing of files: what a row says of them is looked up by the caller.

mod path;
mod form;
mod sheet;
mod tree;
mod error;
mod head;
mod members;
mod row;

pub use error::{HeadError, RowError};
pub use form::Form;
pub use head::Head;
pub use members::ObjectTable;
pub use path::{Path, PathError};
pub use row::{Draft, Table};
pub use sheet::{Column, Sheet};

/// The column with the name of the type: `test-report`.
pub const TYPE_COLUMN: &str = "type";
/// The column with what the statement is about, by canonical URI, where its predicate does not say
/// so.
pub const SUBJECT_COLUMN: &str = "subject";
/// The column with names of files, whose digests become evidence.
pub const FILES_COLUMN: &str = "files";
/// What stands between the values of a cell that holds several.
pub const SEPARATOR: char = '|';
