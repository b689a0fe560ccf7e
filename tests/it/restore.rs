//! Backups, and ledgers that are restored from them: the same store again, or none at all.
//!
//! `PROBANT_BACKUP_FLIPS` sets how many bytes of each file of a backup are tried, and
//! `PROBANT_BACKUP_KILLS` how often a backup and a restore are broken off.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use probant::audit::AuditOptions;
use probant::envelope::Envelope;
use probant::export::LogCopy;
use probant::key::{PrivateKey, Signer as _};
use probant::ledger::{
    Access, Clock as _, Ledger, Options, PayloadBytes, Restorable, RestoreError, SystemClock,
};
use probant::note::VerifiedCheckpoint;
use probant::policy::PolicySet;
use probant::storage::{MemoryStorage, SledOptions, SledStorage, Storage, Table};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::fake_witness::{FakeWitness, policy_text};
use crate::ledger_fixture::{World, check_consistent, check_log, quiet, submit};
use crate::program::{Finished, Server, command, probant};
use crate::storage_disk::copy;

/// A ledger in a directory, with a guard beside it.
struct Scene {
    world: World,
    desk: Desk,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { world: World::new(), desk: Desk::new() };
        let dir = scene.desk.path("ledger");
        fs::create_dir(&dir).unwrap();
        scene.put_key(&scene.world.log);
        scene.desk.write("genesis.toml", scene.world.genesis.bytes());
        let store = SledStorage::create(&dir.join("store"), SledOptions::default()).unwrap();
        let ledger = scene.world.create_with(Arc::new(store), scene.guarded("ledger")).unwrap();
        scene.world.begin(&ledger);
        scene
    }

    fn put_key(&self, key: &PrivateKey) {
        private(&self.desk.write("ledger/log.pem", key.to_pem().as_bytes()));
        private(&self.desk.write("log.pem", key.to_pem().as_bytes()));
    }

    fn guarded(&self, dir: &str) -> Options {
        Options { guard: Some(self.desk.path(format!("{dir}.checkpoint"))), ..quiet() }
    }

    fn storage(&self, dir: &str) -> Arc<dyn Storage> {
        storage(&self.desk.path(dir))
    }

    fn open(&self, dir: &str) -> Ledger {
        self.world.open_with(self.storage(dir), self.guarded(dir)).unwrap()
    }

    /// Adds entries to the ledger; the size that it has then.
    fn add(&self, envelopes: impl IntoIterator<Item = Envelope>) -> u64 {
        let ledger = self.open("ledger");
        for envelope in envelopes {
            submit(&ledger, envelope).unwrap();
        }
        ledger.size().get()
    }

    /// Everything that a copy may lack: a record for partners, one that is erased, many groups.
    fn fill(&self) -> u64 {
        let world = &self.world;
        let records = (0..4).map(|number| world.declaration(number));
        self.add(records.chain([world.grant_of("platform"), world.listing("L-1")]))
    }

    fn erase(&self) -> u64 {
        self.add([self.world.erasure(2), self.world.declaration(9)])
    }

    fn backup(&self, out: &str) -> Value {
        let (dir, out) = (self.desk.text("ledger"), self.desk.text(out));
        probant(&["backup", "--dir", &dir, "--out", &out, "--format", "json"]).json(0)
    }

    fn restore(&self, from: &str, to: &str, more: &[&str]) -> Finished {
        let [from, to, trust, key] =
            [from, to, "genesis.toml", "log.pem"].map(|name| self.desk.text(name));
        let copies = ["restore", "--from", &from, "--dir", &to, "--format", "json"];
        probant(&[&copies[..], &["--trust", &trust, "--log-key", &key], more].concat())
    }

    /// A restore that is refused with these words, and writes nothing.
    #[track_caller]
    fn refused(&self, from: &str, more: &[&str], words: &str) {
        let refused = self.restore(from, "refused", more).json(1);
        let error = refused["error"].as_str().unwrap();
        assert!(error.contains(words), "{words:?} is not in {error}");
        assert!(!self.desk.path("refused").exists());
    }

    /// A mirror as anybody makes it.
    fn public_mirror(&self, out: &str) {
        let server = Server::start(&self.desk.path("ledger"), &["--heartbeat-s", "0"]);
        let (trust, out) = (self.desk.text("genesis.toml"), self.desk.text(out));
        probant(&["export", "--server", &server.url, "--trust", &trust, "--out", &out]).expect(0);
    }
}

fn storage(dir: &Path) -> Arc<dyn Storage> {
    Arc::new(SledStorage::open(&dir.join("store"), SledOptions::default()).unwrap())
}

fn private(path: &str) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// Every row of every table, and the head but for how many commits it took.
fn rows(dir: &Path) -> BTreeMap<(Table, Vec<u8>), Vec<u8>> {
    let storage = storage(dir);
    let mut rows = BTreeMap::new();
    for table in Table::ALL {
        for (key, value) in storage.scan(table, &[], None, usize::MAX).unwrap() {
            rows.insert((table, key), value);
        }
    }
    let head = storage.head().unwrap().unwrap();
    let known = format!("{} {} {} {}", head.size, head.root, head.map_root, head.checkpoint);
    rows.insert((Table::Checkpoints, b"head".to_vec()), known.into_bytes());
    rows
}

#[track_caller]
fn expect_same_rows(one: &Path, other: &Path) {
    let (one, other) = (rows(one), rows(other));
    let mut keys: Vec<_> = one.keys().chain(other.keys()).collect();
    keys.sort();
    keys.dedup();
    let differ = keys.into_iter().filter(|key| one.get(*key) != other.get(*key));
    assert_eq!(differ.collect::<Vec<_>>(), Vec::<&(Table, Vec<u8>)>::new());
}

#[test]
fn a_restored_store_has_the_rows_that_the_ledger_wrote() {
    let scene = Scene::new();
    scene.fill();
    // Beyond the first full tile, with groups that cross it.
    let ledger = scene.open("ledger");
    let (sender, receiver) = std::sync::mpsc::channel();
    for number in 100..350 {
        let submission = crate::ledger_fixture::check(&ledger, scene.world.declaration(number));
        let sender = sender.clone();
        ledger.submit(submission, Box::new(move |reply| sender.send(reply.is_ok()).unwrap()));
    }
    drop(sender);
    assert_eq!(receiver.iter().filter(|is_ok| *is_ok).count(), 250);
    let seen = ledger.view(None).unwrap().checkpoint().clone();
    drop(ledger);
    let receipts = [3, 340].map(|number| scene.world.declaration(number));
    let size = scene.erase();

    let made = scene.backup("backup");
    assert_eq!((&made["tree_size"], &made["log_key_file"]), (&json!(size), &Value::Null));
    let restored = scene.restore("backup", "restored", &[]).json(0);
    assert_eq!(
        (&restored["tree_size"], &restored["checkpoints_missing"], &restored["ids_missing"]),
        (&json!(size), &json!(0), &json!(0))
    );
    expect_same_rows(&scene.desk.path("ledger"), &scene.desk.path("restored"));

    // It goes on: what was recorded is recorded, what was seen goes on, what was erased is gone.
    let before = scene.open("ledger");
    let after = scene.open("restored");
    for envelope in receipts {
        let first = submit(&before, envelope.clone()).unwrap();
        let again = submit(&after, envelope).unwrap();
        assert!(again.is_duplicate);
        assert_eq!((again.index, again.entry), (first.index, first.entry));
    }
    submit(&after, scene.world.declaration(10)).unwrap();
    let view = after.view(None).unwrap();
    check_consistent(&view, &seen);
    check_log(&scene.world, &view);
}

#[test]
fn a_backup_is_brought_up_to_date_and_forgets_what_is_erased() {
    let scene = Scene::new();
    scene.fill();
    scene.backup("backup");
    let again = scene.backup("backup");
    // What says when it was made, and nothing else.
    assert_eq!(again["written"], json!(0));
    copy(&scene.desk.path("backup"), &scene.desk.path("old"));
    scene.public_mirror("mirror");
    let statement = scene.world.declaration(2).payload().to_vec();
    let holds = |dir: &str| {
        let files = files_in(&scene.desk.path(dir));
        let mut contents = files.iter().map(|path| fs::read(path).unwrap());
        contents.any(|bytes| bytes.windows(statement.len()).any(|part| part == statement))
    };
    assert!(holds("backup") && holds("mirror"));
    scene.erase();
    scene.backup("backup");
    assert!(!holds("backup") && holds("old"));
    // Nor does it come back out of an older one.
    let old = scene.desk.text("old");
    scene.restore("backup", "restored", &["--payloads", &old]).json(0);
    expect_same_rows(&scene.desk.path("ledger"), &scene.desk.path("restored"));
    // Nor out of a mirror that still has it.
    let mirror = scene.desk.text("mirror");
    scene.restore("backup", "again", &["--payloads", &mirror, "--payloads", &old]).json(0);
    let ledger = scene.open("again");
    let receipt = submit(&ledger, scene.world.declaration(2)).unwrap();
    assert!(receipt.is_duplicate);
    let view = ledger.view(None).unwrap();
    let payload = view.payload(receipt.index, Access::Full).unwrap();
    assert_eq!(payload, PayloadBytes::Absent);
}

#[test]
fn only_with_the_key_is_a_backup_all_there_is() {
    let scene = Scene::new();
    let (dir, out) = (scene.desk.text("ledger"), scene.desk.text("backup"));
    probant(&["backup", "--dir", &dir, "--out", &out, "--with-key"]).expect(0);
    let kept = scene.desk.path("backup/log.pem");
    assert_eq!(fs::read(&kept).unwrap(), fs::read(scene.desk.path("log.pem")).unwrap());
    let (to, trust) = (scene.desk.text("restored"), scene.desk.text("genesis.toml"));
    let restore = ["restore", "--from", &out, "--dir", &to, "--trust", &trust];
    probant(&restore).expect(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for (path, expected) in
            [("backup", 0o700), ("backup/log.pem", 0o600), ("restored/log.pem", 0o600)]
        {
            assert_eq!(mode(scene.desk.path(path)), expected, "{path}");
        }
    }
    drop(Server::start(&scene.desk.path("restored"), &[]));
    assert!(fs::read_to_string(scene.desk.path("restored.checkpoint")).unwrap().contains("\n6\n"));
    // Neither over a ledger nor by another key.
    probant(&restore).expect(2);
    let stranger = PrivateKey::from_seed([77; 32]);
    let stranger = scene.desk.write("stranger.pem", stranger.to_pem().as_bytes());
    private(&stranger);
    let other = ["--log-key", &stranger, "--dir", &scene.desk.text("other")];
    let refused = probant(&[&restore[..3], &restore[5..], &other].concat());
    refused.expect(2);
    assert!(refused.stderr.contains("the log key in force is"), "{}", refused.stderr);
    assert!(!scene.desk.path("other").exists());
    // Nor is a backup made over something else.
    fs::create_dir(scene.desk.path("used")).unwrap();
    scene.desk.write("used/file", "");
    probant(&["backup", "--dir", &dir, "--out", &scene.desk.text("used")]).expect(2);
}

#[test]
fn a_log_that_was_handed_over_is_restored_with_all_its_keys() {
    let scene = Scene::new();
    let next = Arc::new(PrivateKey::from_seed([9; 32]));
    scene.add([scene.world.announcement(&next)]);
    scene.backup("old");
    let ledger = scene.open("ledger");
    ledger.hand_over(next.clone()).unwrap();
    submit(&ledger, scene.world.declaration(1)).unwrap();
    drop(ledger);
    scene.put_key(&next);
    scene.backup("backup");
    let restored = scene.restore("backup", "restored", &[]).json(0);
    assert_eq!(restored["checkpoints_missing"], json!(0));
    expect_same_rows(&scene.desk.path("ledger"), &scene.desk.path("restored"));
    // Of a mirror, the key in force signs again what it signed, and not what the one before did.
    scene.public_mirror("mirror");
    let restored = scene.restore("mirror", "again", &[]).json(0);
    assert_eq!(
        (&restored["checkpoints_missing"], &restored["checkpoints_signed"]),
        (&json!(4), &json!(0))
    );
    // The copy of before the handover knows nothing of the key that signed since.
    let guard = scene.desk.text("ledger.checkpoint");
    let [from, to, trust] = ["old", "refused", "genesis.toml"].map(|name| scene.desk.text(name));
    let restore = ["restore", "--from", &from, "--dir", &to, "--trust", &trust];
    let refused = probant(&[&restore[..], &["--guard", &guard, "--format", "json"]].concat());
    assert!(refused.json(1)["error"].as_str().unwrap().contains("are missing"));
}

#[test]
fn what_was_signed_since_a_copy_was_made_is_not_signed_again() {
    let scene = Scene::new();
    scene.backup("old");
    scene.fill();
    scene.backup("new");
    let guard = scene.desk.text("ledger.checkpoint");
    let guarded = ["--guard", guard.as_str()];
    scene.refused("old", &guarded, "12 are missing, and writing on would fork the log");
    scene.refused("old", &guarded, "newest backup or a mirror");
    let newer = ["--payloads", &scene.desk.text("new")];
    scene.refused("old", &newer, "holds 18 entries, the copy to restore from 6");

    // No guard is left, but witnesses are.
    let log = scene.world.genesis.log_key().clone();
    let [one, two] = [11, 12].map(|seed| FakeWitness::start(seed, &log, SystemClock.now()));
    let newest = VerifiedCheckpoint::verify(&fs::read(&guard).unwrap(), &log).unwrap();
    two.set_cosigned(newest.checkpoint());
    // One of them is enough for the quorum, and the other one is heard all the same.
    let policy = policy_text(&[&one, &two], "group g any w0 w1\nquorum g");
    let policy = scene.desk.write("witnesses", policy);
    let asked = ["--witness-policy", policy.as_str()];
    scene.refused("old", &asked, "witness w1 has cosigned 18: 12 are missing");
    // Whoever does not ask them is told so, and again when the ledger is served.
    let restored = scene.restore("old", "restored", &[]).json(0);
    assert_eq!(
        (&restored["witnesses_asked"], &restored["guard_checked"]),
        (&json!(false), &json!(false))
    );
    let (dir, listen) = (scene.desk.text("restored"), "127.0.0.1:0");
    let serve = ["serve", "--dir", &dir, "--listen", listen, "--format", "json"];
    let all = policy_text(&[&one, &two], "group g all w0 w1\nquorum g");
    let all = scene.desk.write("all", all);
    let refused = probant(&[&serve[..], &["--witness-policy", &all]].concat()).json(2);
    assert!(refused["error"].as_str().unwrap().contains("12 are missing"), "{refused}");

    // The newest copy is restored, in the place of what is lost.
    fs::remove_dir_all(scene.desk.path("ledger")).unwrap();
    let restored = scene.restore("new", "ledger", &asked).json(0);
    assert_eq!(
        (&restored["witnesses_asked"], &restored["guard_checked"]),
        (&json!(true), &json!(true))
    );
    assert_eq!((one.cosigned(), two.cosigned()), (Some(18), Some(18)));
    let server = Server::start(&scene.desk.path("ledger"), &asked);
    let seen = scene.desk.write("seen", newest.note().to_string());
    let envelope = scene.desk.write("new.json", scene.world.declaration(20).to_json());
    let trust = scene.desk.text("genesis.toml");
    let submit = ["submit", "--server", &server.url, "--trust", &trust, "--seen", &seen];
    probant(&[&submit[..], &[&envelope]].concat()).expect(0);
    drop(server);

    // Nobody answers: then nobody knows.
    drop((one, two));
    let unknown = scene.restore("new", "refused", &asked).json(2);
    assert!(unknown["error"].as_str().unwrap().contains("whether this copy is the newest"));
    assert!(!scene.desk.path("refused").exists());
}

#[test]
fn a_copy_of_another_history_is_refused_for_good() {
    let scene = Scene::new();
    for name in ["fork", "shorter"] {
        copy(&scene.desk.path("ledger"), &scene.desk.path(name));
    }
    scene.add([scene.world.declaration(1), scene.world.declaration(4)]);
    scene.backup("backup");
    let fork = scene.open("fork");
    submit(&fork, scene.world.declaration(2)).unwrap();
    submit(&fork, scene.world.declaration(3)).unwrap();
    submit(&fork, scene.world.declaration(5)).unwrap();
    drop(fork);
    let guard = scene.desk.text("fork.checkpoint");
    scene.refused("backup", &["--guard", &guard], "are missing");
    let (dir, out) = (scene.desk.text("fork"), scene.desk.text("other"));
    let own = scene.desk.text("none");
    probant(&["backup", "--dir", &dir, "--out", &out, "--guard", &own]).expect(0);
    let guard = scene.desk.text("ledger.checkpoint");
    scene.refused("other", &["--guard", &guard], "fork of the log");
    let backup = scene.desk.text("backup");
    scene.refused("other", &["--payloads", &backup], "Keep both, they prove that");
    // Nor is the one's backup brought up to the other, to an older state of its own ledger, or to
    // another ledger; and what it holds is as it was.
    let init = ["init", "--dir", &scene.desk.text("another"), "--origin", "ledger.example/another"];
    let registrar =
        scene.desk.write("registrar.pub.pem", scene.world.registrar.public_key().to_pem());
    probant(&[&init[..], &["--registrar", &format!("A={registrar}")]].concat()).expect(0);
    for refused in ["fork", "shorter", "another"] {
        let dir = scene.desk.text(refused);
        let own = scene.desk.text(&format!("{refused}.none"));
        let refused = probant(&["backup", "--dir", &dir, "--out", &backup, "--guard", &own]);
        refused.expect(1);
    }
    scene.restore("backup", "restored", &[]).expect(0);
    expect_same_rows(&scene.desk.path("ledger"), &scene.desk.path("restored"));
}

#[test]
fn a_public_mirror_takes_the_rest_from_a_backup() {
    let scene = Scene::new();
    scene.fill();
    scene.backup("backup");
    scene.erase();
    scene.public_mirror("mirror");
    scene.refused("mirror", &[], "1 payloads are in none of the copies, the first of entry");
    let backup = scene.desk.text("backup");
    let restored = scene.restore("mirror", "restored", &["--payloads", &backup]).json(0);
    // Nobody has the id of what was erased since; checkpoints are signed again to the same bytes.
    assert_eq!(
        (&restored["ids_missing"], &restored["checkpoints_missing"]),
        (&json!(1), &restored["checkpoints_signed"])
    );
    let (mut own, found) = (rows(&scene.desk.path("ledger")), rows(&scene.desk.path("restored")));
    let lost: Vec<_> = own.keys().filter(|key| !found.contains_key(key)).cloned().collect();
    assert!(matches!(lost[..], [(Table::Ids, _)]), "{lost:?}");
    for key in &lost {
        own.remove(key);
    }
    assert_eq!(own, found);
}

fn files_in(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_in(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

#[test]
fn a_damaged_backup_is_refused_and_nothing_is_written() {
    let flips = setting("PROBANT_BACKUP_FLIPS").unwrap_or(1);
    let scene = Scene::new();
    scene.fill();
    scene.erase();
    scene.backup("backup");
    let (root, mut is_gone) = (scene.desk.path("backup"), false);
    for path in files_in(&root).into_iter().filter(|path| !path.ends_with(".lock")) {
        let bytes = fs::read(&path).unwrap();
        let is_refused = |what: &str| {
            let refused = scene.restore("backup", "refused", &[]);
            assert_ne!(refused.status, 0, "{} {what}", path.display());
            assert!(!scene.desk.path("refused").exists(), "{} {what}", path.display());
        };
        // Fewer by default: each file is gone, or has one byte flipped.
        is_gone = !is_gone;
        for flip in 0..if is_gone && flips == 1 { 0 } else { flips } {
            let place = (bytes.len() * (2 * flip + 1) / (2 * flips)).min(bytes.len() - 1);
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            fs::write(&path, changed).unwrap();
            is_refused("with a bit flipped");
        }
        if flips > 1 {
            fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
            is_refused("cut");
        }
        if flips > 1 || is_gone {
            fs::remove_file(&path).unwrap();
            is_refused("gone");
        }
        fs::write(&path, bytes).unwrap();
    }
    scene.restore("backup", "restored", &[]).expect(0);
}

#[test]
fn a_payload_that_is_changed_after_it_was_audited_is_not_stored() {
    let scene = Scene::new();
    scene.backup("backup");
    let (policies, root) = (PolicySet::empty(), scene.desk.path("backup"));
    let options = AuditOptions { policies: &policies, witnesses: None, now: SystemClock.now() };
    let copy = LogCopy::open(&root).unwrap();
    let genesis = &scene.world.genesis;
    let mut read = Restorable::read(copy, Vec::new(), genesis, &options, &mut |_| {}).unwrap();
    // A signature that is another one says the same.
    let file = files_in(&root.join("log/payload")).pop().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let registration = scene.world.registration().encode();
    let changed = Envelope::decode(&registration).unwrap().signatures()[0].1;
    let place = bytes.windows(64).position(|part| part == changed.as_bytes()).unwrap();
    bytes[place] ^= 1;
    fs::write(&file, bytes).unwrap();
    let store: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    let error = read.build(&store, None, &mut |_| {}).unwrap_err();
    assert!(matches!(error, RestoreError::Differs { .. }), "{error}");
    assert_eq!(store.head().unwrap(), None);
}

#[cfg(unix)]
#[test]
fn what_is_broken_off_is_begun_again_and_nothing_half_is_served() {
    let kills = setting("PROBANT_BACKUP_KILLS").unwrap_or(1);
    let scene = Scene::new();
    scene.fill();
    scene.backup("backup");
    let [dir, out, to, trust, key] =
        ["ledger", "backup", "restored", "genesis.toml", "log.pem"].map(|it| scene.desk.text(it));
    for kill in 0..kills {
        let size = scene.add([scene.world.declaration(1000 + kill)]);
        // Broken off somewhere: it restores as it was, or as it would have become.
        let backup = ["backup", "--dir", &dir, "--out", &out];
        break_off(&backup, &scene.desk.path("backup"), kill);
        let copy = format!("copy-{kill}");
        let restored = scene.restore("backup", &copy, &[]).json(0);
        let found = restored["tree_size"].as_u64().unwrap();
        assert!(found == size || found == size - 2, "{found} of {size}");
        scene.backup("backup");

        let restore = ["restore", "--from", &out, "--dir", &to, "--trust", &trust];
        let restore = [&restore[..], &["--log-key", &key]].concat();
        break_off(&restore, &scene.desk.path("restored"), kill);
        if scene.desk.path("restored/restoring").exists() {
            let serve = probant(&["serve", "--dir", &to, "--listen", "127.0.0.1:0"]);
            serve.expect(2);
            assert!(serve.stderr.contains("was not restored to its end"), "{}", serve.stderr);
            let opened = scene.world.open_with(scene.storage_or_empty("restored"), quiet());
            if let Ok(ledger) = opened {
                assert_eq!(ledger.size().get(), size, "only what is whole is opened");
            }
        }
        if !scene.desk.path("restored/log.pem").exists() {
            probant(&restore).expect(0);
        }
        expect_same_rows(&scene.desk.path("ledger"), &scene.desk.path("restored"));
        fs::remove_dir_all(scene.desk.path("restored")).unwrap();
        fs::remove_file(scene.desk.path("restored.checkpoint")).unwrap();
    }
}

impl Scene {
    /// The store in a directory, or an empty one where there is none.
    #[cfg(unix)]
    fn storage_or_empty(&self, dir: &str) -> Arc<dyn Storage> {
        match SledStorage::open(&self.desk.path(dir).join("store"), SledOptions::default()) {
            Ok(storage) => Arc::new(storage),
            Err(_) => Arc::new(MemoryStorage::default()),
        }
    }
}

/// Kills a command as soon as it has written something new into a directory; each time a bit later.
#[cfg(unix)]
fn break_off(arguments: &[&str], dir: &Path, later: usize) {
    let seen = |dir: &Path| if dir.exists() { files_in_changing(dir) } else { Vec::new() };
    let before = seen(dir);
    let mut child = command(arguments)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut changes = 0;
    let mut last = before;
    while child.try_wait().unwrap().is_none() {
        let now = seen(dir);
        if now != last {
            (last, changes) = (now, changes + 1);
        }
        if changes > later {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
}

/// The same of a directory that somebody writes into.
#[cfg(unix)]
fn files_in_changing(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files.extend(files_in_changing(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

#[expect(clippy::disallowed_methods, reason = "how a person lengthens the test")]
fn setting(name: &str) -> Option<usize> {
    Some(std::env::var(name).ok()?.parse().unwrap())
}
