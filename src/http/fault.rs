//! Faults of this program, its machine or its store: the details go to the log, under an id that the
//! peer is told.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes the details to the log: what they are called there.
pub(crate) fn log_fault(reason: &'static str, detail: &str) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    tracing::error!(id, reason, detail, "a call failed");
    id
}

/// An error with its causes, for the log.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
