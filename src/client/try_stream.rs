//! Asking what would become of many envelopes, without having them recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;

use futures_util::stream::{self, Stream, StreamExt as _};
use tonic::Streaming;

use crate::client::connect::Client;
use crate::client::error::{ClientError, Refused};
use crate::envelope::Envelope;
use crate::merkle::{EntryIndex, TreeSize};
use crate::proto;
use crate::proto::try_result::Result as Outcome;
use crate::service::convert::envelope_to;

/// What would become of one envelope of a stream: the server's word, for nothing was recorded.
#[derive(Debug)]
pub struct TryAnswer {
    /// Place of the envelope in the stream, from 0.
    pub position: u64,
    /// What would become of it, or why there is no telling, or why it would be refused.
    pub outcome: Result<Foreseen, Refused>,
    /// How large the log was when it was judged.
    pub size: TreeSize,
}

/// What would become of an envelope that is not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreseen {
    /// It would be recorded.
    Admissible,
    /// It is this entry already; of none if it repeats an earlier one of the stream.
    Duplicate(Option<EntryIndex>),
}

impl Client {
    /// Asks what would become of envelopes, each as if those before it were recorded. Answers come in
    /// the order of the envelopes; an error is the last. If the connection breaks, it is to be asked
    /// anew: what came before is not kept.
    pub async fn try_stream<S>(
        &self,
        envelopes: S,
    ) -> Result<impl Stream<Item = Result<TryAnswer, ClientError>> + use<S>, ClientError>
    where
        S: Stream<Item = Envelope> + Send + 'static,
    {
        let sent = Arc::new(Sent::default());
        let (asking, ending) = (Arc::clone(&sent), Arc::clone(&sent));
        let items = envelopes.map(move |envelope| proto::SubmitItem {
            id: asking.count.fetch_add(1, Ordering::SeqCst),
            envelope: Some(envelope_to(&envelope)),
        });
        let items = items.chain(stream::poll_fn(move |_cx| {
            ending.is_ended.store(true, Ordering::SeqCst);
            Poll::Ready(None)
        }));
        let since = self.since();
        let results = self.api.clone().try_stream(items).await?.into_inner();
        let answers = Answers { since, results, sent, next: 0, is_over: false };
        Ok(stream::unfold(answers, |mut answers| async move {
            let answer = answers.next().await?;
            Some((answer, answers))
        }))
    }
}

/// How many envelopes were taken for sending, and whether there are no more.
#[derive(Debug, Default)]
struct Sent {
    count: AtomicU64,
    is_ended: AtomicBool,
}

/// The answers of a stream.
struct Answers {
    since: TreeSize,
    results: Streaming<proto::TryResult>,
    sent: Arc<Sent>,
    /// Position of the next one.
    next: u64,
    is_over: bool,
}

impl Answers {
    async fn next(&mut self) -> Option<Result<TryAnswer, ClientError>> {
        if self.is_over {
            return None;
        }
        let answer = match self.results.message().await {
            Ok(Some(result)) => self.answer(result),
            Ok(None) if self.is_complete() => return None,
            Ok(None) => Err(ClientError::Incomplete { what: "answer to every item" }),
            Err(status) => Err(status.into()),
        };
        self.is_over = answer.is_err();
        Some(answer)
    }

    fn is_complete(&self) -> bool {
        let Sent { count, is_ended } = self.sent.as_ref();
        is_ended.load(Ordering::SeqCst) && count.load(Ordering::SeqCst) == self.next
    }

    fn answer(&mut self, result: proto::TryResult) -> Result<TryAnswer, ClientError> {
        let (expected, found) = (self.next, result.id);
        if found != expected {
            return Err(ClientError::Order { expected, found });
        }
        self.next += 1;
        let size = TreeSize::new(result.tree_size);
        if size < self.since {
            return Err(ClientError::StaleForecast { expected: self.since, found: size });
        }
        let outcome = match result.result {
            Some(Outcome::Admissible(_)) => Ok(Foreseen::Admissible),
            Some(Outcome::Duplicate(of)) => Ok(Foreseen::Duplicate(of.index.map(EntryIndex::new))),
            Some(Outcome::Refusal(refusal)) => Err(refusal.into()),
            None => return Err(ClientError::Incomplete { what: "result for an item" }),
        };
        Ok(TryAnswer { position: found, outcome, size })
    }
}
