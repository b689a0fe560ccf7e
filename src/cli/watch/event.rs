//! One thing that is told: as a line for people, or as an object for programs.

use serde::Serialize;
use serde_json::{Value, json};

use crate::attestation::types::VerdictWord;
use crate::cli::report::{self, Format, Outcome};
use crate::cli::verdict;
use crate::cli::watch::queries::{Unread, WatchQuery};
use crate::cli::words::plain;
use crate::client::{Refused, WatchedAnswer};
use crate::policy::Gist;
use crate::proto::WatchCause;
use crate::record::Record;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Start,
    Records,
    Time,
    Refused,
}

/// One thing that is told; what does not apply is null.
#[derive(Debug, Serialize)]
pub(super) struct Event {
    command: &'static str,
    pub(super) outcome: Outcome,
    #[serde(rename = "event")]
    kind: Kind,
    line: usize,
    request_id: String,
    product: Option<String>,
    before: Option<VerdictWord>,
    verdict: Option<VerdictWord>,
    was_other: bool,
    findings: Vec<String>,
    records: Vec<Value>,
    tree_size: Option<u64>,
    compared_size: Option<u64>,
    sealed_at: Option<String>,
    valid_until: Option<String>,
    recheck_after: Option<String>,
    verdict_sha256: Option<String>,
    is_proved: bool,
    dossier_file: Option<String>,
    message: Option<String>,
}

impl Event {
    /// What a query is answered now, with the file that its dossier went to.
    pub(super) fn answer(
        query: &WatchQuery,
        answer: &WatchedAnswer,
        dossier_file: Option<String>,
    ) -> Self {
        let body = answer.verdict.body();
        Self {
            outcome: verdict::outcome(&answer.verdict),
            kind: match answer.cause {
                WatchCause::Records => Kind::Records,
                WatchCause::Time => Kind::Time,
                WatchCause::Start | WatchCause::Unspecified => Kind::Start,
            },
            request_id: query.request_id.clone(),
            product: body.query.products.first().map(ToString::to_string),
            before: answer.before.as_ref().map(|gist| gist.verdict),
            verdict: Some(body.verdict),
            was_other: answer.was_other,
            findings: Gist::of(body).against().collect(),
            records: answer.records().map(record).collect(),
            tree_size: Some(body.as_of.tree_size.get()),
            compared_size: answer.compared.map(|at| at.size.get()),
            sealed_at: Some(body.as_of.seal_time.to_string()),
            valid_until: body.valid_until.map(|at| at.to_string()),
            recheck_after: Some(body.recheck_after.to_string()),
            verdict_sha256: Some(answer.verdict.digest().to_string()),
            is_proved: answer.proof.is_ok(),
            dossier_file,
            message: answer.proof.as_ref().err().cloned(),
            ..Self::refusal(query.line, String::new())
        }
    }

    /// A query is not watched, or not any more.
    pub(super) fn refused(query: &WatchQuery, refused: &Refused) -> Self {
        let message = format!("{}: {}", refused.reason, refused.message);
        let request_id = query.request_id.clone();
        Self { request_id, ..Self::refusal(query.line, message) }
    }

    /// A line or row is no query.
    pub(super) fn unread(unread: &Unread) -> Self {
        Self::refusal(unread.line, unread.cause.to_string())
    }

    fn refusal(line: usize, message: String) -> Self {
        Self {
            command: "watch",
            outcome: Outcome::Unknown,
            kind: Kind::Refused,
            line,
            request_id: String::new(),
            product: None,
            before: None,
            verdict: None,
            was_other: false,
            findings: Vec::new(),
            records: Vec::new(),
            tree_size: None,
            compared_size: None,
            sealed_at: None,
            valid_until: None,
            recheck_after: None,
            verdict_sha256: None,
            is_proved: false,
            dossier_file: None,
            message: Some(message),
        }
    }

    /// Writes it to stdout.
    pub(super) fn print(&self, format: Format) -> std::io::Result<()> {
        match format {
            Format::Text => report::print_line(&plain(&self.text())),
            Format::Json => report::print_json_line(&serde_json::to_value(self)?),
        }
    }

    fn text(&self) -> String {
        let mut parts = vec![match (self.verdict, &self.message) {
            (Some(verdict), _) => {
                let [time, product] = [&self.sealed_at, &self.product]
                    .map(|part| part.as_deref().unwrap_or_default());
                let word = verdict::word(verdict);
                match (self.before, self.kind) {
                    (Some(before), _) => {
                        format!("{time} {product} {} -> {word}", verdict::word(before))
                    }
                    (None, Kind::Start) => format!("{time} {product} {word}"),
                    (None, _) => format!("{time} {product} -> {word}"),
                }
            }
            (None, message) => {
                let message = message.as_deref().unwrap_or_default();
                format!("line {} REFUSED {message}", self.line)
            }
        }];
        if self.was_other {
            parts.push("was another in between".to_owned());
        }
        if !self.findings.is_empty() {
            parts.push(self.findings.join(", "));
        }
        if self.kind == Kind::Time {
            parts.push("by time".to_owned());
        }
        for record in &self.records {
            let member = |name: &str| match record.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Null) | None => "erased".to_owned(),
                Some(other) => other.to_string(),
            };
            let [entry, kind, issuer] = ["entry", "kind", "issuer"].map(member);
            parts.push(format!("entry {entry}: {kind} of {issuer}"));
        }
        if let (Some(_), Some(reason)) = (self.verdict, &self.message) {
            parts.push(format!("not proved: {reason}"));
        }
        parts.extend(self.dossier_file.clone());
        parts.join(" | ")
    }
}

fn record(record: &Record) -> Value {
    let statement = record.statement();
    json!({
        "entry": record.index(),
        "time": record.time(),
        "kind": statement.map(|of| of.kind().name()),
        "issuer": statement.map(|of| &of.header().issuer.operator),
        "statement": record.digest(),
    })
}
