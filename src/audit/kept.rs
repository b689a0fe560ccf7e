//! The records of a log that have been read so far, as admission and evaluation ask for them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use crate::admission::{Records, id_scope};
use crate::attestation::HeaderId;
use crate::envelope::StatementDigest;
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::merkle::{EntryIndex, TreeSize};
use crate::record::Record;

/// All records so far. Each stays in memory: admission may ask for one of any age.
#[derive(Debug, Default)]
pub(super) struct KeptRecords {
    by_statement: HashMap<StatementDigest, Arc<Record>>,
    chains: HashMap<SubjectKey, Vec<Arc<Record>>>,
    ids: HashMap<(String, HeaderId), EntryIndex>,
}

impl KeptRecords {
    /// Takes the next record.
    pub(super) fn push(&mut self, record: Arc<Record>) {
        if let Some(statement) = record.statement() {
            let header = statement.header();
            let id = (id_scope(header), header.id.clone());
            self.ids.entry(id).or_insert_with(|| record.index());
        }
        for key in record.keys() {
            self.chains.entry(*key).or_default().push(Arc::clone(&record));
        }
        self.by_statement.insert(*record.digest(), record);
    }

    /// The record of a statement.
    pub(super) fn get(&self, digest: &StatementDigest) -> Option<&Arc<Record>> {
        self.by_statement.get(digest)
    }

    /// The records of a chain, in the order of the log.
    pub(super) fn of_key(&self, key: &SubjectKey) -> &[Arc<Record>] {
        self.chains.get(key).map_or(&[], Vec::as_slice)
    }

    /// Those of them in the first `size` entries.
    pub(super) fn of_key_within(&self, key: &SubjectKey, size: TreeSize) -> &[Arc<Record>] {
        let chain = self.of_key(key);
        let end = chain.partition_point(|record| size.contains(record.index()));
        chain.get(..end).unwrap_or(chain)
    }

    /// All of them, in no order.
    pub(super) fn into_all(self) -> impl Iterator<Item = Arc<Record>> {
        self.by_statement.into_values()
    }

    /// Leaves nothing of what a record said.
    pub(super) fn erase(&mut self, digest: &StatementDigest) {
        let Some(record) = self.by_statement.get_mut(digest) else { return };
        let erased = Arc::new(record.without_content());
        for key in erased.keys() {
            let Some(chain) = self.chains.get_mut(key) else { continue };
            let place = chain.binary_search_by_key(&erased.index(), |of| of.index());
            if let Some(of) = place.ok().and_then(|place| chain.get_mut(place)) {
                *of = Arc::clone(&erased);
            }
        }
        *record = erased;
    }
}

impl Records for KeptRecords {
    type Error = Infallible;

    fn by_statement(&self, digest: &StatementDigest) -> Result<Option<Arc<Record>>, Infallible> {
        Ok(self.get(digest).cloned())
    }

    fn chain(&self, class: Class, uri: &SubjectUri) -> Result<Vec<Arc<Record>>, Infallible> {
        Ok(self.of_key(&SubjectKey::of(class, uri)).to_vec())
    }

    fn id_holder(&self, scope: &str, id: &HeaderId) -> Result<Option<EntryIndex>, Infallible> {
        Ok(self.ids.get(&(scope.to_owned(), id.clone())).copied())
    }
}
