//! The answers, one a row.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use csv::Writer;
use serde::Serialize;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::table_file::inert;
use crate::cli::verdict::word;
use crate::client::CheckOutcome;
use crate::policy::{Gist, Verdict};

/// A row of the answers; what does not apply is empty.
#[derive(Debug, Default, Serialize)]
pub(super) struct Row {
    /// The line or row of the question.
    pub(super) line: usize,
    pub(super) request_id: String,
    pub(super) product: String,
    /// `LISTABLE`, `NOT_LISTABLE`, `REVIEW`; or `REFUSED`, `UNANSWERED`.
    pub(super) verdict: String,
    /// What speaks against it, `RULE:CODE`, with | between them.
    pub(super) findings: String,
    pub(super) valid_until: String,
    pub(super) recheck_after: String,
    pub(super) tree_size: String,
    pub(super) verdict_sha256: String,
    /// The entry of the logged verdict.
    pub(super) logged: String,
    pub(super) message: String,
}

/// A file that grows by a row for each answer.
pub(super) enum Results {
    /// A table.
    Table(Box<Writer<File>>),
    /// JSON, one object a line.
    Lines(BufWriter<File>),
}

impl Row {
    /// The row of an answer.
    pub(super) fn of(line: usize, answer: &CheckOutcome, verdict: &Verdict) -> Self {
        let body = verdict.body();
        let findings: Vec<String> = Gist::of(body).against().collect();
        let logged = answer.logged.as_ref().ok();
        Self {
            line,
            request_id: answer.request_id.clone(),
            product: body.query.products.first().map(ToString::to_string).unwrap_or_default(),
            verdict: word(verdict.word()).to_owned(),
            findings: findings.join(" | "),
            valid_until: body.valid_until.map(|at| at.to_string()).unwrap_or_default(),
            recheck_after: body.recheck_after.to_string(),
            tree_size: body.as_of.tree_size.to_string(),
            verdict_sha256: verdict.digest().to_string(),
            logged: logged.map(|(_, receipt)| receipt.index().to_string()).unwrap_or_default(),
            message: answer.notes.join("; "),
        }
    }
}

impl Results {
    /// Begins a file that is not there yet: a table if its name ends in `.csv`, else lines of JSON.
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create_new(path).step(format!("write {}", path.display()))?;
        Ok(if path.extension().is_some_and(|of| of.eq_ignore_ascii_case("csv")) {
            Self::Table(Box::new(Writer::from_writer(file)))
        } else {
            Self::Lines(BufWriter::new(file))
        })
    }

    /// Adds a row, at once: whatever ends this process leaves whole rows behind.
    pub(super) fn add(&mut self, mut row: Row) -> Result<(), Failure> {
        let written = match self {
            Self::Table(writer) => {
                for text in
                    [&mut row.request_id, &mut row.product, &mut row.findings, &mut row.message]
                {
                    *text = inert(text);
                }
                writer.serialize(row).and_then(|()| Ok(writer.flush()?))
            }
            Self::Lines(writer) => serde_json::to_string(&row)
                .map_err(std::io::Error::from)
                .and_then(|line| writeln!(writer, "{line}").and_then(|()| writer.flush()))
                .map_err(csv::Error::from),
        };
        written.step("write the results")
    }
}
