//! Tables whose rows are signed and recorded, with the real server.

use std::fs;

use probant::attestation::PredicateKind;
use probant::envelope::Envelope;
use probant::hash::Digest;
use probant::key::PrivateKey;
use serde_json::{Value, json};

use crate::cli_ledger::Scene;
use crate::program::probant;
use crate::registrar::OPERATOR;

const COLUMNS: [&str; 13] = [
    "type",
    "header.issuer.operator",
    "header.issuer.role",
    "scope.products.1.id",
    "scope.batches.mode",
    "brand",
    "model",
    "category.gpc",
    "category.cn",
    "types.1.designation",
    "origin",
    "images",
    "files",
];

/// Attributes that every row here leaves to `--set`.
const ATTRIBUTES: [&str; 8] = [
    "electrical",
    "battery",
    "button_cell",
    "radio",
    "food_contact",
    "internet_connected",
    "processes_personal_data",
    "transfers_money",
];

pub(crate) fn row(gtin: &str, model: &str, files: &str) -> Vec<String> {
    let product = format!("https://id.gs1.org/01/{gtin}");
    let image = "55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8";
    let designation = format!("LP-{}", model.to_uppercase());
    let cells = [
        "product-identity",
        OPERATOR,
        "manufacturer",
        &product,
        "ALL",
        "Lumipeluche",
        model,
        "10005160",
        "95030041",
        &designation,
        "CN",
        image,
        files,
    ];
    cells.map(str::to_owned).to_vec()
}

pub(crate) fn table(delimiter: &str, rows: &[Vec<String>]) -> String {
    let lines = rows.iter().map(|row| row.join(delimiter));
    let head = COLUMNS.join(delimiter);
    std::iter::once(head).chain(lines).map(|line| line + "\r\n").collect()
}

pub(crate) fn attributes() -> Vec<String> {
    let set = |name: &&str| ["--set".to_owned(), format!("attributes.{name}=false")];
    ATTRIBUTES.iter().flat_map(set).collect()
}

pub(crate) fn with<'a>(files: &[&'a str], key: &'a str, attributes: &'a [String]) -> Vec<&'a str> {
    let mut arguments = vec!["--key", key];
    arguments.extend(attributes.iter().map(String::as_str));
    arguments.extend(files);
    arguments
}

#[test]
fn every_type_has_a_template() {
    for kind in PredicateKind::ALL {
        let said = probant(&["--format", "json", "template", kind.name()]).json(0);
        let columns = said["columns"].as_array().unwrap();
        let printed = probant(&["template", kind.name()]);
        printed.expect(0);
        let names: Vec<&str> = printed.stdout.trim_end().split(',').collect();
        let expected = columns.iter().map(|of| of["name"].as_str().unwrap());
        assert_eq!(names, expected.collect::<Vec<_>>(), "{kind:?}");
    }
    probant(&["template", "no-such-type"]).expect(2);
}

#[test]
fn a_template_goes_to_a_file_or_is_explained_and_has_what_is_required() {
    let dir = tempfile::tempdir().unwrap();
    let said = |what: &str, more: &[&str]| {
        let arguments = [&["--format", "json", "template", what], more].concat();
        let said = probant(&arguments).json(0);
        said["columns"].as_array().unwrap().clone()
    };
    for what in ["test-report", "query"] {
        let (all, required) = (said(what, &[]), said(what, &["--required"]));
        assert!(!required.is_empty() && required.len() < all.len(), "{what}");
        let is_required = |of: &&Value| of["required"] == true;
        assert_eq!(required, all.iter().filter(is_required).cloned().collect::<Vec<_>>());

        let explained = probant(&["template", what, "--columns"]);
        explained.expect(0);
        for column in &all {
            let need = if column["required"] == true { "required" } else { "optional" };
            let (name, form) = (column["name"].as_str().unwrap(), column["form"].as_str().unwrap());
            let line = format!("{name} ({need}; {form})\n");
            assert!(explained.stdout.contains(&line), "{line:?} in {}", explained.stdout);
        }

        let out = dir.path().join(format!("{what}.csv")).display().to_string();
        let printed = probant(&["template", what]);
        let written = probant(&["template", what, "--out", &out]);
        written.expect(0);
        assert!(!written.stdout.contains("header."), "{}", written.stdout);
        assert_eq!(fs::read_to_string(&out).unwrap(), printed.stdout);
        fs::write(&out, "mine").unwrap();
        probant(&["template", what, "--out", &out]).expect(2);
        assert_eq!(fs::read_to_string(&out).unwrap(), "mine", "nothing is written over");
        probant(&["template", what, "--columns", "--out", &out]).expect(2);
    }
}

#[test]
fn rows_are_signed_and_recorded_once_with_a_receipt_each() {
    let scene = Scene::new();
    let key = scene.register();
    scene.write("bear.pdf", b"%PDF-1.7 bear");
    let rows = [
        row("09521000200012", "Bear", "bear.pdf"),
        row("09521000200029", "Fox", ""),
        row("09521000200012", "Bear", "bear.pdf"),
    ];
    // As a French spreadsheet saves it: with a byte order mark and semicolons.
    let text = format!("\u{feff}{}", table(";", &rows));
    let path = scene.write("toys.csv", text);
    let results = scene.text("done.csv");
    let attributes = attributes();
    let arguments = with(&["--results", &results, &path], &key, &attributes);
    let done = scene.submit(&arguments).json(0);
    let counts = ["accepted", "duplicates", "refused"].map(|of| done[of].as_u64().unwrap());
    assert_eq!(counts, [3, 1, 0]);
    let lines: Vec<&Value> =
        done["items"].as_array().unwrap().iter().map(|of| &of["line"]).collect();
    assert_eq!(lines, [&json!(2), &json!(3), &json!(4)]);

    let table = fs::read_to_string(&results).unwrap();
    let mut found = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = found.next().unwrap();
    let place = |name: &str| head.iter().position(|of| *of == name).unwrap();
    let (receipt, statement) = (place("receipt"), place("statement"));
    let found: Vec<Vec<&str>> = found.collect();
    assert_eq!(found.len(), 3);
    for row in &found {
        assert_eq!(row[place("outcome")], "accepted");
        let shown = probant(&["show", row[receipt], "--trust", &scene.trust(), "--format", "json"]);
        shown.json(0);
    }
    assert_eq!(found[0][statement], found[2][statement]);

    // The file beside the row is evidence by its digest.
    let again = scene.submit(&arguments).json(0);
    assert_eq!(again["duplicates"], 3);
    assert!(
        evidence_of(&scene, found[0][statement])
            .contains(&Digest::of(b"%PDF-1.7 bear").to_string())
    );
    assert!(!evidence_of(&scene, found[1][statement]).contains("sha256"));
}

/// The evidence in the statement that was recorded.
fn evidence_of(scene: &Scene, statement: &str) -> String {
    let copy = scene.text(&format!("copy-{statement}"));
    probant(&["export", "--server", scene.url(), "--trust", &scene.trust(), "--out", &copy])
        .expect(0);
    let payloads = fs::read_dir(format!("{copy}/payload")).unwrap();
    let mut bytes = Vec::new();
    for file in payloads.map(Result::unwrap).map(|entry| entry.path()) {
        let files = if file.is_dir() {
            fs::read_dir(&file).unwrap().map(|of| of.unwrap().path()).collect()
        } else {
            vec![file]
        };
        bytes.extend(files.iter().flat_map(|file| fs::read(file).unwrap()));
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let payloads = text.split("{\"_type\"").skip(1);
    let found = payloads.filter_map(|rest| {
        let payload = format!("{{\"_type\"{rest}");
        let mut values = serde_json::Deserializer::from_str(&payload)
            .into_iter::<&serde_json::value::RawValue>();
        let payload = values.next()?.ok()?.get().to_owned();
        let key = PrivateKey::from_seed([9; 32]);
        let envelope = Envelope::sign(payload.clone().into_bytes(), &[&key]).ok()?;
        (envelope.statement_digest().to_string() == statement).then_some(payload)
    });
    let payload = found.last().unwrap();
    let value: Value = serde_json::from_str(&payload).unwrap();
    value["predicate"]["header"]["evidence"].to_string()
}

#[test]
fn a_dry_run_says_what_is_wrong_by_row_and_column_and_sends_nothing() {
    let scene = Scene::new();
    let key = scene.register();
    let mut rows = vec![
        row("09521000200012", "Bear", ""),
        row("09521000200013", "Fox", ""),
        row("09521000200029", "Fox", "absent.pdf"),
        row("09521000200029", "Fox", ""),
    ];
    rows[3][8] = "9503004".to_owned();
    let path = scene.write("toys.csv", table(",", &rows));
    let attributes = attributes();
    let arguments = with(&[&path], &key, &attributes);
    let dry = [&["submit", "--format", "json", "--dry-run"], &arguments[..]].concat();
    let done = probant(&dry).json(1);
    assert_eq!((&done["valid"], &done["refused"]), (&json!(1), &json!(3)));
    let items = done["items"].as_array().unwrap();
    let found: Vec<(u64, Option<&str>)> =
        items.iter().map(|of| (of["line"].as_u64().unwrap(), of["column"].as_str())).collect();
    let expected =
        [(2, None), (3, Some("scope.products.1.id")), (4, Some("files")), (5, Some("category.cn"))];
    assert_eq!(found, expected);

    // What was valid is new to the ledger: nothing was sent.
    let good = scene.write("good.csv", table(",", &rows[..1]));
    let arguments = with(&[&good], &key, &attributes);
    let done = scene.submit(&arguments).json(0);
    assert_eq!((&done["accepted"], &done["duplicates"]), (&json!(1), &json!(0)));
    assert_eq!(done["items"][0]["statement"], items[0]["statement"]);
}

#[test]
fn what_the_ledger_refuses_of_a_row_is_said_in_its_column() {
    let scene = Scene::new();
    let key = scene.register();
    let mut rows = [row("09521000200012", "Bear", "")];
    rows[0][1] = "https://id.gs1.org/417/9521000400009".to_owned();
    let path = scene.write("toys.csv", table(",", &rows));
    let attributes = attributes();
    let done = scene.submit(&with(&[&path], &key, &attributes)).json(1);
    let item = &done["items"][0];
    assert_eq!((&item["line"], &item["outcome"]), (&json!(2), &json!("refused")));
    let findings = item["findings"].as_array().unwrap();
    let of = |reason: &str| findings.iter().find(|of| of["reason"] == reason).unwrap();
    assert_eq!(of("ISSUER_UNKNOWN")["column"], "header.issuer.operator", "{item}");
    assert_eq!(of("ISSUER_NOT_AUTHORISED")["column"], "header.issuer.role", "{item}");
}

#[test]
fn a_table_that_can_not_be_read_or_signed_changes_nothing() {
    let scene = Scene::new();
    let key = scene.register();
    let rows = [row("09521000200012", "Bear", "")];
    let good = scene.write("good.csv", table(",", &rows));
    let attributes = attributes();
    let submit = |file: &str, key: &[&str]| {
        let mut arguments = key.to_vec();
        arguments.extend(attributes.iter().map(String::as_str));
        arguments.push(file);
        scene.submit(&arguments)
    };
    let finished = submit(&good, &[]);
    finished.expect(2);
    assert!(finished.stderr.contains("--key"), "{}", finished.stderr);
    let no_type = scene.write("no-type.csv", "brand,model\nx,y\n");
    let finished = submit(&no_type, &["--key", &key]);
    finished.expect(2);
    assert!(finished.stderr.contains("no column \"type\""), "{}", finished.stderr);
    let mut latin: Vec<u8> = table(",", &rows).into_bytes();
    let place = latin.windows(4).position(|of| of == b"Bear").unwrap();
    latin[place] = 0xe9;
    let latin = scene.write("latin.csv", latin);
    let done = submit(&latin, &["--key", &key]).json(1);
    assert!(done["items"][0]["message"].as_str().unwrap().contains("UTF-8"), "{done}");
}

#[test]
fn statements_are_signed_one_a_line() {
    let scene = Scene::new();
    let key = scene.register();
    let statement = crate::registrar::identity("identity-1", "09521000200012");
    let statement = String::from_utf8(statement).unwrap();
    let path = scene.write("statements.jsonl", format!("{statement}\n{{}}\n"));
    let unsigned = scene.submit(&[&path]).json(1);
    assert_eq!(unsigned["refused"], 2);
    let done = scene.submit(&["--key", &key, &path]).json(1);
    assert_eq!((&done["accepted"], &done["refused"]), (&json!(1), &json!(1)));
}

#[test]
fn what_could_be_read_two_ways_is_refused_before_it_is_signed() {
    let scene = Scene::new();
    let key = scene.register();
    let attributes = attributes();
    let dry = |file: &str, more: &[&str]| {
        let arguments = with(&[more, &[file]].concat(), &key, &attributes);
        probant(&[&["submit", "--format", "json", "--dry-run"], &arguments[..]].concat())
    };
    let good = row("09521000200012", "Bear", "");
    // A cell too many is not that of a column that only has a default.
    let one_more: Vec<String> = [&good[..], &["true".to_owned()]].concat();
    let file = scene.write("more.csv", table(",", &[one_more]));
    let done = dry(&file, &[]).json(1);
    let message = done["items"][0]["message"].as_str().unwrap();
    assert!(message.contains("behind the last column"), "{message}");
    // A quote that is not closed takes no row with it unnoticed.
    let mut open = row("09521000200012", "Bear", "");
    open[6] = "\"Bear".to_owned();
    let file = scene.write("open.csv", table(",", &[open, good.clone(), good.clone()]));
    let done = dry(&file, &[]).json(1);
    assert_eq!(done["valid"], 0, "{done}");
    let file = scene
        .write("head.csv", table(",", std::slice::from_ref(&good)).replace(",files", ",\"files"));
    dry(&file, &[]).expect(2);
    let file = scene.write("empty.csv", table(",", &[]));
    dry(&file, &[]).expect(2);
    // All the same if it makes a row of more than there may be.
    let mut endless = row("09521000200012", "Bear", "");
    endless[6] = format!("\"{}", "Bear".repeat(600_000));
    let file = scene.write("endless.csv", table(",", &[good.clone(), endless, good.clone()]));
    let finished = dry(&file, &["--results", &scene.text("endless-done.csv")]);
    finished.expect(2);
    assert!(finished.stderr.contains("row 3 has more than 2097152 bytes"), "{}", finished.stderr);
    assert!(finished.stderr.contains("until then: 1 could be sent"), "{}", finished.stderr);
    let done = fs::read_to_string(scene.text("endless-done.csv")).unwrap();
    assert_eq!(done.lines().count(), 2, "{done}");
    let good = scene.write("good.csv", table(",", &[good]));
    dry(&good, &["--set", "attributes.radio=true"]).expect(2);
    let before = fs::read(&good).unwrap();
    dry(&good, &["--results", &good]).expect(2);
    assert_eq!(fs::read(&good).unwrap(), before, "the input is not written over");
    // An envelope is looked into, too.
    let own = PrivateKey::from_seed([9; 32]);
    let nothing = Envelope::sign(b"1".to_vec(), &[&own]).unwrap();
    let file = scene.write("nothing.json", nothing.to_json());
    let done = probant(&["submit", "--format", "json", "--dry-run", &file]).json(1);
    assert_eq!((&done["valid"], &done["refused"]), (&json!(0), &json!(1)));
}

#[cfg(unix)]
#[test]
fn no_link_leads_to_evidence_out_of_the_folder() {
    let scene = Scene::new();
    let key = scene.register();
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::os::unix::fs::symlink(outside.path(), scene.text("scan.pdf")).unwrap();
    let file = scene.write("toys.csv", table(",", &[row("09521000200012", "Bear", "scan.pdf")]));
    let attributes = attributes();
    let arguments = with(&[&file], &key, &attributes);
    let done = probant(&[&["submit", "--format", "json", "--dry-run"], &arguments[..]].concat());
    assert_eq!(done.json(1)["items"][0]["column"], "files");
}
