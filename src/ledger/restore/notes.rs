//! The signed notes of the checkpoints of a log: those that backups have, those that handovers show,
//! and where the log key is at hand, those that it signs once more. An Ed25519 signature of the same
//! bytes is the same, so nothing is signed that was not.

use std::collections::BTreeMap;

use crate::export::{LogCopy, RowReader};
use crate::hash::Digest;
use crate::key::Signer;
use crate::ledger::restore::error::RestoreError;
use crate::log_key::LogKeys;
use crate::merkle::TreeSize;
use crate::note::{Checkpoint, Note, VerifierKey};
use crate::storage::{IndexRow, Table, index_key};

/// Where notes come from, in the order of sizes.
pub(super) struct Notes<'a> {
    pub(super) keys: &'a LogKeys,
    pub(super) signer: Option<&'a dyn Signer>,
    checkpoints: Vec<RowReader>,
    cosigned: Vec<RowReader>,
    /// Checkpoints that no copy has.
    pub(super) missing: u64,
    /// Those of them that the log key signed once more.
    pub(super) signed: u64,
}

impl<'a> Notes<'a> {
    pub(super) fn new(
        keys: &'a LogKeys,
        signer: Option<&'a dyn Signer>,
        copies: &[LogCopy],
    ) -> Self {
        let rows = |table| copies.iter().filter_map(|copy| copy.rows(table)).collect();
        let (checkpoints, cosigned) = (rows(Table::Checkpoints), rows(Table::Cosigned));
        Self { keys, signer, checkpoints, cosigned, missing: 0, signed: 0 }
    }

    /// The log's note of the checkpoint of this tree, as the ledger published it; `None` if nobody
    /// has it. Sizes come in ascending order.
    pub(super) fn checkpoint(
        &mut self,
        size: TreeSize,
        root: Digest,
    ) -> Result<Option<String>, RestoreError> {
        let found = find(&mut self.checkpoints, self.keys, (size, root), "checkpoint")?;
        let handover = self.keys.handovers().iter().find(|handover| handover.size() == size);
        let found = found.or_else(|| handover.map(|it| it.checkpoint().note().clone()));
        if let Some(note) = found {
            return Ok(Some(self.of_log(note).to_string()));
        }
        self.missing += 1;
        let key = self.keys.at(size);
        let signer = self.signer.filter(|signer| signer.public_key() == key.public_key());
        let Some(signer) = signer else { return Ok(None) };
        self.signed += 1;
        let checkpoint = Checkpoint::new(key.name().clone(), size, root)?;
        Ok(Some(checkpoint.sign(signer)?.to_string()))
    }

    /// The note with the cosignatures of witnesses that the ledger kept.
    pub(super) fn cosigned(
        &mut self,
        size: TreeSize,
        root: Digest,
    ) -> Result<Option<String>, RestoreError> {
        let found = find(&mut self.cosigned, self.keys, (size, root), "cosigned checkpoint")?;
        Ok(found.map(|note| note.to_string()))
    }

    /// The note without the lines of witnesses, as the ledger signed it.
    pub(super) fn of_log(&self, note: Note) -> Note {
        note.with_lines_of(&self.keys.line().cloned().collect::<Vec<VerifierKey>>())
    }
}

/// The first note of this size, which is a checkpoint of this tree in every copy that has one.
fn find(
    readers: &mut [RowReader],
    keys: &LogKeys,
    (size, root): (TreeSize, Digest),
    what: &'static str,
) -> Result<Option<Note>, RestoreError> {
    let mut found = None;
    for reader in readers {
        let Some(bytes) = reader.value(&index_key(size.get()))? else { continue };
        let checkpoint = keys.verify(&bytes)?;
        if (checkpoint.size(), checkpoint.root()) != (size, root) {
            return Err(RestoreError::Row { what, index: size.get() });
        }
        found.get_or_insert_with(|| checkpoint.note().clone());
    }
    Ok(found)
}

/// The ids of erased records, by entry, out of all backups: nothing else tells them. No two have the
/// same.
pub(super) fn erased_ids(copies: &[LogCopy]) -> Result<BTreeMap<u64, Digest>, RestoreError> {
    let (mut ids, mut places) = (BTreeMap::new(), BTreeMap::new());
    for mut reader in copies.iter().filter_map(|copy| copy.rows(Table::Ids)) {
        while let Some((key, value)) = reader.next_row()? {
            let index = IndexRow::decode(&value).map_or(u64::MAX, |row| row.index);
            let wrong = || RestoreError::Row { what: "id", index };
            let id = Digest::new(key.try_into().map_err(|_cause| wrong())?);
            if *ids.entry(index).or_insert(id) != id || *places.entry(id).or_insert(index) != index
            {
                return Err(wrong());
            }
        }
    }
    Ok(ids)
}
