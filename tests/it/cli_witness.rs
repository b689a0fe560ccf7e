//! A server that asks witnesses, on the command line.

use std::fs;
use std::path::Path;

use probant::key::PrivateKey;
use probant::ledger::{Clock as _, SystemClock};
use serde_json::json;

use crate::certificate::Certified;
use crate::fake_witness::{FakeWitness, policy_text};
use crate::program::{Server, probant};
use crate::registrar::{Registrar, write};
use crate::storage_disk::copy_unguarded;

/// A ledger, and a policy file that names one witness of it.
struct Scene {
    registrar: Registrar,
    witness: FakeWitness,
    policy: String,
}

impl Scene {
    fn new() -> Self {
        let registrar = Registrar::with_ledger();
        let log = registrar.genesis().log_key().clone();
        let witness = FakeWitness::start(11, &log, SystemClock.now());
        let policy = registrar.path("witnesses").display().to_string();
        fs::write(&policy, format!("log {log}\n{}", policy_text(&[&witness], "quorum w0")))
            .unwrap();
        Self { registrar, witness, policy }
    }

    fn serve(&self) -> Server {
        Server::start(&self.registrar.ledger(), &["--witness-policy", &self.policy])
    }

    fn submit(&self, server: &Server) -> crate::program::Finished {
        let key = PrivateKey::from_seed([2; 32]);
        let file = write(&self.registrar.path("r.json"), &self.registrar.registration(&key));
        let trust = self.registrar.genesis_path();
        let options = ["--server", &server.url, "--trust", &trust, "--format", "json"];
        probant(&[&["submit"][..], &options, &[&file]].concat())
    }

    /// Serves what can't be served: what is said, with the status of a failure.
    fn serve_fails(&self, dir: &Path) -> String {
        let dir = dir.display().to_string();
        let policy = ["--witness-policy", &self.policy];
        let serve = ["serve", "--dir", &dir, "--listen", "127.0.0.1:0", "--format", "json"];
        probant(&[&serve[..], &policy].concat()).json(2)["error"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_server_asks_its_witnesses_before_it_serves() {
    let scene = Scene::new();
    let server = scene.serve();
    assert_eq!(scene.witness.cosigned(), Some(2));
    assert_eq!(scene.submit(&server).json(0)["accepted"], 1);
}

#[test]
fn a_server_ahead_of_its_witness_answers_that_it_takes_nothing() {
    let scene = Scene::new();
    scene.witness.set_clock(SystemClock.now().saturating_sub_ms(3_600_000));
    let server = scene.serve();
    let done = scene.submit(&server).json(2);
    assert_eq!((&done["unanswered"], &done["accepted"]), (&json!(1), &json!(0)));
    assert_eq!(done["items"][0]["reason"], "CLOCK_WRONG");
    // Reading goes on.
    let trust = scene.registrar.genesis_path();
    let export = scene.registrar.path("export").display().to_string();
    let read = ["export", "--server", &server.url, "--trust", &trust, "--out", &export];
    probant(&read).expect(0);
}

#[test]
fn a_store_that_is_older_than_its_witness_knows_is_not_served() {
    let scene = Scene::new();
    let backup = scene.registrar.path("backup");
    copy_unguarded(&scene.registrar.ledger(), &backup);
    let server = scene.serve();
    assert_eq!(scene.submit(&server).json(0)["accepted"], 1);
    drop(server);
    // The next start shows the witness what was written since.
    drop(scene.serve());
    assert_eq!(scene.witness.cosigned(), Some(4));
    let error = scene.serve_fails(&backup);
    assert!(error.contains("store has 2 entries, witness w0 has cosigned 4"), "{error}");
    assert!(error.contains("Put back the newest store"), "{error}");
}

#[test]
fn a_policy_that_asks_nobody_of_this_log_is_refused() {
    let scene = Scene::new();
    let ledger = scene.registrar.ledger();
    let log = Registrar::with_ledger().genesis().log_key().clone();
    for (policy, expected) in [
        ("quorum none\n".to_owned(), "asks for no witness"),
        (format!("witness w0 {}\nquorum w0\n", scene.witness.key), "witnesses with a URL"),
        ("quorum w0\n".to_owned(), "is not defined"),
        (format!("log {log}\n{}", policy_text(&[&scene.witness], "quorum w0")), "none of them"),
    ] {
        fs::write(&scene.policy, policy).unwrap();
        let error = scene.serve_fails(&ledger);
        assert!(error.contains(expected), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_witness_over_https_has_to_be_who_it_says() {
    let registrar = Registrar::with_ledger();
    let log = registrar.genesis().log_key().clone();
    let localhost = Certified::localhost();
    let tls = Some(localhost.config.clone());
    let witness = FakeWitness::start_with(11, &log, SystemClock.now(), tls);
    let (policy, roots) = (registrar.path("witnesses"), registrar.path("roots.pem"));
    fs::write(&policy, policy_text(&[&witness], "quorum w0")).unwrap();
    fs::write(&roots, &localhost.pem).unwrap();
    let more = ["--witness-policy", &policy.display().to_string()];
    let roots = roots.display().to_string();
    let serve = |environment| {
        drop(Server::start_with(&registrar.ledger(), &more, environment));
        witness.cosigned()
    };
    // Its certificate is by nobody whom this system trusts: it was not asked.
    assert_eq!(serve(&[]), None);
    assert_eq!(serve(&[("SSL_CERT_FILE", &*roots)]), Some(2));
}
