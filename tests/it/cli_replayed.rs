//! A ledger, one who submits to it, and an auditing witness: each a process of its own.

use std::fs;

use probant::key::{PrivateKey, Signer as _};
use probant::note::{KeyType, VerifierKey};

use crate::program::{Server, probant};
use crate::registrar::{Registrar, write};
use crate::relay::Relay;

/// A new key in a file, and the key by which what it cosigns under this name is verified.
fn cosigning(registrar: &Registrar, name: &str) -> (String, VerifierKey) {
    let path = registrar.path(&format!("{name}.pem"));
    let pem = path.display().to_string();
    probant(&["keygen", "--out", &pem]).expect(0);
    let key = PrivateKey::from_pem(&fs::read_to_string(path).unwrap()).unwrap();
    let public = *key.public_key();
    (pem, VerifierKey::new(name.parse().unwrap(), KeyType::CosignatureV1, public))
}

#[test]
fn a_ledger_shows_its_entries_to_the_witness_that_replays_them_first() {
    let registrar = Registrar::with_ledger();
    let log = registrar.genesis().log_key().clone();
    let (pem, key) = cosigning(&registrar, "w1.example");
    let (replay_pem, replay_key) = cosigning(&registrar, "r1.example");
    // Each of the two has to know where the other one is.
    let [to_ledger, to_witness] = [(); 2].map(|()| Relay::start("http://127.0.0.1:1"));
    let policy = registrar.path("policy");
    let url = &to_witness.url;
    let witnesses = format!("witness w1 {key} {url}\nwitness r1 {replay_key} {url}/replay\n");
    fs::write(&policy, format!("{witnesses}group both all w1 r1\nquorum both\n")).unwrap();
    let policy = policy.display().to_string();
    let more = ["--http", "127.0.0.1:0", "--witness-policy", &policy];
    let server = Server::start(&registrar.ledger(), &more);
    to_ledger.lead_to(server.http_url.as_deref().unwrap());

    let (dir, named) = (registrar.path("witness"), format!("{log}={}", to_ledger.url));
    let dir = dir.display().to_string();
    let ordinary = ["witness", "--dir", &dir, "--begin", "--key", &pem, "--name", "w1.example"];
    let replay = ["--replay", "--replay-key", &replay_pem, "--replay-name", "r1.example"];
    let more = ["--log", &named, "--listen", "127.0.0.1:0", "--log-level", "error"];
    let witness = Server::spawn(&[&ordinary[..], &replay, &more].concat(), &[]);
    to_witness.lead_to(&witness.url);

    let registration = registrar.registration(&PrivateKey::from_seed([2; 32]));
    let file = write(&registrar.path("registration.json"), &registration);
    let trust = registrar.genesis_path();
    let submit = ["submit", "--server", &server.url, "--trust", &trust, "--format", "json"];
    let wait = ["--wait", "witnessed", "--witnesses", &policy, &file];
    assert_eq!(probant(&[&submit[..], &wait].concat()).json(0)["accepted"], 1);
}
