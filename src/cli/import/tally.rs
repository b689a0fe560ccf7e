//! What became of each document, for people and for programs.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::report::{self, Outcome, Report};
use crate::import::{Defect, Note, Reading};

/// Statements and defects, in the order of the documents.
#[derive(Debug, Default)]
pub(super) struct Tally {
    lines: Vec<u8>,
    imported: u64,
    refused: u64,
    items: Vec<Value>,
}

impl Tally {
    /// Counts what was read from a file, and says on stderr what its reader should know.
    pub(super) fn add(&mut self, file: &Path, reading: Reading) {
        let Reading { place, outcome, notes } = reading;
        for Note { place, text } in &notes {
            report::talk(&format!("{}: {}: {text}", file.display(), shown(place)));
        }
        let notes: Vec<Value> =
            notes.into_iter().map(|of| json!({"place": of.place, "note": of.text})).collect();
        let shown_file = file.to_string_lossy();
        match outcome {
            Ok(draft) => {
                self.imported += 1;
                self.lines.extend(draft.statement);
                self.lines.push(b'\n');
                self.items.push(json!({
                    "file": shown_file, "place": place, "outcome": "imported",
                    "kind": draft.kind.name(), "notes": notes,
                }));
            }
            Err(defects) => {
                self.refused += 1;
                for defect in &defects {
                    report::talk(&format!("{}: refused: {defect}", file.display()));
                }
                let defects: Vec<Value> = defects.iter().map(facts).collect();
                self.items.push(json!({
                    "file": shown_file, "place": place, "outcome": "refused",
                    "defects": defects, "notes": notes,
                }));
            }
        }
    }

    /// Whether any document, or event in one, was refused.
    pub(super) const fn has_refused(&self) -> bool {
        self.refused > 0
    }

    /// The statements, one a line.
    pub(super) fn lines(&self) -> &[u8] {
        &self.lines
    }

    /// The result. Statements that are written to no file are the text.
    pub(super) fn into_report(
        self,
        out: Option<&Path>,
        is_written: bool,
    ) -> Result<Report, Failure> {
        let outcome = if self.has_refused() { Outcome::Rejected } else { Outcome::Accepted };
        let Self { lines, imported, refused, items } = self;
        let written = if is_written { imported } else { 0 };
        report::talk(&format!("imported {imported}, refused {refused}, written {written}"));
        let out_file = out.filter(|_| is_written).map(|path| path.to_string_lossy());
        let facts = json!({
            "imported": imported, "refused": refused, "written": written,
            "out_file": out_file, "items": items,
        });
        let text = match out {
            None if is_written => String::from_utf8(lines)
                .map_err(|cause| Failure::of("statements are not text", cause))?,
            _ => String::new(),
        };
        Ok(Report::new(outcome, facts, text))
    }
}

fn facts(defect: &Defect) -> Value {
    json!({"place": defect.place, "reason": defect.reason.to_string()})
}

/// A place, of which the whole document has none.
const fn shown(place: &str) -> &str {
    if place.is_empty() { "/" } else { place }
}
