//! The watches of a stream, and by what they are found: the chains that they have looked up, and the
//! time at which they are to be looked at again. Knows nothing of streams.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use crate::identifier::SubjectKey;
use crate::service::failure::Failure;
use crate::service::gate::Gate;
use crate::service::peers::Share;
use crate::service::watch::look::{Found, Looked, Sight, Since};
use crate::time::Timestamp;

/// Watches of one stream: as many products as are asked about at a time, and a second or some of work
/// if all of them are concerned.
pub(super) const WATCHES_MAX: usize = 10_000;

/// What a watch takes besides its query, about, in bytes.
const WATCH_BYTES: usize = 256;

/// What a chain takes that a watch has looked up, about, in bytes: with the chain itself, as if no
/// other watch had.
const KEY_BYTES: usize = 128;

/// Room is taken in such pieces, in KiB.
const PIECE_KIB: usize = 64;

/// A place in the book.
pub(super) type Place = u32;

/// A query that is watched.
#[derive(Debug)]
struct Watch {
    id: u64,
    query: Arc<[u8]>,
    looked: Looked,
    again: Timestamp,
    is_due: bool,
}

/// The watches.
#[derive(Debug)]
pub(super) struct Book {
    gate: Gate,
    peer: Option<IpAddr>,
    /// By place; those that have ended leave theirs empty.
    watches: Vec<Option<Watch>>,
    by_key: HashMap<SubjectKey, Vec<Place>>,
    by_time: BTreeSet<(Timestamp, Place)>,
    /// To be looked at, each once: who came first is the first.
    due: VecDeque<Place>,
    bytes: usize,
    room: Vec<Share>,
}

impl Book {
    pub(super) fn new(gate: Gate, peer: Option<IpAddr>) -> Self {
        Self {
            gate,
            peer,
            watches: Vec::new(),
            by_key: HashMap::new(),
            by_time: BTreeSet::new(),
            due: VecDeque::new(),
            bytes: 0,
            room: Vec::new(),
        }
    }

    /// Whether there is nothing in it.
    pub(super) const fn is_empty(&self) -> bool {
        self.watches.is_empty()
    }

    /// Refuses a watch more than there can be.
    pub(super) fn expect_place(&self) -> Result<(), Failure> {
        let limit = WATCHES_MAX;
        if self.watches.len() < limit { Ok(()) } else { Err(Failure::TooManyWatches { limit }) }
    }

    /// Adds a watch that was looked at.
    pub(super) fn add(&mut self, of: Sight, found: &Found) -> Result<(), Failure> {
        self.expect_place()?;
        let keys = found.keys.as_deref().unwrap_or_default();
        self.take_room(WATCH_BYTES.saturating_add(of.query.len()), keys)?;
        let place = Place::try_from(self.watches.len()).unwrap_or(Place::MAX);
        self.by_time.insert((found.again, place));
        let Sight { id, query, .. } = of;
        let (looked, again) = (found.looked, found.again);
        self.watches.push(Some(Watch { id, query, looked, again, is_due: false }));
        self.find_by(keys, place);
        Ok(())
    }

    /// Keeps what a further look has found.
    pub(super) fn renew(&mut self, place: Place, found: &Found) -> Result<(), Failure> {
        let keys = found.keys.as_deref().unwrap_or_default();
        self.take_room(0, keys)?;
        let Some(watch) = of(&mut self.watches, place) else { return Ok(()) };
        let before = watch.again;
        (watch.looked, watch.again) = (found.looked, found.again);
        self.by_time.remove(&(before, place));
        self.by_time.insert((found.again, place));
        self.find_by(keys, place);
        Ok(())
    }

    /// Ends a watch.
    pub(super) fn end(&mut self, place: Place) {
        if let Some(watch) = self.watches.get_mut(place as usize).and_then(Option::take) {
            self.by_time.remove(&(watch.again, place));
        }
    }

    /// Marks the watches that have looked one of these chains up.
    pub(super) fn mark_fed(&mut self, keys: impl IntoIterator<Item = SubjectKey>) {
        for key in keys {
            for place in self.by_key.get(&key).into_iter().flatten() {
                mark(&mut self.watches, &mut self.due, *place);
            }
        }
    }

    /// Marks the watches whose time has come.
    pub(super) fn mark_late(&mut self, now: Timestamp) {
        while let Some(&(at, place)) = self.by_time.first().filter(|(at, _)| *at <= now) {
            self.by_time.remove(&(at, place));
            mark(&mut self.watches, &mut self.due, place);
        }
    }

    /// Marks a watch that could not be looked at, once more.
    pub(super) fn mark_again(&mut self, place: Place) {
        mark(&mut self.watches, &mut self.due, place);
    }

    /// Whether a watch is to be looked at.
    pub(super) fn has_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// The next watch that is to be looked at; it is not marked any more.
    pub(super) fn next_due(&mut self) -> Option<(Place, Sight)> {
        while let Some(place) = self.due.pop_front() {
            if let Some(watch) = of(&mut self.watches, place) {
                watch.is_due = false;
                let (query, since) = (Arc::clone(&watch.query), Since::Looked(watch.looked));
                return Some((place, Sight { id: watch.id, query, since }));
            }
        }
        None
    }

    fn find_by(&mut self, keys: &[SubjectKey], place: Place) {
        for key in keys {
            let places = self.by_key.entry(*key).or_default();
            if let Err(at) = places.binary_search(&place) {
                places.insert(at, place);
                self.bytes = self.bytes.saturating_add(KEY_BYTES);
            }
        }
    }

    /// Takes room for so much more, and for these keys; what it will not need is for the next.
    fn take_room(&mut self, more: usize, keys: &[SubjectKey]) -> Result<(), Failure> {
        let keys = keys.len().saturating_mul(KEY_BYTES);
        let bytes = self.bytes.saturating_add(more);
        let held = self.room.len().saturating_mul(PIECE_KIB * 1024);
        let missing = bytes.saturating_add(keys).saturating_sub(held);
        let mut taken = Vec::new();
        for _ in 0..missing.div_ceil(PIECE_KIB * 1024) {
            taken.push(self.gate.watches(self.peer, PIECE_KIB)?);
        }
        self.room.append(&mut taken);
        self.bytes = bytes;
        Ok(())
    }
}

fn of(watches: &mut [Option<Watch>], place: Place) -> Option<&mut Watch> {
    watches.get_mut(place as usize).and_then(Option::as_mut)
}

fn mark(watches: &mut [Option<Watch>], due: &mut VecDeque<Place>, place: Place) {
    if let Some(watch) = of(watches, place).filter(|watch| !watch.is_due) {
        watch.is_due = true;
        due.push_back(place);
    }
}
