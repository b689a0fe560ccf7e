//! Why a document is not taken.

use std::fmt;

use crate::identifier::IdentifierError;
use crate::json::JsonError;

/// How much of a text from outside an error shows.
const SHOWN_CHARS_MAX: usize = 80;

/// A text from outside, as errors show it.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}

/// Why a document is not taken, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// A JSON pointer (RFC 6901), empty for the whole document. Of what is missing, where it would be.
    pub place: String,
    /// What was found and expected.
    pub reason: DefectReason,
}

/// What is wrong at a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefectReason {
    /// Not JSON that every reader reads alike.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Too large.
    #[error("found {found} bytes, expected at most {max}")]
    TooLong {
        /// How many bytes.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// More than a statement can hold.
    #[error("found {found} {what}, expected at most {max}: have it split")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// A value of another kind.
    #[error("expected {expected}")]
    Shape {
        /// What it should be.
        expected: &'static str,
    },
    /// Another word than those that can stand here.
    #[error("found {found:?}, expected {expected}")]
    Word {
        /// The text, cut after 80 characters.
        found: String,
        /// Which ones can.
        expected: &'static str,
    },
    /// Another kind of document.
    #[error("found {found:?}, expected {expected}")]
    Document {
        /// What it says it is, cut after 80 characters.
        found: String,
        /// What is read here.
        expected: &'static str,
    },
    /// Another version of the format.
    #[error("found version {found:?}, expected {expected}: it has other members")]
    Version {
        /// The version, cut after 80 characters.
        found: String,
        /// What is read here.
        expected: &'static str,
    },
    /// A document whose content is inside an envelope.
    #[error("the content is enveloped ({found:?}): decode it, and import what is in it")]
    Enveloped {
        /// What it says it is, cut after 80 characters.
        found: String,
    },
    /// An attestation of a kind that no type here stands for.
    #[error("{found:?} has no counterpart here: keep it as evidence of another record")]
    EvidenceOnly {
        /// The kind, cut after 80 characters.
        found: String,
    },
    /// A digest that is not SHA-256.
    #[error("{found:?} is not a SHA-256 digest: expected 64 hex digits")]
    Digest {
        /// The text, cut after 80 characters.
        found: String,
    },
    /// A digest by another method.
    #[error("found a digest by {found:?}, expected SHA-256")]
    DigestMethod {
        /// The method, cut after 80 characters.
        found: String,
    },
    /// A time that can be several instants.
    #[error(
        "{found:?} has no zone: declare the one it was written in (--zone), or have it corrected"
    )]
    NoZone {
        /// The text, cut after 80 characters.
        found: String,
    },
    /// A date of which nobody can tell day and month apart.
    #[error("{found:?} has the day or the month first: expected YYYY-MM-DD")]
    DayFirst {
        /// The text, cut after 80 characters.
        found: String,
    },
    /// Not a time.
    #[error("{found:?} is not a time: expected RFC 3339, as 2026-11-23T00:00:00Z")]
    Time {
        /// The text, cut after 80 characters.
        found: String,
    },
    /// Not an identifier.
    #[error(transparent)]
    Identifier(#[from] IdentifierError),
    /// A place under the key of something else.
    #[error("{found:?} has a location number under AI 14, which is not one: expected /414/")]
    LocationKey {
        /// The text, cut after 80 characters.
        found: String,
    },
    /// Somebody whom no identifier names that holds by itself.
    #[error("no identifier names it: expected {expected}; what a scheme is called is not trusted")]
    NotIdentified {
        /// What would.
        expected: &'static str,
    },
    /// Several identifiers, and nothing says which one counts.
    #[error("{first} and {second} are both identifiers of it: say which one counts, with --issuer")]
    Ambiguous {
        /// One.
        first: String,
        /// Another one.
        second: String,
    },
    /// Two members that contradict each other.
    #[error("found {found:?}, but {expected:?} stands beside it")]
    Contradiction {
        /// One, cut after 80 characters.
        found: String,
        /// The other, cut after 80 characters.
        expected: String,
    },
    /// An assessment that was not passed, in a document that says it was.
    #[error("the assessment was not passed: a {kind} never stands on one")]
    NotPassed {
        /// What the document would be.
        kind: &'static str,
    },
    /// Assessments or goods that one scope can't hold apart.
    #[error("{what} are not the same everywhere: one statement would say too much; have it split")]
    Mixed {
        /// What is not the same.
        what: &'static str,
    },
    /// Several where a statement has one.
    #[error("found {found} {what}, expected one: have it split")]
    Several {
        /// What.
        what: &'static str,
        /// How many.
        found: usize,
    },
    /// An event of somebody else.
    #[error(
        "the ledger takes an event from its author alone, who answers for the goods: a copy by {by} would be refused"
    )]
    AuthorOnly {
        /// Who imports it.
        by: String,
    },
    /// An event that says of itself that it is wrong.
    #[error("the event was declared an error")]
    DeclaredError,
    /// What the document does not have and a statement needs.
    #[error("there is none, and {column} needs it: give it with --set {column}=…")]
    Missing {
        /// The column that says it.
        column: String,
    },
    /// What would add an item to a list that the document gives.
    #[error(
        "the document gives this list, and has no such item for --set {column}=…: have it corrected"
    )]
    NoSuchItem {
        /// The column.
        column: String,
    },
    /// A rule of the statement.
    #[error("{column}: {reason}")]
    Statement {
        /// The column in which it is broken; empty if no column is to blame alone.
        column: String,
        /// What was found and expected.
        reason: String,
    },
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.place.is_empty() { "/" } else { &self.place };
        write!(f, "{place}: {}", self.reason)
    }
}
