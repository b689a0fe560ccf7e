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

/// How many defects, and how many notes, a document gets: nobody reads more.
const FINDINGS_MAX: usize = 200;

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
        if self.defects.len() < FINDINGS_MAX && !self.defects.contains(&defect) {
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

    /// Adds a note; the last one that is kept says that there are more.
    pub(super) fn note(&mut self, place: &str, text: impl Into<String>) {
        let note = Note { place: place.to_owned(), text: text.into() };
        if self.notes.len() >= FINDINGS_MAX || self.notes.contains(&note) {
            return;
        }
        let is_last = self.notes.len() + 1 == FINDINGS_MAX;
        let more = || Note { place: String::new(), text: "there is more to note".to_owned() };
        self.notes.push(if is_last { more() } else { note });
    }

    pub(super) fn note_all(&mut self, place: &str, texts: Vec<String>) {
        for text in texts {
            self.note(place, text);
        }
    }
}
