//! One thing that is told: as a line for people, or as an object for programs.

use serde::Serialize;
use serde_json::{Value, json};

use crate::attestation::types::VerdictWord;
use crate::cli::question::Question;
use crate::cli::report::{self, Format, Outcome};
use crate::cli::verdict;
use crate::cli::watch::queries::{Unread, WatchQuery};
use crate::cli::words::plain;
use crate::client::{Refused, WatchedAnswer};
use crate::policy::Gist;
use crate::proto::WatchCause;
use crate::record::Record;
use crate::time::Timestamp;

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
    is_outdated: bool,
    dossier_file: Option<String>,
    message: Option<String>,
}

impl Event {
    /// What a query is answered now, by the reader's clock, with the file that its dossier went to.
    pub(super) fn answer(
        query: &WatchQuery,
        answer: &WatchedAnswer,
        now: Timestamp,
        dossier_file: Option<String>,
    ) -> Self {
        let body = answer.verdict.body();
        let current = Question::parse(&query.bytes).and_then(|of| of.expect_current(body, now));
        let outdated = current.err().map(|failure| failure.chain().join(": "));
        let unproved = answer.proof.as_ref().err();
        let message = [outdated.clone(), unproved.map(|reason| format!("not proved: {reason}"))];
        let message: Vec<String> = message.into_iter().flatten().collect();
        Self {
            outcome: match verdict::outcome(&answer.verdict) {
                _ if outdated.is_some() => Outcome::Rejected,
                // What nobody has verified lists nothing.
                Outcome::Accepted if answer.proof.is_err() => Outcome::Unknown,
                outcome => outcome,
            },
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
            is_outdated: outdated.is_some(),
            dossier_file,
            message: (!message.is_empty()).then(|| message.join("; ")),
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
            is_outdated: false,
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
            parts.push(reason.clone());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Verdict;

    /// What is told of a product that is listable and to be asked about again by 09:00, unproved, at
    /// this time.
    fn told(word: &str, now: &str) -> Event {
        let golden = include_str!("../../../tests/vectors/golden/verdict.json");
        let text = golden.replace(r#""verdict":"LISTABLE""#, &format!(r#""verdict":"{word}""#));
        let verdict = Verdict::parse(text.as_bytes()).unwrap();
        assert_eq!(verdict::word(verdict.word()), word);
        let query = br#"{"product":{"gtin":"9521000200012"},"trader":{"operator":"urn:lei:X"},
            "offer":{"platform":"urn:lei:Y","destinations":["FR"],
            "goods_location":{"kind":"DIRECT_IMPORT"}}}"#;
        let query = WatchQuery::of(1, query.to_vec());
        let proof = Err("a record is not public".to_owned());
        let (cause, compared, before, was_other) = (WatchCause::Start, None, None, false);
        let position = 0;
        let answer = WatchedAnswer { position, cause, verdict, compared, before, was_other, proof };
        Event::answer(&query, &answer, now.parse().unwrap(), None)
    }

    #[test]
    fn what_is_not_proved_lists_nothing() {
        let early = "2026-11-24T08:59:59Z";
        let event = told("LISTABLE", early);
        assert_eq!((event.outcome, event.is_outdated), (Outcome::Unknown, false));
        assert_eq!(event.message.as_deref(), Some("not proved: a record is not public"));
        assert_eq!(told("NOT_LISTABLE", early).outcome, Outcome::Rejected);
        assert_eq!(told("REVIEW", early).outcome, Outcome::Rejected);
    }

    #[test]
    fn what_was_to_be_asked_for_again_by_now_lists_nothing() {
        let event = told("LISTABLE", "2026-11-24T09:00:00Z");
        assert_eq!((event.outcome, event.is_outdated), (Outcome::Rejected, true));
        assert!(event.text().contains("old one"), "{}", event.text());
    }
}
