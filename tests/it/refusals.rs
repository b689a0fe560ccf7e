//! What the ledger refuses it signs, and the client takes no other word for it.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use probant::client::{ClientError, Refused};
use probant::envelope::{Envelope, StatementDigest};
use probant::hash::Digest;
use probant::key::{PrivateKey, Signer as _};
use probant::note::Note;
use probant::proto;
use probant::reason::Reason;
use probant::refusal::{self, VerifiedRefusal};
use probant::service::ServeOptions;
use probant::storage::MemoryStorage;
use probant::time::Timestamp;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::ledger_fixture::{ORIGIN, World, at};
use crate::liar::{Lies, lied_to};
use crate::serving::{Serving, block_on, message};

/// Of a statement that is in order, signed by somebody whom nobody knows.
fn by_a_stranger(world: &World) -> Envelope {
    let payload = world.declaration(1).payload().to_vec();
    Envelope::sign(payload, &[&PrivateKey::from_seed([9; 32])]).unwrap()
}

/// The number of an earlier one, for something else.
fn under_a_taken_number(world: &World) -> Envelope {
    let text = String::from_utf8(world.declaration(1).payload().to_vec()).unwrap();
    let other = text.replace("declaration-1", "declaration-1b").replace("Plush", "Flush");
    Envelope::sign(other.into_bytes(), &[&world.maker]).unwrap()
}

fn refused(error: ClientError) -> Refused {
    let ClientError::Refused(refused) = error else { panic!("{error:?}") };
    *refused
}

#[track_caller]
fn check(world: &World, envelope: &Envelope, refused: &Refused, reason: Reason, time: Timestamp) {
    assert_eq!(refused.reason, reason.name());
    let signed = refused.signed.as_ref().unwrap();
    let said = signed.refused();
    assert_eq!((said.origin().as_str(), said.statement()), (ORIGIN, envelope.statement_digest()));
    assert_eq!((said.reason(), said.time()), (Some(reason), time));
    // What is kept is enough for anybody who has the log key.
    let kept = signed.note().to_string();
    let again = VerifiedRefusal::verify(kept.as_bytes(), world.genesis.log_key()).unwrap();
    assert_eq!(again, **signed);
}

#[test]
fn a_refusal_is_signed_whoever_finds_it() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let client = serving.client(&world).await;
        let now = at("2026-10-01T08:00:07.250Z");
        world.clock.set(now);
        let now = at("2026-10-01T08:00:07Z");
        assert!(client.submit(&world.declaration(1)).await.is_ok());
        // The door sees that the statement is none, the sequencer that the number is taken.
        let none = Envelope::sign(b"{\"a\":1}".to_vec(), &[&world.maker]).unwrap();
        let cases = [
            (none, Reason::StatementInvalid),
            (by_a_stranger(&world), Reason::IssuerUnknown),
            (under_a_taken_number(&world), Reason::DuplicateNumber),
        ];
        for (envelope, reason) in &cases {
            let error = client.submit(envelope).await.unwrap_err();
            check(&world, envelope, &refused(error), *reason, now);
        }
        let envelopes = cases.clone().map(|(envelope, _)| envelope);
        let answers: Vec<_> = client.submit_stream(stream::iter(envelopes)).collect().await;
        assert_eq!(answers.len(), cases.len());
        for (answer, (envelope, reason)) in answers.into_iter().zip(&cases) {
            let refused = answer.unwrap().outcome.unwrap_err();
            check(&world, envelope, &refused, *reason, now);
        }
        serving.stop().await;
    });
}

#[test]
fn a_refusal_is_not_older_than_the_ledger() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let newest = serving.ledger.view(None).unwrap().seal_time();
        // The clock has gone back by a day, so nothing is written.
        world.clock.set(at("2026-09-30T08:00:00Z"));
        let envelope = Envelope::sign(b"{\"a\":1}".to_vec(), &[&world.maker]).unwrap();
        let error = serving.client(&world).await.submit(&envelope).await.unwrap_err();
        check(&world, &envelope, &refused(error), Reason::StatementInvalid, newest);
        serving.stop().await;
    });
}

#[test]
fn what_is_no_judgement_is_not_signed() {
    block_on(async {
        let world = World::new();
        let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let mut raw = serving.raw().await;
        let mut other_type = message(&world.declaration(1));
        other_type.payload_type = "text/plain".to_owned();
        let mut large = message(&world.declaration(1));
        large.payload = vec![b' '; 1_048_576].into();
        let no_signature = proto::Envelope { signatures: Vec::new(), ..other_type.clone() };
        for envelope in [None, Some(other_type), Some(large), Some(no_signature)] {
            let request = proto::SubmitRequest { envelope };
            let status = raw.submit(request).await.unwrap_err();
            let details = status.get_error_details();
            assert!(!details.error_info().unwrap().metadata.contains_key("refusal"), "{status:?}");
        }
        // Nor is what the ledger can't say just now: this one may be right.
        serving.ledger.shut_down();
        let request = proto::SubmitRequest { envelope: Some(message(&world.registration())) };
        let status = raw.submit(request).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        assert!(status.get_error_details().error_info().unwrap().metadata.is_empty());
        serving.stop().await;
    });
}

#[test]
fn a_refusal_that_shows_something_else_is_not_taken() {
    block_on(async {
        let world = World::new();
        let envelope = by_a_stranger(&world);
        let (reason, time) = (Reason::IssuerUnknown, at("2026-10-01T08:00:00Z"));
        let sign = |origin: &str, statement: StatementDigest, reason, key: &PrivateKey| {
            let said = refusal::Refused::new(origin.parse().unwrap(), statement, reason, time);
            said.sign(key).unwrap().to_string()
        };
        let statement = envelope.statement_digest();
        let other = StatementDigest::new(Digest::of(b"another"));
        let stranger = PrivateKey::from_seed([77; 32]);
        let honest = sign(ORIGIN, statement, reason, &world.log);
        let checkpoint =
            Note::sign(format!("{ORIGIN}\n1\n"), &ORIGIN.parse().unwrap(), &*world.log);
        let lies = [
            (honest.clone(), true),
            (sign(ORIGIN, statement, reason, &stranger), false),
            (sign("other.example", statement, reason, &world.log), false),
            (sign(ORIGIN, other, reason, &world.log), false),
            (sign(ORIGIN, statement, Reason::KeyRevoked, &world.log), false),
            (checkpoint.unwrap().to_string(), false),
            (honest.replace('\n', ""), false),
        ];
        for (signed, is_taken) in lies {
            let metadata = [("refusal".to_owned(), signed.clone())];
            let details = ErrorDetails::with_error_info(reason.name(), "probant", metadata);
            let status = Status::with_error_details(Code::PermissionDenied, "no", details);
            let refusal = proto::Refusal {
                status: Code::PermissionDenied.into(),
                reason: reason.name().to_owned(),
                signed: signed.clone(),
                ..Default::default()
            };
            let lies = Lies { refused: Some(status), refusal: Some(refusal), ..Lies::default() };
            let client = lied_to(&world.genesis, lies).await;
            let unary = client.submit(&envelope).await.unwrap_err();
            let mut answers = client.submit_stream(stream::iter([envelope.clone()]));
            let streamed = answers.next().await.unwrap();
            if is_taken {
                check(&world, &envelope, &refused(unary), reason, time);
                check(&world, &envelope, &streamed.unwrap().outcome.unwrap_err(), reason, time);
            } else {
                assert!(matches!(unary, ClientError::Refusal(_)), "{unary:?}: {signed}");
                let streamed = streamed.unwrap_err();
                assert!(matches!(streamed, ClientError::Refusal(_)), "{streamed:?}: {signed}");
            }
        }
        assert_eq!(world.log.public_key(), world.genesis.log_key().public_key());
    });
}
