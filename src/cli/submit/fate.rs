//! What became of one row or envelope, or would.

use serde::Serialize;

use crate::cli::submit::results::ResultRow;
use crate::cli::words::{Text, plain};

#[derive(Debug, Serialize)]
pub(super) struct Item {
    pub(super) file: String,
    pub(super) line: usize,
    #[serde(flatten)]
    pub(super) fate: Fate,
}

#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum Fate {
    /// Of a dry run: nothing stands against it, as far as was asked.
    Valid {
        statement: String,
    },
    /// Of a dry run: it is in the log, or stands here twice.
    Duplicate {
        index: Option<u64>,
        statement: String,
    },
    Accepted {
        index: u64,
        time: String,
        statement: String,
        duplicate: bool,
        own_envelope: bool,
        state: State,
        /// Not witnessed, though that was waited for.
        #[serde(skip)]
        is_missed: bool,
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

/// How firmly an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Signed,
    Witnessed,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Witnessed => "witnessed",
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) reason: String,
    pub(super) member: String,
    pub(super) column: Option<String>,
    pub(super) message: String,
}

impl Item {
    /// As a row of the results.
    pub(super) fn row(&self, receipt: String) -> ResultRow {
        let row =
            ResultRow { file: self.file.clone(), line: self.line, receipt, ..ResultRow::default() };
        match &self.fate {
            Fate::Valid { statement } => {
                ResultRow { outcome: "valid", statement: statement.clone(), ..row }
            }
            Fate::Duplicate { index, statement } => ResultRow {
                outcome: "duplicate",
                index: index.map(|index| index.to_string()).unwrap_or_default(),
                statement: statement.clone(),
                ..row
            },
            Fate::Accepted { index, time, statement, state, .. } => ResultRow {
                outcome: "accepted",
                state: state.word(),
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

    /// As lines for people; what is in order has one only if it is to be shown.
    pub(super) fn write(&self, text: &mut Text, is_accepted_shown: bool) {
        let Self { file, line, fate } = self;
        match fate {
            Fate::Accepted { index, time, duplicate, own_envelope, state, is_missed, .. }
                if is_accepted_shown || *is_missed =>
            {
                let before = if *duplicate { ", recorded before" } else { "" };
                let other = if *own_envelope { "" } else { " under other signatures" };
                let state = match (state, is_missed) {
                    (State::Witnessed, _) => ", witnessed",
                    (State::Signed, true) => ", not witnessed yet",
                    (State::Signed, false) => "",
                };
                let what = format!("entry {index} at {time}{before}{other}{state}");
                text.line(format_args!("{file}:{line}: {what}"));
            }
            Fate::Valid { statement } if is_accepted_shown => {
                text.line(format_args!("{file}:{line}: statement {statement}"));
            }
            Fate::Duplicate { index: Some(index), .. } if is_accepted_shown => {
                text.line(format_args!("{file}:{line}: entry {index}, recorded before"));
            }
            Fate::Duplicate { index: None, .. } if is_accepted_shown => {
                text.line(format_args!("{file}:{line}: the same as one before it"));
            }
            Fate::Accepted { .. } | Fate::Valid { .. } | Fate::Duplicate { .. } => {}
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
