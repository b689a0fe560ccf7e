//! The one call of admission: whether what it says is written down or only told, it is the same.

use crate::admission::{AdmissionError, Admitted, Candidate, Context, Records, Refusal, admit};
use crate::key::KeyId;
use crate::ledger::ahead::Ahead;
use crate::ledger::examiner::LedgerExaminer;
use crate::ledger::store_error::StoreError;
use crate::merkle::EntryIndex;
use crate::policy::PolicySet;
use crate::time::Timestamp;

/// Where and when a candidate would be an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) index: EntryIndex,
    pub(super) time: Timestamp,
    /// The log key that signs the checkpoint over it.
    pub(super) log_key: KeyId,
}

/// Why a candidate becomes no entry.
#[derive(Debug)]
pub(super) enum NotAdmitted {
    /// Its statement is one already.
    Known { index: EntryIndex },
    /// It breaks a rule.
    Refused(Box<Refusal>),
}

/// Judges a candidate behind the log and what is ahead of it; `records` are those of `ahead`.
pub(super) fn judge<'c, R: Records>(
    candidate: &'c Candidate,
    ahead: &Ahead,
    records: &R,
    place: Place,
    policies: &PolicySet,
) -> Result<Result<Admitted<'c>, NotAdmitted>, R::Error>
where
    R::Error: From<StoreError>,
{
    let examiner = LedgerExaminer::new(ahead, policies);
    let Place { index, time, log_key } = place;
    let context = Context { index, time, is_replay: false, log_key, examiner: &examiner };
    let outcome = admit(candidate, ahead.registry(), records, &context);
    if let Some(cause) = examiner.into_failure() {
        return Err(cause.into());
    }
    match outcome {
        Ok(admitted) => Ok(Ok(admitted)),
        Err(AdmissionError::Known { index }) => Ok(Err(NotAdmitted::Known { index })),
        Err(AdmissionError::Refused(refusal)) => Ok(Err(NotAdmitted::Refused(Box::new(refusal)))),
        Err(AdmissionError::Records(cause)) => Err(cause),
    }
}
