//! Asking witnesses over HTTP: what counts as an answer, what as an alarm, and who is waited for.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use probant::ledger::{Ledger, Question, WitnessAlarm, WitnessError, Witnesses as _};
use probant::merkle::TreeSize;
use probant::note::WitnessPolicy;
use probant::storage::MemoryStorage;
use probant::time::Timestamp;
use probant::witness::{WitnessClient, WitnessClientError, WitnessOptions};

use crate::fake_witness::{FakeWitness, Mode, policy, policy_text};
use crate::ledger_fixture::{World, at, submit};

/// Longer than a test may take: who waits for this has waited for too much.
const FOR_EVER: WitnessOptions = WitnessOptions { timeout: Duration::from_hours(24) };

fn start(world: &World, seed: u8) -> FakeWitness {
    FakeWitness::start(seed, world.genesis.log_key(), at(NOW))
}

const NOW: &str = "2026-10-01T08:00:00Z";

fn ledger(world: &World) -> Arc<Ledger> {
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    Arc::new(ledger)
}

fn client(witnesses: &[&FakeWitness], rules: &str) -> WitnessClient {
    WitnessClient::new(policy(witnesses, rules), FOR_EVER).unwrap()
}

/// The newest checkpoint, for a quorum at any time.
fn question(ledger: &Arc<Ledger>) -> Question {
    let of = Arc::downgrade(ledger);
    let newest = Arc::new(move || of.upgrade().map(|ledger| ledger.size()));
    let view = ledger.view(None).unwrap();
    let checkpoint = view.checkpoint().clone();
    let prove = Arc::new(move |old| view.consistency(old).ok());
    Question {
        checkpoint,
        newest,
        prove,
        enough: Timestamp::default(),
        latest: Timestamp::MAX,
        late: None,
    }
}

#[test]
fn a_witness_is_asked_from_what_it_knows_and_cosigns_what_follows() {
    let world = World::new();
    let (ledger, witness) = (ledger(&world), start(&world, 11));
    let asking = client(&[&witness], "quorum w0");
    let size = ledger.view(None).unwrap().size().get();
    let cosigned = asking.ask(question(&ledger)).unwrap();
    assert_eq!(cosigned.witnessed_at(), Some(at(NOW)));
    assert_eq!(cosigned.cosigners(), std::slice::from_ref(&witness.key));
    assert_eq!(cosigned.checkpoint().size().get(), size);
    assert_eq!((witness.asked(), witness.cosigned()), (vec![size, 0], Some(size)));

    // The same again, later.
    witness.set_clock(at("2026-10-01T08:01:00Z"));
    let cosigned = asking.ask(question(&ledger)).unwrap();
    assert_eq!(cosigned.witnessed_at(), Some(at("2026-10-01T08:01:00Z")));
    // What has come in since.
    for number in 0..20 {
        submit(&ledger, world.declaration(number)).unwrap();
    }
    let larger = ledger.view(None).unwrap().size().get();
    assert_eq!(asking.ask(question(&ledger)).unwrap().checkpoint().size().get(), larger);
    assert_eq!((witness.asked(), witness.cosigned()), (vec![size, 0, size, size], Some(larger)));

    // Whoever has forgotten, learns it from the witness.
    submit(&ledger, world.declaration(20)).unwrap();
    let newest = ledger.view(None).unwrap().size().get();
    let forgetful = client(&[&witness], "quorum w0");
    assert_eq!(forgetful.ask(question(&ledger)).unwrap().checkpoint().size().get(), newest);
    assert_eq!(witness.asked().split_off(4), [newest, larger]);
}

#[test]
fn what_is_no_cosignature_counts_for_nothing() {
    let world = World::new();
    let (ledger, witness) = (ledger(&world), start(&world, 11));
    let asking = client(&[&witness], "quorum w0");
    let _cosigned = asking.ask(question(&ledger)).unwrap();
    submit(&ledger, world.declaration(0)).unwrap();
    for (mode, expected) in [
        (Mode::Down, "no answer"),
        (Mode::BareSize(7), "\"7\" is not a size"),
        (Mode::Status(404), "does not know this log"),
        (Mode::Status(403), "under another key"),
        (Mode::Status(500), "HTTP status 500"),
        (Mode::Status(302), "HTTP status 302"),
        (Mode::Status(204), "HTTP status 204"),
        (Mode::Garbage, "not the answer of a witness"),
        (Mode::Oversized, "more than 16384 bytes"),
        (Mode::WrongSignature, "signature of \"w11.example\" does not verify"),
        (Mode::Stranger, "no signature is by the key"),
        (Mode::Stale, "signature of \"w11.example\" does not verify"),
        (Mode::Endless, "s since 1970, which is beyond the year 9999"),
    ] {
        witness.set_mode(mode);
        let error = asking.ask(question(&ledger)).unwrap_err();
        assert!(matches!(error, WitnessError::NoQuorum { .. }), "{mode:?}: {error}");
        assert!(error.to_string().contains(expected), "{mode:?}: {error}");
        assert_eq!(asking.alarm(), None, "{mode:?}");
    }
    // A size below the one that it was asked from, again and again.
    witness.set_mode(Mode::Size(2));
    let before = witness.asked().len();
    let error = asking.ask(question(&ledger)).unwrap_err();
    assert!(matches!(error, WitnessError::Alarm(WitnessAlarm::Fork { .. })), "{error}");
    assert_eq!(witness.asked().len(), before + 3, "it was asked from 2 and minds something else");

    witness.set_mode(Mode::AmongOthers);
    let asking = client(&[&witness], "quorum w0");
    let cosigned = asking.ask(question(&ledger)).unwrap();
    assert_eq!(cosigned.witnessed_at(), Some(at(NOW)), "the latest of its own lines");
    assert_eq!(cosigned.checkpoint().note().signatures().len(), 2);
}

#[test]
fn nobody_is_there() {
    let world = World::new();
    let (ledger, witness) = (ledger(&world), start(&world, 11));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = format!("witness w0 {} http://{closed}\nquorum w0\n", witness.key);
    let policy = WitnessPolicy::parse(text.as_bytes()).unwrap();
    let asking = WitnessClient::new(policy, FOR_EVER).unwrap();
    let error = asking.ask(question(&ledger)).unwrap_err();
    assert!(error.to_string().contains("w0: no answer"), "{error}");
}

#[test]
fn a_witness_that_is_silent_has_its_time_and_no_more() {
    let world = World::new();
    let (ledger, witness) = (ledger(&world), start(&world, 11));
    witness.set_mode(Mode::Hanging);
    let options = WitnessOptions { timeout: Duration::from_millis(50) };
    let asking = WitnessClient::new(policy(&[&witness], "quorum w0"), options).unwrap();
    let error = asking.ask(question(&ledger)).unwrap_err();
    assert!(error.to_string().contains("no answer within 50ms"), "{error}");
}

#[test]
fn what_does_not_go_on_from_what_a_witness_saw_is_an_alarm() {
    let world = World::new();
    let (ledger, witness) = (ledger(&world), start(&world, 11));
    let size = ledger.view(None).unwrap().size();
    let fork = |status| {
        let witness = "w0".to_owned();
        WitnessAlarm::Fork { witness, size, status }
    };
    let larger = TreeSize::new(size.get() + 1);
    let older = WitnessAlarm::Older { witness: "w0".to_owned(), expected: larger, found: size };
    for (mode, expected) in [
        (Mode::Conflict, fork(409)),
        (Mode::NoProof, fork(422)),
        // It was asked from just this size.
        (Mode::Size(size.get()), fork(409)),
        (Mode::Size(larger.get()), older),
    ] {
        let asking = client(&[&witness], "quorum w0");
        witness.set_mode(mode);
        let error = asking.ask(question(&ledger)).unwrap_err();
        assert_eq!(error, WitnessError::Alarm(expected.clone()), "{mode:?}");
        // Who has raised the alarm does not take it back.
        witness.set_mode(Mode::Honest);
        assert_eq!(asking.alarm(), Some(expected), "{mode:?}");
        assert!(matches!(asking.ask(question(&ledger)), Err(WitnessError::Alarm(_))), "{mode:?}");
    }
}

#[test]
fn who_hangs_delays_nobody_once_the_quorum_is_met() {
    let world = World::new();
    let ledger = ledger(&world);
    let [one, two, three] = [11, 12, 13].map(|seed| start(&world, seed));
    let asking = client(&[&one, &two, &three], "group g 2 w0 w1 w2\nquorum g");
    for hanging in [&one, &two, &three] {
        hanging.set_mode(Mode::Hanging);
        // Comes back, though nobody ends the conversation.
        let cosigned = asking.ask(question(&ledger)).unwrap();
        assert_eq!(cosigned.cosigners().len(), 2);
        assert!(!cosigned.cosigners().contains(&hanging.key));
        hanging.set_mode(Mode::Honest);
    }
}

#[test]
fn an_alarm_that_nobody_waited_for_is_not_lost() {
    let world = World::new();
    let ledger = ledger(&world);
    let [one, two] = [11, 12].map(|seed| start(&world, seed));
    let asking = client(&[&one, &two], "group g any w0 w1\nquorum g");
    two.set_mode(Mode::Hanging);
    let _cosigned = asking.ask(question(&ledger)).unwrap();
    two.wait_until_asked(1);
    two.set_mode(Mode::NoProof);
    while asking.alarm().is_none() {
        std::thread::yield_now();
    }
    assert!(matches!(asking.ask(question(&ledger)), Err(WitnessError::Alarm(_))));
}

#[test]
fn a_late_answer_to_an_earlier_question_is_no_alarm() {
    let world = World::new();
    let ledger = ledger(&world);
    let [one, two] = [11, 12].map(|seed| start(&world, seed));
    let asking = client(&[&one, &two], "group g any w0 w1\nquorum g");
    two.set_mode(Mode::Hanging);
    let _cosigned = asking.ask(question(&ledger)).unwrap();
    two.wait_until_asked(1);
    submit(&ledger, world.declaration(0)).unwrap();
    let _cosigned = asking.ask(question(&ledger)).unwrap();
    two.wait_until_asked(2);
    // It knows the larger tree by now, and says so to the first.
    two.set_cosigned(ledger.view(None).unwrap().checkpoint().checkpoint());
    two.set_mode(Mode::Honest);
    for number in 1..5 {
        submit(&ledger, world.declaration(number)).unwrap();
        let cosigned = asking.ask(question(&ledger)).unwrap();
        assert_eq!(cosigned.witnessed_at(), Some(at(NOW)));
    }
    assert_eq!(asking.alarm(), None);
}

#[test]
fn a_checkpoint_that_others_show_to_a_witness_before_the_ledger_does_is_no_alarm() {
    let world = World::new();
    let (ledger, witness) = (ledger(&world), start(&world, 11));
    let asking = client(&[&witness], "quorum w0");
    let earlier = question(&ledger);
    submit(&ledger, world.declaration(0)).unwrap();
    let published = ledger.view(None).unwrap();
    witness.set_cosigned(published.checkpoint().checkpoint());
    let error = asking.ask(earlier).unwrap_err();
    assert!(matches!(error, WitnessError::NoQuorum { .. }), "{error}");
    assert!(error.to_string().contains("newer checkpoint in the meantime"), "{error}");
    assert_eq!(asking.alarm(), None);
    let cosigned = asking.ask(question(&ledger)).unwrap();
    assert_eq!(cosigned.checkpoint().size(), published.size());

    // One entry more is more than the ledger has.
    let beyond = TreeSize::new(published.size().get() + 1);
    witness.set_mode(Mode::Size(beyond.get()));
    let found = published.size();
    let alarm = WitnessAlarm::Older { witness: "w0".to_owned(), expected: beyond, found };
    assert_eq!(asking.ask(question(&ledger)).unwrap_err(), WitnessError::Alarm(alarm));
}

#[test]
fn one_slow_clock_does_not_speak_for_the_quorum() {
    let world = World::new();
    let ledger = ledger(&world);
    let [one, two, three] = [11, 12, 13].map(|seed| start(&world, seed));
    let asking = client(&[&one, &two, &three], "group g 2 w0 w1 w2\nquorum g");
    let enough = at("2026-10-01T07:55:00Z");
    let ask = || asking.ask(Question { enough, ..question(&ledger) }).unwrap().witnessed_at();
    one.set_clock(at("2026-09-01T00:00:00Z"));
    for _ in 0..10 {
        assert_eq!(ask(), Some(at(NOW)));
    }
    // Nor does one that is fast.
    one.set_clock(at("2036-10-01T00:00:00Z"));
    for _ in 0..10 {
        assert_eq!(ask(), Some(at(NOW)));
    }
    // Two that are slow are a quorum against one.
    one.set_clock(at("2026-09-01T00:00:00Z"));
    two.set_clock(at("2026-09-02T00:00:00Z"));
    assert_eq!(ask(), Some(at("2026-09-02T00:00:00Z")));
}

#[test]
fn a_policy_by_which_nobody_can_be_asked_is_refused() {
    let world = World::new();
    let witness = start(&world, 11);
    let new = |text: &str| {
        let policy = WitnessPolicy::parse(text.as_bytes()).unwrap();
        WitnessClient::new(policy, FOR_EVER).unwrap_err()
    };
    let none = new(&policy_text(&[&witness], "quorum none"));
    assert!(matches!(none, WitnessClientError::NoQuorum), "{none}");
    let nowhere = new(&format!("witness w0 {}\nquorum w0\n", witness.key));
    assert!(matches!(nowhere, WitnessClientError::Unreachable), "{nowhere}");
    let mail = new(&format!("witness w0 {} mailto:w@w.example\nquorum w0\n", witness.key));
    assert!(matches!(mail, WitnessClientError::Url { .. }), "{mail}");
}
