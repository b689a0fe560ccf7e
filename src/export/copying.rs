//! One run over what a directory lacks: tiles in order, then bundles from the last to the first.

use std::sync::Arc;

use crate::audit::{LogSource, Progress};
use crate::entry::Entry;
use crate::export::bundles::{check_entries, check_payloads};
use crate::export::demands::Demands;
use crate::export::directory::DirSource;
use crate::export::error::ExportError;
use crate::export::mirror::{Erased, MirrorOptions, Mirrored};
use crate::export::payloads::PayloadKeeper;
use crate::export::tiles::{ProvenTiles, fetch};
use crate::export::writer::{DirWriter, Readers};
use crate::hash::Digest;
use crate::merkle::{Tile, TileId, TileKind, TreeSize};
use crate::note::{CosignedCheckpoint, VerifiedCheckpoint};
use crate::time::Timestamp;

/// A directory that is being brought from the tree of one size to that of another.
pub(super) struct Copying<'w> {
    writer: &'w mut DirWriter,
    options: MirrorOptions,
    from: TreeSize,
    size: TreeSize,
    payloads: PayloadKeeper,
    /// What was fetched before it was its turn.
    early: Option<(String, Vec<u8>)>,
    done: Mirrored,
}

impl<'w> Copying<'w> {
    /// From where what is there is not looked at again, to the size of the log.
    pub(super) fn new(
        writer: &'w mut DirWriter,
        options: MirrorOptions,
        (from, size): (TreeSize, TreeSize),
        held: Option<&VerifiedCheckpoint>,
    ) -> Self {
        let held_size = held.map_or(TreeSize::EMPTY, VerifiedCheckpoint::size);
        let (payloads, early) = (PayloadKeeper::new(held_size), None);
        let done = Mirrored { size, ..Mirrored::default() };
        Self { writer, options, from, size, payloads, early, done }
    }

    /// The directory.
    pub(super) const fn dir(&self) -> &DirSource {
        self.writer.source()
    }

    /// What it took.
    pub(super) fn finish(self) -> Mirrored {
        self.done
    }

    /// Checks the age of a checkpoint that is new.
    pub(super) fn expect_age(
        &mut self,
        demands: &Demands<'_>,
        checkpoint: &CosignedCheckpoint,
        tiles: &ProvenTiles<'_>,
    ) -> Result<(), ExportError> {
        let Some(id) = last_bundle(self.size) else { return Ok(()) };
        let path = id.to_string();
        let early = &mut self.early;
        demands.expect_recent(checkpoint, || {
            let bytes = tiles.fetch(&path)?;
            let entries = check_entries(&path, &bytes, &tiles.leaves(id.index())?)?;
            *early = Some((path.clone(), bytes));
            Ok(time_of_last(&entries))
        })
    }

    /// Checks the age of a checkpoint that the directory is at already.
    pub(super) fn expect_held_age(
        &mut self,
        demands: &Demands<'_>,
        checkpoint: &CosignedCheckpoint,
    ) -> Result<(), ExportError> {
        let Some(id) = last_bundle(self.size) else { return Ok(()) };
        demands.expect_recent(checkpoint, || Ok(time_of_last(&self.held_entries(id)?)))
    }

    /// Writes a file that is for everybody, unless it is there.
    pub(super) fn put_public(&mut self, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
        self.put(path, bytes, Readers::Everybody)
    }

    /// Writes the tiles of what is new: the leaf tiles as they were proven, the higher ones as they
    /// follow.
    pub(super) fn put_tiles(&mut self, tiles: &ProvenTiles<'_>) -> Result<(), ExportError> {
        let mut builder = tiles.builder(self.from)?;
        let first = self.from.get() / 256;
        tiles.expect_from(first);
        let mut known = usize::try_from(self.from.get() % 256).unwrap_or_default();
        for index in first..self.size.get().div_ceil(256) {
            for hash in tiles.leaves(index)?.iter().skip(std::mem::take(&mut known)) {
                for tile in builder.append(*hash) {
                    self.put_public(&tile.id().to_string(), &tile.to_bytes())?;
                }
            }
        }
        for tile in builder.partial_tiles() {
            self.put_public(&tile.id().to_string(), &tile.to_bytes())?;
        }
        Ok(())
    }

    /// Writes the bundles of what is new, and of what orders among it are about.
    pub(super) fn put_bundles(
        &mut self,
        source: &mut dyn LogSource,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), ExportError> {
        let all = self.options.has_to_refresh_payloads;
        let first = if all { 0 } else { self.from.get() / 256 };
        // From the last to the first: an order to erase is read before what it is about.
        let bundles = (first..self.size.get().div_ceil(256)).rev();
        let bundles = bundles.filter_map(|index| TileKind::Entries.in_tree(index, self.size));
        let bundles: Vec<TileId> = bundles.filter(|_| all || self.from < self.size).collect();
        source.expect(Box::new(self.lacking(&bundles).into_iter()));
        let (mut read, mut behind) = (0, None);
        for id in &bundles {
            let entries = self.put_bundle(source, *id, behind.take())?;
            behind = entries.first().map(|first| (*first.prev(), id.to_string()));
            read += u64::from(id.width());
            progress(Progress { entries: read, size: self.size });
        }
        let mut index = bundles.last().map_or(0, |id| id.index());
        if let (Some((prev, path)), Some(before)) = (behind, index.checked_sub(1)) {
            let leaves = self.held_leaves(TileKind::Entries.full(before))?;
            if leaves.last() != Some(&prev) {
                let reason = format!("its first entry does not go on from the one before: {prev}");
                return Err(ExportError::Content { path, reason });
            }
        }
        // What is erased by an order among what is new may stand anywhere before.
        while self.payloads.has_sought()
            && self.options.erased == Erased::Goes
            && let Some(before) = index.checked_sub(1)
        {
            index = before;
            let id = TileKind::Entries.full(index);
            let entries = self.held_entries(id)?;
            if self.payloads.seeks(&entries) {
                self.put_bundle(source, id, None)?;
            }
        }
        Ok(())
    }

    /// Writes a bundle of entries and the payloads beside it. Given what the entry behind it says it
    /// goes on from, and in which file that stands.
    fn put_bundle(
        &mut self,
        source: &mut dyn LogSource,
        id: TileId,
        behind: Option<(Digest, String)>,
    ) -> Result<Vec<Entry>, ExportError> {
        let leaves = self.held_leaves(id)?;
        if let Some((prev, path)) = behind.filter(|(prev, _)| leaves.last() != Some(prev)) {
            let reason = format!("its first entry does not go on from the one before: {prev}");
            return Err(ExportError::Content { path, reason });
        }
        let path = id.to_string();
        let entries =
            self.put_checked(source, &path, |path, bytes| check_entries(path, bytes, &leaves))?;
        self.put_payloads(source, id, &entries)?;
        Ok(entries)
    }

    fn put_payloads(
        &mut self,
        source: &mut dyn LogSource,
        id: TileId,
        entries: &[Entry],
    ) -> Result<(), ExportError> {
        let Some(id) = TileId::new(TileKind::Payloads, id.index(), id.width()) else {
            return Ok(());
        };
        let path = id.to_string();
        let held = self.writer.read(&path)?;
        let held = held.filter(|bytes| check_payloads(&path, bytes, entries).is_ok());
        if let Some(held) = &held {
            self.payloads.note_orders(id, held, entries);
        }
        let is_sought = self.payloads.find(entries) && self.options.erased == Erased::Goes;
        if held.is_some() && !is_sought && !self.options.has_to_refresh_payloads {
            self.done.kept += 1;
            return Ok(());
        }
        let bytes = self.fetch(source, &path)?;
        check_payloads(&path, &bytes, entries)?;
        // What is kept out of a file for its owner alone is not for everybody either.
        let mut readers = self.payloads.readers(self.writer, id);
        if self.options.has_private_payloads {
            readers = Readers::Owner;
        }
        let bytes = self.payloads.keep(self.writer, id, bytes, entries)?;
        self.payloads.find(entries);
        self.put(&path, &bytes, readers)
    }

    /// Keeps the file that is there if it passes; otherwise fetches it, and it has to.
    fn put_checked<T>(
        &mut self,
        source: &mut dyn LogSource,
        path: &str,
        check: impl Fn(&str, &[u8]) -> Result<T, ExportError>,
    ) -> Result<T, ExportError> {
        if let Some(bytes) = self.writer.read(path)?
            && let Ok(checked) = check(path, &bytes)
        {
            self.done.kept += 1;
            return Ok(checked);
        }
        let bytes = self.fetch(source, path)?;
        let checked = check(path, &bytes)?;
        self.writer.write(path, &bytes, Readers::Everybody)?;
        self.done.written += 1;
        Ok(checked)
    }

    fn put(&mut self, path: &str, bytes: &[u8], readers: Readers) -> Result<(), ExportError> {
        let is_written = self.writer.put(path, bytes, readers)?;
        let count = if is_written { &mut self.done.written } else { &mut self.done.kept };
        *count += 1;
        Ok(())
    }

    fn fetch(&mut self, source: &mut dyn LogSource, path: &str) -> Result<Vec<u8>, ExportError> {
        match self.early.take_if(|(early, _)| early == path) {
            Some((_, bytes)) => Ok(bytes),
            None => fetch(source, path),
        }
    }

    /// Files of these bundles that are not there, in the order in which they are read.
    fn lacking(&self, bundles: &[TileId]) -> Vec<String> {
        let is_refreshed = self.options.has_to_refresh_payloads;
        let paths = bundles.iter().flat_map(|id| {
            let payloads = TileId::new(TileKind::Payloads, id.index(), id.width());
            [Some((*id, false)), payloads.map(|id| (id, is_refreshed))].into_iter().flatten()
        });
        let root = self.dir().root();
        let paths = paths.map(|(id, is_refreshed)| (id.to_string(), is_refreshed));
        let is_early = |path: &str| self.early.as_ref().is_some_and(|(early, _)| early == path);
        paths
            .filter(|(path, is_refreshed)| *is_refreshed || !root.join(path).exists())
            .map(|(path, _)| path)
            .filter(|path| !is_early(path))
            .collect()
    }

    /// The leaf hashes beside a bundle: those behind `from` were written just now, out of what was
    /// proven.
    fn held_leaves(&mut self, id: TileId) -> Result<Arc<[Digest]>, ExportError> {
        let Some(id) = TileId::new(TileKind::Hashes(0), id.index(), id.width()) else {
            return Ok(Arc::default());
        };
        let path = id.to_string();
        let bytes = self.writer.read(&path)?;
        let tile = bytes.and_then(|bytes| Tile::parse(id, &bytes).ok());
        tile.map(|tile| Arc::clone(tile.hashes())).ok_or(ExportError::Damaged { path })
    }

    /// The entries of a bundle that is there.
    fn held_entries(&mut self, id: TileId) -> Result<Vec<Entry>, ExportError> {
        let (path, leaves) = (id.to_string(), self.held_leaves(id)?);
        let bytes = self.writer.read(&path)?;
        let entries = bytes.and_then(|bytes| check_entries(&path, &bytes, &leaves).ok());
        entries.ok_or(ExportError::Damaged { path })
    }
}

fn last_bundle(size: TreeSize) -> Option<TileId> {
    TileKind::Entries.in_tree(size.last()?.get() / 256, size)
}

fn time_of_last(entries: &[Entry]) -> Timestamp {
    entries.last().map_or_else(Timestamp::default, Entry::time)
}
