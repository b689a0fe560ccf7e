//! What became of every envelope.

use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::remote::is_judgement;
use crate::cli::report::{self, Outcome, Report};
use crate::cli::submit::fate::{Fate, Finding, Item, State};
use crate::cli::submit::results::Results;
use crate::cli::submit::signing::Unsent;
use crate::cli::submit::source::Place;
use crate::cli::words::{Text, plain};
use crate::client::{Foreseen, Refused, TryAnswer, VerifiedReceipt};
use crate::envelope::StatementDigest;
use crate::merkle::{EntryIndex, TreeSize};

/// Items up to which each accepted one has a line for people.
const LINES_MAX: usize = 40;

/// What is done with the envelopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// They are sent, and recorded.
    Sent,
    /// They are only looked at.
    Checked,
    /// The ledger is asked what it would do with them.
    Foreseen,
}

/// What became of every envelope, or would, in their order.
#[derive(Debug)]
pub(super) struct Tally {
    kind: Kind,
    results: Option<Results>,
    items: Vec<Item>,
    /// How large the log was that they were judged by, of a dry run.
    as_of: Option<TreeSize>,
    valid: u64,
    accepted: u64,
    duplicates: u64,
    refused: u64,
    unanswered: u64,
    /// Recorded, but not witnessed though that was waited for.
    unwitnessed: u64,
    /// Why not.
    not_witnessed: Option<String>,
}

impl Tally {
    /// A tally that writes a row for each into a table as well.
    pub(super) const fn new(results: Option<Results>, kind: Kind) -> Self {
        Self {
            kind,
            results,
            items: Vec::new(),
            as_of: None,
            valid: 0,
            accepted: 0,
            duplicates: 0,
            refused: 0,
            unanswered: 0,
            unwitnessed: 0,
            not_witnessed: None,
        }
    }

    /// Nothing that the statement says stands against it; it was not sent.
    pub(super) fn check(
        &mut self,
        place: &Place,
        statement: &StatementDigest,
    ) -> Result<(), Failure> {
        self.valid += 1;
        self.put(place, Fate::Valid { statement: statement.to_string() }, String::new())
    }

    /// The ledger says what it would do.
    pub(super) fn foresee(
        &mut self,
        place: &Place,
        statement: &StatementDigest,
        answer: &TryAnswer,
    ) -> Result<(), Failure> {
        self.as_of = Some(answer.size);
        match &answer.outcome {
            Ok(Foreseen::Admissible) => self.check(place, statement),
            Ok(Foreseen::Duplicate(of)) => {
                self.duplicates += 1;
                let (index, statement) = (of.map(EntryIndex::get), statement.to_string());
                self.put(place, Fate::Duplicate { index, statement }, String::new())
            }
            Err(refused) => self.refuse(place, refused, String::new()),
        }
    }

    /// An envelope is in the log; why it is not witnessed, if that was waited for.
    pub(super) fn accept(
        &mut self,
        place: &Place,
        receipt: &VerifiedReceipt,
        kept: String,
        missing: Option<&str>,
    ) -> Result<(), Failure> {
        self.accepted += 1;
        if let Some(cause) = missing {
            self.unwitnessed += 1;
            self.not_witnessed.get_or_insert_with(|| cause.to_owned());
        }
        let state = if receipt.is_witnessed() { State::Witnessed } else { State::Signed };
        self.duplicates += u64::from(receipt.is_duplicate());
        self.put(
            place,
            Fate::Accepted {
                index: receipt.index().get(),
                time: receipt.time().to_string(),
                statement: receipt.statement_digest().to_string(),
                duplicate: receipt.is_duplicate(),
                own_envelope: receipt.is_own_envelope(),
                state,
                is_missed: missing.is_some(),
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

    /// How it went, in a few words.
    pub(super) fn summary(&self) -> String {
        let Self { valid, accepted, duplicates, refused, unanswered, .. } = self;
        let rest = match unanswered {
            0 => String::new(),
            some => format!(", {some} without an answer"),
        };
        match (self.kind, self.as_of) {
            (Kind::Sent, _) => {
                let before = match duplicates {
                    0 => String::new(),
                    some => format!(" ({some} of them before)"),
                };
                let missed = match (self.unwitnessed, &self.not_witnessed) {
                    (some @ 1.., Some(cause)) => {
                        format!("; {some} not witnessed yet ({})", plain(cause))
                    }
                    _ => String::new(),
                };
                let is_done = *unanswered == 0 && self.unwitnessed == 0;
                let again = if is_done { "" } else { ": run the command again" };
                format!("{accepted} recorded{before}, {refused} refused{rest}{missed}{again}")
            }
            (Kind::Foreseen, Some(size)) => format!(
                "{valid} would be recorded, {duplicates} not again, {refused} refused{rest}: a \
                 forecast as of {size} entries; nothing was recorded"
            ),
            (Kind::Checked | Kind::Foreseen, _) => format!(
                "{valid} could be sent, {refused} could not; the ledger was not asked, and nothing \
                 was recorded"
            ),
        }
    }

    /// The report; or why it stopped there, which is said after what came until then.
    pub(super) fn end(mut self, stopped: Option<Failure>) -> Result<Report, Failure> {
        if let Some(results) = &mut self.results {
            results.finish()?;
        }
        match stopped {
            None => Ok(self.into_report()),
            Some(failure) => {
                report::talk(&format!("until then: {}", self.summary()));
                Err(failure)
            }
        }
    }

    fn into_report(self) -> Report {
        let outcome = match (self.refused, self.unanswered + self.unwitnessed) {
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
            "as_of": self.as_of,
            "valid": self.valid,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "refused": self.refused,
            "unanswered": self.unanswered,
            "unwitnessed": self.unwitnessed,
            "not_witnessed": self.not_witnessed,
            "items": self.items,
        });
        Report::new(outcome, facts, text)
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
