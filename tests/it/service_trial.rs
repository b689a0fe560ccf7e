//! What the server says it would do with many envelopes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use probant::client::{Foreseen, TryAnswer};
use probant::envelope::Envelope;
use probant::key::PrivateKey;
use probant::proto;
use probant::proto::try_result::Result as Outcome;
use probant::service::ServeOptions;
use probant::storage::MemoryStorage;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::ledger_fixture::World;
use crate::liar::{Lies, lied_to_since};
use crate::serving::{Serving, block_on, message};

/// Long enough for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn a_stream_is_judged_in_order_and_nothing_is_recorded_or_signed() {
    block_on(async {
        let world = World::new();
        let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let client = serving.client(&world).await;
        let size = serving.ledger.view(None).unwrap().size();
        // The keys of the later ones are registered by the first, which is not recorded.
        let mut envelopes = vec![world.registration(), world.grant()];
        envelopes.extend((0..300).map(|number| world.declaration(number)));
        let stranger = PrivateKey::from_seed([9; 32]);
        let payload = world.declaration(1000).payload().to_vec();
        envelopes.insert(100, Envelope::sign(payload, &[&stranger]).unwrap());
        envelopes.insert(200, world.declaration(7));
        let count = envelopes.len() as u64;
        let answers = client.try_stream(stream::iter(envelopes)).await.unwrap();
        let answers: Vec<TryAnswer> = answers.map(Result::unwrap).collect().await;
        assert_eq!(answers.len() as u64, count);
        for (position, answer) in (0..).zip(&answers) {
            assert_eq!((answer.position, answer.size), (position, size));
            match position {
                100 => {
                    let refused = answer.outcome.as_ref().unwrap_err();
                    assert_eq!(refused.reason, "ISSUER_UNKNOWN");
                    assert!(!refused.findings.is_empty());
                    assert!(refused.signed.is_none(), "a forecast is nobody's word");
                }
                200 => assert_eq!(answer.outcome, Ok(Foreseen::Duplicate(None))),
                _ => assert_eq!(answer.outcome, Ok(Foreseen::Admissible), "{position}"),
            }
        }
        assert_eq!(serving.ledger.view(None).unwrap().size(), size);

        // A message without an envelope is refused, and the stream goes on.
        let item = |envelope: Option<&Envelope>| proto::SubmitItem {
            id: 5,
            envelope: envelope.map(message),
        };
        let items = stream::iter([item(None), item(Some(&world.registration()))]);
        let mut raw = serving.raw().await;
        let mut answers = raw.try_stream(items).await.unwrap().into_inner();
        let first = answers.message().await.unwrap().unwrap();
        let Some(Outcome::Refusal(refusal)) = first.result else { panic!("{first:?}") };
        assert_eq!((refusal.reason.as_str(), refusal.signed.as_str()), ("REQUEST_MALFORMED", ""));
        let second = answers.message().await.unwrap().unwrap();
        assert_eq!(second.result, Some(Outcome::Admissible(proto::Admissible {})));
        assert!(answers.message().await.unwrap().is_none());
        serving.stop().await;
    });
}

#[test]
fn a_forecast_has_to_be_of_the_item_and_of_no_state_that_has_passed() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let seen = serving.ledger.view(None).unwrap();
        let size = seen.size().get();
        let forecast = |id, tree_size| {
            let result = Some(Outcome::Admissible(proto::Admissible {}));
            proto::TryResult { id, result, tree_size }
        };
        let nothing = proto::TryResult { id: 0, result: None, tree_size: size };
        for (forecasts, expected) in [
            (vec![forecast(0, size), forecast(1, size)], Ok(2)),
            (vec![forecast(1, size)], Err("answer to item 1 of the stream, expected item 0")),
            (vec![forecast(0, size)], Err("answer of the server has no answer to every item")),
            (vec![forecast(0, size - 1)], Err("forecast is as of")),
            (vec![nothing], Err("answer of the server has no result for an item")),
        ] {
            let lies = Lies { forecasts, ..Lies::default() };
            let note = Some(seen.checkpoint_note().to_owned());
            let client = lied_to_since(&world.genesis, lies, note).await;
            let envelopes = stream::iter([world.declaration(1), world.declaration(2)]);
            let answers = client.try_stream(envelopes).await.unwrap();
            let answers: Vec<_> = answers.collect().await;
            let found: Result<Vec<_>, _> = answers.into_iter().collect();
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.len(), expected),
                (Err(found), Err(expected)) => {
                    assert!(found.to_string().starts_with(expected), "{found}");
                }
                (found, expected) => panic!("{found:?}, expected {expected:?}"),
            }
        }
        serving.stop().await;
    });
}

#[test]
fn what_a_trial_has_no_room_for_is_not_judged_and_asking_again_is_of_no_use() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let client = serving.client(&world).await;
        let envelopes: Vec<Envelope> =
            (1..56).map(|number| world.large_declaration(number)).collect();
        let answers = client.try_stream(stream::iter(envelopes)).await.unwrap();
        let answers: Vec<TryAnswer> = answers.map(Result::unwrap).collect().await;
        let (first, last) = (answers.first().unwrap(), answers.last().unwrap());
        assert_eq!(first.outcome, Ok(Foreseen::Admissible));
        let refused = last.outcome.as_ref().unwrap_err();
        assert_eq!(refused.reason, "TRIAL_TOO_LARGE");
        assert_eq!(refused.code, Code::ResourceExhausted);
        assert!(!refused.is_transient());
        serving.stop().await;
    });
}

#[test]
fn few_trials_run_at_a_time_and_one_that_ends_makes_room() {
    block_on(async {
        let world = World::new();
        let mut serving = Serving::begin(&world).await;
        let mut raw = serving.raw().await;
        let mut open = Vec::new();
        let refused = loop {
            let (sender, items) = mpsc::channel::<proto::SubmitItem>(1);
            match raw.try_stream(ReceiverStream::new(items)).await {
                Ok(answers) => open.push((sender, answers.into_inner())),
                Err(status) => break status,
            }
            assert!(open.len() < 20, "as many trials run as anybody likes");
        };
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "OVERLOADED");
        assert!(details.retry_info().is_some());
        // Nobody else is held up.
        let client = serving.client(&world).await;
        assert!(client.submit(&world.declaration(1)).await.is_ok());

        let (sender, mut answers) = open.pop().unwrap();
        drop(sender);
        assert!(answers.message().await.unwrap().is_none());
        let again = async {
            loop {
                let envelopes = stream::iter([world.declaration(1)]);
                if let Ok(answers) = client.try_stream(envelopes).await {
                    return answers.map(Result::unwrap).collect::<Vec<_>>().await;
                }
            }
        };
        let answers = tokio::time::timeout(PATIENCE, again).await.unwrap();
        assert!(matches!(answers[0].outcome, Ok(Foreseen::Duplicate(Some(_)))), "{answers:?}");

        serving.tell_to_stop();
        for (_sender, mut answers) in open {
            let status = answers.message().await.unwrap_err();
            assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        }
        serving.ended().await;
    });
}
