//! A trial: what the ledger would make of statements, one after the other, if they were submitted now.
//! Judged beside the sequencer, under the newest published checkpoint; nothing is written or signed.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::admission::{Admitted, Refusal};
use crate::entry::Body;
use crate::envelope::Envelope;
use crate::hash::Digest;
use crate::key::KeyId;
use crate::ledger::ahead::Ahead;
use crate::ledger::door;
use crate::ledger::handle::Ledger;
use crate::ledger::judge::{NotAdmitted, Place, judge};
use crate::ledger::question::StatementQuestion;
use crate::ledger::store_error::StoreError;
use crate::ledger::submit_error::SubmitError;
use crate::ledger::view::CHAIN_RECORDS_MAX;
use crate::ledger::view_error::ViewError;
use crate::ledger::weight::weight;
use crate::merkle::{EntryIndex, TreeSize, leaf_hash};
use crate::policy::PolicySet;
use crate::time::Timestamp;

/// Statements that one trial keeps because later ones may rest on them.
pub const TRIAL_ITEMS_MAX: usize = 20_000;

/// Memory that they may take, in bytes, about: that of some fifteen thousand ordinary ones.
pub const TRIAL_BYTES_MAX: usize = 48 << 20;

/// What one takes besides its bytes: its places in the indexes.
const ITEM_BYTES: usize = 512;

/// What a subject key of one takes there.
const KEY_BYTES: usize = 160;

/// Memory for those that are kept as they were read, the last ones: most rest on one just before. Some
/// three thousand, for each statement on a subject has all before it on that looked at.
const READ_BYTES_MAX: usize = 64 << 20;

/// How many times records may be read again from their bytes: some half a minute of work.
const READ_AGAIN_MAX: usize = 200_000;

/// What would become of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forecast {
    /// It would be recorded.
    Admissible,
    /// It is recorded: its submitter would get the receipt of this entry.
    Recorded {
        /// The entry.
        index: EntryIndex,
    },
    /// An earlier one of the trial is the same, and would be recorded.
    Repeated,
    /// It would be refused.
    Refused(Box<Refusal>),
}

/// Why there is no forecast: of this statement, and of none behind it, which may rest on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrialError {
    /// The trial has as much as it can keep, or this calls for more than is looked at.
    #[error("a dry run takes at most {limit} {what}: split it")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The store does not answer, or its parts disagree.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Statements that are judged in turn, each as if those before it that are admissible were recorded.
#[derive(Debug)]
pub struct Trial {
    ahead: Ahead,
    policies: PolicySet,
    time: Timestamp,
    log_key: KeyId,
    next: EntryIndex,
    prev: Digest,
    items: usize,
    bytes: usize,
    /// Those that are kept as they were read, the oldest first: with their bytes and their weight.
    read: VecDeque<Unpacked>,
    read_bytes: usize,
    /// There is no forecast any more: too much of what, and the limit.
    full: Option<(&'static str, usize)>,
}

#[derive(Debug)]
struct Unpacked {
    index: EntryIndex,
    entry: Vec<u8>,
    envelope: Vec<u8>,
    weight: usize,
}

impl Ledger {
    /// Begins a trial under the newest checkpoint, at the time of the clock. Not while nothing is
    /// recorded: then no statement would be.
    pub fn trial(&self) -> Result<Trial, SubmitError> {
        if let Some(reason) = self.halted() {
            return Err(SubmitError::Halted { reason: reason.to_owned() });
        }
        if let Some(fault) = self.clock_fault() {
            return Err(fault.into());
        }
        let newest = self.shared.newest();
        let published = &newest.published;
        let size = published.checkpoint.size();
        let registry = Arc::clone(&newest.registry);
        let ahead = Ahead::new(Arc::clone(&self.shared), size, published.map.clone(), registry);
        Ok(Trial {
            ahead,
            policies: self.policies.clone(),
            time: self.time.time_beside_the_log(published.seal_entry.time()),
            log_key: newest.signing.keys.newest().public_key().id(),
            next: size.next_index(),
            prev: leaf_hash(&published.seal_bytes),
            items: 0,
            bytes: 0,
            read: VecDeque::new(),
            read_bytes: 0,
            full: None,
        })
    }
}

impl Trial {
    /// The size of the checkpoint that it is judged under.
    pub const fn size(&self) -> TreeSize {
        self.ahead.size()
    }

    /// Judges the next statement. After an error there are only errors.
    pub fn judge(&mut self, envelope: Envelope) -> Result<Forecast, TrialError> {
        if let Some((what, limit)) = self.full {
            return Err(TrialError::TooLarge { what, limit });
        }
        let forecast = self.judge_next(envelope);
        if let Err(TrialError::TooLarge { what, limit }) = &forecast {
            self.full = Some((what, *limit));
        }
        forecast
    }

    fn judge_next(&mut self, envelope: Envelope) -> Result<Forecast, TrialError> {
        let candidate = match door::parse(envelope, self.ahead.registry()) {
            Ok(candidate) => candidate,
            Err(refusal) => return Ok(Forecast::Refused(Box::new(refusal))),
        };
        let place = Place { index: self.next, time: self.time, log_key: self.log_key };
        let records = StatementQuestion::new(&self.ahead);
        let judged = judge(&candidate, &self.ahead, &records, place, &self.policies);
        let judged = judged.map_err(of_view)?;
        if self.ahead.packed_reads() > READ_AGAIN_MAX {
            self.full = Some(("records that are read again", READ_AGAIN_MAX));
        }
        match judged {
            Ok(admitted) => self.take(&admitted).map(|()| Forecast::Admissible),
            Err(NotAdmitted::Known { index }) if self.size().contains(index) => {
                Ok(Forecast::Recorded { index })
            }
            Err(NotAdmitted::Known { .. }) => Ok(Forecast::Repeated),
            Err(NotAdmitted::Refused(refusal)) => Ok(Forecast::Refused(refusal)),
        }
    }

    /// Lets those that follow rest on what is admissible.
    fn take(&mut self, admitted: &Admitted<'_>) -> Result<(), TrialError> {
        let index = self.next;
        let malformed = |cause| StoreError::malformed("new entry", index.get(), cause);
        let entry = admitted.entry(self.prev).map_err(malformed)?;
        let keys = match entry.body() {
            Body::Attestation { keys, .. } => keys.len(),
            Body::Genesis { .. } | Body::Seal { .. } => 0,
        };
        self.ahead.take(admitted, &entry)?;
        let envelope = admitted.candidate().envelope().envelope().encode();
        let (weight, entry) = (weight(&envelope), entry.encode());
        self.next = TreeSize::new(index.get().saturating_add(1)).next_index();
        self.prev = leaf_hash(&entry);
        self.items += 1;
        self.bytes += envelope.len() + entry.len() + ITEM_BYTES + keys * KEY_BYTES;
        // It was judged rightly; it is those behind it that there is no room for.
        if self.items >= TRIAL_ITEMS_MAX {
            self.full = Some(("statements", TRIAL_ITEMS_MAX));
        } else if self.bytes >= TRIAL_BYTES_MAX {
            self.full = Some(("bytes", TRIAL_BYTES_MAX));
        }
        self.read_bytes += weight;
        self.read.push_back(Unpacked { index, entry, envelope, weight });
        while self.read_bytes > READ_BYTES_MAX {
            let Some(Unpacked { index, entry, envelope, weight }) = self.read.pop_front() else {
                break;
            };
            self.read_bytes -= weight;
            self.ahead.pack(index, entry, envelope);
        }
        Ok(())
    }
}

fn of_view(error: ViewError) -> TrialError {
    let (what, limit) = match error {
        ViewError::Store(cause) => return cause.into(),
        ViewError::RecordsTooLarge { limit } => ("bytes of records for one statement", limit),
        _ => ("records of one subject", CHAIN_RECORDS_MAX),
    };
    TrialError::TooLarge { what, limit }
}
