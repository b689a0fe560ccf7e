//! A server that lies about what is watched is found out.

use futures_util::{StreamExt as _, stream};
use probant::client::{Client, ClientError, WatchError, WatchStep};
use probant::proto;
use probant::proto::WatchCause;
use probant::proto::watch_event::Event;
use serde_json::Value;

use crate::liar::{Lies, lied_to_since};
use crate::served::Case;
use crate::serving::block_on;
use crate::verdict_plush_toy as toy;
use crate::watching::{Watching, open};

fn query(lot: &str) -> Value {
    open(toy::question().batches(&[lot]))
}

/// What an honest server tells of these, up to the first progress behind all answers.
async fn honest(case: &Case, queries: &[Value]) -> Vec<Event> {
    let items = (0..).zip(queries).map(|(id, query)| proto::WatchItem {
        id,
        query: query.to_string().into(),
        after: 0,
    });
    let items = stream::iter(items.collect::<Vec<_>>()).chain(stream::pending());
    let events = case.serving.raw().await.watch(items).await.unwrap().into_inner();
    let mut events = events.map(|event| event.unwrap().event.unwrap());
    let mut told = Vec::new();
    while told.iter().filter(|event| matches!(event, Event::Answer(_))).count() < queries.len()
        || !matches!(told.last(), Some(Event::Progress(_)))
    {
        let event = events.next().await.unwrap();
        if told.is_empty() && matches!(event, Event::Progress(_)) {
            continue;
        }
        told.push(event);
    }
    told
}

/// What a client makes of these events that watches the first batch.
async fn made_of(
    case: &Case,
    events: Vec<Event>,
    seen: Option<String>,
) -> Result<Vec<WatchStep>, ClientError> {
    let watch = events.into_iter().map(|event| proto::WatchEvent { event: Some(event) }).collect();
    let lies = Lies { watch, ..Lies::default() };
    let client: Client = lied_to_since(&case.world.genesis, lies, seen).await;
    let mut watching = Watching::start(&client, &[query("L2610A")]).await;
    let mut steps = Vec::new();
    loop {
        let step = watching.next().await?;
        let is_last = matches!(step, WatchStep::Progress(_));
        steps.push(step);
        if is_last {
            return Ok(steps);
        }
    }
}

#[test]
fn what_does_not_hold_ends_the_watch_with_an_error() {
    block_on(async {
        let mut case = Case::start(false).await;
        let events = honest(&case, &[query("L2610A"), query("L2612Z")]).await;
        let answer = |id: u64| {
            let mut answers = events.iter().filter_map(|event| match event {
                Event::Answer(answer) => Some(answer.clone()),
                _ => None,
            });
            answers.find(|answer| answer.id == id).unwrap()
        };
        let progress = events.last().unwrap().clone();
        let (own, other) = (answer(0), answer(1));
        let told = async |answer: proto::WatchAnswer| {
            made_of(&case, vec![Event::Answer(answer), progress.clone()], None).await
        };
        let steps = told(own.clone()).await.unwrap();
        assert!(matches!(&steps[..], [WatchStep::Answer(_), WatchStep::Progress(_)]), "{steps:?}");

        // True, proved, and of another batch.
        let error = told(proto::WatchAnswer { id: 0, ..other.clone() }).await.unwrap_err();
        assert!(matches!(error, ClientError::OtherQuery), "{error:?}");
        let error = told(other.clone()).await.unwrap_err();
        let is_it = matches!(error, ClientError::Watch(WatchError::NotWatched { id: 1 }));
        assert!(is_it, "{error:?}");
        let lie = proto::WatchAnswer { dossier: other.dossier.clone(), ..own.clone() };
        assert!(matches!(told(lie).await.unwrap_err(), ClientError::OtherDossier));
        let mut bytes = own.dossier.to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let lie = proto::WatchAnswer { dossier: bytes.into(), ..own.clone() };
        let error = told(lie).await.unwrap_err();
        assert!(
            matches!(error, ClientError::Watch(WatchError::Dossier(_)) | ClientError::OtherDossier),
            "{error:?}"
        );
        let lie = proto::WatchAnswer { tree_size: own.tree_size + 1, ..own.clone() };
        let error = told(lie).await.unwrap_err();
        assert!(matches!(error, ClientError::Watch(WatchError::Size { .. })), "{error:?}");

        // Why it is told.
        let changed = proto::WatchAnswer { compared_size: own.tree_size - 1, ..own.clone() };
        let lie = |cause: WatchCause, of: &proto::WatchAnswer| proto::WatchAnswer {
            cause: cause.into(),
            ..of.clone()
        };
        assert!(told(lie(WatchCause::Time, &changed)).await.is_ok());
        let error = told(lie(WatchCause::Records, &changed)).await.unwrap_err();
        assert!(matches!(error, ClientError::Watch(WatchError::Cause { .. })), "{error:?}");
        for lie in [
            lie(WatchCause::Start, &changed),
            lie(WatchCause::Time, &own),
            proto::WatchAnswer {
                compared_size: own.tree_size + 1,
                ..lie(WatchCause::Records, &own)
            },
            proto::WatchAnswer {
                compared_time_ms: u64::from(u32::MAX) * 1000,
                ..lie(WatchCause::Time, &changed)
            },
        ] {
            let error = told(lie).await.unwrap_err();
            assert!(matches!(error, ClientError::Watch(WatchError::Compared { .. })), "{error:?}");
        }
        let error = told(lie(WatchCause::Unspecified, &own)).await.unwrap_err();
        assert!(matches!(error, ClientError::Incomplete { .. }), "{error:?}");

        // Nothing can have changed for whoever was never told anything.
        let unchanged = proto::WatchUnchanged { id: 0, tree_size: own.tree_size };
        let error = made_of(&case, vec![Event::Unchanged(unchanged)], None).await.unwrap_err();
        assert!(matches!(error, ClientError::Incomplete { .. }), "{error:?}");
        // Nor is a watch over, or an answer left out, because the server says nothing more.
        for events in [vec![], vec![progress.clone()]] {
            let error = made_of(&case, events, None).await.unwrap_err();
            assert!(matches!(error, ClientError::Incomplete { .. }), "{error:?}");
        }

        // A state that was the newest once.
        let newer = case.at("2026-11-23T00:10:00Z");
        let seen = case.client().await.checkpoint(Some(newer)).await.unwrap();
        let seen = Some(seen.note().to_string());
        let old = vec![Event::Answer(own), progress];
        let error = made_of(&case, old, seen.clone()).await.unwrap_err();
        assert!(matches!(error, ClientError::StaleVerdict { .. }), "{error:?}");
        let mut newest = honest(&case, &[query("L2610A")]).await;
        let forged = match newest.pop() {
            Some(Event::Progress(of)) => of.checkpoint.replacen("\n\n", "0\n\n", 1),
            other => panic!("{other:?}"),
        };
        newest.push(Event::Progress(proto::WatchProgress { checkpoint: forged }));
        let error = made_of(&case, newest.clone(), seen.clone()).await.unwrap_err();
        assert!(matches!(error, ClientError::Checkpoint(_)), "{error:?}");
        newest.pop();
        newest.extend(events.last().cloned());
        let error = made_of(&case, newest, seen).await.unwrap_err();
        assert!(matches!(error, ClientError::WentBack { .. }), "{error:?}");
        case.serving.stop().await;
    });
}

#[test]
fn what_was_told_is_not_taken_back() {
    block_on(async {
        let mut case = Case::start(false).await;
        let answer = async |case: &Case| match honest(case, &[query("L2610A")]).await.remove(0) {
            Event::Answer(answer) => answer,
            other => panic!("{other:?}"),
        };
        let old = answer(&case).await;
        case.at("2026-11-23T00:10:00Z");
        let new = answer(&case).await;
        assert!(old.tree_size < new.tree_size);
        let told = async |events: Vec<Event>| made_of(&case, events, None).await.unwrap_err();
        // In the words of now: each compared with something before it.
        let changed = |of: &proto::WatchAnswer| {
            let (time, compared_size) = (WatchCause::Time.into(), old.tree_size - 1);
            Event::Answer(proto::WatchAnswer { cause: time, compared_size, ..of.clone() })
        };
        let error = told(vec![Event::Answer(new.clone()), changed(&old)]).await;
        assert!(matches!(error, ClientError::StaleVerdict { .. }), "{error:?}");
        let error = told(vec![Event::Answer(old.clone()), Event::Answer(new.clone())]).await;
        let is_it = matches!(error, ClientError::Watch(WatchError::Again { id: 0 }));
        assert!(is_it, "{error:?}");
        // What is not watched any more has no answer, whatever it was before.
        let refusal = proto::Refusal { reason: "OVERLOADED".to_owned(), ..Default::default() };
        let refusal = proto::WatchRefusal { id: 0, refusal: Some(refusal) };
        let refused = Event::Refusal(refusal);
        for event in [Event::Answer(old.clone()), changed(&new), refused.clone()] {
            let error = told(vec![refused.clone(), event]).await;
            let is_it = matches!(error, ClientError::Watch(WatchError::NotWatched { id: 0 }));
            assert!(is_it, "{error:?}");
        }
        case.serving.stop().await;
    });
}

#[test]
fn a_reader_who_accepts_other_rules_believes_nothing() {
    block_on(async {
        let case = Case::start(false).await;
        let queries = crate::watching::watched(&[query("L2610A")], 0.into());
        let client = case.client().await;
        let embedded = std::sync::Arc::new(probant::policy::PolicySet::embedded());
        let mut steps = Box::pin(client.watch(queries, embedded).await.unwrap());
        let error = loop {
            match steps.next().await.unwrap() {
                Ok(WatchStep::Progress(_)) => {}
                Ok(step) => panic!("{step:?}"),
                Err(error) => break error,
            }
        };
        let ClientError::Watch(error) = error else { panic!("{error:?}") };
        assert!(error.is_undecided(), "{error:?}");
        drop(steps);
        case.serving.stop().await;
    });
}
