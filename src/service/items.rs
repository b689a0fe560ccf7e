//! The items of a stream that come in, until it ends, the server stops or the caller's time is over.

use futures_util::FutureExt as _;
use prost::Message;
use tokio::time::Instant;
use tonic::{Status, Streaming};

use crate::service::call::Stopping;
use crate::service::failure::Failure;

/// Items that are taken at once, if they are there: enough that a piece of work is worth a thread,
/// few enough that the first does not wait long for the last.
const CHUNK_ITEMS_MAX: usize = 64;

/// Bytes that are taken at once; one item may exceed it.
const CHUNK_BYTES_MAX: usize = 256 * 1024;

/// A stream that comes in.
pub(super) struct Items<T> {
    stream: Streaming<T>,
    stopping: Stopping,
    deadline: Option<Instant>,
    /// How the stream ended, if that was seen while looking ahead.
    end: Option<Result<(), Status>>,
}

impl<T: Message + Default> Items<T> {
    pub(super) const fn new(
        stream: Streaming<T>,
        stopping: Stopping,
        deadline: Option<Instant>,
    ) -> Self {
        Self { stream, stopping, deadline, end: None }
    }

    /// The next item; `Ok(None)` at the end. An error says how the stream is to be answered at last.
    pub(super) async fn next(&mut self) -> Result<Option<T>, Status> {
        if let Some(end) = self.end.take() {
            return end.map(|()| None);
        }
        let Self { stream, stopping, deadline, .. } = self;
        tokio::select! {
            biased;
            failure = over(stopping, *deadline) => Err(failure.into()),
            item = stream.message() => item,
        }
    }

    /// Comes back when the stream is to end, whatever comes in: with how it is to be answered at last.
    pub(super) async fn over(&mut self) -> Status {
        over(&mut self.stopping, self.deadline).await.into()
    }

    /// The next items: one, and those that are there already; none at the end.
    pub(super) async fn next_chunk(&mut self) -> Result<Vec<T>, Status> {
        let Some(first) = self.next().await? else { return Ok(Vec::new()) };
        let mut bytes = first.encoded_len();
        let mut chunk = vec![first];
        while chunk.len() < CHUNK_ITEMS_MAX && bytes < CHUNK_BYTES_MAX {
            match self.stream.message().now_or_never() {
                Some(Ok(Some(item))) => {
                    bytes += item.encoded_len();
                    chunk.push(item);
                    continue;
                }
                Some(Ok(None)) => self.end = Some(Ok(())),
                Some(Err(status)) => self.end = Some(Err(status)),
                None => {}
            }
            break;
        }
        Ok(chunk)
    }
}

/// Comes back when the server stops, or the caller's time is over.
async fn over(stopping: &mut Stopping, deadline: Option<Instant>) -> Failure {
    let late = async {
        match deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = stopping.wait() => Failure::Stopping,
        () = late => Failure::Deadline,
    }
}
