//! Envelopes that were read and signed, beside those that are answered.

use std::path::PathBuf;

use futures_util::Stream;

use crate::cli::failure::Failure;
use crate::cli::progress::BytesRead;
use crate::cli::reading::Reading;
use crate::cli::submit::signing::Unsent;
use crate::cli::submit::source::{self, Making, Place};
use crate::cli::submit::tally::Tally;
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

    /// Says of what can't be sent why, up to the next that was; that one is the next to be answered.
    pub(super) fn settle_unsent(&self, tally: &mut Tally) -> Result<(), Failure> {
        while let Some((place, unsent)) = self.next_unread() {
            tally.refuse_unread(&place, unsent)?;
        }
        Ok(())
    }

    /// What the next answer is to.
    pub(super) fn next_sent(&self) -> Result<Sent, Failure> {
        self.next_asked().ok_or_else(|| Failure::new("an answer to nothing that was sent"))
    }

    /// Where it went wrong, if there are no more answers.
    pub(super) fn step(&self) -> String {
        match self.next_asked() {
            Some(Sent { place, .. }) => place.to_string(),
            None => "connection".to_owned(),
        }
    }
}
