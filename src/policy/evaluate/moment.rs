//! The moment a question is about: the day asked for, and the day that decides for these goods.
//!
//! Rules: `conformity.md`, section 1.4.

use crate::time::{Date, Timestamp};

/// When evidence must be in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// The instant that the question is about.
    pub legal_at: Timestamp,
    /// The day on which goods in stock were placed on the Union market; none for a direct import.
    pub placed_on_market: Option<Date>,
}

impl Moment {
    /// The day on which evidence must be in force.
    pub(super) fn day(&self) -> Date {
        self.placed_on_market.unwrap_or_else(|| self.legal_at.date())
    }

    /// Whether something that holds from `start` on holds for these goods.
    pub(super) fn is_from(&self, start: Timestamp) -> bool {
        match self.placed_on_market {
            // The hour of placing is not known, so the whole day counts.
            Some(day) => start.date() <= day,
            None => start <= self.legal_at,
        }
    }

    /// Whether something that holds from `start` on, and up to but not at `end`, holds for them.
    pub(super) fn is_within(&self, start: Timestamp, end: Option<Timestamp>) -> bool {
        let has_ended = |end: Timestamp| match self.placed_on_market {
            Some(day) => end <= day.start(),
            None => end <= self.legal_at,
        };
        self.is_from(start) && !end.is_some_and(has_ended)
    }

    /// The same of the instant asked about, wherever the goods are.
    pub(super) fn is_now_within(&self, start: Timestamp, end: Option<Timestamp>) -> bool {
        start <= self.legal_at && end.is_none_or(|end| self.legal_at < end)
    }
}
