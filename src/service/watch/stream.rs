//! The stream as its client has it.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::mpsc;
use tonic::{Request, Status, Streaming};

use crate::peers::Share;
use crate::proto;
use crate::service::api::Api;
use crate::service::call::{deadline, peer};
use crate::service::failure::Failure;
use crate::service::gate::{Made, RETRY_MS};
use crate::service::items::Items;
use crate::service::watch::book::Book;
use crate::service::watch::round::{Progress, Rounds, Told};

/// Events of one stream that wait to be read; each can hold a dossier of some megabytes.
const UNTOLD_MAX: usize = 16;

impl Api {
    pub(in crate::service) fn start_watch(
        &self,
        request: Request<Streaming<proto::WatchItem>>,
    ) -> Result<BoxStream<'static, Result<proto::WatchEvent, Status>>, Failure> {
        let peer = peer(&request);
        let share = Arc::new(self.gate.stream(peer)?);
        let deadline = deadline(&request);
        let (told, untold) = mpsc::channel(UNTOLD_MAX);
        let rounds = Rounds {
            api: self.clone(),
            peer,
            share: Arc::clone(&share),
            items: Items::new(request.into_inner(), self.stopping.clone(), deadline),
            has_items: true,
            told,
            book: Book::new(self.gate.clone(), peer),
            incoming: VecDeque::new(),
            size: self.ledger.size(),
            progress: Progress::new(),
            pause_ms: RETRY_MS,
        };
        tokio::spawn(rounds.run());
        let untold = Untold { told: untold, room: None, _share: share };
        Ok(stream::unfold(untold, Untold::next).boxed())
    }
}

/// The events of a stream that its client has not taken, in order.
struct Untold {
    told: mpsc::Receiver<Told>,
    /// The room of the event that was given last.
    room: Option<Share>,
    /// The stream counts until its last event is taken.
    _share: Arc<Share>,
}

impl Untold {
    /// The next event. Who asks for it has taken the one before, whose room is free now.
    async fn next(mut self) -> Option<(Result<proto::WatchEvent, Status>, Self)> {
        self.room = None;
        let told = self.told.recv().await?;
        let event = told.map(|Made { answer, room }| {
            self.room = room;
            answer
        });
        Some((event, self))
    }
}
