//! What readers see: the state under the newest published checkpoint, and what was under an older
//! one.

use std::sync::Arc;

use crate::entry::{Body, Entry};
use crate::ledger::log_reader::LogReader;
use crate::ledger::nodes::Edge;
use crate::ledger::rows::read_map;
use crate::ledger::signing::Signing;
use crate::ledger::store_error::StoreError;
use crate::log_key::LogKeys;
use crate::map::SubjectMap;
use crate::merkle::{EntryIndex, TreeSize};
use crate::note::VerifiedCheckpoint;
use crate::registry::Registry;

/// A checkpoint, the seal below it and the map that the seal commits to.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) checkpoint: VerifiedCheckpoint,
    pub(super) note: Arc<str>,
    pub(super) seal: EntryIndex,
    pub(super) seal_bytes: Arc<[u8]>,
    pub(super) seal_entry: Entry,
    pub(super) map: SubjectMap,
}

/// The newest checkpoint, with what takes memory for it alone.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) published: Arc<Published>,
    pub(super) edge: Arc<Edge>,
    pub(super) registry: Arc<Registry>,
    pub(super) signing: Arc<Signing>,
}

impl Published {
    /// The parts under a checkpoint that is in the store, each checked against the others; `None`
    /// if no checkpoint was published at `size`.
    pub(super) fn read(
        keys: &LogKeys,
        log: &LogReader,
        size: TreeSize,
        map: Option<SubjectMap>,
    ) -> Result<Option<Self>, StoreError> {
        let Some((checkpoint, note)) = read_checkpoint(keys, log, size)? else {
            return Ok(None);
        };
        let seal = size.last().ok_or(StoreError::Missing { what: "seal below size", index: 0 })?;
        let bytes = log.entry(seal)?;
        let map = match map {
            Some(map) => map,
            None => read_map(log.storage(), seal)?,
        };
        Self::check(checkpoint, note, seal, bytes, map).map(Some)
    }

    /// The parts, if the seal's bytes are those of a seal that commits to the map.
    pub(super) fn check(
        checkpoint: VerifiedCheckpoint,
        note: String,
        seal: EntryIndex,
        seal_bytes: Vec<u8>,
        map: SubjectMap,
    ) -> Result<Self, StoreError> {
        let seal_entry = Entry::decode(&seal_bytes)
            .map_err(|cause| StoreError::malformed("entry", seal.get(), cause))?;
        let Body::Seal { map_root, subjects, .. } = seal_entry.body() else {
            return Err(StoreError::Missing { what: "seal at entry", index: seal.get() });
        };
        StoreError::expect_same("root of the subject map", map_root, &map.root())?;
        StoreError::expect_same("number of keys in the subject map", subjects, &map.len())?;
        Ok(Self {
            checkpoint,
            note: note.into(),
            seal,
            seal_bytes: seal_bytes.into(),
            seal_entry,
            map,
        })
    }
}

/// The checkpoint published at `size`, and its signed note; `None` if none was.
pub(super) fn read_checkpoint(
    keys: &LogKeys,
    log: &LogReader,
    size: TreeSize,
) -> Result<Option<(VerifiedCheckpoint, String)>, StoreError> {
    let Some(note) = log.checkpoint(size)? else { return Ok(None) };
    let checkpoint = keys
        .verify(note.as_bytes())
        .map_err(|cause| StoreError::malformed("checkpoint", size.get(), cause))?;
    StoreError::expect_same("size of a checkpoint", &size, &checkpoint.size())?;
    Ok(Some((checkpoint, note)))
}
