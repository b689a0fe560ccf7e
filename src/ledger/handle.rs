//! The handle on a ledger: starts the sequencer, submits to it, reads beside it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::genesis::Genesis;
use crate::key::Signer;
use crate::ledger::answers::SealReply;
use crate::ledger::clock::Clock;
use crate::ledger::clock_fault::ClockFault;
use crate::ledger::door::{Door, Submission};
use crate::ledger::group::{Group, SealError};
use crate::ledger::guard::Guard;
use crate::ledger::inbox::{Inbox, Message};
use crate::ledger::listeners::ListenFn;
use crate::ledger::log_reader::LogReader;
use crate::ledger::nodes::{Edge, TileCache};
use crate::ledger::open_error::OpenError;
use crate::ledger::options::Options;
use crate::ledger::published::Snapshot;
use crate::ledger::publisher::Publisher;
use crate::ledger::queue::{QUEUE_ITEMS_MAX, Quota, Reply, ReplyFn};
use crate::ledger::receipt::Receipt;
use crate::ledger::records::RecordCache;
use crate::ledger::recovery::{check_guard, read_genesis, read_registry, recover};
use crate::ledger::sequencer::Sequencer;
use crate::ledger::shared::Shared;
use crate::ledger::signing::{Signing, read_log_keys};
use crate::ledger::store_error::StoreError;
use crate::ledger::submit_error::SubmitError;
use crate::ledger::timekeeper::Timekeeper;
use crate::ledger::tip::Tip;
use crate::ledger::view::View;
use crate::ledger::view_error::ViewError;
use crate::ledger::witnessed::Witnessed;
use crate::log_key::LogKeys;
use crate::merkle::{EMPTY_ROOT, TreeSize};
use crate::policy::PolicySet;
use crate::storage::Storage;

/// A ledger that is open for writing. Dropping it answers what waits and ends the sequencer.
#[derive(Debug)]
pub struct Ledger {
    pub(super) shared: Arc<Shared>,
    pub(super) time: Arc<Timekeeper>,
    /// The rule sets that the sequencer judges by.
    pub(super) policies: PolicySet,
    /// There if witnesses cosign what is published.
    pub(super) publisher: Option<Publisher>,
    quota: Quota,
    sender: SyncSender<Message>,
    is_stopping: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Ledger {
    /// Makes a ledger in an empty store, with its genesis and a first seal, and opens it. Witnesses
    /// are asked once there is something to cosign.
    pub fn create(
        storage: Arc<dyn Storage>,
        genesis: &Genesis,
        clock: Arc<dyn Clock>,
        signer: Arc<dyn Signer>,
        options: Options,
    ) -> Result<Self, OpenError> {
        let signing = Signing::new(LogKeys::new(genesis), signer)?;
        let (keys, signer) = (&signing.keys, Arc::clone(&signing.signer));
        let (epoch, head) = storage.claim()?;
        if let Some(head) = head {
            return Err(OpenError::Exists { found: TreeSize::new(head.size) });
        }
        // Before the first signature: a new log under a key that has signed one already is a fork.
        if let Some(guard) = options.guard.clone().map(Guard::new) {
            guard.check(keys, TreeSize::EMPTY, |_size| Ok(EMPTY_ROOT))?;
        }
        let tip = Tip::default();
        let mut group = Group::begin(genesis, keys.newest(), &tip, clock.now());
        let log = LogReader::new(Arc::clone(&storage));
        let malformed = |cause| StoreError::malformed("entry", 0, cause);
        group.push_genesis().map_err(malformed)?;
        let sealed = group.seal(&log, signer.as_ref(), None).map_err(|cause| match cause {
            SealError::Sign(cause) => OpenError::Sign(cause),
            SealError::Checkpoint(cause) => OpenError::Checkpoint(cause),
            SealError::Entry(cause) => malformed(cause).into(),
            SealError::Store(cause) => cause.into(),
        })?;
        // Genesis, seal and checkpoint are there together or not at all: there is no ledger that
        // has begun and can't go on.
        storage.commit(epoch, None, &sealed.head, &sealed.batch)?;
        Self::open(storage, clock, signer, options)
    }

    /// Opens the ledger in a store. Nothing is signed before the right edge of the tree, the last
    /// seal, the subject map and the checkpoint have been recomputed from what is stored.
    pub fn open(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        signer: Arc<dyn Signer>,
        options: Options,
    ) -> Result<Self, OpenError> {
        let (epoch, head) = storage.claim()?;
        let head = head.ok_or(OpenError::Empty)?;
        if head.checkpoint.is_empty() {
            return Err(OpenError::Unfinished);
        }
        let log = LogReader::new(storage);
        let genesis = read_genesis(&log)?;
        let keys = read_log_keys(&log, &genesis, TreeSize::new(head.size))?;
        let signing = Arc::new(Signing::new(keys, signer)?);
        let tiles = TileCache::new(log.clone());
        let found = recover(&log, &tiles, &signing.keys, head)?;
        let tip = found.tip;
        let guard = options.guard.clone().map(Guard::new);
        check_guard(guard.as_ref(), &signing.keys, &tip, &tiles)?;
        let checked = options.checked_guard.clone().map(Guard::new);
        let checked = checked.filter(|guard| guard.may_be_of(genesis.origin()));
        check_guard(checked.as_ref(), &signing.keys, &tip, &tiles)?;
        let records = RecordCache::new(log.clone());
        let registry = Arc::new(read_registry(&log, &records, &genesis, tip.size())?);
        let newest = Snapshot {
            published: Arc::new(found.published),
            edge: Arc::new(Edge::of(&tip.tiles)),
            registry: Arc::clone(&registry),
            signing: Arc::clone(&signing),
        };
        let asks = options.witnesses.clone().zip(options.witness_interval);
        let witnessed = match &asks {
            Some((of, _)) => Witnessed::read(&signing.keys, &log, of.as_ref(), tip.size())?,
            None => None,
        };
        let shared = Arc::new(Shared::new(genesis, log, tiles, records, newest, witnessed));
        let time = Arc::new(Timekeeper::new(clock, options.witnesses.clone()));
        // Before the first signature, and before the guard goes on: a witness may have seen more than
        // is here, or something else.
        let cosigned = time.start(tip.time, &shared)?;
        if let (Some(guard), Some(head)) = (&guard, &tip.head) {
            guard.replace(&head.checkpoint)?;
        }
        let policies = options.policies.clone();
        // One message holds one submission at least, so the quota is what fills up first.
        let (sender, receiver) = sync_channel(QUEUE_ITEMS_MAX);
        let sequencer = Sequencer {
            shared: Arc::clone(&shared),
            signing,
            time: Arc::clone(&time),
            options,
            epoch,
            tip,
            registry,
            inbox: Inbox::new(receiver),
        };
        let thread = thread::Builder::new().name("sequencer".to_owned());
        let thread = thread.spawn(|| sequencer.run()).map_err(OpenError::Thread)?;
        let publisher = asks.map(|(witnesses, interval)| {
            let first = cosigned.map(|of| Arc::new(Witnessed::new(&shared.newest().published, of)));
            let time = Arc::clone(&time);
            Publisher::start(&shared, time, witnesses, sender.clone(), interval, first)
        });
        Ok(Self {
            shared,
            time,
            policies,
            publisher: publisher.transpose()?,
            quota: Quota::default(),
            sender,
            is_stopping: AtomicBool::new(false),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// What checks submissions, as of the newest checkpoint.
    pub fn door(&self) -> Door {
        Door::new(Arc::clone(&self.shared.newest().registry))
    }

    /// Hands a submission over; `reply` gets the outcome, after the commit.
    pub fn submit(&self, submission: Submission, reply: ReplyFn) {
        self.submit_many(vec![(submission, reply)]);
    }

    /// Hands submissions over that are to be taken in this order: if there is no place for one of
    /// them, there is none for those behind it either.
    pub fn submit_many(&self, submissions: Vec<(Submission, ReplyFn)>) {
        let replies = submissions.into_iter().map(|(of, reply)| (of, Reply::new(reply)));
        if self.is_stopping.load(Ordering::SeqCst) {
            replies.for_each(|(_, reply)| reply.send(Err(SubmitError::Stopping)));
            return;
        }
        let mut items = Vec::new();
        let mut is_full = false;
        for (of, reply) in replies {
            // What follows one that has no place goes with it, or it would be taken before it.
            if is_full {
                reply.send(Err(SubmitError::overloaded()));
                continue;
            }
            match self.quota.admit(of, reply) {
                Some(item) => items.push(item),
                None => is_full = true,
            }
        }
        if items.is_empty() {
            return;
        }
        let (message, is_full) = match self.sender.try_send(Message::Submit(items)) {
            Ok(()) => return,
            Err(TrySendError::Full(message)) => (message, true),
            Err(TrySendError::Disconnected(message)) => (message, false),
        };
        let error = || if is_full { SubmitError::overloaded() } else { self.ended() };
        if let Message::Submit(items) = message {
            for item in items {
                item.reply.send(Err(error()));
            }
        }
    }

    /// Submits and waits for the outcome.
    pub fn submit_wait(&self, submission: Submission) -> Result<Receipt, SubmitError> {
        let (sender, receiver) = sync_channel(1);
        let reply = move |outcome| {
            if sender.try_send(outcome).is_err() {
                tracing::debug!("nobody waits for the receipt any more");
            }
        };
        self.submit(submission, Box::new(reply));
        receiver.recv().unwrap_or(Err(SubmitError::Unconfirmed))
    }

    /// Writes a seal now, and waits for it: the size of the log behind it.
    pub fn seal(&self) -> Result<TreeSize, SubmitError> {
        self.ask(Message::Seal)
    }

    /// Has the sequencer do something with a seal, and waits for the size of the log behind it.
    pub(super) fn ask(
        &self,
        message: impl FnOnce(SealReply) -> Message,
    ) -> Result<TreeSize, SubmitError> {
        let (sender, receiver) = sync_channel(1);
        if self.is_stopping.load(Ordering::SeqCst) {
            return Err(SubmitError::Stopping);
        }
        match self.sender.try_send(message(sender)) {
            Ok(()) => receiver.recv().unwrap_or_else(|_cause| Err(self.ended())),
            Err(TrySendError::Full(_)) => Err(SubmitError::overloaded()),
            Err(TrySendError::Disconnected(_)) => Err(self.ended()),
        }
    }

    /// The state under the newest checkpoint, or under the one published at the size `as_of`.
    pub fn view(&self, as_of: Option<TreeSize>) -> Result<View, ViewError> {
        View::open(&self.shared, as_of)
    }

    /// The state under the newest checkpoint that a quorum of witnesses has cosigned, or under the one
    /// at the size `as_of`; its checkpoint has the cosignatures.
    pub fn view_witnessed(&self, as_of: Option<TreeSize>) -> Result<View, ViewError> {
        let publisher = self.publisher.as_ref().ok_or(ViewError::NoWitnesses)?;
        View::open_witnessed(&self.shared, publisher.witnesses(), as_of)
    }

    /// The note of the same checkpoint.
    pub fn witnessed_note(&self, as_of: Option<TreeSize>) -> Result<Arc<str>, ViewError> {
        let publisher = self.publisher.as_ref().ok_or(ViewError::NoWitnesses)?;
        let witnessed = self.shared.witnessed(publisher.witnesses(), as_of)?;
        Ok(Arc::clone(&witnessed.note))
    }

    /// The size of the newest published checkpoint.
    pub fn size(&self) -> TreeSize {
        self.shared.newest().edge.size()
    }

    /// Has somebody told of every checkpoint that is published from here on, as long as the caller
    /// holds them. Which one it is, a view says: it may be a newer one by then.
    pub fn on_publish(&self, listener: &Arc<ListenFn>) {
        self.shared.listeners().add(listener);
    }

    /// Has somebody told of every checkpoint that a quorum of witnesses has cosigned, once it is shown,
    /// as long as the caller holds them.
    pub fn on_witness(&self, listener: &Arc<ListenFn>) {
        self.shared.witnessed.listeners().add(listener);
    }

    /// The genesis document.
    pub fn genesis(&self) -> &Genesis {
        &self.shared.genesis
    }

    /// Why nothing is written any more; `None` while the ledger writes.
    pub fn halted(&self) -> Option<&str> {
        self.shared.halted()
    }

    /// Why nothing is written at the moment, though it will be once the clock is right.
    pub fn clock_fault(&self) -> Option<ClockFault> {
        self.time.fault()
    }

    /// Whether submissions are taken.
    pub fn is_writing(&self) -> bool {
        self.halted().is_none() && self.clock_fault().is_none()
    }

    /// Takes nothing more, answers what waits, and ends the sequencer. Reading goes on.
    pub fn shut_down(&self) {
        self.is_stopping.store(true, Ordering::SeqCst);
        if let Some(publisher) = &self.publisher {
            publisher.stop();
        }
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        if self.sender.send(Message::Stop).is_err() {
            tracing::debug!("the sequencer has ended before");
        }
        if thread.join().is_err() {
            self.shared.halt("the sequencer panicked".to_owned());
        }
    }

    fn ended(&self) -> SubmitError {
        match self.shared.halted() {
            Some(reason) => SubmitError::Halted { reason: reason.to_owned() },
            None if self.is_stopping.load(Ordering::SeqCst) => SubmitError::Stopping,
            None => SubmitError::Halted { reason: "the sequencer has ended".to_owned() },
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.shut_down();
        self.time.close();
    }
}
