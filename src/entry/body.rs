//! What the three kinds of entries hold (formats.md, section 4).

use crate::encoding::{Reader, Writer};
use crate::entry::error::EntryError;
use crate::envelope::{EnvelopeDigest, RECORD_BYTES_MAX, StatementDigest};
use crate::hash::Digest;
use crate::map::MapKey;
use crate::merkle::EntryIndex;
use crate::note::KeyName;

/// How many subject keys an attestation can feed, so that an entry stays small.
pub const KEYS_MAX: usize = 1000;

/// The part of an entry that depends on its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Entry 0 and no other: which ledger this is.
    Genesis {
        /// Name of the ledger, which is that of its log key.
        origin: KeyName,
        /// Digest of the genesis document, whose bytes are the entry's payload.
        digest: Digest,
    },
    /// An attestation was admitted.
    Attestation {
        /// Name of the statement.
        statement: StatementDigest,
        /// Digest of the envelope record, which is the entry's payload.
        envelope: EnvelopeDigest,
        /// Length of the envelope record, 1 to 1,048,576.
        envelope_len: u32,
        /// The keys that it feeds, strictly ascending, 1 to [`KEYS_MAX`].
        keys: Vec<MapKey>,
    },
    /// The log commits to its subject map.
    Seal {
        /// Root of the map over all entries before this one.
        map_root: Digest,
        /// How many keys that map holds, all classes.
        subjects: u64,
        /// Index of the seal before this one; 0 for the first.
        previous_seal: EntryIndex,
    },
}

impl Body {
    /// The byte that names the kind.
    pub(super) const fn kind(&self) -> u8 {
        match self {
            Self::Genesis { .. } => 1,
            Self::Attestation { .. } => 2,
            Self::Seal { .. } => 3,
        }
    }

    /// Checks every limit.
    pub(super) fn check(&self) -> Result<(), EntryError> {
        match self {
            Self::Attestation { envelope_len, keys, .. } => {
                if !(1..=RECORD_BYTES_MAX as u64).contains(&u64::from(*envelope_len)) {
                    return Err(EntryError::EnvelopeLength { found: *envelope_len });
                }
                if !(1..=KEYS_MAX).contains(&keys.len()) {
                    return Err(EntryError::KeyCount { found: keys.len() });
                }
                match keys.iter().zip(keys.iter().skip(1)).find(|(before, key)| before >= key) {
                    None => Ok(()),
                    Some((before, found)) => {
                        Err(EntryError::KeyOrder { before: *before, found: *found })
                    }
                }
            }
            Self::Genesis { .. } | Self::Seal { .. } => Ok(()),
        }
    }

    pub(super) fn read(kind: u8, reader: &mut Reader<'_>) -> Result<Self, EntryError> {
        match kind {
            1 => {
                let origin = reader.bytes_u16("origin")?;
                let origin = str::from_utf8(origin)
                    .map_err(|_cause| EntryError::OriginText)
                    .and_then(|origin| Ok(origin.parse()?))?;
                Ok(Self::Genesis { origin, digest: reader.digest("genesis digest")? })
            }
            2 => {
                let statement = StatementDigest::new(reader.digest("statement digest")?);
                let envelope = EnvelopeDigest::new(reader.digest("envelope digest")?);
                let envelope_len = reader.u32("envelope length")?;
                let count = reader.u16("key count")?;
                let keys = (0..count).map(|_| reader.digest("key")).collect::<Result<_, _>>()?;
                Ok(Self::Attestation { statement, envelope, envelope_len, keys })
            }
            3 => Ok(Self::Seal {
                map_root: reader.digest("map root")?,
                subjects: reader.u64("subjects")?,
                previous_seal: EntryIndex::new(reader.u64("previous seal")?),
            }),
            found => Err(EntryError::Kind { found }),
        }
    }

    /// Writes what [`Self::check`] lets pass.
    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Genesis { origin, digest } => {
                writer.bytes_u16(origin.as_str().as_bytes()).put(digest.as_ref());
            }
            Self::Attestation { statement, envelope, envelope_len, keys } => {
                writer.put(statement.as_ref()).put(envelope.as_ref()).u32(*envelope_len);
                // At most 1000, which fits.
                writer.u16(u16::try_from(keys.len()).unwrap_or(u16::MAX));
                for key in keys {
                    writer.put(key.as_ref());
                }
            }
            Self::Seal { map_root, subjects, previous_seal } => {
                writer.put(map_root.as_ref()).u64(*subjects).u64(previous_seal.get());
            }
        }
    }
}
