//! `probant policy`: rule sets on the command line.

use std::fs;

use probant::hash::Digest;
use probant::policy::rules;
use serde_json::{Value, json};

use crate::program::{Finished, probant};

const TOYS: &str = "eu-toys";

/// A directory for rule sets.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

fn toys() -> &'static str {
    rules::embedded(TOYS).unwrap()
}

/// The embedded rules for toys with one text in the place of another that is there once.
fn changed(old: &str, new: &str) -> String {
    assert_eq!(toys().matches(old).count(), 1, "{old}");
    toys().replace(old, new)
}

fn json(arguments: &[&str], status: i32) -> Value {
    probant(&[&["--format", "json", "policy"], arguments].concat()).json(status)
}

#[track_caller]
fn says(finished: &Finished, status: i32, lines: &[&str]) {
    finished.expect(status);
    for line in lines {
        assert!(
            finished.stdout.lines().any(|of| of == *line),
            "{line}\nnot in {}",
            finished.stdout
        );
    }
}

#[test]
fn the_embedded_rule_sets_are_listed_with_their_digests() {
    let listed = json(&["list"], 0);
    let rows = listed["rule_sets"].as_array().unwrap();
    let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids, rules::NAMES);
    for row in rows {
        let text = rules::embedded(row["id"].as_str().unwrap()).unwrap();
        assert_eq!(row["sha256"], Digest::of(text.as_bytes()).to_string());
        assert_eq!(row["jurisdiction"], json!(["EU"]));
        let said = probant(&["policy", "list"]);
        says(&said, 0, &[&format!("  sha256: {}", row["sha256"].as_str().unwrap())]);
    }
    let toys = rows.iter().find(|row| row["id"] == TOYS).unwrap();
    assert_eq!(toys["categories"], json!({"gpc": ["10005160"], "cn": ["9503"]}));
    assert_eq!(toys["applies_from"], "2026-01-01");
}

#[test]
fn a_rule_set_is_shown_byte_for_byte() {
    let desk = Desk::new();
    for name in rules::NAMES {
        let text = rules::embedded(name).unwrap();
        let shown = probant(&["policy", "show", name]);
        shown.expect(0);
        assert_eq!(Digest::of(shown.stdout.as_bytes()), Digest::of(text.as_bytes()));
        assert_eq!(json(&["show", name], 0)["toml"], text);
        let full = probant(&["policy", "show", &format!("{name}@2026.11.0")]);
        assert_eq!(full.stdout, shown.stdout);
    }
    let own = changed("shelf_life_hours = 24", "shelf_life_hours = 12");
    assert_eq!(probant(&["policy", "show", &desk.write("own.toml", &own)]).stdout, own);
    let unknown = probant(&["policy", "show", "eu-toy"]);
    unknown.expect(2);
    assert!(
        unknown.stderr.contains("no embedded rule set (eu-batteries, eu-cosmetics,"),
        "{}",
        unknown.stderr
    );
    probant(&["policy", "show", "eu-toys@2025.1.0"]).expect(2);
}

#[test]
fn a_rule_set_is_shown_in_words() {
    let english = probant(&["policy", "show", TOYS, "--words"]);
    let lines = [
        "- TOY-DOC: The manufacturer has declared conformity with every act that applies.",
        "  Evidence: EU declaration of conformity from manufacturer or authorised representative; \
         for 32009L0048",
        "  Law: Directive 2009/48/EC, article 15",
    ];
    says(&english, 0, &lines);
    let french = probant(&["policy", "show", TOYS, "--words", "--lang", "fr"]);
    let lines = [
        "- TOY-DOC\u{a0}: Le fabricant a déclaré la conformité à tous les actes applicables.",
        "  Preuve\u{a0}: déclaration UE de conformité, émetteur\u{a0}: fabricant ou mandataire\u{a0}; \
         pour 32009L0048",
    ];
    says(&french, 0, &lines);
    let rules = json(&["show", TOYS, "--lang", "fr"], 0)["rules"].clone();
    let doc = rules.as_array().unwrap().iter().find(|rule| rule["code"] == "TOY-DOC").unwrap();
    assert_eq!((&doc["severity"], &doc["law"]), (&json!("deny"), &json!(["32009L0048#15"])));
    assert!(doc["fix"].as_str().unwrap().starts_with("Demandez au fabricant"));
}

#[test]
fn every_mistake_of_a_file_has_a_line_of_its_own() {
    let desk = Desk::new();
    let text = changed("\"TOY-LAB\"\nseverity = \"warn\"", "\"TOY-LAB\"\nseverity = \"mild\"");
    let text = text.replace("check = \"trader.linked\"", "check = \"trader.link\"");
    let text = text.replace("shelf_life_hours = 24", "shelf_life_hours = 48");
    let file = desk.write("bad.toml", &text);
    let found = json(&["check", &file], 1);
    let line = |words: &str| 1 + text.lines().take_while(|line| !line.contains(words)).count();
    let lines: Vec<u64> = found["mistakes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["line"].as_u64().unwrap())
        .collect();
    let expected = [line("hours = 48"), line("\"mild\""), line("\"trader.link\"")];
    assert_eq!(lines, expected.map(|line| line as u64));
    let said = probant(&["policy", "check", &file]);
    said.expect(1);
    let starts = expected.map(|line| format!("{file}:{line}: "));
    assert_eq!(said.stdout.lines().count(), starts.len());
    for (said, start) in said.stdout.lines().zip(starts) {
        assert!(said.starts_with(&start), "{said}");
    }
}

#[test]
fn two_rule_sets_for_the_same_goods_are_a_mistake_unless_queries_name_one() {
    let desk = Desk::new();
    let same = desk.write("same.toml", toys());
    let sound = json(&["check", &same], 0);
    assert_eq!(sound["sound"][0]["sha256"], Digest::of(toys().as_bytes()).to_string());

    let own = desk.write("own.toml", &changed("id = \"eu-toys\"", "id = \"house-toys\""));
    let found = probant(&["policy", "check", &own]);
    let line = format!(
        "{own}:13: GPC 10005160 in AT from 2026-01-01 on: the embedded eu-toys is for such goods, \
         too; a query that names neither gives POLICY_NOT_FOUND"
    );
    says(&found, 1, &[&line]);
    assert_eq!(found.stdout.lines().count(), 1);
    probant(&["policy", "check", &own, "--named"]).expect(0);

    let other =
        desk.write("other.toml", &changed("shelf_life_hours = 24", "shelf_life_hours = 12"));
    let found = json(&["check", &own, &other, "--named"], 1);
    assert_eq!(found["mistakes"].as_array().unwrap().len(), 1);
    let mistake = &found["mistakes"][0];
    assert_eq!((&mistake["file"], &mistake["line"]), (&json!(other), &json!(8)));
    assert!(mistake["message"].as_str().unwrap().contains("with other bytes"), "{mistake}");
    // Own against embedded, other against both.
    let found = json(&["check", &own, &other], 1);
    assert_eq!(found["mistakes"].as_array().unwrap().len(), 4);

    // Cases beside it are no rule set, and no mistake.
    let cases = desk.write("same.cases.toml", rules::cases(TOYS).unwrap());
    let found = json(&["check", &same, &cases], 0);
    let count = rules::cases(TOYS).unwrap().matches("[[case]]").count();
    assert_eq!(found["cases"], json!([{"file": cases, "count": count}]));
    assert_eq!(found["sound"].as_array().unwrap().len(), 1);
    let broken =
        desk.write("broken.cases.toml", "since = 2026-01-05\n[query]\n[[case]]\nname = 1\n");
    let found = json(&["check", &same, &broken], 1);
    assert_eq!(
        (&found["mistakes"][0]["file"], &found["mistakes"][0]["line"]),
        (&json!(broken), &json!(4))
    );

    // A remark is no mistake.
    let warns = changed("deny\"\neffective_on", "warn\"\neffective_on");
    let warns = warns.replace("id = \"eu-toys\"", "id = \"house-toys\"");
    let odd = desk.write("odd.toml", &warns);
    let said = probant(&["policy", "check", &odd, "--named"]);
    let line = 1 + warns.lines().take_while(|line| !line.contains("\"TOY-DPP\"")).count();
    says(
        &said,
        0,
        &[&format!(
            "{odd}:{line}: remark: TOY-DPP: effective_on changes nothing, for it only warns"
        )],
    );
    assert_eq!(json(&["check", &odd, "--named"], 0)["remarks"][0]["line"], json!(line));

    probant(&["policy", "check", "/nonexistent.toml"]).expect(2);
    probant(&["policy", "check"]).expect(2);
}

#[test]
fn a_rule_set_is_held_to_the_cases_beside_it() {
    let desk = Desk::new();
    let found = json(&["test", TOYS], 0);
    assert_eq!((&found["held"], &found["policy"]["id"]), (&found["count"], &json!(TOYS)));
    let cases = rules::cases(TOYS).unwrap();
    assert_eq!(found["cases"].as_array().unwrap().len(), cases.matches("[[case]]").count());

    // Another rule set with the same cases: what it no longer demands is found out.
    let own = desk.write(
        "own.toml",
        &changed("\"TOY-WARN\"\nseverity = \"deny\"", "\"TOY-WARN\"\nseverity = \"warn\""),
    );
    let none = probant(&["policy", "test", &own]);
    none.expect(2);
    assert!(none.stderr.contains("own.cases.toml"), "{}", none.stderr);
    let file = desk.write("own.cases.toml", cases);
    let found = json(&["test", &own], 1);
    let wrong: Vec<&Value> =
        found["cases"].as_array().unwrap().iter().filter(|of| of["is_met"] == false).collect();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert_eq!(
        (&wrong[0]["expected"], &wrong[0]["found"]),
        (&json!("NOT_LISTABLE"), &json!("LISTABLE"))
    );
    assert_eq!(
        wrong[0]["found_codes"],
        json!(["TOY-DPP DPP_MISSING", "TOY-WARN WARNINGS_LANG_MISSING"])
    );
    let said = probant(&["policy", "test", &own]);
    let line = format!(
        "DIFFERS  {file}:{}: a warning that Germans can't read: expected NOT_LISTABLE TOY-DPP \
         DPP_MISSING, TOY-WARN WARNINGS_LANG_MISSING; found LISTABLE TOY-DPP DPP_MISSING, TOY-WARN \
         WARNINGS_LANG_MISSING",
        wrong[0]["line"]
    );
    says(
        &said,
        1,
        &[&line, "ok       no declaration: NOT_LISTABLE TOY-DOC REQ_MISSING, TOY-DPP DPP_MISSING"],
    );

    // Cases in a directory come on top.
    fs::create_dir(desk.0.path().join("own.cases")).unwrap();
    let bad = cases.replace("change.report.overall = \"FAIL\"", "change.report.overall = \"LOST\"");
    desk.write("own.cases/more.toml", &bad);
    let found = json(&["test", &own], 1);
    assert_eq!(found["count"].as_u64().unwrap() - found["held"].as_u64().unwrap(), 3);
    let mut errors =
        found["cases"].as_array().unwrap().iter().filter_map(|of| of["error"].as_str());
    assert!(errors.next().unwrap().starts_with("record report: "));
    assert_eq!(errors.next(), None);

    let broken = desk.write("broken.toml", "since = 2026-01-05\n[query]\n[[case]]\nname = 1\n");
    let finished = probant(&["policy", "test", TOYS, "--cases", &broken]);
    finished.expect(2);
    assert!(finished.stderr.contains("line 4: "), "{}", finished.stderr);
}
