//! The time that entries get: the clock's, as long as neither the log nor the witnesses contradict it
//! (formats.md, section 4). One wrong clock must not spoil the ledger's time for good.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::causes::chain;
use crate::ledger::clock::Clock;
use crate::ledger::clock_fault::ClockFault;
use crate::ledger::nodes::Nodes;
use crate::ledger::published::Snapshot;
use crate::ledger::reference::{CLOCK_OFF_MAX_MS, Reference};
use crate::ledger::shared::Shared;
use crate::ledger::witnesses::{LateFn, Question, WitnessAlarm, WitnessError, Witnesses};
use crate::merkle::{self, TreeSize};
use crate::note::CosignedCheckpoint;
use crate::time::{CLOCK_SKEW_MS_MAX, Timestamp};

/// How soon witnesses are asked again who did not answer, or who contradict the clock; and how soon a
/// clock that is wrong is looked at again.
const RETRY: Duration = Duration::from_secs(10);

/// How old an answer may be: whatever makes the clock drift may move the one that does not jump too.
const ANSWER_AGE_MAX: Duration = Duration::from_hours(1);

/// Tells the sequencer what time it is, or that it can't be told.
#[derive(Debug)]
pub(super) struct Timekeeper {
    clock: Arc<dyn Clock>,
    witnesses: Option<Arc<dyn Witnesses>>,
    state: Mutex<State>,
    /// Held while a proof for a witness is made, which takes the store; false once the ledger closes.
    is_open: Arc<Mutex<bool>>,
}

#[derive(Debug, Default)]
struct State {
    /// There once witnesses have been asked.
    reference: Option<Reference>,
    /// When they were asked last, by the clock that does not jump.
    asked: Duration,
    /// How often in a row no quorum has answered.
    failures: u32,
    fault: Option<ClockFault>,
}

/// Why there is no time for a group.
#[derive(Clone, Debug)]
pub(super) enum TimeError {
    Clock(ClockFault),
    Alarm(WitnessAlarm),
}

impl Timekeeper {
    pub(super) fn new(clock: Arc<dyn Clock>, witnesses: Option<Arc<dyn Witnesses>>) -> Self {
        let is_open = Arc::new(Mutex::new(true));
        Self { clock, witnesses, state: Mutex::default(), is_open }
    }

    /// Asks the witnesses for the first time, and waits for each of them: one alone may know that the
    /// store is old. The ledger starts whatever its clock says; it does not if a witness raises the
    /// alarm. Where nobody answers, nothing contradicts the clock. Gives the newest checkpoint as it was
    /// cosigned.
    pub(super) fn start(
        &self,
        last: Timestamp,
        shared: &Arc<Shared>,
    ) -> Result<Option<CosignedCheckpoint>, WitnessAlarm> {
        let Some(witnesses) = &self.witnesses else { return Ok(None) };
        let cosigned = match self.ask_the_time(witnesses.as_ref(), shared, Timestamp::MAX)? {
            Ok(cosigned) => Some(cosigned),
            Err(fault) => {
                shared.witnessed.set_fault(Some(fault));
                None
            }
        };
        let is_confirmed = self.state().failures == 0;
        match self.look(last) {
            Ok(time) if is_confirmed => tracing::info!(%time, "witnesses confirm the clock"),
            Ok(time) => tracing::warn!(
                %time,
                "no quorum of witnesses has confirmed the clock; it is believed until one answers"
            ),
            Err(_fault) => {}
        }
        Ok(cosigned)
    }

    /// The time of the next group, in a log whose last entry has the time `last`.
    pub(super) fn next_time(
        &self,
        last: Timestamp,
        shared: &Arc<Shared>,
    ) -> Result<Timestamp, TimeError> {
        if let Some(witnesses) = &self.witnesses {
            if let Some(alarm) = witnesses.alarm() {
                return Err(TimeError::Alarm(alarm));
            }
            if self.has_to_ask() {
                let asked = self.ask_the_time(witnesses.as_ref(), shared, self.enough());
                drop(asked.map_err(TimeError::Alarm)?);
            }
        }
        self.look(last).map_err(TimeError::Clock)
    }

    /// The time of something that is signed but is no entry: not before `last`, and no further ahead
    /// than an entry could be.
    pub(super) fn time_beside_the_log(&self, last: Timestamp) -> Timestamp {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let latest = self.state().reference.map(|reference| reference.latest(elapsed));
        latest.map_or(now, |latest| now.min(latest)).max(last)
    }

    /// What is wrong with the clock, as of the last look at it.
    pub(super) fn fault(&self) -> Option<ClockFault> {
        self.state().fault
    }

    /// How long the sequencer may wait for work: it looks again at a clock that was wrong.
    pub(super) fn patience(&self, heartbeat: Option<Duration>) -> Option<Duration> {
        match self.fault() {
            Some(_) => Some(heartbeat.map_or(RETRY, |heartbeat| heartbeat.min(RETRY))),
            None => heartbeat,
        }
    }

    /// Whether the last answer is too old, or contradicts the clock and is not the newest to be had.
    fn has_to_ask(&self) -> bool {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let state = self.state();
        let since = elapsed.saturating_sub(state.asked);
        let is_ahead = state.reference.is_some_and(|it| now > it.latest(elapsed));
        let is_known =
            matches!(state.fault, Some(ClockFault::Ahead { .. } | ClockFault::Unconfirmed { .. }));
        since >= state.answer_age_max() || (is_ahead && (!is_known || since >= RETRY))
    }

    /// Has the newest checkpoint cosigned for the time that its cosignatures have; gives it, or why
    /// there was no quorum.
    fn ask_the_time(
        &self,
        witnesses: &dyn Witnesses,
        shared: &Arc<Shared>,
        enough: Timestamp,
    ) -> Result<Result<CosignedCheckpoint, String>, WitnessAlarm> {
        let (of, newest) = (Arc::downgrade(shared), shared.newest());
        match self.ask_until(enough, witnesses, &of, &newest, None) {
            Ok(cosigned) => Ok(Ok(cosigned)),
            Err(WitnessError::NoQuorum { detail }) => {
                tracing::warn!(detail, "no quorum of witnesses confirms the clock");
                Ok(Err(detail))
            }
            Err(cause @ WitnessError::Future { .. }) => Ok(Err(cause.to_string())),
            Err(WitnessError::Alarm(alarm)) => Err(alarm),
        }
    }

    /// Has a checkpoint cosigned, and remembers what time it is by the answer. The store is used for
    /// proofs only, and only until the ledger closes.
    pub(super) fn ask(
        &self,
        witnesses: &dyn Witnesses,
        shared: &Weak<Shared>,
        snapshot: &Snapshot,
        late: Option<LateFn>,
    ) -> Result<CosignedCheckpoint, WitnessError> {
        self.ask_until(self.enough(), witnesses, shared, snapshot, late)
    }

    /// The same; the witnesses that are waited for are those without whom no quorum cosigns at `enough`
    /// or later.
    fn ask_until(
        &self,
        enough: Timestamp,
        witnesses: &dyn Witnesses,
        shared: &Weak<Shared>,
        snapshot: &Snapshot,
        late: Option<LateFn>,
    ) -> Result<CosignedCheckpoint, WitnessError> {
        let answer = witnesses.ask(self.question(shared, snapshot, enough, late));
        match &answer {
            Ok(cosigned) => self.learn(cosigned.witnessed_at()),
            Err(WitnessError::Future { found, .. }) => self.learn(Some(*found)),
            Err(WitnessError::NoQuorum { .. }) => self.learn(None),
            Err(WitnessError::Alarm(_)) => {}
        }
        answer
    }

    /// From when on a quorum's time does not contradict the clock.
    fn enough(&self) -> Timestamp {
        self.clock.now().saturating_sub_ms(CLOCK_OFF_MAX_MS)
    }

    /// What was published last; `None` once the ledger closes.
    pub(super) fn newest(&self, shared: &Weak<Shared>) -> Option<Arc<Snapshot>> {
        newest(&self.is_open, shared)
    }

    /// Waits for a proof under way, and makes no other: whoever closes a ledger can open its store
    /// again.
    pub(super) fn close(&self) {
        *lock(&self.is_open) = false;
    }

    /// Takes the time by an answer of the witnesses; `None` if no quorum gave one.
    fn learn(&self, time: Option<Timestamp>) {
        let at = self.clock.elapsed();
        let clock = self.clock.now();
        if let Some(time) = time.filter(|it| it.saturating_ms_since(clock) > CLOCK_OFF_MAX_MS) {
            // Entries that are too old spoil nothing for those that follow.
            tracing::warn!(%clock, witnesses = %time, "the clock is behind the witnesses");
        }
        let mut state = self.state();
        state.asked = at;
        state.failures = if time.is_some() { 0 } else { state.failures.saturating_add(1) };
        let time = time.or_else(|| state.reference.is_none().then_some(clock));
        if let Some(time) = time {
            state.reference = Some(Reference::new(time, at));
        }
    }

    /// Compares the clock with what is known.
    fn look(&self, last: Timestamp) -> Result<Timestamp, ClockFault> {
        let (clock, elapsed) = (self.clock.now(), self.clock.elapsed());
        let mut state = self.state();
        let ahead = state.reference.filter(|reference| clock > reference.latest(elapsed));
        let fault = if last.saturating_ms_since(clock) > CLOCK_OFF_MAX_MS {
            Some(ClockFault::Behind { clock, ledger: last })
        } else {
            ahead.map(|reference| {
                let expected = reference.now(elapsed);
                if state.failures == 0 {
                    ClockFault::Ahead { clock, witnesses: expected }
                } else {
                    ClockFault::Unconfirmed { clock, expected }
                }
            })
        };
        match (&state.fault, &fault) {
            (None, Some(fault)) => tracing::error!(%fault, "nothing is written"),
            (Some(_), None) => tracing::warn!(%clock, "the clock is right again"),
            (Some(_), Some(_)) | (None, None) => {}
        }
        state.fault = fault;
        fault.map_or_else(|| Ok(clock.max(last)), Err)
    }

    /// To cosign a checkpoint. A question may outlive the ledger, and does not keep its store open.
    fn question(
        &self,
        shared: &Weak<Shared>,
        snapshot: &Snapshot,
        enough: Timestamp,
        late: Option<LateFn>,
    ) -> Question {
        let newest = {
            let (shared, is_open) = (Weak::clone(shared), Arc::clone(&self.is_open));
            move || newest(&is_open, &shared).map(|newest| newest.edge.size())
        };
        let (edge, shared) = (Arc::clone(&snapshot.edge), Weak::clone(shared));
        let is_open = Arc::clone(&self.is_open);
        let prove = move |old: TreeSize| {
            let is_open = lock(&is_open);
            let shared = shared.upgrade().filter(|_| *is_open)?;
            let nodes = Nodes { cache: &shared.tiles, edge: &edge };
            let proof = merkle::consistency_proof(&nodes, old, edge.size());
            drop(shared);
            proof
                .inspect_err(
                    |cause| tracing::error!(cause = %chain(cause), "no proof for a witness"),
                )
                .ok()
        };
        let checkpoint = snapshot.published.checkpoint.clone();
        let (newest, prove) = (Arc::new(newest), Arc::new(prove));
        let latest = self.clock.now().saturating_add_ms(CLOCK_SKEW_MS_MAX);
        Question { checkpoint, newest, prove, enough, latest, late }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for Timekeeper {
    fn drop(&mut self) {
        self.close();
    }
}

impl State {
    /// How old the last answer may be; where there was none, it is tried again more and more seldom.
    fn answer_age_max(&self) -> Duration {
        let Some(doublings) = self.failures.checked_sub(1) else { return ANSWER_AGE_MAX };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        RETRY.saturating_mul(factor).min(ANSWER_AGE_MAX)
    }
}

/// What was published last; `None` once the ledger closes. The store is not kept open beyond that.
fn newest(is_open: &Mutex<bool>, shared: &Weak<Shared>) -> Option<Arc<Snapshot>> {
    let is_open = lock(is_open);
    shared.upgrade().filter(|_| *is_open).map(|shared| shared.newest())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
