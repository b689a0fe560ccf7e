//! What admission asks of the log.

use std::sync::Arc;

use crate::attestation::HeaderId;
use crate::envelope::StatementDigest;
use crate::identifier::{Class, SubjectUri};
use crate::merkle::EntryIndex;
use crate::record::Record;

/// The records before the candidate's place, those of its own group included, and no others: an
/// audit that replays a log answers as the ledger did when it let each entry in.
pub trait Records {
    /// Why the log can't be read.
    type Error;

    /// The record of a statement.
    fn by_statement(&self, digest: &StatementDigest) -> Result<Option<Arc<Record>>, Self::Error>;

    /// All records of a chain, in the order of the log.
    fn chain(&self, class: Class, uri: &SubjectUri) -> Result<Vec<Arc<Record>>, Self::Error>;

    /// The entry that used `header.id` before, erased ones included. `scope` is what
    /// [`crate::admission::id_scope`] gives for the header.
    fn id_holder(&self, scope: &str, id: &HeaderId) -> Result<Option<EntryIndex>, Self::Error>;
}
