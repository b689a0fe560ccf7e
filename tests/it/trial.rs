//! What the ledger says it would do with statements, against what it does.

use std::sync::Arc;

use probant::envelope::Envelope;
use probant::key::PrivateKey;
use probant::ledger::{Forecast, Ledger, SubmitError, Trial, TrialError};
use probant::reason::Reason;
use probant::storage::MemoryStorage;

use crate::ledger_fixture::{World, check_log, quiet, submit};
use crate::serving::HeldStorage;

/// What became of a statement, or would.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Recorded,
    Duplicate,
    Refused(Vec<(Reason, Option<String>)>),
}

fn foreseen(trial: &mut Trial, envelope: Envelope) -> Fate {
    match trial.judge(envelope).unwrap() {
        Forecast::Admissible => Fate::Recorded,
        Forecast::Recorded { .. } | Forecast::Repeated => Fate::Duplicate,
        Forecast::Refused(refusal) => refused(&refusal),
    }
}

fn done(ledger: &Ledger, envelope: Envelope) -> Fate {
    let submission = match ledger.door().check(envelope) {
        Ok(submission) => submission,
        Err(refusal) => return refused(&refusal),
    };
    match ledger.submit_wait(submission) {
        Ok(receipt) if receipt.is_duplicate => Fate::Duplicate,
        Ok(_) => Fate::Recorded,
        Err(SubmitError::Refused(refusal)) => refused(&refusal),
        Err(error) => panic!("{error}"),
    }
}

fn refused(refusal: &probant::admission::Refusal) -> Fate {
    let findings = refusal.findings().iter();
    Fate::Refused(findings.map(|finding| (finding.code, finding.member.clone())).collect())
}

/// The same statement with a text put in the place of another.
fn changed(world: &World, envelope: &Envelope, from: &str, to: &str) -> Envelope {
    let text = String::from_utf8(envelope.payload().to_vec()).unwrap();
    assert!(text.contains(from));
    Envelope::sign(text.replace(from, to).into_bytes(), &[&world.maker]).unwrap()
}

#[test]
fn what_a_trial_says_the_ledger_does() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    let before = ledger.view(None).unwrap().size();
    let declaration = |number| world.declaration(number);
    let stranger = PrivateKey::from_seed([9; 32]);
    let payload = declaration(50).payload().to_vec();
    // Each rests on one before it, or fails for want or because of one.
    let envelopes = [
        declaration(1),
        world.registration(),
        declaration(1),
        world.grant(),
        declaration(1),
        declaration(1),
        world.registration(),
        changed(&world, &declaration(1), "Plush", "Flush"),
        changed(&world, &declaration(1), "DOC-1", "DOC-1b"),
        changed(&world, &declaration(3), "\"declaration-3\"", "\"declaration-1\""),
        Envelope::sign(payload, &[&stranger]).unwrap(),
        Envelope::sign(b"{\"a\":1}".to_vec(), &[&world.maker]).unwrap(),
        world.erasure(2),
        declaration(2),
        world.erasure(2),
        changed(&world, &world.erasure(2), "\"erasure-2\"", "\"erasure-2b\""),
        declaration(2),
        declaration(4),
    ];
    let mut trial = ledger.trial().unwrap();
    assert_eq!(trial.size(), before);
    let said: Vec<Fate> = envelopes.iter().map(|of| foreseen(&mut trial, of.clone())).collect();
    assert_eq!(ledger.view(None).unwrap().size(), before, "nothing is recorded");
    let happened: Vec<Fate> = envelopes.iter().map(|of| done(&ledger, of.clone())).collect();
    assert_eq!(said, happened);
    for fate in [Fate::Recorded, Fate::Duplicate] {
        assert!(said.iter().filter(|of| **of == fate).count() > 1, "{said:?}");
    }
    assert!(said.iter().filter(|of| matches!(of, Fate::Refused(_))).count() > 5, "{said:?}");

    // And of what is recorded, the entry is named.
    let mut again = ledger.trial().unwrap();
    let view = ledger.view(None).unwrap();
    let index = view.find(&declaration(4).statement_digest()).unwrap().unwrap();
    assert_eq!(again.judge(declaration(4)).unwrap(), Forecast::Recorded { index });
    check_log(&world, &view);
}

#[test]
fn a_trial_stays_under_its_checkpoint_whatever_is_recorded_meanwhile() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let mut trial = ledger.trial().unwrap();
    let renumbered = changed(&world, &world.declaration(2), "DOC-2", "DOC-1");
    submit(&ledger, world.declaration(1)).unwrap();
    submit(
        &ledger,
        changed(&world, &world.declaration(4), "\"declaration-4\"", "\"declaration-3\""),
    )
    .unwrap();
    // Neither statement, nor number, nor id is taken yet.
    for envelope in [renumbered, world.declaration(3)] {
        assert_eq!(trial.judge(envelope.clone()).unwrap(), Forecast::Admissible);
        assert!(matches!(ledger.trial().unwrap().judge(envelope), Ok(Forecast::Refused(_))));
    }
    let mut trial = ledger.trial().unwrap();
    assert!(matches!(trial.judge(world.declaration(1)), Ok(Forecast::Recorded { .. })));
}

#[test]
fn a_trial_goes_on_while_the_sequencer_is_held_up() {
    let world = World::new();
    let storage = Arc::new(HeldStorage::default());
    let ledger = world.create(storage.clone()).unwrap();
    world.begin(&ledger);
    let held = storage.hold();
    ledger.submit(ledger.door().check(world.declaration(1)).unwrap(), Box::new(drop));
    let mut trial = ledger.trial().unwrap();
    assert_eq!(trial.judge(world.declaration(1)).unwrap(), Forecast::Admissible);
    assert_eq!(trial.judge(world.declaration(1)).unwrap(), Forecast::Repeated);
    drop(held);
}

#[test]
fn what_is_kept_as_bytes_still_counts_and_there_is_an_end() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let mut trial = ledger.trial().unwrap();
    for number in 1..45 {
        assert_eq!(trial.judge(world.large_declaration(number)).unwrap(), Forecast::Admissible);
    }
    let text = String::from_utf8(world.large_declaration(1).payload().to_vec()).unwrap();
    let other = text.replace("declaration-1", "declaration-1b");
    let other = Envelope::sign(other.into_bytes(), &[&world.maker]).unwrap();
    let Forecast::Refused(refusal) = trial.judge(other).unwrap() else { panic!("admissible") };
    assert_eq!(refusal.code(), Reason::DuplicateNumber);
    assert_eq!(trial.judge(world.large_declaration(1)).unwrap(), Forecast::Repeated);
    let mut last = 45;
    let error = loop {
        match trial.judge(world.large_declaration(last)) {
            Ok(forecast) => assert_eq!(forecast, Forecast::Admissible),
            Err(error) => break error,
        }
        last += 1;
    };
    assert!((45..55).contains(&last), "{last} of a megabyte");
    assert!(matches!(error, TrialError::TooLarge { what: "bytes", .. }), "{error}");
    // Whatever comes now may rest on what there was no room for.
    trial.judge(world.declaration(100)).unwrap_err();
}

#[test]
fn there_is_no_trial_while_nothing_is_recorded() {
    let world = World::new();
    let ledger = world.create_with(Arc::new(MemoryStorage::default()), quiet()).unwrap();
    world.begin(&ledger);
    world.clock.set("2026-09-01T08:00:00Z".parse().unwrap());
    ledger.seal().unwrap_err();
    assert!(matches!(ledger.trial(), Err(SubmitError::Clock(_))));
    world.clock.set("2026-10-01T08:00:00Z".parse().unwrap());
    ledger.seal().unwrap();
    assert_eq!(ledger.trial().unwrap().judge(world.declaration(1)).unwrap(), Forecast::Admissible);
}
