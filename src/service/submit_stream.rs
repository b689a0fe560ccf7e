//! Recording many envelopes, in their order.
//!
//! Three steps, one behind the other: items are taken as they come and checked on many threads; what
//! is checked is handed to the ledger in the order of the items; answers are given in that order.
//! Each step waits for the next one, so that a client that sends without reading is not read from.

use std::sync::Arc;

use futures_util::stream::{BoxStream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status, Streaming};

use crate::envelope::{Envelope, StatementDigest};
use crate::ledger::Submission;
use crate::peers::Share;
use crate::proto;
use crate::proto::ReceiptState;
use crate::proto::submit_result::Result as Answer;
use crate::service::api::Api;
use crate::service::call::{deadline, peer};
use crate::service::failure::Failure;
use crate::service::gate::{Room, finish};
use crate::service::items::Items;
use crate::service::submit::{Outcome, check, envelope_of, receipt_to, reply};

/// Items of one stream that were taken and whose answers were not.
const UNANSWERED_MAX: usize = 1024;

/// What all of them may have, in KiB. An answer has no more than about twice what its item has: an
/// entry lists keys, and a statement takes half as much at least to name what feeds them. It is more
/// than any chunk of items, so that every chunk gets a place once those before it are answered.
const UNANSWERED_KIB_MAX: usize = 8 * 1024;

/// Chunks of one stream that are checked while others before them are.
const CHUNKS_AHEAD_MAX: usize = 4;

/// What the client is told, in order.
enum Told {
    /// The outcome of an item, when it is known, and the place that it takes.
    Item(u64, oneshot::Receiver<Outcome>, OwnedSemaphorePermit),
    /// How the stream ends; the last.
    End(Status),
}

/// A part of an item on its way, and who waits for the outcome.
type Pending<T> = (Result<T, Failure>, oneshot::Sender<Outcome>);

/// Items that are checked at once, and the room that they take until all of them are answered.
struct Chunk<T> {
    items: Vec<Pending<T>>,
    room: Room,
}

/// What is left of an item when it is checked.
type Checked = (StatementDigest, Submission);

/// A chunk that is being checked.
type Check = JoinHandle<Result<Chunk<Checked>, Failure>>;

impl Api {
    pub(super) fn start_submit_stream(
        &self,
        request: Request<Streaming<proto::SubmitItem>>,
    ) -> Result<BoxStream<'static, Result<proto::SubmitResult, Status>>, Failure> {
        let share = Arc::new(self.gate.stream(peer(&request))?);
        let deadline = deadline(&request);
        let items = Items::new(request.into_inner(), self.stopping.clone(), deadline);
        let (told, answers) = mpsc::channel(UNANSWERED_MAX);
        let (checks, checked) = mpsc::channel(CHUNKS_AHEAD_MAX);
        // What was sent may wait for room when its client is gone: the stream counts until it is
        // dealt with, so that nobody begins many streams and breaks them off.
        tokio::spawn(with(Arc::clone(&share), self.clone().check_items(items, told, checks)));
        tokio::spawn(with(Arc::clone(&share), self.clone().hand_over(checked)));
        let api = self.clone();
        let answers = ReceiverStream::new(answers).then(move |told| {
            // The stream counts until its last answer is taken.
            let _share = &share;
            api.clone().tell(told)
        });
        Ok(answers.boxed())
    }

    /// Takes items until they end, and has them checked.
    async fn check_items(
        self,
        mut items: Items<proto::SubmitItem>,
        told: mpsc::Sender<Told>,
        checks: mpsc::Sender<Check>,
    ) {
        let unanswered = Arc::new(Semaphore::new(UNANSWERED_KIB_MAX));
        loop {
            let chunk = match items.next_chunk().await {
                Ok(chunk) if chunk.is_empty() => return,
                Ok(chunk) => chunk,
                Err(status) => {
                    // What was taken is answered before; if nobody reads, nobody needs to know.
                    drop(told.send(Told::End(status)).await);
                    return;
                }
            };
            let mut items = Vec::with_capacity(chunk.len());
            for item in chunk {
                let (waiting, outcome) = oneshot::channel();
                let envelope = envelope_of(item.envelope);
                // The place of the answer comes first: who does not read the answers gets no room.
                let kib = u32::try_from(payload_len(&envelope) / 1024 + 1).unwrap_or(u32::MAX);
                let Ok(place) = Arc::clone(&unanswered).acquire_many_owned(kib).await else {
                    return;
                };
                if told.send(Told::Item(item.id, outcome, place)).await.is_err() {
                    return;
                }
                items.push((envelope, waiting));
            }
            // In one go: streams that each wait for more with a part in hand would wait for ever.
            let bytes = items.iter().map(|(envelope, _)| payload_len(envelope));
            let Ok(room) = self.gate.room(bytes).await else { return };
            if checks.send(self.start_check(Chunk { items, room })).await.is_err() {
                return;
            }
        }
    }

    fn start_check(&self, chunk: Chunk<Envelope>) -> Check {
        let door = self.ledger.door();
        self.gate.start(move || {
            let Chunk { items, room } = chunk;
            let items = items.into_iter().map(|(envelope, waiting)| {
                let checked = envelope.and_then(|envelope| {
                    let (statement, submission) = check(&door, envelope);
                    Ok((statement, submission?))
                });
                (checked, waiting)
            });
            Chunk { items: items.collect(), room }
        })
    }

    /// Hands what is checked to the ledger, in the order of the items.
    async fn hand_over(self, mut checks: mpsc::Receiver<Check>) {
        let mut under_way = UnderWay::new();
        while let Some(check) = checks.recv().await {
            let Chunk { items, room } = match finish(check).await {
                Ok(chunk) => chunk,
                // Those who wait learn from the dropped items that there is no outcome.
                Err(failure) => {
                    tracing::error!(?failure, "a check of submissions failed");
                    continue;
                }
            };
            let room = Arc::new(room);
            let mut submissions = Vec::with_capacity(items.len());
            for (mut checked, waiting) in items {
                if checked.as_ref().is_ok_and(|(_, submission)| submission.is_deferred()) {
                    // Its key may be registered by an item before it, which is on its way.
                    self.ledger.submit_many(std::mem::take(&mut submissions));
                    checked = self.check_again(checked, &mut under_way).await;
                }
                match checked {
                    Ok((statement, submission)) => {
                        let (room, token) = (Arc::clone(&room), under_way.token());
                        let reply = reply(statement, waiting, (room, token));
                        submissions.push((submission, reply));
                    }
                    Err(failure) => drop(waiting.send(Err(failure))),
                }
            }
            self.ledger.submit_many(submissions);
        }
    }

    /// Checks an item whose key was not known: at once, and if it still isn't, when all items before
    /// it are answered. What is unknown then is left to the ledger.
    async fn check_again(
        &self,
        checked: Result<Checked, Failure>,
        under_way: &mut UnderWay,
    ) -> Result<Checked, Failure> {
        let (statement, submission) = self.check_now(checked?).await?;
        if !submission.is_deferred() {
            return Ok((statement, submission));
        }
        under_way.settle().await;
        self.check_now((statement, submission)).await
    }

    async fn check_now(&self, (statement, submission): Checked) -> Result<Checked, Failure> {
        let door = self.ledger.door();
        let submission = self.gate.work(move || door.check_again(submission)).await?;
        let refused = |refusal| Failure::refused(statement, &refusal);
        Ok((statement, submission.map_err(refused)?))
    }

    async fn tell(self, told: Told) -> Result<proto::SubmitResult, Status> {
        let (id, outcome, _place) = match told {
            Told::Item(id, outcome, place) => (id, outcome, place),
            Told::End(status) => return Err(status),
        };
        let answer = match outcome.await.unwrap_or_else(|_gone| Err(Failure::unconfirmed())) {
            Ok(receipt) => Answer::Receipt(receipt_to(receipt, ReceiptState::Signed)),
            Err(failure) => Answer::Refusal(self.signed(failure).await.into()),
        };
        Ok(proto::SubmitResult { id, result: Some(answer) })
    }
}

/// Items of one stream that the ledger has and has not answered.
struct UnderWay {
    token: mpsc::Sender<()>,
    answered: mpsc::Receiver<()>,
}

impl UnderWay {
    fn new() -> Self {
        let (token, answered) = mpsc::channel(1);
        Self { token, answered }
    }

    /// To be dropped when the item is answered.
    fn token(&self) -> mpsc::Sender<()> {
        self.token.clone()
    }

    /// Waits until all of them are answered.
    async fn settle(&mut self) {
        let Self { token, mut answered } = std::mem::replace(self, Self::new());
        drop(token);
        // Nothing is ever sent: it ends when the last token is dropped.
        answered.recv().await;
    }
}

/// Does a part of a stream, which counts until it is done.
async fn with(share: Arc<Share>, part: impl Future<Output = ()>) {
    part.await;
    drop(share);
}

fn payload_len(envelope: &Result<Envelope, Failure>) -> usize {
    envelope.as_ref().map_or(0, |envelope| envelope.payload().len())
}
