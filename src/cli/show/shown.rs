//! What there is to say about a file.

use serde_json::{Value, json};

use crate::cli::report::{Outcome, Report};
use crate::cli::words::{Facts, Text};

/// What there is to say about a file.
#[derive(Debug)]
pub(super) struct Shown {
    kind: &'static str,
    title: String,
    facts: Facts,
    checked: Vec<String>,
    unchecked: Vec<String>,
    content: Option<Value>,
    outcome: Outcome,
}

impl Shown {
    /// Something of this kind, which has a name for programs and a title for people.
    pub(super) fn new(kind: &'static str, title: impl Into<String>, facts: Facts) -> Self {
        let (checked, unchecked) = (Vec::new(), Vec::new());
        Self {
            kind,
            title: title.into(),
            facts,
            checked,
            unchecked,
            content: None,
            outcome: Outcome::Accepted,
        }
    }

    /// Says what was checked and holds.
    pub(super) fn checked(mut self, what: impl Into<String>) -> Self {
        self.checked.push(what.into());
        self
    }

    /// Says what was not checked, and who checks it.
    pub(super) fn unchecked(mut self, what: impl Into<String>) -> Self {
        self.unchecked.push(what.into());
        self
    }

    /// What was checked is that the log is to be rejected.
    pub(super) const fn rejecting(mut self) -> Self {
        self.outcome = Outcome::Rejected;
        self
    }

    /// Adds all there is, for programs alone: people would not read it.
    pub(super) fn content(mut self, content: Value) -> Self {
        self.content = Some(content);
        self
    }

    /// The report.
    pub(super) fn into_report(self) -> Report {
        let Self { kind, title, facts, checked, unchecked, content, outcome } = self;
        let mut text = Text::titled(&title);
        text.facts(&facts);
        for what in &checked {
            text.line(format_args!("checked: {what}"));
        }
        for what in &unchecked {
            text.line(format_args!("NOT checked: {what}"));
        }
        let mut facts = json!({
            "kind": kind,
            "title": title,
            "facts": facts.into_value(),
            "checked": checked,
            "not_checked": unchecked,
        });
        if let (Some(content), Some(facts)) = (content, facts.as_object_mut()) {
            facts.insert("content".to_owned(), content);
        }
        Report::new(outcome, facts, text)
    }
}
