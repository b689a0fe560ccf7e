//! The rounds of a stream: what came in is marked, what is marked is looked at, what was found is told.

use std::collections::{BTreeSet, VecDeque};
use std::future::pending;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};
use tonic::Status;

use crate::ledger::{View, ViewError};
use crate::merkle::TreeSize;
use crate::peers::Share;
use crate::proto;
use crate::proto::watch_event::Event;
use crate::service::api::Api;
use crate::service::failure::Failure;
use crate::service::gate::{Made, RETRY_MS, finish};
use crate::service::items::Items;
use crate::service::watch::book::{Book, Place};
use crate::service::watch::look::{Found, Sight, Since};

/// Watches of one stream that are looked at at a time: others want a turn too.
const LOOKS_AT_ONCE: usize = 4;

/// How often the client is told how far it was looked, while nothing else is to be told.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// The longest pause while there is no room for what is to be told.
const PAUSE_MS_MAX: u64 = 60_000;

/// What the client is told, in order; after a status, nothing.
pub(super) type Told = Result<Made<proto::WatchEvent>, Status>;

/// A stream of watches, while it lasts.
pub(super) struct Rounds {
    pub(super) api: Api,
    pub(super) peer: Option<IpAddr>,
    /// The stream counts until its last watch was looked at.
    pub(super) share: Arc<Share>,
    pub(super) items: Items<proto::WatchItem>,
    pub(super) has_items: bool,
    pub(super) told: mpsc::Sender<Told>,
    pub(super) book: Book,
    /// Items that were taken and not looked at yet.
    pub(super) incoming: VecDeque<Sight>,
    /// Whatever came in below this size is marked in the book.
    pub(super) size: TreeSize,
    pub(super) progress: Progress,
    /// The next pause, if there is no room for what is to be told.
    pub(super) pause_ms: u64,
}

/// How far the client was told that it was looked.
#[derive(Debug)]
pub(super) struct Progress {
    size: TreeSize,
    /// Something was told since.
    is_urgent: bool,
    /// Else not before this.
    at: Instant,
}

/// Whose turn it is.
#[derive(Clone, Copy)]
enum Turn {
    New,
    Again(Place),
}

/// Why there are no more rounds.
pub(super) enum Over {
    /// The stream ends like that.
    Status(Status),
    /// Nobody listens any more.
    Gone,
}

impl From<Failure> for Over {
    fn from(failure: Failure) -> Self {
        Self::Status(failure.into())
    }
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { size: TreeSize::EMPTY, is_urgent: false, at: Instant::now() }
    }
}

impl Rounds {
    /// Goes on until the client is gone, the server stops, or the store does not answer.
    pub(super) async fn run(mut self) {
        loop {
            match self.round().await {
                Ok(()) => {}
                Err(Over::Gone) => return,
                Err(Over::Status(status)) => {
                    // If nobody reads, nobody needs to know.
                    drop(self.told.send(Err(status)).await);
                    return;
                }
            }
        }
    }

    async fn round(&mut self) -> Result<(), Over> {
        self.wait().await?;
        // The place of what is told comes first: it is told as of when there is one.
        let mut place = Some(self.place().await?);
        let view = self.catch_up().await?;
        let mut looks = Vec::new();
        while looks.len() < LOOKS_AT_ONCE {
            let place_now = || self.told.clone().try_reserve_owned().ok();
            let Some(free) = place.take().or_else(place_now) else { break };
            let Some((turn, sight)) = self.next_sight() else {
                place = Some(free);
                break;
            };
            let look = self.start(turn, &sight, &view);
            looks.push((turn, sight, free, look));
        }
        match place {
            Some(place) if looks.is_empty() => self.tell_progress(&view, place),
            Some(_) | None => {}
        }
        drop(view);
        let mut is_overloaded = false;
        for (turn, sight, place, look) in looks {
            let found = match finish(look).await {
                Ok(found) => found,
                Err(failure) => Err(failure),
            };
            if matches!(found, Err(Failure::Overloaded { .. })) {
                is_overloaded = true;
                self.put_back(turn, sight);
            } else {
                self.tell(turn, sight, place, found).await?;
            }
        }
        if is_overloaded {
            return self.pause().await;
        }
        self.pause_ms = RETRY_MS;
        Ok(())
    }

    /// Waits until there is something to do.
    async fn wait(&mut self) -> Result<(), Over> {
        let has_work = !self.incoming.is_empty() || self.book.has_due();
        if has_work || self.progress.is_urgent {
            // New items are taken in between, so that they do not wait for all that is due.
            if self.incoming.is_empty() && self.has_items {
                let chunk = self.items.next_chunk().now_or_never();
                chunk.map_or(Ok(()), |chunk| self.take(chunk))?;
            }
            return Ok(());
        }
        let Self { items, has_items, told, progress, size, .. } = self;
        let has_items = *has_items;
        let came_in =
            async { if has_items { items.next_chunk().await } else { Err(items.over().await) } };
        let to_report = async {
            if *size == progress.size { pending().await } else { sleep_until(progress.at).await }
        };
        let mut published = self.api.published.clone();
        tokio::select! {
            chunk = came_in => self.take(chunk),
            () = told.closed() => Err(Over::Gone),
            () = published.beyond(*size, &self.api.ledger) => Ok(()),
            () = to_report => Ok(()),
        }
    }

    fn take(&mut self, chunk: Result<Vec<proto::WatchItem>, Status>) -> Result<(), Over> {
        let chunk = chunk.map_err(Over::Status)?;
        self.has_items = !chunk.is_empty();
        self.incoming.extend(chunk.into_iter().map(|item| {
            let since = match item.after {
                0 => Since::Nothing,
                size => Since::Checkpoint(TreeSize::new(size)),
            };
            Sight::new(item.id, &item.query, since)
        }));
        Ok(())
    }

    async fn place(&mut self) -> Result<OwnedPermit<Told>, Over> {
        let told = self.told.clone();
        tokio::select! {
            biased;
            status = self.items.over() => Err(Over::Status(status)),
            place = told.reserve_owned() => place.map_err(|_closed| Over::Gone),
        }
    }

    /// Marks what came in since, and whose time has come; gives the newest state.
    async fn catch_up(&mut self) -> Result<View, Over> {
        let view = self.api.ledger.view(None).map_err(Failure::from)?;
        while self.size < view.size() {
            if self.book.is_empty() {
                self.size = view.size();
                break;
            }
            let (newer, from, share) = (view.clone(), self.size, Arc::clone(&self.share));
            let feeds = self.api.gate.work(move || {
                let _share = share;
                let feeds = newer.feeds_since(from)?;
                let keys: BTreeSet<_> = feeds.keys.into_iter().collect();
                Ok::<_, ViewError>((keys, feeds.until))
            });
            let feeds = tokio::select! {
                biased;
                status = self.items.over() => return Err(Over::Status(status)),
                feeds = feeds => feeds?,
            };
            let (keys, until) = feeds.map_err(Failure::from)?;
            self.book.mark_fed(keys);
            self.size = until;
        }
        self.book.mark_late(view.seal_time());
        Ok(view)
    }

    fn next_sight(&mut self) -> Option<(Turn, Sight)> {
        if let Some(sight) = self.incoming.pop_front() {
            return Some((Turn::New, sight));
        }
        self.book.next_due().map(|(place, sight)| (Turn::Again(place), sight))
    }

    fn start(&self, turn: Turn, sight: &Sight, view: &View) -> Look {
        let has_place = match turn {
            Turn::New => self.book.expect_place(),
            Turn::Again(_) => Ok(()),
        };
        let (sight, view, share) = (sight.clone(), view.clone(), Arc::clone(&self.share));
        let (judge, gate, peer) = (Arc::clone(&self.api.judge), self.api.gate.clone(), self.peer);
        self.api.gate.start(move || {
            let _share = share;
            has_place?;
            sight.look(&view, judge.policies(), &gate, peer)
        })
    }

    fn put_back(&mut self, turn: Turn, sight: Sight) {
        match turn {
            Turn::New => self.incoming.push_front(sight),
            Turn::Again(place) => self.book.mark_again(place),
        }
    }

    /// Keeps what a look has found, and tells what is to be told.
    async fn tell(
        &mut self,
        turn: Turn,
        sight: Sight,
        place: OwnedPermit<Told>,
        found: Result<Found, Failure>,
    ) -> Result<(), Over> {
        let id = sight.id;
        let event = match (turn, found) {
            (Turn::New, Ok(mut found)) => {
                let event = found.event.take();
                self.book.add(sight, &found).map(|()| event)
            }
            (Turn::New, Err(failure)) => Err(failure),
            (Turn::Again(at), Ok(mut found)) => {
                let event = found.event.take();
                match self.book.renew(at, &found) {
                    Ok(()) => Ok(event),
                    Err(failure) => {
                        self.book.end(at);
                        return self.tell_last(id, place, event, failure).await;
                    }
                }
            }
            // The watch is sound: whoever comes again finds out.
            (Turn::Again(_), Err(failure)) if is_of_server(&failure) => return Err(failure.into()),
            (Turn::Again(at), Err(failure)) => {
                self.book.end(at);
                Err(failure)
            }
        };
        let event = event.unwrap_or_else(|failure| Some(refusal(id, failure)));
        if let Some(event) = event {
            self.send(place, event);
        }
        Ok(())
    }

    /// Tells what was found of a watch that can't be kept any more, and then that it is not.
    async fn tell_last(
        &mut self,
        id: u64,
        place: OwnedPermit<Told>,
        event: Option<Made<proto::WatchEvent>>,
        failure: Failure,
    ) -> Result<(), Over> {
        let place = match event {
            Some(event) => {
                self.send(place, event);
                self.place().await?
            }
            None => place,
        };
        self.send(place, refusal(id, failure));
        Ok(())
    }

    fn send(&mut self, place: OwnedPermit<Told>, event: Made<proto::WatchEvent>) {
        self.progress.is_urgent = true;
        drop(place.send(Ok(event)));
    }

    /// Says how far it was looked, if it is time to.
    fn tell_progress(&mut self, view: &View, place: OwnedPermit<Told>) {
        let Progress { size, is_urgent, at } = self.progress;
        let now = Instant::now();
        if is_urgent || (size < view.size() && at <= now) {
            let checkpoint = view.checkpoint_note().to_owned();
            let event = Event::Progress(proto::WatchProgress { checkpoint });
            drop(place.send(Ok(small(event))));
            let at = now + PROGRESS_INTERVAL;
            self.progress = Progress { size: view.size(), is_urgent: false, at };
        }
    }

    /// Waits a little, and longer each time: what was answered before has to be taken first, by this
    /// client or others.
    async fn pause(&mut self) -> Result<(), Over> {
        let pause = Duration::from_millis(self.pause_ms);
        self.pause_ms = self.pause_ms.saturating_mul(2).min(PAUSE_MS_MAX);
        tokio::select! {
            biased;
            status = self.items.over() => Err(Over::Status(status)),
            () = self.told.closed() => Err(Over::Gone),
            () = sleep(pause) => Ok(()),
        }
    }
}

/// A look that is under way.
type Look = JoinHandle<Result<Result<Found, Failure>, Failure>>;

fn small(event: Event) -> Made<proto::WatchEvent> {
    Made { answer: proto::WatchEvent { event: Some(event) }, room: None }
}

fn refusal(id: u64, failure: Failure) -> Made<proto::WatchEvent> {
    small(Event::Refusal(proto::WatchRefusal { id, refusal: Some(failure.into()) }))
}

/// Whether a failure says nothing of the query.
const fn is_of_server(failure: &Failure) -> bool {
    matches!(failure, Failure::Internal { .. } | Failure::Damaged { .. } | Failure::Stopping)
}
