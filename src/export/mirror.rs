//! Bringing a directory up to a log, or repairing it: what is there and right stays, everything
//! else is fetched, checked and written, the checkpoint last. A payload that is there stays too,
//! even if the log no longer gives it, unless an entry orders that it goes.

use std::path::Path;

use crate::audit::{LogSource, Progress};
use crate::entry::{Body, Entry, EntryBundle, Payload, PayloadBundle};
use crate::export::error::ExportError;
use crate::export::payloads::PayloadKeeper;
use crate::export::writer::{DirWriter, Readers};
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::log_key::{HANDOVERS_MAX, LogKeys, handover_path};
use crate::merkle::{Tile, TileBuilder, TileId, TileKind, TreeSize, leaf_hash};
use crate::note::{Checkpoint, CheckpointError, Note, VerifiedCheckpoint};

/// How a directory is brought up to a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MirrorOptions {
    /// Fetches all payloads again, so that what was erased since goes here too.
    pub has_to_refresh_payloads: bool,
    /// Whether the log gives what is not for everybody: then files with payloads are for their owner
    /// alone.
    pub has_private_payloads: bool,
}

/// What bringing a directory up to a log took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mirrored {
    /// How many entries the directory holds now.
    pub size: TreeSize,
    /// Files that were written.
    pub written: u64,
    /// Files that were there, and right.
    pub kept: u64,
    /// Partial tiles and bundles that were outgrown.
    pub removed: u64,
}

/// Brings the directory `root` up to the log, whose every byte is checked against its signed
/// checkpoint before it is written. An interrupted run is taken up by the next one.
pub fn mirror(
    source: &mut dyn LogSource,
    root: &Path,
    genesis: &Genesis,
    options: MirrorOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Mirrored, ExportError> {
    let mut writer = DirWriter::open(root)?;
    let note = fetch(source, "checkpoint")?;
    let keys = follow_log_keys(source, genesis, &note)?;
    let checkpoint = keys.verify(&note)?;
    let held = held_checkpoint(&mut writer, &keys)?;
    check_growth(held.as_ref(), &checkpoint)?;
    let document = fetch(source, "genesis")?;
    if document != genesis.bytes() {
        let (expected, found) = (*genesis.digest(), Digest::of(&document));
        return Err(ExportError::Genesis { expected, found });
    }

    let size = checkpoint.size();
    let held_size = held.as_ref().map_or(TreeSize::EMPTY, VerifiedCheckpoint::size);
    let done = Mirrored { size, ..Mirrored::default() };
    let payloads = PayloadKeeper::new(held_size);
    let mut run = Run { source, writer, options, proven: Vec::new(), payloads, done };
    run.prove_tiles(&checkpoint, held.as_ref(), &keys)?;
    run.put("genesis", &document, Readers::Everybody)?;
    for handover in keys.handovers() {
        run.put(&handover.path(), handover.bytes(), Readers::Everybody)?;
    }
    run.put_tiles(size)?;
    // From the last to the first: an order to erase is read before what it is about.
    let bundles: Vec<TileId> = TileKind::Entries.all_in_tree(size).collect();
    let mut entries = 0;
    for id in bundles.into_iter().rev() {
        run.put_bundles(id)?;
        entries += u64::from(id.width());
        progress(Progress { entries, size });
    }
    // The commit point: until here the directory holds what its old checkpoint says, and more.
    let note = with_signatures_of(held.as_ref(), &checkpoint);
    run.put("checkpoint", note.to_string().as_bytes(), Readers::Everybody)?;
    run.done.removed = run.writer.remove_outgrown(size)?;
    Ok(run.done)
}

fn held_checkpoint(
    writer: &mut DirWriter,
    keys: &LogKeys,
) -> Result<Option<VerifiedCheckpoint>, ExportError> {
    let Some(note) = writer.read("checkpoint")? else { return Ok(None) };
    Ok(Some(keys.verify(&note)?))
}

/// Follows the handovers of the log key up to the size that the checkpoint gives, which is not
/// verified yet. A log may be handed over while it is copied.
fn follow_log_keys(
    source: &mut dyn LogSource,
    genesis: &Genesis,
    note: &[u8],
) -> Result<LogKeys, ExportError> {
    let mut keys = LogKeys::new(genesis);
    let checkpoint: Checkpoint =
        Note::parse(note).map_err(CheckpointError::from)?.text().parse()?;
    for number in 1..=HANDOVERS_MAX {
        let Some(bytes) = source.read(&handover_path(number))? else { break };
        let mut next = keys.clone();
        let handover =
            next.follow(&bytes).map_err(|cause| ExportError::Handover { number, cause })?;
        if handover.size() > checkpoint.size() {
            break;
        }
        keys = next;
    }
    Ok(keys)
}

fn check_growth(
    held: Option<&VerifiedCheckpoint>,
    checkpoint: &VerifiedCheckpoint,
) -> Result<(), ExportError> {
    let Some(held) = held else { return Ok(()) };
    let (expected, found) = (held.size(), checkpoint.size());
    if found < expected {
        return Err(ExportError::Shrunk { expected, found });
    }
    Ok(())
}

/// The note of a checkpoint, with the signatures that the directory has below the same text: those
/// of witnesses come one by one, and none gets lost.
fn with_signatures_of(held: Option<&VerifiedCheckpoint>, checkpoint: &VerifiedCheckpoint) -> Note {
    let note = checkpoint.note();
    let Some(held) = held.map(VerifiedCheckpoint::note).filter(|it| it.text() == note.text())
    else {
        return note.clone();
    };
    let new = note.signatures().iter().filter(|line| !held.signatures().contains(line));
    // Beyond what a note may have, those that were there stay.
    held.clone().with_signatures(new.cloned()).unwrap_or_else(|_too_many| held.clone())
}

fn fetch(source: &mut dyn LogSource, path: &str) -> Result<Vec<u8>, ExportError> {
    source.read(path)?.ok_or_else(|| ExportError::Missing { path: path.to_owned() })
}

struct Run<'a> {
    source: &'a mut dyn LogSource,
    writer: DirWriter,
    options: MirrorOptions,
    /// Digests of the leaf tiles that were proven: fetched again, each must be the same.
    proven: Vec<Digest>,
    payloads: PayloadKeeper,
    done: Mirrored,
}

impl Run<'_> {
    /// Checks that the log's leaf tiles lead to its checkpoint's root, and on the way to that of
    /// the checkpoint that the directory has and of every handover. Nothing is written before all of
    /// it holds.
    fn prove_tiles(
        &mut self,
        checkpoint: &VerifiedCheckpoint,
        held: Option<&VerifiedCheckpoint>,
        keys: &LogKeys,
    ) -> Result<(), ExportError> {
        let mut builder = TileBuilder::default();
        for id in TileKind::Hashes(0).all_in_tree(checkpoint.size()) {
            let tile = self.leaf_tile(id)?;
            self.proven.push(Digest::of(&tile.to_bytes()));
            for hash in tile.hashes().iter() {
                builder.append(*hash);
                let is_held = held.filter(|held| held.size() == builder.size());
                if let Some(held) = is_held.filter(|held| held.root() != builder.root()) {
                    return Err(ExportError::Fork { size: held.size() });
                }
                let handover = keys.called_for(builder.size()).last();
                let is_at = handover.filter(|handover| handover.size() == builder.size());
                if let Some(of) = is_at.filter(|of| of.checkpoint().root() != builder.root()) {
                    return Err(ExportError::HandoverRoot { number: of.number() });
                }
            }
        }
        let (expected, found) = (checkpoint.root(), builder.root());
        if found == expected { Ok(()) } else { Err(ExportError::Root { expected, found }) }
    }

    /// Writes all tiles: the leaf tiles as fetched, the higher ones as they follow.
    fn put_tiles(&mut self, size: TreeSize) -> Result<(), ExportError> {
        let mut builder = TileBuilder::default();
        let proven = std::mem::take(&mut self.proven);
        for (id, expected) in TileKind::Hashes(0).all_in_tree(size).zip(proven) {
            let tile = self.leaf_tile(id)?;
            if Digest::of(&tile.to_bytes()) != expected {
                let reason = "it changed while it was being read".to_owned();
                return Err(ExportError::Content { path: id.to_string(), reason });
            }
            for hash in tile.hashes().iter() {
                for tile in builder.append(*hash) {
                    self.put(&tile.id().to_string(), &tile.to_bytes(), Readers::Everybody)?;
                }
            }
        }
        for tile in builder.partial_tiles() {
            self.put(&tile.id().to_string(), &tile.to_bytes(), Readers::Everybody)?;
        }
        Ok(())
    }

    fn put_bundles(&mut self, id: TileId) -> Result<(), ExportError> {
        let tile_id = TileId::new(TileKind::Hashes(0), id.index(), id.width());
        let payload_id = TileId::new(TileKind::Payloads, id.index(), id.width());
        let (Some(tile_id), Some(payload_id)) = (tile_id, payload_id) else { return Ok(()) };
        // Written just now out of what was proven.
        let path = tile_id.to_string();
        let bytes = self.writer.read(&path)?.unwrap_or_default();
        let tile = Tile::parse(tile_id, &bytes).map_err(|error| content(&path, &error))?;
        let entries =
            self.put_checked(&id.to_string(), |path, bytes| check_entries(path, bytes, &tile))?;
        let path = payload_id.to_string();
        if !self.options.has_to_refresh_payloads
            && let Some(bytes) = self.writer.read(&path)?
            && check_payloads(&path, &bytes, &entries).is_ok()
        {
            self.done.kept += 1;
            return Ok(());
        }
        let bytes = fetch(self.source, &path)?;
        check_payloads(&path, &bytes, &entries)?;
        // What is kept out of a file for its owner alone is not for everybody either.
        let mut readers = self.payloads.readers(&self.writer, payload_id);
        if self.options.has_private_payloads {
            readers = Readers::Owner;
        }
        let bytes = self.payloads.keep(&mut self.writer, payload_id, bytes, &entries)?;
        self.put(&path, &bytes, readers)
    }

    /// Keeps the file that is there if it passes; otherwise fetches it, and it has to.
    fn put_checked<T>(
        &mut self,
        path: &str,
        check: impl Fn(&str, &[u8]) -> Result<T, ExportError>,
    ) -> Result<T, ExportError> {
        if let Some(bytes) = self.writer.read(path)?
            && let Ok(checked) = check(path, &bytes)
        {
            self.done.kept += 1;
            return Ok(checked);
        }
        let bytes = fetch(self.source, path)?;
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

    fn leaf_tile(&mut self, id: TileId) -> Result<Tile, ExportError> {
        let path = id.to_string();
        let bytes = fetch(self.source, &path)?;
        Tile::parse(id, &bytes).map_err(|error| content(&path, &error))
    }
}

fn check_entries(path: &str, bytes: &[u8], tile: &Tile) -> Result<Vec<Entry>, ExportError> {
    let width = usize::from(tile.id().width());
    let items = EntryBundle::decode(bytes, width).map_err(|error| content(path, &error))?;
    for (place, (item, expected)) in items.iter().zip(tile.hashes().iter()).enumerate() {
        let found = leaf_hash(item);
        if found != *expected {
            let reason = format!("entry {place} has leaf hash {found}, expected {expected}");
            return Err(ExportError::Content { path: path.to_owned(), reason });
        }
    }
    items.iter().map(|item| Entry::decode(item).map_err(|error| content(path, &error))).collect()
}

fn check_payloads(path: &str, bytes: &[u8], entries: &[Entry]) -> Result<(), ExportError> {
    let payloads =
        PayloadBundle::decode(bytes, entries.len()).map_err(|error| content(path, &error))?;
    for (place, (payload, entry)) in payloads.iter().zip(entries).enumerate() {
        let is_right = match (payload, entry.body()) {
            (Payload::Bytes(bytes), _) => entry.commits_to(bytes),
            (Payload::Absent, Body::Attestation { .. } | Body::Seal { .. })
            | (Payload::Withheld, Body::Attestation { .. }) => true,
            (Payload::Absent | Payload::Withheld, _) => false,
        };
        if !is_right {
            let reason = format!("payload {place} is not the one that its entry commits to");
            return Err(ExportError::Content { path: path.to_owned(), reason });
        }
    }
    Ok(())
}

fn content(path: &str, error: &dyn std::error::Error) -> ExportError {
    ExportError::Content { path: path.to_owned(), reason: error.to_string() }
}
