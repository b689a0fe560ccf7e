//! The demo, through the real program: what the worked cases expect, and every attack on them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::program::{expect_documented, probant};

/// The worked cases of conformity.md, section 8: case, query, verdict, and the complete set of codes.
const QUERIES: [(&str, &str, &str); 40] = [
    ("a-plush", "l2610a", "LISTABLE"),
    ("a-plush", "no-batch", "REVIEW BATCH_REQUIRED"),
    ("a-plush", "l2612z", "NOT_LISTABLE REQ_MISSING"),
    ("a-plush", "fr-de-warnings-fr-only", "NOT_LISTABLE WARNINGS_LANG_MISSING"),
    ("a-plush", "trader-not-doudou", "NOT_LISTABLE TRADER_NOT_LINKED"),
    ("a-plush", "adult-figures", "NOT_LISTABLE CATEGORY_MISMATCH TRADER_NOT_LINKED"),
    ("a-plush", "prohibited-category", "NOT_LISTABLE PROHIBITED_CATEGORY"),
    ("a-plush", "prohibited-image", "NOT_LISTABLE PROHIBITED_CATEGORY"),
    ("a-plush-early-declaration", "l2610a", "NOT_LISTABLE CHRONOLOGY"),
    ("b-charger", "2026-06-01", "LISTABLE"),
    ("b-charger", "2026-10-01", "NOT_LISTABLE CERT_WITHDRAWN DOC_BASIS_LOST"),
    ("b-charger", "2026-10-01-eu-stock", "NOT_LISTABLE CERT_WITHDRAWN DOC_BASIS_LOST"),
    ("b-charger", "as-of-3050", "LISTABLE"),
    ("b-charger", "2026-10-01-resubmitted", "NOT_LISTABLE CERT_WITHDRAWN DOC_BASIS_LOST"),
    ("b-charger", "w2646", "LISTABLE"),
    ("b-charger", "w2620", "NOT_LISTABLE CERT_WITHDRAWN DOC_BASIS_LOST SUPERSEDED_USE_NEW"),
    ("b-charger", "no-batch", "REVIEW BATCH_REQUIRED"),
    ("b-charger-administrative", "2026-10-01", "NOT_LISTABLE CERT_WITHDRAWN DOC_BASIS_LOST"),
    ("b-charger-administrative", "2026-10-01-eu-stock", "LISTABLE"),
    ("b-charger-unnotified", "2026-06-01", "NOT_LISTABLE ISSUER_SCOPE_MISMATCH"),
    ("b-charger-one-signature", "2026-06-01", "NOT_LISTABLE REQ_MISSING"),
    ("b-charger-compromise", "2026-06-01", "LISTABLE"),
    ("b-charger-compromise", "w2646", "REVIEW KEY_COMPROMISED"),
    ("b-charger-compromise", "3001-stays", "LISTABLE"),
    ("c-tambourine", "listing", "LISTABLE"),
    ("c-tambourine", "b2608", "NOT_LISTABLE RECALLED_BATCH"),
    ("c-tambourine", "b2607", "LISTABLE"),
    ("c-tambourine", "no-batch", "REVIEW BATCH_REQUIRED RECALLED_BATCH"),
    ("c-tambourine", "serial-000500", "NOT_LISTABLE RECALLED_BATCH"),
    ("c-tambourine", "serial-777777", "NOT_LISTABLE BATCH_REQUIRED RECALLED_BATCH"),
    ("c-tambourine", "b2608-typed-badly", "NOT_LISTABLE RECALL_APPROX_MATCH REQ_MISSING"),
    ("c-tambourine", "pack-b2608", "NOT_LISTABLE RECALLED_BATCH"),
    ("c-tambourine", "pack-no-batch", "REVIEW BATCH_REQUIRED RECALLED_BATCH"),
    ("c-tambourine", "b2608-after-4210", "NOT_LISTABLE RECALLED_BATCH RECALL_APPROX_MATCH"),
    ("c-tambourine", "b2607-after-4210", "LISTABLE"),
    ("c-tambourine", "as-of-4010", "LISTABLE"),
    (
        "c-tambourine",
        "no-batch-after-4300",
        "REVIEW BATCH_REQUIRED RECALLED_BATCH RECALL_APPROX_MATCH",
    ),
    ("c-tambourine", "serial-777777-named", "LISTABLE"),
    ("c-tambourine-text-only", "b2608", "REVIEW RECALL_APPROX_MATCH"),
    ("c-tambourine-text-only", "b2607", "LISTABLE"),
];

/// The attacks of the same section, and what became of them.
const ATTACKS: [(&str, &str, &str); 7] = [
    ("b-charger", "same number, other body", "refused DUPLICATE_NUMBER"),
    ("b-charger", "certificate by Testa", "refused ISSUER_NOT_AUTHORISED"),
    ("b-charger", "WITHDRAW by Doudou", "refused CHANGE_NOT_PERMITTED"),
    ("b-charger", "3001 again", "the one that is there"),
    ("b-charger-one-signature", "3003", "refused SIGNATURE_MISSING"),
    ("b-charger-compromise", "after the notice", "refused KEY_COMPROMISED"),
    ("c-tambourine", "LIFT by Doudou", "refused CHANGE_NOT_PERMITTED"),
];

/// The dossiers that have to fail once a record is left out.
const LEFT_OUT: [(&str, &str); 2] = [
    ("b-charger", "dossier 2026-10-01 without 3100"),
    ("c-tambourine", "dossier b2608 without 4200"),
];

#[test]
fn every_expectation_of_the_demo_holds_and_its_folders_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let finished = probant(&["--format", "json", "demo", "--dir", dir.to_str().unwrap()]);
    let result: Value = serde_json::from_str(&finished.stdout).unwrap();
    let rows = |list: &str| result[list].as_array().unwrap();
    let text = |row: &Value, member: &str| row[member].as_str().unwrap().to_owned();
    let lists = ["cases", "attacks", "audit", "tamper"];
    let failed: Vec<&Value> =
        lists.iter().flat_map(|list| rows(list)).filter(|row| row["is_met"] != true).collect();
    assert!(finished.status == 0 && failed.is_empty(), "{failed:#?}");
    expect_documented(&result);

    // What is expected stands here as well: nobody drops or bends a query to make the demo pass.
    let found: Vec<(String, String, String)> = rows("cases")
        .iter()
        .map(|row| {
            let reasons = row["reasons"].as_array().unwrap().iter();
            let reasons = reasons.map(|reason| format!(" {}", reason.as_str().unwrap()));
            let said = text(row, "verdict") + &reasons.collect::<String>();
            (text(row, "case"), text(row, "query"), said)
        })
        .collect();
    let owned = |row: &(&str, &str, &str)| (row.0.to_owned(), row.1.to_owned(), row.2.to_owned());
    assert_eq!(found, QUERIES.iter().map(owned).collect::<Vec<_>>());
    assert_eq!(rows("attacks").len(), ATTACKS.len());
    for (row, (case, attack, end)) in rows("attacks").iter().zip(ATTACKS) {
        assert_eq!((&row["case"], &row["attack"]), (&case.into(), &attack.into()));
        assert!(text(row, "found").ends_with(end), "{row}");
    }
    // One audit and one flipped bit a case.
    let cases: BTreeSet<&str> = QUERIES.iter().map(|(case, _, _)| *case).collect();
    assert_eq!(rows("audit").len(), cases.len());
    assert_eq!(rows("tamper").len(), cases.len() + LEFT_OUT.len());
    for (case, attack) in LEFT_OUT {
        assert!(
            rows("tamper").iter().any(|row| row["case"] == case && row["attack"] == attack),
            "{attack}"
        );
    }

    for (case, query, _) in QUERIES {
        let case = dir.join(case);
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
    // A folder that a shell would take for two arguments.
    let dir = folder.path().join("my demo");
    let played = probant(&["demo", "--dir", dir.to_str().unwrap()]);
    played.expect(0);
    // The count in the README is the one that its reader sees.
    let end = played.stdout.lines().last().unwrap().split(" All of it").next().unwrap();
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    assert!(readme.contains(end), "README.md does not say: {end}");
    let mut seen = BTreeSet::new();
    for line in played.stdout.lines().map(str::trim) {
        let Some(command) = line.strip_prefix("probant ") else { continue };
        let arguments = arguments(command);
        let is_wanted = ["/l2610a.dossier", "/b2608.dossier", "/no-batch.dossier", "/export"]
            .iter()
            .any(|end| arguments[1].ends_with(end));
        if !is_wanted {
            continue;
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let finished = probant(&arguments);
        let answer = &finished.stdout;
        let is_denied = answer.contains("NOT LISTABLE") || answer.contains("REVIEW");
        finished.expect(i32::from(is_denied));
        seen.insert(finished.status);
    }
    assert_eq!(seen, BTreeSet::from([0, 1]));
}

/// The arguments of a command as a shell splits it, where all quotes are single ones.
pub(crate) fn arguments(command: &str) -> Vec<String> {
    let mut arguments = vec![String::new()];
    for (at, part) in command.split('\'').enumerate() {
        // Every second part is quoted.
        let mut words =
            if at % 2 == 0 { part.split(' ').collect() } else { vec![part] }.into_iter();
        arguments.last_mut().unwrap().push_str(words.next().unwrap());
        arguments.extend(words.map(str::to_owned));
    }
    arguments
}
