//! How submissions become entries of a group: each is judged against the ledger and the items before
//! it, and appended if it is admitted.

use std::collections::VecDeque;

use crate::admission::{AdmissionError, Candidate, Context, admit, id_scope};
use crate::attestation::{Predicate, PredicateKind};
use crate::entry::Entry;
use crate::ledger::ahead::{Ahead, id_key};
use crate::ledger::answers::{Answers, Outcome};
use crate::ledger::examiner::LedgerExaminer;
use crate::ledger::group::Group;
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
    ahead: &mut Ahead<'_>,
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
    ahead: &mut Ahead<'_>,
    candidate: &Candidate,
    policies: &PolicySet,
) -> Result<Taken, StoreError> {
    let (index, statement) = (group.next_index(), candidate.statement());
    let examiner = LedgerExaminer::new(ahead, policies);
    let (time, log_key) = (group.time(), group.log_key().public_key().id());
    let context = Context { index, time, is_replay: false, log_key, examiner: &examiner };
    let outcome = admit(candidate, ahead.registry(), ahead, &context);
    if let Some(cause) = examiner.into_failure() {
        return Err(cause);
    }
    let admitted = match outcome {
        Ok(admitted) => admitted,
        // Exactly once: the same statement again has the first one's receipt, whoever signed it.
        Err(AdmissionError::Known { index }) => {
            return Ok(Outcome::At { index, is_duplicate: true }.into());
        }
        Err(AdmissionError::Refused(refusal)) => {
            return Ok(Outcome::Refused(SubmitError::Refused(Box::new(refusal))).into());
        }
        Err(AdmissionError::Records(cause)) => return Err(cause),
    };
    let target = match statement.predicate() {
        Predicate::ErasureOrder(order) => ahead.find(&order.target)?,
        _ => None,
    };
    let header = statement.header();
    let id = id_key(&id_scope(header), &header.id);
    let is_trust = is_trust(statement.kind());
    let entry = group
        .push_attestation(&admitted, &id, is_trust)
        .map_err(|cause| StoreError::malformed("new entry", index.get(), cause))?;
    let record = admitted
        .record(&entry)
        .map_err(|cause| StoreError::malformed("new record", index.get(), cause))?;
    let bytes = candidate.envelope().payload().len() + record.keys().len() * KEY_BYTES;
    ahead.push(record, id, is_trust);
    if let Some(target) = target {
        group.erase(target);
        let entry = match group.entry(target) {
            Some(bytes) => Entry::decode(bytes)
                .map_err(|cause| StoreError::malformed("entry", target.get(), cause))?,
            None => ahead.stored_entry(target)?,
        };
        ahead.erase(target, &entry)?;
    }
    let outcome = Outcome::At { index, is_duplicate: false };
    Ok(Taken { outcome, bytes, is_erasure: target.is_some() })
}

/// Whether the registry is made of records of this kind.
const fn is_trust(kind: PredicateKind) -> bool {
    matches!(
        kind,
        PredicateKind::OperatorRegistration
            | PredicateKind::RoleGrant
            | PredicateKind::Accreditation
            | PredicateKind::Notification
            | PredicateKind::KeyEvent
            | PredicateKind::RegistrarChange
    )
}
