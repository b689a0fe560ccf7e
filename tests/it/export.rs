//! Exports: a directory that is taken up where it was left, repaired where it is wrong, never cut
//! short, and read by the audit as the log itself is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use probant::audit::{AuditOptions, LogSource, SourceError, run};
use probant::entry::Body;
use probant::export::{DirSource, ExportError, MirrorOptions, Mirrored, mirror};
use probant::genesis::Genesis;
use probant::key::PrivateKey;
use probant::merkle::EntryIndex;
use probant::note::{Note, VerifiedCheckpoint, cosign};
use probant::policy::PolicySet;

use crate::audit::{full_log, large_log, small_log};
use crate::paper_log::{Files, Paper, PaperLog};
use crate::world::{MAKER, declaration, erasure};

fn export(files: &Files, dir: &Path, genesis: &Genesis) -> Result<Mirrored, ExportError> {
    let options = MirrorOptions { has_to_check_held: true, ..MirrorOptions::default() };
    mirror(&mut files.clone(), dir, genesis, options, &mut |_| {})
}

/// What the directory holds.
pub(crate) fn held(dir: &Path) -> Files {
    let mut source = DirSource::new(dir);
    let paths = source.list().unwrap().unwrap();
    Files(
        paths
            .into_iter()
            .map(|path| (path.clone(), source.read(&path).unwrap().unwrap()))
            .collect(),
    )
}

fn is_sound(dir: &Path, genesis: &Genesis) -> bool {
    let policies = PolicySet::empty();
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies: &policies, witnesses: None, now };
    run(&mut DirSource::new(dir), genesis, &options, &mut |_| {}).unwrap().is_sound()
}

/// The first entries of the large log, up to its first seal; the whole log goes on from there.
pub(crate) fn grown() -> (PaperLog, PaperLog) {
    let whole = large_log();
    let mut first = whole.clone();
    first.truncate(52);
    (first, whole)
}

#[test]
fn an_export_holds_the_files_of_the_log_and_is_sound() {
    let dir = tempfile::tempdir().unwrap();
    let log = large_log();
    let done = export(&log.files(), dir.path(), &log.genesis).unwrap();
    assert_eq!(held(dir.path()), log.files());
    assert_eq!(done.written, log.files().0.len() as u64);
    assert!(is_sound(dir.path(), &log.genesis));
    let again = export(&log.files(), dir.path(), &log.genesis).unwrap();
    assert_eq!((again.written, again.kept), (0, done.written));
}

#[test]
fn an_export_grows_with_the_log_and_drops_what_it_outgrew() {
    let dir = tempfile::tempdir().unwrap();
    let (first, whole) = grown();
    export(&first.files(), dir.path(), &first.genesis).unwrap();
    assert!(is_sound(dir.path(), &first.genesis));
    let done = export(&whole.files(), dir.path(), &whole.genesis).unwrap();
    assert_eq!(held(dir.path()), whole.files());
    assert_eq!(done.removed, 3);
    // A log never gets shorter.
    let error = export(&first.files(), dir.path(), &first.genesis).unwrap_err();
    assert!(matches!(error, ExportError::Shrunk { .. }), "{error}");
    assert_eq!(held(dir.path()), whole.files());
}

#[test]
fn an_export_that_was_broken_off_anywhere_is_taken_up() {
    /// A log whose files stop coming after some reads.
    struct Broken(Files, usize);
    impl LogSource for Broken {
        fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
            let path = path.to_owned();
            self.1 = self.1.checked_sub(1).ok_or_else(|| SourceError::Unreadable {
                path: path.clone(),
                cause: "line is down".into(),
            })?;
            self.0.read(&path)
        }

        fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
            Ok(None)
        }
    }
    let log = large_log();
    for reads in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        let options = MirrorOptions::default();
        let mut broken = Broken(log.files(), reads);
        let first = mirror(&mut broken, dir.path(), &log.genesis, options, &mut |_| {});
        if first.is_err() {
            // Without its checkpoint, nobody takes it for a log.
            assert_eq!(DirSource::new(dir.path()).read("checkpoint").unwrap(), None, "{reads}");
        }
        fs::write(dir.path().join(".unfinished-left"), b"half").unwrap();
        export(&log.files(), dir.path(), &log.genesis).unwrap();
        assert_eq!(held(dir.path()), log.files(), "{reads}");
    }
}

#[test]
fn a_damaged_export_is_repaired() {
    let log = small_log();
    let dir = tempfile::tempdir().unwrap();
    export(&log.files(), dir.path(), &log.genesis).unwrap();
    for path in log.files().0.keys().filter(|path| *path != "checkpoint") {
        let full = dir.path().join(path);
        let mut bytes = fs::read(&full).unwrap();
        let place = bytes.len() / 2;
        bytes[place] ^= 1;
        fs::write(&full, bytes).unwrap();
        assert!(!is_sound(dir.path(), &log.genesis), "{path}");
        let done = export(&log.files(), dir.path(), &log.genesis).unwrap();
        assert_eq!(done.written, 1, "{path}");
        assert_eq!(held(dir.path()), log.files(), "{path}");
    }
}

#[test]
fn a_log_that_is_not_what_its_checkpoint_says_is_not_written() {
    let log = small_log();
    for (path, bytes) in &log.files().0 {
        let dir = tempfile::tempdir().unwrap();
        let mut files = log.files();
        let place = bytes.len() - 1;
        files.0.get_mut(path).unwrap()[place] ^= 1;
        let error = export(&files, dir.path(), &log.genesis).unwrap_err();
        assert!(!dir.path().join("checkpoint").exists(), "{path}: {error}");
        let mut missing = log.files();
        missing.0.remove(path);
        let error = export(&missing, dir.path(), &log.genesis).unwrap_err();
        assert!(matches!(error, ExportError::Missing { .. }), "{path}: {error}");
    }
}

#[test]
fn another_history_under_the_same_name_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (first, _) = grown();
    export(&first.files(), dir.path(), &first.genesis).unwrap();
    let before = held(dir.path());
    let mut other = first.clone();
    other.truncate(51);
    other.at("2026-02-01T00:00:00Z");
    other.seal();
    other.seal();
    let error = export(&other.files(), dir.path(), &first.genesis).unwrap_err();
    assert!(matches!(error, ExportError::Fork { .. }), "{error}");
    assert_eq!(held(dir.path()), before);
}

/// A log, and the same with a declaration erased, by an order that comes later.
fn erased() -> (PaperLog, PaperLog, EntryIndex) {
    let (mut world, mut log) = full_log();
    let record = world.add(declaration(MAKER, "manufacturer", MAKER, "D-1"));
    let index = log.attest(world.candidates.last().unwrap().envelope().envelope());
    log.seal();
    let before = log.clone();
    world.add(erasure(MAKER, "manufacturer", &record));
    log.attest(world.candidates.last().unwrap().envelope().envelope());
    log.seal();
    log.erase(index);
    (before, log, index)
}

fn refresh(log: &PaperLog, dir: &Path) {
    let options = MirrorOptions { has_to_refresh_payloads: true, ..MirrorOptions::default() };
    mirror(&mut log.files(), dir, &log.genesis, options, &mut |_| {}).unwrap();
}

#[test]
fn what_was_erased_since_goes_when_payloads_are_refreshed() {
    let (_, log, index) = erased();
    let mut kept = log.clone();
    kept.payloads[usize::try_from(index.get()).unwrap()] =
        erased().0.payloads[usize::try_from(index.get()).unwrap()].clone();
    let dir = tempfile::tempdir().unwrap();
    export(&kept.files(), dir.path(), &log.genesis).unwrap();
    export(&log.files(), dir.path(), &log.genesis).unwrap();
    assert_eq!(held(dir.path()), kept.files());
    refresh(&log, dir.path());
    assert_eq!(held(dir.path()), log.files());
    assert!(is_sound(dir.path(), &log.genesis));
}

#[test]
fn what_goes_from_a_bundle_that_grew_goes_from_the_copy_too() {
    let (before, log, _) = erased();
    let dir = tempfile::tempdir().unwrap();
    export(&before.files(), dir.path(), &log.genesis).unwrap();
    export(&log.files(), dir.path(), &log.genesis).unwrap();
    assert_eq!(held(dir.path()), log.files());
}

#[test]
fn what_a_log_no_longer_gives_stays_unless_an_entry_orders_that_it_goes() {
    let (before, log, index) = erased();
    for lost in [Paper::Absent, Paper::Withheld] {
        let dir = tempfile::tempdir().unwrap();
        export(&before.files(), dir.path(), &log.genesis).unwrap();
        // A server that gives nothing of what it has: the same log, then one that has grown.
        let mut emptied = before.clone();
        emptied.payloads[1..].fill(lost.clone());
        for (place, entry) in emptied.entries.iter().enumerate() {
            if matches!(entry.body(), Body::Seal { .. }) {
                emptied.payloads[place] = Paper::Absent;
            }
        }
        refresh(&emptied, dir.path());
        assert_eq!(held(dir.path()), before.files(), "{lost:?}");
        emptied.seal();
        export(&emptied.files(), dir.path(), &log.genesis).unwrap();
        let mut grown = before.clone();
        grown.seal();
        assert_eq!(held(dir.path()), grown.files(), "{lost:?}");
    }
    // An order counts for what it is about, and only that goes.
    let dir = tempfile::tempdir().unwrap();
    let whole = log.files();
    export(&whole, dir.path(), &log.genesis).unwrap();
    let mut emptied = log;
    let other = usize::try_from(index.get()).unwrap() - 2;
    emptied.payloads[other] = Paper::Absent;
    refresh(&emptied, dir.path());
    assert_eq!(held(dir.path()), whole);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("checkpoint");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let mut source = DirSource::new(dir.path());
    assert_eq!(source.read("checkpoint").unwrap(), None);
    std::os::unix::fs::symlink(&pipe, dir.path().join("genesis")).unwrap();
    assert_eq!(source.read("genesis").unwrap(), None);
}

#[test]
fn a_path_that_leaves_the_directory_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("log");
    fs::create_dir(&inner).unwrap();
    fs::write(dir.path().join("secret"), b"x").unwrap();
    let mut source = DirSource::new(&inner);
    for path in ["../secret", "/etc/hostname", "tile", ""] {
        assert_eq!(source.read(path).unwrap(), None, "{path}");
    }
}

#[test]
fn a_checkpoint_keeps_the_cosignatures_that_it_had() {
    let dir = tempfile::tempdir().unwrap();
    let log = small_log();
    let checkpoint =
        VerifiedCheckpoint::verify(&log.files().0["checkpoint"], log.genesis.log_key()).unwrap();
    let cosigned = |seeds: &[u8]| {
        let lines = seeds.iter().map(|seed| {
            let name = format!("witness-{seed}.example").parse().unwrap();
            let time = "2027-01-01T00:00:00Z".parse().unwrap();
            cosign(&checkpoint, &name, time, &PrivateKey::from_seed([*seed; 32])).unwrap()
        });
        let note = checkpoint.note().clone().with_signatures(lines).unwrap();
        let mut files = log.files();
        files.0.insert("checkpoint".to_owned(), note.to_string().into_bytes());
        files
    };
    let count = || {
        let note = fs::read(dir.path().join("checkpoint")).unwrap();
        Note::parse(&note).unwrap().signatures().len()
    };
    for (seeds, expected) in [(&[1, 2][..], 3), (&[], 3), (&[2, 3], 4), (&[3, 1, 2], 4)] {
        export(&cosigned(seeds), dir.path(), &log.genesis).unwrap();
        assert_eq!(count(), expected, "{seeds:?}");
    }
    // Beyond what a note may have, those that were there stay.
    let many: Vec<u8> = (100..199).collect();
    export(&cosigned(&many), dir.path(), &log.genesis).unwrap();
    assert_eq!(count(), 4);
    assert!(is_sound(dir.path(), &log.genesis));
}

#[cfg(unix)]
#[test]
fn payloads_that_are_not_for_everybody_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let (first, whole) = grown();
    let is_private = |path: &str| {
        let mode = fs::metadata(dir.path().join(path)).unwrap().permissions().mode();
        mode & 0o777 == 0o600
    };
    let payloads = || held(dir.path()).0.into_keys().filter(|path| path.starts_with("payload/"));
    let with = MirrorOptions { has_private_payloads: true, ..MirrorOptions::default() };
    mirror(&mut first.files(), dir.path(), &first.genesis, with, &mut |_| {}).unwrap();
    assert!(payloads().all(|path| is_private(&path)));
    assert!(!is_private("checkpoint") && !is_private("genesis"));
    // A later copy from the server keeps what it does not give, and so who may read it.
    export(&whole.files(), dir.path(), &whole.genesis).unwrap();
    assert!(is_private("payload/000"));
    fs::remove_dir_all(dir.path()).unwrap();
    export(&whole.files(), dir.path(), &whole.genesis).unwrap();
    assert!(payloads().all(|path| !is_private(&path)));
}
