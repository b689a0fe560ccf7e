//! The guard that a ledger has without being asked: put back or moved, its directory signs no second
//! history.

use std::fs;
use std::path::{Path, PathBuf};

use probant::key::PrivateKey;

use crate::program::{Server, probant};
use crate::registrar::{Registrar, write};
use crate::storage_disk::copy;

struct Scene {
    registrar: Registrar,
}

impl Scene {
    fn new() -> Self {
        Self { registrar: Registrar::with_ledger() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.registrar.path(name)
    }

    fn guard(&self) -> PathBuf {
        self.path("ledger.checkpoint")
    }

    /// Serves the ledger in this directory, and has it write an entry of its own.
    fn write_entry(&self, dir: &str) {
        let server = Server::start(&self.path(dir), &[]);
        let key = PrivateKey::from_seed([2; 32]);
        let file = write(&self.path("r.json"), &self.registrar.registration(&key));
        let trust = self.path(dir).join("genesis.toml").display().to_string();
        probant(&["submit", "--server", &server.url, "--trust", &trust, &file]).expect(0);
    }

    /// Serves what can't be served: what is said.
    #[track_caller]
    fn serve_fails(dir: &Path, more: &[&str]) -> String {
        let dir = dir.display().to_string();
        let serve = ["serve", "--dir", &dir, "--listen", "127.0.0.1:0", "--format", "json"];
        let finished = probant(&[&serve[..], more].concat());
        finished.json(2)["error"].as_str().unwrap().to_owned()
    }
}

/// The size that a guard's checkpoint has.
fn size_of(guard: &Path) -> u64 {
    fs::read_to_string(guard).unwrap().lines().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_directory_that_is_put_back_is_not_written_on() {
    let scene = Scene::new();
    let (ledger, backup) = (scene.path("ledger"), scene.path("backup"));
    assert_eq!(size_of(&scene.guard()), 2);
    copy(&ledger, &backup);
    scene.write_entry("ledger");
    assert_eq!(size_of(&scene.guard()), 4);

    fs::remove_dir_all(&ledger).unwrap();
    copy(&backup, &ledger);
    let error = Scene::serve_fails(&ledger, &[]);
    assert!(error.contains("store has 2 entries, a checkpoint over 4 was signed"), "{error}");
    assert!(error.contains("2 are missing") && error.contains("probant restore"), "{error}");
    // Nor is the copy, wherever it is and whatever guard it is given.
    let error = Scene::serve_fails(&backup, &[]);
    assert!(error.contains("2 are missing"), "{error}");
    let other = scene.path("other").display().to_string();
    let error = Scene::serve_fails(&backup, &["--guard", &other]);
    assert!(error.contains("2 are missing"), "{error}");
    assert!(!scene.path("other").exists());
    // Nor is it handed over.
    let next = scene.path("next.pem").display().to_string();
    probant(&["keygen", "--out", &next]).expect(0);
    let dir = ledger.display().to_string();
    let refused = probant(&["hand-over", "--dir", &dir, "--to", &next]);
    refused.expect(2);
    assert!(refused.stderr.contains("2 are missing"), "{}", refused.stderr);
    assert_eq!(size_of(&scene.guard()), 4);
}

#[test]
fn a_ledger_is_not_begun_where_another_one_has_signed() {
    let scene = Scene::new();
    fs::remove_dir_all(scene.path("ledger")).unwrap();
    let dir = scene.path("ledger").display().to_string();
    let registrar = format!("A={}", scene.path("registrar.pub.pem").display());
    let init = ["init", "--dir", &dir, "--origin", "ledger.example/x", "--registrar", &registrar];
    let refused = probant(&init);
    refused.expect(2);
    assert!(refused.stderr.contains("probant restore"), "{}", refused.stderr);
    assert!(!scene.path("ledger").exists());
    let other = scene.path("other").display().to_string();
    let made = probant(&[&init[..], &["--guard", &other, "--format", "json"]].concat()).json(0);
    assert!(made["guard_file"].as_str().unwrap().ends_with("/other"), "{made}");
    drop(Server::start(&scene.path("ledger"), &[]));
    assert_eq!(size_of(&scene.path("other")), 2);
}

#[test]
fn a_ledger_of_before_gets_a_guard_and_one_that_lost_it_says_so() {
    let scene = Scene::new();
    let ledger = scene.path("ledger");
    // As a release before this one left it.
    fs::remove_file(scene.guard()).unwrap();
    fs::remove_file(ledger.join("guard")).unwrap();
    scene.write_entry("ledger");
    assert_eq!(size_of(&scene.guard()), 4);

    // It is moved, and goes on with the same guard.
    let moved = scene.path("moved");
    fs::rename(&ledger, &moved).unwrap();
    drop(Server::start(&moved, &[]));
    assert!(!scene.path("moved.checkpoint").exists());
    // To another disk, by its own name.
    let elsewhere = scene.path("elsewhere").display().to_string();
    drop(Server::start(&moved, &["--guard", &elsewhere]));
    assert!(!scene.guard().exists(), "of two guards, one would get old");
    drop(Server::start(&moved, &[]));
    assert_eq!(size_of(&scene.path("elsewhere")), 4);

    // Gone: another one is begun where a person says, and that is said aloud.
    fs::remove_file(&elsewhere).unwrap();
    let error = Scene::serve_fails(&moved, &[]);
    assert!(error.contains("which is not there: mount the disk"), "{error}");
    let stranger = scene.path("stranger.pem").display().to_string();
    probant(&["keygen", "--out", &stranger]).expect(0);
    let (dir, new) = (moved.display().to_string(), scene.path("new").display().to_string());
    let hand_over = ["hand-over", "--dir", &dir, "--to", &stranger, "--guard", &new];
    let said = probant(&hand_over).stderr;
    assert!(said.contains("was moved, or restored without it"), "{said}");
}

#[test]
fn a_stale_guard_does_not_pass_for_the_one_that_is_missing() {
    let scene = Scene::new();
    let (ledger, backup, stale) = (scene.path("ledger"), scene.path("backup"), scene.path("stale"));
    fs::copy(scene.guard(), &stale).unwrap();
    let elsewhere = scene.path("elsewhere");
    let guarded = ["--guard", elsewhere.to_str().unwrap()];
    drop(Server::start(&ledger, &guarded));
    copy(&ledger, &backup);
    // Served on, under the guard elsewhere; then that disk and the directory are lost.
    scene.write_entry("ledger");
    assert_eq!(size_of(&elsewhere), 4);
    fs::remove_file(&elsewhere).unwrap();
    fs::remove_dir_all(&ledger).unwrap();
    copy(&backup, &ledger);
    fs::copy(&stale, scene.guard()).unwrap();
    let error = Scene::serve_fails(&ledger, &[]);
    assert!(error.contains("elsewhere, which is not there"), "{error}");
    let (dir, out) = (ledger.display().to_string(), scene.path("out").display().to_string());
    probant(&["backup", "--dir", &dir, "--out", &out]).expect(2);
    assert_eq!(size_of(&scene.guard()), 2);
}
