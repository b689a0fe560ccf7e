//! Waiting until witnesses have cosigned what was recorded, while further envelopes are sent.

use std::sync::{Arc, OnceLock};

use clap::ValueEnum;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::Semaphore;
use tonic::Code;

use crate::cli::failure::Failure;
use crate::cli::remote::client_failure;
use crate::client::{Client, ClientError, SubmitAnswer, VerifiedReceipt};

/// Answers that wait in their order until they are witnessed: some thousand a second, where witnesses
/// are asked once a second.
const WAITING_MAX: usize = 2048;

/// Receipts that are asked for at a time: a quarter of those that a server lets one peer wait for.
const ASKED_MAX: usize = 64;

/// How firmly what is recorded is to stand before the command ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Wait {
    /// It is durable, and under a checkpoint that the log signed.
    #[default]
    Signed,
    /// And a quorum of witnesses has cosigned such a checkpoint.
    Witnessed,
}

/// An answer, and why it is not witnessed though that was waited for.
#[derive(Debug)]
pub(super) struct Waited {
    pub(super) answer: SubmitAnswer,
    pub(super) missing: Option<Arc<str>>,
}

/// What waits for witnesses. Cheap to clone; clones share it.
#[derive(Clone)]
struct Witnessing {
    client: Client,
    wait: Wait,
    turns: Arc<Semaphore>,
    /// Why no witness is waited for any more: whoever waits for one in vain does not wait for each.
    given_up: Arc<OnceLock<Arc<str>>>,
}

/// The answers in their order, each once it is as it was waited for.
pub(super) fn wait_for(
    client: Client,
    wait: Wait,
    answers: impl Stream<Item = Result<SubmitAnswer, ClientError>>,
) -> impl Stream<Item = Result<Waited, ClientError>> {
    let turns = Arc::new(Semaphore::new(ASKED_MAX));
    let witnessing = Witnessing { client, wait, turns, given_up: Arc::default() };
    let waited = move |answer| {
        let witnessing = witnessing.clone();
        async move { witnessing.wait(answer?).await }
    };
    answers.map(waited).buffered(WAITING_MAX)
}

/// Looks whether a server has its checkpoints cosigned at all, before anything is sent.
pub(super) async fn expect_witnesses(client: &Client) -> Result<(), Failure> {
    match client.witnessed_checkpoint(None).await {
        Err(ClientError::Refused(refused))
            if refused.is_not_witnessed() && refused.code == Code::Unavailable =>
        {
            Ok(())
        }
        // What comes may have more cosignatures.
        Ok(_) | Err(ClientError::Quorum { .. }) => Ok(()),
        Err(cause) => Err(client_failure("--wait witnessed", cause)),
    }
}

impl Witnessing {
    async fn wait(&self, mut answer: SubmitAnswer) -> Result<Waited, ClientError> {
        let mut missing = None;
        if let (Wait::Witnessed, Ok(receipt)) = (self.wait, &mut answer.outcome) {
            match self.witness(receipt).await? {
                Ok(witnessed) => *receipt = witnessed,
                Err(cause) => missing = Some(cause),
            }
        }
        Ok(Waited { answer, missing })
    }

    /// The receipt once it is witnessed, or why it is not.
    async fn witness(
        &self,
        receipt: &VerifiedReceipt,
    ) -> Result<Result<VerifiedReceipt, Arc<str>>, ClientError> {
        // The semaphore is never closed.
        let _turn = self.turns.acquire().await;
        if let Some(cause) = self.given_up.get() {
            return Ok(Err(Arc::clone(cause)));
        }
        match self.client.witness(receipt).await {
            Ok(witnessed) => Ok(Ok(witnessed)),
            Err(cause @ (ClientError::Refused(_) | ClientError::Quorum { .. })) => {
                let cause = Failure::of("witnesses", cause).chain().split_off(1).join(": ");
                Ok(Err(Arc::clone(self.given_up.get_or_init(|| cause.into()))))
            }
            Err(cause) => Err(cause),
        }
    }
}
