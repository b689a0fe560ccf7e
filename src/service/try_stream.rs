//! Saying what would become of many envelopes, in their order. They take no place in the ledger's
//! queue: they are judged where queries are, one chunk of a stream at a time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Status, Streaming};

use crate::envelope::Envelope;
use crate::ledger::{Forecast, Trial};
use crate::peers::Share;
use crate::proto;
use crate::proto::try_result::Result as Answer;
use crate::service::api::Api;
use crate::service::call::{deadline, peer};
use crate::service::failure::Failure;
use crate::service::items::Items;
use crate::service::submit::envelope_of;

/// Answers of one stream that were not taken: few, for a refusal has some kilobytes.
const UNTAKEN_MAX: usize = 256;

/// How long a trial may take in all. It has a place that others wait for, whether or not its client
/// sends and reads.
const TIME_MAX: Duration = Duration::from_mins(10);

/// How long its client has then to take the answers that wait.
const GRACE: Duration = Duration::from_secs(10);

/// What the client is told, in order.
type Told = Result<proto::TryResult, Status>;

impl Api {
    pub(super) fn start_try_stream(
        &self,
        request: Request<Streaming<proto::SubmitItem>>,
    ) -> Result<BoxStream<'static, Told>, Failure> {
        let peer = peer(&request);
        let share = self.gate.stream(peer)?;
        let place = Arc::new(self.gate.trial(peer)?);
        let trial = self.ledger.trial()?;
        let latest = Instant::now() + TIME_MAX;
        let over = deadline(&request).map_or(latest, |deadline| deadline.min(latest));
        let items = Items::new(request.into_inner(), self.stopping.clone(), Some(over));
        let (told, answers) = mpsc::channel(UNTAKEN_MAX);
        tokio::spawn(self.clone().try_until(over, items, trial, told, place));
        // The stream counts until its last answer is taken.
        Ok(ReceiverStream::new(answers)
            .inspect(move |_told| {
                let _share = &share;
            })
            .boxed())
    }

    /// Gives the place and the memory of a trial back when its time is over, also if nobody reads; but
    /// not before the work that is under way then has ended.
    async fn try_until(
        self,
        over: Instant,
        items: Items<proto::SubmitItem>,
        trial: Trial,
        told: mpsc::Sender<Told>,
        place: Arc<Share>,
    ) {
        let trying = self.try_items(items, trial, told, place);
        if tokio::time::timeout_at(over + GRACE, trying).await.is_err() {
            tracing::debug!("the answers of a trial were not read in its time");
        }
    }

    async fn try_items(
        self,
        mut items: Items<proto::SubmitItem>,
        mut trial: Trial,
        told: mpsc::Sender<Told>,
        place: Arc<Share>,
    ) {
        loop {
            let chunk = match items.next_chunk().await {
                Ok(chunk) if chunk.is_empty() => return,
                Ok(chunk) => chunk,
                Err(status) => {
                    // If nobody reads, nobody needs to know.
                    drop(told.send(Err(status)).await);
                    return;
                }
            };
            let place = Arc::clone(&place);
            let work = move || {
                let _place = place;
                let answers: Vec<Told> =
                    chunk.into_iter().map(|item| try_item(&mut trial, item)).collect();
                (trial, answers)
            };
            let answers = match self.gate.work(work).await {
                Ok((back, answers)) => {
                    trial = back;
                    answers
                }
                Err(failure) => {
                    drop(told.send(Err(failure.into())).await);
                    return;
                }
            };
            for answer in answers {
                let is_last = answer.is_err();
                if told.send(answer).await.is_err() || is_last {
                    return;
                }
            }
        }
    }
}

/// What the trial says of an item; an error ends the stream.
fn try_item(trial: &mut Trial, item: proto::SubmitItem) -> Told {
    let (id, tree_size) = (item.id, trial.size().get());
    let answer = match envelope_of(item.envelope) {
        Ok(envelope) => try_envelope(trial, envelope)?,
        Err(failure) => Answer::Refusal(failure.into()),
    };
    Ok(proto::TryResult { id, result: Some(answer), tree_size })
}

fn try_envelope(trial: &mut Trial, envelope: Envelope) -> Result<Answer, Failure> {
    let statement = envelope.statement_digest();
    Ok(match trial.judge(envelope).map_err(Failure::from) {
        Ok(Forecast::Admissible) => Answer::Admissible(proto::Admissible {}),
        Ok(Forecast::Recorded { index }) => duplicate(Some(index.get())),
        Ok(Forecast::Repeated) => duplicate(None),
        Ok(Forecast::Refused(refusal)) => {
            Answer::Refusal(Failure::refused(statement, &refusal).into())
        }
        Err(failure @ Failure::TrialTooLarge { .. }) => Answer::Refusal(failure.into()),
        Err(failure) => return Err(failure),
    })
}

const fn duplicate(index: Option<u64>) -> Answer {
    Answer::Duplicate(proto::Duplicate { index })
}
