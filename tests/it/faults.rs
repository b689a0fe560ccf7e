//! The fault table: every commit of a history × every way in which it can fail. Nothing that was
//! acknowledged is lost, no checkpoint that was seen is contradicted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use probant::entry::{Body, Entry, EntryBundle, Payload, PayloadBundle};
use probant::envelope::Envelope;
use probant::genesis::{Genesis, Registrar};
use probant::hash::Digest;
use probant::key::{PrivateKey, Signer as _};
use probant::ledger::{Ledger, OpenError, Options, Receipt, SubmitError, ViewError};
use probant::merkle::{EntryIndex, TreeSize};
use probant::note::VerifiedCheckpoint;
use probant::storage::{
    Batch, CommitError, Epoch, Head, MemoryStorage, Pair, Storage, StorageError, Table, index_key,
};

use crate::faulty_storage::{Fault, FaultyStorage};
use crate::fuzz::setting;
use crate::ledger::submit_all;
use crate::ledger_fixture::{World, check_consistent, check_log, check_receipt, quiet, submit};

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
                    seen.checkpoints.push(check_receipt(&world.genesis, &receipt, &envelope));
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
    check_fault_with(fault, is_expected, &quiet());
}

fn check_fault_with(fault: Fault, is_expected: impl Fn(&[SubmitError]) -> bool, options: &Options) {
    let world = World::new();
    let disk: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    drop(world.create_with(disk.clone(), options.clone()).unwrap());
    let mut seen = Seen::default();

    let storage = Arc::new(FaultyStorage::new(disk.clone(), fault));
    if let Ok(ledger) = world.open_with(storage, options.clone()) {
        let errors = play(&world, &ledger, &mut seen);
        assert!(is_expected(&errors), "{fault:?}: {errors:?}");
        check_all(&world, &ledger, &seen);
    }
    let ledger = world.open_with(disk, options.clone()).unwrap();
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
fn a_guard_agrees_with_the_store_whatever_became_of_a_commit() {
    for number in 0..commits() {
        for fault in [Fault::Lost(number), Fault::Persisted(number), Fault::NotApplied(number)] {
            let dir = tempfile::tempdir().unwrap();
            let options = Options { guard: Some(dir.path().join("guard")), ..quiet() };
            check_fault_with(fault, |errors| errors.len() == 1, &options);
        }
    }
}

#[test]
fn a_group_without_an_answer_is_in_the_log_once_when_it_is_asked_for_again() {
    for fault in [Fault::Lost(0), Fault::Persisted(0), Fault::NotApplied(0)] {
        let world = World::new();
        let disk: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
        drop(world.create(disk.clone()).unwrap());
        let ledger = world.open(Arc::new(FaultyStorage::new(disk.clone(), fault))).unwrap();
        // The erasure ends the group, the last repeats one of it.
        let mut envelopes = history(&world);
        envelopes.insert(3, world.declaration(1));
        let failed = submit_all(&ledger, envelopes.clone());
        assert!(failed.iter().all(Result::is_err), "{fault:?}: one falls, all fall");
        envelopes.push(world.declaration(2));

        let is_there = matches!(fault, Fault::Persisted(_));
        let receipts: Vec<Receipt> =
            submit_all(&ledger, envelopes.clone()).into_iter().map(Result::unwrap).collect();
        let fresh = receipts.iter().filter(|receipt| !receipt.is_duplicate).count();
        assert_eq!(fresh, if is_there { 0 } else { history(&world).len() }, "{fault:?}");
        let mut places = BTreeMap::new();
        for (receipt, envelope) in receipts.iter().zip(&envelopes) {
            let _checkpoint = check_receipt(&world.genesis, receipt, envelope);
            let place = places.entry(envelope.statement_digest().to_string());
            assert_eq!(*place.or_insert(receipt.index), receipt.index, "{fault:?}");
        }
        drop(ledger);
        let ledger = world.open(disk).unwrap();
        let statements = check_log(&world, &ledger.view(None).unwrap());
        let distinct: BTreeSet<String> = statements.iter().map(ToString::to_string).collect();
        assert_eq!((statements.len(), distinct.len()), (history(&world).len(), places.len()));
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

/// Serves from `inner`, but for the values that were altered; counts how many scans of the rows of
/// the map are under way at a time, and gives others time to come.
#[derive(Debug)]
pub(crate) struct Altered {
    inner: Arc<dyn Storage>,
    values: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
    scans: AtomicUsize,
    scans_max: AtomicUsize,
    /// How often a scan lets others go first.
    yields: usize,
}

impl Altered {
    pub(crate) fn new(
        inner: &Arc<dyn Storage>,
        values: impl IntoIterator<Item = (Table, Vec<u8>, Vec<u8>)>,
    ) -> Arc<Self> {
        let values = values.into_iter().map(|(table, key, value)| ((table, key), value)).collect();
        Arc::new(Self { values, ..Self::watched(inner, 0) })
    }

    /// With nothing altered.
    fn watched(inner: &Arc<dyn Storage>, yields: usize) -> Self {
        let (scans, scans_max) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { inner: Arc::clone(inner), values: BTreeMap::new(), scans, scans_max, yields }
    }

    /// With one bit flipped.
    pub(crate) fn flipped(
        inner: &Arc<dyn Storage>,
        table: Table,
        (key, value): &Pair,
        byte: usize,
    ) -> Arc<Self> {
        let mut value = value.clone();
        value[byte] ^= 1;
        Self::new(inner, [(table, key.clone(), value)])
    }

    fn pass(&self, table: Table, key: &[u8], value: Vec<u8>) -> Vec<u8> {
        self.values.get(&(table, key.to_vec())).cloned().unwrap_or(value)
    }
}

impl Storage for Altered {
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
        let altered = self.values.get(&(table, key.to_vec())).cloned();
        Ok(altered.or(self.inner.get(table, key)?))
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, StorageError> {
        if table == Table::Rows {
            self.scans_max
                .fetch_max(1 + self.scans.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
            let is_alone = || self.scans_max.load(Ordering::SeqCst) < 2;
            (0..self.yields).take_while(|_| is_alone()).for_each(|_| thread::yield_now());
            self.scans.fetch_sub(1, Ordering::SeqCst);
        }
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
    // A prime that no structure of the rows has.
    let step = setting("PROBANT_FLIP_STEP", 41) as usize;
    for table in tables {
        let lowest = vec![0; table.key_bytes()];
        for pair in disk.scan(table, &lowest, None, 1000).unwrap() {
            for byte in (0..pair.1.len()).step_by(step) {
                let altered = Altered::flipped(&disk, table, &pair, byte);
                assert!(is_noticed(&world, altered), "{table:?} {:?} byte {byte}", pair.0);
            }
        }
    }
}

/// A ledger whose tree has this many entries, and what it lies on.
fn grown_to(world: &World, size: u64) -> Arc<dyn Storage> {
    let disk: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    let ledger = world.create(disk.clone()).unwrap();
    world.begin(&ledger);
    let so_far = ledger.view(None).unwrap().size().get();
    let declarations = (so_far + 1..size).map(|number| world.declaration(number as usize));
    for outcome in submit_all(&ledger, declarations.collect()) {
        outcome.unwrap();
    }
    assert_eq!(ledger.view(None).unwrap().size(), TreeSize::new(size));
    disk
}

#[test]
fn a_seal_that_ends_a_full_tile_is_checked_like_any_other() {
    const SEAL_BYTES: usize = 90;
    let world = World::new();
    let disk = grown_to(&world, 256);
    drop(world.open(disk.clone()).unwrap());
    let last = disk.last_at_or_before(Table::Entries, &index_key(255)).unwrap().unwrap();
    let length = last.1.len();
    for byte in length - SEAL_BYTES..length {
        // The next entry would follow it, at its time.
        let altered = Altered::flipped(&disk, Table::Entries, &last, byte);
        assert!(world.open(altered).is_err(), "byte {byte} of {length}");
    }
}

#[test]
fn another_genesis_in_the_store_is_refused_however_long_the_log_is() {
    let world = World::new();
    let disk = grown_to(&world, 300);
    drop(world.open(disk.clone()).unwrap());
    let stranger = PrivateKey::from_seed([9; 32]);
    let registrar = |name: &str, key: &PrivateKey| {
        let (name, key) = (name.to_owned(), *key.public_key());
        Registrar { name, key }
    };
    // Everything in the log is still rightly signed.
    let registrars =
        [registrar("Example registrar", &world.registrar), registrar("Stranger", &stranger)];
    let genesis = Genesis::new(world.genesis.log_key(), 1, &registrars).unwrap();
    let body = Body::Genesis { origin: genesis.origin().clone(), digest: *genesis.digest() };
    let entries = disk.get(Table::Entries, &index_key(0)).unwrap().unwrap();
    let entries = EntryBundle::decode(&entries, 2).unwrap();
    let time = Entry::decode(entries[0]).unwrap().time();
    let forged = Entry::new(time, Digest::ZERO, body).unwrap().encode();
    let entries = EntryBundle::encode([forged.as_slice(), entries[1]]);
    let payloads = PayloadBundle::encode([Payload::Bytes(genesis.bytes()), Payload::Absent]);
    let key = index_key(0).to_vec();
    let altered = Altered::new(
        &disk,
        [(Table::Entries, key.clone(), entries), (Table::Payloads, key, payloads)],
    );
    let error = world.open(altered).unwrap_err();
    assert!(matches!(error, OpenError::Store(_)), "{error}");
    assert!(error.to_string().contains("entry 0"), "{error}");
}

#[test]
fn a_row_of_a_commit_under_way_tells_a_reader_nothing() {
    let world = World::new();
    let disk = grown_to(&world, 10);
    let (next, statement) = (index_key(10), world.declaration(99).statement_digest());
    let key = statement.digest().as_bytes().to_vec();
    let early = Altered::new(&disk, [(Table::Statements, key, next.to_vec())]);
    let ledger = world.open(early).unwrap();
    assert_eq!(ledger.view(None).unwrap().find(&statement).unwrap(), None);
}

#[test]
fn older_states_are_read_one_at_a_time() {
    let world = World::new();
    let disk: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    let ledger = world.create(disk.clone()).unwrap();
    play(&world, &ledger, &mut Seen::default());
    drop(ledger);
    let watched = Arc::new(Altered::watched(&disk, 10_000));
    let ledger = world.open(watched.clone()).unwrap();
    let sizes = ledger.view(None).unwrap().published_sizes(TreeSize::EMPTY, 4).unwrap();
    thread::scope(|scope| {
        for size in sizes {
            let ledger = &ledger;
            scope.spawn(move || assert_eq!(ledger.view(Some(size)).unwrap().size(), size));
        }
    });
    assert_eq!(watched.scans_max.load(Ordering::SeqCst), 1);
}
