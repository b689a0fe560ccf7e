//! Envelopes that were read and signed, beside those that are answered.

use std::path::PathBuf;

use futures_util::{Stream, StreamExt as _};

use crate::cli::failure::Failure;
use crate::cli::progress::{BytesRead, Progress};
use crate::cli::reading::Reading;
use crate::cli::remote::client_failure;
use crate::cli::submit::signing::Unsent;
use crate::cli::submit::source::{self, Making, Place};
use crate::cli::submit::tally::Tally;
use crate::client::ClientError;
use crate::envelope::{Envelope, StatementDigest};

/// An envelope that was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) place: Place,
    pub(super) statement: StatementDigest,
}

/// What is read and not settled.
pub(super) type Unsettled = Reading<Sent, (Place, Unsent)>;

impl Unsettled {
    /// Begins to read and to sign; gives the envelopes. What can't be sent waits in its place.
    pub(super) fn read(
        paths: Vec<PathBuf>,
        making: Making,
        read: BytesRead,
    ) -> (Self, impl Stream<Item = Envelope> + Send + 'static) {
        Self::start(move |take| {
            source::read(&paths, &making, |(place, item), bytes| {
                read.add(bytes);
                take(match item {
                    Ok(envelope) => {
                        let statement = envelope.statement_digest();
                        Ok((envelope, Sent { place, statement }))
                    }
                    Err(unsent) => Err((place, unsent)),
                })
            })
        })
    }

    /// Settles all that is read, as the answers come: each by `settle`, which is told what it is an
    /// answer to. Gives what ended them before everything was answered, or read.
    pub(super) async fn settle_all<A>(
        self,
        mut answers: impl Stream<Item = Result<A, ClientError>> + Unpin,
        tally: &mut Tally,
        mut progress: Progress,
        mut settle: impl FnMut(Sent, A, &mut Tally) -> Result<(), Failure>,
    ) -> Result<Option<Failure>, Failure> {
        loop {
            let answer = tokio::select! {
                answer = answers.next() => answer,
                () = self.skipped() => {
                    self.settle_unsent(tally)?;
                    continue;
                }
            };
            self.settle_unsent(tally)?;
            match answer {
                None => break,
                Some(Ok(answer)) => settle(self.next_sent()?, answer, tally)?,
                // Where there are no more answers, nobody waits for what is still to be read.
                Some(Err(cause)) => {
                    progress.end();
                    return Ok(Some(client_failure(self.step(), cause)));
                }
            }
            progress.answered(|| tally.summary());
        }
        progress.end();
        Ok(self.end().await.err())
    }

    /// Says of what can't be sent why, up to the next that was; that one is the next to be answered.
    fn settle_unsent(&self, tally: &mut Tally) -> Result<(), Failure> {
        while let Some((place, unsent)) = self.next_unread() {
            tally.refuse_unread(&place, unsent)?;
        }
        Ok(())
    }

    /// What the next answer is to.
    fn next_sent(&self) -> Result<Sent, Failure> {
        self.next_asked().ok_or_else(|| Failure::new("an answer to nothing that was sent"))
    }

    /// Where it went wrong, if there are no more answers.
    fn step(&self) -> String {
        match self.next_asked() {
            Some(Sent { place, .. }) => place.to_string(),
            None => "connection".to_owned(),
        }
    }
}
