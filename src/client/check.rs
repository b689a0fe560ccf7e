//! Asking for verdicts.

use std::collections::VecDeque;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::stream::{self, Stream, StreamExt as _};
use prost::Message as _;
use prost::bytes::Bytes;
use tonic::Streaming;

use crate::attestation::{Predicate, Statement};
use crate::client::connect::Client;
use crate::client::error::{ClientError, Refused};
use crate::client::receipt::VerifiedReceipt;
use crate::envelope::Envelope;
use crate::merkle::TreeSize;
use crate::policy::query::Defaults;
use crate::policy::{Query, Verdict};
use crate::proto;
use crate::proto::check_result::Result as Outcome;
use crate::service::convert::envelope_from;

/// What the server answers to a query. The verdict is on that query and no other, and the dossier, if
/// there is one, is that of the verdict; it is the server's word until the dossier is verified. If it
/// was logged, it has been checked that the receipt holds and that it is this verdict
/// which stands there.
#[derive(Clone, Debug)]
pub struct CheckOutcome {
    /// The verdict's body: canonical JSON.
    pub verdict: Bytes,
    /// What was changed to normalise the query.
    pub notes: Vec<String>,
    /// The dossier, a file to be kept as it is; or why there is none, empty if it was not asked for.
    pub dossier: Result<Bytes, String>,
    /// The logged verdict and its receipt, or why there is none.
    pub logged: Result<(Envelope, VerifiedReceipt), String>,
    /// As in the query.
    pub request_id: String,
}

/// What became of one query of a stream.
#[derive(Debug)]
pub struct CheckAnswer {
    /// Place of the query in the stream, from 0.
    pub position: u64,
    /// The answer, or why there is none.
    pub outcome: Result<CheckOutcome, Refused>,
}

impl Client {
    /// Has a query judged; `query` is JSON.
    pub async fn check(
        &self,
        query: impl Into<Bytes>,
        with_dossier: bool,
    ) -> Result<CheckOutcome, ClientError> {
        let witnessed = self.witnesses.is_some();
        let message = proto::CheckRequest { query: query.into(), with_dossier, witnessed };
        let since = Since { verdict: self.since_verdict(), receipt: self.since() };
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message.clone(), timeout);
                async move { api.check(request).await }
            })
            .await?;
        self.outcome(&message.query, answer, since).await
    }

    /// Has many queries judged. Answers come in the order of the queries; an error is the last.
    pub async fn check_stream<S>(
        &self,
        queries: S,
        with_dossier: bool,
    ) -> Result<impl Stream<Item = Result<CheckAnswer, ClientError>> + use<S>, ClientError>
    where
        S: Stream<Item = Bytes> + Send + 'static,
    {
        let asked = Arc::new(Mutex::new(Asked::default()));
        let asking = Arc::clone(&asked);
        let witnessed = self.witnesses.is_some();
        let items = queries.map(Some).chain(stream::iter([None])).filter_map(move |query| {
            let position = lock(&asking).ask(query.clone());
            ready(position.zip(query).map(|(id, query)| proto::CheckItem {
                id,
                request: Some(proto::CheckRequest { query, with_dossier, witnessed }),
            }))
        });
        let since = self.since_verdict();
        let results = self.api.clone().check_stream(items).await?.into_inner();
        let answers = Answers { client: self.clone(), since, results, asked, is_over: false };
        Ok(stream::unfold(answers, |mut answers| async move {
            let answer = answers.next().await?;
            Some((answer, answers))
        }))
    }

    /// Checks all of an answer that can be checked without looking at evidence: that it is on this
    /// query, and of one piece.
    async fn outcome(
        &self,
        query: &[u8],
        answer: proto::CheckResponse,
        since: Since,
    ) -> Result<CheckOutcome, ClientError> {
        expect_on(query, &answer.verdict, since.verdict)?;
        if !answer.dossier.is_empty() && !is_dossier_of(&answer.dossier, &answer.verdict) {
            return Err(ClientError::OtherDossier);
        }
        if self.witnesses.is_some() {
            self.expect_witnessed(&answer).await?;
        }
        let logged = match (answer.statement, answer.receipt) {
            (Some(statement), Some(receipt)) => {
                let envelope = envelope_from(statement)
                    .map_err(|_cause| ClientError::Incomplete { what: "sound envelope" })?;
                let receipt = self.accept_receipt(&receipt, &envelope, since.receipt).await?;
                if !is_of_verdict(&envelope, &answer.verdict) {
                    return Err(ClientError::OtherVerdict);
                }
                Ok((envelope, receipt))
            }
            (None, None) => Err(answer.not_logged),
            _ => return Err(ClientError::Incomplete { what: "statement with a receipt" }),
        };
        Ok(CheckOutcome {
            verdict: answer.verdict,
            notes: answer.notes,
            dossier: if answer.dossier.is_empty() {
                Err(answer.no_dossier)
            } else {
                Ok(answer.dossier)
            },
            logged,
            request_id: answer.request_id,
        })
    }
}

impl Client {
    /// How large the log is known to be that the next verdict rests on at least.
    fn since_verdict(&self) -> TreeSize {
        if self.witnesses.is_some() { self.since_witnessed() } else { self.since() }
    }

    /// Checks that the user's witnesses have cosigned the checkpoint that a verdict rests on: that of
    /// the dossier, or, where there is none, the one that the server gives for its size.
    async fn expect_witnessed(&self, answer: &proto::CheckResponse) -> Result<(), ClientError> {
        let verdict =
            Verdict::parse(&answer.verdict).map_err(|_cause| ClientError::OtherVerdict)?;
        let size = verdict.body().as_of.tree_size;
        let checkpoint = if answer.dossier.is_empty() {
            self.witnessed_checkpoint(Some(size)).await?
        } else {
            let dossier = proto::Dossier::decode(answer.dossier.clone());
            let note = dossier.map_err(|_cause| ClientError::OtherDossier)?.checkpoint;
            self.accept_witnessed_at(&note, Some(size), TreeSize::EMPTY).await?
        };
        drop(checkpoint);
        Ok(())
    }
}

/// How large the log was known to be when a query was sent: the verdict rests on no less, and its
/// receipt is under no less.
#[derive(Clone, Copy, Debug)]
struct Since {
    verdict: TreeSize,
    receipt: TreeSize,
}

/// The queries of a stream that were sent and not answered yet.
#[derive(Debug, Default)]
struct Asked {
    waiting: VecDeque<Bytes>,
    /// Position of the first of them.
    first: u64,
    is_ended: bool,
}

/// The answers of a stream.
struct Answers {
    client: Client,
    since: TreeSize,
    results: Streaming<proto::CheckResult>,
    asked: Arc<Mutex<Asked>>,
    is_over: bool,
}

impl Asked {
    /// Takes the next query, or the end of them; gives the position of a query.
    fn ask(&mut self, query: Option<Bytes>) -> Option<u64> {
        self.is_ended |= query.is_none();
        let position = self.first + self.waiting.len() as u64;
        self.waiting.push_back(query?);
        Some(position)
    }

    /// The query that has this answer: the first that has none.
    fn answered(&mut self, found: u64) -> Result<Bytes, ClientError> {
        let expected = self.first;
        if found != expected {
            return Err(ClientError::Order { expected, found });
        }
        self.first += 1;
        self.waiting.pop_front().ok_or(ClientError::Incomplete { what: "query to answer" })
    }
}

impl Answers {
    async fn next(&mut self) -> Option<Result<CheckAnswer, ClientError>> {
        if self.is_over {
            return None;
        }
        let answer = match self.results.message().await {
            Ok(Some(result)) => self.answer(result).await,
            Ok(None) => {
                let asked = lock(&self.asked);
                if asked.is_ended && asked.waiting.is_empty() {
                    return None;
                }
                Err(ClientError::Incomplete { what: "answer to every query" })
            }
            Err(status) => Err(status.into()),
        };
        self.is_over = answer.is_err();
        Some(answer)
    }

    async fn answer(&self, result: proto::CheckResult) -> Result<CheckAnswer, ClientError> {
        let query = lock(&self.asked).answered(result.id)?;
        // Verdicts are logged as they are reached, and answered in the order of the queries: the next
        // receipt may be the older one.
        let since = Since { verdict: self.since, receipt: TreeSize::EMPTY };
        let outcome = match result.result {
            Some(Outcome::Response(answer)) => {
                Ok(self.client.outcome(&query, answer, since).await?)
            }
            Some(Outcome::Refusal(refusal)) => Err(refusal.into()),
            None => return Err(ClientError::Incomplete { what: "result for a query" }),
        };
        Ok(CheckAnswer { position: result.id, outcome })
    }
}

fn lock(asked: &Mutex<Asked>) -> MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Checks that a verdict is on this query; and unless that names a state of the log, that it rests on
/// none before `since`.
pub(super) fn expect_on(query: &[u8], verdict: &[u8], since: TreeSize) -> Result<(), ClientError> {
    let other = |_cause| ClientError::OtherQuery;
    let query = Query::parse(query).map_err(other)?;
    let verdict = Verdict::parse(verdict).map_err(|_cause| ClientError::OtherQuery)?;
    let as_of = &verdict.body().as_of;
    let defaults = Defaults { seal_time: as_of.seal_time, size: as_of.tree_size };
    let (asked, _notes) = query.normalise(defaults).map_err(other)?;
    if asked != verdict.body().query || asked.as_of != as_of.tree_size {
        return Err(ClientError::OtherQuery);
    }
    let (expected, found) = (since, as_of.tree_size);
    if query.as_of.is_none() && found < expected {
        return Err(ClientError::StaleVerdict { expected, found });
    }
    Ok(())
}

/// Whether the verdict in a dossier has these bytes.
fn is_dossier_of(dossier: &Bytes, verdict: &Bytes) -> bool {
    proto::Dossier::decode(dossier.clone()).is_ok_and(|dossier| dossier.verdict == *verdict)
}

/// Whether the statement in the envelope is that of the verdict with these bytes.
fn is_of_verdict(envelope: &Envelope, verdict: &[u8]) -> bool {
    let Ok(statement) = Statement::parse(envelope.payload()) else { return false };
    let Predicate::ConformityVerdict(logged) = statement.predicate() else { return false };
    logged.body_bytes().is_ok_and(|body| body == verdict)
}
