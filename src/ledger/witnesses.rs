//! What the ledger asks of its witnesses. Knows nothing of how they are reached.

use std::fmt;
use std::sync::Arc;

use crate::merkle::{ConsistencyProof, TreeSize};
use crate::note::{CosignedCheckpoint, QuorumError, VerifiedCheckpoint};
use crate::time::Timestamp;

/// Makes the proof that the tree of a checkpoint begins with one of an older size; `None` if the
/// ledger is closed, or its store does not serve.
pub type ProveFn = Arc<dyn Fn(TreeSize) -> Option<ConsistencyProof> + Send + Sync>;

/// Says how many entries the newest checkpoint has that the ledger has published, at the instant of the
/// call; `None` once the ledger is closed.
pub type NewestFn = Arc<dyn Fn() -> Option<TreeSize> + Send + Sync>;

/// Is given a checkpoint once more, with cosignatures that came after those that were enough, or the
/// alarm that came then. It has to come back at once.
pub type LateFn = Arc<dyn Fn(Result<CosignedCheckpoint, WitnessAlarm>) + Send + Sync>;

/// The witnesses of a ledger, and how many of them have to agree.
pub trait Witnesses: fmt::Debug + Send + Sync {
    /// Has a checkpoint cosigned anew, without what is from the future. Comes back as soon as the question has enough of an answer,
    /// or nobody else can answer it: after seconds at the most, for the sequencer waits.
    fn ask(&self, question: Question) -> Result<CosignedCheckpoint, WitnessError>;

    /// Checks that a checkpoint which was cosigned before has the quorum.
    fn verify(&self, checkpoint: VerifiedCheckpoint) -> Result<CosignedCheckpoint, QuorumError>;

    /// What a witness has raised the alarm about, in an answer that nobody waited for too.
    fn alarm(&self) -> Option<WitnessAlarm>;
}

/// What witnesses are asked.
#[derive(Clone)]
pub struct Question {
    /// The newest checkpoint when the question was made.
    pub checkpoint: VerifiedCheckpoint,
    /// How large the newest is when an answer comes: until then anybody may have shown it to a witness.
    pub newest: NewestFn,
    /// Shows that its tree begins with the one that a witness knows.
    pub prove: ProveFn,
    /// A quorum that cosigns at this time or later is enough; after an earlier one, the others are
    /// waited for. One whose clock is behind must not speak for all.
    pub enough: Timestamp,
    /// The last instant that is not from the future: whoever reads a checkpoint refuses it whole for one
    /// cosignature that is, so none such is shown, and none counts for the quorum.
    pub latest: Timestamp,
    /// Who is told of what comes later than that.
    pub late: Option<LateFn>,
}

/// Why a checkpoint was not cosigned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// What the ledger writes on is not what a witness has seen.
    #[error(transparent)]
    Alarm(#[from] WitnessAlarm),
    /// A quorum cosigns, but not without what is from the future by the clock here: that is wrong, or
    /// they are.
    #[error("witnesses cosign at {found}, which is after {expected}: {detail}")]
    Future {
        /// The latest instant that counts.
        expected: Timestamp,
        /// When they cosigned, by the quorum's own clocks.
        found: Timestamp,
        /// Who did not cosign before, and why.
        detail: String,
    },
    /// Too few answered as they should.
    #[error("no quorum of witnesses answers: {detail}")]
    NoQuorum {
        /// Who did not, and why.
        detail: String,
    },
}

/// That a witness knows another history than the store has. It is the witness's word, and unsigned:
/// who believes that the witness is wrong, takes it out of the policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessAlarm {
    /// The witness has cosigned more than the store has: it was restored from a backup, it is a
    /// copy, or another server signs for the same log.
    #[error(
        "store has {found} entries, witness {witness} has cosigned {expected}: {} are missing, and \
         writing on would fork the log. Put back the newest store, or restore it from the newest \
         backup or a mirror (`probant restore`), and let no other server sign this log; if nobody has \
         them any more, this log has ended: begin another one, with another origin, log key and guard",
        expected.get().saturating_sub(found.get())
    )]
    Older {
        /// What the policy calls the witness.
        witness: String,
        /// The size that it has cosigned.
        expected: TreeSize,
        /// The size of the store.
        found: TreeSize,
    },
    /// The witness has cosigned another history.
    #[error(
        "witness {witness} says that the tree of {size} entries is no continuation of what it has \
         cosigned (HTTP status {status}): writing on would go on with a fork of the log. Put back \
         the store that was signed for"
    )]
    Fork {
        /// What the policy calls the witness.
        witness: String,
        /// The size that it was to cosign.
        size: TreeSize,
        /// How it answered.
        status: u16,
    },
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { checkpoint, enough, .. } = self;
        f.debug_struct("Question")
            .field("size", &checkpoint.size())
            .field("enough", enough)
            .finish_non_exhaustive()
    }
}
