//! Statements, the chains they feed, receipts and sealed checkpoints of `tests/vectors/ledger.json`.

use probant::attestation::{Effect, Feed, Statement, StatementError};
use probant::entry::Entry;
use probant::identifier::{Class, DocumentUri, OperatorUri, SubjectKey, SubjectUri};
use probant::note::{TlogProof, VerifiedCheckpoint, VerifierKey};
use serde_json::Value;

#[test]
fn invalid_statements_are_refused_for_the_stated_rule() {
    let vectors = vectors();
    let cases = vectors["invalid"].as_array().unwrap().iter();
    let mut count = 0;
    for case in cases.filter(|case| case["kind"] == "statement" && case.get("text").is_some()) {
        let error = Statement::parse(text(&case["text"]).as_bytes()).unwrap_err();
        let found = match (&error, text(&case["rule"])) {
            (StatementError::Json(_), rule @ ("3.json" | "3.uri")) => rule,
            // A member or a digest that the shape of a statement does not have.
            (StatementError::Json(_), "3.statement")
                if ["unknown member", "in capitals", "second digest"]
                    .iter()
                    .any(|what| text(&case["what"]).contains(what)) =>
            {
                "3.statement"
            }
            (
                StatementError::Type { .. }
                | StatementError::PredicateType { .. }
                | StatementError::NoSubject
                | StatementError::DuplicateSubject { .. }
                | StatementError::SubjectDigest { .. },
                _,
            ) => "3.statement",
            _ => "another",
        };
        assert_eq!(found, case["rule"], "{}: {error}", case["what"]);
        count += 1;
    }
    assert!(count >= 25, "{count} cases");
}

#[test]
fn attestations_feed_the_chains_of_the_vectors() {
    let vectors = vectors();
    let entries = vectors["entries"].as_array().unwrap();
    let mut count = 0;
    for entry in entries.iter().filter(|entry| entry["kind"] == "attestation") {
        let statement: Value = serde_json::from_str(text(&entry["payload"])).unwrap();
        let mut found: Vec<SubjectKey> = feed(&statement).keys().into_iter().collect();
        let rows = entry["keys"].as_array().unwrap().iter();
        let mut expected: Vec<SubjectKey> =
            rows.map(|row| SubjectKey::new(text(&row["key"]).parse().unwrap())).collect();
        expected.sort();
        // What a status change targets is left out of these cut-short predicates.
        if text(&statement["predicateType"]).contains("status-change") {
            expected.retain(|key| found.contains(key));
            assert!(!expected.is_empty());
        }
        found.sort();
        assert_eq!(found, expected, "entry {}", entry["index"]);
        count += 1;
    }
    assert!(count >= 10, "{count} attestations");
}

#[test]
fn seals_stand_last_under_their_checkpoints() {
    let vectors = vectors();
    let log: VerifierKey = text(&vectors["log_vkey"]).parse().unwrap();
    for seal in vectors["seals"].as_array().unwrap() {
        let note = text(&seal["checkpoint"]).as_bytes();
        let checkpoint = VerifiedCheckpoint::verify(note, &log).unwrap();
        assert_eq!(checkpoint.size().get(), seal["tree_size"].as_u64().unwrap());
        assert_eq!(checkpoint.root().to_string(), text(&seal["root"]));
        let index = seal["index"].as_u64().unwrap();
        let bytes = hex::decode(text(&vectors["entries"][index as usize]["entry_hex"])).unwrap();
        let hashes = seal["inclusion_of_the_seal"].as_array().unwrap().iter();
        let proof = probant::merkle::InclusionProof(
            hashes.map(|hash| text(hash).parse().unwrap()).collect(),
        );
        let leaf = Entry::decode(&bytes).unwrap().leaf_hash();
        let index = probant::merkle::EntryIndex::new(index);
        let included = checkpoint.include(leaf, index, &proof).unwrap();
        assert!(included.is_under(&checkpoint));
    }
}

#[test]
fn the_receipt_proves_its_entry_and_no_other() {
    let vectors = vectors();
    let log: VerifierKey = text(&vectors["log_vkey"]).parse().unwrap();
    let receipt = text(&vectors["receipt_of_entry_6"]);
    let proven = TlogProof::parse(receipt.as_bytes()).unwrap().verify(&log).unwrap();
    assert_eq!(hex::encode(proven.entry()), text(&vectors["entries"][6]["entry_hex"]));
    let mut refused = 0;
    for position in 0..receipt.len() {
        let mut changed = receipt.as_bytes().to_vec();
        changed[position] ^= 1;
        let proven = TlogProof::parse(&changed).ok().and_then(|proof| proof.verify(&log).ok());
        refused += usize::from(proven.is_none());
    }
    // Every byte counts.
    assert_eq!(refused, receipt.len());
}

/// What the statement feeds, read from a predicate that is cut short.
fn feed(statement: &Value) -> Feed {
    let subjects = statement["subject"].as_array().unwrap().iter();
    let header = &statement["predicate"]["header"];
    let issuer = text(&header["issuer"]["operator"]).parse::<OperatorUri>();
    let document = header["document"]["number"].as_str();
    let document = document.map(|number| DocumentUri::new(&issuer.unwrap(), number).unwrap());
    let kind = text(&statement["predicateType"]);
    let is_adverse = ["safety-measure", "status-change", "erasure-order"]
        .iter()
        .any(|adverse| kind.contains(adverse))
        || statement["predicate"]["action"] == "REVOKE";
    Feed {
        subjects: subjects.map(|subject| text(&subject["name"]).parse().unwrap()).collect(),
        besides: document.into_iter().map(SubjectUri::from).collect(),
        effect: if is_adverse { Effect::Adverse } else { Effect::Supports },
    }
}

#[test]
fn a_concern_feeds_its_subjects_as_concerns_only() {
    let product: SubjectUri = "https://id.gs1.org/01/09521000200012/10/L1".parse().unwrap();
    let document: SubjectUri = "urn:probant:document:urn%3Anando%3A0099:C-1".parse().unwrap();
    let feed =
        Feed { subjects: vec![product.clone()], besides: vec![document], effect: Effect::Concern };
    let expected = [SubjectKey::of(Class::Concerns, &product)];
    assert_eq!(feed.keys().into_iter().collect::<Vec<_>>(), expected);
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/ledger.json")).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
