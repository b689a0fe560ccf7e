//! What a store has beside the files of its log: rows that nobody could compute out of those.

use std::collections::BTreeSet;

use crate::entry::Body;
use crate::ledger::chunk::split_payloads;
use crate::ledger::rows::successor;
use crate::ledger::store_error::StoreError;
use crate::ledger::view::View;
use crate::merkle::EntryIndex;
use crate::storage::{IndexRow, Pair, Table, index_key, parse_index_key};

/// Chunks of payloads, and rows, that are read at once.
const SCAN_CHUNKS: usize = 8;
const SCAN_ROWS: usize = 1024;

/// Takes a row: its key and its value.
type Visit<'a, E> = dyn FnMut(&[u8], &[u8]) -> Result<(), E> + 'a;

impl View {
    /// Visits the rows of `table` that don't follow from the files of the log, in key order: the
    /// notes of all checkpoints up to this one's, and the ids of records whose payload was erased.
    /// Of other tables, there are none.
    pub fn rows_beside<E: From<StoreError>>(
        &self,
        table: Table,
        visit: &mut Visit<'_, E>,
    ) -> Result<(), E> {
        let end = self.size().get().saturating_add(1);
        match table {
            Table::Checkpoints | Table::Cosigned => {
                self.for_each(table, Some(&index_key(end)), SCAN_ROWS, &mut |(key, value)| {
                    visit(&key, &value)
                })
            }
            Table::Ids => {
                let erased = self.erased()?;
                self.for_each(table, None, SCAN_ROWS, &mut |(key, value)| {
                    let row = IndexRow::decode(&value)
                        .map_err(|cause| StoreError::malformed("id", 0, cause))?;
                    if erased.contains(&row.index) { visit(&key, &value) } else { Ok(()) }
                })
            }
            _ => Ok(()),
        }
    }

    /// The attestations whose payload is gone.
    fn erased(&self) -> Result<BTreeSet<u64>, StoreError> {
        let log = &self.shared.log;
        let until = index_key(self.size().get());
        let mut erased = BTreeSet::new();
        let mut visit = |(key, chunk): Pair| -> Result<(), StoreError> {
            let first = parse_index_key(&key)
                .map_err(|cause| StoreError::malformed("chunk of payloads", 0, cause))?;
            let payloads = split_payloads(&chunk)
                .map_err(|cause| StoreError::malformed("chunk of payloads", first, cause))?;
            for (index, _) in (first..).zip(payloads).filter(|(_, payload)| payload.is_empty()) {
                let entry = log.decoded_entry(EntryIndex::new(index))?;
                if matches!(entry.body(), Body::Attestation { .. }) {
                    erased.insert(index);
                }
            }
            Ok(())
        };
        self.for_each(Table::Payloads, Some(&until), SCAN_CHUNKS, &mut visit)?;
        Ok(erased)
    }

    fn for_each<E: From<StoreError>>(
        &self,
        table: Table,
        until: Option<&[u8]>,
        limit: usize,
        visit: &mut dyn FnMut(Pair) -> Result<(), E>,
    ) -> Result<(), E> {
        let storage = self.shared.log.storage();
        let mut next = Some(vec![0; table.key_bytes()]);
        while let Some(from) = next.take() {
            let pairs = storage.scan(table, &from, until, limit).map_err(StoreError::from)?;
            if pairs.len() == limit {
                next = pairs.last().and_then(|(key, _)| successor(key));
            }
            for pair in pairs {
                visit(pair)?;
            }
        }
        Ok(())
    }
}
