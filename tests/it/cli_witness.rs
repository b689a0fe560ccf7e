//! A server that asks witnesses, on the command line.

use std::fs;
use std::path::Path;

use probant::key::PrivateKey;
use probant::ledger::{Clock as _, SystemClock};
use probant::note::{TlogProof, VerifiedCheckpoint, WitnessPolicy};
use probant::time::Timestamp;
use serde_json::json;

use crate::certificate::Certified;
use crate::fake_witness::{FakeWitness, Mode, policy_text};
use crate::program::{Finished, Server, probant};
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

    fn submit(&self, server: &Server) -> Finished {
        self.submit_with(server, &[])
    }

    fn submit_with(&self, server: &Server, more: &[&str]) -> Finished {
        self.submit_as("json", server, more)
    }

    fn submit_text(&self, server: &Server, more: &[&str]) -> String {
        self.submit_as("text", server, more).stdout
    }

    fn submit_as(&self, format: &str, server: &Server, more: &[&str]) -> Finished {
        let key = PrivateKey::from_seed([2; 32]);
        let file = write(&self.registrar.path("r.json"), &self.registrar.registration(&key));
        let trust = self.registrar.genesis_path();
        let options = ["--server", &server.url, "--trust", &trust, "--format", format];
        probant(&[&["submit"][..], &options, &[&file], more].concat())
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
fn what_is_waited_for_is_witnessed_or_said_not_to_be() {
    let scene = Scene::new();
    let receipts = scene.registrar.path("receipts").display().to_string();
    let wait = ["--wait", "witnessed", "--receipts", &receipts, "--witnesses", &scene.policy];
    // A ledger without witnesses is sent nothing.
    let server = Server::start(&scene.registrar.ledger(), &[]);
    let refused = scene.submit_with(&server, &wait).json(2);
    assert!(refused["error"].as_str().unwrap().contains("NOT_WITNESSED"), "{refused}");
    drop(server);

    // One that raises the alarm has seen nothing of it.
    let server = scene.serve();
    scene.witness.set_mode(Mode::NoProof);
    let done = scene.submit_with(&server, &wait).json(2);
    assert_eq!((&done["accepted"], &done["unwitnessed"]), (&json!(1), &json!(1)));
    assert_eq!(done["items"][0]["state"], "signed");
    assert!(done["not_witnessed"].as_str().unwrap().contains("NOT_WITNESSED"), "{done}");
    drop(server);
    let kept = fs::read_dir(&receipts).unwrap().next().unwrap().unwrap().path();
    let before = TlogProof::parse(&fs::read(&kept).unwrap()).unwrap();
    assert_eq!(before.checkpoint.signatures().len(), 1);

    // The same again brings it up.
    scene.witness.set_mode(Mode::Honest);
    let server = scene.serve();
    let done = scene.submit_with(&server, &wait).json(0);
    assert_eq!((&done["duplicates"], &done["unwitnessed"]), (&json!(1), &json!(0)));
    assert_eq!(done["items"][0]["state"], "witnessed");
    let after = TlogProof::parse(&fs::read(&kept).unwrap()).unwrap();
    assert_eq!((after.index, &after.extra), (before.index, &before.extra));
    let log = scene.registrar.genesis().log_key().clone();
    let checkpoint = VerifiedCheckpoint::of_note(after.checkpoint, &log).unwrap();
    let policy = WitnessPolicy::parse(&fs::read(&scene.policy).unwrap()).unwrap();
    let cosigned = policy.verify(checkpoint, Timestamp::MAX).unwrap();
    assert_eq!(cosigned.cosigners(), std::slice::from_ref(&scene.witness.key));
    assert!(scene.submit_text(&server, &wait).contains("recorded before, witnessed"));
    // Witnesses that nobody waits for are a mistake in the command.
    let mistaken = scene.submit_with(&server, &["--witnesses", &scene.policy]).json(2);
    assert!(mistaken["error"].as_str().unwrap().contains("--wait witnessed"), "{mistaken}");
}

#[test]
fn what_is_recorded_but_not_witnessed_is_named() {
    let scene = Scene::new();
    let server = scene.serve();
    scene.witness.set_mode(Mode::NoProof);
    let text = scene.submit_text(&server, &["--wait", "witnessed"]);
    assert!(
        text.contains("r.json:1: entry 2 at ") && text.contains(", not witnessed yet"),
        "{text}"
    );
    assert!(text.contains("1 recorded, 0 refused; 1 not witnessed yet (NOT_WITNESSED: "), "{text}");
    assert!(text.contains("run the command again"), "{text}");
}

#[test]
fn a_check_for_witnesses_gives_a_dossier_that_they_have_seen() {
    let scene = Scene::new();
    let server = scene.serve();
    let [query, dossier, again] =
        ["query.json", "a.dossier", "b.dossier"].map(|name| scene.registrar.path(name));
    let text = json!({
        "product": {"gtin": "09521000200012"},
        "category": {"gpc": "10005160", "cn": "95030041"},
        "trader": {"operator": crate::registrar::OPERATOR, "name": "Lumipeluche Mfg"},
        "offer": {
            "platform": "https://id.gs1.org/417/9521000500006", "listing_id": "MK-1",
            "destinations": ["FR"], "languages": ["fr"],
            "goods_location": {"kind": "DIRECT_IMPORT"},
        },
    });
    fs::write(&query, text.to_string()).unwrap();
    let [query, dossier, again] = [query, dossier, again].map(|path| path.display().to_string());
    let trust = scene.registrar.genesis_path();
    let check = ["check", "--server", &server.url, "--trust", &trust, &query, "--dossier"];
    let asked = probant(&[&check[..], &[&dossier, "--witnesses", &scene.policy]].concat());
    asked.expect(1);
    assert!(asked.stdout.contains("--witness-policy"), "{}", asked.stdout);
    let verify = ["verify", "--trust", &trust, "--witnesses", &scene.policy, "--format", "json"];
    let verified = probant(&[&verify[..], &[&dossier]].concat()).json(1);
    assert_eq!(verified["verdict"]["verdict"], "NOT_LISTABLE");

    // Another reader's witness has not seen it.
    let log = scene.registrar.genesis().log_key().clone();
    let other = FakeWitness::start(12, &log, SystemClock.now());
    let others = scene.registrar.path("others").display().to_string();
    fs::write(&others, policy_text(&[&other], "quorum w0")).unwrap();
    let json = ["--witnesses", &others, "--format", "json"];
    let refused = probant(&[&check[..], &[&again], &json].concat()).json(2);
    let error = refused["error"].as_str().unwrap();
    assert!(error.contains("does not meet the witness policy"), "{error}");
    assert!(!Path::new(&again).exists());
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
