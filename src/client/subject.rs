//! The history of one subject, checked to be all of it.

use prost::bytes::Bytes;

use crate::client::connect::Client;
use crate::client::error::ClientError;
use crate::entry::{Body, Entry, EntryError};
use crate::envelope::EnvelopeDigest;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::map::{ChainHead, Lookup, MapProof, MapProofError, Row};
use crate::merkle::{EntryIndex, ProofError, TreeSize, leaf_hash};
use crate::note::VerifiedCheckpoint;
use crate::proto;
use crate::service::convert::{HashLengthError, inclusion_from};

/// All entries on a subject in one class, as of a checkpoint: proved to be all of them.
#[derive(Clone, Debug)]
#[must_use = "a verified history is evidence; dropping it drops the check"]
pub struct VerifiedSubject {
    checkpoint: VerifiedCheckpoint,
    seal: Entry,
    entries: Vec<SubjectEntry>,
}

/// One entry on a subject.
#[derive(Clone, Debug)]
pub struct SubjectEntry {
    /// Where it stands.
    pub index: EntryIndex,
    /// The entry.
    pub entry: Entry,
    /// The envelope record that it commits to; `None` if it is erased or withheld.
    pub record: Option<Bytes>,
    /// Whether the server says that the record exists and is not for this reader.
    pub is_withheld: bool,
}

/// Why a history does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// The last entry is no seal.
    #[error("last entry under the checkpoint is no seal")]
    Seal,
    /// An entry is no entry.
    #[error("entry {index}")]
    Entry {
        /// The entry.
        index: EntryIndex,
        /// What is wrong with it.
        source: EntryError,
    },
    /// An entry does not stand where the server says.
    #[error("inclusion of entry {index}")]
    Inclusion {
        /// The entry.
        index: EntryIndex,
        /// What is wrong with the proof.
        source: ProofError,
    },
    /// A hash of another length.
    #[error("hash of {found} bytes, expected 32")]
    HashLength {
        /// How many bytes.
        found: usize,
    },
    /// An entry that is not in this chain.
    #[error("entry {index} does not feed the chain that was asked for")]
    NotInChain {
        /// The entry.
        index: EntryIndex,
    },
    /// An entry that is out of order, or not below the seal.
    #[error("entry {index} is out of order, or not below the seal")]
    Order {
        /// The entry.
        index: EntryIndex,
    },
    /// A record that is not the one that the entry commits to.
    #[error("record of entry {index} has digest {found}, expected {expected}")]
    Record {
        /// The entry.
        index: EntryIndex,
        /// The digest in the entry.
        expected: EnvelopeDigest,
        /// The digest of the record.
        found: EnvelopeDigest,
    },
    /// The map proof does not hold.
    #[error("map proof")]
    Map(#[from] MapProofError),
    /// The entries are not all that there are, or not the ones that there are.
    #[error("{found} entries do not make the chain of {expected} that the map commits to")]
    Chain {
        /// How many the map says there are.
        expected: u64,
        /// How many there are in the answer.
        found: usize,
    },
}

impl VerifiedSubject {
    /// The checkpoint as of which these are all entries.
    pub const fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// The seal: the last entry under the checkpoint.
    pub const fn seal(&self) -> &Entry {
        &self.seal
    }

    /// The entries, in the order of the log; none if the subject is proved to have none.
    pub fn entries(&self) -> &[SubjectEntry] {
        &self.entries
    }

    fn verify(
        checkpoint: VerifiedCheckpoint,
        answer: &proto::GetSubjectResponse,
        key: &SubjectKey,
    ) -> Result<Self, SubjectError> {
        let last = checkpoint.size().last().ok_or(SubjectError::Seal)?;
        let seal = include(&checkpoint, last, &answer.seal, &answer.seal_inclusion)?;
        let Body::Seal { map_root, .. } = seal.body() else { return Err(SubjectError::Seal) };
        let proof = MapProof::decode(&answer.map_proof)?;
        let row = match proof.verify(&key.digest(), map_root)? {
            Lookup::Present(row) => Some(row),
            Lookup::Absent => None,
        };
        let mut entries: Vec<SubjectEntry> = Vec::with_capacity(answer.entries.len());
        let mut chain = ChainHead::start(checkpoint.origin().as_str(), &key.digest());
        for item in &answer.entries {
            let index = EntryIndex::new(item.index);
            let is_ascending = entries.last().is_none_or(|before| before.index < index);
            if !is_ascending || index >= last {
                return Err(SubjectError::Order { index });
            }
            let entry = include(&checkpoint, index, &item.entry, &item.inclusion)?;
            check_entry(index, &entry, &item.record, key)?;
            chain.push(index, &leaf_hash(&item.entry));
            entries.push(SubjectEntry {
                index,
                entry,
                record: Some(item.record.clone()).filter(|record| !record.is_empty()),
                is_withheld: item.withheld,
            });
        }
        // SPEC: fold the chain over H(00 ‖ entry); the map proof ends in match(count, head).
        if chain.row() != row {
            let expected = row.map_or(0, |Row { count, .. }| count);
            return Err(SubjectError::Chain { expected, found: entries.len() });
        }
        Ok(Self { checkpoint, seal, entries })
    }
}

impl Client {
    /// All entries on a subject in one class, as of the newest checkpoint or one of a given size.
    pub async fn subject(
        &self,
        uri: &SubjectUri,
        class: Class,
        size: Option<TreeSize>,
    ) -> Result<VerifiedSubject, ClientError> {
        let message = proto::GetSubjectRequest {
            uri: uri.as_str().to_owned(),
            class: class.byte().into(),
            tree_size: size.map_or(0, TreeSize::get),
            witnessed: false,
        };
        let since = self.since();
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message.clone(), timeout);
                async move { api.get_subject(request).await }
            })
            .await?;
        let checkpoint = self.accept_at(&answer.checkpoint, size, since).await?;
        Ok(VerifiedSubject::verify(checkpoint, &answer, &SubjectKey::of(class, uri))?)
    }
}

fn include(
    checkpoint: &VerifiedCheckpoint,
    index: EntryIndex,
    bytes: &[u8],
    inclusion: &[Bytes],
) -> Result<Entry, SubjectError> {
    let proof = inclusion_from(inclusion)?;
    let _included = checkpoint
        .include(leaf_hash(bytes), index, &proof)
        .map_err(|source| SubjectError::Inclusion { index, source })?;
    Entry::decode(bytes).map_err(|source| SubjectError::Entry { index, source })
}

fn check_entry(
    index: EntryIndex,
    entry: &Entry,
    record: &[u8],
    key: &SubjectKey,
) -> Result<(), SubjectError> {
    let Body::Attestation { envelope, keys, .. } = entry.body() else {
        return Err(SubjectError::NotInChain { index });
    };
    if !keys.contains(&key.digest()) {
        return Err(SubjectError::NotInChain { index });
    }
    let found = EnvelopeDigest::new(Digest::of(record));
    if record.is_empty() || *envelope == found {
        Ok(())
    } else {
        Err(SubjectError::Record { index, expected: *envelope, found })
    }
}

impl From<HashLengthError> for SubjectError {
    fn from(cause: HashLengthError) -> Self {
        Self::HashLength { found: cause.found }
    }
}
