//! What the operator of a witness is told of requests that were refused.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::causes::chain;
use crate::hash::Digest;
use crate::witness::server::rejection::Rejection;
use crate::witness::server::submission::Submission;

/// How long it is not told again that a proof for a log does not hold: whoever has one of its notes can
/// send it with any proof.
const WARN_AGAIN: Duration = Duration::from_mins(1);

/// Tells what may be proof that a log misbehaves, or that this witness does.
#[derive(Debug, Default)]
pub(super) struct Reports {
    /// When it was last told of a log that a proof does not hold.
    warned: Mutex<BTreeMap<Digest, Duration>>,
}

impl Reports {
    /// Tells why a checkpoint was not cosigned; `now` is the time by a clock that does not jump.
    pub(super) fn tell(&self, submission: &Submission, cause: &Rejection, now: Duration) {
        let note = || submission.head().note().to_string();
        let error = || chain(cause);
        match cause {
            Rejection::Fork { .. } => {
                tracing::error!(error = error(), note = note(), "a log has signed two trees");
            }
            Rejection::Inconsistent { .. } if self.is_due(submission.log(), now) => {
                tracing::warn!(error = error(), note = note(), "a proof does not hold");
            }
            Rejection::Storage(_) => tracing::error!(error = error(), "the state is not written"),
            _ => {}
        }
    }

    fn is_due(&self, log: Digest, now: Duration) -> bool {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        let before = warned.get(&log);
        let is_due = before.is_none_or(|before| now.saturating_sub(*before) >= WARN_AGAIN);
        if is_due {
            warned.insert(log, now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_that_does_not_hold_is_told_once_a_minute_of_each_log() {
        let reports = Reports::default();
        let [one, other] = [Digest::of(b"one"), Digest::of(b"other")];
        let told = [(one, 0), (one, 59), (other, 59), (one, 60), (other, 118), (one, 119)]
            .map(|(log, seconds)| reports.is_due(log, Duration::from_secs(seconds)));
        assert_eq!(told, [true, false, true, true, false, false]);
    }
}
