//! What a submission would come to, with the real server.

use std::fs;

use serde_json::{Value, json};

use crate::cli_ledger::Scene;
use crate::cli_tables::{attributes, row, table, with};
use crate::program::{Finished, probant};

const BEAR: &str = "09521000200012";
const FOX: &str = "09521000200029";

fn forecast(scene: &Scene, more: &[&str]) -> Finished {
    let trust = scene.trust();
    let asked = ["--server", scene.url(), "--trust", &trust, "--dry-run"];
    probant(&[&["submit"], &asked[..], more].concat())
}

fn lines(done: &Value, members: &[&str]) -> Vec<Vec<Value>> {
    let items = done["items"].as_array().unwrap().iter();
    items.map(|item| members.iter().map(|name| item[*name].clone()).collect()).collect()
}

#[test]
fn the_ledger_says_of_every_row_what_it_would_do_and_does_not_do_it() {
    let scene = Scene::new();
    let key = scene.register();
    let attributes = attributes();
    let before = scene.write("before.csv", table(",", &[row(BEAR, "Bear", "")]));
    let before = scene.submit(&with(&[&before], &key, &attributes)).json(0);
    let mut rows = vec![
        row(BEAR, "Bear", ""),
        row(FOX, "Fox", ""),
        row(FOX, "Fox", ""),
        row("09521000200013", "Wolf", ""),
        row(FOX, "Otter", ""),
        row(FOX, "Badger", ""),
    ];
    // Nobody whom the ledger knows.
    rows[4][1] = "https://id.gs1.org/417/9521000400009".to_owned();
    let path = scene.write("toys.csv", table(",", &rows));
    let results = scene.text("forecast.csv");
    let arguments = with(&["--results", &results, &path], &key, &attributes);
    let done = forecast(&scene, &[&["--format", "json"], &arguments[..]].concat()).json(1);
    let size = done["as_of"].as_u64().unwrap();
    let bear = &before["items"][0];
    assert!(size > bear["index"].as_u64().unwrap());
    let expected = json!([
        [2, "duplicate", bear["index"], bear["statement"], null, null],
        [3, "valid", null, done["items"][1]["statement"], null, null],
        [4, "duplicate", null, done["items"][1]["statement"], null, null],
        [5, "refused", null, null, "MALFORMED", "scope.products.1.id"],
        [6, "refused", null, null, "SIGNER_UNEXPECTED", null],
        [7, "valid", null, done["items"][5]["statement"], null, null],
    ]);
    let members = ["line", "outcome", "index", "statement", "reason", "column"];
    assert_eq!(json!(lines(&done, &members)), expected, "{done:#}");
    let findings = done["items"][4]["findings"].as_array().unwrap();
    let of = |reason: &str| findings.iter().find(|of| of["reason"] == reason).unwrap();
    assert_eq!(of("ISSUER_UNKNOWN")["column"], "header.issuer.operator");
    // It is row 3 that has the number, and that is not recorded.
    assert_eq!(of("IDENTIFIER_TAKEN")["column"], "scope.products.1.id");
    let counts = ["valid", "duplicates", "refused", "accepted", "unanswered"];
    assert_eq!(counts.map(|of| done[of].as_u64().unwrap()), [2, 2, 2, 0, 0]);

    // The table says the same, in the columns of a real run.
    let text = fs::read_to_string(&results).unwrap();
    let head = text.lines().next().unwrap();
    assert_eq!(head, "file,line,outcome,index,time,statement,receipt,reason,column,message,state");
    let outcomes = text.lines().skip(1).map(|line| line.split(',').nth(2).unwrap());
    let outcomes: Vec<&str> = outcomes.collect();
    assert_eq!(outcomes, ["duplicate", "valid", "duplicate", "refused", "refused", "valid"]);

    // Said aloud, and nothing has happened: a real run does what was said.
    let said = forecast(&scene, &arguments);
    said.expect(1);
    let summary = format!(
        "2 would be recorded, 2 not again, 2 refused: a forecast as of {size} entries; nothing was \
         recorded\n"
    );
    assert!(said.stdout.ends_with(&summary), "{}", said.stdout);
    let real = scene.submit(&arguments).json(1);
    let outcome_of = |item: &Vec<Value>| match (item[0].as_str().unwrap(), item[1].as_bool()) {
        ("accepted", Some(true)) => "duplicate".to_owned(),
        ("accepted", _) => "valid".to_owned(),
        (other, _) => other.to_owned(),
    };
    let real: Vec<String> =
        lines(&real, &["outcome", "duplicate"]).iter().map(outcome_of).collect();
    assert_eq!(real, outcomes);
}

#[test]
fn without_a_server_it_is_said_that_the_ledger_was_not_asked() {
    let scene = Scene::new();
    let key = scene.register();
    let attributes = attributes();
    let path = scene.write("toys.csv", table(",", &[row(BEAR, "Bear", "")]));
    let arguments = with(&[&path], &key, &attributes);
    let said = probant(&[&["submit", "--dry-run"], &arguments[..]].concat());
    said.expect(0);
    let summary =
        "1 could be sent, 0 could not; the ledger was not asked, and nothing was recorded\n";
    assert!(said.stdout.ends_with(summary), "{}", said.stdout);
    let json = ["submit", "--dry-run", "--format", "json"];
    assert_eq!(probant(&[&json, &arguments[..]].concat()).json(0)["as_of"], Value::Null);
    let nowhere = ["submit", "--dry-run", "--server", "http://127.0.0.1:1"];
    probant(&[&nowhere, &arguments[..]].concat()).expect(2);
}

#[test]
fn envelopes_and_statements_are_foreseen_too() {
    let scene = Scene::new();
    let key = scene.register();
    let envelope = scene.identity(&key, "identity-1");
    let statement = crate::registrar::identity("identity-2", FOX);
    let text = format!("{}\n{{}}\n", String::from_utf8(statement).unwrap());
    let lines = scene.write("statements.jsonl", text);
    let done = forecast(&scene, &["--format", "json", "--key", &key, &envelope, &lines]).json(1);
    let found: Vec<&Value> =
        done["items"].as_array().unwrap().iter().map(|of| &of["outcome"]).collect();
    assert_eq!(found, ["valid", "valid", "refused"]);
}
