//! The one row that moves: where the log stands.

use crate::encoding::{EncodingError, Reader, Writer};
use crate::hash::Digest;

/// The only version of the encoding so far.
const VERSION: u8 = 1;

/// Where the log stands after a commit. Moved by commits only, one step at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many commits came before: 0 for the first, then one more each.
    pub sequence: u64,
    /// How many entries the log has.
    pub size: u64,
    /// The root of the Merkle tree over them.
    pub root: Digest,
    /// The root of the subject map that the last seal commits to.
    pub map_root: Digest,
    /// The signed note of the checkpoint at `size`.
    pub checkpoint: String,
}

/// Bytes that are no head.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// A version that is not known here.
    #[error("head has version {found}, expected {VERSION}")]
    Version {
        /// The version it has.
        found: u8,
    },
    /// A field is missing or cut, or bytes are left over.
    #[error("head is not whole")]
    Encoding(#[from] EncodingError),
    /// The checkpoint is not UTF-8.
    #[error("checkpoint of the head is not UTF-8 from byte {valid_up_to} on")]
    Text {
        /// How many bytes are.
        valid_up_to: usize,
    },
}

impl Head {
    /// Reads `01 ‖ u64 sequence ‖ u64 size ‖ root32 ‖ map root32 ‖ u32 length ‖ checkpoint`.
    pub fn decode(bytes: &[u8]) -> Result<Self, HeadError> {
        let mut reader = Reader::new(bytes);
        let found = reader.u8("version")?;
        if found != VERSION {
            return Err(HeadError::Version { found });
        }
        let sequence = reader.u64("sequence number")?;
        let size = reader.u64("size")?;
        let root = reader.digest("root")?;
        let map_root = reader.digest("map root")?;
        let checkpoint = std::str::from_utf8(reader.bytes_u32("checkpoint")?)
            .map_err(|cause| HeadError::Text { valid_up_to: cause.valid_up_to() })?
            .to_owned();
        reader.finish()?;
        Ok(Self { sequence, size, root, map_root, checkpoint })
    }

    /// The bytes that [`Head::decode`] reads.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(85 + self.checkpoint.len());
        writer.u8(VERSION).u64(self.sequence).u64(self.size);
        writer.put(self.root.as_bytes()).put(self.map_root.as_bytes());
        writer.bytes_u32(self.checkpoint.as_bytes());
        writer.into_bytes()
    }

    /// The sequence number that the head after `prev` has.
    ///
    /// # Panics
    /// After 2⁶⁴ commits.
    pub fn next_sequence(prev: Option<&Self>) -> u64 {
        prev.map_or(0, |head| {
            assert!(head.sequence < u64::MAX, "sequence numbers are used up");
            head.sequence + 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            sequence: 3,
            size: 700,
            root: Digest::of(b"root"),
            map_root: Digest::of(b"map"),
            checkpoint: "log.example\n700\n".to_owned(),
        }
    }

    #[test]
    fn a_head_reads_back_what_it_writes() {
        assert_eq!(Head::decode(&head().encode()), Ok(head()));
    }

    #[test]
    fn every_changed_byte_is_refused_or_another_head() {
        let bytes = head().encode();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 0x80;
            assert_ne!(Head::decode(&changed), Ok(head()), "byte {position}");
            Head::decode(&bytes[..position]).unwrap_err();
        }
        Head::decode(&[bytes.as_slice(), &[0]].concat()).unwrap_err();
        assert_eq!(Head::decode(&[2]), Err(HeadError::Version { found: 2 }));
    }
}
