//! Why witnesses can't be asked, and why one of them gave no cosignature.

use std::time::Duration;

use crate::http::{FetchError, TransportError};
use crate::ledger::WitnessAlarm;
use crate::note::NoteError;

/// Why a witness policy is none to ask by.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessClientError {
    /// Nobody would be asked.
    #[error("the witness policy asks for no witness: expected a quorum")]
    NoQuorum,
    /// Those that can be asked are too few.
    #[error("the witnesses with a URL do not meet the quorum of the witness policy")]
    Unreachable,
    /// More than are asked at a time.
    #[error("the witness policy has {found} witnesses with a URL, expected at most {limit}")]
    TooMany {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A URL that leads to no witness.
    #[error(
        "witness {witness}: {found:?} is not the URL of a witness: expected http or https, a host and a path"
    )]
    Url {
        /// What the policy calls the witness.
        witness: String,
        /// The URL, cut after 200 characters.
        found: String,
    },
    /// Nothing to check certificates by.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The system gives no thread.
    #[error("no thread for asking witnesses")]
    Thread(#[source] std::io::Error),
}

/// Why there is no cosignature of a witness at the moment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// No connection, or the answer broke off or is too long.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Not in time.
    #[error("no answer within {limit:?}")]
    Time {
        /// How long it may take.
        limit: Duration,
    },
    /// The witness does not know the log.
    #[error("it does not know this log (HTTP status 404)")]
    UnknownLog,
    /// The witness does not know the log's key.
    #[error("it knows this log under another key (HTTP status 403)")]
    UnknownKey,
    /// Some other status.
    #[error("HTTP status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// A size was to come, and did not.
    #[error("{found:?} is not a size: expected a decimal number and a line break")]
    Size {
        /// The text, cut after 40 characters.
        found: String,
    },
    /// No signature lines, or one by the witness that does not hold.
    #[error("not the answer of a witness")]
    Answer(#[from] NoteError),
    /// Only signatures of others.
    #[error("no signature is by the key that the policy has for it")]
    NoCosignature,
    /// Beyond every time that there is.
    #[error("it cosigns at {found_s} s since 1970, which is beyond the year 9999")]
    BeyondTime {
        /// When it says that it does.
        found_s: u64,
    },
    /// Each time it had cosigned another size.
    #[error("it has cosigned another size each time that it was asked")]
    Restless,
    /// A later question came first.
    #[error("it has cosigned a newer checkpoint in the meantime")]
    Overtaken,
    /// What it has cosigned can't be compared with anything any more.
    #[error("the ledger is closed")]
    Closed,
    /// The ledger is closed, or its store does not serve.
    #[error("no proof could be made")]
    NoProof,
}

/// What a conversation ends with, if not with a cosignature.
#[derive(Debug)]
pub(super) enum Outcome {
    Alarm(WitnessAlarm),
    Unavailable(Unavailable),
}

impl<E: Into<Unavailable>> From<E> for Outcome {
    fn from(cause: E) -> Self {
        Self::Unavailable(cause.into())
    }
}
