//! Why a file is no evidence.

use crate::attestation::StatementError;
use crate::encoding::EncodingError;
use crate::entry::EntryError;
use crate::envelope::{EnvelopeDigest, EnvelopeError};
use crate::fraud::wire::{FORMAT, FRAUD_PROOF_BYTES_MAX};
use crate::hash::Digest;
use crate::identifier::{IdentifierError, SubjectKey};
use crate::log_key::HandoverError;
use crate::map::{MapKey, MapProofError};
use crate::merkle::{EntryIndex, ProofError, RangeError, TreeSize};
use crate::note::{CheckpointError, NoteError};

/// Why a file is no evidence against the operator of this log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FraudProofError {
    /// More bytes than there can be.
    #[error("evidence of {found} bytes, expected at most {FRAUD_PROOF_BYTES_MAX}")]
    TooLarge {
        /// How many bytes.
        found: usize,
    },
    /// Not the protobuf message.
    #[error("not an evidence message")]
    Message(#[from] prost::DecodeError),
    /// Readable, but not written in the one way there is.
    #[error("encoding it again gives other bytes from byte {offset} on")]
    NotCanonical {
        /// The first byte that differs.
        offset: usize,
    },
    /// Another format or version.
    #[error("format {found:?}, expected {FORMAT:?}")]
    Format {
        /// The format, cut after 80 characters.
        found: String,
    },
    /// A part is not there.
    #[error("without {part}")]
    Missing {
        /// The part.
        part: &'static str,
    },
    /// A part that has no place in this kind of evidence.
    #[error("{part} where there is none to be")]
    Uncalled {
        /// The part.
        part: &'static str,
    },
    /// A part that is cut short, or has bytes left over.
    #[error("{part}")]
    Encoding {
        /// The part.
        part: &'static str,
        /// What is wrong with it.
        #[source]
        cause: EncodingError,
    },
    /// More of something than there can be.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The greatest number.
        limit: usize,
    },
    /// A handover of the log key does not hold.
    #[error("handover {number}")]
    Handover {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        cause: HandoverError,
    },
    /// Handovers that the checkpoints do not call for.
    #[error("{found} handovers, expected the {expected} that the checkpoints call for")]
    Handovers {
        /// How many the checkpoints call for.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The reader knows of another handover.
    #[error("handover {number} is not there, or another than the one you know")]
    OtherHandover {
        /// Which one, from 1.
        number: usize,
    },
    /// A checkpoint is no note.
    #[error("checkpoint")]
    Note(#[from] NoteError),
    /// A checkpoint that the log's key did not sign.
    #[error("checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// A checkpoint with other signatures than the log's.
    #[error("checkpoint of {size} entries with {found} signatures, expected the log's alone")]
    Signatures {
        /// Its size.
        size: TreeSize,
        /// How many there are.
        found: usize,
    },
    /// An entry does not stand under its checkpoint.
    #[error("entry {index}")]
    Inclusion {
        /// The entry.
        index: EntryIndex,
        /// What is wrong with its proof.
        #[source]
        cause: ProofError,
    },
    /// A tree does not begin that of the checkpoint.
    #[error("consistency proof")]
    Consistency(#[source] ProofError),
    /// The left edge is none of that size.
    #[error("edge")]
    Edge(#[from] RangeError),
    /// An entry that is none, or not of the kind that it takes here.
    #[error("entry {index}")]
    Entry {
        /// The entry.
        index: EntryIndex,
        /// What is wrong with it.
        #[source]
        cause: EntryError,
    },
    /// An entry of another kind than it takes here.
    #[error("entry {index} is no {expected}")]
    Kind {
        /// The entry.
        index: EntryIndex,
        /// The kind.
        expected: &'static str,
    },
    /// A seal where there should be none.
    #[error("entry {index} is a seal too")]
    SealBetween {
        /// The entry.
        index: EntryIndex,
    },
    /// A map proof shows nothing.
    #[error("proof of key {key}")]
    MapProof {
        /// The key.
        key: MapKey,
        /// What is wrong with it.
        #[source]
        cause: MapProofError,
    },
    /// The record is not that of the entry.
    #[error("entry {index} commits to envelope {expected}, found {found}")]
    Record {
        /// The entry.
        index: EntryIndex,
        /// Digest in the entry.
        expected: EnvelopeDigest,
        /// Digest of the record.
        found: EnvelopeDigest,
    },
    /// An envelope of a kind that may be known to others.
    #[error("envelope")]
    Envelope(#[source] EnvelopeError),
    /// A payload that may be a statement to others.
    #[error("payload")]
    Statement(#[source] Box<StatementError>),
    /// No class of chains.
    #[error("class {found}, expected 0, 1 or 2")]
    Class {
        /// The number.
        found: u32,
    },
    /// No subject.
    #[error("subject")]
    Subject(#[source] IdentifierError),
    /// The entry does not list the key.
    #[error("entry {index} does not list key {key}")]
    NotListed {
        /// The entry.
        index: EntryIndex,
        /// The key.
        key: SubjectKey,
    },
    /// The chain is not the one that the map holds.
    #[error("chain of {found} entries is not the one that the map holds")]
    Chain {
        /// How many entries it has.
        found: usize,
    },
    /// An index beyond what the other checkpoint speaks of.
    #[error("entry {index} is not before entry {limit}")]
    NotBefore {
        /// The index.
        index: EntryIndex,
        /// What it has to be below.
        limit: EntryIndex,
    },
    /// Everything in it holds, and nothing contradicts anything.
    #[error("nothing in it contradicts anything: {what}")]
    NoContradiction {
        /// What was looked at.
        what: &'static str,
    },
    /// A root that has no use here, or of another length.
    #[error("root of {found} bytes, expected {expected}")]
    Root {
        /// How many bytes there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The tree that the checkpoint begins with is the one of the other.
    #[error("both have root {root}")]
    SameRoot {
        /// The root.
        root: Digest,
    },
}
