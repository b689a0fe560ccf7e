//! Checkpoints that witnesses cosign: a log and three witnesses, of whom two are a quorum. Whatever
//! becomes of them, what anybody is shown never goes back, and a quorum has cosigned it.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use probant::ledger::{
    Clock as _, Ledger, ListenFn, OpenError, Options, SubmitError, View, ViewError, WitnessAlarm,
    Witnesses, Witnessing,
};
use probant::merkle::TreeSize;
use probant::note::{CosignedCheckpoint, VerifiedCheckpoint, WitnessPolicy};
use probant::storage::{MemoryStorage, SledOptions, SledStorage, Storage};
use probant::time::CLOCK_SKEW_MS_MAX;
use probant::witness::{WitnessClient, WitnessOptions};

use crate::fake_witness::{FakeWitness, Mode, policy};
use crate::faulty_storage::{Fault, FaultyStorage};
use crate::ledger_fixture::{World, at, check_log, check_receipt, quiet, submit};
use crate::storage_disk::copy;

pub(crate) const NOW: &str = "2026-10-01T08:00:00Z";
const TWO_OF_THREE: &str = "group g 2 w0 w1 w2\nquorum g";

/// A world with three witnesses.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) witnesses: [FakeWitness; 3],
    rules: &'static str,
}

/// A ledger, and all that it has shown.
pub(crate) struct Open<'a> {
    scene: &'a Scene,
    ledger: Arc<Ledger>,
    told: Receiver<()>,
    shown: Arc<Mutex<Vec<Arc<str>>>>,
    _listener: Arc<ListenFn>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let world = World::new();
        let witnesses =
            [11, 12, 13].map(|seed| FakeWitness::start(seed, world.genesis.log_key(), at(NOW)));
        Self { world, witnesses, rules: TWO_OF_THREE }
    }

    pub(crate) fn policy(&self) -> WitnessPolicy {
        let [one, two, three] = &self.witnesses;
        policy(&[one, two, three], self.rules)
    }

    fn options(&self) -> Options {
        self.options_with(Duration::ZERO)
    }

    fn options_with(&self, interval: Duration) -> Options {
        // Who waits for it waits too long.
        let options = WitnessOptions { timeout: Duration::from_hours(24) };
        let client: Arc<dyn Witnesses> =
            Arc::new(WitnessClient::new(self.policy(), options).unwrap());
        Options { witnesses: Some(client), witness_interval: Some(interval), ..quiet() }
    }

    pub(crate) fn create(&self, storage: Arc<dyn Storage>) -> Open<'_> {
        Open::new(self, self.world.create_with(storage, self.options()).unwrap())
    }

    /// A ledger that has begun, all of it witnessed.
    fn begin(&self, storage: Arc<dyn Storage>) -> Open<'_> {
        let open = self.create(storage);
        self.world.begin(&open.ledger);
        open.wait_until_witnessed(open.ledger.size());
        open
    }

    pub(crate) fn begin_in_memory(&self) -> Open<'_> {
        self.begin(Arc::new(MemoryStorage::default()))
    }

    fn reopen(&self, storage: Arc<dyn Storage>) -> Open<'_> {
        Open::new(self, self.world.open_with(storage, self.options()).unwrap())
    }

    pub(crate) fn set_modes(&self, mode: Mode) {
        self.witnesses.iter().for_each(|witness| witness.set_mode(mode));
    }

    pub(crate) fn verify(&self, note: &str) -> CosignedCheckpoint {
        let checkpoint =
            VerifiedCheckpoint::verify(note.as_bytes(), self.world.genesis.log_key()).unwrap();
        // As every reader does.
        let latest = self.world.clock.now().saturating_add_ms(CLOCK_SKEW_MS_MAX);
        self.policy().verify(checkpoint, latest).unwrap()
    }
}

impl<'a> Open<'a> {
    fn new(scene: &'a Scene, ledger: Ledger) -> Self {
        let ledger = Arc::new(ledger);
        let (sender, told) = channel();
        let shown: Arc<Mutex<Vec<Arc<str>>>> = Arc::default();
        let (of, kept) = (Arc::downgrade(&ledger), Arc::clone(&shown));
        let listener: Arc<ListenFn> = Arc::new(move || {
            let ledger = of.upgrade();
            kept.lock().unwrap().extend(ledger.and_then(|ledger| ledger.public_note()));
            sender.send(()).unwrap_or_default();
        });
        ledger.on_witness(&listener);
        Self { scene, ledger, told, shown, _listener: listener }
    }

    /// The ledger alone.
    pub(crate) fn into_ledger(self) -> Ledger {
        let Self { ledger, .. } = self;
        // Nobody else has it for longer than it takes to look at it.
        let mut ledger = ledger;
        loop {
            match Arc::try_unwrap(ledger) {
                Ok(ledger) => return ledger,
                Err(shared) => ledger = shared,
            }
        }
    }

    /// Waits until this much is witnessed.
    fn wait_until_witnessed(&self, size: TreeSize) {
        while self.witnessing().size < Some(size) {
            self.told.recv().unwrap();
        }
    }

    /// Waits until more is witnessed than a ledger begins with; how much that is.
    fn wait_for_the_second(&self) -> TreeSize {
        let size = || self.witnessing().size.filter(|size| *size > TreeSize::new(2));
        loop {
            if let Some(size) = size() {
                return size;
            }
            self.told.recv().unwrap();
        }
    }

    fn wait_for_fault(&self) -> String {
        loop {
            if let Some(fault) = self.witnessing().fault {
                return fault;
            }
            std::thread::yield_now();
        }
    }

    fn wait_until_halted(&self) {
        while self.ledger.halted().is_none() {
            std::thread::yield_now();
        }
    }

    fn witnessing(&self) -> Witnessing {
        self.ledger.witnessing().unwrap()
    }

    fn public(&self) -> CosignedCheckpoint {
        self.scene.verify(&self.ledger.public_note().unwrap())
    }

    fn public_size(&self) -> TreeSize {
        self.public().checkpoint().size()
    }

    /// Records a declaration, whose receipt holds as ever; the size behind it.
    fn submit(&self, number: usize) -> TreeSize {
        let world = &self.scene.world;
        let envelope = world.declaration(number);
        let receipt = submit(&self.ledger, envelope.clone()).unwrap();
        check_receipt(&world.genesis, &receipt, &envelope).size()
    }

    fn witnessed(&self) -> View {
        self.ledger.view_witnessed(None).unwrap()
    }

    /// Checks everything that was shown.
    fn check(&self) {
        let mut before = TreeSize::EMPTY;
        for note in self.shown.lock().unwrap().iter() {
            let cosigned = self.scene.verify(note);
            assert!(cosigned.checkpoint().size() >= before, "it went back from {before}");
            before = cosigned.checkpoint().size();
        }
        check_log(&self.scene.world, &self.ledger.view(None).unwrap());
    }
}

#[test]
fn every_checkpoint_is_cosigned_and_shown_with_its_cosignatures() {
    let scene = Scene::new();
    let open = scene.begin_in_memory();
    for number in 0..5 {
        let size = open.submit(number);
        open.wait_until_witnessed(size);
        let public = open.public();
        assert_eq!(public.checkpoint().size(), size);
        assert_eq!(public.witnessed_at(), Some(at(NOW)));
        let expected = Witnessing { size: Some(size), time: Some(at(NOW)), fault: None };
        assert_eq!(open.witnessing(), expected);
        let view = open.witnessed();
        assert_eq!(view.size(), size);
        // More cosignatures may have come since.
        assert!(scene.verify(view.checkpoint_note()).cosigners().len() >= 2);
        assert_eq!(view.map_root(), open.ledger.view(Some(size)).unwrap().map_root());
    }
    open.check();
}

#[test]
fn one_that_does_not_cosign_delays_nobody() {
    let scene = Scene::new();
    let open = scene.begin_in_memory();
    let [.., bad] = &scene.witnesses;
    let modes = [
        Mode::Down,
        Mode::Hanging,
        Mode::Garbage,
        Mode::Oversized,
        Mode::WrongSignature,
        Mode::Stranger,
        Mode::Stale,
        Mode::BareSize(1),
        Mode::Status(403),
        Mode::Status(404),
        Mode::Status(500),
        Mode::Ahead(CLOCK_SKEW_MS_MAX + 1000),
        Mode::Endless,
    ];
    for (number, mode) in modes.into_iter().enumerate() {
        bad.set_mode(mode);
        let size = open.submit(number);
        open.wait_until_witnessed(size);
        let public = open.public();
        assert_eq!(
            public.cosigners(),
            [&scene.witnesses[0], &scene.witnesses[1]].map(|it| it.key.clone()),
            "{mode:?}"
        );
        assert_eq!(open.witnessing().fault, None, "{mode:?}");
        assert_eq!(open.ledger.halted(), None, "{mode:?}");
    }
    open.check();
}

#[test]
fn what_is_from_the_future_is_not_shown_and_counts_for_no_quorum() {
    let scene = Scene::new();
    let open = scene.begin_in_memory();
    let begun = open.ledger.size();
    let [one, slow, fast] = &scene.witnesses;
    fast.set_mode(Mode::Ahead(CLOCK_SKEW_MS_MAX + 1000));
    for number in 0..2 {
        slow.set_mode(Mode::Hanging);
        let size = open.submit(number);
        one.wait_until_cosigned(size);
        fast.wait_until_cosigned(size);
        slow.set_mode(Mode::Honest);
        open.wait_until_witnessed(size);
    }
    // Nor where it comes late.
    fast.set_mode(Mode::Hanging);
    let asked = fast.asked().len();
    let size = open.submit(2);
    open.wait_until_witnessed(size);
    fast.wait_until_asked(asked + 1);
    fast.set_mode(Mode::Ahead(CLOCK_SKEW_MS_MAX + 1000));
    fast.wait_until_cosigned(size);
    open.wait_until_witnessed(open.submit(3));
    let shown = open.shown.lock().unwrap().clone();
    assert!(shown.len() >= 4);
    for note in shown {
        let cosigned = scene.verify(&note);
        assert!(cosigned.checkpoint().size() <= begun || !cosigned.cosigners().contains(&fast.key));
    }
    // One at the limit is not ahead.
    slow.set_mode(Mode::Down);
    fast.set_mode(Mode::Ahead(CLOCK_SKEW_MS_MAX));
    open.wait_until_witnessed(open.submit(4));
    assert_eq!(open.public().cosigners(), [one, fast].map(|it| it.key.clone()));
    open.check();
}

#[test]
fn where_the_clock_is_behind_it_is_said_and_nothing_from_its_future_is_shown() {
    let scene = Scene::new();
    let open = scene.begin_in_memory();
    let before = open.public_size();
    let later = at("2026-10-01T08:10:00Z");
    scene.witnesses.iter().for_each(|witness| witness.set_clock(later));
    open.submit(0);
    let fault = open.wait_for_fault();
    let expected =
        "witnesses cosign at 2026-10-01T08:10:00Z, which is after 2026-10-01T08:05:00Z: w";
    assert!(fault.starts_with(expected), "{fault}");
    assert_eq!((open.public_size(), open.ledger.halted()), (before, None));
    scene.world.clock.set(later);
    let size = open.submit(1);
    open.wait_until_witnessed(size);
    assert_eq!(open.witnessing().time, Some(later));
    open.check();
}

#[test]
fn one_that_lags_is_brought_up_to_date_and_its_cosignature_is_kept() {
    let scene = Scene::new();
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    let open = scene.begin(storage.clone());
    let [.., lagging] = &scene.witnesses;
    lagging.wait_until_cosigned(open.ledger.size());
    lagging.set_mode(Mode::Down);
    for number in 0..3 {
        open.wait_until_witnessed(open.submit(number));
    }
    // It is asked, and does not answer before the others.
    lagging.set_mode(Mode::Hanging);
    let asked = lagging.asked().len();
    let size = open.submit(3);
    open.wait_until_witnessed(size);
    assert_eq!(open.public().cosigners().len(), 2);
    lagging.wait_until_asked(asked + 1);
    lagging.set_mode(Mode::Honest);
    lagging.wait_until_cosigned(size);
    while open.public().cosigners().len() < 3 {
        open.told.recv().unwrap();
    }
    assert_eq!(open.public_size(), size);
    let note = open.ledger.public_note();
    open.check();

    drop(open);
    scene.set_modes(Mode::Down);
    let open = scene.reopen(storage);
    assert_eq!(open.ledger.public_note(), note, "it was kept with all three");

    // A start without a quorum says so, and looks for one though nothing is new.
    let fault = open.witnessing().fault.unwrap();
    assert!(fault.contains("w0: no answer"), "{fault}");
    assert!(!open.witnessing().has_quorum());
    scene.set_modes(Mode::Honest);
    while !open.witnessing().has_quorum() {
        std::thread::yield_now();
    }
    assert_eq!(open.public_size(), size);
}

#[test]
fn without_a_quorum_the_log_goes_on_and_what_is_public_stays() {
    let scene = Scene::new();
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    let open = scene.begin(storage.clone());
    let before = open.public_size();
    scene.witnesses[1].set_mode(Mode::Down);
    scene.witnesses[2].set_mode(Mode::Status(500));
    let newest = open.submit(0);
    let fault = open.wait_for_fault();
    assert!(fault.contains("w1: no answer") && fault.contains("w2: HTTP status 500"), "{fault}");
    assert_eq!((open.public_size(), open.witnessing().size), (before, Some(before)));
    assert_eq!((open.ledger.size(), open.ledger.halted()), (newest, None));
    assert_eq!(open.witnessed().size(), before);

    // The next start does not find more.
    open.check();
    drop(open);
    let open = scene.reopen(storage);
    assert_eq!((open.public_size(), open.witnessed().size()), (before, before));
    assert!(scene.verify(open.witnessed().checkpoint_note()).cosigners().len() >= 2);
    assert_eq!(open.witnessed().map_root(), open.ledger.view(Some(before)).unwrap().map_root());
    open.wait_for_fault();

    // With the next checkpoint they are asked again at once.
    scene.set_modes(Mode::Honest);
    let size = open.submit(1);
    open.wait_until_witnessed(size);
    assert_eq!(open.public_size(), size);
    while open.witnessing().fault.is_some() {
        std::thread::yield_now();
    }
    open.check();
}

#[test]
fn a_quorum_that_is_back_is_found_without_anything_new() {
    let scene = Scene::new();
    let open = scene.begin_in_memory();
    scene.set_modes(Mode::Down);
    let size = open.submit(0);
    open.wait_for_fault();
    scene.set_modes(Mode::Honest);
    open.wait_until_witnessed(size);
}

#[test]
fn an_alarm_ends_the_writing_and_what_was_public_stays() {
    for (mode, status) in [(Mode::Conflict, 409), (Mode::NoProof, 422)] {
        for place in 0..3 {
            let scene = Scene::new();
            let open = scene.begin_in_memory();
            scene.witnesses[place].set_mode(mode);
            let size = open.submit(0);
            // Nothing else comes in, and it ends all the same.
            open.wait_until_halted();
            let halted = open.ledger.halted().unwrap().to_owned();
            let witness = format!("w{place}");
            let alarm = WitnessAlarm::Fork { witness, size, status };
            assert_eq!(halted, alarm.to_string());
            assert_eq!(open.witnessing().fault, Some(halted));
            let public = open.ledger.public_note();
            let error = submit(&open.ledger, scene.world.declaration(1)).unwrap_err();
            assert!(matches!(error, SubmitError::Halted { .. }), "{error}");
            assert_eq!(open.ledger.public_note(), public);
            assert!(open.public_size() <= size);
            open.check();
        }
    }
}

#[test]
fn an_alarm_that_comes_after_the_quorum_counts_as_much() {
    let scene = Scene::new();
    let open = scene.begin_in_memory();
    let [.., late] = &scene.witnesses;
    late.wait_until_cosigned(open.ledger.size());
    late.set_mode(Mode::Hanging);
    let asked = late.asked().len();
    let size = open.submit(0);
    open.wait_until_witnessed(size);
    late.wait_until_asked(asked + 1);
    late.set_mode(Mode::NoProof);
    open.wait_until_halted();
    assert_eq!(open.public_size(), size);
    open.check();
}

#[test]
fn however_much_is_published_witnesses_are_asked_once_an_interval() {
    let scene = Scene::new();
    let storage = Arc::new(MemoryStorage::default());
    let day = scene.options_with(Duration::from_hours(24));
    let open = Open::new(&scene, scene.world.create_with(storage, day).unwrap());
    scene.world.begin(&open.ledger);
    // Nobody had been asked for any but the first: the next is asked for at once.
    let first = open.wait_for_the_second();
    for number in 0..50 {
        open.submit(number);
    }
    assert_eq!(open.public_size(), first);
    let largest = scene.witnesses.iter().filter_map(FakeWitness::cosigned).max();
    assert_eq!(largest, Some(first.get()));
    assert_eq!(open.witnessing().fault, None);
}

#[test]
fn a_store_that_is_older_than_its_witnesses_know_does_not_start() {
    let scene = Scene::new();
    let dir = tempfile::tempdir().unwrap();
    let [store, backup] = ["store", "backup"].map(|name| dir.path().join(name));
    let open_store = |path| -> Arc<dyn Storage> {
        Arc::new(SledStorage::open(path, SledOptions::default()).unwrap())
    };
    let created = SledStorage::create(&store, SledOptions::default()).unwrap();
    let open = scene.begin(Arc::new(created));
    let found = open.ledger.size();
    drop(open);
    copy(&store, &backup);
    let open = scene.reopen(open_store(&store));
    let expected = open.submit(0);
    open.wait_until_witnessed(expected);
    scene.witnesses.iter().for_each(|it| it.wait_until_cosigned(expected));
    drop(open);

    let error = scene.world.open_with(open_store(&backup), scene.options()).unwrap_err();
    let OpenError::Witness(WitnessAlarm::Older { expected: seen, found: ours, .. }) = error else {
        panic!("{error}")
    };
    assert_eq!((seen, ours), (expected, found));
}

#[test]
fn a_store_that_one_slow_witness_alone_knows_to_be_old_does_not_start() {
    let mut scene = Scene::new();
    scene.rules = "group g any w0 w1 w2\nquorum g";
    let dir = tempfile::tempdir().unwrap();
    let [store, backup] = ["store", "backup"].map(|name| dir.path().join(name));
    let open_store = |path| -> Arc<dyn Storage> {
        Arc::new(SledStorage::open(path, SledOptions::default()).unwrap())
    };
    let created = SledStorage::create(&store, SledOptions::default()).unwrap();
    let open = scene.begin(Arc::new(created));
    let found = open.ledger.size();
    scene.witnesses.iter().for_each(|it| it.wait_until_cosigned(found));
    drop(open);
    copy(&store, &backup);
    let [one, two, slow] = &scene.witnesses;
    let open = scene.reopen(open_store(&store));
    for witness in [one, two] {
        witness.set_mode(Mode::Down);
    }
    let expected = open.submit(0);
    open.wait_until_witnessed(expected);
    drop(open);

    scene.set_modes(Mode::Honest);
    slow.set_mode(Mode::Hanging);
    let asked = [one, two, slow].map(|witness| witness.asked().len());
    let error = std::thread::scope(|scope| {
        let start = scope.spawn(|| {
            let opened = scene.world.open_with(open_store(&backup), scene.options());
            opened.map(drop).unwrap_err()
        });
        for (witness, asked) in [one, two, slow].into_iter().zip(asked) {
            witness.wait_until_asked(asked + 1);
        }
        // Whoever is content with what the others say has begun by then.
        for _ in 0..100_000 {
            if start.is_finished() {
                break;
            }
            std::thread::yield_now();
        }
        slow.set_mode(Mode::Honest);
        start.join().unwrap()
    });
    let OpenError::Witness(WitnessAlarm::Older { expected: seen, found: ours, .. }) = error else {
        panic!("{error}")
    };
    assert_eq!((seen, ours), (expected, found));
}

#[test]
fn a_store_whose_cosignatures_do_not_meet_the_policy_of_today_shows_none() {
    let mut scene = Scene::new();
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    scene.witnesses[2].set_mode(Mode::Down);
    drop(scene.begin(storage.clone()));
    scene.rules = "group g all w0 w1 w2\nquorum g";
    let open = scene.reopen(storage);
    assert_eq!((open.ledger.public_note(), open.witnessing().size), (None, None));
    let error = open.ledger.view_witnessed(None).unwrap_err();
    assert!(matches!(error, ViewError::NotWitnessed { newest: None }), "{error}");
    scene.set_modes(Mode::Honest);
    open.wait_until_witnessed(open.ledger.size());
}

#[test]
fn an_older_checkpoint_is_given_as_it_was_cosigned_or_not_at_all() {
    let scene = Scene::new();
    let open = scene.begin_in_memory();
    let first = open.ledger.size();
    scene.set_modes(Mode::Down);
    let never = open.submit(0);
    open.wait_for_fault();
    let newest = open.submit(1);
    let view = |size| open.ledger.view_witnessed(Some(size));
    let error = view(newest).unwrap_err();
    assert!(
        matches!(error, ViewError::NotWitnessed { newest } if newest == Some(first)),
        "{error}"
    );
    scene.set_modes(Mode::Honest);
    let last = open.submit(2);
    open.wait_until_witnessed(last);
    let older = view(first).unwrap();
    assert_eq!(older.size(), first);
    assert_eq!(scene.verify(older.checkpoint_note()).checkpoint().size(), first);
    assert_eq!(view(last).unwrap().size(), last);
    let error = view(never).unwrap_err();
    assert!(
        matches!(error, ViewError::NotWitnessedAt { found, lower } if (found, lower) == (never, first)),
        "{error}"
    );
    let beyond = TreeSize::new(last.get() + 1);
    assert!(matches!(view(beyond).unwrap_err(), ViewError::SizeBeyond { .. }));
}

#[test]
fn a_ledger_without_witnesses_shows_the_newest_and_says_so() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    let newest = ledger.view(None).unwrap();
    assert_eq!(ledger.public_note().as_deref(), Some(newest.checkpoint_note()));
    assert_eq!(ledger.witnessing(), None);
    let error = ledger.view_witnessed(None).unwrap_err();
    assert!(matches!(error, ViewError::NoWitnesses), "{error}");
}

#[test]
fn whatever_fails_while_it_is_kept_nothing_is_shown_that_the_next_start_does_not_have() {
    // A start, three records, and a cosigned checkpoint for each of them.
    for number in 0..8 {
        for fault in [Fault::NotApplied(number), Fault::Lost(number), Fault::Persisted(number)] {
            let scene = Scene::new();
            let disk: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
            drop(scene.begin(disk.clone()));
            let open = scene.reopen(Arc::new(FaultyStorage::new(disk.clone(), fault)));
            for declaration in 0..3 {
                let envelope = scene.world.declaration(declaration);
                // A submitter who is told to asks again.
                if submit(&open.ledger, envelope.clone()).is_err() {
                    submit(&open.ledger, envelope).unwrap();
                }
                open.wait_until_witnessed(open.ledger.size());
            }
            open.check();
            let shown = open.public_size();
            drop(open);
            scene.set_modes(Mode::Down);
            let open = scene.reopen(disk);
            assert_eq!(open.public_size(), shown, "{fault:?}");
            open.check();
        }
    }
}
