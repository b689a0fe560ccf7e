//! The newest checkpoint that a quorum of the ledger's witnesses has cosigned, and how the ledger
//! stands with them. Knows nothing of how they are asked.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::ledger::listeners::Listeners;
use crate::ledger::log_reader::LogReader;
use crate::ledger::published::{Published, read_checkpoint};
use crate::ledger::store_error::StoreError;
use crate::ledger::witnesses::Witnesses;
use crate::log_key::LogKeys;
use crate::merkle::TreeSize;
use crate::note::{CosignedCheckpoint, VerifiedCheckpoint};
use crate::time::Timestamp;

/// A published checkpoint with the cosignatures of a quorum.
#[derive(Clone, Debug)]
pub(super) struct Witnessed {
    /// The checkpoint; its note has the cosignatures.
    pub(super) checkpoint: VerifiedCheckpoint,
    /// That note.
    pub(super) note: Arc<str>,
    /// When the quorum had seen it.
    pub(super) time: Option<Timestamp>,
    /// What stands under it, if it is in memory.
    published: Option<Arc<Published>>,
}

/// The newest of them, and why there is none that is newer.
#[derive(Debug, Default)]
pub(super) struct WitnessedState {
    newest: RwLock<Option<Arc<Witnessed>>>,
    fault: Mutex<Option<String>>,
    listeners: Listeners,
}

impl Witnessed {
    /// A checkpoint that was just cosigned.
    pub(super) fn new(published: &Published, cosigned: CosignedCheckpoint) -> Self {
        let mut witnessed = Self::without_state(cosigned);
        witnessed.published = Some(Arc::new(witnessed.over(published)));
        witnessed
    }

    /// One of which only the note is known.
    fn without_state(cosigned: CosignedCheckpoint) -> Self {
        let time = cosigned.witnessed_at();
        let checkpoint = cosigned.into_checkpoint();
        let note = checkpoint.note().to_string().into();
        Self { checkpoint, note, time, published: None }
    }

    /// The newest that the store has, up to `size`. One that the policy of today does not call
    /// cosigned is none.
    pub(super) fn read(
        keys: &LogKeys,
        log: &LogReader,
        witnesses: &dyn Witnesses,
        size: TreeSize,
    ) -> Result<Option<Self>, StoreError> {
        let Some(found) = log.cosigned_size(size)? else { return Ok(None) };
        Self::read_at(keys, log, witnesses, found)
    }

    /// The one at `size`, if the store has it.
    pub(super) fn read_at(
        keys: &LogKeys,
        log: &LogReader,
        witnesses: &dyn Witnesses,
        size: TreeSize,
    ) -> Result<Option<Self>, StoreError> {
        let Some(note) = log.cosigned(size)? else { return Ok(None) };
        let checkpoint = keys
            .verify(note.as_bytes())
            .map_err(|cause| StoreError::malformed("cosigned checkpoint", size.get(), cause))?;
        let (published, _) = read_checkpoint(keys, log, size)?
            .ok_or(StoreError::Missing { what: "checkpoint", index: size.get() })?;
        let (expected, found) = (published.note().text(), checkpoint.note().text());
        StoreError::expect_same("text of a cosigned checkpoint", expected, found)?;
        match witnesses.verify(checkpoint) {
            Ok(cosigned) => Ok(Some(Self::without_state(cosigned))),
            Err(cause) => {
                tracing::warn!(%size, %cause, "the checkpoint that was cosigned last does not count");
                Ok(None)
            }
        }
    }

    /// How many entries it has.
    pub(super) const fn size(&self) -> TreeSize {
        self.checkpoint.size()
    }

    /// What stands under it, if it is in memory.
    pub(super) fn published(&self) -> Option<&Arc<Published>> {
        self.published.as_ref()
    }

    /// What was published at its size, with its note.
    pub(super) fn over(&self, published: &Published) -> Published {
        Published {
            checkpoint: self.checkpoint.clone(),
            note: Arc::clone(&self.note),
            ..published.clone()
        }
    }

    /// Whether it says more than another one: that of a larger tree, or of the same one with more
    /// cosignatures.
    pub(super) fn is_beyond(&self, other: &Self) -> bool {
        let signatures = |of: &Self| of.checkpoint.note().signatures().len();
        (self.size(), signatures(self)) > (other.size(), signatures(other))
    }
}

impl WitnessedState {
    pub(super) fn new(newest: Option<Witnessed>) -> Self {
        Self { newest: RwLock::new(newest.map(Arc::new)), ..Self::default() }
    }

    /// The newest.
    pub(super) fn newest(&self) -> Option<Arc<Witnessed>> {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The size of the newest; that of an empty log before the first.
    pub(super) fn size(&self) -> TreeSize {
        self.newest().map_or(TreeSize::EMPTY, |newest| newest.size())
    }

    /// Shows what is kept durably. Never goes back.
    pub(super) fn show(&self, witnessed: Arc<Witnessed>) {
        {
            let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
            if newest.as_ref().is_some_and(|newest| !witnessed.is_beyond(newest)) {
                return;
            }
            *newest = Some(witnessed);
        }
        self.listeners.tell();
    }

    /// Those who are told of every one that is shown.
    pub(super) const fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// Why no quorum cosigns at the moment.
    pub(super) fn fault(&self) -> Option<String> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says why no quorum cosigns, or that one does; whether one did before.
    pub(super) fn set_fault(&self, fault: Option<String>) -> bool {
        let mut kept = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *kept, fault).is_none()
    }
}
