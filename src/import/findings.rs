//! What is found out about a document while it is read.

use crate::import::defect::{Defect, DefectReason};

/// What whoever imports a document should know: what was changed, taken as something, or left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// A JSON pointer (RFC 6901), empty for the whole document.
    pub place: String,
    /// What was done.
    pub text: String,
}

/// Defects and notes, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) defects: Vec<Defect>,
    pub(super) notes: Vec<Note>,
}

impl Findings {
    /// Adds a defect; the same one at the same place counts once.
    pub(super) fn refuse(&mut self, place: &str, reason: impl Into<DefectReason>) {
        let defect = Defect { place: place.to_owned(), reason: reason.into() };
        if !self.defects.contains(&defect) {
            self.defects.push(defect);
        }
    }

    /// The value, or `None` with its defect added.
    pub(super) fn take<T, E: Into<DefectReason>>(
        &mut self,
        place: &str,
        result: Result<T, E>,
    ) -> Option<T> {
        result.map_err(|reason| self.refuse(place, reason)).ok()
    }

    /// Whether there is a defect at a place, or inside of it.
    pub(super) fn has_at(&self, place: &str) -> bool {
        self.defects.iter().any(|of| {
            let rest = of.place.strip_prefix(place);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    pub(super) fn note(&mut self, place: &str, text: impl Into<String>) {
        let note = Note { place: place.to_owned(), text: text.into() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    pub(super) fn note_all(&mut self, place: &str, texts: Vec<String>) {
        for text in texts {
            self.note(place, text);
        }
    }
}
