//! Why a rule set was refused, and where.

use std::ops::Range;

use crate::attestation::types::MeasureKind;

/// A fault and the bytes that have it.
pub(super) type Fault = (Range<usize>, RuleSetFault);

/// Why bytes are no rule set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct RuleSetError {
    /// The line, from 1; that of the rule's head for what is missing in it.
    pub line: usize,
    /// What is wrong there.
    #[source]
    pub fault: RuleSetFault,
}

/// What can be wrong with a rule set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleSetFault {
    /// Too long.
    #[error("{found} bytes are too many: expected at most {max}")]
    TooLong {
        /// Its length.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// Not text.
    #[error("expected UTF-8")]
    NotUtf8,
    /// Not TOML, or a member that is unknown, missing or of another kind.
    #[error("{found}")]
    Toml {
        /// What the reader says.
        found: String,
    },
    /// A bad id or version.
    #[error("{found}")]
    Name {
        /// What is wrong.
        found: String,
    },
    /// A code that is not upper-case letters, digits and hyphens.
    #[error("code {found:?}: expected 1 to 40 of A-Z, 0-9 and -")]
    Code {
        /// The code.
        found: String,
    },
    /// A code that another rule has, of this set or one that holds under every rule set.
    #[error("code {found:?} is there twice")]
    DuplicateCode {
        /// The code.
        found: String,
    },
    /// A requirement that nothing can meet.
    #[error("{code}: expected one of type, check and any_of")]
    NoEvidence {
        /// The requirement.
        code: String,
    },
    /// A type that no attestation has.
    #[error("no type of attestation is called {found:?}")]
    Type {
        /// The type.
        found: String,
    },
    /// A member that has no meaning here.
    #[error("{member} has no meaning for {subject}")]
    Member {
        /// The member.
        member: &'static str,
        /// What it was given for.
        subject: String,
    },
    /// A member that is missing here.
    #[error("{subject}: {member} is missing")]
    Missing {
        /// The member.
        member: &'static str,
        /// What lacks it.
        subject: String,
    },
    /// A value that is not one of those allowed.
    #[error("{member}: {found:?} is not known for {subject}")]
    Value {
        /// The member.
        member: &'static str,
        /// The value.
        found: String,
        /// What it was given for.
        subject: String,
    },
    /// A check where it can't be made.
    #[error("check {check} can't be made on {subject}")]
    CheckPlace {
        /// The check.
        check: &'static str,
        /// What it was named for.
        subject: String,
    },
    /// An array where a table belongs, or the other way round.
    #[error("{member}: expected {expected}")]
    Form {
        /// The member.
        member: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// Something that can never be met, hit or chosen, whatever the ledger holds.
    #[error("{subject}: {reason}")]
    Void {
        /// What can't.
        subject: String,
        /// Why.
        reason: String,
    },
    /// Rules for goods, and no categories of goods.
    #[error("categories: expected at least one GPC brick or CN code, for there are requirements")]
    NoCategories,
    /// Rules for goods, and none on measures of some kind.
    #[error("no rule hits a {}: expected [[negative]] on every kind of safety-measure", word(*kind))]
    NoMeasures {
        /// The kind.
        kind: MeasureKind,
    },
    /// A verdict that could be used never, or for too long.
    #[error("shelf_life_hours: expected 1 to {max}")]
    Hours {
        /// The limit.
        max: u32,
    },
    /// A text without letters, or far too long.
    #[error("{member}: expected 1 to {chars_max} characters and no control characters")]
    Text {
        /// The member.
        member: &'static str,
        /// The limit.
        chars_max: usize,
    },
}

/// A kind of measure as rule sets write it.
fn word(kind: MeasureKind) -> String {
    let word = serde_json::to_value(kind).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

impl RuleSetFault {
    /// Something that can never be met, hit or chosen.
    pub(super) fn void(subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Void { subject: subject.into(), reason: reason.into() }
    }
}
