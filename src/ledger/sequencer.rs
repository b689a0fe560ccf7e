//! The one writer: takes submissions in their order, admits them in groups, commits each group with
//! its seal and its signed checkpoint, and only then answers. One thread; nothing else signs
//! checkpoints.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::causes::chain;
use crate::ledger::ahead::Ahead;
use crate::ledger::answers::{Added, Answers};
use crate::ledger::group::{Group, SealError, SealedGroup};
use crate::ledger::guard::Guard;
use crate::ledger::inbox::Inbox;
use crate::ledger::intake::fill;
use crate::ledger::nodes::Edge;
use crate::ledger::open_error::OpenError;
use crate::ledger::options::Options;
use crate::ledger::published::{Published, Snapshot};
use crate::ledger::recovery::{check_guard, read_registry, recover};
use crate::ledger::shared::Shared;
use crate::ledger::signing::{Signing, read_log_keys};
use crate::ledger::store_error::StoreError;
use crate::ledger::submit_error::SubmitError;
use crate::ledger::timekeeper::{TimeError, Timekeeper};
use crate::ledger::tip::Tip;
use crate::ledger::witnessed::Witnessed;
use crate::merkle::TreeSize;
use crate::record::Record;
use crate::registry::Registry;
use crate::storage::{Batch, CommitError, Epoch, Head, StorageError, Table, index_key};
use crate::time::Timestamp;

/// The state of the writer. It is dropped whole when it can't be trusted any more.
#[derive(Debug)]
pub(super) struct Sequencer {
    pub(super) shared: Arc<Shared>,
    pub(super) signing: Arc<Signing>,
    pub(super) time: Arc<Timekeeper>,
    pub(super) options: Options,
    pub(super) epoch: Epoch,
    pub(super) tip: Tip,
    pub(super) registry: Arc<Registry>,
    pub(super) inbox: Inbox,
}

/// Why the writer can't go on.
#[derive(Debug)]
pub(super) struct Halt(pub(super) String);

impl Sequencer {
    /// Works until it is told to stop, or can't go on. Every submission gets an answer.
    pub(super) fn run(mut self) {
        let reason = match catch_unwind(AssertUnwindSafe(|| self.work())) {
            Ok(Ok(())) => return,
            Ok(Err(Halt(reason))) => reason,
            // In the middle of what, nobody knows: nothing more is signed from what it left behind.
            Err(_panic) => "the sequencer panicked".to_owned(),
        };
        self.shared.halt(reason);
        let reason = self.shared.halted().unwrap_or_default().to_owned();
        self.inbox.turn_away(|| SubmitError::Halted { reason: reason.clone() });
    }

    fn work(&mut self) -> Result<(), Halt> {
        while self.inbox.receive(self.time.patience(self.options.heartbeat)) {
            if let Some(alarm) = self.inbox.take_alarm() {
                return Err(Halt(alarm.to_string()));
            }
            if let Some((witnessed, reply)) = self.inbox.take_witnessed() {
                let is_kept = self.keep_witnessed(witnessed)?;
                if reply.try_send(is_kept).is_err() {
                    tracing::debug!("nobody waits for a cosigned checkpoint to be kept");
                }
            }
            if let Some((to, reply)) = self.inbox.take_hand_over() {
                self.hand_over(to, reply)?;
            }
            self.write_group()?;
        }
        Ok(())
    }

    /// Admits a group, commits it and answers. `Err` only if the writer can't go on.
    fn write_group(&mut self) -> Result<(), Halt> {
        let (seals, is_seal_due) = self.inbox.take_seals();
        let mut answers = Answers { items: Vec::new(), seals };
        let time = match self.time.next_time(self.tip.time, &self.shared) {
            Ok(time) => time,
            Err(TimeError::Clock(fault)) => {
                for item in self.inbox.items.drain(..) {
                    item.reply.send(Err(fault.into()));
                }
                answers.fail(|| fault.into());
                return Ok(());
            }
            Err(TimeError::Alarm(alarm)) => {
                let reason = alarm.to_string();
                answers.fail(|| SubmitError::Halted { reason: reason.clone() });
                return Err(Halt(reason));
            }
        };

        let (tip, signing) = (self.tip.clone(), Arc::clone(&self.signing));
        let mut group = Group::begin(&self.shared.genesis, signing.keys.newest(), &tip, time);
        let shared = Arc::clone(&self.shared);
        let registry = Arc::clone(&self.registry);
        let mut ahead = Ahead::new(shared, tip.size(), tip.map.clone(), registry);
        let policies = &self.options.policies;
        let items = &mut self.inbox.items;
        if let Err(cause) = fill(&mut group, &mut ahead, items, &mut answers, policies) {
            answers.fail(|| SubmitError::NotStored);
            return after_failure(cause);
        }
        let (registry, records) = ahead.into_records();

        if group.len() == 0 && !is_seal_due && !self.is_heartbeat_due(time) {
            let added = Added { first: tip.size().next_index(), entries: &[] };
            answers.send(&self.shared, &self.shared.newest(), added);
            return Ok(());
        }
        let sealed = match group.seal(&self.shared.log, signing.signer.as_ref(), None) {
            Ok(sealed) => sealed,
            Err(SealError::Store(cause)) => {
                answers.fail(|| SubmitError::NotStored);
                return after_failure(cause);
            }
            Err(cause) => {
                tracing::error!(cause = %chain(&cause), "a group could not be sealed");
                answers.fail(|| SubmitError::NotStored);
                return Ok(());
            }
        };
        self.commit(sealed, registry, records, answers, signing)
    }

    /// Commits a group, shows it to readers and answers; from then on, `signing` signs.
    pub(super) fn commit(
        &mut self,
        sealed: SealedGroup,
        registry: Arc<Registry>,
        records: Vec<Arc<Record>>,
        answers: Answers,
        signing: Arc<Signing>,
    ) -> Result<(), Halt> {
        let storage = self.shared.log.storage();
        let before = self.tip.head.as_ref();
        match storage.commit(self.epoch, before, &sealed.head, &sealed.batch) {
            // This was the commit point: from here on the group is in the log. A crash loses the
            // answers, not the entries, and asking again brings the answers back.
            Ok(()) => {}
            Err(CommitError::NotApplied(cause)) => {
                answers.fail(|| SubmitError::NotStored);
                return after_failure(cause.into());
            }
            Err(CommitError::Unknown(cause)) => {
                tracing::error!(cause = %chain(&cause), "the outcome of a commit is unknown");
                answers.fail(|| SubmitError::Unconfirmed);
                // What is in memory may be a history that no store has: it must not be signed for.
                return self.reload(&sealed.head, &signing);
            }
            Err(cause) => {
                answers.fail(|| SubmitError::NotStored);
                return Err(Halt(chain(&cause)));
            }
        }
        self.publish(sealed, registry, records, answers, signing)
    }

    /// Shows a committed group to readers, and answers.
    fn publish(
        &mut self,
        sealed: SealedGroup,
        registry: Arc<Registry>,
        records: Vec<Arc<Record>>,
        answers: Answers,
        signing: Arc<Signing>,
    ) -> Result<(), Halt> {
        let SealedGroup { tip, head, checkpoint, seal, entries, weights, .. } = sealed;
        let first = self.tip.size().next_index();
        // Before anybody can see the checkpoint: a store that is put back to an earlier state is to
        // be known as such for every checkpoint that anybody may have.
        let before = self.tip.head.as_ref().map_or("", |head| &head.checkpoint);
        let guarded = self.guard().map_or(Ok(()), |guard| guard.advance(before, &head.checkpoint));
        let published = guarded
            .map_err(|cause| Halt(format!("the guard does not move on: {cause}")))
            .and_then(|()| {
                Published::check(checkpoint, head.checkpoint, tip.seal, seal, tip.map.clone())
                    .map_err(|cause| Halt(chain(&cause)))
            });
        let published = match published {
            Ok(published) => published,
            // It is in the log, but nobody is shown it before the next start has looked at it.
            Err(halt) => {
                answers.fail(|| SubmitError::Unconfirmed);
                return Err(halt);
            }
        };
        for record in records {
            let place = record.index().get().checked_sub(first.get());
            let place = place.and_then(|place| usize::try_from(place).ok());
            let weight = place.and_then(|place| weights.get(place)).copied().unwrap_or(0);
            self.shared.records.replace(record, weight);
        }
        let edge = Arc::new(Edge::of(&tip.tiles));
        let snapshot = Snapshot {
            published: Arc::new(published),
            edge,
            registry: Arc::clone(&registry),
            signing: Arc::clone(&signing),
        };
        self.tip = tip;
        self.registry = registry;
        self.signing = signing;
        let newest = self.shared.publish(snapshot);
        answers.send(&self.shared, &newest, Added { first, entries: &entries });
        Ok(())
    }

    /// Keeps a checkpoint that a quorum has cosigned, in a commit of its own, and shows it; whether it
    /// is kept. Once anybody has seen it, no start of this ledger shows an older one.
    fn keep_witnessed(&mut self, witnessed: Arc<Witnessed>) -> Result<bool, Halt> {
        let newest = self.shared.witnessed.newest();
        if newest.is_some_and(|newest| !witnessed.is_beyond(&newest)) {
            return Ok(true);
        }
        let Some(before) = self.tip.head.clone() else { return Ok(false) };
        let next = Head { sequence: Head::next_sequence(Some(&before)), ..before.clone() };
        let key = index_key(witnessed.size().get());
        let storage = self.shared.log.storage();
        let mut batch = Batch::default();
        match storage.get(Table::Cosigned, &key) {
            Ok(None) => batch.insert(Table::Cosigned, key, witnessed.note.as_bytes()),
            Ok(Some(_)) => batch.replace(Table::Cosigned, key, witnessed.note.as_bytes()),
            Err(cause) => return after_failure(cause.into()).map(|()| false),
        }
        match storage.commit(self.epoch, Some(&before), &next, &batch) {
            // This was the commit point: from here on it may be shown.
            Ok(()) => self.tip.head = Some(next),
            Err(CommitError::NotApplied(cause)) => {
                return after_failure(cause.into()).map(|()| false);
            }
            Err(CommitError::Unknown(cause)) => {
                tracing::error!(cause = %chain(&cause), "the outcome of a commit is unknown");
                let signing = Arc::clone(&self.signing);
                // It is cosigned and kept again, or for the first time.
                return self.reload(&next, &signing).map(|()| false);
            }
            Err(cause) => return Err(Halt(chain(&cause))),
        }
        self.shared.witnessed.show(witnessed);
        Ok(true)
    }

    /// Reads the store anew after a commit whose outcome nobody knows, and goes on from what is
    /// there; unless it is neither what was before nor what was tried: then another one writes.
    fn reload(&mut self, tried: &Head, next: &Signing) -> Result<(), Halt> {
        let halt = |cause: &dyn std::error::Error| {
            Halt(format!("after a commit of unknown outcome: {}", chain(cause)))
        };
        let ours = |head: Option<&Head>| head == self.tip.head.as_ref() || head == Some(tried);
        let other = || Halt("another writer has the store".to_owned());
        let storage = self.shared.log.storage();
        if !ours(storage.head().map_err(|cause| halt(&cause))?.as_ref()) {
            return Err(other());
        }
        let (epoch, head) = storage.claim().map_err(|cause| halt(&cause))?;
        if !ours(head.as_ref()) {
            return Err(other());
        }
        let head = head.ok_or_else(|| Halt("the store is empty".to_owned()))?;
        self.shared.records.clear();
        let shared = &self.shared;
        let restored = read_log_keys(&shared.log, &shared.genesis, TreeSize::new(head.size))
            .and_then(|keys| {
                let found = recover(&shared.log, &shared.tiles, &keys, head)?;
                let size = found.tip.size();
                let registry = read_registry(&shared.log, &shared.records, &shared.genesis, size)?;
                Ok((found, registry, keys))
            })
            .map_err(OpenError::from)
            .and_then(|(found, registry, keys)| {
                check_guard(self.guard().as_ref(), &keys, &found.tip, &shared.tiles)?;
                // Whether the log was handed over, the store knows now.
                let has_next = keys.newest() == next.keys.newest();
                let of = if has_next { next } else { &self.signing };
                let signing = Signing::new(keys, Arc::clone(&of.signer))?;
                Ok((found, Arc::new(registry), Arc::new(signing)))
            });
        let (found, registry, signing) = restored.map_err(|cause| halt(&cause))?;
        if let (Some(guard), Some(head)) = (self.guard(), &found.tip.head) {
            guard.replace(&head.checkpoint).map_err(|cause| halt(&cause))?;
        }
        tracing::warn!(size = found.tip.size().get(), "the store was read anew");
        self.epoch = epoch;
        self.shared.publish(Snapshot {
            published: Arc::new(found.published),
            edge: Arc::new(Edge::of(&found.tip.tiles)),
            registry: Arc::clone(&registry),
            signing: Arc::clone(&signing),
        });
        self.tip = found.tip;
        self.registry = registry;
        self.signing = signing;
        Ok(())
    }

    /// A trickle of refusals must not hold the heartbeat up.
    fn is_heartbeat_due(&self, now: Timestamp) -> bool {
        let since = u128::from(now.saturating_ms_since(self.tip.time));
        self.options.heartbeat.is_some_and(|heartbeat| since >= heartbeat.as_millis())
    }

    fn guard(&self) -> Option<Guard> {
        self.options.guard.clone().map(Guard::new)
    }
}

/// An engine that fails may serve again; a store that is not what was written will not.
pub(super) fn after_failure(cause: StoreError) -> Result<(), Halt> {
    match cause {
        StoreError::Storage(StorageError::Stopped | StorageError::Damaged { .. }) => {
            Err(Halt(chain(&cause)))
        }
        StoreError::Storage(_) => {
            tracing::error!(cause = %chain(&cause), "the store does not serve");
            Ok(())
        }
        other => Err(Halt(chain(&other))),
    }
}
