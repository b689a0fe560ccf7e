//! A rule set is published from the command line.

use std::fs;

use probant::policy::rules;
use serde_json::Value;

use crate::cli_ledger::Scene;
use crate::program::{Finished, probant};
use crate::registrar::OPERATOR;

fn statement(scene: &Scene, more: &[&str]) -> Finished {
    let trust = scene.trust();
    let arguments = ["policy", "statement", "eu-toys", "--trust", &trust, "--issuer", OPERATOR];
    probant(&[&arguments[..], &["--issued", "2026-11-01", "--format", "json"], more].concat())
}

#[test]
fn a_rule_set_is_published_once_under_its_name() {
    let scene = Scene::new();
    let key = scene.register();
    let out = scene.text("rules.json");
    let written = statement(&scene, &["--out", &out]).json(0);
    assert_eq!(written["statement"], fs::read_to_string(&out).unwrap());
    let content: Value = serde_json::from_str(written["statement"].as_str().unwrap()).unwrap();
    let head = &content["predicate"]["header"]["document"];
    assert_eq!([&head["number"], &head["version"]], [&written["id"], &written["version"]]);
    assert_eq!(written["id"], "eu-toys");

    // Only platforms and authorities publish, and this operator is neither yet.
    let refused = scene.submit(&["--key", &key, &out]).json(1);
    assert_eq!(refused["items"][0]["reason"], "ISSUER_NOT_AUTHORISED", "{refused}");
    let grant = scene.grant("grant-2", "platform");
    scene.submit(&[&grant]).json(0);
    let done = scene.submit(&["--key", &key, &out]).json(0);
    assert_eq!(done["accepted"], 1);
    let again = scene.submit(&["--key", &key, &out]).json(0);
    assert_eq!(
        (&again["duplicates"], &again["items"][0]["index"]),
        (&1.into(), &done["items"][0]["index"])
    );

    // Under the same name, other content is another rule set.
    let other = rules::embedded("eu-toys")
        .unwrap()
        .replace("shelf_life_hours = 24", "shelf_life_hours = 12");
    let other = scene.write("other.toml", other);
    let trust = scene.trust();
    let second = scene.text("second.json");
    let arguments =
        ["policy", "statement", &other, "--trust", &trust, "--issuer", OPERATOR, "--out", &second];
    probant(&arguments).expect(0);
    let refused = scene.submit(&["--key", &key, &second]).json(1);
    assert_eq!(refused["items"][0]["reason"], "DUPLICATE_NUMBER", "{refused}");
}

#[test]
fn a_role_that_publishes_no_rule_sets_is_refused() {
    let scene = Scene::new();
    let out = scene.text("rules.json");
    let refused = statement(&scene, &["--role", "lab", "--out", &out]);
    refused.expect(1);
    assert!(!std::path::Path::new(&out).exists());
    statement(&scene, &["--role", "wizard"]).expect(2);
    assert_eq!(statement(&scene, &[]).json(0)["statement_file"], Value::Null);
}
