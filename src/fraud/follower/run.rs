//! The follower: a log as far as it was found sound.

use crate::audit::{LogSource, SourceError, bundles_in_order};
use crate::entry::{Body, Entry, LogState};
use crate::fraud::follower::advance::{Advance, Stop, Unserved};
use crate::fraud::follower::erasures::Erasures;
use crate::fraud::follower::evidence::{Item, Maker};
use crate::fraud::follower::keys;
use crate::fraud::follower::leaves::Leaves;
use crate::fraud::follower::trial::{Reading, Trial};
use crate::genesis::Genesis;
use crate::log_key::LogKeys;
use crate::merkle::{TILE_WIDTH, TileKind, TreeSize, root};
use crate::note::VerifiedCheckpoint;

/// A log as far as it was followed from its genesis, all of it sound. It keeps a digest of every
/// statement and a row of every subject; reading takes a bundle at a time.
///
/// It shows that every seal follows from the entries, and every entry from its statement. It does
/// not show that attestations were rightly admitted, nor that their signatures hold.
#[derive(Clone, Debug)]
pub struct Follower {
    genesis: Genesis,
    keys: LogKeys,
    checkpoint: Option<VerifiedCheckpoint>,
    leaves: Leaves,
    reading: Reading,
}

impl Follower {
    /// At the start of the ledger of this genesis document.
    pub fn new(genesis: &Genesis) -> Self {
        Self {
            genesis: genesis.clone(),
            keys: LogKeys::new(genesis),
            checkpoint: None,
            leaves: Leaves::default(),
            reading: Reading {
                state: LogState::new(genesis.origin().clone(), *genesis.digest()),
                last: Vec::new(),
                erasures: Erasures::new(genesis),
            },
        }
    }

    /// The largest checkpoint up to which the log is sound.
    pub const fn checkpoint(&self) -> Option<&VerifiedCheckpoint> {
        self.checkpoint.as_ref()
    }

    /// How many entries were followed.
    pub const fn size(&self) -> TreeSize {
        self.reading.state.size()
    }

    /// The log's keys, as far as the checkpoints called for them.
    pub const fn log_keys(&self) -> &LogKeys {
        &self.keys
    }

    /// Reads the log up to `checkpoint`, from where it was last sound. Unless all of it is, the
    /// follower stays where it was. An error says that a file could not be read just now.
    pub fn advance(
        &mut self,
        source: &mut dyn LogSource,
        checkpoint: &VerifiedCheckpoint,
    ) -> Result<Advance, SourceError> {
        match self.follow(source, checkpoint) {
            Ok(next) => {
                *self = next;
                // The clone that the entries were read on is gone with what was here before.
                self.reading.state.settle();
                Ok(Advance::Sound)
            }
            Err(Stop::Ended(advance)) => Ok(advance),
            Err(Stop::Source(error)) => Err(error),
        }
    }

    fn follow(
        &self,
        source: &mut dyn LogSource,
        checkpoint: &VerifiedCheckpoint,
    ) -> Result<Self, Stop> {
        let (keys, checkpoint) = keys::follow(self.keys.clone(), source, checkpoint.note())?;
        let size = checkpoint.size();
        let known = self.checkpoint.as_ref().filter(|known| size <= known.size());
        if let Some(known) = known {
            self.look_back(source, &keys, known, &checkpoint)?;
        }
        if known.is_some() || size.is_empty() {
            return Ok(Self { keys, ..self.clone() });
        }
        let leaves = self.read_leaves(source, &keys, &checkpoint)?;
        let tree = leaves.tree(source);
        let maker =
            Maker { genesis: &self.genesis, keys: &keys, checkpoint: &checkpoint, tree: &tree };
        self.check_handovers(&maker)?;
        let mut trial = Trial::new(&maker, self.reading.clone());
        let first = self.size().get() / u64::from(TILE_WIDTH);
        tree.expect(Box::new(bundles_in_order(first, size)));
        for index in first.. {
            let Some(id) = TileKind::Entries.in_tree(index, size) else { break };
            trial.read(id)?;
        }
        let reading = trial.finish()?;
        let genesis = self.genesis.clone();
        Ok(Self { genesis, keys, checkpoint: Some(checkpoint), leaves, reading })
    }

    /// Checks a checkpoint that is no larger than the known one.
    fn look_back(
        &self,
        source: &mut dyn LogSource,
        keys: &LogKeys,
        known: &VerifiedCheckpoint,
        checkpoint: &VerifiedCheckpoint,
    ) -> Result<(), Stop> {
        let tree = self.leaves.tree(source);
        let under = |checkpoint| Maker { genesis: &self.genesis, keys, checkpoint, tree: &tree };
        let maker = under(known);
        self.check_handovers(&maker)?;
        if known.checkpoint() == checkpoint.checkpoint() {
            return Ok(());
        }
        if root(&tree, checkpoint.size())? != checkpoint.root() {
            return Err(maker.fork(checkpoint)?);
        }
        let Some(index) = checkpoint.size().last() else { return Ok(()) };
        let bytes = maker.read_entry(index)?;
        let is_seal = |entry: Entry| matches!(entry.body(), Body::Seal { .. });
        if Entry::decode(&bytes).is_ok_and(is_seal) {
            return Ok(());
        }
        Err(under(checkpoint).order(Item { index, bytes: &bytes }, None)?)
    }

    /// The log begins with the tree of every handover. Those that were known are held to it once.
    fn check_handovers(&self, maker: &Maker<'_>) -> Result<(), Stop> {
        let known = self.keys.handovers().len();
        for handover in maker.keys.called_for(maker.checkpoint.size()) {
            let is_checked = handover.number() <= known && handover.size() <= self.size();
            let signed = handover.checkpoint();
            if !is_checked && root(maker.tree, signed.size())? != signed.root() {
                return Err(maker.fork(signed)?);
            }
        }
        Ok(())
    }

    /// The leaf hashes under a larger checkpoint, which begin with those that are known.
    fn read_leaves(
        &self,
        source: &mut dyn LogSource,
        keys: &LogKeys,
        checkpoint: &VerifiedCheckpoint,
    ) -> Result<Leaves, Stop> {
        let size = checkpoint.size();
        if let Some(leaves) = self.leaves.extended(source, size)?
            && root(&leaves.tree(source), size)? == checkpoint.root()
        {
            return Ok(leaves);
        }
        // Either other tiles are served than the checkpoint has, or it has others than were known.
        let whole = Leaves::default().extended(source, size)?.unwrap_or_default();
        let tree = whole.tree(source);
        let is_other = whole.size() == size && root(&tree, size)? == checkpoint.root();
        match &self.checkpoint {
            Some(known) if is_other => {
                let maker = Maker { genesis: &self.genesis, keys, checkpoint, tree: &tree };
                Err(maker.fork(known)?)
            }
            Some(_) | None => Err(Stop::at("tile/0", Unserved::Root)),
        }
    }
}
