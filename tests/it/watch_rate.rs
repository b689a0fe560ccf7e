//! Many products are watched, and one certificate falls that all of them rest on: each is told once.
//!
//! `WATCHES=10000 cargo test --release --test it -- --nocapture watch_rate` says how long that takes.

use std::collections::BTreeSet;

use futures_util::{Stream, StreamExt as _, stream};
use probant::ledger::{Clock as _, SystemClock};
use probant::proto;
use probant::proto::watch_event::Event;
use serde_json::json;
use tonic::Status;

use crate::case::parties;
use crate::served::Case;
use crate::serving::block_on;
use crate::verdict_charger as charger;
use crate::watching::{Watching, open};
use crate::world::{BODY, status_change, target};

#[expect(clippy::disallowed_methods, reason = "how many there are is set from outside")]
fn watches() -> u64 {
    std::env::var("WATCHES").map_or(60, |text| text.parse().unwrap())
}

/// Reads so many answers, each of a watch that has had none.
async fn answered(
    events: &mut (impl Stream<Item = Result<proto::WatchEvent, Status>> + Unpin),
    told: &mut BTreeSet<u64>,
    count: u64,
) {
    for _ in 0..count {
        let answer = loop {
            match events.next().await.unwrap().unwrap().event.unwrap() {
                Event::Answer(answer) => break answer,
                Event::Progress(_) => {}
                other => panic!("{other:?}"),
            }
        };
        assert!(told.insert(answer.id), "watch {} is told twice", answer.id);
    }
}

#[expect(clippy::print_stdout, reason = "for whoever asks how long it takes")]
fn say(what: &str, count: u64, since: std::time::Duration) {
    let ms = SystemClock.elapsed().saturating_sub(since).as_millis().max(1);
    println!("{what:<48} {count:>8} {ms:>8} ms {:>8}/s", u128::from(count) * 1000 / ms);
}

#[test]
fn one_certificate_that_falls_is_told_of_all_that_rest_on_it() {
    block_on(async {
        let first = charger::first_half(parties("2024-01-05"), true);
        let mut case = Case::of(first.world, "2026-09-30T00:00:00Z").await;
        let count = watches();
        let queries: Vec<_> = (0..count)
            .map(|number| {
                let mut query = open(charger::question());
                query["offer"]["listing_id"] = json!(format!("MK-{number}"));
                query
            })
            .collect();
        let items: Vec<_> = (0..)
            .zip(&queries)
            .map(|(id, query)| proto::WatchItem { id, query: query.to_string().into(), after: 0 })
            .collect();
        let start = SystemClock.elapsed();
        let mut api = case.serving.raw().await;
        let mut events = api.watch(stream::iter(items)).await.unwrap().into_inner();
        answered(&mut events, &mut BTreeSet::new(), count).await;
        say("watches that are set up", count, start);

        let withdrawal =
            status_change(BODY, "notified_body", "WITHDRAW", target(&first.certificate))
                .set("/effective_at", json!("2026-09-30T00:00:00Z"));
        let start = SystemClock.elapsed();
        case.add(withdrawal);
        let mut told = BTreeSet::new();
        answered(&mut events, &mut told, 1).await;
        say("answers after a withdrawal, the first", 1, start);
        answered(&mut events, &mut told, count - 1).await;
        say("answers after a withdrawal, all", count, start);
        drop(events);

        let (client, some) = (case.client().await, count.min(200));
        let some_queries = &queries[..usize::try_from(some).unwrap()];
        let start = SystemClock.elapsed();
        let mut watching = Watching::start(&client, some_queries).await;
        let answers = watching.answers(case.size()).await;
        assert_eq!(answers.len() as u64, some);
        say("watches that are set up, dossiers verified", some, start);
        drop(watching);
        case.serving.stop().await;
    });
}
