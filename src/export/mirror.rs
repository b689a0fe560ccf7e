//! Bringing a directory up to a log, or repairing it: what is there and right stays, everything
//! else is fetched, checked and written, the checkpoint last. A payload that is there stays too,
//! even if the log no longer gives it, unless an entry orders that it goes.

use std::path::Path;

use crate::audit::{LogSource, Progress};
use crate::export::copying::Copying;
use crate::export::demands::Demands;
use crate::export::error::ExportError;
use crate::export::keys::follow_log_keys;
use crate::export::tiles::{ProvenTiles, fetch, held_builder};
use crate::export::writer::DirWriter;
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::log_key::{LogKeys, VerifiedHandover};
use crate::merkle::TreeSize;
use crate::note::{Note, VerifiedCheckpoint};

/// How often a log is looked at again that grew while it was read, so that a file was gone.
const ATTEMPTS_MAX: usize = 3;

/// What becomes of a payload that is to be erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Erased {
    /// It goes at once, before the order for it counts.
    #[default]
    Goes,
    /// It stays until a later run: until then the directory is that of its old checkpoint, whole.
    Stays,
}

/// How a directory is brought up to a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MirrorOptions {
    /// Reads everything that the directory has, and repairs it. Otherwise only its right edge is read,
    /// and the rest is believed to be as it was written.
    pub has_to_check_held: bool,
    /// Fetches all payloads again, so that what was erased since goes here too.
    pub has_to_refresh_payloads: bool,
    /// What becomes of payloads that the directory has, and that what is new orders to erase.
    pub erased: Erased,
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
    /// Files that were looked at, and right.
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
    Mirror::open(root, genesis, options)?.pull(source, &Demands::default(), progress)
}

/// A directory that follows a log.
#[derive(Debug)]
pub struct Mirror {
    writer: DirWriter,
    genesis: Genesis,
    options: MirrorOptions,
    /// Whether what earlier processes left behind is gone.
    is_tidy: bool,
}

/// The checkpoints of a log and of the directory that follows it, each signed by the log's key of then.
struct Followed {
    keys: LogKeys,
    checkpoint: VerifiedCheckpoint,
    held: Option<VerifiedCheckpoint>,
}

impl Mirror {
    /// Opens the directory `root`, which is made if it is not there.
    pub fn open(
        root: &Path,
        genesis: &Genesis,
        options: MirrorOptions,
    ) -> Result<Self, ExportError> {
        let (writer, genesis) = (DirWriter::open_alone(root)?, genesis.clone());
        Ok(Self { writer, genesis, options, is_tidy: false })
    }

    /// Brings the directory up to the log as it is now. What that takes grows with what is new, unless
    /// the options ask for everything.
    pub fn pull(
        &mut self,
        source: &mut dyn LogSource,
        demands: &Demands<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Mirrored, ExportError> {
        let mut note = fetch(source, "checkpoint")?;
        for _ in 1..ATTEMPTS_MAX {
            let error = match self.pull_up_to(&note, source, demands, progress) {
                Err(error @ ExportError::Missing { .. }) => error,
                done => return done,
            };
            // Whoever keeps nothing but the newest files has outgrown what the checkpoint called for.
            let newer = fetch(source, "checkpoint")?;
            if newer == note {
                return Err(error);
            }
            note = newer;
        }
        self.pull_up_to(&note, source, demands, progress)
    }

    /// Checks that the log is the one that the directory has a beginning of. Nothing is written.
    pub(super) fn expect_grown(&mut self, source: &mut dyn LogSource) -> Result<(), ExportError> {
        let note = fetch(source, "checkpoint")?;
        let Followed { checkpoint, held, .. } = self.follow(&note, source)?;
        self.check_growth(held.as_ref(), &checkpoint)?;
        self.genesis_document(source)?;
        if held.as_ref().is_some_and(|held| held.size() < checkpoint.size()) {
            let tiles = ProvenTiles::open(source, self.writer.source(), &checkpoint)?;
            check_history(&tiles, held.as_ref(), &checkpoint)?;
        }
        Ok(())
    }

    /// Follows the log key up to these checkpoints: the log's, and the directory's if it has one.
    fn follow(&mut self, note: &[u8], source: &mut dyn LogSource) -> Result<Followed, ExportError> {
        let held = self.writer.read("checkpoint")?;
        let notes = std::iter::once(note).chain(held.as_deref());
        let believed = Some(&mut self.writer).filter(|_| !self.options.has_to_check_held);
        let keys = follow_log_keys(source, believed, &self.genesis, notes)?;
        let checkpoint = keys.verify(note)?;
        let held = held.map(|held| keys.verify(&held)).transpose()?;
        Ok(Followed { keys, checkpoint, held })
    }

    fn pull_up_to(
        &mut self,
        note: &[u8],
        source: &mut dyn LogSource,
        demands: &Demands<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Mirrored, ExportError> {
        let Followed { keys, checkpoint, held } = self.follow(note, source)?;
        let cosigned = demands.witnessed(&checkpoint)?;
        self.check_growth(held.as_ref(), &checkpoint)?;
        let document = self.genesis_document(source)?;
        let from = self.sound_size(held.as_ref());
        let size = checkpoint.size();
        // Those below were held to what the directory has when that was written.
        let handovers = keys.called_for(size);
        let new = handovers.iter().filter(|handover| handover.size() >= from);
        let mut copying = Copying::new(&mut self.writer, self.options, (from, size), held.as_ref());
        let mut tiles = None;
        if from < size {
            let tiles = tiles.insert(ProvenTiles::open(source, copying.dir(), &checkpoint)?);
            check_history(tiles, held.as_ref(), &checkpoint)?;
            check_handovers(new, |size| Ok(tiles.builder(size)?.root()))?;
            copying.expect_age(demands, &cosigned, tiles)?;
        } else {
            check_handovers(new, |_| Ok(checkpoint.root()))?;
            copying.expect_held_age(demands, &cosigned)?;
        }
        // Everything that is written from here on is proven.
        copying.put_public("genesis", &document)?;
        for handover in handovers {
            copying.put_public(&handover.path(), handover.bytes())?;
        }
        if let Some(tiles) = tiles {
            copying.put_tiles(&tiles)?;
        }
        copying.put_bundles(source, progress)?;
        // The commit point: until here the directory holds what its old checkpoint says, and more.
        let note = with_signatures_of(held.as_ref(), &checkpoint);
        copying.put_public("checkpoint", note.to_string().as_bytes())?;
        let mut done = copying.finish();
        let before = held.filter(|_| self.is_tidy).map(|held| held.size());
        done.removed = match before {
            Some(before) => self.writer.remove_grown(before, size)?,
            None => self.writer.remove_outgrown(size)?,
        };
        self.is_tidy = true;
        Ok(done)
    }

    /// A log never gets shorter. One that did may be an old state of the same, or another.
    fn check_growth(
        &self,
        held: Option<&VerifiedCheckpoint>,
        checkpoint: &VerifiedCheckpoint,
    ) -> Result<(), ExportError> {
        let Some(held) = held else { return Ok(()) };
        let (expected, found) = (held.size(), checkpoint.size());
        if found > expected {
            return Ok(());
        }
        let root = if found == expected {
            Some(held.root())
        } else {
            held_builder(self.writer.source(), expected, found).ok().map(|builder| builder.root())
        };
        if root.is_some_and(|root| root != checkpoint.root()) {
            return Err(fork(held, checkpoint));
        }
        if found < expected { Err(ExportError::Shrunk { expected, found }) } else { Ok(()) }
    }

    /// The genesis document, which has to be that of the trust root.
    fn genesis_document(&mut self, source: &mut dyn LogSource) -> Result<Vec<u8>, ExportError> {
        let held = self.writer.read("genesis")?.filter(|held| held == self.genesis.bytes());
        let document = match held {
            Some(document) => document,
            None => fetch(source, "genesis")?,
        };
        if document != self.genesis.bytes() {
            let (expected, found) = (*self.genesis.digest(), Digest::of(&document));
            return Err(ExportError::Genesis { expected, found });
        }
        Ok(document)
    }

    /// Up to where what the directory holds is not looked at again.
    fn sound_size(&self, held: Option<&VerifiedCheckpoint>) -> TreeSize {
        let held = held.filter(|_| !self.options.has_to_check_held);
        let is_sound = |held: &&VerifiedCheckpoint| {
            let builder = held_builder(self.writer.source(), held.size(), held.size());
            builder.is_ok_and(|builder| builder.root() == held.root())
        };
        held.filter(is_sound).map_or(TreeSize::EMPTY, VerifiedCheckpoint::size)
    }
}

/// Checks that the log begins with what the directory holds.
fn check_history(
    tiles: &ProvenTiles<'_>,
    held: Option<&VerifiedCheckpoint>,
    checkpoint: &VerifiedCheckpoint,
) -> Result<(), ExportError> {
    match held {
        Some(held) if tiles.builder(held.size())?.root() != held.root() => {
            Err(fork(held, checkpoint))
        }
        Some(_) | None => Ok(()),
    }
}

/// Checks that the log begins with what each of these handovers was signed over; given is the root of
/// its first entries.
fn check_handovers<'h>(
    handovers: impl Iterator<Item = &'h VerifiedHandover>,
    root: impl Fn(TreeSize) -> Result<Digest, ExportError>,
) -> Result<(), ExportError> {
    for handover in handovers {
        if root(handover.size())? != handover.checkpoint().root() {
            return Err(ExportError::HandoverRoot { number: handover.number() });
        }
    }
    Ok(())
}

fn fork(held: &VerifiedCheckpoint, found: &VerifiedCheckpoint) -> ExportError {
    ExportError::Fork {
        size: held.size().min(found.size()),
        held: held.note().to_string(),
        found: found.note().to_string(),
    }
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
