//! A log that contradicts what was seen of it, on the command line.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use probant::hash::Digest;
use probant::key::PrivateKey;
use probant::merkle::TreeSize;
use probant::note::Checkpoint;

use crate::program::{Server, command, probant};
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
    // What convinces others, where the server gives away enough.
    let evidence = registrar.path("seen.fraud");
    let expect_evidence = |said: &str| {
        assert!(said.contains("evidence of fraud"), "{said}");
        let file = evidence.display().to_string();
        let proven = probant(&["verify", &file, "--trust", &trust, "--format", "json"]).json(1);
        assert_eq!(proven["fraud"]["kind"], "two-checkpoints");
        fs::remove_file(&evidence).unwrap();
    };
    // Genesis and seal, registration and seal.
    let said = submit(b"another history", 4);
    assert!(said.contains("log shows two histories"), "{said}");
    expect_evidence(&said);
    let said = submit(b"more than there is", 40);
    assert!(said.contains("goes back"), "{said}");
    assert!(!evidence.exists());
    let said = submit(b"another beginning", 2);
    assert!(said.contains("does not show that one checkpoint goes on from the other"), "{said}");
    expect_evidence(&said);
    // Of a size that is no power of two, the server's own proof gives it away.
    for grant in ["grant-1", "grant-2"] {
        let role = if grant == "grant-1" { "manufacturer" } else { "importer" };
        let file = write(&registrar.path(grant), &registrar.grant(grant, role));
        probant(&["submit", "--server", &server.url, "--trust", &trust, &file]).expect(0);
    }
    let said = submit(b"another beginning", 6);
    expect_evidence(&said);
    // Programs are told where it is.
    let seen = seen.display().to_string();
    let more = ["--trust", &trust, "--seen", &seen, "--format", "json", &file];
    let submit = [&["submit", "--server", &server.url][..], &more].concat();
    let named = || probant(&submit).json(1)["evidence_file"].as_str().map(str::to_owned);
    assert_eq!(named(), Some(evidence.display().to_string()));
    // What stands there and proves something else is neither touched nor named.
    fs::write(&evidence, "something else").unwrap();
    let second = registrar.path("seen.2.fraud").display().to_string();
    assert_eq!(named().as_ref(), Some(&second));
    probant(&["verify", &second, "--trust", &trust]).expect(1);
    assert_eq!(named(), Some(second));
    assert_eq!(fs::read_to_string(&evidence).unwrap(), "something else");

    // So is whoever has a copy of the other history.
    let copy = registrar.path("copy");
    let out = copy.display().to_string();
    let export = ["export", "--server", &server.url, "--trust", &trust, "--out", &out];
    probant(&export).expect(0);
    fs::copy(registrar.path("seen"), copy.join("checkpoint")).unwrap();
    let told = probant(&[&export[..], &["--format", "json"]].concat()).json(1);
    let evidence = registrar.path("copy.fraud").display().to_string();
    assert_eq!(told["evidence_file"], evidence.as_str());
    probant(&["verify", &evidence, "--trust", &trust, "--format", "json"]).json(1);
}

#[test]
fn a_checkpoint_that_another_process_has_kept_is_not_put_back() {
    let registrar = Registrar::with_ledger();
    let server = Server::start(&registrar.ledger(), &[]);
    let [seen, receipts] =
        ["seen", "receipts"].map(|name| registrar.path(name).display().to_string());
    let trust = registrar.genesis_path();
    let given = ["submit", "--server", &server.url, "--trust", &trust, "--seen", &seen];
    let key = PrivateKey::from_seed([2; 32]);
    let registration = registrar.registration(&key);
    // The first process has recorded something, and waits for more.
    let mut slow = command(&[&given[..], &["--receipts", &receipts, "/dev/stdin"]].concat());
    let mut slow = slow.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = slow.stdin.take().unwrap();
    writeln!(input, "{}", registration.to_json()).unwrap();
    let receipt = format!("{}.tlog-proof", registration.statement_digest());
    while !registrar.path("receipts").join(&receipt).exists() {
        assert!(slow.try_wait().unwrap().is_none(), "the first process has ended");
        std::thread::yield_now();
    }
    // The second one sees more of the log, and keeps that.
    let file = write(&registrar.path("grant.json"), &registrar.grant("grant-1", "manufacturer"));
    probant(&[&given[..], &[&file]].concat()).expect(0);
    let kept = fs::read_to_string(&seen).unwrap();
    drop(input);
    assert!(slow.wait().unwrap().success());
    assert_eq!(fs::read_to_string(&seen).unwrap(), kept);
}
