//! A file that is read while what it asks for is answered.

use std::thread;

use futures_util::{Stream, StreamExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::waiting::Queue;

/// What is read ahead of what is asked.
const READ_AHEAD: usize = 64;

/// A file that is being read; what was read and has no answer yet waits here in its order. An `A` stands
/// for what was asked, a `U` for what can't be.
pub(super) struct Reading<A, U> {
    waiting: Queue<A, U>,
    ended: oneshot::Receiver<Result<(), Failure>>,
}

impl<A: Send + 'static, U: Send + 'static> Reading<A, U> {
    /// Begins to read; gives what is to be asked. `read` passes on what it reads until nobody takes it
    /// any more.
    pub(super) fn start<Q: Send + 'static>(
        read: impl FnOnce(&mut dyn FnMut(Result<(Q, A), U>) -> bool) -> Result<(), Failure>
        + Send
        + 'static,
    ) -> (Self, impl Stream<Item = Q> + Send + 'static) {
        let (sender, items) = mpsc::channel(READ_AHEAD);
        let (done, ended) = oneshot::channel();
        // A thread that nothing waits for: where there are no answers any more, it may still wait for a
        // pipe.
        thread::spawn(move || {
            let outcome = read(&mut |item| sender.blocking_send(item).is_ok());
            drop(done.send(outcome));
        });
        let waiting = Queue::new();
        let reading = Self { waiting: waiting.clone(), ended };
        let asked = ReceiverStream::new(items).filter_map(move |item| {
            let waiting = waiting.clone();
            async move {
                match item {
                    Ok((asked, stands_for_it)) => {
                        waiting.ask(stands_for_it).await;
                        Some(asked)
                    }
                    Err(unread) => {
                        waiting.skip(unread).await;
                        None
                    }
                }
            }
        });
        (reading, asked)
    }

    /// Waits until something was read that can't be asked.
    pub(super) async fn skipped(&self) {
        self.waiting.skipped().await;
    }

    /// Takes the first out, if it can't be asked.
    pub(super) fn next_unread(&self) -> Option<U> {
        self.waiting.next_unread()
    }

    /// Takes the first out, if it was asked: the next answer is to it.
    pub(super) fn next_asked(&self) -> Option<A> {
        self.waiting.next_asked()
    }

    /// How the reading ended, once everything is answered.
    pub(super) async fn end(self) -> Result<(), Failure> {
        self.ended.await.step("read the files")?
    }
}
