//! Judging queries, and logging the verdicts.

use std::net::IpAddr;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use prost::Message as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tonic::{Request, Status, Streaming};

use crate::causes::chain;
use crate::dossier::BuildError;
use crate::envelope::Envelope;
use crate::ledger::{Checked, Ledger, NotLogged, Verifier};
use crate::merkle::TreeSize;
use crate::peers::Share;
use crate::policy::{PolicySet, Query};
use crate::proto;
use crate::proto::ReceiptState;
use crate::proto::check_result::Result as Answer;
use crate::reason::Reason;
use crate::service::api::Api;
use crate::service::call::{deadline, peer};
use crate::service::convert::envelope_to;
use crate::service::failure::Failure;
use crate::service::gate::{Gate, Made, finish};
use crate::service::items::Items;
use crate::service::logging::Logging;
use crate::service::submit::receipt_to;

/// The largest query, in bytes.
pub(super) const QUERY_BYTES_MAX: usize = 1024 * 1024;

/// Queries of one stream that are judged, or whose answers wait, at a time; an answer can hold a
/// dossier of some megabytes.
const UNANSWERED_MAX: usize = 16;

/// How often a verdict is reached anew because the ledger got new records on the product meanwhile.
const ATTEMPTS_MAX: u32 = 3;

/// What queries are judged by, and who signs the verdicts.
#[derive(Debug)]
pub(super) struct Judge {
    policies: PolicySet,
    verifier: Option<Verifier>,
    logging: Logging,
}

/// A verdict as it is answered, and as it is to be logged.
struct Judged {
    made: Made<proto::CheckResponse>,
    to_log: Option<Envelope>,
}

/// What the client of a stream is told, in order.
enum Told {
    Item(u64, JoinHandle<Result<Made<proto::CheckResponse>, Failure>>),
    End(Status),
}

impl Api {
    pub(super) async fn check(
        &self,
        request: proto::CheckRequest,
        peer: Option<IpAddr>,
    ) -> Result<Made<proto::CheckResponse>, Failure> {
        // Before it waits for its turn: no more than that waits in memory.
        let (found, limit) = (request.query.len(), QUERY_BYTES_MAX);
        if found > limit {
            return Err(Failure::TooLarge { member: "query", found, limit });
        }
        let mut attempt = 1;
        loop {
            let (api, work) = (self.clone(), request.clone());
            // A question counts once, however often its verdict is reached.
            let counted = (attempt == 1).then_some(peer).flatten();
            let judge = move || api.judge.judge(&api.ledger, &work, &api.gate, peer, counted);
            let Judged { mut made, to_log } = self.gate.work(judge).await??;
            let Some(envelope) = to_log else { return Ok(made) };
            match self.log(&envelope).await {
                Ok(receipt) => {
                    made.answer.statement = Some(envelope_to(&envelope));
                    made.answer.receipt = Some(receipt);
                    return Ok(made);
                }
                Err(Failure::Refused { reason: Reason::VerdictStale, .. })
                    if attempt < ATTEMPTS_MAX =>
                {
                    attempt += 1;
                }
                // The verdict stands all the same, and nobody will take it for a logged one.
                Err(failure) => {
                    made.answer.not_logged = told(failure);
                    return Ok(made);
                }
            }
        }
    }

    async fn log(&self, envelope: &Envelope) -> Result<proto::Receipt, Failure> {
        let room = self.gate.room_now(envelope.payload().len())?;
        let receipt = self.record(envelope.clone(), room).await?;
        Ok(receipt_to(receipt, ReceiptState::Signed))
    }

    pub(super) fn start_check_stream(
        &self,
        request: Request<Streaming<proto::CheckItem>>,
    ) -> Result<BoxStream<'static, Result<proto::CheckResult, Status>>, Failure> {
        let peer = peer(&request);
        let share = Arc::new(self.gate.stream(peer)?);
        let deadline = deadline(&request);
        let items = Items::new(request.into_inner(), self.stopping.clone(), deadline);
        let (told, answers) = mpsc::channel(UNANSWERED_MAX);
        tokio::spawn(self.clone().check_queries(items, told, Arc::clone(&share), peer));
        let untold = Untold { answers, room: None, _share: share };
        Ok(stream::unfold(untold, Untold::next).boxed())
    }

    async fn check_queries(
        self,
        mut items: Items<proto::CheckItem>,
        told: mpsc::Sender<Told>,
        share: Arc<Share>,
        peer: Option<IpAddr>,
    ) {
        loop {
            // The place of the answer comes first: who does not read the answers gets no work done.
            let Ok(place) = told.reserve().await else { return };
            match items.next().await {
                Ok(Some(item)) => {
                    let api = self.clone();
                    let missing =
                        Failure::Malformed { member: "request", message: "missing".to_owned() };
                    let share = Arc::clone(&share);
                    let answer = async move {
                        // And it counts until its last query is judged: a client that opens a stream,
                        // sends, breaks off and begins anew gets no more work done than others.
                        let _share = share;
                        api.check(item.request.ok_or(missing)?, peer).await
                    };
                    place.send(Told::Item(item.id, tokio::spawn(answer)));
                }
                Ok(None) => return,
                Err(status) => return place.send(Told::End(status)),
            }
        }
    }
}

impl Judge {
    pub(super) const fn new(
        policies: PolicySet,
        verifier: Option<Verifier>,
        logging: Logging,
    ) -> Self {
        Self { policies, verifier, logging }
    }

    /// The rule sets.
    pub(super) const fn policies(&self) -> &PolicySet {
        &self.policies
    }

    fn judge(
        &self,
        ledger: &Ledger,
        request: &proto::CheckRequest,
        gate: &Gate,
        peer: Option<IpAddr>,
        counted: Option<IpAddr>,
    ) -> Result<Judged, Failure> {
        let query = Query::parse(&request.query).map_err(Failure::Query)?;
        let checked = if request.witnessed {
            ledger.view_witnessed(query.as_of)?.check(&query, &self.policies)?
        } else {
            ledger.check(&query, &self.policies)?
        };
        let newest = ledger.view(None)?.size();
        let (to_log, not_logged) = match self.to_log(&checked, &query, newest, counted) {
            Ok(envelope) => (Some(envelope), String::new()),
            Err(reason) => (None, reason),
        };
        let (dossier, no_dossier) =
            match request.with_dossier.then(|| checked.dossier(&self.policies)) {
                Some(Ok(dossier)) => (dossier, String::new()),
                // A store that does not give its records does not bear the verdict either.
                Some(Err(BuildError::Source { cause, .. })) => return Err(cause.into()),
                Some(Err(error)) => (Vec::new(), chain(&error)),
                None => (Vec::new(), String::new()),
            };
        let notes = checked.notes.iter().map(|note| format!("{}: {}", note.member, note.text));
        let answer = proto::CheckResponse {
            verdict: checked.verdict.bytes().to_vec().into(),
            notes: notes.collect(),
            dossier: dossier.into(),
            statement: None,
            receipt: None,
            not_logged,
            request_id: query.request_id.unwrap_or_default(),
            no_dossier,
        };
        // Its statement comes back beside it, if it is logged.
        let statement = to_log.as_ref().map_or(0, |envelope| envelope.payload().len());
        let bytes = answer.encoded_len().saturating_add(statement);
        Ok(Judged { made: gate.answer(peer, answer, bytes)?, to_log })
    }

    fn to_log(
        &self,
        checked: &Checked,
        asked: &Query,
        newest: TreeSize,
        counted: Option<IpAddr>,
    ) -> Result<Envelope, String> {
        if let Some(reason) = checked.not_logged(asked, newest, &self.policies) {
            return Err(reason.to_string());
        }
        let Some(verifier) = &self.verifier else { return Err("no verifier key".to_owned()) };
        if let Some(reason) = self.logging.refusal(checked) {
            return Err(reason.to_owned());
        }
        self.logging.count(counted, Instant::now())?;
        match verifier.sign(checked) {
            Ok(Some(envelope)) => Ok(envelope),
            Ok(None) => Err(NotLogged::NoRuleSet.to_string()),
            // What the signer says of itself is for the operator.
            Err(error) => Err(told(Failure::Internal { detail: chain(&error) })),
        }
    }
}

/// A failure in a line: its code, and what the peer is told of it.
fn told(failure: Failure) -> String {
    let proto::Refusal { reason, message, .. } = failure.into();
    format!("{reason}: {message}")
}

/// The answers of a stream that its client has not taken, in order.
struct Untold {
    answers: mpsc::Receiver<Told>,
    /// The room of the answer that was given last.
    room: Option<Share>,
    /// The stream counts until its last answer is taken.
    _share: Arc<Share>,
}

impl Untold {
    /// The next answer. Who asks for it has taken the one before, whose room is free now.
    async fn next(mut self) -> Option<(Result<proto::CheckResult, Status>, Self)> {
        self.room = None;
        let (id, answer) = match self.answers.recv().await? {
            Told::Item(id, answer) => (id, answer),
            Told::End(status) => return Some((Err(status), self)),
        };
        let result = match finish(answer).await {
            Ok(Made { answer, room }) => {
                self.room = room;
                Answer::Response(answer)
            }
            Err(failure) => Answer::Refusal(failure.into()),
        };
        Some((Ok(proto::CheckResult { id, result: Some(result) }), self))
    }
}
