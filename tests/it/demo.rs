//! The demo, through the real program: what the worked cases expect, and every attack on them.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

#[test]
fn every_expectation_of_the_demo_holds_and_its_folders_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let output = Command::new(env!("CARGO_BIN_EXE_probant"))
        .args(["--format", "json", "demo", "--dir"])
        .arg(&dir)
        .output()
        .unwrap();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let failed: Vec<&Value> = ["cases", "attacks", "audit", "tamper"]
        .iter()
        .flat_map(|list| result[*list].as_array().unwrap())
        .filter(|row| row["is_met"] != true)
        .collect();
    assert!(output.status.success() && failed.is_empty(), "{failed:#?}");

    // The counts of the stories as written: nobody may drop a query to make the demo pass.
    let count = |list: &str| result[list].as_array().unwrap().len();
    assert!(count("cases") >= 30, "{} queries", count("cases"));
    assert!(count("attacks") >= 7, "{} attacks", count("attacks"));
    assert_eq!(count("audit"), 9);
    assert!(count("tamper") >= 11, "{} tampers", count("tamper"));
    let rows = result["cases"].as_array().unwrap();
    let verdicts: BTreeSet<&str> = rows.iter().filter_map(|row| row["verdict"].as_str()).collect();
    assert_eq!(verdicts, BTreeSet::from(["LISTABLE", "NOT_LISTABLE", "REVIEW"]));

    for row in rows {
        let case = dir.join(row["case"].as_str().unwrap());
        let query = row["query"].as_str().unwrap();
        assert!(case.join("dossiers").join(format!("{query}.dossier")).is_file());
        assert!(case.join("queries").join(format!("{query}.json")).is_file());
    }
    for case in ["a-plush", "b-charger", "c-tambourine"] {
        let case = dir.join(case);
        assert!(case.join("genesis.toml").is_file());
        for part in ["export", "policies", "envelopes", "receipts", "store"] {
            assert!(case.join(part).read_dir().unwrap().next().is_some(), "{part} is empty");
        }
    }
}

#[test]
fn a_dossier_of_the_demo_verifies_by_hand_with_the_commands_that_it_prints() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_probant")).args(arguments).output().unwrap()
    };
    let output = run(&["demo", "--dir", dir.to_str().unwrap()]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let mut seen = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        let Some(command) = line.strip_prefix("probant ") else { continue };
        let arguments: Vec<&str> = command.split(' ').collect();
        let is_wanted = ["/l2610a.dossier", "/b2608.dossier", "/no-batch.dossier", "/export"]
            .iter()
            .any(|end| arguments[1].ends_with(end));
        if !is_wanted {
            continue;
        }
        let output = run(&arguments);
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        let is_denied = answer.contains("NOT LISTABLE") || answer.contains("REVIEW");
        let expected = i32::from(is_denied);
        assert_eq!(output.status.code(), Some(expected), "{line}\n{answer}");
        seen.insert(output.status.code());
    }
    assert_eq!(seen, BTreeSet::from([Some(0), Some(1)]));
}
