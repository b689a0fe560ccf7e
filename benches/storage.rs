//! What a layout costs: the same attestations, the same durability, three layouts in one run.
//!
//! - `rows`: one tree, every entry and every payload a row of its own;
//! - `trees`: bundles, a tree for each table, one transaction over all trees;
//! - `store`: bundles in pieces, one tree, one batch, that is, `SledStorage`.
//!
//! A commit is durable in each: sled's flush, then `fdatasync`. Figures of different machines, or of
//! different runs, do not compare; the ratios printed at the end do. `PROBANT_BENCH_COMMITS` sets
//! how many commits of 512 attestations a store gets, 4 if it is not set.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at its faults, prints, and rounds"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::cell::RefCell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use probant::hash::Digest;
use probant::storage::{
    Batch, Head, MapRow, SledOptions, SledStorage, Storage, Table, index_key, row_key,
};
use sled::Transactional as _;
use tempfile::TempDir;

/// Attestations in a commit.
const COMMIT_SIZE: u64 = 512;

/// Entries in a chunk.
const CHUNK_SIZE: usize = 256;

const ENTRY_BYTES: usize = 300;
const PAYLOAD_BYTES: usize = 1000;

/// Subjects of an attestation.
const SUBJECTS: u64 = 3;

/// One store, filled.
struct Run {
    layout: &'static str,
    time: Duration,
    disk_bytes: u64,
    /// Files that sled put pages in that are too large for its log.
    unsynced_files: u64,
}

/// Fills a new store with so many commits, and says how long they took.
type Layout = fn(&Path, u64) -> Duration;

/// A key and its value in a table.
type Row = (Table, Vec<u8>, Vec<u8>);

fn main() {
    let commits = std::env::var("PROBANT_BENCH_COMMITS").map_or(4, |count| count.parse().unwrap());
    let results = RefCell::new(Vec::new());
    let mut criterion = Criterion::default().sample_size(10).without_plots().configure_from_args();
    let mut group = criterion.benchmark_group("durable commits of 512");
    group.throughput(Throughput::Elements(COMMIT_SIZE * commits));
    group.warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_secs(1));
    let layouts: [(&str, Layout); 3] = [("rows", rows), ("trees", trees), ("store", store)];
    for (name, layout) in layouts {
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter_custom(|iterations| {
                (0..iterations)
                    .map(|_| {
                        let dir = TempDir::new().unwrap();
                        let time = layout(dir.path(), commits);
                        results.borrow_mut().push(Run::new(name, time, dir.path()));
                        time
                    })
                    .sum()
            });
        });
    }
    group.finish();
    print_ratios(&results.into_inner(), commits);
}

impl Run {
    fn new(layout: &'static str, time: Duration, dir: &Path) -> Self {
        let (mut disk_bytes, mut unsynced_files) = (0, 0);
        for file in files(dir) {
            disk_bytes += fs::metadata(&file).unwrap().len();
            unsynced_files += u64::from(file.parent().unwrap().ends_with("blobs"));
        }
        Self { layout, time, disk_bytes, unsynced_files }
    }
}

/// The medians, and what they are to those of the first layout.
fn print_ratios(runs: &[Run], commits: u64) {
    let attestations = (COMMIT_SIZE * commits) as f64;
    let median = |layout: &str, of: fn(&Run) -> f64| {
        let mut values: Vec<f64> = runs.iter().filter(|run| run.layout == layout).map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let seconds = |layout| median(layout, |run| run.time.as_secs_f64());
    let disk = |layout| median(layout, |run| run.disk_bytes as f64);
    for layout in ["rows", "trees", "store"] {
        println!(
            "{layout:>6}: {:.0} attestations/s ({:.2} x rows), {:.0} bytes of disk each \
             ({:.2} x rows), {:.0} files that sled does not sync",
            attestations / seconds(layout),
            seconds("rows") / seconds(layout),
            disk(layout) / attestations,
            disk(layout) / disk("rows"),
            median(layout, |run| run.unsynced_files as f64),
        );
    }
}

fn rows(dir: &Path, commits: u64) -> Duration {
    let (db, log) = open_sled(dir);
    timed(commits, |number| {
        let mut batch = sled::Batch::default();
        let mut insert = |table: Table, key: &[u8], value: &[u8]| {
            let key = [&[table as u8], key].concat();
            assert!(!db.contains_key(&key).unwrap());
            batch.insert(key, value);
        };
        for (table, key, value) in index_rows(number) {
            insert(table, &key, &value);
        }
        for index in indices(number) {
            insert(Table::Entries, &index_key(index), &bytes(index, ENTRY_BYTES));
            insert(Table::Payloads, &index_key(index), &bytes(index, PAYLOAD_BYTES));
        }
        batch.insert(&[0], head(number).encode());
        db.apply_batch(batch).unwrap();
        db.flush().unwrap();
        log.sync_data().unwrap();
    })
}

fn trees(dir: &Path, commits: u64) -> Duration {
    let (db, log) = open_sled(dir);
    let mut trees: Vec<sled::Tree> =
        Table::ALL.iter().map(|table| db.open_tree([*table as u8]).unwrap()).collect();
    trees.push(sled::Tree::clone(&db));
    timed(commits, |number| {
        let rows: Vec<Row> = index_rows(number).chain(bundle_rows(number)).collect();
        let next = head(number).encode();
        trees
            .as_slice()
            .transaction(|trees| {
                for (table, key, value) in &rows {
                    let tree = &trees[*table as usize - 1];
                    assert!(tree.insert(key.as_slice(), value.as_slice())?.is_none());
                }
                trees[Table::ALL.len()].insert(&[0], next.as_slice())?;
                Ok::<_, sled::transaction::ConflictableTransactionError>(())
            })
            .unwrap();
        db.flush().unwrap();
        log.sync_data().unwrap();
    })
}

fn store(dir: &Path, commits: u64) -> Duration {
    let storage = SledStorage::create(dir, SledOptions::default()).unwrap();
    let (epoch, mut prev) = storage.claim().unwrap();
    timed(commits, |number| {
        let mut batch = Batch::default();
        for (table, key, value) in index_rows(number).chain(bundle_rows(number)) {
            batch.insert(table, key, value);
        }
        let next = head(number);
        storage.commit(epoch, prev.as_ref(), &next, &batch).unwrap();
        prev = Some(next);
    })
}

fn timed(commits: u64, mut commit: impl FnMut(u64)) -> Duration {
    let start = Instant::now();
    (0..commits).for_each(&mut commit);
    start.elapsed()
}

fn open_sled(dir: &Path) -> (sled::Db, File) {
    let config = sled::Config::new().path(dir).cache_capacity(256 << 20).flush_every_ms(None);
    let db = config.segment_size(8 << 20).open().unwrap();
    (db, File::open(dir.join("db")).unwrap())
}

fn indices(number: u64) -> impl Iterator<Item = u64> {
    COMMIT_SIZE * number..COMMIT_SIZE * (number + 1)
}

fn index_rows(number: u64) -> impl Iterator<Item = Row> {
    indices(number).flat_map(|index| {
        let statement = Digest::of(&index.to_be_bytes());
        let id = Digest::of(statement.as_bytes());
        let subjects = (0..SUBJECTS).map(move |subject| {
            let key = Digest::of(&[index.to_be_bytes(), subject.to_be_bytes()].concat());
            (Table::Rows, row_key(&key, 1).to_vec(), MapRow { index, head: id }.encode())
        });
        subjects.chain([
            (Table::Statements, statement.as_bytes().to_vec(), index_key(index).to_vec()),
            (Table::Ids, id.as_bytes().to_vec(), index_key(index).to_vec()),
        ])
    })
}

fn bundle_rows(number: u64) -> impl Iterator<Item = Row> {
    let indices: Vec<u64> = indices(number).collect();
    let chunks: Vec<Vec<u64>> = indices.chunks(CHUNK_SIZE).map(<[u64]>::to_vec).collect();
    chunks.into_iter().flat_map(|chunk| {
        let key = index_key(chunk[0]).to_vec();
        let bundle = |length| chunk.iter().flat_map(|index| bytes(*index, length)).collect();
        [
            (Table::Entries, key.clone(), bundle(ENTRY_BYTES)),
            (Table::Payloads, key, bundle(PAYLOAD_BYTES)),
        ]
    })
}

/// Bytes that do not compress.
fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_be_bytes()[0]
        })
        .collect()
}

fn head(sequence: u64) -> Head {
    Head {
        sequence,
        size: COMMIT_SIZE * (sequence + 1),
        root: Digest::ZERO,
        map_root: Digest::ZERO,
        checkpoint: "log.example\n".repeat(30),
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
