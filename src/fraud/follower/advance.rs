//! What came of following a log up to a checkpoint.

use crate::audit::SourceError;
use crate::entry::BundleError;
use crate::envelope::StatementDigest;
use crate::fraud::error::FraudProofError;
use crate::fraud::proof::FraudProof;
use crate::log_key::HandoverError;
use crate::merkle::EntryIndex;

/// What came of following a log up to a checkpoint.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "only a sound log was followed"]
pub enum Advance {
    /// Every entry under the checkpoint keeps the rules, as does what it commits to.
    Sound,
    /// Something is not there, or is not what the checkpoint commits to: whoever served it may be at
    /// fault, and nothing is said of the log.
    NotServed(NotServed),
    /// The log breaks a rule, and here is the evidence.
    Fraud(Box<FraudProof>),
    /// An entry breaks a rule, or can't be read, and no evidence can be made of it.
    Unproved {
        /// The entry.
        entry: EntryIndex,
        /// Why not.
        cause: FraudProofError,
    },
}

/// Something that is not there, or is not what the checkpoint commits to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}")]
pub struct NotServed {
    /// The file.
    pub path: String,
    /// The entry, where it is about one.
    pub entry: Option<EntryIndex>,
    /// What is wrong with it.
    #[source]
    pub why: Unserved,
}

/// What is wrong with what was served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unserved {
    /// There is no such file.
    #[error("file is not there")]
    Missing,
    /// It is larger than any file of a log.
    #[error("file is larger than any of a log")]
    TooLarge,
    /// It is no tile of that name.
    #[error("file is no tile of that name")]
    Tile,
    /// It is no bundle of that name.
    #[error("file is no bundle of that name")]
    Bundle(#[from] BundleError),
    /// The tiles up to this one lead to another root than the checkpoint has.
    #[error("tiles do not lead to the root of the checkpoint")]
    Root,
    /// It was another one before.
    #[error("file has changed while it was in use")]
    Changed,
    /// The handover does not hold.
    #[error("handover does not hold")]
    Handover(#[from] HandoverError),
    /// No handover leads to the key that signed.
    #[error("no handover leads to the key that signed the checkpoint")]
    NoHandover,
    /// The entry is not the one that the tile beside it has.
    #[error("entry is not the one under the checkpoint")]
    OtherEntry,
    /// The payload is not the one that the entry commits to.
    #[error("payload is not the one that the entry commits to")]
    OtherPayload,
    /// The payload is for others.
    #[error("payload is withheld")]
    Withheld,
    /// The payload is gone, and no later entry orders that by the word of somebody who may.
    #[error("payload is gone, and nobody who may orders statement {statement} to be erased")]
    NoOrder {
        /// The statement.
        statement: StatementDigest,
    },
}

/// What ends an advance before the log was followed to its end.
#[derive(Debug)]
pub(super) enum Stop {
    Source(SourceError),
    Ended(Advance),
}

impl Stop {
    pub(super) fn at(path: impl Into<String>, why: impl Into<Unserved>) -> Self {
        let (path, why) = (path.into(), why.into());
        Self::Ended(Advance::NotServed(NotServed { path, entry: None, why }))
    }

    pub(super) fn of(path: &str, entry: EntryIndex, why: Unserved) -> Self {
        let (path, entry) = (path.to_owned(), Some(entry));
        Self::Ended(Advance::NotServed(NotServed { path, entry, why }))
    }

    /// The evidence, if it could be made.
    pub(super) fn fraud(entry: EntryIndex, proof: Result<FraudProof, FraudProofError>) -> Self {
        Self::Ended(match proof {
            Ok(proof) => Advance::Fraud(Box::new(proof)),
            Err(cause) => Advance::Unproved { entry, cause },
        })
    }
}
