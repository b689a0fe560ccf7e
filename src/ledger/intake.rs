//! How submissions become entries of a group: each is judged against the ledger and the items before
//! it, and appended if it is admitted.

use std::collections::VecDeque;

use crate::admission::Candidate;
use crate::entry::Body;
use crate::ledger::ahead::Ahead;
use crate::ledger::answers::{Answers, Outcome};
use crate::ledger::group::Group;
use crate::ledger::judge::{NotAdmitted, Place, judge};
use crate::ledger::queue::Item;
use crate::ledger::store_error::StoreError;
use crate::ledger::submit_error::SubmitError;
use crate::policy::PolicySet;

/// Attestations in a group: enough that a durable commit costs each of them little.
pub(super) const GROUP_ITEMS_MAX: usize = 512;

/// Bytes that a group writes, about: an engine can take a few megabytes in one commit, and the
/// largest attestation with all its rows has half of this.
const GROUP_BYTES_MAX: usize = 2 << 20;

/// Bytes that a subject key of an attestation takes: in the entry and as a row.
const KEY_BYTES: usize = 128;

/// Moves items into the group until it is full, each judged against the ledger with those before it.
pub(super) fn fill(
    group: &mut Group<'_>,
    ahead: &mut Ahead,
    waiting: &mut VecDeque<Item>,
    answers: &mut Answers,
    policies: &PolicySet,
) -> Result<(), StoreError> {
    let mut bytes = 0_usize;
    while group.len() < GROUP_ITEMS_MAX
        && answers.items.len() < GROUP_ITEMS_MAX
        && bytes < GROUP_BYTES_MAX
    {
        let Some(item) = waiting.pop_front() else { break };
        let Item { submission, reply, .. } = item;
        let candidate = match submission.into_candidate(ahead.registry()) {
            Ok(candidate) => candidate,
            Err(refusal) => {
                let refused = SubmitError::Refused(Box::new(refusal));
                answers.items.push((reply, Outcome::Refused(refused)));
                continue;
            }
        };
        let taken = match take(group, ahead, &candidate, policies) {
            Ok(taken) => taken,
            Err(cause) => {
                reply.send(Err(SubmitError::NotStored));
                return Err(cause);
            }
        };
        answers.items.push((reply, taken.outcome));
        bytes += taken.bytes;
        // A rewritten chunk may be as large as a group, so nothing follows it in this one.
        if taken.is_erasure {
            break;
        }
    }
    Ok(())
}

struct Taken {
    outcome: Outcome,
    bytes: usize,
    is_erasure: bool,
}

impl From<Outcome> for Taken {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, bytes: 0, is_erasure: false }
    }
}

/// Judges one candidate, and appends it if it is admitted.
fn take(
    group: &mut Group<'_>,
    ahead: &mut Ahead,
    candidate: &Candidate,
    policies: &PolicySet,
) -> Result<Taken, StoreError> {
    let (time, log_key) = (group.time(), group.log_key().public_key().id());
    let place = Place { index: group.next_index(), time, log_key };
    let admitted = match judge(candidate, ahead, ahead, place, policies)? {
        Ok(admitted) => admitted,
        // Exactly once: the same statement again has the first one's receipt, whoever signed it.
        Err(NotAdmitted::Known { index }) => {
            return Ok(Outcome::At { index, is_duplicate: true }.into());
        }
        Err(NotAdmitted::Refused(refusal)) => {
            return Ok(Outcome::Refused(SubmitError::Refused(refusal)).into());
        }
    };
    let index = admitted.index();
    let entry = group
        .push_attestation(&admitted)
        .map_err(|cause| StoreError::malformed("new entry", index.get(), cause))?;
    let keys = match entry.body() {
        Body::Attestation { keys, .. } => keys.len(),
        Body::Genesis { .. } | Body::Seal { .. } => 0,
    };
    let bytes = candidate.envelope().payload().len() + keys * KEY_BYTES;
    let erased = ahead.take(&admitted, &entry)?;
    if let Some(target) = erased {
        group.erase(target);
    }
    let outcome = Outcome::At { index, is_duplicate: false };
    Ok(Taken { outcome, bytes, is_erasure: erased.is_some() })
}
