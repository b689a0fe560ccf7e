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

/// What can wait in all.
const QUEUE_MAX: Amount = Amount { items: QUEUE_ITEMS_MAX, bytes: QUEUE_BYTES_MAX };

/// What of one signer can wait, so that one signer leaves room for others.
const SIGNER_MAX: Amount = Amount { items: 2048, bytes: QUEUE_BYTES_MAX / 2 };

/// The same of all whose signers the door does not know. The sequencer has to verify most of those
/// itself, so they could hold it up, and few are ever right.
const UNKNOWN_MAX: Amount = Amount { items: 256, bytes: QUEUE_BYTES_MAX / 8 };

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
    total: Amount,
    by_signer: HashMap<Arc<str>, Amount>,
}

/// So many submissions, with so many bytes of payload in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Amount {
    items: usize,
    bytes: usize,
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
            let of_signer = waiting.by_signer.get(&signer).copied().unwrap_or_default();
            let (total, of_signer) = (waiting.total.with(bytes), of_signer.with(bytes));
            let has_place = total.is_within(QUEUE_MAX) && of_signer.is_within(max_of(&signer));
            if has_place {
                waiting.total = total;
                waiting.by_signer.insert(Arc::clone(&signer), of_signer);
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

impl Amount {
    /// With one submission more, of so many bytes.
    const fn with(self, bytes: usize) -> Self {
        Self { items: self.items.saturating_add(1), bytes: self.bytes.saturating_add(bytes) }
    }

    /// Without one of so many bytes.
    const fn without(self, bytes: usize) -> Self {
        Self { items: self.items.saturating_sub(1), bytes: self.bytes.saturating_sub(bytes) }
    }

    const fn is_within(self, max: Self) -> bool {
        self.items <= max.items && self.bytes <= max.bytes
    }
}

fn max_of(signer: &str) -> Amount {
    if signer.is_empty() { UNKNOWN_MAX } else { SIGNER_MAX }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = self.quota.lock();
        waiting.total = waiting.total.without(self.bytes);
        if let Some(of_signer) = waiting.by_signer.get_mut(&self.signer) {
            *of_signer = of_signer.without(self.bytes);
            if of_signer.items == 0 {
                waiting.by_signer.remove(&self.signer);
            }
        }
    }
}
