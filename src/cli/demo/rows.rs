//! What the demo found, row by row: expected and found side by side.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::expected::Expected;
use crate::cli::words::Text;
use crate::time::Timestamp;

/// A query of a story.
#[derive(Clone, Debug, Serialize)]
pub(super) struct QueryRow {
    pub(super) case: String,
    pub(super) query: String,
    pub(super) expected: &'static str,
    pub(super) expected_reasons: BTreeSet<String>,
    pub(super) verdict: String,
    pub(super) reasons: BTreeSet<String>,
    /// What an offline verifier said of the dossier.
    pub(super) offline: String,
    /// The reader's clock for it.
    pub(super) read_at: Timestamp,
    /// Members of the verdict that were expected to have a value, and had another.
    pub(super) differences: Vec<String>,
    pub(super) is_met: bool,
}

/// Something that an attacker did, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AttackRow {
    pub(super) case: String,
    pub(super) attack: String,
    pub(super) expected: String,
    pub(super) found: String,
    pub(super) is_met: bool,
}

/// An audit of an export.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AuditRow {
    pub(super) case: String,
    pub(super) entries: u64,
    pub(super) found: String,
    pub(super) observations: Vec<String>,
    /// The listings that a later record took the ground from, and when they came down.
    pub(super) fallen_listings: Vec<String>,
    pub(super) is_met: bool,
}

/// All rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) queries: Vec<QueryRow>,
    pub(super) attacks: Vec<AttackRow>,
    pub(super) audits: Vec<AuditRow>,
    pub(super) tampers: Vec<AttackRow>,
}

impl QueryRow {
    /// The row of a query: what was expected of the verdict, and what it is.
    pub(super) fn new(
        (case, query): (&str, &str),
        expected: &Expected,
        verdict: &Value,
        offline: Result<(), String>,
        read_at: Timestamp,
    ) -> Self {
        let reasons = reasons(verdict);
        let mut differences = expected.differences(verdict);
        if reasons != *expected.reasons() {
            differences.push(format!("reasons: expected {:?}", expected.reasons()));
        }
        Self {
            case: case.to_owned(),
            query: query.to_owned(),
            expected: expected.verdict(),
            expected_reasons: expected.reasons().clone(),
            verdict: verdict["verdict"].as_str().unwrap_or("none").to_owned(),
            reasons,
            is_met: differences.is_empty() && offline.is_ok(),
            offline: offline.err().unwrap_or_else(|| "verified".to_owned()),
            read_at,
            differences,
        }
    }
}

impl AttackRow {
    /// The row of an attack.
    pub(super) fn new(
        case: &str,
        attack: impl Into<String>,
        (expected, found): (impl Into<String>, impl Into<String>),
        is_met: bool,
    ) -> Self {
        let (attack, expected, found) = (attack.into(), expected.into(), found.into());
        Self { case: case.to_owned(), attack, expected, found, is_met }
    }
}

impl Rows {
    /// Takes over the rows of another case.
    pub(super) fn append(&mut self, mut other: Self) {
        self.queries.append(&mut other.queries);
        self.attacks.append(&mut other.attacks);
        self.audits.append(&mut other.audits);
        self.tampers.append(&mut other.tampers);
    }

    /// Whether every expectation held.
    pub(super) fn are_met(&self) -> bool {
        let attacks = self.attacks.iter().chain(&self.tampers);
        self.queries.iter().all(|row| row.is_met)
            && attacks.clone().all(|row| row.is_met)
            && self.audits.iter().all(|row| row.is_met)
    }

    /// How many expectations there were, and how many held.
    pub(super) fn count(&self) -> (usize, usize) {
        let queries = self.queries.iter().map(|row| row.is_met);
        let attacks = self.attacks.iter().chain(&self.tampers).map(|row| row.is_met);
        let audits = self.audits.iter().map(|row| row.is_met);
        let held: Vec<bool> = queries.chain(attacks).chain(audits).collect();
        (held.len(), held.iter().filter(|is_met| **is_met).count())
    }

    /// The facts, for programs.
    pub(super) fn to_value(&self) -> Value {
        json!({
            "cases": self.queries,
            "attacks": self.attacks,
            "audit": self.audits,
            "tamper": self.tampers,
        })
    }

    /// Adds the rows of one case, for people.
    pub(super) fn put(&self, text: &mut Text) {
        let mut line = |mark: bool, what: &str, found: &str, rest: &str| {
            let mark = if mark { "ok  " } else { "FAIL" };
            text.line(format!("  {mark} {what:<34} {found} {rest}").trim_end());
        };
        for row in &self.queries {
            let reasons: Vec<&str> = row.reasons.iter().map(String::as_str).collect();
            line(row.is_met, &row.query, &row.verdict, &reasons.join(", "));
            if !row.is_met {
                let expected: Vec<&str> = row.expected_reasons.iter().map(String::as_str).collect();
                line(false, "  expected", row.expected, &expected.join(", "));
                line(false, "  offline", &row.offline, &row.differences.join("; "));
            }
        }
        for row in self.attacks.iter().chain(&self.tampers) {
            line(row.is_met, &row.attack, &row.found, "");
            if !row.is_met {
                line(false, "  expected", &row.expected, "");
            }
        }
        for row in &self.audits {
            let found = format!("{} over {} entries", row.found, row.entries);
            line(row.is_met, "audit of the export", &found, "");
            for listing in &row.fallen_listings {
                line(row.is_met, "  fallen listing", listing, "");
            }
        }
    }
}

/// The codes of all findings that are not met. What only warns, as of a passport that the law asks
/// for in some years, is no part of a story.
pub(super) fn reasons(verdict: &Value) -> BTreeSet<String> {
    let findings = verdict["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let findings = findings.iter().filter(|of| of["outcome"] != json!("WARNED"));
    findings.filter_map(|of| of["code"].as_str()).map(str::to_owned).collect()
}
