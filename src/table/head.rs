//! The first row of a table: its columns.

use crate::table::error::HeadError;
use crate::table::path::Path;

/// The columns of a table, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    names: Vec<String>,
}

impl Head {
    /// The columns that a first row names.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, HeadError> {
        let mut found: Vec<String> = Vec::new();
        for (number, name) in names.into_iter().enumerate() {
            let name = name.trim();
            if name.is_empty() {
                return Err(HeadError::NoName { place: number + 1 });
            }
            if name.chars().any(char::is_control) {
                return Err(HeadError::Control { place: number + 1 });
            }
            if found.iter().any(|other| other == name) {
                return Err(HeadError::Twice { name: name.chars().take(80).collect() });
            }
            found.push(name.to_owned());
        }
        Ok(Self { names: found })
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The place of a column, from 0.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|found| found == name)
    }

    /// The column in which a mistake at a place of the predicate was made: that of the member, else
    /// the first of those inside it, else that of what the member is inside of. The place is a JSON
    /// pointer, or names with dots between them.
    pub fn nearest(&self, place: &str) -> Option<&str> {
        let steps = place.split(['/', '.']).filter(|part| !part.is_empty()).count();
        let mut nearest: Option<(usize, &String)> = None;
        for name in &self.names {
            let Ok(path) = name.parse::<Path>() else { continue };
            let shared = path.shared_with(place);
            let is_near = shared > 0 && (shared == steps || shared == path.steps().len());
            if is_near && nearest.is_none_or(|(most, _)| most < shared) {
                nearest = Some((shared, name));
            }
        }
        nearest.map(|(_, name)| name.as_str())
    }
}
