//! Why a query can't be judged at all.

use crate::json::JsonError;
use crate::reason::Reason;

/// Why a query is malformed. `member` is its path, as `product.gtin`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Not the JSON of a query.
    #[error("query: {0}")]
    Json(#[from] JsonError),
    /// An identifier or another value that can't be read.
    #[error("{member}: {found}")]
    Value {
        /// The member.
        member: &'static str,
        /// What is wrong with it.
        found: String,
    },
    /// A member that is needed.
    #[error("{member} is missing")]
    Missing {
        /// The member.
        member: &'static str,
    },
    /// A list with too many members.
    #[error("{member}: {found} are too many: expected at most {max}")]
    TooMany {
        /// The member.
        member: &'static str,
        /// How many there are.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// A query that was normalised is not in the one form it may have.
    #[error("the query is not in normal form")]
    NotNormal,
}

impl QueryError {
    /// A value that can't be read.
    pub(super) fn value(member: &'static str, found: impl Into<String>) -> Self {
        Self::Value { member, found: found.into() }
    }

    /// The member at fault; empty for the query as a whole.
    pub const fn member(&self) -> &'static str {
        match self {
            Self::Json(_) | Self::NotNormal => "",
            Self::Value { member, .. }
            | Self::Missing { member }
            | Self::TooMany { member, .. } => member,
        }
    }

    /// The reason code; none if the query has not the form of one.
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Value { .. } => Some(Reason::IdentifierInvalid),
            Self::Json(_) | Self::Missing { .. } | Self::TooMany { .. } | Self::NotNormal => None,
        }
    }
}
