//! What became of every envelope.

use serde::Serialize;
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::remote::is_judgement;
use crate::cli::report::{Outcome, Report};
use crate::cli::submit::source::Place;
use crate::cli::words::{Text, plain};
use crate::client::{Refused, VerifiedReceipt};
use crate::envelope::EnvelopeError;

/// Items up to which each accepted one has a line for people.
const LINES_MAX: usize = 40;

/// What became of every envelope, in their order as far as they were sent.
#[derive(Debug, Default)]
pub(super) struct Tally {
    items: Vec<Item>,
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
    Accepted { index: u64, time: String, statement: String, duplicate: bool, own_envelope: bool },
    Refused { reason: String, message: String, findings: Vec<Finding> },
    Unanswered { reason: String, message: String },
}

#[derive(Debug, Serialize)]
struct Finding {
    reason: String,
    member: String,
    message: String,
}

impl Tally {
    /// An envelope is in the log.
    pub(super) fn accept(&mut self, place: &Place, receipt: &VerifiedReceipt) {
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
        );
    }

    /// The ledger gave no receipt.
    pub(super) fn refuse(&mut self, place: &Place, refused: &Refused) {
        let Refused { reason, message, findings, .. } = refused;
        let (reason, message) = (reason.clone(), message.clone());
        if !is_judgement(refused) {
            self.unanswered += 1;
            return self.put(place, Fate::Unanswered { reason, message });
        }
        self.refused += 1;
        let findings = findings.iter().map(|finding| Finding {
            reason: finding.reason.clone(),
            member: finding.member.clone(),
            message: finding.message.clone(),
        });
        let findings = findings.collect();
        self.put(place, Fate::Refused { reason, message, findings });
    }

    /// What stands there is no envelope, and was not sent.
    pub(super) fn refuse_unread(&mut self, place: &Place, cause: EnvelopeError) {
        self.refused += 1;
        let message = Failure::of("not sent", cause).chain().join(": ");
        let reason = "MALFORMED".to_owned();
        self.put(place, Fate::Refused { reason, message, findings: Vec::new() });
    }

    /// How it went, in a few words.
    pub(super) fn summary(&self) -> String {
        let Self { accepted, duplicates, refused, unanswered, .. } = self;
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
    pub(super) fn into_report(self) -> Report {
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
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "refused": self.refused,
            "unanswered": self.unanswered,
            "items": self.items,
        });
        Report::new(outcome, facts, text)
    }

    fn put(&mut self, place: &Place, fate: Fate) {
        let (file, line) = (place.file.display().to_string(), place.line);
        self.items.push(Item { file, line, fate });
    }
}

impl Item {
    fn write(&self, text: &mut Text, is_accepted_shown: bool) {
        let Self { file, line, fate } = self;
        match fate {
            Fate::Accepted { index, time, duplicate, own_envelope, .. } if is_accepted_shown => {
                let before = if *duplicate { ", recorded before" } else { "" };
                let other = if *own_envelope { "" } else { " under other signatures" };
                text.line(format_args!("{file}:{line}: entry {index} at {time}{before}{other}"));
            }
            Fate::Accepted { .. } => {}
            Fate::Refused { reason, message, findings } => {
                let message = plain(message);
                text.line(format_args!("{file}:{line}: refused: {reason}: {message}"));
                for Finding { reason, member, message } in findings.iter().skip(1) {
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
