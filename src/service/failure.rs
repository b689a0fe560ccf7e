//! Why a call gives no answer.

use crate::admission::Refusal;
use crate::causes::chain;
use crate::envelope::{EnvelopeError, StatementDigest};
use crate::ledger::{CheckError, StoreError, SubmitError, TrialError, ViewError};
use crate::policy::{EarlierError, QueryError};
use crate::proto;
use crate::reason::Reason;
use crate::service::status::findings_of;

/// Why a call, or an item of a stream, gives no answer. What the peer is told of it is decided in
/// one place, `status`.
#[derive(Debug)]
pub(super) enum Failure {
    /// The ledger does not take the statement: why, as much as a peer is told. `signed` is its word
    /// for it, a note, once it has been asked for.
    Refused {
        reason: Reason,
        findings: Vec<proto::RefusalFinding>,
        statement: StatementDigest,
        signed: Option<String>,
    },
    /// It is no envelope.
    Envelope(EnvelopeError),
    /// It is no query.
    Query(QueryError),
    /// A member of the request is not what it has to be.
    Malformed { member: &'static str, message: String },
    /// More bytes than are taken.
    TooLarge { member: &'static str, found: usize, limit: usize },
    /// There is no such thing.
    NotFound { what: String },
    /// A chain longer than one answer may be.
    ChainTooLong { message: String },
    /// A query that calls for more than any dossier could hold.
    ClosureTooLarge { message: String },
    /// No checkpoint has this size.
    NotPublished { found: u64, lower: u64 },
    /// The ledger has no witnesses.
    NoWitnesses,
    /// No quorum of witnesses has cosigned that yet.
    NotWitnessed { message: String },
    /// No quorum of witnesses has cosigned the checkpoint of this size.
    NotWitnessedAt { found: u64, lower: u64 },
    /// Beyond the tree.
    Beyond { message: String },
    /// More than one trial can hold.
    TrialTooLarge { message: String },
    /// Too much at once.
    Overloaded { retry_ms: u64 },
    /// As many watches as a stream can have.
    TooManyWatches { limit: usize },
    /// The caller's time is over.
    Deadline,
    /// The server shuts down.
    Stopping,
    /// Not recorded, or not known whether; asking again is safe.
    NotConfirmed { message: &'static str },
    /// The ledger does not know what time it is. The details are for its operator.
    ClockWrong { detail: String },
    /// The ledger writes no more. The details are for its operator.
    WriterStopped { detail: String },
    /// The store does not verify. The details are for its operator.
    Damaged { detail: String },
    /// A fault of this program or its machine. The details are for its operator.
    Internal { detail: String },
}

impl From<EnvelopeError> for Failure {
    fn from(error: EnvelopeError) -> Self {
        Self::Envelope(error)
    }
}

impl Failure {
    /// Nobody knows what became of it.
    pub(super) const fn unconfirmed() -> Self {
        Self::NotConfirmed { message: "the outcome of the commit is not known: ask again" }
    }

    /// The ledger does not take this statement. A refusal may be long, and may wait for long to be
    /// read: what nobody will be told is not kept.
    pub(super) fn refused(statement: StatementDigest, refusal: &Refusal) -> Self {
        let (reason, findings) = (refusal.code(), findings_of(refusal));
        Self::Refused { reason, findings, statement, signed: None }
    }

    /// Why this statement got no receipt.
    pub(super) fn of_submit(statement: StatementDigest, error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => Self::refused(statement, &refusal),
            error => error.into(),
        }
    }
}

/// Why there are no receipts, whatever the statement.
impl From<SubmitError> for Failure {
    fn from(error: SubmitError) -> Self {
        match error {
            // To be told of its statement: without one, it is a fault of this program.
            SubmitError::Refused(_) => Self::Internal { detail: chain(&error) },
            SubmitError::Overloaded { retry_ms } => Self::Overloaded { retry_ms },
            SubmitError::Stopping => Self::Stopping,
            SubmitError::Unconfirmed => Self::unconfirmed(),
            SubmitError::NotStored => {
                Self::NotConfirmed { message: "the commit was not stored: ask again" }
            }
            SubmitError::Clock(_) => Self::ClockWrong { detail: chain(&error) },
            SubmitError::Halted { .. } => Self::WriterStopped { detail: chain(&error) },
        }
    }
}

impl From<ViewError> for Failure {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Store(error) => error.into(),
            ViewError::NotPublished { found, lower } => {
                Self::NotPublished { found: found.get(), lower: lower.get() }
            }
            ViewError::NoWitnesses => Self::NoWitnesses,
            ViewError::NotWitnessed { .. } => Self::NotWitnessed { message: error.to_string() },
            ViewError::NotWitnessedAt { found, lower } => {
                Self::NotWitnessedAt { found: found.get(), lower: lower.get() }
            }
            ViewError::SizeBeyond { .. } | ViewError::EntryBeyond { .. } => {
                Self::Beyond { message: error.to_string() }
            }
            ViewError::NoAttestation { .. } => Self::NotFound { what: error.to_string() },
            ViewError::ChainTooLong { .. } => Self::ChainTooLong { message: error.to_string() },
            ViewError::RecordsTooLarge { .. } => {
                Self::ClosureTooLarge { message: error.to_string() }
            }
        }
    }
}

impl From<TrialError> for Failure {
    fn from(error: TrialError) -> Self {
        match error {
            TrialError::TooLarge { .. } => Self::TrialTooLarge { message: error.to_string() },
            TrialError::Store(error) => error.into(),
        }
    }
}

impl From<CheckError> for Failure {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Query(error) => Self::Query(error),
            CheckError::View(error) => error.into(),
            CheckError::TooLarge { .. } => Self::ClosureTooLarge { message: error.to_string() },
            CheckError::Verdict(_) => Self::Internal { detail: chain(&error) },
        }
    }
}

impl From<EarlierError> for Failure {
    fn from(error: EarlierError) -> Self {
        match error {
            EarlierError::Query(error) => Self::Query(error),
            EarlierError::TooLarge { .. } => Self::ClosureTooLarge { message: error.to_string() },
            // The chains were collected for this question: they hold all that it ever called for.
            // And what an erasure hides is told as something that is not known.
            EarlierError::ChainMissing(_) | EarlierError::Erased(_) | EarlierError::Verdict(_) => {
                Self::Internal { detail: chain(&error) }
            }
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let detail = chain(&error);
        match error {
            StoreError::Storage(_) => Self::Internal { detail },
            StoreError::Missing { .. }
            | StoreError::Malformed { .. }
            | StoreError::Disagrees { .. } => Self::Damaged { detail },
        }
    }
}
