//! A directory that follows a log: it takes what is new and no more, is taken up wherever it was left,
//! and follows no log that contradicts what it has.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use probant::audit::{LogSource, SourceError};
use probant::entry::{Body, Entry};
use probant::envelope::{EnvelopeDigest, StatementDigest};
use probant::export::{
    BackupSource, Demands, ExportError, Mirror, MirrorOptions, Mirrored, VisitRow, mirror,
};
use probant::hash::Digest;
use probant::note::{VerifiedCheckpoint, WitnessPolicy, cosign};
use probant::storage::Table;

use crate::audit::{full_log, large_log};
use crate::export::{grown, held};
use crate::paper_log::{Files, Paper, PaperLog};
use crate::world::{MAKER, World, declaration, erasure, key};

/// Files that are counted as they are read; after some, the line is down.
struct Counted {
    files: Files,
    read: Vec<String>,
    left: usize,
}

impl Counted {
    fn new(files: Files) -> Self {
        Self { files, read: Vec::new(), left: usize::MAX }
    }
}

impl LogSource for Counted {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.left = self.left.checked_sub(1).ok_or_else(|| SourceError::Unreadable {
            path: path.to_owned(),
            cause: "line is down".into(),
        })?;
        self.read.push(path.to_owned());
        self.files.read(path)
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        Ok(None)
    }
}

impl BackupSource for Counted {
    fn rows(&mut self, _: Table, _: &mut VisitRow<'_>) -> Result<(), ExportError> {
        Ok(())
    }

    fn root(&self) -> Digest {
        Digest::ZERO
    }
}

fn pull(source: &mut dyn LogSource, dir: &Path, log: &PaperLog) -> Result<Mirrored, ExportError> {
    mirror(source, dir, &log.genesis, MirrorOptions::default(), &mut |_| {})
}

/// Adds entries of which nobody reads more than their digests.
fn fill(log: &mut PaperLog, count: usize) {
    for _ in 0..count {
        let bytes = log.size().get().to_be_bytes().to_vec();
        let digest = Digest::of(&bytes);
        let (statement, envelope) = (StatementDigest::new(digest), EnvelopeDigest::new(digest));
        let envelope_len = u32::try_from(bytes.len()).unwrap();
        let keys = vec![Digest::of_parts(&[b"key", &bytes])];
        let body = Body::Attestation { statement, envelope, envelope_len, keys };
        log.push(body, Paper::Bytes(bytes));
    }
    log.seal();
}

/// A log with this many entries, and one that goes on from it.
fn filled(counts: &[usize]) -> Vec<PaperLog> {
    let mut log = PaperLog::new(&World::empty(2).genesis);
    let mut logs = Vec::new();
    for count in counts {
        let next = count - usize::try_from(log.size().get()).unwrap() - 1;
        fill(&mut log, next);
        logs.push(log.clone());
    }
    logs
}

#[test]
fn what_a_run_reads_grows_with_what_is_new_and_not_with_the_log() {
    for (before, after, expected) in [
        // Checkpoint, handover, two tiles at the edge, two bundles.
        (2_000, 2_002, 6),
        // The same, and the full tile and bundles that were grown into.
        (2_046, 2_050, 9),
        (2_048, 2_050, 6),
        // Nothing is new: checkpoint and handover.
        (2_000, 2_000, 2),
        (2_000, 2_600, 15),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let counts: BTreeSet<usize> = [before, after].into();
        let logs = filled(&Vec::from_iter(counts));
        pull(&mut logs[0].files(), dir.path(), &logs[0]).unwrap();
        let log = logs.last().unwrap();
        let mut source = Counted::new(log.files());
        pull(&mut source, dir.path(), log).unwrap();
        assert_eq!(source.read.len(), expected, "{before} {after}: {:?}", source.read);
        assert_eq!(held(dir.path()), log.files());
    }
}

#[test]
fn a_directory_ends_as_the_log_whatever_steps_it_took() {
    let sizes = [2, 4, 255, 256, 257, 300, 511, 512, 513, 700];
    let logs = filled(&sizes);
    let last = logs.last().unwrap();
    for skipped in 1..4 {
        let dir = tempfile::tempdir().unwrap();
        let options = MirrorOptions::default();
        let mut mirror = Mirror::open(dir.path(), &last.genesis, options).unwrap();
        for log in logs.iter().step_by(skipped).chain([last]) {
            mirror.pull(&mut log.files(), &Demands::default(), &mut |_| {}).unwrap();
            assert_eq!(held(dir.path()), log.files(), "{skipped}");
        }
    }
}

#[test]
fn a_run_that_a_dead_line_broke_off_is_taken_up() {
    let logs = filled(&[300, 600]);
    for reads in 0.. {
        let dir = tempfile::tempdir().unwrap();
        pull(&mut logs[0].files(), dir.path(), &logs[0]).unwrap();
        let mut broken = Counted { left: reads, ..Counted::new(logs[1].files()) };
        let is_whole = pull(&mut broken, dir.path(), &logs[1]).is_ok();
        if !is_whole {
            // What the old checkpoint says is still there.
            assert_eq!(
                fs::read(dir.path().join("checkpoint")).unwrap(),
                logs[0].files().0["checkpoint"]
            );
            pull(&mut logs[0].files(), dir.path(), &logs[0]).unwrap();
        }
        pull(&mut logs[1].files(), dir.path(), &logs[1]).unwrap();
        assert_eq!(held(dir.path()), logs[1].files(), "{reads}");
        if is_whole {
            return assert!(reads > 8, "{reads}");
        }
    }
}

#[test]
fn a_run_that_a_power_cut_broke_off_is_taken_up() {
    let logs = filled(&[300, 600]);
    let (before, after) = (logs[0].files(), logs[1].files());
    let new: Vec<&String> = after.0.keys().filter(|path| *path != "checkpoint").collect();
    let mut random = 7_u64;
    for round in 0..6 {
        let dir = tempfile::tempdir().unwrap();
        pull(&mut before.clone(), dir.path(), &logs[0]).unwrap();
        // Any of the new files may be there, each whole or unfinished; the checkpoint, if all are.
        for path in &new {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if round == 0 || random >> 63 == 1 {
                write(dir.path(), path, &after.0[*path]);
            } else {
                write(dir.path(), &format!("{path}.d/.unfinished-x"), b"half");
            }
        }
        if round == 0 {
            write(dir.path(), "checkpoint", &after.0["checkpoint"]);
        }
        pull(&mut after.clone(), dir.path(), &logs[1]).unwrap();
        let mut found = held(dir.path());
        found.0.retain(|path, _| !path.contains(".d/"));
        assert_eq!(found, after, "{round}");
    }
}

fn write(dir: &Path, path: &str, bytes: &[u8]) {
    let full = dir.join(path);
    fs::create_dir_all(full.parent().unwrap()).unwrap();
    fs::write(full, bytes).unwrap();
}

#[test]
fn a_log_that_contradicts_what_is_held_changes_nothing_and_leaves_the_proof() {
    let (first, whole) = grown();
    let fork = |size: usize| {
        let mut other = first.clone();
        other.truncate(size - 1);
        other.at("2026-02-01T00:00:00Z");
        other.seal();
        other
    };
    let mut longer = fork(52);
    fill(&mut longer, 300);
    for other in [fork(52), longer, fork(51)] {
        let dir = tempfile::tempdir().unwrap();
        pull(&mut first.files(), dir.path(), &first).unwrap();
        let before = held(dir.path());
        let error = pull(&mut other.files(), dir.path(), &first).unwrap_err();
        let ExportError::Fork { held: one, found, .. } = error else { panic!("{error}") };
        assert_eq!(one.as_bytes(), first.files().0["checkpoint"]);
        assert_eq!(found.as_bytes(), other.files().0["checkpoint"]);
        assert_eq!(held(dir.path()), before);
    }
    // An older state of the same log is no other log.
    let dir = tempfile::tempdir().unwrap();
    pull(&mut whole.files(), dir.path(), &whole).unwrap();
    let error = pull(&mut first.files(), dir.path(), &whole).unwrap_err();
    assert!(matches!(error, ExportError::Shrunk { .. }), "{error}");
    assert_eq!(held(dir.path()), whole.files());
    // Neither is what another trust root begins.
    let other = World::empty(3).genesis;
    let error =
        mirror(&mut whole.files(), dir.path(), &other, MirrorOptions::default(), &mut |_| {});
    error.unwrap_err();
    assert_eq!(held(dir.path()), whole.files());
}

#[test]
fn what_is_new_and_not_what_the_log_commits_to_is_not_kept() {
    let (first, whole) = grown();
    let files = whole.files();
    for path in files.0.keys().filter(|path| *path != "genesis" && *path != "tile/1/000.p/1") {
        let dir = tempfile::tempdir().unwrap();
        pull(&mut first.files(), dir.path(), &first).unwrap();
        let mut changed = files.clone();
        *changed.0.get_mut(path).unwrap().last_mut().unwrap() ^= 1;
        pull(&mut changed, dir.path(), &whole).unwrap_err();
        let checkpoint = fs::read(dir.path().join("checkpoint")).unwrap();
        assert_eq!(checkpoint, first.files().0["checkpoint"], "{path}");
        pull(&mut files.clone(), dir.path(), &whole).unwrap();
        assert_eq!(held(dir.path()), files, "{path}");
    }
}

#[test]
fn an_entry_that_does_not_go_on_from_the_one_before_is_not_kept() {
    for place in [256_usize, 300, 400] {
        let logs = filled(&[256, 500]);
        let mut log = logs[1].clone();
        let entry = &log.entries[place];
        log.entries[place] =
            Entry::new(entry.time(), Digest::of(b"another"), entry.body().clone()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        pull(&mut logs[0].files(), dir.path(), &logs[0]).unwrap();
        let error = pull(&mut log.files(), dir.path(), &log).unwrap_err();
        assert!(matches!(error, ExportError::Content { .. }), "{place}: {error}");
    }
}

/// A log, and the same once a record in a bundle that no longer grows is erased.
fn erasing(entries: usize) -> (PaperLog, PaperLog) {
    let (mut world, mut log) = full_log();
    let record = world.add(declaration(MAKER, "manufacturer", MAKER, "D-1"));
    let index = log.attest(world.candidates.last().unwrap().envelope().envelope());
    fill(&mut log, entries);
    let before = log.clone();
    world.add(erasure(MAKER, "manufacturer", &record));
    log.attest(world.candidates.last().unwrap().envelope().envelope());
    log.seal();
    log.erase(index);
    (before, log)
}

#[test]
fn a_backup_that_is_broken_off_is_that_of_its_checkpoint() {
    let (before, log) = erasing(300);
    let payloads = |dir: &Path| fs::read(dir.join("log/payload/000")).unwrap();
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let back_up = |source: &mut Counted, dir: &Path| {
        probant::export::back_up(source, dir, &log.genesis, now, &mut |_| {})
    };
    // One at a time, and none into what somebody else writes.
    let dir = tempfile::tempdir().unwrap();
    let other = Mirror::open(dir.path(), &log.genesis, MirrorOptions::default()).unwrap();
    let error = back_up(&mut Counted::new(log.files()), dir.path()).unwrap_err();
    assert!(matches!(error, ExportError::Taken { .. }), "{error}");
    drop(other);
    let mut was_between = false;
    for reads in 0.. {
        let dir = tempfile::tempdir().unwrap();
        back_up(&mut Counted::new(before.files()), dir.path()).unwrap();
        let (whole, mut broken) = (payloads(dir.path()), Counted::new(log.files()));
        broken.left = reads;
        let is_done = back_up(&mut broken, dir.path()).is_ok();
        let checkpoint = fs::read_to_string(dir.path().join("log/checkpoint")).unwrap();
        let is_before = checkpoint == before.note();
        // The order is not under the old checkpoint: there, nobody may have erased anything.
        assert!(!is_before || payloads(dir.path()) == whole, "after {reads} reads");
        was_between |= !is_before && payloads(dir.path()) == whole;
        if is_done {
            assert_ne!(payloads(dir.path()), whole);
            break;
        }
    }
    assert!(was_between, "what is erased goes once the order for it is there");
}

#[test]
fn an_order_takes_what_it_is_about_out_of_a_bundle_that_no_longer_grows() {
    let (before, log) = erasing(600);
    let dir = tempfile::tempdir().unwrap();
    pull(&mut before.files(), dir.path(), &before).unwrap();
    let mut source = Counted::new(log.files());
    pull(&mut source, dir.path(), &log).unwrap();
    assert_eq!(held(dir.path()), log.files());
    assert!(source.read.contains(&"payload/000".to_owned()), "{:?}", source.read);
    assert!(!source.read.contains(&"payload/001".to_owned()), "{:?}", source.read);
}

#[test]
fn a_damaged_edge_is_found_and_the_rest_when_it_is_looked_for() {
    let log = large_log();
    let all = MirrorOptions { has_to_check_held: true, ..MirrorOptions::default() };
    for path in ["tile/0/001.p/19", "tile/1/000.p/1", "tile/0/000", "payload/000"] {
        let dir = tempfile::tempdir().unwrap();
        pull(&mut log.files(), dir.path(), &log).unwrap();
        let path = if dir.path().join(path).exists() {
            path.to_owned()
        } else {
            log.files().0.keys().find(|it| it.starts_with("tile/0/001")).unwrap().clone()
        };
        let is_edge = path.contains(".p/");
        write(dir.path(), &path, b"x");
        let written = pull(&mut log.files(), dir.path(), &log).unwrap().written;
        assert_eq!(written, u64::from(is_edge), "{path}");
        mirror(&mut log.files(), dir.path(), &log.genesis, all, &mut |_| {}).unwrap();
        assert_eq!(held(dir.path()), log.files(), "{path}");
    }
}

#[test]
fn a_checkpoint_that_does_not_meet_what_is_demanded_is_not_followed() {
    let (first, whole) = grown();
    let sealed = whole.now;
    let policy = |name: &str| {
        let vkey = probant::note::VerifierKey::new(
            name.parse().unwrap(),
            probant::note::KeyType::CosignatureV1,
            *probant::key::Signer::public_key(&key("witness")),
        );
        WitnessPolicy::parse(format!("witness w1 {vkey}\nquorum w1\n").as_bytes()).unwrap()
    };
    let policy = policy("w1.example");
    let mut cosigned = whole.files();
    let checkpoint =
        VerifiedCheckpoint::verify(&cosigned.0["checkpoint"], whole.genesis.log_key()).unwrap();
    let seen = sealed.saturating_add_ms(60_000);
    let line = cosign(&checkpoint, &"w1.example".parse().unwrap(), seen, &key("witness")).unwrap();
    let note = checkpoint.note().clone().with_signatures([line]).unwrap();
    cosigned.0.insert("checkpoint".to_owned(), note.to_string().into_bytes());
    let plain = whole.files();
    for (files, witnesses, age_max_ms, after_ms, is_met) in [
        (&plain, None, Some(1_000), 1_000, true),
        (&plain, None, Some(1_000), 1_001, false),
        (&plain, Some(&policy), None, 0, false),
        (&cosigned, Some(&policy), Some(1_000), 61_000, true),
        (&cosigned, Some(&policy), Some(1_000), 61_001, false),
        (&cosigned, Some(&policy), None, u64::MAX, true),
    ] {
        let dir = tempfile::tempdir().unwrap();
        pull(&mut first.files(), dir.path(), &first).unwrap();
        let before = held(dir.path());
        let now = sealed.saturating_add_ms(after_ms);
        let demands = Demands { witnesses, age_max_ms, now };
        let options = MirrorOptions::default();
        let mut mirror = Mirror::open(dir.path(), &whole.genesis, options).unwrap();
        let done = mirror.pull(&mut files.clone(), &demands, &mut |_| {});
        assert_eq!(done.is_ok(), is_met, "{age_max_ms:?} {after_ms} {done:?}");
        assert_eq!(held(dir.path()), if is_met { files.clone() } else { before });
        // What is there already is held to the same.
        let again = mirror.pull(&mut files.clone(), &demands, &mut |_| {});
        assert_eq!(again.is_ok(), is_met);
    }
}
