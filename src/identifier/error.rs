//! Why a text is no identifier.

/// How much of a refused text an error shows.
const SHOWN_CHARS_MAX: usize = 80;

/// Why a text is not the identifier that it should be.
///
/// `kind` is what was expected, in words; `found` is the text, cut after 80 characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierError {
    /// The text does not have the shape.
    #[error("{found:?} is no {kind}: expected {expected}")]
    Malformed {
        /// What was expected.
        kind: &'static str,
        /// The text.
        found: String,
        /// The shape.
        expected: &'static str,
    },
    /// The shape is right, the check digits or characters are not.
    #[error("{found:?} is no {kind}: expected check {expected}")]
    Check {
        /// What was expected.
        kind: &'static str,
        /// The text.
        found: String,
        /// The check that belongs to the rest of the text.
        expected: String,
    },
    /// Shape and check are right, but it may not be used here.
    #[error("{kind} {found:?} is refused: {reason}")]
    Refused {
        /// What was expected.
        kind: &'static str,
        /// The text.
        found: String,
        /// Why.
        reason: &'static str,
    },
    /// Another way to write an identifier than the canonical one.
    #[error("{kind} {found:?} is not in canonical form: expected {expected:?}")]
    NotCanonical {
        /// What was expected.
        kind: &'static str,
        /// The text.
        found: String,
        /// The canonical form.
        expected: String,
    },
}

impl IdentifierError {
    pub(super) fn malformed(kind: &'static str, found: &str, expected: &'static str) -> Self {
        Self::Malformed { kind, found: cut(found), expected }
    }

    pub(super) fn check(kind: &'static str, found: &str, expected: impl Into<String>) -> Self {
        Self::Check { kind, found: cut(found), expected: expected.into() }
    }

    pub(super) fn refused(kind: &'static str, found: &str, reason: &'static str) -> Self {
        Self::Refused { kind, found: cut(found), reason }
    }

    pub(super) fn not_canonical(kind: &'static str, found: &str, expected: &str) -> Self {
        Self::NotCanonical { kind, found: cut(found), expected: cut(expected) }
    }
}

fn cut(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}
