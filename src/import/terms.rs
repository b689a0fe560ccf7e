//! What whoever imports a document says besides.

use crate::identifier::OperatorUri;
use crate::import::zone::Zone;

/// On which terms documents are imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who imports, and will sign.
    pub by: OperatorUri,
    /// Whose documents they are, if the documents do not say so themselves.
    pub issuer: Option<OperatorUri>,
    /// The zone in which times without one are read.
    pub zone: Option<Zone>,
    /// Values for members of the statement that the documents do not have, by the name of the column
    /// in a table of its type.
    pub supplements: Vec<(String, String)>,
}

impl Terms {
    /// What is given for a column; white space around it does not count.
    pub(super) fn given(&self, column: &str) -> Option<&str> {
        let (_, value) = self.supplements.iter().find(|(name, _)| name == column)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// Whether a column is given.
    pub(super) fn gives(&self, column: &str) -> bool {
        self.given(column).is_some()
    }
}
