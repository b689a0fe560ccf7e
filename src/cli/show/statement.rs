//! A statement in plain words.

use serde_json::{Value, json};

use crate::attestation::{Statement, Validity};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::show::shown::Shown;
use crate::cli::words::Facts;
use crate::envelope::{PAYLOAD_TYPE, StatementDigest, pae};
use crate::hash::Digest;
use crate::identifier::SubjectUri;

/// Shows a statement from its bytes.
pub(super) fn show(bytes: &[u8]) -> Result<Shown, Failure> {
    let statement = Statement::parse(bytes).step("statement")?;
    let title = format!("Statement: {}, not signed", title(&statement));
    let mut facts = Facts::default();
    let digest = StatementDigest::new(Digest::of(&pae(PAYLOAD_TYPE, bytes)));
    facts.put("statement", digest.to_string());
    put(&mut facts, &statement, bytes);
    Ok(Shown::new("statement", title, facts)
        .checked("its form, its identifiers, its subjects and their digests")
        .unchecked("who says so: a statement without an envelope is nobody's"))
}

/// What kind of statement it is, in words.
pub(super) fn title(statement: &Statement) -> String {
    statement.kind().name().replace('-', " ")
}

/// Adds what a statement says.
pub(super) fn put(facts: &mut Facts, statement: &Statement, bytes: &[u8]) {
    let header = statement.header();
    let subjects: Vec<&str> = statement.subjects().iter().map(SubjectUri::as_str).collect();
    facts
        .put("predicate_type", statement.kind().predicate_type())
        .put("issuer", header.issuer.operator.to_string())
        .put("role", header.issuer.role.name())
        .put("id", header.id.as_str());
    if let Some(document) = &header.document {
        let issued = document.issued;
        let (number, version) = (document.number.original(), &document.version);
        facts.put("document", format!("{number}, version {version}, issued {issued}"));
    }
    facts.put_some("in_force", header.validity.map(in_force));
    facts.put("about", json!(subjects));
    let adverse = format!("{:?}", statement.feed().effect).to_lowercase();
    facts.put("effect", adverse).put("subject_chains", statement.feed().keys().len());
    // The rest as its signer wrote it; the header's main points stand above.
    let mut json: Value = serde_json::from_slice(bytes).unwrap_or_default();
    facts.put_some("says", json.get_mut("predicate").map(Value::take));
}

fn in_force(validity: Validity) -> String {
    match validity.until {
        Some(until) => format!("from {} until {until}, both included", validity.from),
        None => format!("from {}, without end", validity.from),
    }
}
