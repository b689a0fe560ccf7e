//! What peers may take of the server: beyond it they are refused or wait, and others are served all the
//! while.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use probant::envelope::Envelope;
use probant::hash::Digest;
use probant::identifier::Class;
use probant::key::PrivateKey;
use probant::merkle::EntryIndex;
use probant::proto;
use probant::service::ServeOptions;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};
use tonic_prost::ProstCodec;
use tonic_types::StatusExt as _;

use crate::ledger_fixture::{MODEL, World, check_log, submit};
use crate::serving::{HeldStorage, Serving, block_on, message};

/// Long enough for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn beyond_its_room_the_server_refuses_at_once_and_recovers() {
    block_on(async {
        let world = World::new();
        let storage = Arc::new(HeldStorage::default());
        let ledger = world.create(storage.clone()).unwrap();
        world.begin(&ledger);
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let held = storage.hold();
        let calls = 400;
        let (outcomes, mut results) = mpsc::channel(calls);
        for number in 0..calls {
            let (mut raw, outcomes) = (serving.raw().await, outcomes.clone());
            let envelope = Some(message(&world.declaration(number)));
            tokio::spawn(async move {
                let outcome = raw.submit(proto::SubmitRequest { envelope }).await;
                outcomes.send(outcome.map(drop)).await.unwrap();
            });
        }
        // Nothing is committed, so whoever is answered now is one too many.
        let status = results.recv().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "OVERLOADED");
        assert!(details.retry_info().unwrap().retry_delay.unwrap() > Duration::ZERO);
        drop(held);
        let mut recorded = 0;
        for _ in 1..calls {
            match results.recv().await.unwrap() {
                Ok(()) => recorded += 1,
                Err(status) => assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}"),
            }
        }
        assert!(recorded > 0);
        let ledger = serving.stop().await;
        assert_eq!(check_log(&world, &ledger.view(None).unwrap()).len(), 2 + recorded);
    });
}

#[test]
fn who_does_not_read_is_not_read_from_and_keeps_nobody_up() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let item = proto::SubmitItem { id: 0, envelope: Some(message(&world.declaration(0))) };
        let mut silent = Vec::new();
        for _ in 0..2 {
            let (sender, items) = mpsc::channel(1);
            let answers =
                serving.raw().await.submit_stream(ReceiverStream::new(items)).await.unwrap();
            let item = item.clone();
            let sent = tokio::spawn(async move {
                let mut sent = 0;
                // Much more than the windows of both sides and what the server takes ahead.
                while sent < 100_000 {
                    let next = sender.send(item.clone());
                    match tokio::time::timeout(Duration::from_secs(3), next).await {
                        Ok(Ok(())) => sent += 1,
                        Ok(Err(_)) | Err(_) => break,
                    }
                }
                (sent, sender)
            });
            silent.push((answers, sent));
        }
        for (answers, sent) in silent {
            let (sent, sender) = sent.await.unwrap();
            assert!(sent < 20_000, "the server took {sent} items without being read");
            // Another one is served all the while.
            let client = serving.client(&world).await;
            let envelope = world.declaration(1);
            let submit = client.submit(&envelope);
            assert!(tokio::time::timeout(PATIENCE, submit).await.unwrap().is_ok());
            drop((answers, sender));
        }
        serving.stop().await;
    });
}

#[test]
fn an_answer_that_nobody_reads_counts_until_it_is_given_up() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let mut api = serving.raw().await;
        let envelope = Some(message(&world.large_declaration(1)));
        api.submit(proto::SubmitRequest { envelope }).await.unwrap();
        let (unread, status) = leave_unread(&serving).await;
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        assert!(unread.len() > 100, "{} answers", unread.len());
        drop(unread);
        // The transport needs a moment to tell the server.
        let client = serving.client(&world).await;
        let submit = async { while client.submit(&world.declaration(2)).await.is_err() {} };
        tokio::time::timeout(PATIENCE, submit).await.unwrap();
        serving.stop().await;
    });
}

/// Asks for a subject's history and leaves the answer unread, again and again, until one is refused.
async fn leave_unread(serving: &Serving) -> (Vec<Unread>, Status) {
    let question = proto::GetSubjectRequest { uri: MODEL.to_owned(), ..Default::default() };
    let mut unread = Vec::new();
    for _ in 0..1000 {
        match unread_subject(serving, question.clone()).await {
            Ok(answer) => unread.push(answer),
            Err(status) => return (unread, status),
        }
    }
    panic!("as many answers were made as anybody likes");
}

/// An answer that is on its way.
type Unread = (Channel, Streaming<proto::GetSubjectResponse>);

/// Asks for a subject's history, and leaves the answer unread, on a connection of its own.
async fn unread_subject(
    serving: &Serving,
    question: proto::GetSubjectRequest,
) -> Result<Unread, Status> {
    // A peer that takes no more than the least unasked.
    let endpoint = Channel::from_shared(serving.url.clone()).unwrap();
    let endpoint = endpoint.initial_stream_window_size(65_535);
    let channel = endpoint.connect().await.unwrap();
    let mut raw = tonic::client::Grpc::new(channel.clone());
    raw.ready().await.unwrap();
    let path = "/probant.v1.Ledger/GetSubject".parse().unwrap();
    // As if it were a stream: the answer is not awaited.
    let answer = raw.server_streaming(Request::new(question), path, ProstCodec::default()).await?;
    Ok((channel, answer.into_inner()))
}

#[test]
fn a_stream_that_is_broken_off_counts_until_what_it_sent_is_dealt_with() {
    block_on(async {
        let world = World::new();
        let storage = Arc::new(HeldStorage::default());
        let ledger = world.create(storage.clone()).unwrap();
        world.begin(&ledger);
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let held = storage.hold();
        // All the room there is, and more: what comes behind it has to wait.
        let mut full = Vec::new();
        let stranger = PrivateKey::from_seed([9; 32]);
        for number in 0..9 {
            let signer = match number {
                0..4 => &world.maker,
                4..8 => &world.registrar,
                _ => &stranger,
            };
            let payload = world.large_declaration(number).payload().to_vec();
            let envelope = Some(message(&Envelope::sign(payload, &[signer]).unwrap()));
            let (sender, items) = mpsc::channel(8);
            for id in 0..8 {
                let envelope = envelope.clone();
                sender.send(proto::SubmitItem { id, envelope }).await.unwrap();
            }
            let items = ReceiverStream::new(items);
            full.push((serving.raw().await.submit_stream(items).await.unwrap(), sender));
        }
        let item = proto::SubmitItem { id: 0, envelope: Some(message(&world.declaration(1000))) };
        let mut raw = serving.raw().await;
        let mut refused = None;
        for _ in 0..1000 {
            let (begun, items) = mpsc::channel(1);
            begun.send(item.clone()).await.unwrap();
            match raw.submit_stream(ReceiverStream::new(items)).await {
                // Broken off, once the server had a chance to take the item.
                Ok(answers) => {
                    let mut answers = answers.into_inner();
                    let next = tokio::time::timeout(Duration::from_millis(5), answers.message());
                    assert!(next.await.is_err(), "something was answered");
                }
                Err(status) => {
                    refused = Some(status);
                    break;
                }
            }
        }
        let status = refused.expect("as many streams were begun as anybody likes");
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        drop(held);
        drop(full);
        serving.stop().await;
    });
}

#[test]
fn answers_that_nobody_reads_take_a_bounded_amount_of_memory() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        for number in 0..8 {
            submit(&serving.ledger, world.large_declaration(number)).unwrap();
        }
        let (unread, status) = leave_unread(&serving).await;
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        assert!(status.get_error_details().retry_info().is_some(), "{status:?}");
        assert!((10..60).contains(&unread.len()), "{} answers of 8 MB", unread.len());
        // Small answers need no room.
        let client = serving.client(&world).await;
        assert!(client.submit(&world.declaration(100)).await.is_ok());
        drop(unread);
        // The transport needs a moment to tell the server.
        let subject = async {
            while client.subject(&MODEL.parse().unwrap(), Class::All, None).await.is_err() {}
        };
        tokio::time::timeout(PATIENCE, subject).await.unwrap();
        serving.stop().await;
    });
}

#[test]
fn who_does_not_read_does_not_heap_up_large_answers() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let envelope = on_many_models(&world);
        submit(&serving.ledger, envelope.clone()).unwrap();
        let item = proto::SubmitItem { id: 0, envelope: Some(message(&envelope)) };
        let (sender, items) = mpsc::channel(1);
        let answers = serving.raw().await.submit_stream(ReceiverStream::new(items)).await.unwrap();
        let mut sent = 0;
        while sent < 400 {
            let next = sender.send(item.clone());
            match tokio::time::timeout(Duration::from_secs(3), next).await {
                Ok(Ok(())) => sent += 1,
                Ok(Err(_)) | Err(_) => break,
            }
        }
        assert!(sent < 250, "the server took {sent} items without being read");
        // Once their answers are read, it goes on.
        let mut answers = answers.into_inner();
        for _ in 0..sent {
            let answer = tokio::time::timeout(PATIENCE, answers.message()).await.unwrap();
            let result = answer.unwrap().unwrap().result;
            let Some(proto::submit_result::Result::Receipt(receipt)) = result else {
                panic!("{result:?}")
            };
            assert!(receipt.entry.len() > 15_000);
        }
        drop(sender);
        serving.stop().await;
    });
}

/// A declaration on as many models as one can be on.
fn on_many_models(world: &World) -> Envelope {
    let mut statement: serde_json::Value =
        serde_json::from_slice(world.declaration(1).payload()).unwrap();
    let models: Vec<String> = (0..490).map(model).collect();
    let subject = |name: &String| {
        let digest = Digest::of(name.as_bytes()).to_string();
        json!({"name": name, "digest": {"sha256": digest}})
    };
    statement["subject"] = models.iter().map(subject).collect();
    let products = models.iter().map(|id| json!({"id": id}));
    statement["predicate"]["scope"]["products"] = products.collect();
    Envelope::sign(statement.to_string().into_bytes(), &[&world.maker]).unwrap()
}

/// Another model of the manufacturer.
fn model(number: u32) -> String {
    format!("{MODEL}-{number}")
}

#[test]
fn a_history_has_a_limit_in_bytes_and_the_log_none() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        for number in 0..68 {
            submit(&serving.ledger, world.large_declaration(number)).unwrap();
        }
        let question = proto::GetSubjectRequest { uri: MODEL.to_owned(), ..Default::default() };
        let status = serving.raw().await.get_subject(question).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "CHAIN_TOO_LONG");
        let client = serving.client(&world).await;
        let entries = client.entries(EntryIndex::FIRST, None).await.unwrap();
        let entries: Vec<_> = entries.map(Result::unwrap).collect().await;
        let view = serving.ledger.view(None).unwrap();
        assert_eq!(entries.len() as u64, view.size().get());
        for (index, found) in (0..).zip(&entries) {
            assert_eq!(found.index, index);
            assert_eq!(found.entry, view.entry_bytes(index.into()).unwrap());
        }
        assert!(entries.iter().filter(|entry| entry.payload.len() > 1_000_000).count() == 68);
        serving.stop().await;
    });
}
