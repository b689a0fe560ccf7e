//! What a story expects of a verdict.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// What the story expects of a query.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    verdict: &'static str,
    prohibited: bool,
    reasons: BTreeSet<String>,
    members: Vec<(&'static str, Value)>,
}

impl Expected {
    pub(super) fn listable() -> Self {
        Self::new("LISTABLE", &[])
    }

    pub(super) fn review(reasons: &[&str]) -> Self {
        Self::new("REVIEW", reasons)
    }

    pub(super) fn not_listable(reasons: &[&str]) -> Self {
        Self::new("NOT_LISTABLE", reasons)
    }

    pub(super) fn prohibited(reasons: &[&str]) -> Self {
        Self { prohibited: true, ..Self::not_listable(reasons) }
    }

    /// And a member of the verdict with this value.
    pub(super) fn with(mut self, member: &'static str, value: Value) -> Self {
        self.members.push((member, value));
        self
    }

    fn new(verdict: &'static str, reasons: &[&str]) -> Self {
        let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        Self { verdict, prohibited: false, reasons, members: Vec::new() }
    }

    /// The word.
    pub(super) const fn verdict(&self) -> &'static str {
        self.verdict
    }

    /// The codes of all findings that are not met.
    pub(super) const fn reasons(&self) -> &BTreeSet<String> {
        &self.reasons
    }

    /// What differs, the reasons apart.
    pub(super) fn differences(&self, verdict: &Value) -> Vec<String> {
        let own = [("verdict", json!(self.verdict)), ("prohibited", json!(self.prohibited))];
        let expected = own.iter().chain(&self.members);
        expected
            .filter(|(member, value)| verdict[*member] != *value)
            .map(|(member, value)| format!("{member}: {} instead of {value}", verdict[*member]))
            .collect()
    }
}
