//! The service over a real connection: what is recorded, refused, held back and kept.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use probant::client::Refused;
use probant::envelope::Envelope;
use probant::identifier::{Class, SubjectUri};
use probant::key::{PrivateKey, Signer as _};
use probant::merkle::{EntryIndex, TileKind, TreeSize, leaf_hash};
use probant::note::TlogProof;
use probant::proto;
use probant::service::ServeOptions;
use probant::storage::MemoryStorage;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::faulty_storage::{Fault, FaultyStorage};
use crate::ledger_fixture::{MODEL, World, check_log};
use crate::serving::{HeldStorage, Serving, block_on, message};

/// Long enough for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn a_receipt_holds_and_the_same_again_gets_the_first_one() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let client = serving.client(&world).await;
        let envelope = world.declaration(1);
        let first = client.submit(&envelope).await.unwrap();
        assert!(!first.is_duplicate() && first.is_own_envelope());
        let again = client.submit(&envelope).await.unwrap();
        assert!(again.is_duplicate());
        assert_eq!((again.index(), again.entry()), (first.index(), first.entry()));
        let later = client.receipt(&envelope).await.unwrap();
        assert_eq!(later.index(), first.index());

        let file = first.to_tlog_proof().to_string();
        let proven = TlogProof::parse(file.as_bytes()).unwrap();
        let proven = proven.verify(world.genesis.log_key()).unwrap();
        assert_eq!(proven.included().index(), first.index());
        serving.stop().await;
    });
}

#[test]
fn a_stream_is_answered_in_order_and_goes_on_after_a_refusal() {
    block_on(async {
        let world = World::new();
        let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let client = serving.client(&world).await;
        // The keys of the later ones are registered by the first, on their way.
        let mut envelopes = vec![world.registration(), world.grant()];
        envelopes.extend((0..300).map(|number| world.declaration(number)));
        let stranger = PrivateKey::from_seed([9; 32]);
        let payload = world.declaration(1000).payload().to_vec();
        envelopes.insert(100, Envelope::sign(payload, &[&stranger]).unwrap());
        envelopes.insert(200, world.declaration(7));
        let answers = client.submit_stream(stream::iter(envelopes.clone()));
        let answers: Vec<_> = answers.map(Result::unwrap).collect().await;
        assert_eq!(answers.len(), envelopes.len());
        let mut last = 0;
        for (position, (answer, envelope)) in (0..).zip(answers.iter().zip(&envelopes)) {
            assert_eq!(answer.position, position);
            if position == 100 {
                let refused = answer.outcome.as_ref().unwrap_err();
                assert_eq!(refused.reason, "ISSUER_UNKNOWN");
                assert_eq!(refused.code, Code::PermissionDenied);
                continue;
            }
            let receipt = answer.outcome.as_ref().unwrap();
            assert_eq!(receipt.statement_digest(), envelope.statement_digest());
            assert_eq!(receipt.is_duplicate(), position == 200);
            if !receipt.is_duplicate() {
                assert!(receipt.index().get() > last, "item {position} came before its time");
                last = receipt.index().get();
            }
        }
        let ledger = serving.stop().await;
        assert_eq!(check_log(&world, &ledger.view(None).unwrap()).len(), 302);
    });
}

#[test]
fn a_refusal_says_what_is_wrong_with_what() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let raw = serving.raw().await;
        let check = async |envelope: Option<proto::Envelope>, code: Code, reason: &str| {
            let request = proto::SubmitRequest { envelope };
            let status = raw.clone().submit(request).await.unwrap_err();
            assert_eq!(status.code(), code, "{status:?}");
            let details = status.get_error_details();
            let info = details.error_info().unwrap();
            assert_eq!((info.domain.as_str(), info.reason.as_str()), ("probant", reason));
            assert!(!details.bad_request().unwrap().field_violations.is_empty(), "{status:?}");
        };
        check(None, Code::InvalidArgument, "REQUEST_MALFORMED").await;

        let mut bad = message(&world.declaration(1));
        bad.payload = world.declaration(2).payload().to_vec().into();
        check(Some(bad), Code::InvalidArgument, "SIGNATURE_INVALID").await;

        let stranger = PrivateKey::from_seed([9; 32]);
        let payload = world.declaration(1).payload().to_vec();
        let bad = Envelope::sign(payload, &[&stranger]).unwrap();
        check(Some(message(&bad)), Code::PermissionDenied, "ISSUER_UNKNOWN").await;

        let bad = Envelope::sign(b"{\"a\":1}".to_vec(), &[&world.maker]).unwrap();
        check(Some(message(&bad)), Code::InvalidArgument, "STATEMENT_INVALID").await;

        raw.clone()
            .submit(proto::SubmitRequest { envelope: Some(message(&world.declaration(1))) })
            .await
            .unwrap();
        let text = String::from_utf8(world.declaration(1).payload().to_vec()).unwrap();
        let other = text.replace("declaration-1", "declaration-1b").replace("Plush", "Flush");
        let bad = Envelope::sign(other.into_bytes(), &[&world.maker]).unwrap();
        check(Some(message(&bad)), Code::AlreadyExists, "DUPLICATE_NUMBER").await;
        serving.stop().await;
    });
}

#[test]
fn what_is_too_large_is_refused_with_the_limit_named() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let mut raw = serving.raw().await;
        let mut submit = async |bytes: usize| {
            let mut envelope = message(&world.declaration(1));
            envelope.payload = vec![b' '; bytes].into();
            let request = proto::SubmitRequest { envelope: Some(envelope) };
            raw.submit(request).await.unwrap_err()
        };
        let status = submit(1_048_576).await;
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.get_error_details().error_info().unwrap().reason, "TOO_LARGE");
        assert!(status.message().contains("1048576"), "{status:?}");
        assert_eq!(submit(5 << 20).await.code(), Code::OutOfRange);
        // A reader that sends such a thing does no harm to the next one.
        let client = serving.client(&world).await;
        assert!(client.submit(&world.declaration(1)).await.is_ok());
        serving.stop().await;
    });
}

#[test]
fn garbage_is_answered_and_the_server_goes_on() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let mut raw = serving.raw().await;
        let of = |status: Status| status.code();
        let tile = proto::GetTileRequest { path: "../genesis".to_owned() };
        assert_eq!(of(raw.get_tile(tile).await.unwrap_err()), Code::InvalidArgument);
        let tile = proto::GetTileRequest { path: "tile/0/999".to_owned() };
        assert_eq!(of(raw.get_tile(tile).await.unwrap_err()), Code::NotFound);
        let receipt = proto::GetReceiptRequest { statement_digest: vec![1; 31].into(), state: 0 };
        assert_eq!(of(raw.get_receipt(receipt).await.unwrap_err()), Code::InvalidArgument);
        let receipt = proto::GetReceiptRequest { statement_digest: vec![1; 32].into(), state: 0 };
        assert_eq!(of(raw.get_receipt(receipt).await.unwrap_err()), Code::NotFound);
        let subject = |uri: &str, class| proto::GetSubjectRequest {
            uri: uri.to_owned(),
            class,
            tree_size: 0,
            witnessed: false,
        };
        for bad in [subject("x", 0), subject(MODEL, 3)] {
            assert_eq!(of(raw.get_subject(bad).await.unwrap_err()), Code::InvalidArgument);
        }
        let proof = proto::GetInclusionProofRequest { index: u64::MAX, tree_size: 0 };
        assert_eq!(of(raw.get_inclusion_proof(proof).await.unwrap_err()), Code::OutOfRange);
        let at = |tree_size| proto::GetCheckpointRequest { tree_size, witnessed: false };
        assert_eq!(of(raw.get_checkpoint(at(u64::MAX)).await.unwrap_err()), Code::OutOfRange);
        let status = raw.get_checkpoint(at(3)).await.unwrap_err();
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!((status.code(), info.reason.as_str()), (Code::InvalidArgument, "NOT_PUBLISHED"));
        assert_eq!(info.metadata["published"], "2");
        for query in ["", "{", "[]", "{\"product\":7}", "\u{0}"] {
            let check =
                proto::CheckRequest { query: query.into(), with_dossier: true, witnessed: false };
            assert_eq!(of(raw.check(check).await.unwrap_err()), Code::InvalidArgument, "{query}");
        }
        raw.get_checkpoint(at(0)).await.unwrap();
        serving.stop().await;
    });
}

#[test]
fn what_is_read_is_proved() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let client = serving.client(&world).await;
        let first = client.checkpoint(None).await.unwrap();
        for number in 0..5 {
            assert!(client.submit(&world.declaration(number)).await.is_ok());
        }
        let uri: SubjectUri = MODEL.parse().unwrap();
        let subject = client.subject(&uri, Class::All, None).await.unwrap();
        assert_eq!(subject.entries().len(), 5);
        assert!(subject.entries().iter().all(|entry| entry.record.is_some()));
        let adverse = client.subject(&uri, Class::Adverse, None).await.unwrap();
        assert!(adverse.entries().is_empty());
        let before = client.subject(&uri, Class::All, Some(first.size())).await.unwrap();
        assert!(before.entries().is_empty());

        let (old, new) = client.consistency(first.size(), None).await.unwrap();
        assert_eq!(old, first);
        assert!(new.size() > old.size());
        let size = new.size();
        let entries = client.entries(EntryIndex::FIRST, None).await.unwrap();
        let entries: Vec<_> = entries.map(Result::unwrap).collect().await;
        assert_eq!(entries.len() as u64, size.get());
        assert_eq!(entries[0].payload, world.genesis.bytes());
        for entry in &entries {
            let index = EntryIndex::new(entry.index);
            let (proof, checkpoint) = client.inclusion(index, Some(size)).await.unwrap();
            let _included = checkpoint.include(leaf_hash(&entry.entry), index, &proof).unwrap();
        }
        let some = client.entries(EntryIndex::new(2), Some(3)).await.unwrap();
        let some: Vec<u64> = some.map(|entry| entry.unwrap().index).collect().await;
        assert_eq!(some, [2, 3, 4]);
        let tile = TileKind::Hashes(0).in_tree(0, size).unwrap();
        let hashes = client.tile(tile).await.unwrap();
        assert_eq!(hashes[..32], leaf_hash(&entries[0].entry).as_bytes()[..]);
        assert_eq!(client.server_genesis().await.unwrap(), world.genesis.bytes());
        serving.stop().await;
    });
}

#[test]
fn a_call_ends_in_time_and_what_it_sent_is_recorded_once() {
    block_on(async {
        let world = World::new();
        let storage = Arc::new(HeldStorage::default());
        let ledger = world.create(storage.clone()).unwrap();
        world.begin(&ledger);
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let held = storage.hold();
        let envelope = world.declaration(1);
        let mut request = Request::new(proto::SubmitRequest { envelope: Some(message(&envelope)) });
        request.metadata_mut().insert("grpc-timeout", "300m".parse().unwrap());
        let submit = serving.raw().await.submit(request).await;
        // The service answers just before the transport of either side breaks the call off with a
        // word of its own. On a busy machine the transport may be first; a client is told the same.
        let told = Refused::from(submit.unwrap_err());
        assert_eq!((told.code, told.reason.as_str()), (Code::DeadlineExceeded, "DEADLINE"));
        drop(held);
        let receipt = serving.client(&world).await.submit(&envelope).await.unwrap();
        assert_eq!(receipt.statement_digest(), envelope.statement_digest());
        let ledger = serving.stop().await;
        assert_eq!(check_log(&world, &ledger.view(None).unwrap()).len(), 3);
    });
}

#[test]
fn shutting_down_in_mid_stream_loses_nothing_that_was_acknowledged() {
    block_on(async {
        let world = World::new();
        let mut serving = Serving::begin(&world).await;
        let (sender, items) = mpsc::channel(16);
        let envelopes: Vec<Envelope> = (0..2000).map(|number| world.declaration(number)).collect();
        let messages: Vec<_> = envelopes.iter().map(message).collect();
        tokio::spawn(async move {
            for (id, envelope) in (0..).zip(messages) {
                let item = proto::SubmitItem { id, envelope: Some(envelope) };
                // The server closes the stream when it stops.
                if sender.send(item).await.is_err() {
                    return;
                }
            }
            // The stream stays open: it is the server that has to end it.
            std::future::pending::<()>().await;
        });
        let mut raw = serving.raw().await;
        let answers = raw.submit_stream(ReceiverStream::new(items)).await.unwrap();
        let mut answers = answers.into_inner();
        let mut acknowledged = Vec::new();
        let status = loop {
            let answer = tokio::time::timeout(PATIENCE, answers.message()).await.unwrap();
            match answer {
                Ok(answer) => {
                    let answer = answer.unwrap();
                    match answer.result.unwrap() {
                        proto::submit_result::Result::Receipt(receipt) => {
                            acknowledged.push((answer.id, receipt.index));
                        }
                        proto::submit_result::Result::Refusal(refusal) => {
                            assert_eq!(refusal.reason, "STOPPING");
                        }
                    }
                    if acknowledged.len() == 100 {
                        serving.tell_to_stop();
                    }
                }
                Err(status) => break status,
            }
        };
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        assert_eq!(status.get_error_details().error_info().unwrap().reason, "STOPPING");
        assert!(acknowledged.len() >= 100);
        let ledger = serving.ended().await;
        let view = ledger.view(None).unwrap();
        for (id, index) in &acknowledged {
            let digest = envelopes[usize::try_from(*id).unwrap()].statement_digest();
            assert_eq!(view.find(&digest).unwrap(), Some(EntryIndex::new(*index)));
        }
        assert!(check_log(&world, &view).len() >= acknowledged.len() + 2);
    });
}

#[test]
fn a_broken_connection_is_made_again_and_nothing_is_recorded_twice() {
    block_on(async {
        let world = World::new();
        let storage = Arc::new(MemoryStorage::default());
        let ledger = world.create(storage.clone()).unwrap();
        world.begin(&ledger);
        let mut serving = Serving::start(ledger, ServeOptions::default()).await;
        let client = serving.client(&world).await;
        let address = serving.url.strip_prefix("http://").unwrap().to_owned();
        let (sender, envelopes) = mpsc::channel(1);
        let mut answers = client.submit_stream(ReceiverStream::new(envelopes));
        for number in 0..50 {
            sender.send(world.declaration(number)).await.unwrap();
        }
        let mut answered = 0;
        while answered < 20 {
            assert!(answers.next().await.unwrap().unwrap().outcome.is_ok());
            answered += 1;
        }
        serving.tell_to_stop();
        drop(serving.ended().await);
        let ledger = world.open(storage).unwrap();
        let listener = tokio::net::TcpListener::bind(&address).await.unwrap();
        let ledger = Arc::new(ledger);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let task = tokio::spawn(probant::service::run(
            listener,
            ledger.clone(),
            ServeOptions::default(),
            async move { stopped.await.unwrap() },
        ));
        for number in 50..100 {
            sender.send(world.declaration(number)).await.unwrap();
        }
        drop(sender);
        while let Some(answer) = answers.next().await {
            assert_eq!(answer.as_ref().unwrap().position, answered);
            assert!(answer.unwrap().outcome.is_ok());
            answered += 1;
        }
        assert_eq!(answered, 100);
        stop.send(()).unwrap();
        task.await.unwrap().unwrap();
        assert_eq!(check_log(&world, &ledger.view(None).unwrap()).len(), 102);
    });
}

#[test]
fn reflection_lists_the_service_and_health_tells_of_it() {
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::health_client::HealthClient;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let request = tonic_reflection::pb::v1::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut reflection = ServerReflectionClient::new(serving.channel().await);
        let answers = reflection.server_reflection_info(stream::iter([request])).await.unwrap();
        let answer = answers.into_inner().message().await.unwrap().unwrap();
        let Some(MessageResponse::ListServicesResponse(listed)) = answer.message_response else {
            panic!("no list of services: {answer:?}")
        };
        let names: Vec<String> = listed.service.into_iter().map(|service| service.name).collect();
        assert!(names.contains(&"probant.v1.Ledger".to_owned()), "{names:?}");

        let mut health = HealthClient::new(serving.channel().await);
        let service = "probant.v1.Ledger".to_owned();
        let check = tonic_health::pb::HealthCheckRequest { service };
        let status = health.check(check).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving);
        serving.stop().await;
    });
}

#[test]
fn health_says_when_the_writer_has_stopped() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::health_client::HealthClient;
    block_on(async {
        let world = World::new();
        // Genesis, registration and grant are committed; then another one claims the store.
        let storage = FaultyStorage::new(Arc::new(MemoryStorage::default()), Fault::Fenced(3));
        let ledger = world.create(Arc::new(storage)).unwrap();
        world.begin(&ledger);
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let mut watched = Vec::new();
        for service in ["", "probant.v1.Ledger"] {
            let request = HealthCheckRequest { service: service.to_owned() };
            let answers = HealthClient::new(serving.channel().await).watch(request).await;
            let mut answers = answers.unwrap().into_inner();
            let first = answers.message().await.unwrap().unwrap();
            assert_eq!(first.status(), ServingStatus::Serving, "{service:?}");
            watched.push(answers);
        }
        let mut raw = serving.raw().await;
        let mut submit = async |number| {
            let envelope = Some(message(&world.declaration(number)));
            raw.submit(proto::SubmitRequest { envelope }).await.unwrap_err()
        };
        assert_eq!(submit(1).await.code(), Code::Unavailable);
        let status = submit(2).await;
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "WRITER_STOPPED", "{status:?}");
        for mut answers in watched {
            let next = tokio::time::timeout(PATIENCE, answers.message()).await.unwrap();
            assert_eq!(next.unwrap().unwrap().status(), ServingStatus::NotServing);
        }
        // Reading goes on.
        assert!(serving.client(&world).await.checkpoint(None).await.is_ok());
        serving.stop().await;
    });
}

#[test]
fn proofs_about_older_trees_take_no_map_of_theirs() {
    block_on(async {
        let world = World::new();
        let storage = Arc::new(HeldStorage::default());
        let ledger = world.create(storage.clone()).unwrap();
        world.begin(&ledger);
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let client = serving.client(&world).await;
        let old = client.submit(&world.declaration(1)).await.unwrap().checkpoint().clone();
        let new = client.submit(&world.declaration(2)).await.unwrap().checkpoint().clone();
        assert!(client.submit(&world.declaration(3)).await.is_ok());
        let scans = storage.row_scans();
        assert_eq!(client.checkpoint(Some(old.size())).await.unwrap(), old);
        let both = client.consistency(old.size(), Some(new.size())).await.unwrap();
        assert_eq!(both, (old.clone(), new));
        let entries = client.entries(EntryIndex::FIRST, Some(1)).await.unwrap();
        let entries: Vec<_> = entries.map(Result::unwrap).collect().await;
        let (proof, at) = client.inclusion(EntryIndex::FIRST, Some(old.size())).await.unwrap();
        let _included =
            at.include(leaf_hash(&entries[0].entry), EntryIndex::FIRST, &proof).unwrap();
        assert_eq!(storage.row_scans(), scans);

        // And they are bounded by their own tree.
        let of = |status: Status| status.code();
        let mut raw = serving.raw().await;
        let (index, tree_size) = (old.size().get(), old.size().get());
        let proof = proto::GetInclusionProofRequest { index, tree_size };
        assert_eq!(of(raw.get_inclusion_proof(proof).await.unwrap_err()), Code::OutOfRange);
        let size = old.size().get();
        for (old_size, new_size, code) in [
            (0, 0, Code::InvalidArgument),
            (size - 1, 0, Code::InvalidArgument),
            (size + 2, size, Code::OutOfRange),
            (size, u64::MAX, Code::OutOfRange),
            (u64::MAX, 0, Code::OutOfRange),
        ] {
            let proof = proto::GetConsistencyProofRequest { old_size, new_size };
            let status = raw.get_consistency_proof(proof).await.unwrap_err();
            assert_eq!(status.code(), code, "{old_size} to {new_size}: {status:?}");
        }
        serving.stop().await;
    });
}

#[test]
fn the_tree_that_clients_see_is_the_ledgers() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let client = serving.client(&world).await;
        let receipt = client.submit(&world.declaration(1)).await.unwrap();
        let view = serving.ledger.view(None).unwrap();
        assert_eq!(receipt.checkpoint().size(), view.size());
        assert_eq!(receipt.checkpoint().root(), view.root());
        assert_eq!(client.seen().await.unwrap(), *receipt.checkpoint());
        assert_eq!(world.maker.public_key().id(), world.declaration(1).signatures()[0].0);
        assert!(view.size() > TreeSize::EMPTY);
        serving.stop().await;
    });
}
