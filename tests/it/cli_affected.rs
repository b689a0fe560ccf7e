//! `probant affected`, with the real binary: over an export of worked case (b), and over a server.

use std::fs;

use serde_json::{Value, json};

use crate::cli_ledger::Scene;
use crate::desk::Desk;
use crate::paper_log::{Paper, PaperLog};
use crate::program::{Finished, probant};
use crate::reliance::Shop;
use crate::world::BODY;

const NUMBER: &str = "RED-9999-24-00781";

/// An export of a log, and who reads it.
struct Reading {
    desk: Desk,
    export: String,
    trust: String,
}

impl Reading {
    fn of(log: &PaperLog) -> Self {
        let desk = Desk::new();
        for (path, bytes) in log.files().0 {
            desk.write(&format!("copy/{path}"), bytes);
        }
        let trust = desk.write("genesis.toml", log.genesis.bytes());
        Self { export: desk.text("copy"), desk, trust }
    }

    fn affected(&self, more: &[&str]) -> Finished {
        let from = ["affected", "--export", &self.export, "--trust", &self.trust];
        probant(&[&from[..], more].concat())
    }

    fn certificate(&self, more: &[&str]) -> Finished {
        self.affected(&[&["--issuer", BODY, "--number", NUMBER], more].concat())
    }

    fn json(&self, status: i32, more: &[&str]) -> Value {
        self.certificate(&[more, &["--format", "json"]].concat()).json(status)
    }
}

/// The charger is listed twice; its certificate falls, and one listing comes down because of it.
fn fallen() -> Shop {
    let mut shop = Shop::charger();
    shop.list("MK-2");
    shop.list("MK-3");
    shop.at("2026-09-30T08:00:00Z");
    let (_, withdrawal) = shop.withdraw("WITHDRAW");
    shop.at("2026-09-30T14:00:00Z");
    shop.delist("MK-2", &withdrawal);
    shop.log.seal();
    shop
}

fn listings(found: &Value) -> Vec<&str> {
    found["listings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["listing_id"].as_str().unwrap())
        .collect()
}

#[test]
fn after_one_certificate_falls_every_product_and_listing_that_rests_on_it_is_listed() {
    let reading = Reading::of(&fallen().log);
    let found = reading.json(1, &[]);
    assert_eq!((&found["status"], &found["is_complete"]), (&json!("WITHDRAWN"), &json!(true)));
    assert_eq!(found["resting"][0]["number"], "VD-781");
    assert_eq!(found["products"][0]["product"], "https://id.gs1.org/01/09521000400030");
    assert_eq!((listings(&found), &found["listings_up"]), (vec!["MK-2", "MK-3"], &json!(1)));
    assert_eq!(found["listings"][0]["ended"]["names_fall"], true);
    assert_eq!(found["listings"][0]["after_fall_ms"], 21_600_000);
    assert_eq!(found["listings"][1]["ended"], Value::Null);

    let said = reading.certificate(&[]);
    said.expect(1);
    for line in [
        "certificate of conformity RED-9999-24-00781 version 1 of Notified Body 9999 (urn:nando:9999)",
        "Status: withdrawn since 2026-09-30T08:00:00Z, by status-change entry ",
        "Records that rest on it: 1",
        "- EU declaration of conformity VD-781 of Voltaris Elec (urn:lei:",
        "; up since entry ",
        "taken down by entry ",
        ", because of it, 0 d 6 h 0 min after the fall",
        "; STILL UP, 0 d 6 h 0 min after the fall",
    ] {
        assert!(said.stdout.contains(line), "{line}\nis not in\n{}", said.stdout);
    }
    assert!(!said.stdout.contains("NOT COMPLETE"), "{}", said.stdout);
    let said = reading.certificate(&["--lang", "fr"]);
    for line in [
        "ENCORE PUBLIÉE, 0 j 6 h 0 min après la chute",
        "publiée depuis l'entrée ",
        "pour cette raison",
    ] {
        assert!(said.stdout.contains(line), "{line}\nis not in\n{}", said.stdout);
    }
}

#[test]
fn the_listings_can_be_narrowed_and_go_to_a_table() {
    let reading = Reading::of(&fallen().log);
    let table = reading.desk.text("up.csv");
    let found = reading.json(1, &["--up", "--results", &table]);
    assert_eq!((listings(&found), &found["results_file"]), (vec!["MK-3"], &json!(table)));
    let rows = reading.desk.read("up.csv");
    let rows: Vec<&str> = rows.lines().collect();
    assert!(rows[0].starts_with("platform,listing_id,product,"), "{rows:?}");
    assert!(rows.len() == 2 && rows[1].contains(",MK-3,") && rows[1].contains(",UP,"), "{rows:?}");
    let again = reading.certificate(&["--results", &table]);
    again.expect(2);
    assert!(again.stderr.contains("exists"), "{}", again.stderr);

    let in_time = |status, from: &str, until: &str| {
        let found = reading.json(status, &["--from", from, "--until", until]);
        listings(&found).len()
    };
    assert_eq!(in_time(1, "2026-09-30", "2026-09-30"), 2);
    assert_eq!(in_time(1, "2026-10-01", "2026-12-31"), 1);
    assert_eq!(in_time(0, "2025-01-01", "2026-05-31"), 0);
    reading.certificate(&["--from", "2026-02-01", "--until", "2026-01-01"]).expect(2);
}

#[test]
fn what_is_withheld_is_said_aloud_and_nothing_found_is_then_no_answer() {
    let mut shop = Shop::charger();
    let hidden = shop.list("MK-2");
    shop.log.seal();
    for index in hidden {
        shop.log.payloads[index.get() as usize] = Paper::Withheld;
    }
    let reading = Reading::of(&shop.log);
    let found = reading.json(2, &["--up"]);
    assert_eq!((&found["unseen"]["withheld"], &found["is_complete"]), (&json!(2), &json!(false)));
    let said = reading.certificate(&["--up"]);
    assert!(said.stdout.contains("NOT COMPLETE"), "{}", said.stdout);
    assert!(said.stdout.contains("2 verdicts or listings are withheld"), "{}", said.stdout);
    let said = reading.certificate(&["--up", "--lang", "fr"]);
    assert!(said.stdout.contains("INCOMPLET"), "{}", said.stdout);
    // The declaration and the product are there for everybody.
    reading.certificate(&[]).expect(1);
}

#[test]
fn what_can_not_be_said_has_a_reason() {
    let mut shop = fallen();
    let reading = Reading::of(&shop.log);
    for (arguments, words) in [
        (&["--issuer", BODY, "--number", "RED-0"][..], "no record in this log is or cites"),
        (&["99999"], "holds no attestation"),
        (&["1"], "is of kind operator-registration"),
        (&["nothing"], "names no document"),
        (&["--issuer", "somebody", "--number", "1"], "issuer: "),
        (&["33", "--document-version", "1"], "leave out the version"),
        (&["--issuer", BODY, "--number", NUMBER, "--document-version", "7"], "has no version"),
    ] {
        let finished = reading.affected(arguments);
        finished.expect(2);
        assert!(finished.stderr.contains(words), "{words}: {}", finished.stderr);
        assert_eq!(finished.stdout, "");
    }
    let untrusted = probant(&["affected", "--export", &reading.export, "33"]);
    untrusted.expect(2);
    assert!(untrusted.stderr.contains("give it with --trust"), "{}", untrusted.stderr);
    probant(&["affected", "--export", "/nonexistent", "--trust", &reading.trust, "33"]).expect(2);

    // Somebody changed what the log says.
    shop.log.payloads[33] = Paper::Absent;
    let reading = Reading::of(&shop.log);
    let finished = reading.certificate(&[]);
    finished.expect(2);
    assert!(finished.stderr.contains("the log is not sound: "), "{}", finished.stderr);
    fs::remove_file(reading.desk.path("copy/checkpoint")).unwrap();
    reading.certificate(&[]).expect(2);
}

#[test]
fn a_server_is_asked_for_its_whole_log_once() {
    let scene = Scene::new();
    let key = scene.register();
    let identity = scene.identity(&key, "identity-1");
    let done = scene.submit(&[&identity]).json(0);
    let entry = done["items"][0]["index"].to_string();
    let (url, trust) = (scene.url().to_owned(), scene.trust());
    let seen = scene.text("seen");
    let from = ["affected", "--server", &url, "--trust", &trust, "--seen", &seen];
    let found = probant(&[&from[..], &[&entry, "--format", "json"]].concat()).json(1);
    assert_eq!((&found["document"], &found["status"]), (&Value::Null, &json!("IN_FORCE")));
    assert_eq!(found["products"][0]["product"], "https://id.gs1.org/01/09521000200012");
    assert_eq!((listings(&found), &found["is_complete"]), (Vec::new(), &json!(true)));
    // Listings there are none.
    probant(&[&from[..], &[&entry, "--up"]].concat()).expect(0);
    // Another ledger's trust root: nothing of this one is believed.
    let other = Reading::of(&fallen().log);
    let foreign = ["affected", "--server", &url, "--trust", &other.trust, &entry];
    assert!(probant(&foreign).stderr.contains("no signature is of a known key"));
}
