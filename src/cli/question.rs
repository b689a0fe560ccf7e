//! The question that a person asked, against the one that an answer is about: whoever makes an
//! answer chooses the question in it.

use serde_json::Value;

use crate::cli::failure::{Failure, Step as _};
use crate::policy::VerdictBody;
use crate::policy::query::{Defaults, Query};
use crate::time::Timestamp;

/// The largest query, with room for the server to name its limit.
pub(super) const QUERY_BYTES_MAX: usize = 4 << 20;

/// A question, as it was asked.
pub(super) struct Question(Query);

impl Question {
    /// Reads a question.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        Query::parse(bytes).map(Self).step("question")
    }

    /// Rejects a verdict on another question. What the question leaves open is the verdict's to
    /// say: the state of the ledger, and the time of its seal.
    pub(super) fn expect_answer(&self, body: &VerdictBody) -> Result<(), Failure> {
        let defaults = Defaults { seal_time: body.as_of.seal_time, size: body.as_of.tree_size };
        let (expected, _notes) = self.0.normalise(defaults).step("question")?;
        if expected == body.query {
            return Ok(());
        }
        let [expected, found] =
            [&expected, &body.query].map(|query| serde_json::to_value(query).unwrap_or_default());
        let (place, expected, found) = difference(&expected, &found);
        let message =
            format!("the answer is to another question: {place} is {found}, expected {expected}");
        Err(Failure::new(message).into_rejected())
    }

    /// Whether the question is about today.
    pub(super) const fn is_about_now(&self) -> bool {
        self.0.as_of.is_none() && self.0.legal_at.is_none()
    }

    /// Rejects a verdict that was to be asked for again by now, if the question is about today.
    pub(super) fn expect_current(&self, body: &VerdictBody, now: Timestamp) -> Result<(), Failure> {
        if self.is_about_now() { expect_current(body, now) } else { Ok(()) }
    }
}

/// Rejects a verdict that was to be asked for again by now.
pub(super) fn expect_current(body: &VerdictBody, now: Timestamp) -> Result<(), Failure> {
    if body.recheck_after <= now {
        let before = body.recheck_after;
        let message = format!("the answer is an old one: to be asked for again before {before}");
        return Err(Failure::new(message).into_rejected());
    }
    Ok(())
}

/// The first member in which two queries differ.
fn difference(expected: &Value, found: &Value) -> (String, Value, Value) {
    let (mut place, mut pair) = ("query".to_owned(), (expected, found));
    while let (Value::Object(expected), Value::Object(found)) = pair {
        let names = expected.keys().chain(found.keys());
        let of = |name: &String| {
            (expected.get(name).unwrap_or(&Value::Null), found.get(name).unwrap_or(&Value::Null))
        };
        let Some(name) = names.into_iter().find(|name| of(name).0 != of(name).1) else { break };
        pair = of(name);
        place = format!("{place}.{name}");
    }
    (place, pair.0.clone(), pair.1.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_old_verdict_answers_no_question_about_today() {
        let verdict = include_bytes!("../../tests/vectors/golden/verdict.json");
        let verdict = crate::policy::Verdict::parse(verdict).unwrap();
        let body = verdict.body();
        assert_eq!(body.recheck_after.to_string(), "2026-11-24T09:00:00Z");
        let (early, late) = ("2026-11-24T08:59:59Z", "2026-11-24T09:00:00Z");
        let question = |more: &str| {
            let text = format!(
                r#"{{"product":{{"gtin":"9521000200012"}},"trader":{{"operator":"urn:lei:X"}},
                "offer":{{"platform":"urn:lei:Y","destinations":["FR"],
                "goods_location":{{"kind":"DIRECT_IMPORT"}}}}{more}}}"#
            );
            Question::parse(text.as_bytes()).unwrap()
        };
        let current = |of: &Question, now: &str| of.expect_current(body, now.parse().unwrap());
        current(&question(""), early).unwrap();
        let failure = current(&question(""), late).unwrap_err();
        assert_eq!(failure.outcome(), crate::cli::report::Outcome::Rejected);
        // Whoever asks about another day, or an older state, has asked for history.
        current(&question(r#","as_of":7"#), late).unwrap();
        current(&question(r#","legal_at":"2026-11-01T00:00:00Z""#), late).unwrap();
    }

    #[test]
    fn two_questions_differ_in_a_member_that_is_named() {
        let one = json!({"a": {"b": 1, "c": [1]}, "d": null});
        let other = json!({"a": {"b": 1, "c": [2]}});
        assert_eq!(difference(&one, &other), ("query.a.c".to_owned(), json!([1]), json!([2])));
        let more = json!({"a": {"b": 1, "c": [1]}, "e": 3});
        assert_eq!(difference(&one, &more), ("query.e".to_owned(), Value::Null, json!(3)));
    }
}
