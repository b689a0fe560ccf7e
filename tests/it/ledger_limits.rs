//! What others log or send does not decide how much memory the ledger takes, nor whether there is
//! room for the next one.

use std::sync::{Arc, mpsc};

use probant::envelope::Envelope;
use probant::identifier::Class;
use probant::key::{PrivateKey, Signer};
use probant::ledger::{CheckError, Ledger, Receipt, ReplyFn, SubmitError, ViewError};
use probant::policy::PolicySet;
use probant::reason::Reason;
use probant::storage::MemoryStorage;
use serde_json::{Value, json};

use crate::ledger::hold;
use crate::ledger_fixture::{MODEL, World, check, submit};

/// The declaration with this number, with a member that the signer added.
fn with_extension(
    world: &World,
    number: usize,
    extension: &Value,
    signer: &PrivateKey,
) -> Envelope {
    let mut statement: Value = serde_json::from_slice(world.declaration(number).payload()).unwrap();
    statement["predicate"]["extensions"] = json!({"x": extension});
    Envelope::sign(statement.to_string().into_bytes(), &[signer as &dyn Signer]).unwrap()
}

/// A declaration that takes a hundred times its text in memory.
fn heavy(world: &World, number: usize) -> Envelope {
    with_extension(world, number, &vec![json!({"": 0}); 32_000].into(), &world.maker)
}

/// A declaration of almost the size that an envelope can have.
fn large(world: &World, number: usize, signer: &PrivateKey) -> Envelope {
    with_extension(world, number, &"x".repeat(1_000_000).into(), signer)
}

#[test]
fn a_question_takes_no_more_memory_than_one_may_whatever_is_logged() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    submit(&ledger, world.grant_of("platform")).unwrap();
    for number in 0..10 {
        submit(&ledger, heavy(&world, number)).unwrap();
    }
    let policies = PolicySet::embedded();
    let checked = ledger.check(&World::query(), &policies).unwrap();
    submit(&ledger, heavy(&world, 10)).unwrap();

    let error = ledger.check(&World::query(), &policies).map(drop).unwrap_err();
    assert!(matches!(error, CheckError::View(ViewError::RecordsTooLarge { .. })), "{error}");
    let view = ledger.view(None).unwrap();
    let uri = MODEL.parse().unwrap();
    let error = view.chain(Class::All, &uri).unwrap_err();
    assert!(matches!(error, ViewError::RecordsTooLarge { .. }), "{error}");
    assert_eq!(view.history(Class::All, &uri).unwrap().len(), 11);
    // Nor does the sequencer take it, to see whether a verdict is still fresh; and it goes on.
    let error = submit(&ledger, world.verdict("late", &checked.verdict)).unwrap_err();
    let SubmitError::Refused(refusal) = error else { panic!("{error}") };
    assert_eq!(refusal.code(), Reason::StatementInvalid, "{refusal}");
    submit(&ledger, world.declaration(100)).unwrap();
}

/// Hands this over so often, one after the other, and gives a receiver of the outcomes.
fn hand_over(
    ledger: &Ledger,
    envelope: &Envelope,
    count: usize,
) -> mpsc::Receiver<Result<Receipt, SubmitError>> {
    let (sender, outcomes) = mpsc::channel();
    for _ in 0..count {
        let sender = sender.clone();
        let reply: ReplyFn = Box::new(move |outcome| sender.send(outcome).unwrap());
        ledger.submit(check(ledger, envelope.clone()), reply);
    }
    outcomes
}

#[test]
fn no_signer_takes_all_the_bytes_of_the_queue_and_strangers_take_few() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let release = hold(&world, &ledger);
    let of_maker = hand_over(&ledger, &large(&world, 1, &world.maker), 64);
    let of_stranger = hand_over(&ledger, &large(&world, 2, &PrivateKey::from_seed([9; 32])), 64);
    // Whatever is answered now found no room.
    assert_eq!(of_maker.try_iter().count(), 64 - 33, "one signer has half of the bytes");
    assert_eq!(of_stranger.try_iter().count(), 64 - 8, "all strangers have an eighth");
    let of_registrar = hand_over(&ledger, &world.grant_of("platform"), 1);
    assert_eq!(of_registrar.try_iter().count(), 0, "there is room for others");
    release.send(()).unwrap();
    assert!(of_registrar.recv().unwrap().is_ok());
    assert!(of_maker.iter().take(33).all(|outcome| outcome.is_ok()));
}
