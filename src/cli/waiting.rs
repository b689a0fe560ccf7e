//! What was read of a file and has no answer yet, in its order: no more than so much, so that a file
//! full of mistakes does not fill memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore};

/// Items that wait: more than are ever under way to a server, so that only those that are not sent
/// come up to it.
const WAITING_MAX: usize = 4096;

/// Something that waits.
enum Waiting<A, U> {
    /// It was sent, and an answer will come.
    Asked(A),
    /// It can't be sent, and why.
    Unread(U),
}

/// What waits. Cheap to clone; clones share it.
pub(super) struct Queue<A, U>(Arc<Inner<A, U>>);

struct Inner<A, U> {
    waiting: Mutex<VecDeque<Waiting<A, U>>>,
    room: Semaphore,
    /// Told of what waits for no answer.
    unread: Notify,
}

impl<A, U> Queue<A, U> {
    pub(super) fn new() -> Self {
        let (waiting, unread) = (Mutex::default(), Notify::new());
        Self(Arc::new(Inner { waiting, room: Semaphore::new(WAITING_MAX), unread }))
    }

    /// Puts what is about to be sent at the end, once there is room.
    pub(super) async fn ask(&self, asked: A) {
        self.put(Waiting::Asked(asked)).await;
    }

    /// Puts what can't be sent at the end, once there is room.
    pub(super) async fn skip(&self, unread: U) {
        self.put(Waiting::Unread(unread)).await;
        self.0.unread.notify_one();
    }

    async fn put(&self, next: Waiting<A, U>) {
        // Given back by whoever takes it out. The semaphore is never closed.
        if let Ok(place) = self.0.room.acquire().await {
            place.forget();
        }
        self.lock().push_back(next);
    }

    /// Waits until something was skipped.
    pub(super) async fn skipped(&self) {
        self.0.unread.notified().await;
    }

    /// Takes the first out, if it can't be sent.
    pub(super) fn next_unread(&self) -> Option<U> {
        match self.lock().pop_front_if(|next| matches!(next, Waiting::Unread(_)))? {
            Waiting::Unread(unread) => {
                self.0.room.add_permits(1);
                Some(unread)
            }
            Waiting::Asked(_) => None,
        }
    }

    /// Takes the first out, if it was sent.
    pub(super) fn next_asked(&self) -> Option<A> {
        match self.lock().pop_front_if(|next| matches!(next, Waiting::Asked(_)))? {
            Waiting::Asked(asked) => {
                self.0.room.add_permits(1);
                Some(asked)
            }
            Waiting::Unread(_) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiting<A, U>>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A, U> Clone for Queue<A, U> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn what_waits_keeps_its_order_and_has_a_limit() {
        let queue: Queue<usize, usize> = Queue::new();
        assert!(queue.skipped().now_or_never().is_none());
        for number in 0..WAITING_MAX {
            let put =
                if number == 1 { queue.ask(number).boxed() } else { queue.skip(number).boxed() };
            assert!(put.now_or_never().is_some(), "{number}");
        }
        queue.skipped().now_or_never().unwrap();
        assert!(queue.skip(0).now_or_never().is_none(), "there is no limit");
        assert_eq!((queue.next_asked(), queue.next_unread()), (None, Some(0)));
        assert_eq!((queue.next_unread(), queue.next_asked()), (None, Some(1)));
        assert_eq!(queue.next_unread(), Some(2));
        for _ in 0..3 {
            queue.skip(0).now_or_never().unwrap();
        }
        assert!(queue.skip(0).now_or_never().is_none());
    }
}
