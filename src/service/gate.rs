//! What may be under way at a time. Beyond it, calls are refused and streams wait: memory does not
//! grow, whatever peers send or leave unread.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::http::Turns;
use crate::peers::{Peers, Share};
use crate::service::failure::Failure;

/// Calls at a time: with an envelope or query of 1 MiB each, a quarter of a gigabyte.
const CALLS_MAX: usize = 256;

/// Calls of one peer at a time; a proxy is one peer.
const CALLS_PER_PEER_MAX: usize = 192;

/// Calls at a time that wait until witnesses have cosigned. They have no place among the others: each
/// takes a few KiB, but up to half a minute too.
const WAITING_MAX: usize = 1024;

/// The same of one peer: as many as it may have on one connection.
const WAITING_PER_PEER_MAX: usize = 256;

/// Streams at a time.
const STREAMS_MAX: usize = 256;

/// Streams of one peer at a time.
const STREAMS_PER_PEER_MAX: usize = 128;

/// Trials at a time: each may take more than a hundred megabytes, and a registry of its own.
const TRIALS_MAX: usize = 4;

/// Trials of one peer at a time.
const TRIALS_PER_PEER_MAX: usize = 2;

/// What submissions between the wire and the commit may weigh, in KiB: no more than the ledger's
/// own queue takes, so that a stream waits here and is not refused there.
const ROOM_KIB: u32 = 65_536;

/// What a submission weighs at least, in KiB: with it, [`ROOM_KIB`] are 4,096 submissions.
const ITEM_KIB_MIN: u32 = 16;

/// What the answers that nobody has taken yet may have in all, in KiB; each may be there twice while
/// it is encoded.
const ANSWERS_KIB_MAX: usize = 512 * 1024;

/// The same of one peer.
const ANSWERS_KIB_PER_PEER_MAX: usize = 384 * 1024;

/// What watches may take in memory in all, in KiB: some ten streams that are full, of ordinary products.
const WATCHES_KIB_MAX: usize = 256 * 1024;

/// The same of one peer.
const WATCHES_KIB_PER_PEER_MAX: usize = 128 * 1024;

/// Answers up to this are not counted one by one: there are no more than calls and places in streams.
const SMALL_ANSWER_BYTES: usize = 64 * 1024;

/// When a refused call may come again.
pub(super) const RETRY_MS: u64 = 200;

/// Counts what is under way. Cheap to clone; clones share the counts.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    calls: Peers,
    waiting: Peers,
    streams: Peers,
    trials: Peers,
    answers: Peers,
    watches: Peers,
    room: Arc<Semaphore>,
    turns: Turns,
}

/// Room that submissions take until they are answered.
#[derive(Debug)]
pub(super) struct Room {
    _permit: OwnedSemaphorePermit,
}

/// An answer, and the room that it takes until its peer has taken it; a small one takes none.
#[derive(Debug)]
pub(super) struct Made<A> {
    pub(super) answer: A,
    pub(super) room: Option<Share>,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            calls: Peers::new(CALLS_MAX, CALLS_PER_PEER_MAX),
            waiting: Peers::new(WAITING_MAX, WAITING_PER_PEER_MAX),
            streams: Peers::new(STREAMS_MAX, STREAMS_PER_PEER_MAX),
            trials: Peers::new(TRIALS_MAX, TRIALS_PER_PEER_MAX),
            answers: Peers::new(ANSWERS_KIB_MAX, ANSWERS_KIB_PER_PEER_MAX),
            watches: Peers::new(WATCHES_KIB_MAX, WATCHES_KIB_PER_PEER_MAX),
            room: Arc::new(Semaphore::new(ROOM_KIB as usize)),
            turns: Turns::new(),
        }
    }

    /// Lets a call in.
    pub(super) fn call(&self, peer: Option<IpAddr>) -> Result<Share, Failure> {
        self.calls.take(peer).ok_or(Failure::Overloaded { retry_ms: RETRY_MS })
    }

    /// Lets a call wait for witnesses, whose place among the calls is free from then on.
    pub(super) fn wait(&self, peer: Option<IpAddr>, place: Share) -> Result<Share, Failure> {
        drop(place);
        self.waiting.take(peer).ok_or(Failure::Overloaded { retry_ms: RETRY_MS })
    }

    /// Lets a stream in.
    pub(super) fn stream(&self, peer: Option<IpAddr>) -> Result<Share, Failure> {
        self.streams.take(peer).ok_or(Failure::Overloaded { retry_ms: RETRY_MS })
    }

    /// Lets a trial in.
    pub(super) fn trial(&self, peer: Option<IpAddr>) -> Result<Share, Failure> {
        self.trials.take(peer).ok_or(Failure::Overloaded { retry_ms: RETRY_MS })
    }

    /// Room for what is watched, in KiB, as long as it is.
    pub(super) fn watches(&self, peer: Option<IpAddr>, kib: usize) -> Result<Share, Failure> {
        self.watches.take_many(peer, kib).ok_or(Failure::Overloaded { retry_ms: RETRY_MS })
    }

    /// Lets an answer of `bytes` wait until its peer has taken it. To be asked in the turn in which
    /// it is made, so that no more than one waits unasked for each turn.
    pub(super) fn answer<A>(
        &self,
        peer: Option<IpAddr>,
        answer: A,
        bytes: usize,
    ) -> Result<Made<A>, Failure> {
        let overloaded = Failure::Overloaded { retry_ms: RETRY_MS };
        let room = match bytes {
            0..=SMALL_ANSWER_BYTES => None,
            _ => Some(self.answers.take_many(peer, bytes / 1024).ok_or(overloaded)?),
        };
        Ok(Made { answer, room })
    }

    /// Room for a submission of `bytes`, if there is some.
    pub(super) fn room_now(&self, bytes: usize) -> Result<Room, Failure> {
        match Arc::clone(&self.room).try_acquire_many_owned(weight(bytes)) {
            Ok(permit) => Ok(Room { _permit: permit }),
            Err(_no_permits) => Err(Failure::Overloaded { retry_ms: RETRY_MS }),
        }
    }

    /// Room for submissions of these lengths, when there is some: first come, first served.
    pub(super) async fn room(&self, lengths: impl Iterator<Item = usize>) -> Result<Room, Failure> {
        let weight = lengths.map(weight).fold(0, u32::saturating_add).min(ROOM_KIB);
        let permit = Arc::clone(&self.room).acquire_many_owned(weight).await;
        // The semaphore is never closed.
        permit.map(|permit| Room { _permit: permit }).map_err(|_closed| Failure::Stopping)
    }

    /// Starts work that takes a processor for a while, off the threads that serve connections. It
    /// goes on to its end, whether or not anybody still waits for it: what it is for has to hold
    /// something that is counted.
    pub(super) fn start<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<Result<T, Failure>> {
        let gate = self.clone();
        // A task of its own: one that waits in a stream which nobody reads would keep the turn that
        // it is given, and others would wait behind it.
        tokio::spawn(async move { gate.work(work).await })
    }

    /// Does work that takes a processor for a while. Whoever goes away before its turn leaves
    /// nothing behind.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let done = self.turns.work(work).await;
        done.map_err(|error| Failure::Internal { detail: error.to_string() })
    }
}

/// Waits for work that was started.
pub(super) async fn finish<T>(work: JoinHandle<Result<T, Failure>>) -> Result<T, Failure> {
    work.await.unwrap_or_else(|error| Err(Failure::Internal { detail: error.to_string() }))
}

fn weight(bytes: usize) -> u32 {
    // An envelope has at most 1 MiB, and a message at most 4: far from all the room.
    u32::try_from(bytes / 1024 + 1).unwrap_or(ROOM_KIB).clamp(ITEM_KIB_MIN, ROOM_KIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_witnesses_leaves_the_places_of_calls_to_others() {
        let gate = Gate::new();
        let one = Some(IpAddr::from([192, 0, 2, 1]));
        let wait = || gate.wait(one, gate.call(one).unwrap());
        let mut waiting: Vec<Share> = (0..WAITING_PER_PEER_MAX).map(|_| wait().unwrap()).collect();
        assert!(matches!(wait(), Err(Failure::Overloaded { .. })));
        let calls: Vec<Share> = (0..CALLS_PER_PEER_MAX).map(|_| gate.call(one).unwrap()).collect();
        assert!(matches!(gate.call(one), Err(Failure::Overloaded { .. })));
        drop((waiting.pop(), calls));
        wait().unwrap();
    }

    #[test]
    fn large_answers_are_counted_until_they_are_taken() {
        let gate = Gate::new();
        let [one, other] = [1, 2].map(|host| Some(IpAddr::from([192, 0, 2, host])));
        let small = gate.answer(one, (), SMALL_ANSWER_BYTES).unwrap();
        assert!(small.room.is_none());
        let most = gate.answer(one, (), ANSWERS_KIB_PER_PEER_MAX * 1024).unwrap();
        assert!(matches!(gate.answer(one, (), 1 << 20), Err(Failure::Overloaded { .. })));
        gate.answer(one, (), SMALL_ANSWER_BYTES).unwrap();
        gate.answer(other, (), 1 << 20).unwrap();
        drop(most);
        gate.answer(one, (), 1 << 20).unwrap();
    }
}
