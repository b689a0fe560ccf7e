//! The keys and the small fixed-size values of the tables, as bytes.

use crate::encoding::{EncodingError, Reader, Writer};
use crate::hash::Digest;

/// A key that is not eight bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} bytes are no index key: expected 8")]
pub struct KeyError {
    /// How many bytes it has.
    pub found: usize,
}

/// The value of `Statements` and `Ids`: where the entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexRow {
    /// Position of the entry in the log.
    pub index: u64,
}

/// The value of `Rows`: a subject chain after its *count*-th link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapRow {
    /// Position in the log of the entry that the link is for.
    pub index: u64,
    /// The chain's head with this link.
    pub head: Digest,
}

/// The key of `Entries`, `Payloads`, `Trust` (an entry index), `Checkpoints`, `Cosigned` (a size) and
/// `Handovers` (a number).
pub const fn index_key(index: u64) -> [u8; 8] {
    index.to_be_bytes()
}

/// The number that an eight-byte key is; the mirror of [`index_key`].
pub fn parse_index_key(key: &[u8]) -> Result<u64, KeyError> {
    key.try_into().map(u64::from_be_bytes).map_err(|_cause| KeyError { found: key.len() })
}

/// The key of `Tiles`.
pub fn tile_key(level: u8, index: u64) -> [u8; 9] {
    let mut key = [0; 9];
    let (level_part, index_part) = key.split_at_mut(1);
    level_part.copy_from_slice(&[level]);
    index_part.copy_from_slice(&index.to_be_bytes());
    key
}

/// The key of `Rows`: a subject key and how many links the chain has, so that the state of a chain
/// at any size of the log is the last row at or before a key.
pub fn row_key(subject: &Digest, count: u64) -> [u8; 40] {
    let mut key = [0; 40];
    let (subject_part, count_part) = key.split_at_mut(32);
    subject_part.copy_from_slice(subject.as_bytes());
    count_part.copy_from_slice(&count.to_be_bytes());
    key
}

impl IndexRow {
    /// Reads the value of `Statements` or `Ids`.
    pub fn decode(bytes: &[u8]) -> Result<Self, EncodingError> {
        let mut reader = Reader::new(bytes);
        let row = Self { index: reader.u64("entry index")? };
        reader.finish()?;
        Ok(row)
    }

    /// The eight bytes that [`IndexRow::decode`] reads.
    pub fn encode(self) -> Vec<u8> {
        self.index.to_be_bytes().to_vec()
    }
}

impl MapRow {
    /// Reads the value of `Rows`.
    pub fn decode(bytes: &[u8]) -> Result<Self, EncodingError> {
        let mut reader = Reader::new(bytes);
        let row = Self { index: reader.u64("entry index")?, head: reader.digest("chain head")? };
        reader.finish()?;
        Ok(row)
    }

    /// The 40 bytes that [`MapRow::decode`] reads.
    pub fn encode(self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(40);
        writer.u64(self.index).put(self.head.as_bytes());
        writer.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_as_their_numbers() {
        for (low, high) in [(0, 1), (255, 256), (u64::MAX - 1, u64::MAX)] {
            assert!(index_key(low) < index_key(high));
            assert!(tile_key(3, low) < tile_key(3, high));
            assert!(row_key(&Digest::ZERO, low) < row_key(&Digest::ZERO, high));
            assert_eq!(parse_index_key(&index_key(high)), Ok(high));
        }
        assert!(tile_key(0, u64::MAX) < tile_key(1, 0));
        assert!(row_key(&Digest::ZERO, u64::MAX) < row_key(&Digest::new([1; 32]), 0));
        assert_eq!(parse_index_key(&[0; 9]), Err(KeyError { found: 9 }));
    }

    #[test]
    fn values_read_back_and_nothing_else_does() {
        let row = MapRow { index: 7, head: Digest::of(b"head") };
        assert_eq!(MapRow::decode(&row.encode()), Ok(row));
        let index = IndexRow { index: 7 };
        assert_eq!(IndexRow::decode(&index.encode()), Ok(index));
        for length in (0..64).filter(|length| ![8, 40].contains(length)) {
            MapRow::decode(&vec![0; length]).unwrap_err();
            IndexRow::decode(&vec![0; length]).unwrap_err();
        }
    }
}
