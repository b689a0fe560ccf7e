//! The ledger's time against its witnesses': nothing is stamped with a time that they contradict, and
//! no store is written on that is older than what they have seen.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use probant::ledger::{
    Clock as _, ClockFault, Ledger, OpenError, Options, SubmitError, WitnessAlarm, Witnesses,
};
use probant::merkle::{EntryIndex, TreeSize};
use probant::reason::Reason;
use probant::refusal::VerifiedRefusal;
use probant::service::ServeOptions;
use probant::storage::{MemoryStorage, SledOptions, SledStorage, Storage};
use probant::time::Timestamp;
use probant::witness::{WitnessClient, WitnessOptions};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::fake_witness::{FakeWitness, Mode, policy};
use crate::ledger_fixture::{World, at, check_log, check_receipt, quiet, submit};
use crate::serving::{Serving, block_on, message};

const TWO_OF_THREE: &str = "group g 2 w0 w1 w2\nquorum g";
const HOUR_MS: u64 = 3_600_000;
const YEAR_MS: u64 = 365 * 24 * HOUR_MS;

/// A world with three witnesses whose clocks are right.
struct Watched {
    world: World,
    witnesses: [FakeWitness; 3],
}

impl Watched {
    fn new() -> Self {
        let world = World::new();
        let witnesses =
            [11, 12, 13].map(|seed| FakeWitness::start(seed, world.genesis.log_key(), at(START)));
        Self { world, witnesses }
    }

    fn asking(&self, timeout: Duration) -> Arc<dyn Witnesses> {
        let [one, two, three] = &self.witnesses;
        let policy = policy(&[one, two, three], TWO_OF_THREE);
        Arc::new(WitnessClient::new(policy, WitnessOptions { timeout }).unwrap())
    }

    fn options(&self) -> Options {
        // Who waits for it waits too long.
        self.options_with(Duration::from_hours(24))
    }

    fn options_with(&self, timeout: Duration) -> Options {
        // How the clock is confirmed where nothing else is asked.
        Options { witnesses: Some(self.asking(timeout)), witness_interval: None, ..quiet() }
    }

    fn open(&self, storage: Arc<dyn Storage>) -> Result<Ledger, OpenError> {
        self.world.open_with(storage, self.options())
    }

    /// A ledger that has begun under a clock that was right.
    fn begin(&self) -> Ledger {
        let ledger =
            self.world.create_with(Arc::new(MemoryStorage::default()), self.options()).unwrap();
        self.world.begin(&ledger);
        ledger
    }

    /// Time goes by, for everybody.
    fn pass(&self, ms: u64) {
        self.world.clock.advance_ms(ms);
        let now = self.witness_time().saturating_add_ms(ms);
        self.witnesses.iter().for_each(|witness| witness.set_clock(now));
    }

    fn set_modes(&self, mode: Mode) {
        self.witnesses.iter().for_each(|witness| witness.set_mode(mode));
    }

    fn witness_time(&self) -> Timestamp {
        self.witnesses[0].clock()
    }

    /// Puts the server's clock forward or back from the right time.
    fn set_clock_off(&self, ahead_ms: i64) {
        let right = self.witness_time();
        let ahead = ahead_ms.unsigned_abs();
        let wrong = if ahead_ms < 0 {
            right.saturating_sub_ms(ahead)
        } else {
            right.saturating_add_ms(ahead)
        };
        self.world.clock.set(wrong);
    }

    /// Waits until everybody has cosigned, those that nobody waits for too.
    fn wait_until_cosigned(&self, size: u64) {
        self.witnesses.iter().for_each(|it| it.wait_until_cosigned(TreeSize::new(size)));
    }

    fn asked(&self) -> usize {
        self.witnesses.iter().map(|witness| witness.asked().len()).sum()
    }
}

const START: &str = "2026-10-01T08:00:00Z";

/// The one fault, of a submission, of a seal and of the ledger.
#[track_caller]
fn fault(watched: &Watched, ledger: &Ledger) -> ClockFault {
    let before = ledger.view(None).unwrap().size();
    let of_submit = submit(ledger, watched.world.declaration(900)).unwrap_err();
    let of_seal = ledger.seal().unwrap_err();
    let SubmitError::Clock(fault) = of_submit else { panic!("{of_submit}") };
    assert!(matches!(of_seal, SubmitError::Clock(found) if found == fault), "{of_seal}");
    assert_eq!(ledger.clock_fault(), Some(fault));
    assert_eq!(ledger.halted(), None);
    // Reading goes on, and there is nothing new to read.
    assert_eq!(ledger.view(None).unwrap().size(), before);
    fault
}

/// Every entry is from no later than this.
#[track_caller]
fn expect_no_entry_after(watched: &Watched, ledger: &Ledger, latest: Timestamp) {
    let view = ledger.view(None).unwrap();
    check_log(&watched.world, &view);
    for index in 0..view.size().get() {
        let time = view.entry(EntryIndex::new(index)).unwrap().time();
        assert!(time <= latest, "entry {index} has {time}");
    }
}

#[test]
fn a_clock_that_witnesses_confirm_is_written_by() {
    let watched = Watched::new();
    let ledger = watched.begin();
    assert_eq!(ledger.clock_fault(), None);
    watched.wait_until_cosigned(2);
    let asked = watched.asked();
    for number in 0..5 {
        watched.pass(60_000);
        let envelope = watched.world.declaration(number);
        let receipt = submit(&ledger, envelope.clone()).unwrap();
        let _checkpoint = check_receipt(&watched.world.genesis, &receipt, &envelope);
    }
    assert_eq!(watched.asked(), asked, "witnesses are asked seldom");
    // A few minutes more or less are nobody's business.
    watched.set_clock_off(5 * 60_000);
    submit(&ledger, watched.world.declaration(5)).unwrap();
    assert_eq!(watched.asked(), asked);
    check_log(&watched.world, &ledger.view(None).unwrap());
}

#[test]
fn a_server_that_starts_ahead_of_its_witnesses_reads_and_writes_once_its_clock_is_right() {
    let watched = Watched::new();
    let storage = Arc::new(MemoryStorage::default());
    let ledger = watched.world.create_with(storage.clone(), watched.options()).unwrap();
    watched.world.begin(&ledger);
    submit(&ledger, watched.world.declaration(1)).unwrap();
    drop(ledger);

    watched.pass(HOUR_MS);
    watched.set_clock_off(i64::try_from(YEAR_MS).unwrap());
    let ledger = watched.open(storage).unwrap();
    let found = ledger.clock_fault();
    let expected =
        ClockFault::Ahead { clock: watched.world.clock.now(), witnesses: watched.witness_time() };
    assert_eq!(found, Some(expected));
    assert_eq!(fault(&watched, &ledger), expected);

    watched.set_clock_off(0);
    // Nobody has to be asked to see that it is right.
    watched.set_modes(Mode::Down);
    let receipt = submit(&ledger, watched.world.declaration(900)).unwrap();
    assert!(!receipt.is_duplicate);
    assert_eq!(ledger.clock_fault(), None);
    expect_no_entry_after(&watched, &ledger, watched.witness_time());
}

#[test]
fn a_jump_is_caught_at_the_next_group_and_nothing_acknowledged_is_lost() {
    let watched = Watched::new();
    let ledger = watched.begin();
    let envelope = watched.world.declaration(1);
    let kept = submit(&ledger, envelope.clone()).unwrap();
    watched.pass(60_000);
    watched.wait_until_cosigned(2);
    let asked = watched.asked();
    // One second more than it may be.
    watched.set_clock_off(5 * 60_000 + 1000);
    assert!(matches!(fault(&watched, &ledger), ClockFault::Ahead { .. }));
    assert_eq!(watched.asked(), asked + 3, "they are asked anew before anything is refused");
    // But not by each group: whoever knocks at the door must not make us knock at theirs.
    for _ in 0..20 {
        assert!(matches!(fault(&watched, &ledger), ClockFault::Ahead { .. }));
    }
    assert_eq!(watched.asked(), asked + 3);
    watched.pass(10_000);
    watched.set_clock_off(5 * 60_000 + 1000);
    assert!(matches!(fault(&watched, &ledger), ClockFault::Ahead { .. }));
    assert_eq!(watched.asked(), asked + 6);

    watched.set_clock_off(0);
    submit(&ledger, watched.world.declaration(2)).unwrap();
    let again = submit(&ledger, envelope).unwrap();
    assert_eq!((again.index, again.is_duplicate), (kept.index, true));
    expect_no_entry_after(&watched, &ledger, watched.witness_time());
}

#[test]
fn a_jump_that_witnesses_confirm_is_none() {
    let watched = Watched::new();
    let ledger = watched.begin();
    // The machine slept, and with it the clock that does not jump.
    let later = watched.witness_time().saturating_add_ms(HOUR_MS);
    watched.witnesses.iter().for_each(|witness| witness.set_clock(later));
    watched.world.clock.set(later);
    submit(&ledger, watched.world.declaration(1)).unwrap();
    assert_eq!(ledger.view(None).unwrap().seal_time(), later);
}

#[test]
fn a_jump_that_nobody_confirms_waits_for_somebody_who_does() {
    let watched = Watched::new();
    let ledger = watched.begin();
    watched.set_modes(Mode::Down);
    let later = watched.witness_time().saturating_add_ms(HOUR_MS);
    watched.world.clock.set(later);
    let expected = ClockFault::Unconfirmed { clock: later, expected: watched.witness_time() };
    assert_eq!(fault(&watched, &ledger), expected);
    // One is no quorum.
    watched.witnesses[0].set_mode(Mode::Honest);
    watched.witnesses[0].set_clock(later);
    watched.world.clock.advance_ms(10_000);
    assert!(matches!(fault(&watched, &ledger), ClockFault::Unconfirmed { .. }));
    watched.set_modes(Mode::Honest);
    watched.witnesses.iter().for_each(|witness| witness.set_clock(later));
    // It was asked a moment ago.
    assert!(matches!(fault(&watched, &ledger), ClockFault::Unconfirmed { .. }));
    watched.world.clock.advance_ms(10_000);
    submit(&ledger, watched.world.declaration(1)).unwrap();
    assert_eq!(ledger.clock_fault(), None);
    check_log(&watched.world, &ledger.view(None).unwrap());
}

#[test]
fn where_nobody_answers_a_ledger_starts_and_asks_again() {
    let watched = Watched::new();
    watched.set_modes(Mode::Down);
    let ledger = watched.begin();
    submit(&ledger, watched.world.declaration(1)).unwrap();
    assert_eq!(ledger.clock_fault(), None);
    // A jump is one all the same.
    watched.set_clock_off(i64::try_from(HOUR_MS).unwrap());
    assert!(matches!(fault(&watched, &ledger), ClockFault::Unconfirmed { .. }));
    watched.set_clock_off(0);
    submit(&ledger, watched.world.declaration(2)).unwrap();
    drop(ledger);

    // It starts with a clock that is wrong, which is found out as soon as witnesses can say so.
    watched.set_clock_off(i64::try_from(HOUR_MS).unwrap());
    let ledger = watched.begin();
    submit(&ledger, watched.world.declaration(1)).unwrap();
    watched.set_modes(Mode::Honest);
    submit(&ledger, watched.world.declaration(2)).unwrap();
    watched.pass(10_000);
    assert!(matches!(fault(&watched, &ledger), ClockFault::Ahead { .. }));
}

#[test]
fn where_nobody_answers_they_are_asked_more_and_more_seldom() {
    let watched = Watched::new();
    watched.set_modes(Mode::Down);
    let ledger = watched.begin();
    let mut asked = watched.asked();
    let mut minutes = Vec::new();
    for minute in 1..=6 * 60 {
        watched.pass(60_000);
        ledger.seal().unwrap();
        if watched.asked() > asked {
            minutes.push(minute);
            asked = watched.asked();
        }
    }
    assert_eq!(minutes, [1, 2, 3, 5, 8, 14, 25, 47, 90, 150, 210, 270, 330], "{minutes:?}");
    assert_eq!(ledger.clock_fault(), None);
}

#[test]
fn a_clock_that_runs_ahead_slowly_is_found_out_within_an_hour_of_it() {
    let watched = Watched::new();
    let ledger = watched.begin();
    // The clock that does not jump runs with it.
    let mut written = 0;
    while ledger.seal().is_ok() {
        watched.world.clock.advance_ms(60_000);
        let now = watched.witness_time().saturating_add_ms(50_000);
        watched.witnesses.iter().for_each(|witness| witness.set_clock(now));
        written += 1;
        assert!(written <= 60, "nobody has asked for an hour");
    }
    assert!(matches!(fault(&watched, &ledger), ClockFault::Ahead { .. }));
}

#[test]
fn a_majority_that_is_wrong_stops_the_writing_and_no_single_witness_does() {
    let watched = Watched::new();
    watched.witnesses[0].set_clock(at("2020-01-01T00:00:00Z"));
    let ledger = watched.begin();
    assert_eq!(ledger.clock_fault(), None);

    // Other witnesses, for another log under the same name.
    let watched = Watched::new();
    watched.witnesses[0].set_clock(at("2020-01-01T00:00:00Z"));
    watched.witnesses[1].set_clock(at("2021-01-01T00:00:00Z"));
    let storage = Arc::new(MemoryStorage::default());
    let ledger = watched.world.create_with(storage, watched.options()).unwrap();
    let expected = ClockFault::Ahead { clock: at(START), witnesses: at("2021-01-01T00:00:00Z") };
    assert_eq!(fault(&watched, &ledger), expected);
}

#[test]
fn who_hangs_has_its_time_when_a_ledger_starts_and_keeps_none_from_writing() {
    let watched = Watched::new();
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    watched.witnesses[1].set_mode(Mode::Hanging);
    let options = watched.options_with(Duration::from_millis(50));
    drop(watched.world.create_with(storage.clone(), options).unwrap());
    watched.witnesses[1].set_mode(Mode::Honest);
    let ledger = watched.open(storage).unwrap();
    watched.world.begin(&ledger);
    watched.witnesses[1].set_mode(Mode::Hanging);
    watched.pass(2 * HOUR_MS);
    submit(&ledger, watched.world.declaration(1)).unwrap();
    watched.set_clock_off(600_000);
    watched.witnesses[1].set_mode(Mode::Down);
    assert!(matches!(fault(&watched, &ledger), ClockFault::Ahead { .. }));
    watched.set_clock_off(0);
    submit(&ledger, watched.world.declaration(2)).unwrap();
}

fn sled(dir: &Path) -> Arc<dyn Storage> {
    let open = if dir.exists() { SledStorage::open } else { SledStorage::create };
    Arc::new(open(dir, SledOptions::default()).unwrap())
}

#[test]
fn a_store_put_back_to_an_earlier_state_is_found_out_by_what_witnesses_have_seen() {
    let watched = Watched::new();
    let dir = tempfile::tempdir().unwrap();
    let (store, backup) = (dir.path().join("store"), dir.path().join("backup"));
    let ledger = watched.world.create_with(sled(&store), watched.options()).unwrap();
    watched.world.begin(&ledger);
    drop(ledger);
    crate::ledger::copy_dir(&store, &backup);
    let ledger = watched.open(sled(&store)).unwrap();
    submit(&ledger, watched.world.declaration(1)).unwrap();
    let seen = ledger.view(None).unwrap().size();
    drop(ledger);
    // The next start shows the newest to the witnesses.
    drop(watched.open(sled(&store)).unwrap());

    let head = sled(&backup).head().unwrap();
    let error = watched.open(sled(&backup)).unwrap_err();
    assert!(
        matches!(&error, OpenError::Witness(WitnessAlarm::Older { expected, .. }) if *expected == seen),
        "{error}"
    );
    assert!(error.to_string().contains("Put back the newest store"), "{error}");
    assert_eq!(sled(&backup).head().unwrap(), head, "nothing was signed");
    // Without witnesses, this is how a log is forked; and then they know better, too.
    let ledger = watched.world.open(sled(&backup)).unwrap();
    for number in 2..9 {
        submit(&ledger, watched.world.declaration(number)).unwrap();
    }
    drop(ledger);
    let error = watched.open(sled(&backup)).unwrap_err();
    assert!(matches!(error, OpenError::Witness(WitnessAlarm::Fork { .. })), "{error}");
    // The right one is served.
    let ledger = watched.open(sled(&store)).unwrap();
    submit(&ledger, watched.world.declaration(1)).unwrap();
    check_log(&watched.world, &ledger.view(None).unwrap());
}

#[test]
fn a_guard_does_not_go_on_to_what_a_witness_contradicts() {
    let watched = Watched::new();
    let dir = tempfile::tempdir().unwrap();
    let (store, fork) = (dir.path().join("store"), dir.path().join("fork"));
    let guard = dir.path().join("guard");
    let guarded = || Options { guard: Some(guard.clone()), ..watched.options() };
    drop(watched.world.create_with(sled(&store), guarded()).unwrap());
    let kept = std::fs::read(&guard).unwrap();
    crate::ledger::copy_dir(&store, &fork);
    for (path, declaration) in [(&store, 1), (&fork, 2)] {
        let ledger = watched.world.open(sled(path)).unwrap();
        watched.world.begin(&ledger);
        submit(&ledger, watched.world.declaration(declaration)).unwrap();
    }
    drop(watched.open(sled(&store)).unwrap());
    // Both go on from the guard's checkpoint; which of them is the right one, witnesses know.
    let error = watched.world.open_with(sled(&fork), guarded()).unwrap_err();
    assert!(matches!(error, OpenError::Witness(WitnessAlarm::Fork { .. })), "{error}");
    assert_eq!(std::fs::read(&guard).unwrap(), kept);
    drop(watched.world.open_with(sled(&store), guarded()).unwrap());
    assert_ne!(std::fs::read(&guard).unwrap(), kept);
}

#[test]
fn an_alarm_that_comes_late_stops_the_writing_for_good() {
    let watched = Watched::new();
    let ledger = watched.begin();
    let size = ledger.view(None).unwrap().size();
    watched.witnesses[2].set_mode(Mode::Hanging);
    let asked = watched.witnesses[2].asked().len();
    watched.pass(2 * HOUR_MS);
    ledger.seal().unwrap();
    watched.witnesses[2].wait_until_asked(asked + 1);
    watched.witnesses[2].set_mode(Mode::Size(1000));
    let mut error = None;
    // Until it has been heard of, the writing goes on.
    for number in 0.. {
        match submit(&ledger, watched.world.declaration(number)) {
            Ok(_receipt) => std::thread::yield_now(),
            Err(found) => {
                error = Some(found);
                break;
            }
        }
    }
    let error = error.unwrap();
    assert!(matches!(error, SubmitError::Halted { .. }), "{error}");
    assert!(error.to_string().contains("w2 has cosigned 1000"), "{error}");
    assert!(matches!(ledger.seal().unwrap_err(), SubmitError::Halted { .. }));
    assert!(ledger.halted().unwrap().contains("fork the log"), "{:?}", ledger.halted());
    assert!(ledger.view(None).unwrap().size() >= size);
    check_log(&watched.world, &ledger.view(None).unwrap());
}

#[test]
fn a_clock_that_is_wrong_shows_in_the_health_of_the_service_until_it_is_right() {
    block_on(async {
        let watched = Watched::new();
        let heartbeat = Some(Duration::from_millis(20));
        let options = Options { heartbeat, ..watched.options() };
        let storage = Arc::new(MemoryStorage::default());
        let ledger = watched.world.create_with(storage, options).unwrap();
        watched.world.begin(&ledger);
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let mut watching = Vec::new();
        for service in ["", "probant.v1.Ledger"] {
            let request = HealthCheckRequest { service: service.to_owned() };
            let answers = HealthClient::new(serving.channel().await).watch(request).await;
            watching.push(answers.unwrap().into_inner());
        }
        let mut expect = async |expected: ServingStatus| {
            for answers in &mut watching {
                assert_eq!(answers.message().await.unwrap().unwrap().status(), expected.into());
            }
        };
        expect(ServingStatus::Serving).await;
        watched.set_clock_off(i64::try_from(HOUR_MS).unwrap());
        let mut raw = serving.raw().await;
        let envelope = Some(message(&watched.world.declaration(1)));
        let request = probant::proto::SubmitRequest { envelope };
        let status = raw.submit(request.clone()).await.unwrap_err();
        let details = tonic_types::StatusExt::get_error_details(&status);
        assert_eq!(status.code(), tonic::Code::Unavailable);
        assert_eq!(details.error_info().unwrap().reason, "CLOCK_WRONG", "{status:?}");
        expect(ServingStatus::NotServing).await;
        // Nobody submits anything, for it is said to be down; it looks at its clock all the same.
        watched.set_clock_off(0);
        expect(ServingStatus::Serving).await;
        assert!(raw.submit(request).await.is_ok());
        // Or the server would wait for those who watch.
        drop(watching);
        expect_no_entry_after(&watched, &serving.ledger, watched.witness_time());
        serving.stop().await;
    });
}

#[test]
fn a_refusal_is_not_signed_ahead_of_the_witnesses() {
    let watched = Watched::new();
    let ledger = watched.begin();
    watched.set_clock_off(i64::try_from(YEAR_MS).unwrap());
    let statement = watched.world.declaration(1).statement_digest();
    let note = ledger.sign_refusal(statement, Reason::StatementInvalid).unwrap();
    let log_key = watched.world.genesis.log_key();
    let refusal = VerifiedRefusal::verify(note.to_string().as_bytes(), log_key).unwrap();
    assert_eq!(refusal.refused().time(), watched.witness_time().saturating_add_ms(5 * 60_000));
}
