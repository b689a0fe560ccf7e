//! Faults of this program, its machine or its store: the details go to the log, under an id that the
//! peer is told.

use std::sync::atomic::{AtomicU64, Ordering};

/// Writes the details to the log: what they are called there.
pub(crate) fn log_fault(reason: &'static str, detail: &str) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    tracing::error!(id, reason, detail, "a call failed");
    id
}
