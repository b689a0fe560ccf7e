//! Turns for work that takes a processor for a while, off the threads that serve connections.

use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::JoinError;

/// Pieces of work that wait for each thread that does them.
const WORK_PER_THREAD: usize = 4;

/// Says whose turn it is. Cheap to clone; clones share the turns.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(crate) fn new() -> Self {
        let threads = available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(threads * WORK_PER_THREAD)))
    }

    /// Does work in its turn, which it keeps until it is done, whether or not anybody still waits.
    /// Whoever goes away before its turn leaves nothing behind; else calls that are broken off at once
    /// would heap up work.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        // The semaphore is never closed.
        let turn = Arc::clone(&self.0).acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn work_whose_caller_is_gone_before_its_turn_is_not_kept() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let turns = Turns::new();
            let count = u32::try_from(turns.0.available_permits()).unwrap();
            let busy = Arc::clone(&turns.0).acquire_many_owned(count).await.unwrap();
            let held = Arc::new(());
            for _ in 0..100 {
                let holder = Arc::clone(&held);
                // Asked once, and then dropped: the call was broken off.
                assert!(turns.work(move || drop(holder)).now_or_never().is_none());
            }
            assert_eq!(Arc::strong_count(&held), 1);
            drop(busy);
            assert_eq!(turns.work(|| 7).await.unwrap(), 7);
        });
    }
}
