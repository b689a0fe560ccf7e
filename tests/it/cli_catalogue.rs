//! Whole catalogues are asked about, with the real server.

use std::fs;

use serde_json::{Value, json};

use crate::cli_ledger::Scene;
use crate::program::{Finished, probant};
use crate::registrar::OPERATOR;

const KNOWN: &str = "09521000200012";
const UNKNOWN: &str = "09521000200029";

fn ask(scene: &Scene, file: &str, results: &str, more: &[&str]) -> Finished {
    let trust = scene.trust();
    let asked = ["--format", "json", "catalogue", "--server", scene.url(), "--trust", &trust];
    probant(&[&asked[..], &["--results", results, file], more].concat())
}

/// A ledger that knows what one product is.
fn scene() -> Scene {
    let scene = Scene::new();
    let key = scene.register();
    scene.submit(&[&scene.identity(&key, "identity-1")]).expect(0);
    scene
}

fn query(scene: &Scene, gtin: &str) -> String {
    let query: Value = serde_json::from_str(&fs::read_to_string(scene.query()).unwrap()).unwrap();
    let mut query = query;
    query["product"]["gtin"] = gtin.into();
    query["request_id"] = format!("ask {gtin}").into();
    query.to_string()
}

fn counts(done: &Value) -> [u64; 5] {
    ["listable", "not_listable", "review", "refused", "unanswered"]
        .map(|name| done[name].as_u64().unwrap())
}

#[test]
fn a_table_of_products_has_an_answer_for_each_row_in_its_order() {
    let scene = scene();
    let columns = [
        "request_id",
        "product.gtin",
        "offer.destinations",
        "offer.languages",
        "category.cn",
        "attributes.radio",
    ];
    let rows = [
        ["a", KNOWN, "FR", "fr", "95030041", "false"],
        ["b", UNKNOWN, "FR | DE", "fr", "95030041", ""],
        ["c", "9521000200013", "FR", "fr", "95030041", ""],
        ["d", KNOWN, "FR", "fr", "95030041", "perhaps"],
        ["=e()", KNOWN, "FR", "fr", "95030041", ""],
    ];
    let lines = std::iter::once(columns.join(";")).chain(rows.map(|row| row.join(";")));
    let file = scene.write("products.csv", lines.collect::<Vec<_>>().join("\n"));
    let results = scene.text("answers.csv");
    let trader = format!("trader.operator={OPERATOR}");
    let set = [
        "--set",
        &trader,
        "--set",
        "offer.platform=https://id.gs1.org/417/9521000500006",
        "--set",
        "offer.goods_location.kind=DIRECT_IMPORT",
        "--set",
        "policy=test-rules@1",
    ];
    let done = ask(&scene, &file, &results, &set).json(1);
    assert_eq!(counts(&done), [2, 1, 0, 2, 0]);
    let text = fs::read_to_string(&results).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let found: Vec<[&str; 3]> = rows[1..].iter().map(|row| [row[0], row[1], row[3]]).collect();
    let expected = [
        ["2", "a", "LISTABLE"],
        ["3", "b", "NOT_LISTABLE"],
        ["4", "", "REFUSED"],
        ["5", "", "REFUSED"],
        ["6", "'=e()", "LISTABLE"],
    ];
    assert_eq!(found, expected, "{text}");
    assert!(text.contains("attributes.radio: found \"\"perhaps\"\""), "{text}");

    let again = ask(&scene, &file, &results, &set);
    again.expect(2);
    assert_eq!(fs::read_to_string(&results).unwrap(), text, "answers are not overwritten");
}

#[test]
fn queries_one_a_line_have_an_answer_a_line() {
    let scene = scene();
    let queries = [query(&scene, KNOWN), "{".to_owned(), String::new(), query(&scene, KNOWN)];
    let file = scene.write("queries.jsonl", queries.join("\n"));
    let results = scene.text("answers.jsonl");
    let done = ask(&scene, &file, &results, &[]).json(2);
    assert_eq!(counts(&done), [2, 0, 0, 1, 0]);
    let text = fs::read_to_string(&results).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found: Vec<(&Value, &Value)> =
        rows.iter().map(|row| (&row["line"], &row["verdict"])).collect();
    let (listable, refused) = (json!("LISTABLE"), json!("REFUSED"));
    assert_eq!(found, [(&json!(1), &listable), (&json!(2), &refused), (&json!(4), &listable)]);
    assert_eq!(rows[0]["request_id"], format!("ask {KNOWN}"));
}

#[test]
fn a_server_that_can_not_be_reached_leaves_no_answers() {
    let scene = scene();
    let file = scene.write("queries.jsonl", query(&scene, KNOWN));
    let results = scene.text("answers.jsonl");
    let trust = scene.trust();
    let nowhere = ["--server", "http://127.0.0.1:1", "--trust", &trust];
    let asked = [&["catalogue"], &nowhere[..], &["--results", &results, &file]].concat();
    let finished = probant(&asked);
    finished.expect(2);
    assert!(finished.stderr.contains("connect to http://127.0.0.1:1"), "{}", finished.stderr);
    assert!(!std::path::Path::new(&results).exists(), "nothing was answered");
}
