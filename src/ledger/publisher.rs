//! Has every new checkpoint cosigned: a thread beside the sequencer, which never waits for it. What a
//! quorum has cosigned goes to the sequencer, the only one that writes, and is shown once it is kept.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use crate::ledger::inbox::Message;
use crate::ledger::listeners::ListenFn;
use crate::ledger::open_error::OpenError;
use crate::ledger::published::Snapshot;
use crate::ledger::shared::Shared;
use crate::ledger::timekeeper::Timekeeper;
use crate::ledger::witnessed::{Witnessed, WitnessedState};
use crate::ledger::witnesses::{LateFn, WitnessAlarm, WitnessError, Witnesses};

/// How soon witnesses are asked again if there was no quorum, and nothing new came in. It doubles with
/// each time.
const RETRY: Duration = Duration::from_secs(1);

/// The longest that it is.
const RETRY_MAX: Duration = Duration::from_secs(30);

/// How often it is looked at whether a witness has raised the alarm in an answer that nobody waited
/// for.
const ALARM_LOOK: Duration = Duration::from_secs(1);

/// The thread, as the ledger has it. Once it is dropped, nothing more is asked.
#[derive(Debug)]
pub(super) struct Publisher {
    signal: Arc<Signal>,
    witnesses: Arc<dyn Witnesses>,
}

/// What wakes the thread.
#[derive(Debug, Default)]
struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// A checkpoint was published.
    has_news: bool,
    /// The same as was handed over last, with cosignatures that came later.
    late: Option<Arc<Witnessed>>,
    is_stopping: bool,
}

/// What the thread works with. It does not keep the store open: a witness may take its time.
struct Work {
    signal: Arc<Signal>,
    shared: Weak<Shared>,
    state: Arc<WitnessedState>,
    time: Arc<Timekeeper>,
    witnesses: Arc<dyn Witnesses>,
    sender: SyncSender<Message>,
    interval: Duration,
    /// How often in a row there was no quorum.
    failures: u32,
    _listener: Arc<ListenFn>,
}

/// That there is nothing more to do.
struct Ended;

impl Publisher {
    /// Starts the thread. `first` was cosigned already and is not kept yet.
    pub(super) fn start(
        shared: &Arc<Shared>,
        time: Arc<Timekeeper>,
        witnesses: Arc<dyn Witnesses>,
        sender: SyncSender<Message>,
        interval: Duration,
        first: Option<Arc<Witnessed>>,
    ) -> Result<Self, OpenError> {
        let signal: Arc<Signal> = Arc::default();
        let told = Arc::downgrade(&signal);
        let listener: Arc<ListenFn> = Arc::new(move || {
            if let Some(signal) = told.upgrade() {
                signal.change(|state| state.has_news = true);
            }
        });
        shared.listeners().add(&listener);
        let work = Work {
            signal: Arc::clone(&signal),
            shared: Arc::downgrade(shared),
            state: Arc::clone(&shared.witnessed),
            time,
            witnesses: Arc::clone(&witnesses),
            sender,
            interval,
            failures: 0,
            _listener: listener,
        };
        let thread = thread::Builder::new().name("publisher".to_owned());
        // Nobody waits for its end: a witness that it waits for must not hold up who stops.
        drop(thread.spawn(|| work.run(first)).map_err(OpenError::Thread)?);
        Ok(Self { signal, witnesses })
    }

    /// Who is asked.
    pub(super) fn witnesses(&self) -> &dyn Witnesses {
        self.witnesses.as_ref()
    }

    /// Nothing more is asked from here on; nor is what is under way waited for.
    pub(super) fn stop(&self) {
        self.signal.change(|state| state.is_stopping = true);
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Signal {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits for so long, or until there is what to wait for; whether to go on at all.
    fn wait(&self, limit: Duration, is_over: impl Fn(&State) -> bool) -> Result<(), Ended> {
        let wait = self
            .changed
            .wait_timeout_while(self.lock(), limit, |state| !state.is_stopping && !is_over(state));
        let (state, _elapsed) = wait.unwrap_or_else(PoisonError::into_inner);
        if state.is_stopping { Err(Ended) } else { Ok(()) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    const fn has_work(&self) -> bool {
        self.has_news || self.late.is_some()
    }
}

impl Work {
    fn run(mut self, first: Option<Arc<Witnessed>>) {
        if let Some(first) = first {
            self.keep(first);
        }
        while let Ok(()) = self.turn() {}
    }

    /// Asks once, if there is something to ask, and waits until it is time for the next.
    fn turn(&mut self) -> Result<(), Ended> {
        if let Some(alarm) = self.witnesses.alarm() {
            return Err(self.raise(alarm));
        }
        let late = {
            let mut state = self.signal.lock();
            state.has_news = false;
            state.late.take()
        };
        if let Some(late) = late {
            self.keep(late);
        }
        let newest = self.time.newest(&self.shared).ok_or(Ended)?;
        // Where no quorum has answered, it is asked until one does, about the same too.
        if newest.edge.size() <= self.state.size() && self.state.fault().is_none() {
            return self.signal.wait(ALARM_LOOK, State::has_work);
        }
        let is_kept = self.ask(&newest)?;
        self.failures = if is_kept { 0 } else { self.failures.saturating_add(1) };
        // At most so often, whatever comes in.
        self.signal.wait(self.interval, |_state| false)?;
        match self.failures.checked_sub(1) {
            None => Ok(()),
            Some(doublings) => {
                let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
                let wait = RETRY.saturating_mul(factor).min(RETRY_MAX);
                self.signal.wait(wait.saturating_sub(self.interval), State::has_work)
            }
        }
    }

    /// Has a checkpoint cosigned; whether it was, and is kept.
    fn ask(&self, snapshot: &Snapshot) -> Result<bool, Ended> {
        let published = Arc::clone(&snapshot.published);
        let signal = Arc::downgrade(&self.signal);
        let late: LateFn = Arc::new(move |late| {
            let Some(signal) = signal.upgrade() else { return };
            let late = late.map(|cosigned| Arc::new(Witnessed::new(&published, cosigned)));
            signal.change(|state| match late {
                Ok(late) if state.late.as_ref().is_none_or(|kept| late.is_beyond(kept)) => {
                    state.late = Some(late);
                }
                Ok(_lesser) => {}
                // Who asks the next time is told.
                Err(_alarm) => state.has_news = true,
            });
        });
        match self.time.ask(self.witnesses.as_ref(), &self.shared, snapshot, Some(late)) {
            Ok(cosigned) => {
                let is_kept = self.keep(Arc::new(Witnessed::new(&snapshot.published, cosigned)));
                let size = snapshot.edge.size();
                let fault = (!is_kept).then(|| "what a quorum has cosigned is not kept".to_owned());
                if !self.state.set_fault(fault) && is_kept {
                    tracing::warn!(%size, "a quorum of witnesses cosigns again");
                }
                Ok(is_kept)
            }
            Err(WitnessError::Alarm(alarm)) => Err(self.raise(alarm)),
            Err(WitnessError::NoQuorum { detail }) => Ok(self.miss(snapshot, &detail)),
            Err(cause @ WitnessError::Future { .. }) => Ok(self.miss(snapshot, &cause.to_string())),
        }
    }

    /// Says why nothing was cosigned that may be shown; that it was not kept.
    fn miss(&self, snapshot: &Snapshot, detail: &str) -> bool {
        let (public, newest) = (self.state.size(), snapshot.edge.size());
        if self.state.set_fault(Some(detail.to_owned())) {
            tracing::warn!(%public, %newest, detail, "no quorum of witnesses cosigns");
        }
        false
    }

    /// Has the sequencer keep what was cosigned, and waits for it; whether it did.
    fn keep(&self, witnessed: Arc<Witnessed>) -> bool {
        let (reply, answer) = sync_channel(1);
        let message = Message::Witnessed(witnessed, reply);
        // Where there is no sequencer any more, nothing is written and nothing answered.
        self.sender.send(message).is_ok() && answer.recv().unwrap_or(false)
    }

    /// Ends the writing at once, not only with the next group.
    fn raise(&self, alarm: WitnessAlarm) -> Ended {
        self.state.set_fault(Some(alarm.to_string()));
        if self.sender.send(Message::Alarm(alarm)).is_err() {
            tracing::debug!("nothing is written any more as it is");
        }
        Ended
    }
}
