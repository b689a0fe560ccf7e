//! Submitting many over one stream: a window of envelopes is under way at a time, and if the
//! connection breaks, those without an answer are sent again.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::client::connect::{Client, may_retry, retry_wait};
use crate::client::error::{ClientError, Refused};
use crate::client::receipt::VerifiedReceipt;
use crate::envelope::Envelope;
use crate::merkle::TreeSize;
use crate::proto;
use crate::proto::submit_result::Result as Outcome;
use crate::service::convert::envelope_to;

/// Envelopes under way at a time: enough to keep the server's verifiers busy while one group
/// commits.
const WINDOW: usize = 1024;

/// Answers that wait to be taken by the caller.
const ANSWERS_WAITING_MAX: usize = 256;

/// What became of one envelope of a stream.
#[derive(Debug)]
pub struct SubmitAnswer {
    /// Place of the envelope in the stream, from 0.
    pub position: u64,
    /// The receipt, or why there is none.
    pub outcome: Result<VerifiedReceipt, Refused>,
}

/// The answers of a stream, in the order of the envelopes. An error is the last item: the log did
/// not show what it must, or the server could not be reached any more.
#[derive(Debug)]
#[must_use = "the stream goes on only while its answers are taken"]
pub struct SubmitAnswers {
    answers: mpsc::Receiver<Result<SubmitAnswer, ClientError>>,
}

impl Stream for SubmitAnswers {
    type Item = Result<SubmitAnswer, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.answers.poll_recv(cx)
    }
}

impl Client {
    /// Has envelopes recorded in their order, and checks every receipt.
    pub fn submit_stream<S>(&self, envelopes: S) -> SubmitAnswers
    where
        S: Stream<Item = Envelope> + Send + 'static,
    {
        let (sender, answers) = mpsc::channel(ANSWERS_WAITING_MAX);
        let pipeline = Pipeline {
            client: self.clone(),
            envelopes: Box::pin(envelopes.fuse()),
            window: VecDeque::with_capacity(WINDOW),
            next: 0,
            is_ended: false,
            answers: sender,
        };
        tokio::spawn(pipeline.run());
        SubmitAnswers { answers }
    }
}

struct Pipeline {
    client: Client,
    envelopes: Pin<Box<dyn Stream<Item = Envelope> + Send>>,
    /// Sent or to be sent, without an answer; at most [`WINDOW`].
    window: VecDeque<(u64, Envelope)>,
    /// Position of the next envelope to be taken.
    next: u64,
    is_ended: bool,
    answers: mpsc::Sender<Result<SubmitAnswer, ClientError>>,
}

/// How one connection ended.
enum End {
    /// Everything is answered, or nobody waits for answers.
    Done,
    /// The connection broke; some of the window may be recorded.
    Broken(Refused),
}

impl Pipeline {
    async fn run(mut self) {
        let mut attempt = 1;
        loop {
            let before = self.window.front().map_or(self.next, |(position, _)| *position);
            let error = match self.one_connection().await {
                Ok(End::Done) => return,
                Ok(End::Broken(refused)) => {
                    let after = self.window.front().map_or(self.next, |(position, _)| *position);
                    // What was answered in between shows that the server is alive.
                    attempt = if after > before { 1 } else { attempt + 1 };
                    if refused.is_transient() && may_retry(attempt) {
                        tokio::time::sleep(retry_wait(attempt, refused.retry_after)).await;
                        continue;
                    }
                    Box::new(refused).into()
                }
                Err(error) => error,
            };
            // If nobody waits any more, nobody needs the error.
            drop(self.answers.send(Err(error)).await);
            return;
        }
    }

    async fn one_connection(&mut self) -> Result<End, ClientError> {
        let since = self.client.since();
        // Room for the whole window: sending never waits, so answers are always taken.
        let (sender, items) = mpsc::channel(WINDOW);
        for (position, envelope) in &self.window {
            send(&sender, *position, envelope);
        }
        let mut sender = Some(sender);
        let mut api = self.client.api.clone();
        let mut results = match api.submit_stream(ReceiverStream::new(items)).await {
            Ok(results) => results.into_inner(),
            Err(status) => return Ok(End::Broken(status.into())),
        };
        loop {
            if self.is_ended {
                sender = None;
                if self.window.is_empty() {
                    return Ok(End::Done);
                }
            }
            tokio::select! {
                biased;
                result = next_result(&mut results) => match result {
                    Ok(result) => {
                        let answer = self.answer(result, since).await?;
                        if self.answers.send(Ok(answer)).await.is_err() {
                            return Ok(End::Done);
                        }
                    }
                    Err(refused) => return Ok(End::Broken(refused)),
                },
                envelope = self.envelopes.next(),
                    if !self.is_ended && self.window.len() < WINDOW => match envelope {
                    Some(envelope) => {
                        if let Some(sender) = &sender {
                            send(sender, self.next, &envelope);
                        }
                        self.window.push_back((self.next, envelope));
                        self.next += 1;
                    }
                    None => self.is_ended = true,
                },
            }
        }
    }

    async fn answer(
        &mut self,
        result: proto::SubmitResult,
        since: TreeSize,
    ) -> Result<SubmitAnswer, ClientError> {
        let (position, envelope) =
            self.window.pop_front().ok_or(ClientError::Incomplete { what: "item to answer" })?;
        if result.id != position {
            return Err(ClientError::Order { expected: position, found: result.id });
        }
        let outcome = match result.result {
            Some(Outcome::Receipt(receipt)) => {
                Ok(self.client.accept_receipt(&receipt, &envelope, since).await?)
            }
            Some(Outcome::Refusal(refusal)) => {
                let statement = envelope.statement_digest();
                Err(self.client.accept_refusal(refusal.into(), statement).await?)
            }
            None => return Err(ClientError::Incomplete { what: "result for an item" }),
        };
        Ok(SubmitAnswer { position, outcome })
    }
}

fn send(sender: &mpsc::Sender<proto::SubmitItem>, position: u64, envelope: &Envelope) {
    let item = proto::SubmitItem { id: position, envelope: Some(envelope_to(envelope)) };
    // Closed only if the connection broke, which the results tell.
    drop(sender.try_send(item));
}

async fn next_result(
    results: &mut Streaming<proto::SubmitResult>,
) -> Result<proto::SubmitResult, Refused> {
    match results.message().await {
        Ok(Some(result)) => Ok(result),
        // The server ended while items were without an answer.
        Ok(None) => Err(tonic::Status::unavailable("the stream ended early").into()),
        Err(status) => Err(status.into()),
    }
}
