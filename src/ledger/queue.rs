//! The queue before the sequencer: bounded in number and bytes, in total and for each signer.
//! Whoever comes when it is full is sent away at once; memory does not grow.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::ledger::door::Submission;
use crate::ledger::receipt::Receipt;
use crate::ledger::submit_error::SubmitError;

/// Submissions that can wait: eight groups, about a tenth of a second of work.
pub(super) const QUEUE_ITEMS_MAX: usize = 4096;

/// Bytes that can wait, so that large submissions do not fill memory.
const QUEUE_BYTES_MAX: usize = 64 << 20;

/// Submissions of one signer that can wait, so that one signer leaves room for others.
const QUEUE_ITEMS_PER_SIGNER_MAX: usize = 2048;

/// The same for all whose signers the door does not know. The sequencer has to verify most of those
/// itself, so they could hold it up, and few are ever right.
const QUEUE_ITEMS_UNKNOWN_MAX: usize = 256;

/// What is called with the outcome: once, on the sequencer's thread, so it must not block.
pub type ReplyFn = Box<dyn FnOnce(Result<Receipt, SubmitError>) + Send>;

/// Somebody who waits for an outcome, and gets one whatever happens.
pub(super) struct Reply(Option<ReplyFn>);

/// A submission that waits, with its place in the queue.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) submission: Submission,
    pub(super) reply: Reply,
    _place: Place,
}

/// How much waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Quota(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    items: usize,
    bytes: usize,
    by_signer: HashMap<Arc<str>, usize>,
}

/// A place in the queue; given back when it is dropped.
#[derive(Debug)]
struct Place {
    quota: Quota,
    signer: Arc<str>,
    bytes: usize,
}

impl Reply {
    pub(super) fn new(reply: ReplyFn) -> Self {
        Self(Some(reply))
    }

    pub(super) fn send(mut self, outcome: Result<Receipt, SubmitError>) {
        self.call(outcome);
    }

    fn call(&mut self, outcome: Result<Receipt, SubmitError>) {
        if let Some(reply) = self.0.take() {
            // What a caller gets wrong in its own code must not stop the ledger.
            if catch_unwind(AssertUnwindSafe(|| reply(outcome))).is_err() {
                tracing::error!("a reply to a submission panicked");
            }
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        // Reached only when the sequencer is gone; it may have been in the middle of a commit.
        self.call(Err(SubmitError::Unconfirmed));
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Reply(waiting)" } else { "Reply(answered)" })
    }
}

impl Quota {
    /// The submission as an item of the queue, or what its submitter is told if there is no place.
    pub(super) fn admit(&self, submission: Submission, reply: Reply) -> Option<Item> {
        let (signer, bytes) = (submission.signer(), submission.bytes());
        let has_place = {
            let mut waiting = self.lock();
            let of_signer = waiting.by_signer.get(&signer).copied().unwrap_or(0);
            let has_place = waiting.items < QUEUE_ITEMS_MAX
                && waiting.bytes.saturating_add(bytes) <= QUEUE_BYTES_MAX
                && of_signer < items_max(&signer);
            if has_place {
                waiting.items += 1;
                waiting.bytes += bytes;
                *waiting.by_signer.entry(Arc::clone(&signer)).or_default() += 1;
            }
            has_place
        };
        if has_place {
            let place = Place { quota: self.clone(), signer, bytes };
            return Some(Item { submission, reply, _place: place });
        }
        reply.send(Err(SubmitError::overloaded()));
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn items_max(signer: &str) -> usize {
    if signer.is_empty() { QUEUE_ITEMS_UNKNOWN_MAX } else { QUEUE_ITEMS_PER_SIGNER_MAX }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = self.quota.lock();
        waiting.items = waiting.items.saturating_sub(1);
        waiting.bytes = waiting.bytes.saturating_sub(self.bytes);
        if let Some(of_signer) = waiting.by_signer.get_mut(&self.signer) {
            *of_signer = of_signer.saturating_sub(1);
            if *of_signer == 0 {
                waiting.by_signer.remove(&self.signer);
            }
        }
    }
}
