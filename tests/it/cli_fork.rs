//! A log that contradicts what was seen of it, on the command line.

use std::fs;

use probant::hash::Digest;
use probant::key::PrivateKey;
use probant::merkle::TreeSize;
use probant::note::Checkpoint;

use crate::program::{Server, probant};
use crate::registrar::{ORIGIN, Registrar, write};

#[test]
fn who_is_shown_two_histories_is_left_with_the_proof() {
    let registrar = Registrar::with_ledger();
    let server = Server::start(&registrar.ledger(), &[]);
    let pem = fs::read_to_string(registrar.ledger().join("log.pem")).unwrap();
    let log = PrivateKey::from_pem(&pem).unwrap();
    let registration = registrar.registration(&PrivateKey::from_seed([2; 32]));
    let file = write(&registrar.path("registration.json"), &registration);
    let (seen, trust) = (registrar.path("seen"), registrar.genesis_path());
    probant(&["submit", "--server", &server.url, "--trust", &trust, &file]).expect(0);
    let submit = |root: &[u8], size| {
        // Signed by the log's own key, which in this story has signed another history too.
        let (origin, size) = (ORIGIN.parse().unwrap(), TreeSize::new(size));
        let other = Checkpoint::new(origin, size, Digest::of(root)).unwrap();
        let other = other.sign(&log).unwrap().to_string();
        fs::write(&seen, &other).unwrap();
        let seen = seen.display().to_string();
        let more = ["--trust", &trust, "--seen", &seen, &file];
        let finished = probant(&[&["submit", "--server", &server.url][..], &more].concat());
        finished.expect(1);
        assert!(finished.stderr.contains(&other), "{}", finished.stderr);
        let count = finished.stderr.matches(&format!("{ORIGIN}\n")).count();
        assert_eq!(count, 2, "{}", finished.stderr);
        finished.stderr
    };
    // Genesis and seal, registration and seal.
    let said = submit(b"another history", 4);
    assert!(said.contains("log shows two histories"), "{said}");
    let said = submit(b"more than there is", 40);
    assert!(said.contains("goes back"), "{said}");
    let said = submit(b"another beginning", 2);
    assert!(said.contains("does not show that one checkpoint goes on from the other"), "{said}");
}
