//! The in-toto statement: subjects, predicate type, predicate; read strictly, from the signed bytes.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::attestation::feed::{Effect, Feed, SUBJECT_KEYS_MAX};
use crate::attestation::header::Header;
use crate::attestation::plain_text;
use crate::attestation::predicate::{Predicate, PredicateKind};
use crate::attestation::predicate_type::{PredicateError, SubjectRule};
use crate::attestation::scope::ScopeError;
use crate::attestation::values::Digests;
use crate::identifier::SubjectUri;
use crate::json::{self, JsonError};

/// `_type` of an in-toto statement, version 1.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// A statement whose own rules hold: identifiers canonical, digests right, subjects those that the
/// predicate calls for (where it alone decides). Who signed it has not been looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    subjects: Vec<SubjectUri>,
    predicate: Predicate,
}

/// Why bytes are not a statement that the ledger takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Not strict JSON, or not of the type's shape.
    #[error("statement: {0}")]
    Json(#[from] JsonError),
    /// Not an in-toto statement.
    #[error("statement: _type is {found:?}, expected {STATEMENT_TYPE:?}")]
    Type {
        /// The type, cut after 80 characters.
        found: String,
    },
    /// A predicate type that is not in the table.
    #[error("statement: predicateType {found:?} is not known")]
    PredicateType {
        /// The type.
        found: String,
    },
    /// No subject.
    #[error("statement: subject is empty")]
    NoSubject,
    /// A subject twice.
    #[error("statement: subject lists {uri} twice")]
    DuplicateSubject {
        /// The subject.
        uri: SubjectUri,
    },
    /// A digest that is not that of the name.
    #[error("statement: the digest of subject {uri} is {found}, expected {expected}")]
    SubjectDigest {
        /// The subject.
        uri: SubjectUri,
        /// What its digest has to be.
        expected: crate::hash::Digest,
        /// What the statement has.
        found: crate::hash::Digest,
    },
    /// A subject that the predicate does not call for.
    #[error("statement: subject lists {uri}, which the predicate does not call for")]
    SubjectUncalled {
        /// The subject.
        uri: SubjectUri,
    },
    /// A subject that the predicate calls for is not listed.
    #[error("statement: subject leaves out {uri}, which the predicate calls for")]
    SubjectLeftOut {
        /// The subject.
        uri: SubjectUri,
    },
    /// More chains than an attestation may feed.
    #[error(
        "statement: it, or a change of its status, feeds {found} subject keys; the limit is {SUBJECT_KEYS_MAX}: split the record"
    )]
    TooManySubjects {
        /// How many.
        found: usize,
    },
    /// A rule of the predicate.
    #[error("predicate: {0}")]
    Predicate(#[source] PredicateError),
}

impl From<PredicateError> for StatementError {
    fn from(error: PredicateError) -> Self {
        match error {
            PredicateError::Scope(ScopeError::TooMany { found }) => Self::TooManySubjects { found },
            error => Self::Predicate(error),
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<WireSubject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    #[serde(borrow)]
    predicate: &'a RawValue,
}

/// What a statement is about.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Subject")]
pub(super) struct WireSubject {
    /// The canonical URI.
    name: SubjectUri,
    /// The digest of the name itself.
    digest: Digests,
}

/// A statement as it was read, to hold its text to the form of it.
#[derive(Serialize)]
struct Form<'a> {
    #[serde(rename = "_type")]
    kind: &'a str,
    subject: &'a [WireSubject],
    #[serde(rename = "predicateType")]
    predicate_type: &'a str,
    predicate: &'a Predicate,
}

impl Statement {
    /// Reads a statement and checks every rule that needs nothing but the statement.
    pub fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        json::check_containers(bytes)?;
        json::check(bytes)?;
        let wire: Wire<'_> = json::from_checked_slice(bytes)?;
        if wire.kind != STATEMENT_TYPE {
            return Err(StatementError::Type { found: cut(&wire.kind) });
        }
        let subjects = subjects(&wire.subject)?;
        let kind = PredicateKind::parse(&wire.predicate_type)
            .ok_or_else(|| StatementError::PredicateType { found: cut(&wire.predicate_type) })?;
        let predicate = kind.read(wire.predicate.get().as_bytes())?;
        let text: Value = json::from_checked_slice(bytes)?;
        let form = Form {
            kind: &wire.kind,
            subject: &wire.subject,
            predicate_type: &wire.predicate_type,
            predicate: &predicate,
        };
        json::check_form(&text, &form)?;
        plain_text::check(&text)?;
        predicate.check()?;
        let statement = Self { subjects, predicate };
        if let SubjectRule::Exactly(expected) = statement.predicate.subjects()? {
            statement.check_subjects(&expected)?;
        }
        let feed = statement.feed();
        // Nothing changes a supersession, so whatever can be withdrawn can be replaced.
        let has_changes = kind != PredicateKind::Supersession;
        let of_change = if has_changes { feed.status_change_keys() } else { 0 };
        let found = feed.chains().len().max(of_change);
        if found > SUBJECT_KEYS_MAX {
            return Err(StatementError::TooManySubjects { found });
        }
        Ok(statement)
    }

    /// Writes the statement of a predicate, as a signer would sign it: compact JSON, members in the
    /// order of their schema. `subjects` are taken as given.
    pub fn write(
        subjects: &[SubjectUri],
        predicate: &Predicate,
    ) -> Result<Vec<u8>, StatementError> {
        let predicate_json = json::to_string(predicate)?;
        let raw: &RawValue = json::from_checked_slice(predicate_json.as_bytes())?;
        let subject = subjects
            .iter()
            .map(|uri| WireSubject { name: uri.clone(), digest: Digests { sha256: uri.digest() } })
            .collect();
        let wire = Wire {
            kind: STATEMENT_TYPE.to_owned(),
            subject,
            predicate_type: predicate.kind().predicate_type(),
            predicate: raw,
        };
        Ok(json::to_string(&wire)?.into_bytes())
    }

    /// Checks that the subjects are `expected`, as a set.
    pub fn check_subjects(&self, expected: &[SubjectUri]) -> Result<(), StatementError> {
        let called_for: BTreeSet<&SubjectUri> = expected.iter().collect();
        if let Some(uri) = self.subjects.iter().find(|uri| !called_for.contains(uri)) {
            return Err(StatementError::SubjectUncalled { uri: uri.clone() });
        }
        let listed: BTreeSet<&SubjectUri> = self.subjects.iter().collect();
        match expected.iter().find(|uri| !listed.contains(uri)) {
            Some(uri) => Err(StatementError::SubjectLeftOut { uri: uri.clone() }),
            None => Ok(()),
        }
    }

    /// What the statement is about, in its own order.
    pub fn subjects(&self) -> &[SubjectUri] {
        &self.subjects
    }

    /// What it says.
    pub const fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    /// Its kind.
    pub const fn kind(&self) -> PredicateKind {
        self.predicate.kind()
    }

    /// Its header.
    pub fn header(&self) -> &Header {
        self.predicate.header()
    }

    /// Which subject chains it feeds.
    pub fn feed(&self) -> Feed {
        let effect = self.predicate.effect();
        let mut besides = self.predicate.feeds_besides();
        if effect != Effect::Concern {
            besides.extend(self.header().document_uri().map(SubjectUri::from));
        }
        Feed { subjects: self.subjects.clone(), besides, effect }
    }
}

fn subjects(wire: &[WireSubject]) -> Result<Vec<SubjectUri>, StatementError> {
    if wire.is_empty() {
        return Err(StatementError::NoSubject);
    }
    // Each feeds a key of its own at least.
    if wire.len() > SUBJECT_KEYS_MAX {
        return Err(StatementError::TooManySubjects { found: wire.len() });
    }
    let mut seen = BTreeSet::new();
    for WireSubject { name: uri, digest } in wire {
        let (expected, found) = (uri.digest(), digest.sha256);
        if found != expected {
            return Err(StatementError::SubjectDigest { uri: uri.clone(), expected, found });
        }
        if !seen.insert(uri) {
            return Err(StatementError::DuplicateSubject { uri: uri.clone() });
        }
    }
    Ok(wire.iter().map(|subject| subject.name.clone()).collect())
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::Class;

    /// A complete declaration; the tests below change one thing each.
    const DECLARATION: &str = include_str!("../../tests/vectors/declaration.json");

    #[track_caller]
    fn check(from: &str, to: &str) -> StatementError {
        let changed = DECLARATION.replacen(from, to, 1);
        assert_ne!(changed, DECLARATION, "{from:?} is not there");
        Statement::parse(changed.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_declaration_feeds_its_product_its_type_and_its_document() {
        let statement = Statement::parse(DECLARATION.as_bytes()).unwrap();
        assert_eq!(statement.kind(), PredicateKind::EuDeclaration);
        let chains: Vec<String> = statement
            .feed()
            .chains()
            .into_iter()
            .map(|(class, uri)| {
                assert_eq!(class, Class::All);
                uri.to_string()
            })
            .collect();
        let holder = "https%3A%2F%2Fid.gs1.org%2F417%2F9521000200005";
        let mut expected = [
            "https://id.gs1.org/01/09521000200012".to_owned(),
            format!("urn:probant:type:{holder}:LP-BEAR-30"),
            format!("urn:probant:document:{holder}:DOC-LP-2026-014"),
        ];
        expected.sort();
        let mut found = chains;
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_written_reads_back() {
        let statement = Statement::parse(DECLARATION.as_bytes()).unwrap();
        let bytes = Statement::write(statement.subjects(), statement.predicate()).unwrap();
        assert_eq!(Statement::parse(&bytes), Ok(statement));
    }

    #[test]
    fn a_statement_that_breaks_a_rule_is_refused_for_it() {
        use StatementError as E;
        assert!(matches!(check("Statement/v1", "Statement/v0.1"), E::Type { .. }));
        assert!(matches!(check("-conformity:v1", "-conformity:v2"), E::PredicateType { .. }));
        assert!(matches!(check("\"d5528e58", "\"d5528e59"), E::SubjectDigest { .. }));
        assert!(matches!(check("\"extensions\"", "\"extension\""), E::Json(_)));
        assert!(matches!(check("\"mode\":\"ALL\"", "\"mode\":\"ALL\",\"x\":1"), E::Json(_)));
        assert!(matches!(check("\"version\":\"1\"", "\"version\":1"), E::Json(_)));
        assert!(matches!(check("DOC-LP-2026-014\",\"v", "D\u{43e}C\",\"v"), E::Json(_)));
        assert!(matches!(check("LP-BEAR-30\"}", "LP-BEAR-31\"}"), E::SubjectUncalled { .. }));
        assert!(matches!(check("\"A\"", "\"Z\""), E::Json(_)));
        assert!(matches!(check("\"manufacturer\"}", "\"lab\"}"), E::Predicate(_)));
        assert!(matches!(
            check("responsibility\":true", "responsibility\":false"),
            E::Predicate(_)
        ));
        let head = "\"validity\":{\"from\":\"2026-09-01\"},";
        assert!(matches!(check(head, ""), E::Predicate(PredicateError::Missing { .. })));
    }

    #[test]
    fn a_draft_is_told_of_empty_texts_before_it_is_signed() {
        let statement: Value = serde_json::from_str(DECLARATION).unwrap();
        let mut draft = statement["predicate"].clone();
        let kind = PredicateKind::EuDeclaration;
        Predicate::parse(kind, draft.to_string().as_bytes()).unwrap();
        draft["manufacturer"]["postal"] = " ".into();
        let error = Predicate::parse(kind, draft.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().contains("/manufacturer/postal"), "{error}");
    }

    #[test]
    fn subjects_that_are_listed_twice_or_not_at_all_are_refused() {
        let start = DECLARATION.find("{\"name\"").unwrap();
        let end = DECLARATION.find("}},").unwrap() + 3;
        let first = DECLARATION.get(start..end).unwrap();
        let twice = DECLARATION.replacen(first, &format!("{first}{first}"), 1);
        let error = Statement::parse(twice.as_bytes()).unwrap_err();
        assert!(matches!(error, StatementError::DuplicateSubject { .. }), "{error}");
        let without = DECLARATION.replacen(first, "", 1);
        let error = Statement::parse(without.as_bytes()).unwrap_err();
        assert!(matches!(error, StatementError::SubjectLeftOut { .. }), "{error}");
    }

    #[test]
    fn no_byte_of_a_statement_can_change_without_a_panic_or_the_same_meaning() {
        let bytes = DECLARATION.as_bytes();
        let original = Statement::parse(bytes).unwrap();
        for position in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[position] ^= 1;
            if let Ok(statement) = Statement::parse(&changed) {
                assert_ne!(statement, original, "byte {position}");
            }
        }
    }
}
