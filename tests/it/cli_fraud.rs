//! A lying operator, end to end: whoever has the log's key writes a wrong log, and each lie is refused
//! by whoever is shown it or found by an auditor, with a file that proves it to anybody.

use probant::attestation::Statement;
use probant::dossier::ProofSource as _;
use probant::entry::Body;
use probant::envelope::Envelope;
use probant::hash::Digest;
use probant::merkle::EntryIndex;
use probant::note::{Note, TlogProof};
use serde_json::Value;

use crate::desk::Desk;
use crate::dossier::{changed, paper, recall, world};
use crate::paper_log::{Paper, PaperLog};
use crate::program::{Finished, probant};
use crate::reports::{audit, dossier_of, verify_on};
use crate::verdict_plush_toy::find;
use crate::world::{MAKER, World, status_change};

/// A log with a recall as its last attestation, and where that stands.
fn recalled() -> (PaperLog, EntryIndex) {
    let mut world = world();
    let record = world.add(recall());
    (paper(&world), record.index())
}

/// The same log with a seal whose map leaves the recall out.
fn without_recall() -> (PaperLog, EntryIndex) {
    let (mut log, index) = recalled();
    log.truncate(log.entries.len() - 1);
    for key in log.keys_at(index) {
        log.leave_out(index, &key);
    }
    log.seal();
    (log, index)
}

/// The receipt for an entry, as its submitter keeps it.
fn receipt(log: &PaperLog, index: EntryIndex) -> String {
    let proof = log.inclusion(index).unwrap();
    let (extra, checkpoint) = (Some(log.entry_at(index).encode()), log.note());
    let checkpoint = Note::parse(checkpoint.as_bytes()).unwrap();
    TlogProof { extra, index, proof, checkpoint }.to_string()
}

/// Holds evidence to what is expected of it, by the program and the genesis document alone; the same
/// with a byte flipped proves nothing.
fn expect_proof(desk: &Desk, name: &str, log: &PaperLog, kind: &str) -> Value {
    let trust = desk.write("trust.toml", log.genesis.bytes());
    let file = desk.text(name);
    let verify =
        |file: &str, more: &[&str]| probant(&[&["verify", file, "--trust", &trust], more].concat());
    let said = verify(&file, &[]);
    said.expect(1);
    assert!(said.stdout.starts_with("FRAUD PROVEN: "), "{}", said.stdout);
    let said = verify(&file, &["--lang", "fr"]);
    said.expect(1);
    assert!(said.stdout.starts_with("FRAUDE PROUVÉE : "), "{}", said.stdout);
    let proven = verify(&file, &["--format", "json"]).json(1);
    assert_eq!(
        (&proven["fraud"]["kind"], proven["outcome"].as_str()),
        (&kind.into(), Some("rejected"))
    );
    assert!(proven.get("verified").is_none() && proven.get("verdict").is_none(), "{proven:#}");

    let bytes = std::fs::read(desk.path(name)).unwrap();
    for place in [25, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1;
        let flipped = desk.write(&format!("{name}.{place}"), flipped);
        verify(&flipped, &["--format", "json"]).json(2);
    }
    let shown = probant(&["show", &file, "--format", "json"]).json(0);
    assert_eq!(
        (shown["kind"].as_str(), &shown["facts"]["claim"]),
        (Some("fraud_proof"), &kind.into())
    );
    assert_eq!(shown["checked"], serde_json::json!([]));
    let shown = probant(&["show", &file, "--trust", &trust, "--format", "json"]).json(1);
    assert_eq!(shown["facts"]["fraud"], proven["fraud"]);
    proven
}

/// Audits a log and has the evidence written.
fn audit_for(desk: &Desk, log: &PaperLog, name: &str, more: &[&str]) -> Finished {
    let evidence = desk.text(name);
    audit(desk, log, &[&["--evidence", &evidence, "--format", "json"], more].concat())
}

#[track_caller]
fn expect_rule(report: &Value, rule: &str) {
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().any(|of| of["rule"] == rule), "{report:#}");
}

#[test]
fn a_recall_left_out_of_the_map_is_found_by_its_receipt_and_by_an_audit() {
    let desk = Desk::new();
    let (honest, index) = recalled();
    let (log, _) = without_recall();
    let dossier = dossier_of(&log);
    // By itself the dossier hides it well.
    verify_on(&desk, "hiding.dossier", &dossier, &log, &[]).expect(0);
    // The receipt may be of the wrong log or of the time before it.
    for (name, log_of_receipt) in [("own", &log), ("before", &honest)] {
        let receipt = desk.write(name, receipt(log_of_receipt, index));
        let evidence = desk.text(&format!("{name}.fraud"));
        let given = ["--against", &receipt, "--evidence", &evidence, "--format", "json"];
        let found = verify_on(&desk, "hiding.dossier", &dossier, &log, &given).json(1);
        assert_eq!(found["evidence_file"], evidence.as_str());
        let kind = if name == "own" { "left-out" } else { "two-checkpoints" };
        let proven = expect_proof(&desk, &format!("{name}.fraud"), &log, kind);
        assert_eq!(proven["fraud"], found["fraud"]);
        // What is there already is not overwritten.
        verify_on(&desk, "hiding.dossier", &dossier, &log, &given).expect(2);
    }
    let told =
        verify_on(&desk, "hiding.dossier", &dossier, &log, &["--against", &desk.text("own")]);
    told.expect(1);
    assert!(told.stdout.contains("--evidence FILE"), "{}", told.stdout);

    let report = audit_for(&desk, &log, "audit.fraud", &[]).json(1);
    expect_rule(&report, "LOG_ORDER");
    let proven = expect_proof(&desk, "audit.fraud", &log, "wrong-seal");
    assert_eq!(report["fraud"], proven["fraud"]);
    assert_eq!(proven["fraud"]["entry"], log.size().get() - 1);
}

#[test]
fn a_seal_repaired_one_entry_later_is_found_all_the_same() {
    let desk = Desk::new();
    let (mut log, index) = recalled();
    let (wrong, _) = without_recall();
    log.truncate(log.entries.len() - 1);
    let lie = wrong.entries.last().unwrap().body().clone();
    let at = log.push(lie, Paper::Absent);
    log.seal();
    // Who was shown a dossier under the wrong seal has it; who asks now is told of the recall.
    let hiding = dossier_of(&wrong);
    let receipt = desk.write("receipt", receipt(&log, index));
    let evidence = desk.text("left-out.fraud");
    let given = ["--against", &receipt, "--evidence", &evidence];
    verify_on(&desk, "hiding.dossier", &hiding, &log, &given).expect(1);
    expect_proof(&desk, "left-out.fraud", &log, "left-out");
    let now = verify_on(&desk, "now.dossier", &dossier_of(&log), &log, &given[..2]);
    now.expect(1);
    assert!(now.stdout.contains("NOT LISTABLE"), "{}", now.stdout);

    expect_rule(&audit_for(&desk, &log, "audit.fraud", &[]).json(1), "LOG_ORDER");
    let proven = expect_proof(&desk, "audit.fraud", &log, "wrong-seal");
    assert_eq!(proven["fraud"]["entry"], at.get());
}

#[test]
fn a_map_of_yesterday_under_a_checkpoint_of_today_is_refused_or_found() {
    let desk = Desk::new();
    let (today, index) = recalled();
    let mut yesterday = today.clone();
    yesterday.truncate(usize::try_from(index.get()).unwrap());
    yesterday.seal();
    // An old proof under the right seal is no proof.
    let (old, new) = (dossier_of(&yesterday), dossier_of(&today));
    let swapped = changed(&new, |dossier| {
        let old = <probant::proto::Dossier as prost::Message>::decode(&old[..]).unwrap();
        dossier.subjects = old.subjects;
        dossier.entries.retain(|entry| old.entries.iter().any(|of| of.index == entry.index));
    });
    let refused = verify_on(&desk, "swapped.dossier", &swapped, &today, &[]);
    refused.expect(1);
    assert!(refused.stderr.contains("map proof"), "{}", refused.stderr);

    // The old map under a seal of its own.
    let Body::Seal { map_root, subjects, .. } = *yesterday.entries.last().unwrap().body() else {
        panic!("no seal")
    };
    let Body::Seal { previous_seal, .. } = *today.entries.last().unwrap().body() else {
        panic!("no seal")
    };
    let mut log = today;
    log.truncate(log.entries.len() - 1);
    log.push(Body::Seal { map_root, subjects, previous_seal }, Paper::Absent);
    expect_rule(&audit_for(&desk, &log, "audit.fraud", &[]).json(1), "LOG_ORDER");
    expect_proof(&desk, "audit.fraud", &log, "wrong-seal");
}

/// The log with another attestation in the place of the recall.
fn rewritten() -> PaperLog {
    let mut world: World = world();
    let declaration = find(&world, "eu-declaration-of-conformity");
    let draft = status_change(MAKER, "manufacturer", "WITHDRAW", declaration);
    world.add(draft);
    paper(&world)
}

#[test]
fn a_rewritten_entry_is_found_by_a_receipt_and_by_a_checkpoint_from_elsewhere() {
    let desk = Desk::new();
    let (honest, index) = recalled();
    let mut log = rewritten();
    let receipt = desk.write("receipt", receipt(&honest, index));
    // A log that has gone on: by the two entries, without a proof from anybody.
    log.seal();
    let evidence = desk.text("two-entries.fraud");
    let given = ["--against", &receipt, "--evidence", &evidence];
    verify_on(&desk, "rewritten.dossier", &dossier_of(&log), &log, &given).expect(1);
    let proven = expect_proof(&desk, "two-entries.fraud", &log, "two-entries");
    assert_eq!(proven["fraud"]["entry"], index.get());

    // An auditor finds nothing wrong with it, until it is held to what was seen.
    audit(&desk, &log, &[]).expect(0);
    let note = desk.write("seen", honest.note());
    for (name, seen) in [("note", &note), ("receipt", &receipt)] {
        let file = format!("{name}.fraud");
        let report = audit_for(&desk, &log, &file, &["--seen", seen]).json(1);
        expect_rule(&report, "SEEN_CHECKPOINT");
        assert_eq!(report["seen"][0]["result"], "differs");
        expect_proof(&desk, &file, &log, "two-checkpoints");
    }
}

#[test]
fn two_histories_to_two_clients_are_proven_by_either_of_their_checkpoints() {
    let desk = Desk::new();
    let ((one, index), other) = (recalled(), rewritten());
    // Each dossier is good by itself.
    verify_on(&desk, "one.dossier", &dossier_of(&one), &one, &[]).expect(1);
    let checkpoint = desk.write("seen", one.note());
    let report = audit_for(&desk, &other, "same-size.fraud", &["--seen", &checkpoint]).json(1);
    assert_eq!(report["fraud"]["kind"], "two-checkpoints");
    expect_proof(&desk, "same-size.fraud", &other, "two-checkpoints");
    let receipt = desk.write("receipt", receipt(&one, index));
    let evidence = desk.text("receipt.fraud");
    let given = ["--against", &receipt, "--evidence", &evidence];
    verify_on(&desk, "other.dossier", &dossier_of(&other), &other, &given).expect(1);
    expect_proof(&desk, "receipt.fraud", &other, "two-checkpoints");
}

#[test]
fn a_recall_filed_under_too_few_keys_is_proven_by_its_own_words() {
    let desk = Desk::new();
    let (mut log, index) = recalled();
    let place = usize::try_from(index.get()).unwrap();
    let Paper::Bytes(record) = log.payloads[place].clone() else { panic!("no record") };
    let envelope = Envelope::decode(&record).unwrap();
    let fed = Statement::parse(envelope.payload()).unwrap().feed().keys();
    log.truncate(place);
    log.attest_with(&envelope, fed.into_iter().map(Digest::from).skip(1).collect());
    log.seal();
    expect_rule(&audit_for(&desk, &log, "audit.fraud", &[]).json(1), "RECORD");
    expect_proof(&desk, "audit.fraud", &log, "wrong-keys");
}

#[test]
fn of_an_honest_log_there_is_no_evidence() {
    let desk = Desk::new();
    let (log, index) = recalled();
    let dossier = dossier_of(&log);
    let seen = desk.write("seen", log.note());
    let report = audit_for(&desk, &log, "audit.fraud", &["--seen", &seen]).json(0);
    assert_eq!((&report["seen"][0]["result"], &report["fraud"]), (&"agrees".into(), &Value::Null));
    assert!(!desk.path("audit.fraud").exists());
    // The recall is there, so the answer is no for that reason.
    let receipts = [index, EntryIndex::new(1)]
        .map(|index| desk.write(&format!("receipt-{index}"), receipt(&log, index)));
    let evidence = desk.text("verify.fraud");
    let given = ["--against", &receipts[0], "--evidence", &evidence, "--format", "json"];
    let told = verify_on(&desk, "dossier", &dossier, &log, &given).json(1);
    assert_eq!(told["compared"][0]["result"], "agrees");
    assert_eq!(told["compared"][0]["entry"], index.get());
    assert!(told["compared"][0]["chains"].as_u64().unwrap() >= 2, "{told:#}");
    assert!(!desk.path("verify.fraud").exists());

    // A file that is damaged is no lie.
    let mut copy = log;
    let place = usize::try_from(index.get()).unwrap();
    copy.payloads.swap(place, 1);
    let report = audit_for(&desk, &copy, "damaged.fraud", &[]).json(1);
    assert_eq!(report["fraud"], Value::Null);
    assert!(!desk.path("damaged.fraud").exists());
}

#[test]
fn what_was_not_compared_is_no_permission() {
    let desk = Desk::new();
    let (log, index) = recalled();
    let mut earlier = log.clone();
    earlier.truncate(usize::try_from(index.get()).unwrap());
    earlier.seal();
    let dossier = dossier_of(&earlier);
    verify_on(&desk, "dossier", &dossier, &log, &[]).expect(0);
    // The recall came after the dossier.
    let later = desk.write("later", receipt(&log, index));
    let given = ["--against", &later, "--format", "json"];
    let told = verify_on(&desk, "dossier", &dossier, &log, &given).json(2);
    assert_eq!(told["compared"][0]["result"], "later");
    // A firm of which the dossier says nothing.
    let stranger = (1..index.get()).map(EntryIndex::new).find_map(|index| {
        let receipt = desk.write("stranger", receipt(&earlier, index));
        let given = ["--against", &receipt, "--format", "json"];
        let told = verify_on(&desk, "dossier", &dossier, &log, &given);
        (told.status == 2).then(|| told.json(2))
    });
    assert_eq!(stranger.unwrap()["compared"][0]["result"], "no_chain");
    // A checkpoint beyond the copy.
    let seen = desk.write("seen", log.note());
    let mut short = log.clone();
    short.truncate(usize::try_from(index.get()).unwrap());
    short.seal();
    assert!(log.size() > short.size());
    let report = audit(&desk, &short, &["--seen", &seen, "--format", "json"]).json(2);
    assert_eq!(report["seen"][0]["result"], "larger");
    // A checkpoint that is not of this log, beside one that is: the report is there all the same.
    let mut stranger = log.clone();
    "stranger".clone_into(&mut stranger.log_key);
    let strange = desk.write("strange", stranger.note());
    let given = ["--seen", &strange, "--seen", &seen, "--format", "json"];
    let report = audit(&Desk::new(), &log, &given).json(2);
    let results = [0, 1].map(|place| report["seen"][place]["result"].as_str().unwrap());
    assert_eq!(results, ["not_compared", "agrees"]);
    assert!(report["seen"][0]["message"].is_string() && report["seen"][1]["message"].is_null());
    assert_eq!(report["findings"], serde_json::json!([]));
    // What is no receipt, or of another log, says nothing at all.
    let other = desk.write("other", "c2sp.org/tlog-proof@v1\nindex 0\n\n");
    verify_on(&desk, "dossier", &dossier, &log, &["--against", &other]).expect(2);
    let evidence = desk.write("fraud", [&b"\x0a\x16probant fraud proof v1"[..]].concat());
    let trust = desk.text("genesis.toml");
    probant(&["verify", &evidence, "--trust", &trust]).expect(2);
    let report = desk.text("report.html");
    let said = probant(&["verify", &evidence, "--trust", &trust, "--report", &report]);
    said.expect(2);
    assert!(said.stderr.contains("for dossiers"), "{}", said.stderr);
}
