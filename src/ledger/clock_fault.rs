//! What is wrong with a clock under which nothing is written.

use crate::time::Timestamp;

/// Why nothing is written at the moment. It is as soon as the clock is right, or is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockFault {
    /// The clock is behind the ledger's own time by more than it may be.
    #[error(
        "the clock says {clock}, the last entry has {ledger}: nothing is written until it is right"
    )]
    Behind {
        /// The time by the clock.
        clock: Timestamp,
        /// The time of the last entry.
        ledger: Timestamp,
    },
    /// The clock is ahead of the witnesses' time by more than it may be.
    #[error(
        "the clock says {clock}, a quorum of witnesses {witnesses}: nothing is written until it is \
         right"
    )]
    Ahead {
        /// The time by the clock.
        clock: Timestamp,
        /// The time by the witnesses.
        witnesses: Timestamp,
    },
    /// The clock has jumped ahead, and no quorum of witnesses answers.
    #[error(
        "the clock says {clock}, expected {expected} by what has gone by, and nobody confirms the \
         jump: nothing is written until it is right, or witnesses say that it is"
    )]
    Unconfirmed {
        /// The time by the clock.
        clock: Timestamp,
        /// The last time that was believed, and what has gone by since.
        expected: Timestamp,
    },
}
