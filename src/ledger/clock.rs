//! What time it is. The one place where it is asked.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// Where the ledger's time comes from. It may jump either way; the ledger's own time does not.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time by this clock.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// A clock that stands where it is set: for tests, and to play a history through.
#[derive(Debug, Default)]
pub struct SetClock {
    now_ms: AtomicU64,
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one source of time")]
    fn now(&self) -> Timestamp {
        // A clock set before 1970 reads as 1970, which no ledger with an entry will write under.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        Timestamp::from_ms(ms).unwrap_or(Timestamp::MAX)
    }
}

impl SetClock {
    /// A clock that stands at `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self { now_ms: AtomicU64::new(now.ms()) }
    }

    /// Moves the clock, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.now_ms.store(now.ms(), Ordering::SeqCst);
    }

    /// Moves the clock forward.
    pub fn advance_ms(&self, ms: u64) {
        self.set(self.now().saturating_add_ms(ms));
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.now_ms.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}
