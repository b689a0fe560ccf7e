//! Why the store could not answer, or gave an answer that can't be right.

use std::error::Error;
use std::fmt::Display;

use crate::storage::StorageError;

/// Why something could not be read. All but `Storage` say that the store is not what a ledger wrote.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The engine failed.
    #[error("store does not answer")]
    Storage(#[from] StorageError),
    /// Something that a ledger always has is not there.
    #[error("store has no {what} {index}")]
    Missing {
        /// What is missing.
        what: &'static str,
        /// Which one.
        index: u64,
    },
    /// Bytes that no ledger wrote.
    #[error("{what} {index} in the store can't be read")]
    Malformed {
        /// What the bytes should be.
        what: &'static str,
        /// Which one.
        index: u64,
        /// What is wrong with them.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Two parts of the store say different things.
    #[error("{what} is {found}, expected {expected}")]
    Disagrees {
        /// What they differ in.
        what: &'static str,
        /// What follows from the rest of the store.
        expected: String,
        /// What is there.
        found: String,
    },
}

impl StoreError {
    /// Bytes that no ledger wrote.
    pub(super) fn malformed(
        what: &'static str,
        index: u64,
        source: impl Error + Send + Sync + 'static,
    ) -> Self {
        Self::Malformed { what, index, source: Box::new(source) }
    }

    /// `Ok` if both are the same.
    pub(super) fn expect_same<T: PartialEq + Display + ?Sized>(
        what: &'static str,
        expected: &T,
        found: &T,
    ) -> Result<(), Self> {
        if expected == found {
            return Ok(());
        }
        Err(Self::Disagrees { what, expected: expected.to_string(), found: found.to_string() })
    }
}
