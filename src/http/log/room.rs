//! Room for answers that nobody has taken yet: memory does not grow, however many peers ask and do not
//! read.

use std::net::IpAddr;

use crate::http::log::failure::Failure;
use crate::peers::{Peers, Share};

/// What the answers that nobody has taken yet may have in all, in KiB; one that is being made may be
/// there twice.
const ANSWERS_KIB_MAX: usize = 512 * 1024;

/// The same of one peer: a full bundle of the largest payloads, and half as much again.
const ANSWERS_KIB_PER_PEER_MAX: usize = 384 * 1024;

/// Answers up to this are not counted one by one: there are no more than connections.
const SMALL_ANSWER_BYTES: usize = 64 * 1024;

/// Counts what answers take. Cheap to clone; clones share the count.
#[derive(Clone, Debug)]
pub(super) struct Rooms(Peers);

/// What an answer takes, until it is dropped.
#[derive(Debug)]
pub(super) struct Room(Option<Share>);

impl Rooms {
    pub(super) fn new() -> Self {
        Self(Peers::new(ANSWERS_KIB_MAX, ANSWERS_KIB_PER_PEER_MAX))
    }

    /// Room for an answer of at most `bytes_max`, to be had before it is made.
    pub(super) fn take(&self, peer: IpAddr, bytes_max: usize) -> Result<Room, Failure> {
        match bytes_max {
            0..=SMALL_ANSWER_BYTES => Ok(Room(None)),
            _ => match self.0.take_many(Some(peer), bytes_max.div_ceil(1024)) {
                Some(share) => Ok(Room(Some(share))),
                None => Err(Failure::Overloaded),
            },
        }
    }
}

impl Room {
    /// Gives back what an answer of `bytes` does not take.
    pub(super) fn fit(self, bytes: usize) -> Option<Share> {
        let mut share = self.0.filter(|_share| bytes > SMALL_ANSWER_BYTES)?;
        share.keep(bytes.div_ceil(1024));
        Some(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_takes_the_most_that_it_may_have_until_it_is_made() {
        let rooms = Rooms::new();
        let [one, other] = [1, 2].map(|host| IpAddr::from([192, 0, 2, host]));
        let most = ANSWERS_KIB_PER_PEER_MAX * 1024;
        let making = rooms.take(one, most).unwrap();
        assert!(matches!(rooms.take(one, SMALL_ANSWER_BYTES + 1), Err(Failure::Overloaded)));
        drop(rooms.take(one, SMALL_ANSWER_BYTES).unwrap());
        let made = making.fit(most / 2).unwrap();
        let _second = rooms.take(one, most / 2).unwrap();
        assert!(rooms.take(other, most / 2).is_err());
        drop(made);
        rooms.take(other, most / 2).unwrap();
        assert!(rooms.take(other, most / 3).unwrap().fit(SMALL_ANSWER_BYTES).is_none());
    }
}
