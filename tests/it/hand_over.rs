//! A ledger whose log key changes hands: who may sign before and after, whatever breaks in between,
//! and what its clients make of it.

use std::sync::Arc;

use probant::client::{Client, ClientError, ClientOptions};
use probant::hash::Digest;
use probant::key::{KeyId, PrivateKey, Signer as _};
use probant::ledger::{HandOverError, Ledger, OpenError, Options, SubmitError};
use probant::log_key::{HandoverError, LogKeys};
use probant::merkle::TreeSize;
use probant::note::{Checkpoint, Note};
use probant::reason::Reason;
use probant::refusal::VerifiedRefusal;
use probant::service::ServeOptions;
use probant::storage::{MemoryStorage, Storage, Table};
use prost::bytes::Bytes;

use crate::faults::Altered;
use crate::faulty_storage::{Fault, FaultyStorage};
use crate::ledger_fixture::{
    World, check, check_consistent, check_log, check_receipt, quiet, submit,
};
use crate::liar::{Lies, lied_to, lied_to_since};
use crate::serving::{Serving, block_on};

fn key(seed: u8) -> Arc<PrivateKey> {
    Arc::new(PrivateKey::from_seed([seed; 32]))
}

fn id(key: &PrivateKey) -> KeyId {
    key.public_key().id()
}

/// Opens a ledger by this key.
fn open(
    world: &World,
    storage: &Arc<dyn Storage>,
    key: &Arc<PrivateKey>,
    options: Options,
) -> Result<Ledger, OpenError> {
    let (storage, signer) = (Arc::clone(storage), Arc::clone(key));
    Ledger::open(storage, world.clock.clone(), signer, options)
}

/// A ledger in memory with the next key announced.
fn announced(world: &World, next: &PrivateKey) -> (Arc<dyn Storage>, Ledger) {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    let ledger = world.create(Arc::clone(&storage)).unwrap();
    world.begin(&ledger);
    submit(&ledger, world.announcement(next)).unwrap();
    (storage, ledger)
}

#[track_caller]
fn refused(ledger: &Ledger, envelope: probant::envelope::Envelope) -> Reason {
    match submit(ledger, envelope).unwrap_err() {
        SubmitError::Refused(refusal) => refusal.code(),
        error => panic!("{error}"),
    }
}

#[test]
fn a_ledger_goes_on_under_the_key_that_it_was_handed_over_to() {
    let world = World::new();
    let (second, third) = (key(21), key(22));
    let (storage, ledger) = announced(&world, &second);
    let before = submit(&ledger, world.declaration(1)).unwrap();
    let seen = check_receipt(&world.genesis, &before, &world.declaration(1));
    assert_eq!(refused(&ledger, world.ending(&world.log)), Reason::LogKeyInForce);

    let size = ledger.hand_over(Arc::<PrivateKey>::clone(&second)).unwrap();
    let view = ledger.view(None).unwrap();
    assert_eq!((view.size(), view.checkpoint().log().public_key().id()), (size, id(&second)));
    assert_eq!(view.checkpoint().note().signatures().len(), 2);
    let after = submit(&ledger, world.declaration(2)).unwrap();
    assert_eq!(Note::parse(after.checkpoint.as_bytes()).unwrap().signatures().len(), 1);
    let keys = ledger.log_keys();
    for receipt in [&before, &after] {
        let checkpoint = keys.verify(receipt.checkpoint.as_bytes()).unwrap();
        let expected = if checkpoint.size() < size { id(&world.log) } else { id(&second) };
        assert_eq!(checkpoint.log().public_key().id(), expected);
    }
    let newest = ledger.view(None).unwrap();
    check_consistent(&newest, &seen);
    assert_eq!(newest.note_at(seen.size()).unwrap(), before.checkpoint);
    assert_eq!(ledger.view(Some(seen.size())).unwrap().handovers().len(), 0);
    assert_eq!(ledger.view(Some(size)).unwrap().handovers().len(), 1);
    let refusal =
        ledger.sign_refusal(world.declaration(3).statement_digest(), Reason::WrongLedger).unwrap();
    let _refusal = VerifiedRefusal::of_note(refusal, keys.newest()).unwrap();

    // Now the old key may end, and the new one may not.
    assert_eq!(refused(&ledger, world.ending(&second)), Reason::LogKeyInForce);
    submit(&ledger, world.ending(&world.log)).unwrap();
    submit(&ledger, world.announcement(&third)).unwrap();
    drop(ledger);

    let error = world.open(Arc::clone(&storage)).unwrap_err();
    assert!(matches!(error, OpenError::HandedOver { since, .. } if since == size), "{error}");
    assert!(error.to_string().contains(&id(&second).to_string()), "{error}");
    for other in [&third, &key(23)] {
        let error = open(&world, &storage, other, quiet()).unwrap_err();
        assert!(matches!(error, OpenError::SignerKey { .. }), "{error}");
        assert!(error.to_string().contains(&id(&second).to_string()), "{error}");
    }
    let ledger = open(&world, &storage, &second, quiet()).unwrap();
    assert_eq!(ledger.log_keys(), keys);
    let again = ledger.hand_over(Arc::<PrivateKey>::clone(&third)).unwrap();
    assert!(again > size);
    submit(&ledger, world.declaration(3)).unwrap();
    drop(ledger);
    let ledger = open(&world, &storage, &third, quiet()).unwrap();
    let line: Vec<KeyId> = ledger.log_keys().line().map(|key| key.public_key().id()).collect();
    assert_eq!(line, [id(&world.log), id(&second), id(&third)]);
    let view = ledger.view(None).unwrap();
    for published in view.published_sizes(TreeSize::EMPTY, usize::MAX).unwrap() {
        let note = view.note_at(published).unwrap();
        let _checkpoint = view.log_keys().verify(note.as_bytes()).unwrap();
    }
}

#[test]
fn nobody_gets_a_ledger_who_was_not_announced_or_had_his_turn() {
    let world = World::new();
    let next = key(21);
    let (_storage, ledger) = announced(&world, &next);
    let size = ledger.view(None).unwrap().size();
    for other in [key(22), Arc::new(PrivateKey::from_seed([2; 32]))] {
        let error = ledger.hand_over(other).unwrap_err();
        assert!(
            matches!(error, HandOverError::Handover(HandoverError::NotAnnounced { .. })),
            "{error}"
        );
    }
    let error = ledger.hand_over(Arc::<PrivateKey>::clone(&world.log)).unwrap_err();
    assert!(matches!(error, HandOverError::Handover(HandoverError::KeyBefore { .. })), "{error}");
    submit(&ledger, world.ending(&next)).unwrap();
    let error = ledger.hand_over(next).unwrap_err();
    assert!(matches!(error, HandOverError::Handover(HandoverError::Ended { .. })), "{error}");
    assert_eq!(ledger.view(None).unwrap().handovers().len(), 0);
    // The ledger goes on as if nothing had been asked.
    submit(&ledger, world.declaration(1)).unwrap();
    assert!(ledger.view(None).unwrap().size() > size);
    check_log(&world, &ledger.view(None).unwrap());
    ledger.shut_down();
    let error = ledger.hand_over(key(23)).unwrap_err();
    assert!(
        matches!(error, HandOverError::Handover(HandoverError::NotAnnounced { .. })),
        "{error}"
    );
}

#[test]
fn a_ledger_is_handed_over_at_whatever_size() {
    // Around a full tile, whose hashes no store has yet when the proofs are made.
    for size in [255, 256, 257] {
        let world = World::new();
        let next = key(21);
        let (storage, ledger) = announced(&world, &next);
        while ledger.view(None).unwrap().size().get() < size - 1 {
            ledger.seal().unwrap();
        }
        let found = ledger.hand_over(Arc::<PrivateKey>::clone(&next)).unwrap();
        assert_eq!(found, TreeSize::new(size));
        submit(&ledger, world.declaration(1)).unwrap();
        drop(ledger);
        let ledger = open(&world, &storage, &next, quiet()).unwrap();
        assert_eq!(ledger.view(None).unwrap().handovers().len(), 1);
    }
}

#[test]
fn whatever_becomes_of_the_commit_one_key_has_the_ledger() {
    for fault in [Fault::NotApplied(0), Fault::Lost(0), Fault::Persisted(0), Fault::Fenced(0)] {
        let world = World::new();
        let next = key(21);
        let (disk, ledger) = announced(&world, &next);
        drop(ledger);
        let faulty: Arc<dyn Storage> = Arc::new(FaultyStorage::new(Arc::clone(&disk), fault));
        let ledger = open(&world, &faulty, &world.log, quiet()).unwrap();
        let error = ledger.hand_over(Arc::<PrivateKey>::clone(&next)).unwrap_err();
        assert!(matches!(error, HandOverError::Submit(_)), "{fault:?}: {error}");
        // Not asked again: what it signs with now is what the store says.
        let goes_on = submit(&ledger, world.declaration(1));
        drop(ledger);
        let has_next = fault == Fault::Persisted(0);
        let (right, wrong) = if has_next { (&next, &world.log) } else { (&world.log, &next) };
        assert!(open(&world, &disk, wrong, quiet()).is_err(), "{fault:?}");
        let ledger = open(&world, &disk, right, quiet()).unwrap();
        assert_eq!(goes_on.is_ok(), fault != Fault::Fenced(0), "{fault:?}");
        if let Ok(receipt) = goes_on {
            let _checkpoint = ledger.log_keys().verify(receipt.checkpoint.as_bytes()).unwrap();
        }
        assert_eq!(ledger.view(None).unwrap().handovers().len(), usize::from(has_next));
    }
}

#[test]
fn a_store_with_another_handover_is_not_opened() {
    let world = World::new();
    let next = key(21);
    let (disk, ledger) = announced(&world, &next);
    ledger.hand_over(Arc::<PrivateKey>::clone(&next)).unwrap();
    drop(ledger);
    let row = disk.scan(Table::Handovers, &[0; 8], None, 9).unwrap().pop().unwrap();
    for byte in (0..row.1.len()).step_by(17) {
        let altered: Arc<dyn Storage> = Altered::flipped(&disk, Table::Handovers, &row, byte);
        let error = open(&world, &altered, &next, quiet()).unwrap_err();
        assert!(matches!(error, OpenError::Store(_)), "byte {byte}: {error}");
    }
}

#[test]
fn a_handover_of_another_tree_is_not_taken_for_the_stores_own() {
    let world = World::new();
    let next = key(21);
    let handed_over = |number| {
        let (disk, ledger) = announced(&world, &next);
        submit(&ledger, world.declaration(number)).unwrap();
        let size = ledger.hand_over(Arc::<PrivateKey>::clone(&next)).unwrap();
        drop(ledger);
        (disk.scan(Table::Handovers, &[0; 8], None, 9).unwrap().pop().unwrap(), disk, size)
    };
    let ((_, _), disk, size) = handed_over(1);
    let ((row, other), _, other_size) = handed_over(2);
    assert_eq!(size, other_size);
    // It holds by itself, so that nothing but the tree tells.
    let _handover = LogKeys::new(&world.genesis).follow(&other).unwrap();
    let altered: Arc<dyn Storage> = Altered::new(&disk, [(Table::Handovers, row, other)]);
    let error = open(&world, &altered, &next, quiet()).unwrap_err();
    assert!(error.to_string().contains("root of a handover"), "{error}");
    drop(open(&world, &disk, &next, quiet()).unwrap());
}

#[test]
fn the_guard_knows_a_store_of_before_the_handover() {
    let world = World::new();
    let next = key(21);
    let dir = tempfile::tempdir().unwrap();
    let options = Options { guard: Some(dir.path().join("guard")), ..quiet() };
    let (before, ledger) = announced(&world, &next);
    drop(ledger);
    let (after, ledger) = announced(&world, &next);
    drop(ledger);
    let ledger = open(&world, &after, &world.log, options.clone()).unwrap();
    ledger.hand_over(Arc::<PrivateKey>::clone(&next)).unwrap();
    submit(&ledger, world.declaration(1)).unwrap();
    drop(ledger);
    drop(open(&world, &after, &next, options.clone()).unwrap());
    // The same log until then, as a backup would have it.
    let error = open(&world, &before, &world.log, options).unwrap_err();
    assert!(matches!(error, OpenError::Older { .. }), "{error}");
}

#[test]
fn a_client_follows_the_key_and_takes_the_old_one_no_more() {
    block_on(async {
        let world = World::new();
        let next = key(21);
        let (_storage, ledger) = announced(&world, &next);
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let client = serving.client(&world).await;
        let before = client.submit(&world.declaration(1)).await.unwrap();
        assert_eq!(before.checkpoint().log(), world.genesis.log_key());
        let size = serving.ledger.hand_over(Arc::<PrivateKey>::clone(&next)).unwrap();
        // It has seen the first key only, and it knows nothing but the genesis document.
        for client in [client, serving.client(&world).await] {
            let after = client.submit(&world.declaration(2)).await.unwrap();
            assert_eq!(after.checkpoint().log().public_key().id(), id(&next));
            assert_eq!(client.log_keys().await, serving.ledger.log_keys());
            let first = client.checkpoint(Some(before.checkpoint().size())).await.unwrap();
            assert_eq!(first.log(), world.genesis.log_key());
            let (old, new) = client.consistency(first.size(), None).await.unwrap();
            assert!(old.size() < size && new.size() > size);
        }
        // Refusals too are the new key's.
        let stranger = PrivateKey::from_seed([99; 32]);
        let payload = world.declaration(7).payload().to_vec();
        let unknown = probant::envelope::Envelope::sign(payload, &[&stranger]).unwrap();
        let fresh = serving.client(&world).await;
        let error = fresh.submit(&unknown).await.unwrap_err();
        let ClientError::Refused(refused) = error else { panic!("{error:?}") };
        let note = refused.signed.unwrap().note().clone();
        let _refusal = VerifiedRefusal::of_note(note, serving.ledger.log_keys().newest()).unwrap();

        // What was seen of the log under the new key is known again.
        let seen = fresh.seen().await.unwrap().note().to_string();
        let options = |seen: String| ClientOptions {
            genesis: Some(world.genesis.clone()),
            seen: Some(seen),
            ..ClientOptions::default()
        };
        let again = Client::connect(&serving.url, options(seen)).await.unwrap();
        assert!(again.checkpoint(None).await.is_ok());
        // One that the new key signed for another history is not.
        let origin = world.genesis.origin().clone();
        let fork = Checkpoint::new(origin, TreeSize::new(4711), Digest::of(b"x")).unwrap();
        let fork = fork.sign(next.as_ref()).unwrap().to_string();
        let error = Client::connect(&serving.url, options(fork)).await.unwrap_err();
        assert!(matches!(error, ClientError::Refused(_)), "{error:?}");
        // The first key signs on, beyond its time.
        let origin = world.genesis.origin().clone();
        let beyond = Checkpoint::new(origin, TreeSize::new(4711), Digest::of(b"x")).unwrap();
        let beyond = beyond.sign(world.log.as_ref()).unwrap().to_string();
        let client = Client::connect(&serving.url, options(beyond.clone())).await.unwrap();
        let error = client.checkpoint(None).await.unwrap_err();
        let ClientError::KeyOutlived { seen, .. } = &error else { panic!("{error:?}") };
        assert_eq!(seen.to_string(), beyond);
        assert!(error.contradiction().is_some());
        serving.stop().await;
    });
}

#[test]
fn a_client_is_not_talked_into_a_key() {
    block_on(async {
        let world = World::new();
        let next = key(21);
        let (_storage, ledger) = announced(&world, &next);
        ledger.hand_over(Arc::<PrivateKey>::clone(&next)).unwrap();
        ledger.seal().unwrap();
        let view = ledger.view(None).unwrap();
        let note = view.checkpoint_note().to_owned();
        let handover = view.handovers()[0].bytes().to_vec();
        let lies = |handovers: Vec<Bytes>| Lies {
            checkpoint: Some(note.clone()),
            handovers,
            ..Lies::default()
        };
        let good = lied_to(&world.genesis, lies(vec![handover.clone().into()])).await;
        // It has the handover, and is not shown that the newest checkpoint goes on from it.
        let error = good.checkpoint(None).await.unwrap_err();
        assert!(matches!(error, ClientError::Refused(_)), "{error:?}");
        let without = lied_to(&world.genesis, lies(Vec::new())).await;
        let error = without.checkpoint(None).await.unwrap_err();
        assert!(matches!(error, ClientError::Checkpoint(_)), "{error:?}");
        let mut changed = handover.clone();
        let last = changed.len() - 1;
        changed[last] ^= 1;
        let altered = lied_to(&world.genesis, lies(vec![changed.into()])).await;
        let error = altered.checkpoint(None).await.unwrap_err();
        assert!(matches!(error, ClientError::Handover { number: 1, .. }), "{error:?}");
        assert_eq!(altered.log_keys().await, LogKeys::new(&world.genesis));
        // A checkpoint of the old key that was seen can't be brought together with the handover.
        let origin = world.genesis.origin().clone();
        let smaller = Checkpoint::new(origin, TreeSize::new(2), Digest::of(b"x")).unwrap();
        let smaller = smaller.sign(world.log.as_ref()).unwrap().to_string();
        let lies = lies(vec![handover.into()]);
        let client = lied_to_since(&world.genesis, lies, Some(smaller)).await;
        client.checkpoint(None).await.unwrap_err();
        assert_eq!(client.log_keys().await.handovers().len(), 0);
    });
}

#[test]
fn what_waits_when_the_ledger_is_handed_over_is_answered() {
    let world = World::new();
    let next = key(21);
    let (storage, ledger) = announced(&world, &next);
    let (sender, receiver) = std::sync::mpsc::sync_channel(64);
    for number in 0..8 {
        let sender = sender.clone();
        let reply = move |outcome| sender.send(outcome).unwrap();
        ledger.submit(check(&ledger, world.declaration(number)), Box::new(reply));
        if number == 4 {
            ledger.hand_over(Arc::<PrivateKey>::clone(&next)).unwrap();
        }
    }
    for _ in 0..8 {
        let receipt = receiver.recv().unwrap().unwrap();
        let _checkpoint = ledger.log_keys().verify(receipt.checkpoint.as_bytes()).unwrap();
    }
    drop(ledger);
    drop(open(&world, &storage, &next, quiet()).unwrap());
}
