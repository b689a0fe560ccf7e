//! What time it is. The one place where it is asked.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// Where the ledger's time comes from. It may jump either way; the ledger's own time does not.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time by this clock.
    fn now(&self) -> Timestamp;

    /// How long it is since some instant in the past, always the same one: by a clock that does not
    /// jump, and that says nothing of the time of day.
    fn elapsed(&self) -> Duration;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// A clock that stands where it is set: for tests, and to play a history through.
#[derive(Debug, Default)]
pub struct SetClock {
    now_ms: AtomicU64,
    elapsed_ms: AtomicU64,
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one source of time")]
    fn now(&self) -> Timestamp {
        // A clock set before 1970 reads as 1970, which no ledger with an entry will write under.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        Timestamp::from_ms(ms).unwrap_or(Timestamp::MAX)
    }

    #[expect(clippy::disallowed_methods, reason = "the one source of time")]
    fn elapsed(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}

impl SetClock {
    /// A clock that stands at `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self { now_ms: AtomicU64::new(now.ms()), elapsed_ms: AtomicU64::new(0) }
    }

    /// Puts the clock forward or back, in no time.
    pub fn set(&self, now: Timestamp) {
        self.now_ms.store(now.ms(), Ordering::SeqCst);
    }

    /// Lets time go by.
    pub fn advance_ms(&self, ms: u64) {
        self.elapsed_ms.fetch_add(ms, Ordering::SeqCst);
        self.set(self.now().saturating_add_ms(ms));
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.now_ms.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.elapsed_ms.load(Ordering::SeqCst))
    }
}
