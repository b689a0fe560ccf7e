//! `probant import`, from a document to a receipt, with the real server.

use std::fs;

use probant::hash::Digest;
use serde_json::{Value, json};

use crate::cli_ledger::Scene;
use crate::desk::Desk;
use crate::program::{Finished, probant};
use crate::registrar::OPERATOR;

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/import");

fn vector(name: &str) -> String {
    format!("{VECTORS}/{name}")
}

/// What a report needs besides, by [`OPERATOR`].
fn import_report(more: &[&str]) -> Finished {
    let common = ["import", "untp", "--by", OPERATOR, "--set", "header.document.languages=en"];
    let of_report = [
        "--set",
        "accreditation=XX-L-9901",
        "--set",
        "sample.id=S-1",
        "--set",
        "sample.received=2026-08-01",
        "--set",
        "scope.types.1.designation=LP-BEAR-30",
    ];
    probant(&[&common[..], &of_report, more].concat())
}

#[test]
fn an_imported_credential_is_signed_and_recorded_with_a_receipt() {
    let scene = Scene::new();
    let key = scene.register();
    let (out, originals) = (scene.text("report.jsonl"), scene.text("originals"));
    let document = vector("untp/report.json");
    let more = ["--out", &out, "--evidence", &originals, "--format", "json", &document];
    let said = import_report(&more).json(0);
    assert_eq!((&said["imported"], &said["written"]), (&json!(1), &json!(1)));
    assert_eq!(said["items"][0]["kind"], "test-report");
    let bytes = fs::read(&document).unwrap();
    let kept = format!("{originals}/{}", Digest::of(&bytes));
    assert_eq!(fs::read(kept).unwrap(), bytes);

    let submitted = scene.submit(&["--key", &key, &out]).json(0);
    assert_eq!((&submitted["accepted"], &submitted["refused"]), (&json!(1), &json!(0)));
    // The same document again is the same statement again.
    let again = scene.text("again.jsonl");
    import_report(&["--out", &again, &document]).expect(0);
    assert_eq!(fs::read(&again).unwrap(), fs::read(&out).unwrap());
    assert_eq!(scene.submit(&["--key", &key, &again]).json(0)["duplicates"], 1);
}

#[test]
fn a_file_in_the_place_of_the_original_is_not_taken_for_it() {
    let desk = Desk::new();
    let document = vector("untp/report.json");
    let (out, originals) = (desk.text("out.jsonl"), desk.text("originals"));
    fs::create_dir(&originals).unwrap();
    let kept = format!("{originals}/{}", Digest::of(&fs::read(&document).unwrap()));
    fs::write(&kept, "cut short").unwrap();
    let asked = ["--evidence", &originals, "--out", &out, &document];
    import_report(&asked).expect(2);
    assert!(!desk.path("out.jsonl").exists());
    assert_eq!(fs::read(&kept).unwrap(), b"cut short");
    // The original itself may be there.
    fs::copy(&document, &kept).unwrap();
    import_report(&asked).expect(0);
}

#[test]
fn imported_events_are_recorded_behind_the_identity_of_their_goods() {
    let scene = Scene::new();
    let key = scene.register();
    let identity = scene.identity(&key, "bear");
    let out = scene.text("events.jsonl");
    let arguments = ["import", "epcis", "--by", "9521000200005", "--out", &out, "--set"];
    let role = ["header.issuer.role=manufacturer"];
    let document = vector("epcis/event.json");
    probant(&[&arguments[..], &role, &[&document]].concat()).expect(0);
    let submitted = scene.submit(&["--key", &key, &identity, &out]).json(0);
    assert_eq!((&submitted["accepted"], &submitted["refused"]), (&json!(2), &json!(0)));
}

#[test]
fn one_document_that_is_refused_keeps_all_from_being_written() {
    let desk = Desk::new();
    let good = vector("untp/report.json");
    let mut broken: Value = serde_json::from_slice(&fs::read(&good).unwrap()).unwrap();
    broken["validFrom"] = json!("2026-08-20T10:30:00");
    let broken = desk.write("broken.json", broken.to_string());
    let out = desk.text("out.jsonl");
    let files = [good.as_str(), broken.as_str()];
    let asked = [&["--out", &out, "--format", "json"][..], &files].concat();
    let said = import_report(&asked).json(1);
    let counts = ["imported", "refused", "written"].map(|of| said[of].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 0]);
    assert_eq!(said["out_file"], Value::Null);
    assert!(!desk.path("out.jsonl").exists());
    let defect = &said["items"][1]["defects"][0];
    assert_eq!(defect["place"], "/validFrom");
    assert!(defect["reason"].as_str().unwrap().contains("has no zone"), "{defect}");

    // Whoever reads the lines sees the same; what is good is written if that is asked for.
    let told = import_report(&[&["--keep-going"][..], &files].concat());
    told.expect(1);
    assert!(told.stderr.contains("broken.json: refused: /validFrom: "), "{}", told.stderr);
    assert_eq!(told.stdout.lines().count(), 1);
    // In a declared zone it is sound.
    let read = import_report(&["--zone", "-05:00", "--out", &out, &broken]);
    read.expect(0);
    assert!(read.stderr.contains("read in the declared zone -05:00"), "{}", read.stderr);
    assert_eq!(fs::read_to_string(desk.path("out.jsonl")).unwrap().lines().count(), 1);
}

#[test]
fn what_is_asked_wrongly_is_not_done() {
    let desk = Desk::new();
    let there = desk.write("there.jsonl", "kept");
    let document = vector("untp/report.json");
    import_report(&["--out", &there, &document]).expect(2);
    assert_eq!(desk.read("there.jsonl"), "kept");
    for arguments in [
        &["--format", "json", &document][..],
        &["--zone", "8", &document],
        &["--issuer", "did:web:lab.example", &document],
        &["--set", "sample.id=S-2", &document],
        &[&desk.text("absent.json")],
    ] {
        import_report(arguments).expect(2);
    }
    probant(&["import", "untp", &document]).expect(2);
    probant(&["import", "untp", "--by", "somebody", &document]).expect(2);
}
