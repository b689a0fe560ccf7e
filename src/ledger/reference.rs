//! A time to compare the clock with.

use std::time::Duration;

use crate::time::Timestamp;

/// How far the clock may be behind the last entry, or ahead of the witnesses (formats.md, section 4).
pub(super) const CLOCK_OFF_MAX_MS: u64 = 5 * 60 * 1000;

/// A time that was right at an instant of the clock that does not jump: as a quorum of witnesses said,
/// or, where none has answered since the start, as our own clock said then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference {
    time: Timestamp,
    at: Duration,
}

impl Reference {
    pub(super) const fn new(time: Timestamp, at: Duration) -> Self {
        Self { time, at }
    }

    /// That time, and what has gone by since.
    pub(super) fn now(self, elapsed: Duration) -> Timestamp {
        let since = elapsed.saturating_sub(self.at).as_millis();
        self.time.saturating_add_ms(u64::try_from(since).unwrap_or(u64::MAX))
    }

    /// The latest that a clock may say.
    pub(super) fn latest(self, elapsed: Duration) -> Timestamp {
        self.now(elapsed).saturating_add_ms(CLOCK_OFF_MAX_MS)
    }
}
