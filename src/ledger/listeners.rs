//! Those who are told that a checkpoint was published.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// What is called in the sequencer's thread, once readers see a new checkpoint. It has to come back
/// at once, as whoever wakes another thread does: nothing is written meanwhile.
pub type ListenFn = dyn Fn() + Send + Sync;

/// The listeners that somebody still holds.
#[derive(Default)]
pub(super) struct Listeners(Mutex<Vec<Weak<ListenFn>>>);

impl Listeners {
    /// Adds one; it is called as long as somebody holds it.
    pub(super) fn add(&self, listener: &Arc<ListenFn>) {
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.strong_count() > 0);
        listeners.push(Arc::downgrade(listener));
    }

    /// Calls all of them.
    pub(super) fn tell(&self) {
        let held = |listeners: &Vec<Weak<ListenFn>>| {
            listeners.iter().filter_map(Weak::upgrade).collect::<Vec<_>>()
        };
        let listeners = held(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for listener in &listeners {
            listener();
        }
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listeners")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn who_is_held_is_told_and_nobody_else() {
        let listeners = Listeners::default();
        let told = Arc::new(AtomicU32::new(0));
        let of = Arc::clone(&told);
        let one: Arc<ListenFn> = Arc::new(move || {
            of.fetch_add(1, Ordering::SeqCst);
        });
        listeners.add(&one);
        listeners.tell();
        assert_eq!(told.load(Ordering::SeqCst), 1);
        drop(one);
        listeners.tell();
        assert_eq!(told.load(Ordering::SeqCst), 1);
        let other: Arc<ListenFn> = Arc::new(|| {});
        listeners.add(&other);
        assert_eq!(listeners.0.lock().unwrap().len(), 1, "who is gone is not kept");
    }
}
