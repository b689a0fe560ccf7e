//! A handover taken apart. Nothing in it is proved yet.

use prost::Message as _;
use prost::bytes::Bytes;

use crate::entry::Entry;
use crate::hash::Digest;
use crate::log_key::error::HandoverError;
use crate::log_key::wire;
use crate::merkle::{EntryIndex, InclusionProof, leaf_hash};
use crate::note::{Note, VerifierKey};
use crate::proto;

/// A handover in its one form. What it claims is not proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    pub(super) log_key: VerifierKey,
    pub(super) note: Note,
    pub(super) changes: Vec<Change>,
}

/// A change of registrars, as the handover claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) index: EntryIndex,
    pub(super) entry: Entry,
    pub(super) leaf: Digest,
    pub(super) record: Bytes,
    pub(super) inclusion: InclusionProof,
}

/// A change of registrars, to be shown in a handover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownChange {
    /// Where it stands.
    pub index: EntryIndex,
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// The envelope record.
    pub record: Vec<u8>,
    /// The proof that the entry is under the handover's checkpoint.
    pub inclusion: InclusionProof,
}

impl Handover {
    /// Takes a handover apart.
    pub fn decode(bytes: &[u8]) -> Result<Self, HandoverError> {
        let message = wire::decode(bytes)?;
        Ok(Self {
            log_key: message.log_key.parse()?,
            note: Note::parse(message.checkpoint.as_bytes())?,
            changes: message.changes.into_iter().map(change).collect::<Result<_, _>>()?,
        })
    }

    /// The bytes of a handover to `log_key` under a checkpoint that both keys signed, with every
    /// change of registrars since the one before. What is made is not verified here.
    pub fn write(
        log_key: &VerifierKey,
        checkpoint: &str,
        changes: impl IntoIterator<Item = ShownChange>,
    ) -> Vec<u8> {
        let changes = changes.into_iter().map(|shown| proto::HandoverChange {
            index: shown.index.get(),
            entry: shown.entry.into(),
            record: shown.record.into(),
            inclusion: shown.inclusion.0.iter().map(hash_to).collect(),
        });
        let message = proto::Handover {
            log_key: log_key.to_string(),
            checkpoint: checkpoint.to_owned(),
            changes: changes.collect(),
        };
        message.encode_to_vec()
    }

    /// The key that signs from here on, as the handover claims.
    pub const fn log_key(&self) -> &VerifierKey {
        &self.log_key
    }

    /// The checkpoint under which it changes hands, not verified.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// The entries that it shows, as it claims.
    pub fn shown(&self) -> impl Iterator<Item = EntryIndex> {
        self.changes.iter().map(|change| change.index)
    }
}

fn change(message: proto::HandoverChange) -> Result<Change, HandoverError> {
    let index = EntryIndex::new(message.index);
    let entry = Entry::decode(&message.entry);
    let entry = entry.map_err(|cause| HandoverError::Entry { index, cause })?;
    let hash = |bytes: &Bytes| {
        let hash: Result<[u8; 32], _> = bytes.as_ref().try_into();
        hash.map(Digest::new)
            .map_err(|_cause| HandoverError::HashLength { index, found: bytes.len() })
    };
    let inclusion = message.inclusion.iter().map(hash).collect::<Result<_, _>>()?;
    let leaf = leaf_hash(&message.entry);
    Ok(Change { index, entry, leaf, record: message.record, inclusion: InclusionProof(inclusion) })
}

fn hash_to(hash: &Digest) -> Bytes {
    Bytes::copy_from_slice(hash.as_bytes())
}
