//! What every storage engine promises, asked of each of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use probant::hash::Digest;
use probant::storage::{
    Batch, CommitError, Epoch, Head, MemoryStorage, SledOptions, SledStorage, Storage, Table,
    index_key, parse_index_key, row_key, tile_key,
};
use tempfile::TempDir;

/// A head that differs from every other one in each field.
pub(crate) fn head(sequence: u64) -> Head {
    let digest = |label: &str| Digest::of(format!("{label} {sequence}").as_bytes());
    Head {
        sequence,
        size: 3 * sequence + 1,
        root: digest("root"),
        map_root: digest("map"),
        checkpoint: format!("log.example\n{sequence}\n"),
    }
}

/// Runs `claim` on a new store of every engine.
fn on_every_engine(claim: impl Fn(&dyn Storage)) {
    claim(&MemoryStorage::default());
    let dir = TempDir::new().unwrap();
    claim(&SledStorage::create(dir.path(), SledOptions::default()).unwrap());
}

/// The writer of a test: claims, then commits one batch after another.
struct Writer<'a> {
    storage: &'a dyn Storage,
    epoch: Epoch,
    head: Option<Head>,
}

impl<'a> Writer<'a> {
    fn claim(storage: &'a dyn Storage) -> Self {
        let (epoch, head) = storage.claim().unwrap();
        Self { storage, epoch, head }
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), CommitError> {
        let next = head(Head::next_sequence(self.head.as_ref()));
        self.storage.commit(self.epoch, self.head.as_ref(), &next, batch)?;
        self.head = Some(next);
        Ok(())
    }
}

fn batch(rows: &[(Table, &[u8], &[u8])]) -> Batch {
    let mut batch = Batch::default();
    for (table, key, value) in rows {
        batch.insert(*table, *key, *value);
    }
    batch
}

/// Every pair of every table.
fn contents(storage: &dyn Storage) -> Vec<(Table, Vec<u8>, Vec<u8>)> {
    let pairs = |table| storage.scan(table, &[], None, usize::MAX).unwrap();
    Table::ALL
        .into_iter()
        .flat_map(|table| pairs(table).into_iter().map(move |(key, value)| (table, key, value)))
        .collect()
}

#[test]
fn a_new_store_is_empty_and_its_first_epoch_is_one() {
    on_every_engine(|storage| {
        assert_eq!(storage.head().unwrap(), None);
        assert_eq!(contents(storage), []);
        assert_eq!(storage.last_at_or_before(Table::Entries, &[0xff; 8]).unwrap(), None);
        let (epoch, head) = storage.claim().unwrap();
        assert_eq!((epoch.number(), head), (1, None));
    });
}

#[test]
fn a_commit_moves_the_head_and_writes_every_table() {
    on_every_engine(|storage| {
        let mut writer = Writer::claim(storage);
        let mut batch = Batch::default();
        for table in Table::ALL {
            batch.insert(table, vec![7; table.key_bytes()], format!("{table:?}"));
        }
        writer.commit(&batch).unwrap();

        assert_eq!(storage.head().unwrap(), Some(head(0)));
        for table in Table::ALL {
            let key = vec![7; table.key_bytes()];
            let value = format!("{table:?}").into_bytes();
            assert_eq!(storage.get(table, &key).unwrap(), Some(value.clone()));
            assert_eq!(storage.get(table, &vec![8; table.key_bytes()]).unwrap(), None);
            assert_eq!(storage.scan(table, &[], None, 9).unwrap(), [(key, value)]);
        }
    });
}

#[test]
fn values_of_every_length_read_back() {
    on_every_engine(|storage| {
        let lengths = [0, 1, 4091, 4092, 4093, 8187, 8188, 8189, 8192, 70_000, 1_000_000];
        let value = |length: usize| -> Vec<u8> { (0..=250).cycle().take(length).collect() };
        let mut rows = Batch::default();
        for (index, length) in (0..).zip(lengths) {
            rows.insert(Table::Entries, index_key(index), value(length));
        }
        Writer::claim(storage).commit(&rows).unwrap();

        let all = storage.scan(Table::Entries, &[], None, usize::MAX).unwrap();
        assert_eq!(all.len(), lengths.len());
        for ((index, length), pair) in (0..).zip(lengths).zip(all) {
            let key = index_key(index);
            assert_eq!(storage.get(Table::Entries, &key).unwrap(), Some(value(length)));
            assert_eq!(storage.last_at_or_before(Table::Entries, &key).unwrap().unwrap(), pair);
            assert_eq!(pair, (key.to_vec(), value(length)));
        }
    });
}

#[test]
fn a_refused_batch_changes_nothing() {
    on_every_engine(|storage| {
        let mut writer = Writer::claim(storage);
        let taken = (Table::Statements, &[5_u8; 32][..], &b"first"[..]);
        writer.commit(&batch(&[taken])).unwrap();
        let before = contents(storage);

        let fresh = (Table::Entries, &[0_u8; 8][..], &b"entry"[..]);
        let again = (Table::Statements, &[5_u8; 32][..], &b"second"[..]);
        let error = writer.commit(&batch(&[fresh, again])).unwrap_err();
        assert!(matches!(error, CommitError::KeyTaken { table: Table::Statements }), "{error}");

        let mut missing = batch(&[fresh]);
        missing.replace(Table::Payloads, [9; 8], []);
        let error = writer.commit(&missing).unwrap_err();
        assert!(matches!(error, CommitError::KeyMissing { table: Table::Payloads }), "{error}");

        assert_eq!(contents(storage), before);
        assert_eq!(storage.head().unwrap(), Some(head(0)));
        writer.commit(&batch(&[fresh])).unwrap();
    });
}

#[test]
fn a_key_is_taken_in_every_table_and_replaceable_in_two() {
    on_every_engine(|storage| {
        let mut writer = Writer::claim(storage);
        let mut first = Batch::default();
        for table in Table::ALL {
            first.insert(table, vec![1; table.key_bytes()], "first");
        }
        writer.commit(&first).unwrap();
        for table in Table::ALL {
            let mut second = Batch::default();
            second.insert(table, vec![1; table.key_bytes()], "second");
            let error = writer.commit(&second).unwrap_err();
            assert!(matches!(error, CommitError::KeyTaken { table: at } if at == table), "{error}");
        }
        let replaceable: Vec<_> = Table::ALL.into_iter().filter(|it| it.is_replaceable()).collect();
        assert_eq!(replaceable, [Table::Payloads, Table::Cosigned]);
    });
}

#[test]
fn a_replaced_payload_leaves_nothing_of_the_old_value() {
    on_every_engine(|storage| {
        let mut writer = Writer::claim(storage);
        let neighbours = [(0_u64, vec![1; 10]), (2, vec![3; 10])];
        let mut rows = Batch::default();
        for (index, value) in &neighbours {
            rows.insert(Table::Payloads, index_key(*index), value.as_slice());
        }
        rows.insert(Table::Payloads, index_key(1), vec![2; 50_000]);
        writer.commit(&rows).unwrap();

        for length in [20_000, 4092, 0, 90_000] {
            let mut erasure = Batch::default();
            erasure.replace(Table::Payloads, index_key(1), vec![0; length]);
            writer.commit(&erasure).unwrap();
            let found = storage.scan(Table::Payloads, &[], None, 9).unwrap();
            let values: Vec<Vec<u8>> = found.into_iter().map(|(_, value)| value).collect();
            assert_eq!(values, [vec![1; 10], vec![0; length], vec![3; 10]]);
        }
    });
}

#[test]
fn only_the_last_to_claim_can_commit() {
    on_every_engine(|storage| {
        let mut first = Writer::claim(storage);
        first.commit(&batch(&[(Table::Trust, &[0; 8], b"")])).unwrap();
        let mut second = Writer::claim(storage);
        assert!(second.epoch > first.epoch);
        assert_eq!(second.head, first.head);

        let row = batch(&[(Table::Trust, &[1; 8], b"")]);
        let error = first.commit(&row).unwrap_err();
        assert!(
            matches!(error, CommitError::Fenced { epoch, current }
                if epoch == first.epoch && current == second.epoch),
            "{error}"
        );
        assert_eq!(storage.get(Table::Trust, &[1; 8]).unwrap(), None);
        second.commit(&row).unwrap();
        // The first stays fenced, also with the right head.
        first.head.clone_from(&second.head);
        first.commit(&Batch::default()).unwrap_err();
    });
}

#[test]
fn a_commit_from_another_head_is_a_conflict() {
    on_every_engine(|storage| {
        let mut writer = Writer::claim(storage);
        writer.commit(&Batch::default()).unwrap();
        writer.commit(&Batch::default()).unwrap();

        let mut forged = head(1);
        forged.checkpoint.push_str("another");
        for (prev, expected) in [(None, None), (Some(head(0)), Some(0)), (Some(forged), Some(1))] {
            writer.head = prev;
            let error = writer.commit(&batch(&[(Table::Trust, &[1; 8], b"")])).unwrap_err();
            assert!(
                matches!(error, CommitError::Conflict { expected: from, found: Some(1) }
                    if from == expected),
                "{error}"
            );
        }
        assert_eq!(contents(storage), []);
        assert_eq!(storage.head().unwrap(), Some(head(1)));
    });
}

#[test]
fn scans_and_reverse_seeks_keep_to_their_table_and_range() {
    on_every_engine(|storage| {
        let (low, high) = (Digest::new([0; 32]), Digest::new([0xff; 32]));
        let mut rows = Batch::default();
        for count in [1, 2, u64::MAX] {
            rows.insert(Table::Rows, row_key(&low, count), format!("low {count}"));
            rows.insert(Table::Rows, row_key(&high, count), format!("high {count}"));
        }
        rows.insert(Table::Tiles, tile_key(0xff, u64::MAX), "tile");
        rows.insert(Table::Entries, index_key(10), "ten");
        rows.insert(Table::Entries, index_key(20), vec![7; 20_000]);
        Writer::claim(storage).commit(&rows).unwrap();

        let seek = |key: u64| {
            let found = storage.last_at_or_before(Table::Entries, &index_key(key)).unwrap();
            found.map(|(key, _)| parse_index_key(&key).unwrap())
        };
        assert_eq!([0, 9].map(seek), [None, None]);
        assert_eq!([10, 11, 19].map(seek), [Some(10); 3]);
        assert_eq!([20, 21, u64::MAX].map(seek), [Some(20); 3]);
        // The neighbours of an empty table are not in it.
        for table in [Table::Payloads, Table::Statements, Table::Checkpoints] {
            let key = vec![0xff; table.key_bytes()];
            assert_eq!(storage.last_at_or_before(table, &key).unwrap(), None);
            assert_eq!(storage.scan(table, &[], None, 9).unwrap(), []);
        }

        let scan = |from: &[u8], until: Option<&[u8]>, limit| -> Vec<String> {
            let pairs = storage.scan(Table::Rows, from, until, limit).unwrap();
            assert!(pairs.is_sorted_by(|(one, _), (two, _)| one < two));
            pairs.into_iter().map(|(_, value)| String::from_utf8(value).unwrap()).collect()
        };
        let max = u64::MAX.to_string();
        let low_all = ["low 1".to_owned(), "low 2".to_owned(), format!("low {max}")];
        assert_eq!(scan(&[], Some(&row_key(&high, 0)), 9), low_all);
        assert_eq!(scan(&row_key(&low, 2), Some(&row_key(&low, u64::MAX)), 9), ["low 2"]);
        assert_eq!(scan(&row_key(&low, 3), None, 2), [format!("low {max}"), "high 1".to_owned()]);
        assert_eq!(scan(&row_key(&high, u64::MAX), None, 9), [format!("high {max}")]);
        assert_eq!(scan(&[], None, 0), [""; 0]);
        assert_eq!(scan(&row_key(&high, 1), Some(&row_key(&low, 1)), 9), [""; 0]);
        assert_eq!(scan(&row_key(&low, 1), Some(&row_key(&low, 1)), 9), [""; 0]);
    });
}

#[test]
#[should_panic(expected = "sequence number of the next head")]
fn a_head_that_skips_a_number_is_a_fault_of_the_caller() {
    let storage = MemoryStorage::default();
    let (epoch, _) = storage.claim().unwrap();
    drop(storage.commit(epoch, None, &head(1), &Batch::default()));
}

#[test]
fn readers_find_everything_that_a_head_promises() {
    on_every_engine(|storage| {
        let commits = 40;
        let is_done = AtomicBool::new(false);
        // Payload 0 is replaced by every commit, with pieces that all say which.
        let payload = |sequence: u64| {
            let byte = u8::try_from(sequence).unwrap();
            vec![byte; 5_000 * (1 + usize::from(byte) % 3)]
        };
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    // Bounded, so that a writer that fails is not waited for.
                    for _ in 0..100_000 {
                        if is_done.load(Ordering::Relaxed) {
                            break;
                        }
                        let Some(head) = storage.head().unwrap() else { continue };
                        for sequence in 0..=head.sequence {
                            for table in [Table::Entries, Table::Trust] {
                                let row = storage.get(table, &index_key(sequence)).unwrap();
                                assert!(row.is_some(), "{table:?} {sequence} of {}", head.sequence);
                            }
                        }
                        let found = storage.get(Table::Payloads, &[0; 8]).unwrap().unwrap();
                        let sequence = u64::from(found[0]);
                        assert!(sequence >= head.sequence);
                        assert_eq!(found, payload(sequence));
                    }
                });
            }
            let mut writer = Writer::claim(storage);
            for sequence in 0..commits {
                let mut rows = Batch::default();
                rows.insert(Table::Entries, index_key(sequence), vec![1; 9_000]);
                rows.insert(Table::Trust, index_key(sequence), []);
                if sequence == 0 {
                    rows.insert(Table::Payloads, [0; 8], payload(sequence));
                } else {
                    rows.replace(Table::Payloads, [0; 8], payload(sequence));
                }
                writer.commit(&rows).unwrap();
            }
            is_done.store(true, Ordering::Relaxed);
        });
        assert_eq!(storage.head().unwrap(), Some(head(commits - 1)));
    });
}

#[test]
fn of_many_writers_one_commits_each_head() {
    on_every_engine(|storage| {
        let won: Vec<u64> = thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let mut won = Vec::new();
                        for _ in 0..10 {
                            let mut writer = Writer::claim(storage);
                            match writer.commit(&Batch::default()) {
                                Ok(()) => won.push(writer.head.unwrap().sequence),
                                Err(error) => {
                                    assert!(matches!(error, CommitError::Fenced { .. }), "{error}");
                                }
                            }
                        }
                        won
                    })
                })
                .collect();
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
        });
        let mut sorted = won;
        sorted.sort_unstable();
        let count = sorted.len() as u64;
        assert_eq!(sorted, (0..count).collect::<Vec<_>>());
        assert!(count > 0);
    });
}

#[test]
fn engines_can_be_shared_and_boxed() {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::default());
    Writer::claim(&*storage).commit(&Batch::default()).unwrap();
    assert_eq!(storage.head().unwrap(), Some(head(0)));
}
