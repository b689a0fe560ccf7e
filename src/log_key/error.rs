//! Why a handover does not count.

use crate::entry::EntryError;
use crate::key::KeyId;
use crate::log_key::wire::{HANDOVER_BYTES_MAX, HANDOVERS_MAX};
use crate::merkle::{EntryIndex, ProofError, TreeSize};
use crate::note::{CheckpointError, NoteError, VerifierKeyError};
use crate::registry::Unattributed;
use crate::time::Timestamp;

/// Why a handover of the log key does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandoverError {
    /// More bytes than a handover can have.
    #[error("handover of {found} bytes, expected at most {HANDOVER_BYTES_MAX}")]
    TooLarge {
        /// How many bytes.
        found: usize,
    },
    /// More handovers than a log can have.
    #[error("more than {HANDOVERS_MAX} handovers")]
    TooManyHandovers,
    /// More of something than a handover can have.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The greatest number.
        limit: usize,
    },
    /// Not the protobuf message.
    #[error("not a handover message")]
    Message(#[from] prost::DecodeError),
    /// Readable, but not written in the one way there is.
    #[error("encoding it again gives other bytes from byte {offset} on")]
    NotCanonical {
        /// The first byte that differs.
        offset: usize,
    },
    /// The new key is none.
    #[error("new log key")]
    LogKey(#[from] VerifierKeyError),
    /// The checkpoint is no note.
    #[error("checkpoint")]
    Note(#[from] NoteError),
    /// An entry that is none.
    #[error("entry {index} is not in its format")]
    Entry {
        /// Its index.
        index: EntryIndex,
        /// What is wrong with it.
        #[source]
        cause: EntryError,
    },
    /// A hash of another length.
    #[error("hash of {found} bytes in the inclusion proof of entry {index}, expected 32")]
    HashLength {
        /// The entry.
        index: EntryIndex,
        /// How many bytes.
        found: usize,
    },
    /// The new key had its turn before.
    #[error("key {key} was the log's before: a key has one turn")]
    KeyBefore {
        /// The key.
        key: KeyId,
    },
    /// The outgoing key did not sign the checkpoint.
    #[error("checkpoint, by the outgoing log key {key}")]
    Outgoing {
        /// The key.
        key: KeyId,
        /// What is wrong with it.
        #[source]
        cause: CheckpointError,
    },
    /// The new key did not sign the checkpoint.
    #[error("checkpoint, by the new log key {key}")]
    Incoming {
        /// The key.
        key: KeyId,
        /// What is wrong with it.
        #[source]
        cause: CheckpointError,
    },
    /// More signatures than those two, or in another order.
    #[error("checkpoint: expected a signature of the outgoing key, one of the new key, no others")]
    Signatures,
    /// The log does not go on from the handover before.
    #[error(
        "checkpoint of {found} entries, expected more than the {before} of the handover before"
    )]
    NotLater {
        /// The size at the handover before.
        before: TreeSize,
        /// The size.
        found: TreeSize,
    },
    /// A change that is out of order, or not one of those since the handover before.
    #[error("entry {index} is out of order, or not of the time since the handover before")]
    Order {
        /// The entry.
        index: EntryIndex,
    },
    /// An entry of an earlier time than one before it.
    #[error("entry {index} has time {found}, expected {before} or later, as entries before it")]
    Time {
        /// The entry.
        index: EntryIndex,
        /// The time of an entry before it.
        before: Timestamp,
        /// Its time.
        found: Timestamp,
    },
    /// An entry does not stand under the checkpoint.
    #[error("entry {index}: not under the checkpoint")]
    Inclusion {
        /// The entry.
        index: EntryIndex,
        /// What is wrong with its proof.
        #[source]
        cause: ProofError,
    },
    /// An entry is no record that counts.
    #[error("entry {index}")]
    Record {
        /// The entry.
        index: EntryIndex,
        /// What is wrong with it.
        #[source]
        cause: Unattributed,
    },
    /// A record of another kind.
    #[error("entry {index} is no change of registrars")]
    Kind {
        /// The entry.
        index: EntryIndex,
    },
    /// Nobody announced the new key.
    #[error(
        "key {key} is no announced log key: a registrar change has to name it in log_keys_add, \
         signed by the registrars and by it"
    )]
    NotAnnounced {
        /// The key.
        key: KeyId,
    },
    /// The new key, or the outgoing one, was ended.
    #[error("log key {key} was ended by entry {index}")]
    Ended {
        /// The key.
        key: KeyId,
        /// The entry.
        index: EntryIndex,
    },
}
