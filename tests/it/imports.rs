//! Documents of other systems as statements: the vectors in `tests/vectors/import/`, good ones with
//! the statements that they become, and one for each defect with its place and its reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use probant::attestation::Statement;
use probant::import::{Reading, Source, Terms, epcis, untp};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::attestations::set;

/// What `cases.json` holds.
#[derive(Deserialize)]
struct Cases {
    good: Vec<Good>,
    refused: Vec<Refused>,
}

/// A document, and the statements that it becomes.
#[derive(Deserialize)]
struct Good {
    document: String,
    by: String,
    set: Vec<(String, String)>,
    statements: String,
}

/// A good document with something changed, and everything that is then wrong with it.
#[derive(Deserialize)]
struct Refused {
    why: String,
    of: String,
    change: Map<String, Value>,
    by: Option<String>,
    issuer: Option<String>,
    zone: Option<String>,
    set: Option<Vec<(String, String)>>,
    defects: Vec<Place>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Place {
    place: String,
    reason: String,
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(format!("{}/tests/vectors/import/{name}", env!("CARGO_MANIFEST_DIR")))
}

fn json_of<T: for<'de> Deserialize<'de>>(name: &str) -> T {
    serde_json::from_slice(&fs::read(path(name)).unwrap()).unwrap()
}

fn cases() -> Cases {
    json_of("cases.json")
}

/// The good documents of a format.
pub(crate) fn documents(format: &str) -> Vec<Vec<u8>> {
    let good = cases().good.into_iter().map(|of| of.document);
    let of_format = good.filter(|name| name.starts_with(format));
    of_format.map(|name| fs::read(path(&name)).unwrap()).collect()
}

/// What a good document becomes, with the member at each of these places changed, on other terms.
pub(crate) fn import(
    document: &str,
    changes: &[(&str, Value)],
    with: impl FnOnce(&mut Terms),
) -> Vec<Reading> {
    let good = cases().good.into_iter().find(|of| of.document == document).unwrap();
    let mut terms =
        Terms { by: good.by.parse().unwrap(), issuer: None, zone: None, supplements: good.set };
    with(&mut terms);
    let mut bytes = fs::read(path(document)).unwrap();
    if !changes.is_empty() {
        let mut value: Value = serde_json::from_slice(&bytes).unwrap();
        for (place, new) in changes {
            let text = if new.is_null() { String::new() } else { new.to_string() };
            remove_or_set(&mut value, place, &text);
        }
        bytes = value.to_string().into_bytes();
    }
    read(document, &bytes, &terms)
}

/// As [`set`], and of a list too an item goes if there is no text for it.
fn remove_or_set(value: &mut Value, place: &str, text: &str) {
    let (parent, name) = place.rsplit_once('/').unwrap();
    match value.pointer_mut(parent) {
        Some(Value::Array(items)) if text.is_empty() => drop(items.remove(name.parse().unwrap())),
        _ => set(value, place, text),
    }
}

fn read(document: &str, bytes: &[u8], terms: &Terms) -> Vec<Reading> {
    let (format, name) = document.split_once('/').unwrap();
    let source = Source { name, bytes };
    match format {
        "untp" => vec![untp::read(&source, terms)],
        "epcis" => epcis::read(&source, terms),
        other => panic!("no format {other}"),
    }
}

/// The statements of readings that are all good.
#[track_caller]
pub(crate) fn statements(readings: Vec<Reading>) -> Vec<Vec<u8>> {
    readings.into_iter().map(|reading| reading.outcome.unwrap().statement).collect()
}

fn predicate(statement: &[u8]) -> Value {
    let statement: Value = serde_json::from_slice(statement).unwrap();
    statement["predicate"].clone()
}

fn defects(readings: Vec<Reading>) -> BTreeSet<Place> {
    let defects = readings.into_iter().filter_map(|reading| reading.outcome.err()).flatten();
    defects.map(|of| Place { place: of.place, reason: of.reason.to_string() }).collect()
}

fn notes(readings: &[Reading], place: &str) -> Vec<String> {
    let notes = readings.iter().flat_map(|reading| &reading.notes);
    notes.filter(|note| note.place == place).map(|note| note.text.clone()).collect()
}

/// Every good document is its statements.
pub(crate) fn check_good_documents() {
    for good in cases().good {
        let found = statements(import(&good.document, &[], |_| ()));
        let expected: Vec<Value> = json_of(&good.statements);
        let values = found.iter().map(|of| serde_json::from_slice::<Value>(of).unwrap());
        assert_eq!(values.collect::<Vec<_>>(), expected, "{}", good.document);
        assert!(!found.is_empty(), "{}", good.document);
        for statement in found {
            Statement::parse(&statement).unwrap();
        }
    }
}

/// Every defect is refused at its place and with its reason.
pub(crate) fn check_defects() {
    for case in cases().refused {
        let Refused { why, of, change, by, issuer, zone, set, defects: expected } = case;
        let changes: Vec<(&str, Value)> =
            change.iter().map(|(place, value)| (place.as_str(), value.clone())).collect();
        let found = import(&of, &changes, |terms| {
            if let Some(by) = by {
                terms.by = by.parse().unwrap();
            }
            terms.issuer = issuer.map(|issuer| issuer.parse().unwrap());
            terms.zone = zone.map(|zone| zone.parse().unwrap());
            if let Some(set) = set {
                terms.supplements = set;
            }
        });
        assert_eq!(defects(found), expected.into_iter().collect(), "{why}");
    }
}

#[test]
fn a_credential_of_an_old_version_is_told_all_that_is_wrong_with_it() {
    let document = "untp/version-0.3.10.json";
    let bytes = fs::read(path(document)).unwrap();
    let terms = |zone: Option<&str>| Terms {
        by: "https://id.gs1.org/417/9521000200005".parse().unwrap(),
        issuer: None,
        zone: zone.map(|zone| zone.parse().unwrap()),
        supplements: Vec::new(),
    };
    let places = |zone| {
        let found = defects(read(document, &bytes, &terms(zone)));
        found.into_iter().map(|of| of.place).collect::<Vec<_>>()
    };
    let always = [
        "/@context",
        "/credentialSubject/assessments/0/assessedFacilities/0/facility/id",
        "/credentialSubject/conformityCertificate/hashDigest",
    ];
    assert_eq!(places(None), [&always[..], &["/validFrom", "/validUntil"]].concat());
    assert_eq!(places(Some("+10:00")), always);
}

#[test]
fn a_time_without_a_zone_is_read_in_the_declared_one() {
    let changes = [("/validFrom", json!("2026-03-01T00:00:00"))];
    let readings = import("untp/certificate.json", &changes, |terms| {
        terms.zone = "+08:00".parse().ok();
    });
    assert_eq!(notes(&readings, "/validFrom")[0], "read in the declared zone +08:00");
    let found = predicate(&statements(readings)[0]);
    assert_eq!(found["header"]["validity"]["from"], "2026-03-01");
    let changes = [("/eventTime", json!("2026-09-15T08:00:00"))];
    let readings = import("epcis/event.json", &changes, |terms| {
        terms.zone = "+08:00".parse().ok();
    });
    let found = predicate(&statements(readings)[0]);
    assert_eq!(found["event_time"], "2026-09-15T00:00:00Z");
}

#[test]
fn a_test_that_was_not_passed_fails_the_report() {
    let changes = [("/credentialSubject/assessment/1/conformance", json!(false))];
    let found = predicate(&statements(import("untp/report.json", &changes, |_| ()))[0]);
    let results: Vec<&Value> =
        found["tests"].as_array().unwrap().iter().map(|test| &test["result"]).collect();
    assert_eq!(results, ["PASS", "FAIL", "PASS"]);
    assert_eq!(found["overall"], "FAIL");
}

#[test]
fn whoever_imports_says_who_issued_it_where_the_credential_does_not() {
    let nameless = [("/issuer/issuerAlsoKnownAs", Value::Null)];
    let readings = import("untp/report.json", &nameless, |terms| {
        terms.issuer = Some("https://id.gs1.org/417/9521000400009".parse().unwrap());
    });
    let found = predicate(&statements(readings)[0]);
    assert_eq!(found["header"]["issuer"]["operator"], "https://id.gs1.org/417/9521000400009");
    // Of several, what is given is the one that counts; the other is said.
    let lei = "urn:lei:ZZZZ00VOLTARISELEC39";
    let both = [("/issuer/issuerAlsoKnownAs/0/id", json!(lei))];
    let readings = import("untp/report.json", &both, |terms| {
        terms.issuer = Some(lei.parse().unwrap());
    });
    let said = notes(&readings, "/issuer");
    assert!(said[0].contains("calls itself https://id.gs1.org/417/9521000400009"), "{said:?}");
    let found = predicate(&statements(readings)[0]);
    assert_eq!(found["header"]["issuer"]["operator"], "urn:lei:ZZZZ00VOLTARISELEC39");
}

#[test]
fn only_the_issuers_own_import_is_no_copy() {
    let copy = predicate(&statements(import("untp/report.json", &[], |_| ()))[0]);
    assert_eq!(copy["header"]["transcription"]["file_only"], false);
    let source = &copy["header"]["transcription"]["source"];
    assert_eq!(*source, copy["header"]["evidence"][0]);
    let own = import("untp/report.json", &[], |terms| {
        terms.by = "https://id.gs1.org/417/9521000400009".parse().unwrap();
    });
    let own = predicate(&statements(own)[0]);
    assert_eq!(own["header"].get("transcription"), None);
    assert_eq!(own["header"]["evidence"], copy["header"]["evidence"]);
}

#[test]
fn what_the_document_says_comes_before_what_is_supplied() {
    let number = "header.document.number";
    let more = [(number, "R-9"), ("overall", "FAIL"), ("header.validity.from", "2020-01-01")];
    let readings = import("untp/report.json", &[], |terms| {
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        terms.supplements.extend(more);
    });
    let passed_over = notes(&readings, "/credentialSubject/assessment");
    assert_eq!(passed_over[0], "--set overall is passed over: \"PASS\"");
    assert_eq!(passed_over[1], "taken as tested_from, for want of one: \"2026-08-11\"");
    let found = predicate(&statements(readings)[0]);
    assert_eq!(found["overall"], "PASS");
    assert_eq!(found["header"]["validity"]["from"], "2026-08-20");
    // The format has no number: its URI only stands in for the one that is printed.
    assert_eq!(found["header"]["document"]["number"], "R-9");
}

#[test]
fn a_number_counts_by_its_check_whatever_its_scheme_is_called() {
    let product = "/credentialSubject/assessment/0/assessedProduct/0/product";
    let (number, scheme) = (format!("{product}/registeredId"), format!("{product}/idScheme/name"));
    let changes = [(number.as_str(), json!("09520123456788")), (scheme.as_str(), json!("ABN"))];
    let found = predicate(&statements(import("untp/certificate.json", &changes, |_| ()))[0]);
    assert_eq!(found["scope"]["products"][0]["id"], "https://id.gs1.org/01/09520123456788");
}

#[test]
fn goods_that_nothing_names_are_the_same_if_the_same_is_said_of_them() {
    let place = |of: usize| format!("/credentialSubject/assessment/{of}/assessedProduct/0/product");
    let places = [0, 1, 2].map(place);
    let bear = json!({"id": "https://lumipeluche.example/products/bear", "name": "Plush bear"});
    let changes = places.each_ref().map(|place| (place.as_str(), bear.clone()));
    let readings = import("untp/report.json", &changes, |terms| {
        let product = "https://id.gs1.org/01/09521000200012".to_owned();
        terms.supplements.push(("scope.products.1.id".to_owned(), product));
    });
    let found = predicate(&statements(readings)[0]);
    assert_eq!(found["scope"]["products"][0]["id"], "https://id.gs1.org/01/09521000200012");
}

#[test]
fn goods_that_are_added_come_out_of_an_event_whoever_says_that_they_are() {
    let readings = import("epcis/event.json", &[("/action", Value::Null)], |terms| {
        terms.supplements.push(("action".to_owned(), "ADD".to_owned()));
    });
    let found = predicate(&statements(readings)[0]);
    assert_eq!((&found["action"], found.get("inputs")), (&json!("ADD"), None));
    assert_eq!(found["outputs"][0], "https://id.gs1.org/01/09521000200012/10/L2610A");
}

#[test]
fn goods_that_are_named_otherwise_are_noted_where_they_stand() {
    for (name, place) in [
        ("urn:epc:class:lgtin:9521000.020001.L2610A", "/quantityList/0/epcClass"),
        ("https://shop.example/01/9521000200012/10/L2610A", "/quantityList/0/epcClass"),
    ] {
        let readings = import("epcis/event.json", &[(place, json!(name))], |_| ());
        let said = notes(&readings, place);
        let said = said.join("; ");
        assert!(said.contains("https://id.gs1.org/01/09521000200012"), "{name}: {said}");
        drop(statements(readings));
    }
    let items = ["urn:epc:id:sgtin:9521000.020001.1", "https://id.gs1.org/01/09521000200012/21/2"];
    let readings = import("epcis/event.json", &[("/epcList", json!(items))], |_| ());
    assert_eq!(notes(&readings, "/epcList/0").len(), 1);
    assert_eq!(notes(&readings, "/epcList/1"), [""; 0], "it stands as it is");
}

#[test]
fn a_document_beyond_all_measure_is_refused_in_a_line() {
    let product = json!({"product": {"registeredId": "9521000200012"}});
    let many = json!(vec![product; 1001]);
    let place = "/credentialSubject/assessment/0/assessedProduct";
    let found = defects(import("untp/certificate.json", &[(place, many)], |_| ()));
    assert!(found.iter().any(|of| of.reason.starts_with("found 1001 products")), "{found:?}");
    let link = json!({"linkURL": "https://x.example/", "hashDigest": "a".repeat(64)});
    let many = [("/credentialSubject/auditableEvidence", json!(vec![link; 2000]))];
    let found = defects(import("untp/certificate.json", &many, |_| ()));
    assert!(found.iter().any(|of| of.reason.contains("members, expected at most")), "{found:?}");
    let many = [("/epcList", json!(vec!["urn:epc:id:sscc:1"; 100_000]))];
    assert_eq!(defects(import("epcis/event.json", &many, |_| ())).len(), 200);
}

#[test]
fn what_two_readers_could_read_differently_is_not_read() {
    let text = String::from_utf8(fs::read(path("untp/report.json")).unwrap()).unwrap();
    let twice = text.replacen("\"validFrom\"", "\"validFrom\":\"2020-01-01\",\"validFrom\"", 1);
    for (bytes, reason) in [
        (twice.as_bytes().to_vec(), "\"/validFrom\" is there twice in its object"),
        (text.replacen('{', "{{", 1).into_bytes(), "expected JSON"),
        (vec![b'['; 40_000], "opening braces"),
        (vec![b' '; 17 * 1024 * 1024], "bytes, expected at most"),
        (b"\xff".to_vec(), "is not UTF-8"),
    ] {
        let terms = Terms {
            by: "https://id.gs1.org/417/9521000200005".parse().unwrap(),
            issuer: None,
            zone: None,
            supplements: Vec::new(),
        };
        for document in ["untp/x.json", "epcis/x.json"] {
            let found = defects(read(document, &bytes, &terms));
            let found: Vec<String> = found.into_iter().map(|of| of.reason).collect();
            assert!(found.len() == 1 && found[0].contains(reason), "{found:?}");
        }
    }
}
