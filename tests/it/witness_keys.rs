//! A witness of a ledger whose key changes hands: it follows the handovers in the ledger's files.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};

use probant::hash::Digest;
use probant::http::HttpSourceOptions;
use probant::key::Signer as _;
use probant::merkle::TreeSize;
use probant::note::{KeyType, VerifierKey};
use probant::witness::server::{LogFiles, Witness, WitnessOpenError, WitnessedLog};

use crate::file_server::{FileServer, file};
use crate::log_key::{Story, announce};
use crate::paper_log::Files;
use crate::witness_server::Scene;
use crate::world::{ORIGIN, key};

/// The files of a log that goes on.
#[derive(Clone)]
pub(crate) struct Shown(Arc<Mutex<Files>>);

impl Shown {
    pub(crate) fn of(files: Files) -> (Self, FileServer) {
        let shown = Self(Arc::new(Mutex::new(files)));
        let now = shown.clone();
        let server =
            FileServer::start(move |path, _| file(now.0.lock().unwrap().0.get(path).cloned()));
        (shown, server)
    }

    pub(crate) fn show(&self, files: Files) {
        *self.0.lock().unwrap() = files;
    }
}

pub(crate) fn log_key(label: &str) -> VerifierKey {
    VerifierKey::new(ORIGIN.parse().unwrap(), KeyType::Ed25519, *key(label).public_key())
}

pub(crate) fn files_at(url: &str) -> LogFiles {
    LogFiles { url: url.to_owned(), options: HttpSourceOptions::default() }
}

fn status(witness: &Witness, request: &[u8]) -> u16 {
    let answer = witness.verify(request).and_then(|submission| witness.cosign(&submission));
    answer.map_or_else(|rejection| rejection.status().as_u16(), |_line| 200)
}

#[test]
fn a_ledger_is_followed_over_its_handovers() {
    let mut story = Story::new();
    let _announced = story.add(announce("log-2"));
    let (shown, server) = Shown::of(story.log.files());
    let mut scene = Scene::of(&[]);
    scene.logs.push(WitnessedLog::of(log_key("log"), Some(files_at(&server.url))));
    let witness = scene.open();
    let first = story.log.size();
    assert_eq!(status(&witness, &story.log.request(TreeSize::EMPTY)), 200);
    // Nothing was looked for as long as the key is known.
    assert_eq!(server.asked(), Vec::<String>::new());

    story.log.hand_over("log-2");
    let handed_over = story.log.size();
    let mut by_old = story.log.clone();
    "log".clone_into(&mut by_old.log_key);
    // Both sign here, and the new one alone from here on.
    assert_eq!(status(&witness, &by_old.request(first)), 200);
    story.log.seal();
    shown.show(story.log.files());
    assert_eq!(status(&witness, &story.log.request(handed_over)), 200);
    assert_eq!(server.asked(), ["genesis", "handover/1", "handover/2"]);
    by_old.seal();
    by_old.seal();
    assert_eq!(status(&witness, &by_old.request(story.log.size())), 403);
    // Nor does anybody have it look all the time.
    assert_eq!(server.asked(), Vec::<String>::new());
    scene.clock.advance_ms(30_000);
    assert_eq!(status(&witness, &by_old.request(story.log.size())), 403);
    assert_eq!(server.asked(), ["handover/2"]);

    // The key that was handed over does not count again after a restart, whoever asks first, and with
    // no file of the log to be had.
    drop(witness);
    shown.show(Files(BTreeMap::new()));
    let witness = scene.open();
    let old = story.log.size();
    let mut by_old = story.log.clone();
    "log".clone_into(&mut by_old.log_key);
    by_old.seal();
    assert_eq!(status(&witness, &by_old.request(old)), 403);
    story.log.seal();
    assert_eq!(status(&witness, &story.log.request(old)), 200);
    drop(witness);
    // Nor where its files are no longer named.
    scene.logs = vec![WitnessedLog::of(log_key("log"), None)];
    assert_eq!(status(&scene.open(), &by_old.request(story.log.size())), 403);
}

#[test]
fn what_was_followed_counts_where_the_next_handover_does_not_hold() {
    let mut story = Story::new();
    let _announced = story.add(announce("log-2"));
    story.log.hand_over("log-2");
    story.log.seal();
    let mut files = story.log.files();
    files.0.insert("handover/2".to_owned(), b"no handover".to_vec());
    let (_, server) = Shown::of(files);
    let mut scene = Scene::of(&[]);
    scene.logs.push(WitnessedLog::of(log_key("log"), Some(files_at(&server.url))));
    let witness = scene.open();
    assert_eq!(status(&witness, &story.log.request(TreeSize::EMPTY)), 200);
    assert_eq!(server.asked(), ["genesis", "handover/1", "handover/2"]);
}

#[test]
fn handovers_that_are_kept_and_damaged_are_refused() {
    let mut story = Story::new();
    let _announced = story.add(announce("log-2"));
    story.log.hand_over("log-2");
    let (_, server) = Shown::of(story.log.files());
    let mut scene = Scene::of(&[]);
    scene.logs.push(WitnessedLog::of(log_key("log"), Some(files_at(&server.url))));
    assert_eq!(status(&scene.open(), &story.log.request(TreeSize::EMPTY)), 200);
    let first = Digest::of(log_key("log").to_string().as_bytes()).to_string();
    let path = scene.dir.path().join("state/keys").join(first).join("handover/1");
    let mut bytes = fs::read(&path).unwrap();
    assert_eq!(Some(&bytes), story.log.files().0.get("handover/1"));
    bytes[100] ^= 1;
    fs::write(&path, bytes).unwrap();
    let error = scene.try_open(false).unwrap_err();
    assert!(matches!(error, WitnessOpenError::Keys { .. }), "{error}");
}

#[test]
fn files_of_another_log_lead_to_no_key() {
    let mut story = Story::new();
    let _announced = story.add(announce("log-2"));
    story.log.hand_over("log-2");
    let (_, server) = Shown::of(story.log.files());
    let mut scene = Scene::of(&[]);
    // The genesis document that is served has another key than the operator named.
    scene.logs.push(WitnessedLog::of(log_key("log-3"), Some(files_at(&server.url))));
    let witness = scene.open();
    assert_eq!(status(&witness, &story.log.request(TreeSize::EMPTY)), 403);
    assert_eq!(server.asked(), ["genesis"]);
    // Without files there is nothing to follow.
    drop(witness);
    scene.logs = vec![WitnessedLog::of(log_key("log"), None)];
    assert_eq!(status(&scene.open(), &story.log.request(TreeSize::EMPTY)), 403);
}
