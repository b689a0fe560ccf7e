//! What a witness remembers: durable, in one piece, in one place at a time, and never less than before.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use probant::hash::Digest;
use probant::key::PrivateKey;
use probant::witness::server::{Cosigner, Directory, Guard, Witness, WitnessOpenError};

use crate::foreign_log::ForeignLog;
use crate::storage_disk::copy;
use crate::witness_server::{Scene, cosigner};

impl Scene {
    fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    fn guard(&self) -> PathBuf {
        self.dir.path().join("guard")
    }

    pub(crate) fn try_open(&self, has_guard: bool) -> Result<Witness, WitnessOpenError> {
        let guard = self.guard();
        let directory = Directory::open(&self.state(), has_guard.then_some(guard.as_path()))?;
        Witness::open(directory, cosigner(), self.clock.clone(), self.logs.clone())
    }
}

fn cosign(witness: &Witness, request: &[u8]) -> bool {
    witness.verify(request).and_then(|submission| witness.cosign(&submission)).is_ok()
}

fn file_of(scene: &Scene, log: &ForeignLog) -> PathBuf {
    scene.state().join("checkpoint").join(Digest::of(log.origin.as_bytes()).to_string())
}

fn two_logs() -> [ForeignLog; 2] {
    ["one.example/log", "two.example/log"].map(|origin| ForeignLog::new(origin, 20))
}

#[test]
fn what_was_cosigned_is_known_after_a_restart() {
    let logs = two_logs();
    let scene = Scene::of(&[&logs[0], &logs[1]]);
    let witness = scene.open();
    assert!(cosign(&witness, &logs[0].request(0, 7)));
    drop(witness);
    let witness = scene.open();
    assert!(!cosign(&witness, &logs[0].fork(3, "other").request(7, 9)));
    assert!(!cosign(&witness, &logs[0].request(0, 9)));
    assert!(cosign(&witness, &logs[0].request(7, 9)));
    assert!(cosign(&witness, &logs[1].request(0, 2)));
    let shown = witness.latest(&Digest::of(logs[0].origin.as_bytes())).unwrap();
    let expected = format!("{}\n{shown}", Digest::of(shown.as_bytes()));
    assert_eq!(fs::read_to_string(file_of(&scene, &logs[0])).unwrap(), expected);
}

#[test]
fn a_state_is_begun_once_and_by_hand() {
    let logs = two_logs();
    let scene = Scene::of(&[&logs[0]]);
    let error = Directory::begin(&scene.state()).unwrap_err();
    assert!(matches!(error, WitnessOpenError::Exists { .. }), "{error}");
    let elsewhere = scene.dir.path().join("elsewhere");
    let error = Directory::open(&elsewhere, None).unwrap_err();
    assert!(matches!(error, WitnessOpenError::Absent { .. }), "{error}");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("mine"), "").unwrap();
    let error = Directory::begin(&elsewhere).unwrap_err();
    assert!(matches!(error, WitnessOpenError::NotEmpty { .. }), "{error}");
    fs::write(scene.state().join("format"), "probant witness 2\n").unwrap();
    let error = scene.try_open(false).unwrap_err();
    assert!(matches!(error, WitnessOpenError::Format { .. }), "{error}");
}

#[test]
fn one_process_at_a_time_has_the_state() {
    let logs = two_logs();
    let scene = Scene::of(&[&logs[0]]);
    let first = scene.open();
    let error = scene.try_open(false).unwrap_err();
    assert!(matches!(error, WitnessOpenError::InUse { .. }), "{error}");
    drop(first);
    drop(scene.open());
}

#[test]
fn a_state_that_is_damaged_or_gone_is_refused() {
    let logs = two_logs();
    let scene = Scene::of(&[&logs[0], &logs[1]]);
    let witness = scene.open();
    assert!(logs.iter().all(|log| cosign(&witness, &log.request(0, 7))));
    drop(witness);
    let path = file_of(&scene, &logs[0]);
    let good = fs::read(&path).unwrap();
    for place in 0..good.len() {
        let mut changed = good.clone();
        changed[place] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert!(scene.try_open(false).is_err(), "byte {place}");
    }
    for length in [0, 1, good.len() / 2, good.len() - 1] {
        fs::write(&path, &good[..length]).unwrap();
        let error = scene.try_open(false).unwrap_err();
        assert!(matches!(error, WitnessOpenError::Digest { .. }), "{error}");
    }
    // The file of another log in its place; none at all; one that nobody wrote.
    fs::copy(file_of(&scene, &logs[1]), &path).unwrap();
    let error = scene.try_open(false).unwrap_err();
    assert!(matches!(error, WitnessOpenError::Misplaced { .. }), "{error}");
    fs::remove_file(&path).unwrap();
    let error = scene.try_open(false).unwrap_err();
    assert!(matches!(error, WitnessOpenError::Lost { .. }), "{error}");
    fs::write(&path, &good).unwrap();
    drop(scene.open());
}

#[test]
fn a_state_is_that_of_one_key() {
    let logs = two_logs();
    let scene = Scene::of(&[&logs[0]]);
    assert!(cosign(&scene.open(), &logs[0].request(0, 7)));
    let directory = Directory::open(&scene.state(), None).unwrap();
    let signer = Arc::new(PrivateKey::from_seed([12; 32]));
    let other = Cosigner { name: cosigner().name, signer };
    let opened = Witness::open(directory, other, scene.clock, scene.logs);
    let error = opened.unwrap_err();
    assert!(matches!(error, WitnessOpenError::Foreign { .. }), "{error}");
}

#[test]
fn a_crash_between_two_writes_is_taken_up() {
    let logs = two_logs();
    let scene = Scene::of(&[&logs[0]]);
    assert!(cosign(&scene.open(), &logs[0].request(0, 7)));
    // The checkpoint is written before the list of logs, and both before the answer.
    fs::remove_file(scene.state().join("begun")).unwrap();
    fs::write(scene.state().join("checkpoint/.unfinished-x"), "half").unwrap();
    drop(scene.open());
    fs::remove_file(file_of(&scene, &logs[0])).unwrap();
    let error = scene.try_open(false).unwrap_err();
    assert!(matches!(error, WitnessOpenError::Lost { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn what_can_not_be_written_is_not_signed_and_stops_the_log() {
    use std::os::unix::fs::PermissionsExt as _;

    let logs = two_logs();
    let scene = Scene::of(&[&logs[0], &logs[1]]);
    let witness = scene.open();
    assert!(cosign(&witness, &logs[0].request(0, 7)));
    // A directory stands where the next file is to go: also root can't write it.
    let path = file_of(&scene, &logs[0]);
    let aside = scene.dir.path().join("aside");
    fs::rename(&path, &aside).unwrap();
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(path.join("x"), "").unwrap();
    assert!(!cosign(&witness, &logs[0].request(7, 8)));
    fs::remove_dir_all(&path).unwrap();
    fs::rename(&aside, &path).unwrap();
    // Nobody knows what a disk that failed once has kept.
    assert!(!cosign(&witness, &logs[0].request(7, 8)));
    assert!(cosign(&witness, &logs[1].request(0, 8)));
    drop(witness);
    assert!(cosign(&scene.open(), &logs[0].request(7, 8)));
}

#[test]
fn an_old_copy_is_found_out_by_the_guard() {
    let logs = two_logs();
    let scene = Scene::of(&[&logs[0], &logs[1]]);
    Guard::begin(&scene.guard()).unwrap();
    let witness = scene.try_open(true).unwrap();
    assert!(cosign(&witness, &logs[0].request(0, 7)));
    drop(witness);
    let backup = scene.dir.path().join("backup");
    copy(&scene.state(), &backup);
    let witness = scene.try_open(true).unwrap();
    assert!(cosign(&witness, &logs[0].request(7, 9)));
    assert!(cosign(&witness, &logs[1].request(0, 9)));
    drop(witness);
    let newest = scene.dir.path().join("newest");
    fs::rename(scene.state(), &newest).unwrap();
    copy(&backup, &scene.state());
    let error = scene.try_open(true).unwrap_err();
    assert!(matches!(error, WitnessOpenError::Older { .. }), "{error}");
    // Nobody can know without a guard.
    assert!(scene.try_open(false).is_ok());
    // Gone on from the old copy: another history of the same length.
    assert!(cosign(&scene.try_open(false).unwrap(), &logs[0].fork(8, "other").request(7, 9)));
    assert!(cosign(&scene.try_open(false).unwrap(), &logs[1].request(0, 9)));
    let error = scene.try_open(true).unwrap_err();
    assert!(matches!(error, WitnessOpenError::Fork { .. }), "{error}");
    // The newest is there again; the guard may also be behind.
    fs::remove_dir_all(scene.state()).unwrap();
    fs::rename(&newest, scene.state()).unwrap();
    assert!(cosign(&scene.try_open(false).unwrap(), &logs[0].request(9, 10)));
    assert!(cosign(&scene.try_open(true).unwrap(), &logs[0].request(10, 11)));
    assert!(scene.try_open(true).is_ok());
}

#[test]
fn a_guard_begins_by_hand_alone() {
    let logs = two_logs();
    let scene = Scene::of(&[&logs[0]]);
    assert!(cosign(&scene.open(), &logs[0].request(0, 7)));
    let guard = scene.guard();
    let refused = || scene.try_open(true).unwrap_err();
    // Not there, not mounted, another file in its place: nothing is made or taken for it.
    assert!(matches!(refused(), WitnessOpenError::NoGuard { .. }));
    assert!(!guard.exists());
    fs::create_dir(&guard).unwrap();
    assert!(matches!(refused(), WitnessOpenError::NoGuard { .. }));
    fs::write(guard.join("guard"), "probant witness guard 2\n").unwrap();
    assert!(matches!(refused(), WitnessOpenError::Format { .. }));
    let error = Guard::begin(&guard).unwrap_err();
    assert!(matches!(error, WitnessOpenError::GuardExists { .. }), "{error}");
    fs::rename(guard.join("guard"), guard.join("mine")).unwrap();
    let error = Guard::begin(&guard).unwrap_err();
    assert!(matches!(error, WitnessOpenError::NotEmpty { .. }), "{error}");
    fs::remove_file(guard.join("mine")).unwrap();
    Guard::begin(&guard).unwrap();
    assert!(scene.try_open(true).is_ok());
    // From here on it knows what the state has.
    fs::remove_dir_all(scene.state()).unwrap();
    Directory::begin(&scene.state()).unwrap();
    assert!(matches!(refused(), WitnessOpenError::Older { .. }));
}
