//! What became of every envelope.

use serde::Serialize;
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::remote::is_judgement;
use crate::cli::report::{Outcome, Report};
use crate::cli::submit::results::{ResultRow, Results};
use crate::cli::submit::signing::Unsent;
use crate::cli::submit::source::Place;
use crate::cli::words::{Text, plain};
use crate::client::{Refused, VerifiedReceipt};
use crate::envelope::Envelope;

/// Items up to which each accepted one has a line for people.
const LINES_MAX: usize = 40;

/// What became of every envelope, in their order as far as they were sent.
#[derive(Debug, Default)]
pub(super) struct Tally {
    results: Option<Results>,
    items: Vec<Item>,
    is_dry: bool,
    valid: u64,
    accepted: u64,
    duplicates: u64,
    refused: u64,
    unanswered: u64,
}

#[derive(Debug, Serialize)]
struct Item {
    file: String,
    line: usize,
    #[serde(flatten)]
    fate: Fate,
}

#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Fate {
    /// Of a dry run.
    Valid {
        statement: String,
    },
    Accepted {
        index: u64,
        time: String,
        statement: String,
        duplicate: bool,
        own_envelope: bool,
    },
    Refused {
        reason: String,
        column: Option<String>,
        message: String,
        findings: Vec<Finding>,
    },
    Unanswered {
        reason: String,
        message: String,
    },
}

#[derive(Debug, Serialize)]
struct Finding {
    reason: String,
    member: String,
    column: Option<String>,
    message: String,
}

impl Tally {
    /// A tally that writes a row for each into a table as well.
    pub(super) fn new(results: Option<Results>, is_dry: bool) -> Self {
        Self { results, is_dry, ..Self::default() }
    }

    /// Writes what is waiting for the table.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        self.results.as_mut().map_or(Ok(()), Results::finish)
    }

    /// Nothing that the statement says stands against it; it was not sent.
    pub(super) fn check(&mut self, place: &Place, envelope: &Envelope) -> Result<(), Failure> {
        self.valid += 1;
        let statement = envelope.statement_digest().to_string();
        self.put(place, Fate::Valid { statement }, String::new())
    }

    /// An envelope is in the log.
    pub(super) fn accept(
        &mut self,
        place: &Place,
        receipt: &VerifiedReceipt,
        kept: String,
    ) -> Result<(), Failure> {
        self.accepted += 1;
        self.duplicates += u64::from(receipt.is_duplicate());
        self.put(
            place,
            Fate::Accepted {
                index: receipt.index().get(),
                time: receipt.time().to_string(),
                statement: receipt.statement_digest().to_string(),
                duplicate: receipt.is_duplicate(),
                own_envelope: receipt.is_own_envelope(),
            },
            kept,
        )
    }

    /// The ledger gave no receipt.
    pub(super) fn refuse(
        &mut self,
        place: &Place,
        refused: &Refused,
        kept: String,
    ) -> Result<(), Failure> {
        let Refused { reason, message, findings, .. } = refused;
        let (reason, message) = (reason.clone(), message.clone());
        if !is_judgement(refused) {
            self.unanswered += 1;
            return self.put(place, Fate::Unanswered { reason, message }, kept);
        }
        self.refused += 1;
        let findings = findings.iter().map(|finding| Finding {
            reason: finding.reason.clone(),
            column: place.column(&finding.member),
            member: finding.member.clone(),
            message: finding.message.clone(),
        });
        let findings: Vec<Finding> = findings.collect();
        let column = findings.first().and_then(|finding| finding.column.clone());
        self.put(place, Fate::Refused { reason, column, message, findings }, kept)
    }

    /// What stands there is no envelope, or becomes none, and was not sent.
    pub(super) fn refuse_unread(&mut self, place: &Place, unsent: Unsent) -> Result<(), Failure> {
        self.refused += 1;
        let Unsent { column, reason: message } = unsent;
        let reason = "MALFORMED".to_owned();
        let fate = Fate::Refused { reason, column, message, findings: Vec::new() };
        self.put(place, fate, String::new())
    }

    /// How many have an answer.
    pub(super) const fn answers(&self) -> u64 {
        self.accepted + self.refused + self.unanswered
    }

    /// How it went, in a few words.
    pub(super) fn summary(&self) -> String {
        let Self { valid, accepted, duplicates, refused, unanswered, .. } = self;
        if self.is_dry {
            return format!("{valid} could be sent, {refused} could not; nothing was");
        }
        let before = match duplicates {
            0 => String::new(),
            some => format!(" ({some} of them before)"),
        };
        let rest = match unanswered {
            0 => String::new(),
            some => format!(", {some} without an answer: run the command again"),
        };
        format!("{accepted} recorded{before}, {refused} refused{rest}")
    }

    /// The report.
    pub(super) fn into_report(mut self) -> Result<Report, Failure> {
        self.finish()?;
        let outcome = match (self.refused, self.unanswered) {
            (0, 0) => Outcome::Accepted,
            (0, _) => Outcome::Unknown,
            _ => Outcome::Rejected,
        };
        let mut text = Text::default();
        for item in &self.items {
            item.write(&mut text, self.items.len() <= LINES_MAX);
        }
        text.line(self.summary());
        let facts = json!({
            "valid": self.valid,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "refused": self.refused,
            "unanswered": self.unanswered,
            "items": self.items,
        });
        Ok(Report::new(outcome, facts, text))
    }

    fn put(&mut self, place: &Place, fate: Fate, receipt: String) -> Result<(), Failure> {
        let (file, line) = (place.file.display().to_string(), place.line);
        let item = Item { file, line, fate };
        if let Some(results) = &mut self.results {
            results.add(&item.row(receipt))?;
        }
        self.items.push(item);
        Ok(())
    }
}

impl Item {
    /// As a row of the results.
    fn row(&self, receipt: String) -> ResultRow {
        let row =
            ResultRow { file: self.file.clone(), line: self.line, receipt, ..ResultRow::default() };
        match &self.fate {
            Fate::Valid { statement } => {
                ResultRow { outcome: "valid", statement: statement.clone(), ..row }
            }
            Fate::Accepted { index, time, statement, .. } => ResultRow {
                outcome: "accepted",
                index: index.to_string(),
                time: time.clone(),
                statement: statement.clone(),
                ..row
            },
            Fate::Refused { reason, column, message, .. } => ResultRow {
                outcome: "refused",
                reason: reason.clone(),
                column: column.clone().unwrap_or_default(),
                message: message.clone(),
                ..row
            },
            Fate::Unanswered { reason, message } => ResultRow {
                outcome: "unanswered",
                reason: reason.clone(),
                message: message.clone(),
                ..row
            },
        }
    }

    fn write(&self, text: &mut Text, is_accepted_shown: bool) {
        let Self { file, line, fate } = self;
        match fate {
            Fate::Accepted { index, time, duplicate, own_envelope, .. } if is_accepted_shown => {
                let before = if *duplicate { ", recorded before" } else { "" };
                let other = if *own_envelope { "" } else { " under other signatures" };
                text.line(format_args!("{file}:{line}: entry {index} at {time}{before}{other}"));
            }
            Fate::Valid { statement } if is_accepted_shown => {
                text.line(format_args!("{file}:{line}: statement {statement}"));
            }
            Fate::Accepted { .. } | Fate::Valid { .. } => {}
            Fate::Refused { reason, column, message, findings } => {
                let message = plain(message);
                let at = column.as_deref().map(|of| format!("{}: ", plain(of)));
                let at = at.unwrap_or_default();
                text.line(format_args!("{file}:{line}: refused: {reason}: {at}{message}"));
                for Finding { reason, member, column, message } in findings.iter().skip(1) {
                    let member = column.as_ref().unwrap_or(member);
                    let (member, message) = (plain(member), plain(message));
                    let at = if member.is_empty() { String::new() } else { format!("{member}: ") };
                    text.line(format_args!("  also: {reason}: {at}{message}"));
                }
            }
            Fate::Unanswered { reason, message } => {
                let message = plain(message);
                text.line(format_args!("{file}:{line}: no answer: {reason}: {message}"));
            }
        }
    }
}
