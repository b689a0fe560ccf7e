//! Holds the generated documents to the code that they are generated from.

use std::fs;
use std::path::Path;

use probant::attestation;
use probant::policy::ruleset;
use probant::reason;

#[test]
fn every_reason_is_documented() {
    check("docs/reasons.md", &reason::catalogue());
}

#[test]
fn every_check_is_documented() {
    check("docs/checks.md", &ruleset::catalogue());
}

#[test]
fn every_type_of_attestation_is_documented() {
    check("docs/attestations.md", &attestation::catalogue(example).unwrap());
}

/// A complete statement of a type.
pub(crate) fn example(kind: attestation::PredicateKind) -> String {
    let path = format!("tests/vectors/examples/{}.json", kind.name());
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Compares a document; one that differs is written anew, so that only the commit is left to do.
fn check(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let found = fs::read_to_string(&path).unwrap_or_default();
    if found != expected {
        fs::write(&path, expected).unwrap();
    }
    let path = path.display();
    assert!(found == expected, "{path} was out of date and has been written anew: commit it");
}
