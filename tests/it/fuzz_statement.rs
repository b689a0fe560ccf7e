//! Predicates whose trees are cut, grafted and repeated at random: whatever is read says what its text
//! says, and feeds the chains that a second reader finds in the text.
//!
//! `PROBANT_FUZZ_ROUNDS` and `PROBANT_FUZZ_SEED` are those of the other fuzz tests.

use std::collections::BTreeSet;

use probant::attestation::{Predicate, PredicateKind, Statement, SubjectRule};
use probant::identifier::{DocumentUri, SubjectUri};
use probant::time::Timestamp;
use serde_json::{Value, json};

use crate::attestations::{example, places};
use crate::fuzz::{Random, setting};

#[test]
fn what_is_read_says_what_its_text_says_and_feeds_what_a_second_reader_finds() {
    let rounds = setting("PROBANT_FUZZ_ROUNDS", 2_000) * 4;
    let seed = setting("PROBANT_FUZZ_SEED", 1);
    let examples: Vec<Value> = PredicateKind::ALL.iter().map(|kind| example(kind.name())).collect();
    let mut random = Random(seed);
    let mut read = 0;
    for round in 0..rounds {
        let place = random.below(examples.len());
        let (kind, mut text) = (PredicateKind::ALL[place], examples[place].clone());
        for _ in 0..=random.below(3) {
            mutate(&mut text["predicate"], &examples, &mut random);
        }
        if let Ok(predicate) = Predicate::parse(kind, text["predicate"].to_string().as_bytes())
            && let Ok(SubjectRule::Exactly(subjects)) = predicate.subjects()
        {
            let subjects: BTreeSet<SubjectUri> = subjects.into_iter().collect();
            text["subject"] = subjects
                .iter()
                .map(|uri| json!({"name": uri, "digest": {"sha256": uri.digest()}}))
                .collect();
        }
        let Ok(statement) = Statement::parse(text.to_string().as_bytes()) else { continue };
        read += 1;
        let shown = format!("seed {seed}, round {round}: {text}");
        let said = serde_json::to_value(statement.predicate()).unwrap();
        assert!(is_same(&text["predicate"], &said), "{shown} is read as {said}");
        let found: BTreeSet<(String, String)> = statement
            .feed()
            .chains()
            .iter()
            .map(|(class, uri)| (class.to_string(), uri.to_string()))
            .collect();
        assert_eq!(found, chains(kind, &text), "{shown}");
    }
    assert!(read * 10 > rounds, "only {read} of {rounds} were read");
}

/// Takes a value out, puts another one or its own neighbour in its place, or changes it a little.
fn mutate(predicate: &mut Value, examples: &[Value], random: &mut Random) {
    let at = places(predicate, |_| true);
    let at = &at[random.below(at.len())];
    let (parent, name) = at.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    let donor = &examples[random.below(examples.len())]["predicate"];
    let from = places(donor, |_| true);
    let from = &from[random.below(from.len())];
    let graft = donor.pointer(from).unwrap().clone();
    let graft_name = from.rsplit_once('/').unwrap().1.replace("~1", "/");
    match (predicate.pointer_mut(parent).unwrap(), random.below(5)) {
        (Value::Object(members), 0) => drop(members.remove(&name)),
        (Value::Object(members), 1) => drop(members.insert(graft_name, graft)),
        (Value::Object(members), 2) => drop(members.insert(name, graft)),
        (Value::Array(items), 0) => drop(items.remove(name.parse().unwrap())),
        (Value::Array(items), 1) => items.push(graft),
        (Value::Array(items), 2) => {
            let again = items[name.parse::<usize>().unwrap()].clone();
            items.push(again);
        }
        _ => change(predicate.pointer_mut(at).unwrap(), random),
    }
}

fn change(value: &mut Value, random: &mut Random) {
    match value {
        Value::Bool(flag) => *flag = !*flag,
        Value::Number(number) => {
            let other = number.as_u64().unwrap_or_default() + random.below(3) as u64;
            *value = json!(other.saturating_sub(1));
        }
        Value::String(text) => {
            let mut characters: Vec<char> = text.chars().collect();
            let at = random.below(characters.len() + 1);
            let other = ['0', '1', '9', 'A', 'b', ' ', '/', '%', '-', '.', 'é', '\u{200b}'];
            let other = other[random.below(other.len())];
            match characters.get_mut(at) {
                Some(character) if random.below(2) == 0 => *character = other,
                _ => characters.insert(at, other),
            }
            *text = characters.into_iter().collect();
        }
        Value::Array(items) => items.reverse(),
        Value::Object(_) | Value::Null => {}
    }
}

/// Whether a text says the same as what was read from it, written again. Members at their default
/// may stand in one of the two alone.
fn is_same(text: &Value, said: &Value) -> bool {
    match (text, said) {
        (Value::Object(text), Value::Object(said)) => {
            let names: BTreeSet<&String> = text.keys().chain(said.keys()).collect();
            names.into_iter().all(|name| match (text.get(name), said.get(name)) {
                (Some(text), Some(said)) => is_same(text, said),
                (Some(text), None) => is_default(name, text),
                (None, Some(said)) => is_default(name, said),
                (None, None) => false,
            })
        }
        (Value::Array(text), Value::Array(said)) => {
            text.len() == said.len()
                && text.iter().zip(said).all(|(text, said)| is_same(text, said))
        }
        (Value::String(text), Value::String(said)) if text != said => {
            // An instant may have a fraction that ends in zeros.
            let (text, said) = (text.parse::<Timestamp>(), said.parse::<Timestamp>());
            text.is_ok() && text == said
        }
        (text, said) => text == said,
    }
}

fn is_default(name: &str, value: &Value) -> bool {
    match name {
        "audience" => *value == json!("PUBLIC"),
        "voluntary" | "pre_arrival" => *value == json!(false),
        "version" => *value == json!("1"),
        "batches" => *value == json!({"mode": "ALL"}),
        _ => false,
    }
}

/// The chains that a statement feeds, read from its text (formats.md, section 3.2).
fn chains(kind: PredicateKind, statement: &Value) -> BTreeSet<(String, String)> {
    let predicate = &statement["predicate"];
    let document = |issuer: &Value, document: &Value| {
        let issuer = issuer.as_str().unwrap().parse().ok()?;
        Some(DocumentUri::new(&issuer, document["number"].as_str()?).unwrap().to_string())
    };
    let subjects = statement["subject"].as_array().unwrap().iter();
    let subjects: Vec<&str> = subjects.map(|of| of["name"].as_str().unwrap()).collect();
    let mut uris: BTreeSet<String> = subjects.iter().map(|uri| (*uri).to_owned()).collect();
    if kind == PredicateKind::ConcernReport {
        return uris.into_iter().map(|uri| ("concerns".to_owned(), uri)).collect();
    }
    let header = &predicate["header"];
    uris.extend(document(&header["issuer"]["operator"], &header["document"]));
    let targets: &[&str] = match kind {
        PredicateKind::StatusChange => &["/target/document"],
        PredicateKind::ErasureOrder | PredicateKind::MeasureUpdate => &["/document"],
        PredicateKind::Supersession => &["/old_document", "/new_document"],
        _ => &[],
    };
    let targets = targets.iter().filter_map(|target| predicate.pointer(target));
    uris.extend(targets.filter_map(|of| document(&of["issuer"], of)));

    let adverse_actions: &[&str] = match kind {
        PredicateKind::RoleGrant => &["REVOKE"],
        PredicateKind::KeyEvent => &["REVOKE", "COMPROMISE"],
        PredicateKind::Accreditation | PredicateKind::Notification => {
            &["REDUCE", "SUSPEND", "REINSTATE", "WITHDRAW"]
        }
        _ => &[],
    };
    let is_adverse =
        matches!(
            kind,
            PredicateKind::StatusChange
                | PredicateKind::SafetyMeasure
                | PredicateKind::MeasureUpdate
                | PredicateKind::ErasureOrder
        ) || predicate["action"].as_str().is_some_and(|action| adverse_actions.contains(&action));
    let mut chains: BTreeSet<(String, String)> = BTreeSet::new();
    for uri in &uris {
        chains.insert(("all".to_owned(), uri.clone()));
        if is_adverse {
            chains.insert(("adverse".to_owned(), uri.clone()));
        }
    }
    // The last qualifier and its value dropped, until the model is left.
    for product in subjects.into_iter().filter(|uri| is_adverse && is_product(uri)) {
        let mut rest = product;
        let model_slashes = if rest.starts_with("https:") { 4 } else { 0 };
        while rest.matches('/').count() > model_slashes {
            rest = rest.rsplitn(3, '/').nth(2).unwrap();
            chains.insert(("adverse".to_owned(), rest.to_owned()));
        }
    }
    chains
}

fn is_product(uri: &str) -> bool {
    uri.starts_with("https://id.gs1.org/01/") || uri.starts_with("urn:probant:product:")
}
