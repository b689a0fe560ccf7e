//! The fault table: every commit of a history × every way in which it can fail. Nothing that was
//! acknowledged is lost, no checkpoint that was seen is contradicted.

use std::sync::Arc;

use probant::envelope::Envelope;
use probant::ledger::{Ledger, SubmitError, ViewError};
use probant::merkle::{EntryIndex, TreeSize};
use probant::note::VerifiedCheckpoint;
use probant::storage::{
    Batch, CommitError, Epoch, Head, MemoryStorage, Pair, Storage, StorageError, Table,
};

use crate::faulty_storage::{Fault, FaultyStorage};
use crate::ledger_fixture::{World, check_consistent, check_log, check_receipt, submit};

/// What the outside world has seen.
#[derive(Default)]
struct Seen {
    acknowledged: Vec<Envelope>,
    checkpoints: Vec<VerifiedCheckpoint>,
}

fn history(world: &World) -> Vec<Envelope> {
    let declarations = (1..6).map(|number| world.declaration(number));
    let mut history = vec![world.registration(), world.grant()];
    history.extend(declarations);
    history.push(world.erasure(3));
    history
}

/// Submits the history; a submitter who is told to asks again, until the ledger has stopped.
fn play(world: &World, ledger: &Ledger, seen: &mut Seen) -> Vec<SubmitError> {
    let mut errors = Vec::new();
    for envelope in history(world) {
        for _ in 0..2 {
            match submit(ledger, envelope.clone()) {
                Ok(receipt) => {
                    seen.checkpoints.push(check_receipt(world, &receipt, &envelope));
                    seen.acknowledged.push(envelope.clone());
                    break;
                }
                Err(error) => errors.push(error),
            }
        }
        seen.checkpoints.push(ledger.view(None).unwrap().checkpoint().clone());
    }
    errors
}

fn check_all(world: &World, ledger: &Ledger, seen: &Seen) {
    let view = ledger.view(None).unwrap();
    let statements = check_log(world, &view);
    for envelope in &seen.acknowledged {
        assert!(statements.contains(&envelope.statement_digest()), "an acknowledged entry is lost");
    }
    for checkpoint in &seen.checkpoints {
        check_consistent(&view, checkpoint);
    }
}

/// Plays the history with one fault, then starts anew on what is on disk and plays it again.
fn check_fault(fault: Fault, is_expected: impl Fn(&[SubmitError]) -> bool) {
    let world = World::new();
    let disk: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    drop(world.create(disk.clone()).unwrap());
    let mut seen = Seen::default();

    let storage = Arc::new(FaultyStorage::new(disk.clone(), fault));
    if let Ok(ledger) = world.open(storage) {
        let errors = play(&world, &ledger, &mut seen);
        assert!(is_expected(&errors), "{fault:?}: {errors:?}");
        check_all(&world, &ledger, &seen);
    }
    let ledger = world.open(disk).unwrap();
    check_all(&world, &ledger, &seen);
    let errors = play(&world, &ledger, &mut seen);
    assert!(errors.is_empty(), "{fault:?}: after the restart {errors:?}");
    check_all(&world, &ledger, &seen);
    let statements = check_log(&world, &ledger.view(None).unwrap());
    assert_eq!(statements.len(), history(&world).len(), "{fault:?}: each is there once");
}

fn commits() -> usize {
    history(&World::new()).len()
}

#[test]
fn a_commit_without_an_answer_is_survived_whether_it_reached_the_disk_or_not() {
    for number in 0..commits() {
        for fault in [Fault::Lost(number), Fault::Persisted(number)] {
            check_fault(fault, |errors| matches!(errors, [SubmitError::Unconfirmed]));
        }
    }
}

#[test]
fn a_commit_that_was_not_applied_is_made_when_it_is_asked_for_again() {
    for number in 0..commits() {
        check_fault(Fault::NotApplied(number), |errors| matches!(errors, [SubmitError::NotStored]));
    }
}

#[test]
fn a_writer_that_is_fenced_stops_and_the_log_goes_on_elsewhere() {
    for number in 0..commits() {
        check_fault(Fault::Fenced(number), |errors| {
            matches!(errors, [SubmitError::NotStored, rest @ ..]
                if rest.iter().all(|error| matches!(error, SubmitError::Halted { .. })))
        });
    }
}

#[test]
fn a_read_that_fails_loses_nothing() {
    let world = World::new();
    let disk: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    drop(world.create(disk.clone()).unwrap());
    let counted = Arc::new(FaultyStorage::new(disk, Fault::Read(usize::MAX)));
    let ledger = world.open(counted.clone()).unwrap();
    play(&world, &ledger, &mut Seen::default());
    drop(ledger);
    // Which read fails where is not told; that none of them does harm is.
    for number in 0..counted.reads() {
        check_fault(Fault::Read(number), |_| true);
    }
}

#[test]
fn a_claim_that_fails_leaves_the_ledger_as_it_is() {
    // The ledger is not opened, so there is nothing to expect of it.
    check_fault(Fault::Claim(0), |_| false);
}

/// Serves from `inner`, with one bit of one value flipped.
#[derive(Debug)]
struct Tampered {
    inner: Arc<dyn Storage>,
    table: Table,
    key: Vec<u8>,
    byte: usize,
}

impl Tampered {
    fn pass(&self, table: Table, key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
        if table == self.table && key == self.key {
            value[self.byte] ^= 1;
        }
        value
    }
}

impl Storage for Tampered {
    fn claim(&self) -> Result<(Epoch, Option<Head>), StorageError> {
        self.inner.claim()
    }

    fn commit(
        &self,
        epoch: Epoch,
        prev: Option<&Head>,
        next: &Head,
        batch: &Batch,
    ) -> Result<(), CommitError> {
        self.inner.commit(epoch, prev, next, batch)
    }

    fn head(&self) -> Result<Option<Head>, StorageError> {
        self.inner.head()
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.inner.get(table, key)?.map(|value| self.pass(table, key, value)))
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StorageError> {
        let pairs = self.inner.scan(table, from, until, limit)?.into_iter();
        Ok(pairs.map(|(key, value)| (key.clone(), self.pass(table, &key, value))).collect())
    }

    fn last_at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StorageError> {
        let found = self.inner.last_at_or_before(table, key)?;
        Ok(found.map(|(key, value)| (key.clone(), self.pass(table, &key, value))))
    }
}

/// Opens a store with a flipped bit, and reads all that a reader can; whether anything was noticed.
fn is_noticed(world: &World, storage: Arc<dyn Storage>) -> bool {
    let Ok(ledger) = world.open(storage) else { return true };
    let view = ledger.view(None).unwrap();
    let published = view.published_sizes(TreeSize::EMPTY, 100).unwrap();
    let older = published.into_iter().map(|size| ledger.view(Some(size)).map(|_| ()));
    let records = history(world).into_iter().map(|envelope| {
        let index = view.find(&envelope.statement_digest())?;
        view.record(index.ok_or(ViewError::NoAttestation { index: EntryIndex::FIRST })?).map(|_| ())
    });
    older.chain(records).any(|outcome| outcome.is_err())
}

#[test]
fn a_bit_flipped_at_rest_is_noticed() {
    let world = World::new();
    let disk: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    let ledger = world.create(disk.clone()).unwrap();
    play(&world, &ledger, &mut Seen::default());
    drop(ledger);
    assert!(!is_noticed(&world, disk.clone()));
    let tables =
        [Table::Entries, Table::Payloads, Table::Rows, Table::Statements, Table::Checkpoints];
    for table in tables {
        let lowest = vec![0; table.key_bytes()];
        for (key, value) in disk.scan(table, &lowest, None, 1000).unwrap() {
            for byte in (0..value.len()).step_by(13) {
                let inner = disk.clone();
                let tampered = Tampered { inner, table, key: key.clone(), byte };
                assert!(is_noticed(&world, Arc::new(tampered)), "{table:?} {key:?} byte {byte}");
            }
        }
    }
}
