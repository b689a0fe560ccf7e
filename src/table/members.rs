//! What the columns of a table are to the objects in its rows.

use serde_json::Value;

use crate::table::error::RowError;
use crate::table::form::{Form, shown};
use crate::table::head::Head;
use crate::table::path::{Path, PathError};
use crate::table::sheet::Sheet;
use crate::table::tree::Tree;

/// What a column is to an object.
#[derive(Clone, Debug)]
pub(super) enum Member {
    /// A member of it.
    Known(Path, Form),
    /// Not a path.
    Malformed(PathError),
    /// A path that it does not have.
    Unknown,
}

/// A table whose rows are objects of one form.
#[derive(Clone, Debug)]
pub struct ObjectTable {
    members: Vec<(String, Member)>,
}

impl ObjectTable {
    /// A table of what a sheet describes.
    pub fn new(head: &Head, sheet: &Sheet) -> Self {
        let names = head.names().iter();
        Self { members: names.map(|name| (name.clone(), Member::of(name, sheet))).collect() }
    }

    /// The object of a row. An empty cell is an absent member; white space around a value does not
    /// count.
    pub fn object(&self, cells: &[&str]) -> Result<Value, RowError> {
        refuse_more(self.members.len(), cells)?;
        let mut tree = Tree::default();
        for ((name, member), cell) in self.members.iter().zip(cells) {
            let cell = cell.trim();
            if !cell.is_empty() {
                member.put(&mut tree, name, cell)?;
            }
        }
        Ok(tree.to_value())
    }
}

impl Member {
    pub(super) fn of(name: &str, sheet: &Sheet) -> Self {
        match name.parse::<Path>() {
            Err(cause) => Self::Malformed(cause),
            Ok(path) => match sheet.form(&path) {
                Some(form) => Self::Known(path, form),
                None => Self::Unknown,
            },
        }
    }

    /// Puts the value of a cell that is not empty where it belongs.
    pub(super) fn put(&self, tree: &mut Tree, name: &str, cell: &str) -> Result<(), RowError> {
        let error = |reason: String| RowError::at(name, reason);
        match self {
            Self::Known(path, form) => {
                let value = form.read(cell).map_err(error)?;
                let put = tree.put(path, value);
                put.ok_or_else(|| error("another column says the same member".to_owned()))
            }
            Self::Malformed(cause) => Err(error(cause.to_string())),
            Self::Unknown => {
                Err(error("there is no such member; the template has them".to_owned()))
            }
        }
    }
}

/// Refuses cells that no column says anything about.
pub(super) fn refuse_more(columns: usize, cells: &[&str]) -> Result<(), RowError> {
    match cells.iter().skip(columns).find(|cell| !cell.trim().is_empty()) {
        None => Ok(()),
        Some(extra) => {
            let reason = format!("{} stands behind the last column", shown(extra));
            Err(RowError { column: None, reason })
        }
    }
}
