//! The engine on disk: what it opens, what it refuses, what a crash or damage leaves.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use probant::hash::Digest;
use probant::storage::{
    Batch, CommitError, Epoch, Head, SledOptions, SledStorage, Storage, StorageError, Table,
    index_key, row_key,
};
use tempfile::TempDir;

use crate::storage_contract::head;

fn create(dir: &Path) -> SledStorage {
    SledStorage::create(dir, SledOptions::default()).unwrap()
}

fn open(dir: &Path) -> Result<SledStorage, StorageError> {
    SledStorage::open(dir, SledOptions::default())
}

/// What commit `sequence` writes: values from nothing to many pieces, keys near and far.
fn rows(sequence: u64) -> Batch {
    let digest = Digest::of(&sequence.to_be_bytes());
    let length = usize::from(digest.as_bytes()[0]) * usize::from(digest.as_bytes()[1]);
    let mut batch = Batch::default();
    batch.insert(Table::Entries, index_key(sequence), vec![digest.as_bytes()[2]; length]);
    batch.insert(Table::Payloads, index_key(sequence), digest.as_bytes().repeat(200));
    batch.insert(Table::Statements, *digest.as_bytes(), index_key(sequence));
    for count in 0..10 {
        batch.insert(Table::Rows, row_key(&digest, count), index_key(count));
    }
    batch
}

/// Commits until `commits` are there.
fn fill(storage: &SledStorage, commits: u64) {
    let (epoch, mut prev) = storage.claim().unwrap();
    while Head::next_sequence(prev.as_ref()) < commits {
        let next = head(Head::next_sequence(prev.as_ref()));
        storage.commit(epoch, prev.as_ref(), &next, &rows(next.sequence)).unwrap();
        prev = Some(next);
    }
}

/// Checks that the commits from `first` on are there, whole, and nothing of any other; returns how
/// many there are.
fn check_whole(storage: &dyn Storage, first: u64) -> Result<u64, StorageError> {
    let found = storage.head()?;
    let commits = Head::next_sequence(found.as_ref());
    assert_eq!(found, commits.checked_sub(1).map(head));
    for sequence in first..commits {
        for (_write, table, key, value) in rows(sequence).writes() {
            let found = storage.get(table, key)?;
            assert!(found.as_deref() == Some(value), "{table:?} of commit {sequence} of {commits}");
        }
    }
    let count = |table| storage.scan(table, &[], None, usize::MAX).map(|pairs| pairs.len() as u64);
    assert_eq!(count(Table::Entries)?, commits);
    assert_eq!(count(Table::Payloads)?, commits);
    assert_eq!(count(Table::Statements)?, commits);
    assert_eq!(count(Table::Rows)?, 10 * commits);
    Ok(commits)
}

#[test]
fn commits_and_epochs_outlive_the_process() {
    let dir = TempDir::new().unwrap();
    for round in 0..5 {
        let storage = if round == 0 { create(dir.path()) } else { open(dir.path()).unwrap() };
        assert_eq!(check_whole(&storage, 0).unwrap(), 7 * round);
        fill(&storage, 7 * (round + 1));
        let (epoch, _) = storage.claim().unwrap();
        assert_eq!(epoch.number(), 2 * (round + 1));
    }
    // No page went to the files that sled does not sync.
    let blobs = fs::read_dir(dir.path().join("sled/blobs")).unwrap().count();
    assert_eq!(blobs, 0);
}

#[test]
fn a_commit_larger_than_a_segment_of_the_file_fits_the_smallest_cache() {
    let dir = TempDir::new().unwrap();
    let storage = SledStorage::create(dir.path(), SledOptions { cache_bytes: 0 }).unwrap();
    let (epoch, mut prev) = storage.claim().unwrap();
    for sequence in 0..3 {
        let mut batch = Batch::default();
        for index in 0..200 {
            batch.insert(Table::Entries, index_key(1000 * sequence + index), vec![7; 100_000]);
        }
        for count in 0..3000 {
            let subject = Digest::of(&(3000 * sequence + count).to_be_bytes());
            batch.insert(Table::Rows, row_key(&subject, count), [7; 40]);
        }
        let next = head(sequence);
        storage.commit(epoch, prev.as_ref(), &next, &batch).unwrap();
        prev = Some(next);
    }
    drop(storage);
    let storage = open(dir.path()).unwrap();
    assert_eq!(storage.head().unwrap(), prev);
    let found = storage.scan(Table::Entries, &[], None, usize::MAX).unwrap();
    assert_eq!(found.len(), 600);
    assert!(found.iter().all(|(_, value)| *value == vec![7; 100_000]));
    assert_eq!(storage.scan(Table::Rows, &[], None, usize::MAX).unwrap().len(), 9000);
}

#[test]
fn a_store_in_use_is_refused_by_name() {
    let dir = TempDir::new().unwrap();
    let storage = create(dir.path());
    let error = open(dir.path()).unwrap_err();
    assert!(matches!(&error, StorageError::InUse { dir: at } if at == dir.path()), "{error}");
    assert!(error.to_string().contains(dir.path().to_str().unwrap()), "{error}");
    drop(storage);
    open(dir.path()).unwrap();
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let absent = dir.path().join("absent");
    assert!(matches!(open(&absent), Err(StorageError::Absent { .. })));
    assert!(!absent.exists());
    assert!(matches!(open(dir.path()), Err(StorageError::Absent { .. })));

    fs::write(dir.path().join("letter.txt"), "dear").unwrap();
    assert!(matches!(open(dir.path()), Err(StorageError::NotAStore { .. })));
    let made = SledStorage::create(dir.path(), SledOptions::default());
    assert!(matches!(made, Err(StorageError::NotAStore { .. })));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);

    let store = dir.path().join("store");
    drop(create(&store));
    let made = SledStorage::create(&store, SledOptions::default());
    assert!(matches!(made, Err(StorageError::Exists { .. })));
}

#[test]
fn another_format_is_refused_by_its_number() {
    let dir = TempDir::new().unwrap();
    drop(create(dir.path()));
    let format = dir.path().join("format");
    fs::write(&format, "probant store 2\n").unwrap();
    let error = open(dir.path()).unwrap_err().to_string();
    assert!(error.ends_with("has format 2, expected 1"), "{error}");
    fs::write(&format, "").unwrap();
    assert!(matches!(open(dir.path()), Err(StorageError::Damaged { .. })));
    fs::write(&format, "probant store 1\n").unwrap();
    open(dir.path()).unwrap();
}

#[test]
fn what_a_crash_left_of_a_new_store_or_of_a_snapshot_is_no_obstacle() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("format.new"), "prob").unwrap();
    let storage = create(dir.path());
    fill(&storage, 3);
    drop(storage);
    fs::write(dir.path().join("sled/snap.FFFFFFFFFFFFFFFF.generating"), [0; 5]).unwrap();
    assert_eq!(check_whole(&open(dir.path()).unwrap(), 0).unwrap(), 3);
}

/// The files of a store as they are, byte for byte.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A copy of a ledger's directory that knows of no guard: as that of an operator who cheats.
pub(crate) fn copy_unguarded(from: &Path, to: &Path) {
    copy(from, to);
    fs::remove_file(to.join("guard")).unwrap();
}

#[test]
fn a_commit_cut_short_on_disk_is_wholly_absent() {
    let dir = TempDir::new().unwrap();
    let (live, before) = (dir.path().join("live"), dir.path().join("before"));
    let storage = create(&live);
    fill(&storage, 5);
    copy(&live, &before);
    fill(&storage, 6);
    let length = |store: &Path| fs::metadata(store.join("sled/db")).unwrap().len();
    let (whole, cut_min) = (length(&live), length(&before));
    assert!(cut_min < whole);

    let step = (whole - cut_min).div_ceil(25);
    let mut absent = 0;
    for cut in (cut_min..=whole).step_by(usize::try_from(step).unwrap()).chain([whole - 1, whole]) {
        let crashed = dir.path().join(format!("cut-{cut}"));
        copy(&live, &crashed);
        // The note of the sixth commit is written after its sync, so it is not there either.
        fs::copy(before.join("acknowledged"), crashed.join("acknowledged")).unwrap();
        let log = OpenOptions::new().write(true).open(crashed.join("sled/db")).unwrap();
        log.set_len(cut).unwrap();
        let commits = check_whole(&open(&crashed).unwrap(), 0).unwrap();
        assert!(commits == 5 || commits == 6, "cut at {cut} of {whole}: {commits}");
        assert!(commits == 6 || cut < whole);
        absent += u64::from(commits == 5);
        fs::remove_dir_all(crashed).unwrap();
    }
    assert!(absent > 20, "{absent} of the cuts took the commit");
}

/// sled's segments, which are what a file system may write in any order.
const SEGMENT_BYTES: usize = 8 << 20;

/// What the large commits below replace, and with which byte.
const PAYLOADS: u64 = 10;
const PAYLOAD_BYTES: usize = 400_000;

/// Replaces every payload with bytes that say which commit they are of, and adds `entries`.
fn commit_large(storage: &SledStorage, epoch: Epoch, prev: Option<&Head>, entries: u64) -> Head {
    let next = head(Head::next_sequence(prev));
    let mut batch = Batch::default();
    for index in 0..PAYLOADS {
        let value = vec![u8::try_from(next.sequence).unwrap(); PAYLOAD_BYTES];
        if prev.is_none() {
            batch.insert(Table::Payloads, index_key(index), value);
        } else {
            batch.replace(Table::Payloads, index_key(index), value);
        }
    }
    for index in 0..entries {
        batch.insert(Table::Entries, index_key(index), vec![7; 100_000]);
    }
    storage.commit(epoch, prev, &next, &batch).unwrap();
    next
}

/// Writes the part of `source` that is segment `number` over that of the file at `target`; zeros
/// where `source` ends before.
fn overwrite_segment(target: &Path, source: &[u8], number: usize) {
    let file = OpenOptions::new().write(true).open(target).unwrap();
    let start = number * SEGMENT_BYTES;
    let part = source.get(start..source.len().min(start + SEGMENT_BYTES)).unwrap_or_default();
    let mut part = part.to_vec();
    part.resize(SEGMENT_BYTES, 0);
    file.write_all_at(&part, start as u64).unwrap();
}

/// The log of a store, as its segments.
fn segments(store: &Path) -> Vec<Vec<u8>> {
    let log = fs::read(store.join("sled/db")).unwrap();
    log.chunks(SEGMENT_BYTES).map(<[u8]>::to_vec).collect()
}

/// Makes a commit of many segments, the sixth, in a store in `dir` that has others to use again. Gives
/// copies of the store before and after it, and the segments that it wrote; none if all of them are
/// new: sled frees one when no thread of the process, also one of another store, can still be reading
/// there, so that it depends on what else goes on.
fn sixth_commit(dir: &Path) -> Option<([PathBuf; 2], Vec<usize>)> {
    let [live, before, after] = ["live", "before", "after"].map(|name| dir.join(name));
    let storage = create(&live);
    let (epoch, mut prev) = storage.claim().unwrap();
    for _ in 0..5 {
        prev = Some(commit_large(&storage, epoch, prev.as_ref(), 0));
    }
    copy(&live, &before);
    commit_large(&storage, epoch, prev.as_ref(), 100);
    copy(&live, &after);
    let (old, new) = (segments(&before), segments(&after));
    let count = old.len().max(new.len());
    let written: Vec<usize> =
        (0..count).filter(|number| old.get(*number) != new.get(*number)).collect();
    assert!(written.len() > 3, "{written:?}");
    let was_used = |number: &usize| old.get(*number).is_some_and(|it| it.iter().any(|b| *b != 0));
    written.iter().any(was_used).then_some(([before, after], written))
}

#[test]
fn a_commit_of_many_segments_is_wholly_absent_whichever_of_them_was_lost() {
    let dir = TempDir::new().unwrap();
    let found = (0..10).find_map(|round| sixth_commit(&dir.path().join(format!("round-{round}"))));
    let ([before, after], written) = found.expect("a commit that writes over what was there");
    let log = |store: &Path| fs::read(store.join("sled/db")).unwrap();
    let (old, new) = (log(&before), log(&after));

    let check = |store: &Path| {
        let storage = open(store).unwrap();
        let commits = Head::next_sequence(storage.head().unwrap().as_ref());
        for index in 0..PAYLOADS {
            let found = storage.get(Table::Payloads, &index_key(index)).unwrap().unwrap();
            assert!(found == vec![u8::try_from(commits - 1).unwrap(); PAYLOAD_BYTES], "{index}");
        }
        let entries = storage.scan(Table::Entries, &[], None, usize::MAX).unwrap().len();
        assert_eq!(entries, if commits == 6 { 100 } else { 0 });
        commits
    };
    for number in written {
        // All but this segment reached the disk; or this one alone.
        for (base, other) in [(&after, &old), (&before, &new)] {
            let crashed = dir.path().join("crashed");
            copy(base, &crashed);
            fs::copy(before.join("acknowledged"), crashed.join("acknowledged")).unwrap();
            overwrite_segment(&crashed.join("sled/db"), other, number);
            assert_eq!(check(&crashed), 5, "segment {number}");
            fs::remove_dir_all(crashed).unwrap();
        }
    }
    assert_eq!(check(&after), 6);
}

#[test]
fn acknowledged_commits_that_are_gone_are_damage() {
    let dir = TempDir::new().unwrap();
    let (live, before) = (dir.path().join("live"), dir.path().join("before"));
    let storage = create(&live);
    fill(&storage, 2);
    copy(&live, &before);
    fill(&storage, 3);
    drop(storage);
    fs::copy(live.join("acknowledged"), before.join("acknowledged")).unwrap();
    let error = open(&before).unwrap_err().to_string();
    assert!(error.ends_with("3 commits were acknowledged, 2 are there"), "{error}");

    fs::remove_dir_all(live.join("sled")).unwrap();
    let error = open(&live).unwrap_err();
    assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
}

#[test]
fn a_changed_byte_is_found_or_harmless_and_never_a_panic() {
    let dir = TempDir::new().unwrap();
    let live = dir.path().join("live");
    let storage = create(&live);
    fill(&storage, 8);
    drop(storage);
    // Once more, so that half of the log lies before sled's snapshot and half behind it.
    let storage = open(&live).unwrap();
    fill(&storage, 16);
    drop(storage);

    let mut found = 0;
    let mut files: Vec<_> =
        ["sled/db", "sled/conf", "format", "acknowledged"].map(Into::into).into();
    let mut names =
        fs::read_dir(live.join("sled")).unwrap().map(|entry| entry.unwrap().file_name());
    let snapshot = names.find(|name| name.to_str().unwrap().starts_with("snap.")).unwrap();
    files.push(Path::new("sled").join(snapshot));
    for file in &files {
        let length = fs::metadata(live.join(file)).unwrap().len();
        for step in 0..12 {
            let offset = (length - 1) * step / 11;
            let damaged = dir.path().join("damaged");
            copy(&live, &damaged);
            let at = OpenOptions::new().read(true).write(true).open(damaged.join(file)).unwrap();
            let mut byte = [0];
            at.read_exact_at(&mut byte, offset).unwrap();
            at.write_all_at(&[byte[0] ^ 0x10], offset).unwrap();

            match open(&damaged).and_then(|storage| check_whole(&storage, 0)) {
                Ok(commits) => assert_eq!(commits, 16, "{} at {offset}", file.display()),
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    found += 1;
                }
            }
            fs::remove_dir_all(damaged).unwrap();
        }
    }
    assert!(found > 12, "{found} of the changes were found");
}

#[test]
fn a_full_disk_stops_the_writer_and_loses_nothing() {
    let dir = TempDir::new().unwrap();
    let store = dir.path().join("store");
    drop(create(&store));
    // A limit on the length of files fails a write halfway, as a full disk does.
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 20480; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "storage_disk::full_disk_child", "--ignored", "--nocapture"])
        .env(CRASH_DIR, &store)
        .output()
        .unwrap();
    let stdout = String::from_utf8(child.stdout).unwrap();
    let last = stdout.lines().filter_map(|line| line.strip_prefix("ack ")).next_back();
    let last: u64 = last.unwrap_or_else(|| panic!("no commit: {stdout}")).parse().unwrap();
    assert!(stdout.contains("stopped\n"), "{stdout}");

    let storage = open(&store).unwrap();
    let commits = check_whole(&storage, 0).unwrap();
    assert!((last + 1..=last + 2).contains(&commits), "{last} acknowledged, {commits} there");
    fill(&storage, commits + 3);
    assert_eq!(check_whole(&storage, 0).unwrap(), commits + 3);
}

#[test]
#[ignore = "runs in a process of its own, whose files are limited"]
#[expect(clippy::disallowed_methods, reason = "the parent says where to commit")]
fn full_disk_child() {
    let Ok(dir) = env::var(CRASH_DIR) else { return };
    let storage = open(Path::new(&dir)).unwrap();
    let (epoch, mut prev) = storage.claim().unwrap();
    let (error, next) = loop {
        let next = head(Head::next_sequence(prev.as_ref()));
        if let Err(error) = storage.commit(epoch, prev.as_ref(), &next, &rows(next.sequence)) {
            break (error, next);
        }
        println!("\nack {}", next.sequence);
        prev = Some(next);
    };
    assert!(matches!(error, CommitError::Unknown(_)), "{error}");
    // The head is still that of the last durable commit, and nothing is written any more.
    assert_eq!(storage.head().unwrap(), prev);
    let error = storage.commit(epoch, prev.as_ref(), &next, &Batch::default()).unwrap_err();
    assert!(matches!(error, CommitError::NotApplied(StorageError::Stopped)), "{error}");
    assert!(matches!(storage.claim(), Err(StorageError::Stopped)));
    println!("\nstopped");
}

/// Where [`crash_child`] commits; set by the test that starts it.
const CRASH_DIR: &str = "PROBANT_CRASH_DIR";

#[test]
#[ignore = "runs in a process of its own, which is killed"]
#[expect(clippy::disallowed_methods, reason = "the parent says where to commit")]
fn crash_child() {
    let Ok(dir) = env::var(CRASH_DIR) else { return };
    let dir = Path::new(&dir);
    let storage = open(dir).or_else(|_| SledStorage::create(dir, SledOptions::default())).unwrap();
    let (epoch, mut prev) = storage.claim().unwrap();
    let mut stdout = std::io::stdout();
    loop {
        let next = head(Head::next_sequence(prev.as_ref()));
        storage.commit(epoch, prev.as_ref(), &next, &rows(next.sequence)).unwrap();
        write!(stdout, "\nack {}\n", next.sequence).unwrap();
        stdout.flush().unwrap();
        prev = Some(next);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "more rounds on demand")]
fn what_was_acknowledged_before_a_kill_is_there_and_whole() {
    let rounds = env::var("PROBANT_CRASH_ROUNDS").map_or(5, |rounds| rounds.parse().unwrap());
    let dir = TempDir::new().unwrap();
    let store = dir.path().join("store");
    let mut verified = 0;
    for round in 0..rounds {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "storage_disk::crash_child", "--ignored", "--nocapture"])
            .env(CRASH_DIR, &store)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Killed after so many answers, at whatever the child is doing then.
        let digest = Digest::of(format!("round {round}").as_bytes());
        let answers = usize::from(digest.as_bytes()[0] % 20);
        let spins = u64::from(digest.as_bytes()[1]) * u64::from(digest.as_bytes()[2]) * 20;
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let mut acknowledged = stdout
            .lines()
            .map(Result::unwrap)
            .filter_map(|line| line.strip_prefix("ack ").map(|n| n.parse::<u64>().unwrap()));
        let mut last = acknowledged.by_ref().take(answers + 1).last().expect("the child commits");
        (0..spins).for_each(|_| std::hint::spin_loop());
        child.kill().unwrap();
        child.wait().unwrap();
        last = acknowledged.last().unwrap_or(last);

        let storage = open(&store).unwrap();
        let commits = check_whole(&storage, verified).unwrap();
        assert!(commits > last, "round {round}: {last} acknowledged, {commits} there");
        assert!(commits <= last + 2, "round {round}: {last} acknowledged, {commits} there");
        verified = commits;
    }
    if rounds > 0 {
        check_whole(&open(&store).unwrap(), 0).unwrap();
    }
}
