//! What a witness cosigns, what it doesn't, and how it says so (c2sp.org/tlog-witness): every rule of
//! add-checkpoint, without a network.

use std::sync::Arc;

use probant::hash::Digest;
use probant::key::{PrivateKey, Signer as _};
use probant::ledger::SetClock;
use probant::merkle::{ConsistencyProof, TreeSize};
use probant::note::{KeyType, Note, NoteSignature, TreeHead, VerifierKey};
use probant::witness::server::{
    Cosigner, Directory, Rejection, ReplayingWitness, Witness, WitnessedLog,
};
use proptest::prelude::*;

use crate::foreign_log::{ForeignLog, request_with};
use crate::ledger_fixture::at;

pub(crate) const NOW: &str = "2026-10-01T08:00:00Z";

/// A witness on a directory of its own.
pub(crate) struct Scene {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) logs: Vec<WitnessedLog>,
}

impl Scene {
    pub(crate) fn of(logs: &[&ForeignLog]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Directory::begin(&dir.path().join("state")).unwrap();
        let logs = logs
            .iter()
            .map(|log| WitnessedLog {
                origin: log.origin.clone(),
                keys: vec![log.key()],
                files: None,
            })
            .collect();
        Self { dir, clock: Arc::new(SetClock::new(at(NOW))), logs }
    }

    /// The witness; only one at a time.
    pub(crate) fn open(&self) -> Witness {
        self.open_as(11)
    }

    /// The same with another key.
    pub(crate) fn open_as(&self, seed: u8) -> Witness {
        let directory = Directory::open(&self.dir.path().join("state"), None).unwrap();
        let (clock, logs) = (self.clock.clone(), self.logs.clone());
        Witness::open(directory, cosigner_of(seed), clock, logs).unwrap()
    }

    /// Another witness of the same logs that replays; only one at a time.
    pub(crate) fn open_replay(&self) -> ReplayingWitness {
        let [state, evidence] = ["replay", "evidence"].map(|name| self.dir.path().join(name));
        if !state.exists() {
            Directory::begin(&state).unwrap();
        }
        let directory = Directory::open(&state, None).unwrap();
        let (clock, logs) = (self.clock.clone(), self.logs.clone());
        ReplayingWitness::open(directory, &evidence, cosigner_of(21), clock, logs).unwrap()
    }
}

pub(crate) fn cosigner() -> Cosigner {
    cosigner_of(11)
}

/// A cosigner by the seed of its key.
pub(crate) fn cosigner_of(seed: u8) -> Cosigner {
    let signer = Arc::new(PrivateKey::from_seed([seed; 32]));
    Cosigner { name: format!("w{seed}.example").parse().unwrap(), signer }
}

/// What the witness answers, as a status.
fn ask(witness: &Witness, request: &[u8]) -> Result<NoteSignature, Rejection> {
    witness.cosign(&witness.verify(request)?)
}

#[track_caller]
fn expect_status(witness: &Witness, request: &[u8], status: u16) {
    let found = ask(witness, request);
    assert_eq!(found.map_or_else(|rejection| rejection.status().as_u16(), |_line| 200), status);
}

/// The time in a cosignature that holds.
#[track_caller]
fn time_s(note: &Note, line: NoteSignature) -> u64 {
    let keys = [cosigner().key()];
    let note = note.clone().with_signatures([line]).unwrap();
    note.verify(&keys).unwrap().signatures()[0].time_s().unwrap()
}

#[test]
fn a_log_is_cosigned_from_nothing_and_on() {
    let mut log = ForeignLog::new("foreign.example/log", 300);
    log.extension = "anything\nelse\n".to_owned();
    let scene = Scene::of(&[&log]);
    let witness = scene.open();
    let mut old = 0;
    for size in [0, 0, 1, 2, 2, 3, 7, 8, 255, 256, 257, 300, 300] {
        let line = ask(&witness, &log.request(old, size)).unwrap();
        assert_eq!(time_s(&log.checkpoint(size), line), at(NOW).seconds());
        old = size;
    }
    let latest = witness.latest(&Digest::of(log.origin.as_bytes())).unwrap();
    let note = Note::parse(latest.as_bytes()).unwrap();
    let keys = [log.key(), cosigner().key()];
    assert_eq!(note.verify(&keys).unwrap().signatures().len(), 2);
    assert_eq!(note.text(), log.checkpoint(300).text());
}

#[test]
fn every_rule_has_its_status() {
    let log = ForeignLog::new("foreign.example/log", 20);
    let scene = Scene::of(&[&log]);
    let witness = scene.open();
    let fork = log.fork(6, "other");

    // 404, and 403: unknown log; no signature of its keys; one of them that does not hold.
    let unknown = ForeignLog::new("other.example/log", 20);
    expect_status(&witness, &unknown.request(0, 5), 404);
    expect_status(&witness, &log.clone().signed_by(71).request(0, 5), 403);
    let wrong = fork.checkpoint(8).signatures().to_vec();
    let both = log.checkpoint(8).with_signatures(wrong).unwrap();
    expect_status(&witness, &request_with(0, ConsistencyProof::default(), both), 403);

    // 400: the old size is larger than the checkpoint.
    expect_status(&witness, &request_with(6, ConsistencyProof::default(), log.checkpoint(5)), 400);
    // 409 comes before 422: nothing is said of a proof from another size.
    let rejection = ask(&witness, &log.request(4, 8)).unwrap_err();
    assert!(matches!(rejection, Rejection::Conflict { expected: TreeSize::EMPTY, .. }));
    assert_eq!(rejection.status().as_u16(), 409);

    // 422: a proof from nothing that is not empty; an empty tree with some root.
    expect_status(&witness, &request_with(0, log.proof(3, 5), log.checkpoint(5)), 422);
    let empty = log.sign(&format!("{}\n0\n{}=\n", log.origin, "A".repeat(43)));
    expect_status(&witness, &request_with(0, ConsistencyProof::default(), empty), 422);

    expect_status(&witness, &log.request(0, 8), 200);
    // 422: another root at the same size, a proof that is wrong, or too long, or not there.
    expect_status(&witness, &fork.request(8, 8), 422);
    expect_status(&witness, &fork.request(8, 20), 422);
    expect_status(&witness, &request_with(8, log.proof(7, 20), log.checkpoint(20)), 422);
    expect_status(&witness, &request_with(8, log.proof(9, 20), log.checkpoint(8)), 422);
    expect_status(&witness, &request_with(8, ConsistencyProof::default(), log.checkpoint(20)), 422);
    // A log is accused of what it has signed alone, not of a proof that anybody can send.
    for (request, is_fork) in [
        (fork.request(8, 8), true),
        (request_with(8, log.proof(9, 20), fork.checkpoint(8)), true),
        (request_with(8, log.proof(9, 20), log.checkpoint(8)), false),
        (request_with(8, log.proof(7, 20), log.checkpoint(20)), false),
    ] {
        let rejection = ask(&witness, &request).unwrap_err();
        assert_eq!(matches!(rejection, Rejection::Fork { .. }), is_fork, "{rejection}");
    }
    // 409 with the size, whichever size is named.
    for (old, size) in [(0, 20), (0, 0), (7, 7), (7, 20), (9, 20)] {
        let rejection = ask(&witness, &log.request(old, size)).unwrap_err();
        assert!(matches!(rejection, Rejection::Conflict { expected, .. } if expected.get() == 8));
    }
    // And nothing of all that has changed anything.
    expect_status(&witness, &log.request(8, 20), 200);
}

#[test]
fn what_is_no_request_is_a_bad_one() {
    let log = ForeignLog::new("foreign.example/log", 20);
    let scene = Scene::of(&[&log]);
    let witness = scene.open();
    let good = String::from_utf8(log.request(0, 5)).unwrap();
    let checkpoint = log.checkpoint(5).to_string();
    let hash = format!("{}=\n", "A".repeat(43));
    for bad in [
        String::new(),
        checkpoint.clone(),
        good.replace("old 0", "old 00"),
        good.replace("old 0", "old  0"),
        good.replace("old 0", "old +0"),
        good.replace("old 0", "0"),
        good.replace("old 0\n", "old 0\r\n"),
        good.replace("old 0\n", "old 0\nAAAA\n"),
        format!("old 0\n{}\n{checkpoint}", hash.repeat(64)),
        good.trim_end().to_owned(),
        good.replace(&log.checkpoint(5).signatures()[0].to_string(), ""),
    ] {
        expect_status(&witness, bad.as_bytes(), 400);
    }
    // A note that is signed and no checkpoint.
    for text in ["x\n", "foreign.example/log\n05\nx\n", "foreign.example/log\n5\nx\n"] {
        let request = request_with(0, ConsistencyProof::default(), log.sign(text));
        expect_status(&witness, &request, 400);
    }
    // 63 hashes are allowed, and prove nothing.
    let most = format!("old 0\n{}\n{checkpoint}", hash.repeat(63));
    expect_status(&witness, most.as_bytes(), 422);
    expect_status(&witness, good.as_bytes(), 200);
}

#[test]
fn a_log_may_have_several_keys_and_its_notes_signatures_of_others() {
    let log = ForeignLog::new("go.sum database tree", 20);
    let other = log.clone().signed_by(71);
    let cosigning = PrivateKey::from_seed([72; 32]);
    let third = VerifierKey::new(
        "other.example".parse().unwrap(),
        KeyType::CosignatureV1,
        *cosigning.public_key(),
    );
    let mut scene = Scene::of(&[&log, &other]);
    scene.logs.push(WitnessedLog { origin: log.origin.clone(), keys: vec![third], files: None });
    let witness = scene.open();
    assert_eq!(witness.statuses().len(), 1);
    let strangers = NoteSignature::parse_lines("— stranger.example AAAAAAA=\n").unwrap();
    let with_stranger = |note: Note| note.with_signatures(strangers.clone()).unwrap();
    let request = |old, size, log: &ForeignLog| {
        request_with(old, log.proof(old, size), with_stranger(log.checkpoint(size)))
    };
    expect_status(&witness, &request(0, 5, &log), 200);
    expect_status(&witness, &request(5, 6, &other), 200);
    let both = log.checkpoint(7).with_signatures(other.checkpoint(7).signatures().to_vec());
    expect_status(&witness, &request_with(6, log.proof(6, 7), both.unwrap()), 200);
    let latest = witness.latest(&Digest::of(log.origin.as_bytes())).unwrap();
    let latest = Note::parse(latest.as_bytes()).unwrap();
    // Both keys of the log and the witness's own; nobody else's.
    assert_eq!(latest.signatures().len(), 3);
    assert_eq!(
        latest.verify(&[log.key(), other.key(), cosigner().key()]).unwrap().signatures().len(),
        3
    );
}

#[test]
fn the_time_in_cosignatures_does_not_go_back() {
    let log = ForeignLog::new("foreign.example/log", 20);
    let scene = Scene::of(&[&log]);
    let times = ["2026-10-01T08:00:00Z", "2026-10-01T09:00:00Z", "2026-10-01T08:30:00Z"];
    let mut found = Vec::new();
    for (number, time) in (0..).zip(times) {
        scene.clock.set(at(time));
        // It is not forgotten when the witness ends.
        let line = ask(&scene.open(), &log.request(number, number + 1)).unwrap();
        found.push(time_s(&log.checkpoint(number + 1), line));
    }
    let expected = [times[0], times[1], times[1]].map(|time| at(time).seconds());
    assert_eq!(found, expected);
}

#[test]
fn of_two_at_once_one_is_cosigned() {
    let logs = (0..10).map(|number| ForeignLog::new(&format!("{number}.example/log"), 20));
    let logs: Vec<ForeignLog> = logs.collect();
    let scene = Scene::of(&logs.iter().collect::<Vec<_>>());
    let witness = &scene.open();
    for log in &logs {
        // Each would be cosigned if it came alone.
        let histories = [log.fork(0, "one"), log.fork(0, "two")];
        let cosigned = std::thread::scope(|scope| {
            let threads = histories
                .each_ref()
                .map(|it| scope.spawn(move || ask(witness, &it.request(0, 20)).is_ok()));
            threads.map(|thread| usize::from(thread.join().unwrap())).iter().sum::<usize>()
        });
        assert_eq!(cosigned, 1);
    }
}

/// One thing that may happen to a witness.
#[derive(Clone, Debug)]
enum Act {
    /// This history asks for this size, from what was cosigned last or from another size, by the proof
    /// that leads there or by one of another history.
    Ask { history: usize, size: u64, old: Option<u64>, prover: usize },
    /// A request of before comes again.
    Again(usize),
    /// The witness is started anew.
    Restart,
    /// The clock is set, in seconds from where it was at first.
    Clock(u64),
}

const SIZE_MAX: u64 = 24;
const HISTORIES: usize = 3;

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let size = 0..=SIZE_MAX;
    let old = proptest::option::weighted(0.3, size.clone());
    let asking = (0..HISTORIES, size, old, 0..HISTORIES)
        .prop_map(|(history, size, old, prover)| Act::Ask { history, size, old, prover });
    let act = prop_oneof![
        12 => asking,
        3 => (0..40_usize).prop_map(Act::Again),
        1 => Just(Act::Restart),
        1 => (0..1000_u64).prop_map(Act::Clock),
    ];
    proptest::collection::vec(act, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Against the plainest witness there is: one that has all leaves before it. What is cosigned is one
    /// history, from the smallest tree to the largest.
    #[test]
    fn no_two_cosigned_trees_contradict_each_other(acts in acts()) {
        let first = ForeignLog::new("foreign.example/log", SIZE_MAX);
        let histories = [first.clone(), first.fork(5, "five"), first.fork(11, "eleven")];
        let scene = Scene::of(&[&first]);
        let mut witness = Some(scene.open());
        let mut sent: Vec<Vec<u8>> = Vec::new();
        let mut latest: Option<TreeHead> = None;
        for act in acts {
            let request = match act {
                Act::Ask { history, size, old, prover } => {
                    let known = latest.as_ref().map_or(0, |head| head.size().get());
                    let old = old.unwrap_or(known);
                    let proof = if old <= size {
                        histories[prover].proof(old, size)
                    } else {
                        ConsistencyProof::default()
                    };
                    let log = &histories[history];
                    request_with(old, proof, log.checkpoint(size))
                }
                Act::Again(number) if !sent.is_empty() => sent[number % sent.len()].clone(),
                Act::Again(_) => continue,
                Act::Restart => {
                    drop(witness.take());
                    witness = Some(scene.open());
                    continue;
                }
                Act::Clock(seconds) => {
                    scene.clock.set(at(NOW).saturating_add_ms(seconds * 1000));
                    continue;
                }
            };
            sent.push(request.clone());
            let submission = witness.as_ref().unwrap().verify(&request);
            let Ok(submission) = submission else { continue };
            let head = submission.head().head().clone();
            if witness.as_ref().unwrap().cosign(&submission).is_err() {
                continue;
            }
            if let Some(before) = &latest {
                prop_assert!(before.size() <= head.size());
                // Some history has both.
                let (old, new) = (before.size().get(), head.size().get());
                let has_both = histories.iter().any(|log| {
                    log.root(old) == before.root() && log.root(new) == head.root()
                });
                prop_assert!(has_both, "{before:?} and {head:?}");
            }
            latest = Some(head);
        }
    }
}
