//! The watches of a stream, and by what they are found: the chains that they have looked up, and the
//! time at which they are to be looked at again. Knows nothing of streams.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use crate::identifier::SubjectKey;
use crate::peers::Share;
use crate::service::failure::Failure;
use crate::service::gate::Gate;
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
    told_bytes: usize,
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
        let place = Place::try_from(self.watches.len()).unwrap_or(Place::MAX);
        self.take_room(WATCH_BYTES.saturating_add(of.query.len()), keys, place)?;
        self.by_time.insert((found.again, place));
        let Sight { id, query, .. } = of;
        let Found { looked, again, told_bytes, .. } = *found;
        self.watches.push(Some(Watch { id, query, looked, again, told_bytes, is_due: false }));
        self.find_by(keys, place);
        Ok(())
    }

    /// Keeps what a further look has found.
    pub(super) fn renew(&mut self, place: Place, found: &Found) -> Result<(), Failure> {
        let keys = found.keys.as_deref().unwrap_or_default();
        self.take_room(0, keys, place)?;
        let Some(watch) = of(&mut self.watches, place) else { return Ok(()) };
        let before = watch.again;
        (watch.looked, watch.again) = (found.looked, found.again);
        watch.told_bytes = found.told_bytes;
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
                let (query_len, told_bytes) = (query.len(), watch.told_bytes);
                return Some((place, Sight { id: watch.id, query, query_len, since, told_bytes }));
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

    /// Takes room for so much more, and for those of these keys by which the place is not found yet.
    fn take_room(&mut self, more: usize, keys: &[SubjectKey], place: Place) -> Result<(), Failure> {
        let finds = |key: &SubjectKey| {
            self.by_key.get(key).is_some_and(|places| places.binary_search(&place).is_ok())
        };
        let keys = keys.iter().filter(|key| !finds(key)).count().saturating_mul(KEY_BYTES);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Digest;
    use crate::merkle::TreeSize;
    use crate::policy::Moment;

    fn time(ms: u64) -> Timestamp {
        Timestamp::from_ms(ms).unwrap()
    }

    fn key(name: &str) -> SubjectKey {
        SubjectKey::new(Digest::of(name.as_bytes()))
    }

    fn sight(id: u64) -> Sight {
        Sight::new(id, b"{}", Since::Nothing)
    }

    fn found(keys: &[&str], again_ms: u64) -> Found {
        let at = Moment { size: TreeSize::new(1), time: time(0) };
        Found {
            looked: Looked { at, gist: Digest::ZERO },
            keys: Some(keys.iter().map(|name| key(name)).collect()),
            again: time(again_ms),
            told_bytes: 0,
            event: None,
        }
    }

    fn book(watches: &[(&[&str], u64)]) -> Book {
        let mut book = Book::new(Gate::new(), None);
        for (id, (keys, again_ms)) in (0..).zip(watches) {
            book.add(sight(id), &found(keys, *again_ms)).unwrap();
        }
        book
    }

    fn due(book: &mut Book) -> Vec<u64> {
        std::iter::from_fn(|| book.next_due().map(|(_, sight)| sight.id)).collect()
    }

    #[test]
    fn a_watch_is_due_once_for_whatever_comes_into_its_chains() {
        let mut book = book(&[(&["a", "b"], 100), (&["b", "c"], 100), (&["d"], 100)]);
        assert!(!book.has_due());
        book.mark_fed(["a", "b", "e"].map(key));
        assert_eq!(due(&mut book), [0, 1]);
        assert!(!book.has_due());
        book.mark_fed([key("c")]);
        assert_eq!(due(&mut book), [1]);
        // What it has come to look up counts from then on.
        book.renew(2, &found(&["d", "a"], 100)).unwrap();
        book.mark_fed([key("a")]);
        assert_eq!(due(&mut book), [0, 2]);
    }

    #[test]
    fn a_watch_is_due_when_its_time_has_come() {
        let mut book = book(&[(&["a"], 30), (&["a"], 10), (&["a"], 20)]);
        book.mark_late(time(9));
        assert!(due(&mut book).is_empty());
        book.mark_late(time(20));
        assert_eq!(due(&mut book), [1, 2]);
        book.renew(1, &found(&[], 25)).unwrap();
        book.mark_late(time(29));
        assert_eq!(due(&mut book), [1]);
        // A time that was put off does not come.
        book.renew(0, &found(&[], 50)).unwrap();
        book.mark_late(time(49));
        assert!(due(&mut book).is_empty());
    }

    #[test]
    fn a_watch_that_has_ended_is_never_due() {
        let mut book = book(&[(&["a"], 10), (&["a"], 10)]);
        book.mark_fed([key("a")]);
        book.end(0);
        book.end(7);
        assert_eq!(due(&mut book), [1]);
        book.mark_fed([key("a")]);
        book.mark_late(time(10));
        book.mark_again(0);
        assert_eq!(due(&mut book), [1]);
    }

    #[test]
    fn there_are_no_more_watches_than_a_stream_can_have() {
        let mut book = Book::new(Gate::new(), None);
        for id in 0..WATCHES_MAX as u64 {
            book.expect_place().unwrap();
            book.add(sight(id), &found(&["a"], 10)).unwrap();
        }
        let too_many = book.add(sight(0), &found(&["a"], 10));
        assert!(matches!(too_many, Err(Failure::TooManyWatches { limit: WATCHES_MAX })));
        book.mark_fed([key("a")]);
        assert_eq!(due(&mut book).len(), WATCHES_MAX);
    }

    #[test]
    fn what_is_looked_up_takes_room_until_the_stream_ends() {
        let gate = Gate::new();
        let peer = Some(IpAddr::from([192, 0, 2, 1]));
        // Each watch looks a thousand other chains up.
        let found = |id: u64, count: u64| {
            let keys = (0..count).map(|number| {
                let mut bytes = [0; 32];
                bytes[..16]
                    .copy_from_slice(&(u128::from(id) << 64 | u128::from(number)).to_be_bytes());
                SubjectKey::new(Digest::new(bytes))
            });
            Found { keys: Some(keys.collect()), ..found(&[], 10) }
        };
        let fill = |book: &mut Book| {
            let is_refused = |id: &u64| book.add(sight(*id), &found(*id, 1000)).is_err();
            (0..WATCHES_MAX as u64).find(is_refused).unwrap()
        };
        let mut book = Book::new(gate.clone(), peer);
        let first = fill(&mut book);
        assert!((500..2000).contains(&first), "{first} watches");
        // There is none left for another stream of the same peer, nor for what a watch comes to look up.
        let mut other = Book::new(gate.clone(), peer);
        other.add(sight(0), &found(0, 1000)).unwrap_err();
        let more = book.renew(0, &found(u64::MAX, 1000));
        assert!(matches!(more, Err(Failure::Overloaded { .. })));
        // What it had looked up before takes none again.
        book.renew(0, &found(0, 1000)).unwrap();
        drop((book, other));
        let mut third = Book::new(gate, peer);
        third.add(sight(0), &found(0, 1000)).unwrap();
    }
}
