//! Evidence, made out of a log that is being followed.

use crate::entry::{EntryBundle, LogError};
use crate::fraud::checkpoints::two_histories;
use crate::fraud::error::FraudProofError;
use crate::fraud::follower::advance::{Stop, Unserved};
use crate::fraud::follower::leaves::Tree;
use crate::fraud::proof::FraudProof;
use crate::fraud::seal::Stretch;
use crate::fraud::{seal, shown};
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::log_key::LogKeys;
use crate::map::SubjectMap;
use crate::merkle::{
    BuildError, EntryIndex, NodeReader as _, TILE_WIDTH, TileKind, TreeSize, consistency_proof,
    inclusion_proof, leaf_hash, root,
};
use crate::note::VerifiedCheckpoint;
use crate::proto;
use crate::proto::fraud_proof::Claim;

/// What evidence about the log under one checkpoint is made of.
pub(super) struct Maker<'a> {
    pub(super) genesis: &'a Genesis,
    pub(super) keys: &'a LogKeys,
    pub(super) checkpoint: &'a VerifiedCheckpoint,
    pub(super) tree: &'a Tree<'a>,
}

/// An entry that is to be shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) index: EntryIndex,
    pub(super) bytes: &'a [u8],
}

impl Maker<'_> {
    /// The entry breaks a rule, whatever stands before it or together with the one that does.
    pub(super) fn order(&self, of: Item<'_>, before: Option<Item<'_>>) -> Result<Stop, Stop> {
        let before = before.map(|before| self.show(before)).transpose()?;
        let claim = proto::WrongOrder { entry: Some(self.show(of)?), before };
        Ok(self.make(of.index, Claim::WrongOrder(claim)))
    }

    /// The entry has a statement that the one at `first` has already.
    pub(super) fn again(&self, of: Item<'_>, first: EntryIndex) -> Result<Stop, Stop> {
        let bytes = self.read_entry(first)?;
        self.order(of, Some(Item { index: first, bytes: &bytes }))
    }

    /// The entry is not what its record makes it.
    pub(super) fn keys(&self, of: Item<'_>, record: &[u8]) -> Result<Stop, Stop> {
        let claim =
            proto::WrongKeys { entry: Some(self.show(of)?), record: record.to_vec().into() };
        Ok(self.make(of.index, Claim::WrongKeys(claim)))
    }

    /// The entry, a seal, does not follow from those from `first` on, all in `entries`.
    pub(super) fn seal(
        &self,
        index: EntryIndex,
        (first, entries): (EntryIndex, &[u8]),
        map: &SubjectMap,
    ) -> Result<Stop, Stop> {
        let end = TreeSize::new(index.get().saturating_add(1));
        let consistency = consistency_proof(self.tree, end, self.checkpoint.size());
        let consistency = &consistency.map_err(of_build)?;
        let edge = self.edge(first)?;
        let checkpoint = self.checkpoint;
        let stretch = Stretch { checkpoint, first, edge, entries, consistency };
        Ok(self.make(index, Claim::WrongSeal(seal::claim(&stretch, map))))
    }

    /// The checkpoint of the tree is not of one log with `other`, which is no larger.
    pub(super) fn fork(&self, other: &VerifiedCheckpoint) -> Result<Stop, Stop> {
        let (old, new) = (other.size(), self.checkpoint.size());
        let notes = (other, self.checkpoint);
        let proof = if old == new {
            two_histories(self.genesis, self.keys, notes, None)
        } else {
            let begins = root(self.tree, old)?;
            let proof = consistency_proof(self.tree, old, new).map_err(of_build)?;
            two_histories(self.genesis, self.keys, notes, Some((begins, &proof)))
        };
        Ok(Stop::fraud(old.last().unwrap_or_default(), proof))
    }

    fn make(&self, entry: EntryIndex, claim: Claim) -> Stop {
        let size = self.checkpoint.size();
        Stop::fraud(entry, FraudProof::make(claim, self.genesis, self.keys, size))
    }

    fn show(&self, of: Item<'_>) -> Result<proto::ShownEntry, Stop> {
        let proof = inclusion_proof(self.tree, of.index, self.checkpoint.size());
        Ok(shown::show(self.checkpoint, of.index, of.bytes, &proof.map_err(of_build)?))
    }

    /// The complete subtrees over the entries before `first`, largest first.
    fn edge(&self, first: EntryIndex) -> Result<Vec<Digest>, Stop> {
        let size = first.get();
        let levels = (0..64_u8).rev().filter(|level| size >> level & 1 == 1);
        levels.map(|level| self.tree.node(level, (size >> level) - 1)).collect()
    }

    pub(super) fn read_entry(&self, index: EntryIndex) -> Result<Vec<u8>, Stop> {
        let (tile, place) = (index.get() / u64::from(TILE_WIDTH), index.get() % 256);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let missing = || Stop::at("tile/entries", Unserved::Missing);
        let id = TileKind::Entries.in_tree(tile, self.checkpoint.size()).ok_or_else(missing)?;
        let path = id.to_string();
        let bundle = self.tree.read(&path)?;
        let entries = EntryBundle::decode(&bundle, usize::from(id.width()));
        let entries = entries.map_err(|cause| Stop::at(&path, cause))?;
        let entry = entries.get(place).ok_or_else(missing)?;
        if self.tree.tile(tile)?.hashes().get(place) != Some(&leaf_hash(entry)) {
            return Err(Stop::of(&path, index, Unserved::OtherEntry));
        }
        Ok(entry.to_vec())
    }
}

/// Positions are those of the tree itself.
fn of_build(error: BuildError<Stop>) -> Stop {
    match error {
        BuildError::Node(stop) => stop,
        BuildError::Position(cause) => {
            Stop::fraud(EntryIndex::FIRST, Err(FraudProofError::Consistency(cause)))
        }
    }
}

/// What a fault of order is shown by.
pub(super) enum ShownBy {
    Itself,
    EntryBefore,
    Statement,
    Seals,
}

impl ShownBy {
    pub(super) fn of(fault: &LogError, index: EntryIndex) -> Self {
        match fault {
            LogError::Prev { .. } if index > EntryIndex::FIRST => Self::EntryBefore,
            LogError::Time { .. } => Self::EntryBefore,
            LogError::Statement { .. } => Self::Statement,
            LogError::PreviousSeal { .. }
            | LogError::Subjects { .. }
            | LogError::MapRoot { .. } => Self::Seals,
            _ => Self::Itself,
        }
    }
}
