//! A copy of a log beside checkpoints that were seen elsewhere.

use crate::audit::{LogSource, SourceError};
use crate::fraud::error::FraudProofError;
use crate::fraud::follower::advance::{Advance, NotServed, Stop, Unserved};
use crate::fraud::follower::evidence::Maker;
use crate::fraud::follower::keys;
use crate::fraud::follower::leaves::{Leaves, read};
use crate::fraud::proof::FraudProof;
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::log_key::LogKeys;
use crate::merkle::{TreeSize, root};
use crate::note::{CheckpointError, Note, VerifiedCheckpoint};

/// The tree of a log as its leaf tiles have it, under its checkpoint. Entries are not looked at.
#[derive(Clone, Debug)]
pub struct TreeCopy {
    genesis: Genesis,
    keys: LogKeys,
    checkpoint: VerifiedCheckpoint,
    leaves: Leaves,
}

/// A checkpoint that was seen elsewhere, beside a copy of the log.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a checkpoint of another history is evidence"]
pub enum Seen {
    /// The copy begins with its tree.
    Agrees {
        /// Its size.
        size: TreeSize,
    },
    /// It is larger than the copy, so that nothing was compared.
    Larger {
        /// Its size.
        size: TreeSize,
    },
    /// The copy holds other entries.
    Differs {
        /// Its size.
        size: TreeSize,
        /// Its root.
        found: Digest,
        /// The root of the copy at that size.
        expected: Digest,
        /// The evidence, if it could be made.
        proof: Box<Result<FraudProof, FraudProofError>>,
    },
}

/// Why a checkpoint can't be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeenError {
    /// It is no checkpoint of this log.
    #[error("checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// A file of the copy is not what it was.
    #[error("copy of the log")]
    NotServed(#[from] NotServed),
    /// A file of the copy can't be read.
    #[error("copy of the log")]
    Source(#[from] SourceError),
}

impl TreeCopy {
    /// Reads the tree under the checkpoint of a copy; `known` are the handovers that the reader
    /// knows of.
    pub fn read(
        source: &mut dyn LogSource,
        genesis: &Genesis,
        known: &LogKeys,
    ) -> Result<Self, SeenError> {
        let path = "checkpoint";
        let note = Note::parse(&read(source, path)?).map_err(CheckpointError::from)?;
        let (keys, checkpoint) = keys::follow(known.clone(), source, &note)?;
        let leaves = Leaves::default().extended(source, checkpoint.size())?.unwrap_or_default();
        let found = root(&leaves.tree(source), checkpoint.size())?;
        if found != checkpoint.root() {
            return Err(Stop::at("tile/0", Unserved::Root).into());
        }
        Ok(Self { genesis: genesis.clone(), keys, checkpoint, leaves })
    }

    /// The checkpoint of the copy.
    pub const fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// The log's keys, as far as its checkpoint calls for them.
    pub const fn log_keys(&self) -> &LogKeys {
        &self.keys
    }

    /// Compares a checkpoint that was seen elsewhere.
    pub fn compare(&self, source: &mut dyn LogSource, seen: Note) -> Result<Seen, SeenError> {
        let seen = self.keys.verify_note(seen)?;
        let size = seen.size();
        if size > self.checkpoint.size() {
            return Ok(Seen::Larger { size });
        }
        let tree = self.leaves.tree(source);
        let (found, expected) = (seen.root(), root(&tree, size)?);
        if found == expected {
            return Ok(Seen::Agrees { size });
        }
        let (genesis, keys, checkpoint) = (&self.genesis, &self.keys, &self.checkpoint);
        let maker = Maker { genesis, keys, checkpoint, tree: &tree };
        match maker.fork(&seen)? {
            Stop::Ended(Advance::Fraud(proof)) => {
                Ok(Seen::Differs { size, found, expected, proof: Box::new(Ok(*proof)) })
            }
            Stop::Ended(Advance::Unproved { cause, .. }) => {
                Ok(Seen::Differs { size, found, expected, proof: Box::new(Err(cause)) })
            }
            stop => Err(stop.into()),
        }
    }
}

impl From<Stop> for SeenError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Source(error) => error.into(),
            Stop::Ended(Advance::NotServed(of)) => of.into(),
            // Nothing else ends the reading of a tree.
            Stop::Ended(Advance::Sound | Advance::Fraud(_) | Advance::Unproved { .. }) => {
                let (path, why) = ("checkpoint".to_owned(), Unserved::Root);
                NotServed { path, entry: None, why }.into()
            }
        }
    }
}
