//! A witness that replays: it cosigns what it was served whole and recomputed, and nothing else.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use http::StatusCode;
use probant::fraud::{FraudProof, Kind};
use probant::hash::Digest;
use probant::ledger::{Question, WitnessError, Witnesses as _};
use probant::merkle::TreeSize;
use probant::note::{Note, WitnessPolicy};
use probant::time::Timestamp;
use probant::witness::server::{WitnessedLog, replay_router, router};
use probant::witness::{WitnessClient, WitnessOptions};
use serde_json::{Value, json};

use crate::audit::{full_log, large_log};
use crate::file_server::FileServer;
use crate::foreign_log::ForeignLog;
use crate::fraud::{adverse, checkpoint, keys_of, recall};
use crate::paper_log::{Paper, PaperLog};
use crate::serving::block_on;
use crate::witness_keys::{Shown, files_at, log_key};
use crate::witness_served::{Served, text};
use crate::witness_server::{Scene, cosigner_of};
use crate::world::ORIGIN;

/// A replaying witness of a log whose files are served.
struct Replay {
    scene: Scene,
    shown: Shown,
    files: FileServer,
}

impl Replay {
    fn of(log: &PaperLog) -> Self {
        let (shown, files) = Shown::of(log.files());
        let mut scene = Scene::of(&[]);
        scene.logs.push(WitnessedLog::of(log_key("log"), Some(files_at(&files.url))));
        Self { scene, shown, files }
    }

    async fn serve(&self) -> Served {
        Served::start(replay_router(Arc::new(self.scene.open_replay()), 0)).await
    }
}

fn place(file: &str) -> String {
    format!("{}/{file}", Digest::of(ORIGIN.as_bytes()))
}

/// The log with a recall that its entry does not say to be one.
fn lie() -> PaperLog {
    let (mut world, mut log) = full_log();
    let recall = recall(&mut world);
    let without = keys_of(&recall).into_iter().filter(|key| *key != adverse()).collect();
    log.attest_with(&recall, without);
    log.seal();
    log
}

#[test]
fn a_sound_log_is_followed_and_cosigned_with_the_second_key() {
    block_on(async {
        let mut log = large_log();
        let replay = Replay::of(&log);
        let served = replay.serve().await;
        let answer = served.post(log.request(TreeSize::EMPTY)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer));
        let note = Note::parse(format!("{}{}", log.note(), text(&answer)).as_bytes()).unwrap();
        assert_eq!(note.verify(&[cosigner_of(21).key()]).unwrap().signatures().len(), 1);
        assert!(replay.files.asked().contains(&"payload/000".to_owned()));

        // It goes on from where it was, without what it has read.
        let old = log.size();
        log.seal();
        replay.shown.show(log.files());
        assert_eq!(served.post(log.request(old)).await.status, StatusCode::OK);
        let asked = replay.files.asked();
        assert!(!asked.contains(&"payload/000".to_owned()), "{asked:?}");
        // What is refused by what is known is not read for.
        assert_eq!(served.post(log.request(old)).await.status, StatusCode::CONFLICT);
        assert_eq!(replay.files.asked(), Vec::<String>::new());
        served.stop().await;

        // Started anew, it begins with the genesis, and cosigns the same log on.
        let old = log.size();
        log.seal();
        replay.shown.show(log.files());
        let served = replay.serve().await;
        assert_eq!(served.post(log.request(old)).await.status, StatusCode::OK);
        assert!(replay.files.asked().contains(&"payload/000".to_owned()));
        served.stop().await;
    });
}

#[test]
fn what_is_not_served_is_not_cosigned_until_it_is() {
    block_on(async {
        let (_, log) = full_log();
        let replay = Replay::of(&log);
        let served = replay.serve().await;
        let ask = async || {
            let answer = served.post(log.request(TreeSize::EMPTY)).await;
            (answer.status, text(&answer).to_owned())
        };
        let mut files = log.files();
        files.0.remove("genesis");
        replay.shown.show(files);
        let (status, why) = ask().await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(why.contains("no genesis document"), "{why}");
        let mut withheld = log.clone();
        withheld.payloads[3] = Paper::Withheld;
        replay.shown.show(withheld.files());
        let (status, why) = ask().await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(why.contains("payload is withheld"), "{why}");
        for path in log.files().0.keys().filter(|path| path.contains('/')) {
            let mut files = log.files();
            files.0.remove(path);
            replay.shown.show(files);
            assert_eq!(ask().await.0, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        }
        assert_eq!(served.get(&place("checkpoint")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(served.get(&place("evidence")).await.status, StatusCode::NOT_FOUND);
        replay.shown.show(log.files());
        assert_eq!(ask().await.0, StatusCode::OK);
        assert_eq!(served.get(&place("checkpoint")).await.status, StatusCode::OK);
        served.stop().await;
    });
}

#[test]
fn a_log_that_lies_is_never_cosigned_again_and_the_evidence_is_kept() {
    block_on(async {
        let (honest, log) = (full_log().1, lie());
        let replay = Replay::of(&honest);
        let served = replay.serve().await;
        assert_eq!(served.post(honest.request(TreeSize::EMPTY)).await.status, StatusCode::OK);
        replay.shown.show(log.files());
        let request = || log.request(honest.size());
        assert_eq!(served.post(request()).await.status, StatusCode::GONE);
        let path = replay.scene.dir.path().join("evidence").join(place("fraud").replace('/', "."));
        let evidence = fs::read(path).unwrap();
        let proof = FraudProof::verify(&evidence, &log.genesis).unwrap();
        assert_eq!(proof.kind(), Kind::WrongKeys);
        // Anybody can have it.
        assert_eq!(served.get(&place("evidence")).await.body, evidence);
        let list: Value = serde_json::from_slice(&served.get("logs").await.body).unwrap();
        assert_eq!(list["logs"][0]["evidence"], json!(place("evidence")));
        served.stop().await;

        // Not after a restart, and not when the files are put right: the key has signed what it has.
        let served = replay.serve().await;
        assert_eq!(served.post(request()).await.status, StatusCode::GONE);
        let mut repaired = honest.clone();
        repaired.seal();
        replay.shown.show(repaired.files());
        let request = repaired.request(honest.size());
        assert_eq!(served.post(request).await.status, StatusCode::GONE);
        assert_eq!(served.get(&place("evidence")).await.body, evidence);
        served.stop().await;

        // Whoever does not replay can't know.
        let served = Served::start(router(Arc::new(replay.scene.open()), 0)).await;
        assert_eq!(served.post(log.request(TreeSize::EMPTY)).await.status, StatusCode::OK);
        served.stop().await;
    });
}

#[test]
fn a_log_stays_stopped_also_if_the_evidence_can_not_be_written() {
    block_on(async {
        let (honest, log) = (full_log().1, lie());
        let replay = Replay::of(&log);
        let served = replay.serve().await;
        // A directory stands where the evidence is to go: also root can't write it.
        let path = replay.scene.dir.path().join("evidence").join(place("fraud").replace('/', "."));
        fs::create_dir_all(path.join("x")).unwrap();
        let request = log.request(TreeSize::EMPTY);
        assert_eq!(served.post(request).await.status, StatusCode::GONE);
        assert_eq!(served.get(&place("evidence")).await.status, StatusCode::OK);
        served.stop().await;

        fs::remove_dir_all(&path).unwrap();
        replay.shown.show(honest.files());
        let served = replay.serve().await;
        let request = honest.request(TreeSize::EMPTY);
        assert_eq!(served.post(request).await.status, StatusCode::GONE);
        assert_eq!(served.get(&place("evidence")).await.status, StatusCode::NOT_FOUND);
        served.stop().await;
    });
}

#[test]
fn only_a_ledger_whose_files_are_known_is_replayed() {
    block_on(async {
        let (_, log) = full_log();
        let mut replay = Replay::of(&log);
        let foreign = ForeignLog::new("foreign.example/log", 5);
        let origin = foreign.origin.clone();
        replay.scene.logs.push(WitnessedLog { origin, keys: vec![foreign.key()], files: None });
        let served = replay.serve().await;
        assert_eq!(served.post(foreign.request(0, 5)).await.status, StatusCode::NOT_FOUND);
        served.stop().await;
        // A checkpoint with more lines is none of a ledger.
        let url = replay.files.url.clone();
        let mut extended = ForeignLog::new("key.example", 5);
        extended.extension = "more\n".to_owned();
        replay.scene.logs = vec![WitnessedLog::of(extended.key(), Some(files_at(&url)))];
        let served = replay.serve().await;
        assert_eq!(served.post(extended.request(0, 5)).await.status, StatusCode::BAD_REQUEST);
        served.stop().await;
    });
}

/// A reader who demands a witness that replays, beside two of three that don't.
#[test]
fn a_policy_that_demands_a_replay_is_not_met_by_an_omission() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let honest = full_log().1;
    let replay = Replay::of(&honest);
    let scenes = [11, 12].map(|seed| {
        let mut scene = Scene::of(&[]);
        scene.logs.clone_from(&replay.scene.logs);
        (scene, seed)
    });
    let ordinary = scenes.each_ref().map(|(scene, seed)| {
        (runtime.block_on(Served::start(router(Arc::new(scene.open_as(*seed)), 0))), *seed)
    });
    let replaying = runtime.block_on(replay.serve());
    // The third ordinary one is down.
    let mut asked: Vec<(String, u8)> =
        ordinary.iter().map(|(served, seed)| (served.address.to_string(), *seed)).collect();
    asked.extend([("127.0.0.1:1".to_owned(), 13), (replaying.address.to_string(), 21)]);
    let mut lines = String::new();
    for (address, seed) in asked {
        let key = cosigner_of(seed).key();
        writeln!(lines, "witness w{seed} {key} http://{address}").unwrap();
    }
    let rules = "group two 2 w11 w12 w13\ngroup both all two w21\nquorum both\n";
    let ask = |rules: &str, log: &PaperLog| {
        let policy = WitnessPolicy::parse(format!("{lines}{rules}").as_bytes()).unwrap();
        let client = WitnessClient::new(policy, WitnessOptions::default()).unwrap();
        let (checkpoint, log) = (checkpoint(log), log.clone());
        let prove = Arc::new(move |old| Some(log.consistency(old)));
        let size = checkpoint.size();
        let newest = Arc::new(move || Some(size));
        let enough = Timestamp::default();
        client.ask(Question {
            checkpoint,
            newest,
            prove,
            enough,
            latest: Timestamp::MAX,
            late: None,
        })
    };
    let cosigned = ask(rules, &honest).unwrap();
    let keys = [11, 12, 21].map(|seed| cosigner_of(seed).key());
    assert!(keys.iter().all(|key| cosigned.cosigners().contains(key)));

    let lie = lie();
    replay.shown.show(lie.files());
    let error = ask(rules, &lie).unwrap_err();
    let WitnessError::NoQuorum { detail } = error else { panic!("{error}") };
    assert!(detail.contains("w21: HTTP status 410"), "{detail}");
    // The ordinary ones alone would have done.
    assert_eq!(
        ask(&rules.replace("quorum both", "quorum two"), &lie).unwrap().cosigners().len(),
        2
    );
    for (served, _) in ordinary.into_iter().chain([(replaying, 21)]) {
        runtime.block_on(served.stop());
    }
}
