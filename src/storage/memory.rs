//! The engine that forgets: for tests, and for a ledger that lives as long as its process.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::storage::batch::{Batch, Write};
use crate::storage::engine::{Pair, Storage};
use crate::storage::epoch::Epoch;
use crate::storage::error::{CommitError, StorageError};
use crate::storage::head::Head;
use crate::storage::table::Table;

/// Tables in memory, under one lock.
#[derive(Debug, Default)]
pub struct MemoryStorage {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    epoch: u64,
    head: Option<Head>,
    rows: BTreeMap<Table, BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryStorage {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics between the first and the last write of a commit, so a state that another
        // thread left behind is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check(&self, epoch: Epoch, prev: Option<&Head>, batch: &Batch) -> Result<(), CommitError> {
        let current = Epoch::new(self.epoch);
        if epoch != current {
            return Err(CommitError::Fenced { epoch, current });
        }
        if self.head.as_ref() != prev {
            return Err(CommitError::Conflict {
                expected: prev.map(|head| head.sequence),
                found: self.head.as_ref().map(|head| head.sequence),
            });
        }
        for (write, table, key, _value) in batch.writes() {
            let is_there = self.rows.get(&table).is_some_and(|rows| rows.contains_key(key));
            match write {
                Write::Insert if is_there => return Err(CommitError::KeyTaken { table }),
                Write::Replace if !is_there => return Err(CommitError::KeyMissing { table }),
                Write::Insert | Write::Replace => {}
            }
        }
        Ok(())
    }
}

impl Storage for MemoryStorage {
    fn claim(&self) -> Result<(Epoch, Option<Head>), StorageError> {
        let mut state = self.lock();
        state.epoch += 1;
        Ok((Epoch::new(state.epoch), state.head.clone()))
    }

    fn commit(
        &self,
        epoch: Epoch,
        prev: Option<&Head>,
        next: &Head,
        batch: &Batch,
    ) -> Result<(), CommitError> {
        assert_eq!(next.sequence, Head::next_sequence(prev), "sequence number of the next head");
        let mut state = self.lock();
        state.check(epoch, prev, batch)?;
        for (_write, table, key, value) in batch.writes() {
            state.rows.entry(table).or_default().insert(key.to_vec(), value.to_vec());
        }
        state.head = Some(next.clone());
        Ok(())
    }

    fn head(&self) -> Result<Option<Head>, StorageError> {
        Ok(self.lock().head.clone())
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.lock().rows.get(&table).and_then(|rows| rows.get(key)).cloned())
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StorageError> {
        // An empty range is an answer here and a panic in `BTreeMap::range`.
        if until.is_some_and(|until| until <= from) {
            return Ok(Vec::new());
        }
        let range = (Bound::Included(from), until.map_or(Bound::Unbounded, Bound::Excluded));
        let state = self.lock();
        let rows = state.rows.get(&table).into_iter().flat_map(|rows| rows.range::<[u8], _>(range));
        Ok(rows.take(limit).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn last_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StorageError> {
        let range = (Bound::Unbounded, Bound::Included(key));
        let state = self.lock();
        let last = state.rows.get(&table).and_then(|rows| rows.range::<[u8], _>(range).next_back());
        Ok(last.map(|(key, value)| (key.clone(), value.clone())))
    }
}
