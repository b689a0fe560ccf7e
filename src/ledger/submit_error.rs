//! Why a submission got no receipt.

use crate::admission::Refusal;
use crate::ledger::clock_fault::ClockFault;

/// When to ask again: a full queue is worked off in about this time.
const RETRY_MS: u64 = 200;

/// Why there is no receipt. After all but `Refused` the same submission can be made again, and if
/// it had gone in after all, the first receipt comes back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The ledger does not take it.
    #[error("refused")]
    Refused(Box<Refusal>),
    /// Too much is waiting already.
    #[error("too many submissions are waiting: ask again in {retry_ms} ms")]
    Overloaded {
        /// When it makes sense to ask again.
        retry_ms: u64,
    },
    /// The ledger shuts down.
    #[error("the ledger is shutting down")]
    Stopping,
    /// Whether it is in the log is not known.
    #[error("the outcome of the commit is not known: ask again")]
    Unconfirmed,
    /// The storage did not take the commit, and nothing of it is there.
    #[error("the commit was not stored: ask again")]
    NotStored,
    /// The clock is wrong, or nobody confirms it.
    #[error(transparent)]
    Clock(#[from] ClockFault),
    /// The ledger writes no more before it is opened anew.
    #[error("the ledger has stopped writing: {reason}")]
    Halted {
        /// Why.
        reason: String,
    },
}

impl SubmitError {
    /// There is no place in the queue.
    pub(super) const fn overloaded() -> Self {
        Self::Overloaded { retry_ms: RETRY_MS }
    }
}
