//! What watches may take of the server.

use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use probant::policy::Verdict;
use probant::proto;
use probant::proto::ledger_client::LedgerClient;
use probant::proto::watch_event::Event;
use serde_json::json;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::served::Case;
use crate::serving::block_on;
use crate::verdict_recall as recall;
use crate::watching::open;
use crate::world::{IMPORTER, lots, measure, named, update};

/// Long enough for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often the batch is recalled, or its recall lifted: more often than events wait to be read.
const CHANGES: usize = 40;

/// What the client lets the server send unread.
const WINDOW_BYTES: u32 = 64 * 1024;

type Events = Pin<Box<dyn Stream<Item = Result<proto::WatchEvent, Status>>>>;

/// Watches the batch, and reads nothing by itself.
async fn watch(case: &Case) -> Events {
    let query = open(recall::asked().batches(&["B2608"])).to_string().into();
    let item = proto::WatchItem { id: 7, query, after: 0 };
    let items = stream::iter([item]).chain(stream::pending());
    // So that what waits on this side is not much either.
    let channel = Channel::from_shared(case.serving.url.clone()).unwrap();
    let channel = channel.initial_stream_window_size(WINDOW_BYTES).connect().await.unwrap();
    Box::pin(LedgerClient::new(channel).watch(items).await.unwrap().into_inner())
}

/// The next answer: its verdict.
async fn answer(events: &mut Events) -> Verdict {
    loop {
        let event = tokio::time::timeout(PATIENCE, events.next()).await.unwrap();
        if let Some(Event::Answer(answer)) = event.unwrap().unwrap().event {
            return Verdict::parse(&answer.verdict).unwrap();
        }
    }
}

#[test]
fn who_does_not_read_is_told_the_newest_state_and_not_every_one_before() {
    block_on(async {
        let mut case = Case::of(recall::world(), "2026-11-04T00:00:00Z").await;
        let (mut slow, mut quick) = (watch(&case).await, watch(&case).await);
        let mut newest = answer(&mut quick).await;
        let mut recalled = None;
        for number in 0..CHANGES {
            recalled = match recalled {
                None => {
                    let number = format!("RC-{number}");
                    let scope = lots(recall::TAMBOURINE, &["B2608"]);
                    let draft = measure(IMPORTER, "importer", &number, scope);
                    Some((case.add(draft.set("/remedy", json!("REFUND"))), number))
                }
                Some((recalled, number)) => {
                    let document = named(IMPORTER, &number);
                    let lift = update(IMPORTER, "importer", "LIFT", &recalled, document);
                    case.add(lift.set("/effective_at", json!("2026-11-04T00:00:00Z")));
                    None
                }
            };
            // The other one is told of each.
            let next = answer(&mut quick).await;
            assert_ne!(next.word(), newest.word());
            newest = next;
        }
        let mut told = 0;
        loop {
            let verdict = answer(&mut slow).await;
            told += 1;
            if verdict.body().as_of.tree_size == newest.body().as_of.tree_size {
                assert_eq!(verdict, newest);
                break;
            }
        }
        assert!(told < CHANGES * 3 / 4, "{told} answers were kept for somebody who does not read");
        drop((slow, quick));
        case.serving.stop().await;
    });
}

#[test]
fn a_watch_has_a_place_among_the_streams_of_its_peer() {
    block_on(async {
        let case = Case::of(recall::world(), "2026-11-04T00:00:00Z").await;
        let mut api = case.serving.raw().await;
        let mut open = Vec::new();
        let status = loop {
            match api.watch(stream::empty()).await {
                Ok(events) => open.push(events),
                Err(status) => break status,
            }
            assert!(open.len() < 200, "there are as many as anybody likes");
        };
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        // Who leaves makes room, once the transport has told the server.
        drop(open);
        let again = async { while api.watch(stream::empty()).await.is_err() {} };
        tokio::time::timeout(PATIENCE, again).await.unwrap();
        drop(api);
        case.serving.stop().await;
    });
}
