//! Verdicts over the wire: the same as offline, logged where they may be, with reasons where not.

use std::sync::{Arc, Mutex, OnceLock};

use futures_util::{StreamExt as _, stream};
use probant::attestation::Predicate;
use probant::client::{CheckOutcome, ClientError};
use probant::dossier::{self, Limits, Trust};
use probant::envelope::Envelope;
use probant::identifier::{Class, DocumentUri, SubjectUri};
use probant::key::{PrivateKey, PublicKey, SignError, Signature, Signer};
use probant::ledger::Ledger;
use probant::policy::Verdict;
use probant::proto;
use probant::service::{LogVerdicts, ServeOptions};
use probant::storage::MemoryStorage;
use prost::bytes::Bytes;
use serde_json::{Value, json};

use crate::case::policies;
use crate::liar::{Lies, lied_to, lied_to_since};
use crate::served::{Case, TODAY};
use crate::serving::{HeldStorage, SECRET, block_on};
use crate::verdict_plush_toy::{doc, question};
use crate::world::{PLATFORM, RIVAL, VERIFIER, key};

impl Case {
    /// What the server says of an offer of these batches.
    async fn asked(&self, lots: Value, with_dossier: bool) -> proto::CheckResponse {
        let request = proto::CheckRequest { query: on(lots), with_dossier, witnessed: false };
        self.serving.raw().await.check(request).await.unwrap().into_inner()
    }

    /// What somebody finds who has the dossier, the genesis document and the rule sets alone.
    pub(crate) fn offline(&self, dossier: &[u8]) -> Verdict {
        let policies = policies();
        let trust = Trust { genesis: &self.world.genesis, policies: &policies, witnesses: None };
        let limits = Limits { age_max_ms: Some(1000), now: TODAY.parse().unwrap() };
        dossier::verify(dossier, &trust, &limits).unwrap().verdict().clone()
    }
}

/// A verifier's key in a device: something happens whenever it is asked to sign.
struct Device {
    key: PrivateKey,
    before: Box<dyn Fn() -> Result<(), SignError> + Send + Sync>,
}

impl Device {
    fn signer(
        before: impl Fn() -> Result<(), SignError> + Send + Sync + 'static,
    ) -> Arc<dyn Signer> {
        Arc::new(Self { key: key(VERIFIER), before: Box::new(before) })
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Device")
    }
}

impl Signer for Device {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        (self.before)()?;
        self.key.sign(message)
    }
}

fn asked() -> Value {
    question().set("/legal_at", json!(TODAY)).query
}

/// The question about an offer of these batches.
fn on(lots: Value) -> Bytes {
    let query = question().set("/product/batches", lots).set("/legal_at", json!(TODAY));
    query.query.to_string().into()
}

fn with(mut query: Value, member: &str, value: Value) -> Value {
    query.as_object_mut().unwrap().insert(member.to_owned(), value);
    query
}

fn not_logged(outcome: &CheckOutcome) -> &str {
    outcome.logged.as_ref().unwrap_err()
}

#[test]
fn a_verdict_is_logged_in_the_history_of_its_listing() {
    block_on(async {
        let case = Case::start(true).await;
        let client = case.client().await;
        let query = with(asked(), "request_id", json!("r-1"));
        let outcome = client.check(query.to_string(), false).await.unwrap();
        assert_eq!(outcome.request_id, "r-1");
        assert_eq!(outcome.dossier.unwrap_err(), "");
        let (envelope, receipt) = outcome.logged.unwrap();
        assert!(receipt.is_own_envelope() && !receipt.is_duplicate());
        let statement = probant::attestation::Statement::parse(envelope.payload()).unwrap();
        let Predicate::ConformityVerdict(logged) = statement.predicate() else {
            panic!("{statement:?}")
        };
        assert_eq!(logged.body_bytes().unwrap(), outcome.verdict);
        let listing = DocumentUri::new(&PLATFORM.parse().unwrap(), "MK-1").unwrap();
        let history = client.subject(&SubjectUri::from(listing), Class::All, None).await.unwrap();
        assert_eq!(history.entries().len(), 1);
        // It is there, and not for everybody.
        let entry = &history.entries()[0];
        assert_eq!(entry.index, receipt.index());
        assert!(entry.is_withheld && entry.record.is_none());
        case.serving.stop().await;
    });
}

#[test]
fn the_operator_says_whose_verdicts_are_logged() {
    block_on(async {
        let start = async |log_verdicts, verdicts_per_minute| {
            let options =
                ServeOptions { log_verdicts, verdicts_per_minute, ..ServeOptions::default() };
            let signer = Arc::new(key(VERIFIER)) as Arc<dyn Signer>;
            Case::start_with(Arc::new(MemoryStorage::default()), Some(signer), options).await
        };
        let offered = |member: &str, value: &str| {
            question().set("/legal_at", json!(TODAY)).set(member, json!(value)).query
        };
        let of_others = offered("/offer/platform", RIVAL);
        for (log_verdicts, of_platform, of_stranger) in [
            (LogVerdicts::Platforms, "", "offer.platform is no platform in this ledger"),
            (LogVerdicts::Never, "this server logs no verdicts", "this server logs no verdicts"),
        ] {
            let case = start(log_verdicts, 0).await;
            let client = case.client().await;
            for (query, expected) in [(asked(), of_platform), (of_others.clone(), of_stranger)] {
                let outcome = client.check(query.to_string(), false).await.unwrap();
                assert_eq!(outcome.logged.as_ref().err().map_or("", String::as_str), expected);
            }
            case.serving.stop().await;
        }
        let case = start(LogVerdicts::All, 2).await;
        let client = case.client().await;
        for listing in ["MK-1", "MK-2", "MK-3"] {
            let query = offered("/offer/listing_id", listing);
            let outcome = client.check(query.to_string(), false).await.unwrap();
            // The verdict is given all the same.
            let body: Value = serde_json::from_slice(&outcome.verdict).unwrap();
            assert_eq!(body["verdict"], "LISTABLE");
            assert_eq!(outcome.logged.is_ok(), listing != "MK-3");
        }
        case.serving.stop().await;
    });
}

#[test]
fn a_verdict_that_may_not_be_logged_says_why() {
    block_on(async {
        let case = Case::start(true).await;
        let client = case.client().await;
        let check = async |query: Value| client.check(query.to_string(), false).await.unwrap();
        let outcome = check(with(asked(), "dry_run", json!(true))).await;
        assert_eq!(not_logged(&outcome), "dry run");
        let outcome = check(with(asked(), "legal_at", json!("2026-11-24T00:00:00Z"))).await;
        assert_eq!(not_logged(&outcome), "legal_at too far from the seal");
        let other = json!({"gpc": "10009999"});
        let outcome = check(with(asked(), "policy", json!("no-such@1"))).await;
        assert_eq!(not_logged(&outcome), "no rule set applies", "{other}");

        let before = client.checkpoint(None).await.unwrap().size();
        assert!(check(asked()).await.logged.is_ok());
        let outcome = check(with(asked(), "as_of", json!(before))).await;
        assert_eq!(not_logged(&outcome), "past as_of");
        case.serving.stop().await;

        let case = Case::start(false).await;
        let outcome = case.client().await.check(asked().to_string(), false).await.unwrap();
        assert_eq!(not_logged(&outcome), "no verifier key");
        case.serving.stop().await;
    });
}

#[test]
fn history_is_answered_as_it_was() {
    block_on(async {
        let case = Case::start(true).await;
        let client = case.client().await;
        let before = client.check(asked().to_string(), true).await.unwrap();
        let body: Value = serde_json::from_slice(&before.verdict).unwrap();
        let size = body["as_of"]["tree_size"].clone();
        case.clock.advance_ms(60_000);
        case.serving.ledger.seal().unwrap();
        let query = with(asked(), "as_of", size);
        let after = client.check(query.to_string(), true).await.unwrap();
        assert_eq!(after.verdict, before.verdict);
        assert_eq!(after.dossier.unwrap(), before.dossier.unwrap());
        // A size at which nothing was published is refused, and the next lower one named.
        let query = with(asked(), "as_of", json!(5));
        let error = client.check(query.to_string(), false).await.unwrap_err();
        assert!(error.to_string().contains("NOT_PUBLISHED"), "{error}");
        case.serving.stop().await;
    });
}

#[test]
fn one_bad_query_does_not_end_a_stream() {
    block_on(async {
        let case = Case::start(true).await;
        let client = case.client().await;
        let good = with(asked(), "dry_run", json!(true));
        let mut queries: Vec<Value> = (0..40)
            .map(|number| with(good.clone(), "request_id", json!(format!("r-{number}"))))
            .collect();
        queries[7] = json!({"product": {"gtin": "9521000200013"}});
        queries[9]["product"]["gtin"] = json!("9521000200013");
        let queries = queries.into_iter().map(|query| query.to_string().into());
        let answers = client.check_stream(stream::iter(queries.collect::<Vec<_>>()), false);
        let answers: Vec<_> = answers.await.unwrap().map(Result::unwrap).collect().await;
        assert_eq!(answers.len(), 40);
        for (position, answer) in (0..).zip(&answers) {
            assert_eq!(answer.position, position);
            match (position, &answer.outcome) {
                (7, Err(refused)) => assert_eq!(refused.reason, "REQUEST_MALFORMED"),
                (9, Err(refused)) => {
                    assert_eq!(refused.reason, "IDENTIFIER_INVALID");
                    assert_eq!(refused.findings[0].member, "product.gtin");
                }
                (_, Ok(outcome)) => assert_eq!(outcome.request_id, format!("r-{position}")),
                (_, Err(refused)) => panic!("{refused}"),
            }
        }
        case.serving.stop().await;
    });
}

/// A case in which `count` records on the product come in between, each when a verdict was reached
/// and not yet logged; and what then became of the verdict.
async fn checked_with_records_between(count: usize) -> (Case, CheckOutcome) {
    let ledger = Arc::new(OnceLock::<Arc<Ledger>>::new());
    let between = Arc::new(Mutex::new(Vec::<Envelope>::new()));
    let (to, records) = (Arc::clone(&ledger), Arc::clone(&between));
    let device = Device::signer(move || {
        let ledger = to.get().unwrap();
        if let Some(envelope) = records.lock().unwrap().pop() {
            ledger.submit_wait(ledger.door().check(envelope).unwrap()).unwrap();
        }
        Ok(())
    });
    let mut case = Case::start_on(Arc::new(MemoryStorage::default()), Some(device)).await;
    ledger.set(Arc::clone(&case.serving.ledger)).unwrap();
    for number in 0..count {
        let record = doc("2026-11-01").document(&format!("DOC-BETWEEN-{number}"), "2026-11-01");
        let envelope = case.world.envelope(record);
        between.lock().unwrap().push(envelope);
    }
    let client = case.client().await;
    let outcome = client.check(asked().to_string(), false).await.unwrap();
    assert!(between.lock().unwrap().is_empty(), "not every record came in between");
    (case, outcome)
}

#[test]
fn a_verdict_that_grew_stale_before_it_was_logged_is_reached_anew() {
    block_on(async {
        let (case, outcome) = checked_with_records_between(2).await;
        let (_, receipt) = outcome.logged.unwrap();
        let body: Value = serde_json::from_slice(&outcome.verdict).unwrap();
        // It rests on the state with both records, right below its own entry.
        assert_eq!(body["as_of"]["tree_size"], receipt.index().get());
        case.serving.stop().await;
    });
}

#[test]
fn a_verdict_that_is_stale_each_time_is_given_and_not_logged() {
    block_on(async {
        let (case, outcome) = checked_with_records_between(3).await;
        assert!(not_logged(&outcome).starts_with("VERDICT_STALE: "), "{:?}", outcome.logged);
        let body: Value = serde_json::from_slice(&outcome.verdict).unwrap();
        assert_eq!(body["verdict"], "LISTABLE");
        case.serving.stop().await;
    });
}

#[test]
fn what_only_the_operator_may_know_is_in_no_answer() {
    block_on(async {
        let broken = Device::signer(|| Err(SignError::Unavailable { reason: SECRET.to_owned() }));
        let storage = Arc::new(HeldStorage::default());
        let case = Case::start_on(storage.clone(), Some(broken)).await;
        let client = case.client().await;
        let outcome = client.check(asked().to_string(), true).await.unwrap();
        let said = not_logged(&outcome);
        assert!(said.starts_with("INTERNAL: ") && !said.contains(SECRET), "{said}");

        // What a verdict rests on is in memory by now; what a dossier needs is not.
        storage.lose_payloads();
        let error = client.check(asked().to_string(), true).await.unwrap_err();
        let ClientError::Refused(refused) = &error else { panic!("{error:?}") };
        assert_eq!(refused.reason, "INTERNAL");
        assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
        case.serving.stop().await;
    });
}

#[test]
fn another_statement_is_not_taken_for_the_logged_verdict() {
    block_on(async {
        let case = Case::start(true).await;
        let listable = case.asked(json!(["L2610A"]), false).await;
        let denied = case.asked(json!(["L2612Z"]), false).await;
        assert_ne!(listable.verdict, denied.verdict);
        let outcome = async |check: proto::CheckResponse| {
            let lies = Lies { check: Some(check), ..Lies::default() };
            lied_to(&case.world.genesis, lies).await.check(on(json!(["L2610A"])), false).await
        };
        assert!(outcome(listable.clone()).await.unwrap().logged.is_ok());
        let lie = proto::CheckResponse {
            statement: denied.statement,
            receipt: denied.receipt,
            ..listable.clone()
        };
        let error = outcome(lie).await.unwrap_err();
        assert!(matches!(error, ClientError::OtherVerdict), "{error:?}");
        let lie = proto::CheckResponse { receipt: None, ..listable };
        outcome(lie).await.unwrap_err();
        case.serving.stop().await;
    });
}

#[test]
fn a_verdict_on_something_else_is_not_taken_for_an_answer() {
    block_on(async {
        let case = Case::start(false).await;
        let asked = on(json!(["L2612Z"]));
        let denied = case.asked(json!(["L2612Z"]), true).await;
        let listable = case.asked(json!(["L2610A"]), true).await;
        let since = case.client().await.checkpoint(None).await.unwrap();
        let outcome = async |check: proto::CheckResponse, seen: Option<String>| {
            let lies = Lies { check: Some(check), ..Lies::default() };
            let client = lied_to_since(&case.world.genesis, lies, seen).await;
            client.check(asked.clone(), true).await
        };
        assert!(outcome(denied.clone(), None).await.is_ok());
        // True, proved, and of another batch.
        let error = outcome(listable.clone(), None).await.unwrap_err();
        assert!(matches!(error, ClientError::OtherQuery), "{error:?}");
        let lie = proto::CheckResponse { dossier: listable.dossier.clone(), ..denied.clone() };
        let error = outcome(lie, None).await.unwrap_err();
        assert!(matches!(error, ClientError::OtherDossier), "{error:?}");
        let lie = proto::CheckResponse { verdict: b"{}".to_vec().into(), ..denied.clone() };
        let error = outcome(lie, None).await.unwrap_err();
        assert!(matches!(error, ClientError::OtherQuery), "{error:?}");

        // On what was asked, as it was before the log grew.
        let seen = Some(since.note().to_string());
        assert!(outcome(denied.clone(), seen).await.is_ok());
        case.clock.advance_ms(1000);
        case.serving.ledger.seal().unwrap();
        let later = case.client().await.checkpoint(None).await.unwrap();
        let error = outcome(denied.clone(), Some(later.note().to_string())).await.unwrap_err();
        assert!(matches!(error, ClientError::StaleVerdict { .. }), "{error:?}");
        case.serving.stop().await;
    });
}

#[test]
fn every_query_of_a_stream_has_the_answer_that_is_its_own() {
    block_on(async {
        let case = Case::start(false).await;
        let queries = [json!(["L2610A"]), json!(["L2612Z"])];
        let mut answers = Vec::new();
        for lots in queries.clone() {
            answers.push(case.asked(lots, false).await);
        }
        let [one, other] = [answers[0].clone(), answers[1].clone()];
        let streamed = async |checks: Vec<(u64, proto::CheckResponse)>| {
            let lies = Lies { checks, ..Lies::default() };
            let client = lied_to(&case.world.genesis, lies).await;
            let queries: Vec<_> = queries.iter().cloned().map(on).collect();
            let answers = client.check_stream(stream::iter(queries), false).await.unwrap();
            answers.collect::<Vec<_>>().await
        };
        let honest = streamed(vec![(0, one.clone()), (1, other.clone())]).await;
        assert_eq!(honest.iter().filter(|answer| answer.is_ok()).count(), 2, "{honest:?}");
        for (lie, what) in [
            (vec![(0, one.clone())], "no answer to every query"),
            (vec![(0, other.clone()), (1, one.clone())], "is not on the query that was asked"),
            (vec![(1, other.clone()), (0, one.clone())], "item 1 of the stream, expected item 0"),
            (vec![(0, one.clone()), (0, one.clone())], "item 0 of the stream, expected item 1"),
            (vec![(0, one.clone()), (1, other.clone()), (2, one.clone())], "no query to answer"),
        ] {
            let mut answers = streamed(lie).await;
            let error = answers.pop().unwrap().unwrap_err();
            assert!(error.to_string().contains(what), "{error} has no {what:?}");
            assert!(answers.iter().all(Result::is_ok), "an error is the last");
        }
        case.serving.stop().await;
    });
}
