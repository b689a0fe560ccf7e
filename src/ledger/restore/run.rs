//! From copies of a log to a store that goes on from them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::attestation::Predicate;
use crate::audit::{self, AuditOptions, LogSource as _, Progress};
use crate::export::{LogCopy, follow_log_keys};
use crate::genesis::Genesis;
use crate::key::Signer;
use crate::ledger::guard::Guard;
use crate::ledger::log_reader::LogReader;
use crate::ledger::nodes::TileCache;
use crate::ledger::open_error::OpenError;
use crate::ledger::records::RecordCache;
use crate::ledger::recovery::{read_registry, recover};
use crate::ledger::restore::error::RestoreError;
use crate::ledger::restore::merged::{Merged, Part};
use crate::ledger::restore::notes::{Notes, erased_ids};
use crate::ledger::restore::rebuild::Rebuild;
use crate::ledger::restore::tree::Tree;
use crate::ledger::store_error::StoreError;
use crate::ledger::witnesses::Question;
use crate::log_key::LogKeys;
use crate::merkle::{EntryIndex, TileKind, TreeSize};
use crate::note::VerifiedCheckpoint;
use crate::policy::Locale;
use crate::storage::Storage;
use crate::time::Timestamp;

/// A copy of a log that was found sound and whole. Whether it is the newest there is, guard and
/// witnesses say.
#[derive(Debug)]
#[must_use = "a copy that was read is not restored yet"]
pub struct Restorable {
    genesis: Genesis,
    keys: LogKeys,
    checkpoint: VerifiedCheckpoint,
    copies: Vec<LogCopy>,
    files: Merged,
}

/// What a store was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// How many entries it has.
    pub size: TreeSize,
    /// Checkpoints that no copy has.
    pub checkpoints_missing: u64,
    /// Those of them that the log key signed once more, to the same bytes.
    pub checkpoints_signed: u64,
    /// Erased records whose id no copy has: it can be used once more.
    pub ids_missing: u64,
}

impl Restorable {
    /// Reads a copy, and others that have payloads which it lacks, and audits all of it.
    pub fn read(
        copy: LogCopy,
        others: Vec<LogCopy>,
        genesis: &Genesis,
        options: &AuditOptions<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, RestoreError> {
        let (keys, checkpoint) = read_checkpoint(&copy, genesis)?;
        let size = checkpoint.size();
        let base = Part { files: copy.files(), size };
        let tree = Tree { files: copy.files(), size };
        let mut parts = Vec::new();
        for other in &others {
            parts.push(Part { files: other.files(), size: check_other(other, &keys, &tree)? });
        }
        let mut files = Merged { base, others: parts, erased: BTreeSet::new() };
        if let Some((count, first)) = files.missing()? {
            return Err(RestoreError::Payloads { count, first });
        }
        let (report, evidence) =
            audit::read(&mut files, genesis, &LogKeys::new(genesis), options, progress)?;
        let Some(evidence) = evidence.filter(|_| report.is_sound()) else {
            let first = report
                .findings
                .first()
                .map(|of| format!("{}: {}", of.place.file, of.detail.text(Locale::En)));
            return Err(RestoreError::Unsound { first: first.unwrap_or_default() });
        };
        // An order counts from where it stands in the log, whatever a copy still holds.
        let orders = evidence.records().filter_map(|record| record.statement());
        let erased = orders.filter_map(|statement| match statement.predicate() {
            Predicate::ErasureOrder(order) => Some(order.target),
            _ => None,
        });
        files.erased = erased.collect();
        let copies = std::iter::once(copy).chain(others).collect();
        Ok(Self { genesis: genesis.clone(), keys, checkpoint, copies, files })
    }

    /// The checkpoint that the store will have.
    pub const fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// The log's keys as of that checkpoint.
    pub const fn log_keys(&self) -> &LogKeys {
        &self.keys
    }

    /// Checks that the copy goes on from the checkpoint in a guard, if there is one.
    pub fn check_guard(&self, path: &Path) -> Result<(), OpenError> {
        let tree = self.tree();
        Guard::new(path.to_owned()).check(&self.keys, self.checkpoint.size(), |size| {
            let root = tree.root_at(size);
            root.map_err(|cause| StoreError::malformed("tile of the copy", 0, cause).into())
        })
    }

    /// What witnesses are asked: to cosign the checkpoint, each of them.
    pub fn question(&self) -> Question {
        let tree = self.tree();
        let prove = Arc::new(move |old| tree.consistency(old).ok());
        let checkpoint = self.checkpoint.clone();
        let size = checkpoint.size();
        // No answer is late enough for the others not to be waited for.
        let enough = Timestamp::MAX;
        let newest = Arc::new(move || Some(size));
        // Nor is one too late: nobody is shown what they cosign.
        Question { checkpoint, newest, prove, enough, latest: Timestamp::MAX, late: None }
    }

    /// Writes the log into an empty store. The log key, where it is given, signs checkpoints once more
    /// that no copy has.
    pub fn build(
        &mut self,
        storage: &Arc<dyn Storage>,
        signer: Option<&dyn Signer>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Restored, RestoreError> {
        let Self { genesis, keys, checkpoint, copies, files } = self;
        let size = checkpoint.size();
        let notes = Notes::new(keys, signer, copies);
        let newest = notes.of_log(checkpoint.note().clone()).to_string();
        let ids = erased_ids(copies)?;
        let mut rebuild = Rebuild::begin(genesis, Arc::clone(storage), notes, ids)?;
        for id in TileKind::Entries.all_in_tree(size) {
            let first = id.first_entry().unwrap_or_default().get();
            let lost = || RestoreError::Differs { index: EntryIndex::new(first) };
            let bundle = files.bundle(id.index())?.ok_or_else(lost)?;
            for (index, (entry, payload)) in (first..).map(EntryIndex::new).zip(bundle) {
                rebuild.push(index, &entry, payload)?;
                let next = index.get().saturating_add(1);
                if rebuild.tip.size().get() == next && next < size.get() {
                    rebuild.publish()?;
                }
            }
            let entries = first.saturating_add(u64::from(id.width()));
            progress(Progress { entries, size });
        }
        if (rebuild.tip.size(), rebuild.tip.tiles.root()) != (size, checkpoint.root()) {
            return Err(RestoreError::Differs { index: size.last().unwrap_or_default() });
        }
        rebuild.keep_beside()?;
        let head = rebuild.finish(&newest)?;
        let restored = Restored {
            size,
            checkpoints_missing: rebuild.notes.missing,
            checkpoints_signed: rebuild.notes.signed,
            ids_missing: rebuild.ids_missing,
        };
        // What a start looks at, before anybody relies on it.
        let log = LogReader::new(Arc::clone(storage));
        let tiles = TileCache::new(log.clone());
        let found = recover(&log, &tiles, keys, head)?;
        read_registry(&log, &RecordCache::new(log.clone()), genesis, found.tip.size())?;
        Ok(restored)
    }

    /// Puts the checkpoint into a guard, which the copy goes on from.
    pub fn keep_guard(&self, path: &Path) -> Result<(), OpenError> {
        self.check_guard(path)?;
        let line: Vec<_> = self.keys.line().cloned().collect();
        let note = self.checkpoint.note().clone().with_lines_of(&line);
        Guard::new(path.to_owned()).replace(&note.to_string())
    }

    fn tree(&self) -> Tree {
        Tree { files: self.files.base.files.clone(), size: self.checkpoint.size() }
    }
}

/// The log's keys and the checkpoint that a copy has.
fn read_checkpoint(
    copy: &LogCopy,
    genesis: &Genesis,
) -> Result<(LogKeys, VerifiedCheckpoint), RestoreError> {
    let mut files = copy.files();
    let note = files.read("checkpoint")?.unwrap_or_default();
    let keys = follow_log_keys(&mut files, None, genesis, [note.as_slice()])?;
    let checkpoint = keys.verify(&note)?;
    Ok((keys, checkpoint))
}

/// The size of another copy, which has to be a beginning of the tree.
fn check_other(other: &LogCopy, keys: &LogKeys, tree: &Tree) -> Result<TreeSize, RestoreError> {
    let root = || -> PathBuf { other.root().to_owned() };
    let note = other.files().read("checkpoint")?.unwrap_or_default();
    let checkpoint = keys.verify(&note)?;
    let (expected, found) = (checkpoint.size(), tree.size);
    if expected > found {
        return Err(RestoreError::Longer { root: root(), expected, found });
    }
    let is_same = tree.root_at(expected).is_ok_and(|found| found == checkpoint.root());
    if is_same { Ok(expected) } else { Err(RestoreError::Fork { root: root(), size: expected }) }
}
