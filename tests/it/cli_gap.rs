//! `probant gap`, with the real binary: over a server, and over kept dossiers of the worked cases (b) and
//! (c) of conformity.md.

use std::fs;

use probant::dossier::build;
use probant::policy::{PolicySet, rules};
use serde_json::{Value, json};

use crate::case::{Question, parties};
use crate::cli_ledger::Scene;
use crate::desk::Desk;
use crate::dossier::{evaluated_with, paper_at};
use crate::program::{Finished, probant};
use crate::registrar::{OPERATOR, Registrar};
use crate::verdict_charger::{first_half, withdrawn};
use crate::verdict_recall::recalled;
use crate::world::World;

/// A dossier on some goods as of a day, under an embedded rule set that takes numbers for examples.
struct Kept {
    desk: Desk,
    dossier: String,
    trust: String,
    rules: String,
}

impl Kept {
    fn of(world: &World, name: &str, asked: Question, day: &str) -> Self {
        let text = rules::embedded(name).unwrap();
        let text = text.replace("test_identifiers = false", "test_identifiers = true");
        let text = text.replace(&format!("id = \"{name}\""), "id = \"house\"");
        let policies = PolicySet::embedded().with(text.as_bytes()).unwrap();
        let version = PolicySet::empty().with(text.as_bytes()).unwrap();
        let house = version.iter().next().unwrap().name().to_string();
        let log = paper_at(world, &format!("{day}T00:00:00Z"));
        let asked = asked.at(day).set("/policy", json!(house));
        let (query, evidence, verdict) = evaluated_with(&log, &asked, &policies);
        let bytes = build(&log, &evidence, &query, text.as_bytes(), &verdict).unwrap();
        let desk = Desk::new();
        let dossier = desk.write("kept.dossier", bytes);
        let trust = desk.write("genesis.toml", log.genesis.bytes());
        let rules = desk.write("house.toml", text);
        Self { desk, dossier, trust, rules }
    }

    fn charger(world: &World, day: &str) -> Self {
        Self::of(world, "eu-radio", crate::verdict_charger::question(), day)
    }

    fn gap(&self, more: &[&str]) -> Finished {
        let from = ["gap", "--from-dossier", &self.dossier, "--trust", &self.trust];
        let read = ["--policy", &self.rules, "--at", "2030-01-01T00:00:00Z"];
        probant(&[&from[..], &read[..], more].concat())
    }

    fn json(&self, status: i32) -> Value {
        self.gap(&["--format", "json"]).json(status)
    }
}

fn missing(found: &Value) -> Vec<String> {
    let text = |of: &Value, member: &str| of[member].as_str().unwrap_or_default().to_owned();
    let rows = found["missing"].as_array().unwrap().iter();
    rows.map(|of| format!("{} {}", text(of, "requirement"), text(of, "code"))).collect()
}

#[test]
fn a_withdrawn_certificate_leaves_a_gap_and_says_who_can_close_it() {
    let kept = Kept::charger(&withdrawn("SAFETY").world, "2026-10-01");
    let found = kept.json(1);
    let expected =
        ["RADIO-DOC CERT_WITHDRAWN", "RADIO-DOC DOC_BASIS_LOST", "RADIO-BASIS CERT_WITHDRAWN"];
    assert_eq!(missing(&found), expected);
    let operators = found["missing"][2]["operators"].as_array().unwrap();
    let body = operators.iter().find(|of| of["role"] == "notified_body").unwrap();
    assert_eq!(body["name"], "Notified Body 9999");
    assert_eq!(found["at"], "2026-10-01T00:00:00Z");

    let said = kept.gap(&[]);
    said.expect(1);
    for line in [
        "MISSING: requirements not met or in doubt: 2",
        ", for FR, on 2026-10-01T00:00:00Z, seller Voltaris Elec (urn:lei:ZZZZ00VOLTARISELEC39)",
        "- RADIO-BASIS, not met: ",
        "[CERT_WITHDRAWN]",
        "  To do: ",
        "  Who can supply it: certificate of conformity, from notified body Notified Body 9999 (urn:nando:9999)",
        "  Law: Directive 2014/53/EU, article 17",
        "Left out, because the offer, the seller or the platform settles it: OFFER-BLOCKS, ",
        "Proved: the dossier that this rests on VERIFIES",
    ] {
        assert!(said.stdout.contains(line), "{line}\nis not in\n{}", said.stdout);
    }
    // Two reasons, and once what to do about them.
    assert_eq!(said.stdout.matches("RADIO-DOC, not met").count(), 1, "{}", said.stdout);
    let said = kept.gap(&["--lang", "fr"]);
    for line in [
        "MANQUANT : exigences non satisfaites ou à vérifier\u{a0}: 2",
        "À faire\u{a0}: ",
        "Laissé de côté",
        "est VÉRIFIÉ",
    ] {
        assert!(said.stdout.contains(line), "{line}\nis not in\n{}", said.stdout);
    }
}

#[test]
fn a_recalled_batch_is_in_the_way_and_another_is_not() {
    let asked = |lot: &str| crate::verdict_recall::asked().batches(&[lot]);
    let kept = |lot: &str| Kept::of(&recalled(), "eu-toys", asked(lot), "2026-11-21");
    assert_eq!(missing(&kept("B2608").json(1)), ["NEG-MEASURE RECALLED_BATCH"]);
    let other = kept("B2607");
    assert_eq!(missing(&other.json(0)), [""; 0]);
    let said = other.gap(&[]);
    said.expect(0);
    assert!(said.stdout.starts_with("NOTHING IS MISSING"), "{}", said.stdout);
    assert!(said.stdout.contains("Within 90 days\nnothing ends"), "{}", said.stdout);
}

#[test]
fn what_ends_soon_stands_in_a_calendar_and_leaves_the_status_alone() {
    let world = first_half(parties("2024-01-05"), true).world;
    let kept = Kept::charger(&world, "2029-04-10");
    let found = kept.json(0);
    let lapsing = &found["lapsing"][0];
    assert_eq!(
        (&lapsing["number"], &lapsing["within_days"]),
        (&json!("RED-9999-24-00781"), &json!(30))
    );
    let falling: Vec<&Value> =
        found["falling"].as_array().unwrap().iter().map(|of| &of["requirement"]).collect();
    assert_eq!(falling, ["RADIO-DOC", "RADIO-BASIS"]);
    assert_eq!(found["falling"][1]["because"][0], *lapsing);
    let said = kept.gap(&[]);
    for line in [
        "In 30 days a requirement falls:",
        "  Because of: certificate of conformity RED-9999-24-00781 of Notified Body 9999 (urn:nando:9999), \
         counts until 2029-05-02T00:00:00Z",
        "- ends within 30 days: certificate of conformity RED-9999-24-00781",
    ] {
        assert!(said.stdout.contains(line), "{line}\nis not in\n{}", said.stdout);
    }
}

#[test]
fn from_nothing_to_nothing_missing_over_a_server() {
    let scene = Scene::new();
    let key = scene.register();
    let (url, trust, rules) = (scene.url().to_owned(), scene.trust(), scene.text("rules.toml"));
    let from = ["gap", "--server", &url, "--trust", &trust, "--policy", &rules];
    let about = ["--gtin", "9521000200012", "--to", "FR", "--rule-set", "test-rules@1"];
    let of = ["--category", "gpc=10005160", "--trader", OPERATOR];
    let gap = |more: &[&str]| probant(&[&from[..], &about, &of, more].concat());
    let empty = gap(&["--format", "json"]).json(1);
    assert_eq!(missing(&empty), ["ID REQ_MISSING"]);
    let row = &empty["missing"][0];
    assert_eq!(row["fix"], "Ask the manufacturer to say what it is.");
    assert_eq!(row["operators"][0]["name"], "Lumipeluche Mfg");
    assert_eq!((&empty["seller"], &empty["dossier_file"]), (&json!(OPERATOR), &Value::Null));
    let nobody = probant(&[&from[..], &about, &of[..2], &["--format", "json"]].concat()).json(1);
    assert_eq!((&nobody["seller"], &nobody["missing"][0]["operators"]), (&Value::Null, &json!([])));

    scene.submit(&[&scene.identity(&key, "identity-1")]).expect(0);
    let dossier = scene.text("gap.dossier");
    let whole = gap(&["--dossier", &dossier, "--format", "json"]).json(0);
    assert_eq!((missing(&whole).len(), &whole["verified"]), (0, &json!(true)));
    assert_eq!(whole["dossier_file"], json!(dossier));
    gap(&["--dossier", &dossier]).expect(2);
    // What was kept says the same, offline.
    let kept = ["gap", "--from-dossier", &dossier, "--trust", &trust, "--policy", &rules];
    let kept = probant(&[&kept[..], &["--format", "json"]].concat()).json(0);
    for member in ["missing", "left_out", "lapsing", "checkpoint", "at"] {
        assert_eq!(kept[member], whole[member], "{member}");
    }
    // The same with a whole query, which is not logged whatever it says.
    let query = ["--query", &scene.query(), "--format", "json"];
    let whole = probant(&[&from[..], &query].concat()).json(0);
    assert_eq!(missing(&whole), [""; 0]);
}

#[test]
fn what_can_not_be_said_has_a_reason_and_no_answer() {
    let scene = Scene::new();
    let (url, trust) = (scene.url().to_owned(), scene.trust());
    let from = ["gap", "--server", &url, "--trust", &trust];
    let about = ["--gtin", "9521000200012", "--to", "FR", "--category", "gpc=10005160"];
    let named = [&about[..], &["--rule-set", "test-rules@1"]].concat();
    let fails = |arguments: &[&str], words: &str| {
        let finished = probant(arguments);
        finished.expect(2);
        assert!(finished.stderr.contains(words), "{words}: {}", finished.stderr);
        assert_eq!(finished.stdout, "");
    };
    fails(&[&from[..], &named].concat(), "is not one of those accepted here");
    let wrong = ["--gtin", "9521000200013", "--to", "FR"];
    fails(&[&from[..], &wrong].concat(), "IDENTIFIER_INVALID");
    fails(&[&from[..], &["--gtin", "9521000200012"]].concat(), "--to");
    fails(&from, "--gtin");
    fails(&[&from[..], &about, &["--category", "hs=1"]].concat(), "gpc=CODE");
    fails(&[&from[..], &about, &["--category", "gpc=1"]].concat(), "two codes");

    let kept = Kept::charger(&first_half(parties("2024-01-05"), true).world, "2026-06-01");
    fails(&["gap", "--from-dossier", &kept.dossier], "give it with --trust");
    let other = Registrar::with_ledger();
    let read = ["--policy", &kept.rules, "--at", "2030-01-01T00:00:00Z"];
    let foreign = ["gap", "--from-dossier", &kept.dossier, "--trust", &other.genesis_path()];
    fails(&[&foreign[..], &read].concat(), "checkpoint");
    let mut bytes = fs::read(&kept.dossier).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let touched = kept.desk.write("touched.dossier", bytes);
    let touched = ["gap", "--from-dossier", &touched, "--trust", &kept.trust];
    fails(&[&touched[..], &read].concat(), "touched.dossier: dossier: ");
}
