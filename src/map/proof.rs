//! Map proofs: the row of a key, or that it has none, shown under a map root (formats.md,
//! section 6).

use crate::encoding::{EncodingError, Reader, Writer};
use crate::hash::Digest;
use crate::map::hashing::{MapKey, Row, climb, common_prefix, map_leaf};

/// The deepest that a proof can go: keys have 256 bits.
pub const DEPTH_MAX: usize = 256;

/// The path from where the search for a key ends up to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a proof shows nothing before it is verified"]
pub struct MapProof {
    /// Deepest first; zero where the sibling is empty. At most [`DEPTH_MAX`].
    siblings: Vec<Digest>,
    terminal: Terminal,
}

/// The subtree in which the search for a key ends, because it holds one key at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// The key alone, with its row.
    Match(Row),
    /// Another key alone.
    Other(MapKey, Row),
    /// No key.
    Empty,
}

/// What a map says about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Lookup {
    /// The key's row.
    Present(Row),
    /// The key has no row: it has no entries.
    Absent,
}

/// Why bytes are no map proof, or a proof shows nothing about a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MapProofError {
    /// Bytes cut short or left over.
    #[error("map proof is malformed")]
    Encoding(#[from] EncodingError),
    /// Deeper than keys have bits.
    #[error("map proof of depth {found}: expected at most {DEPTH_MAX}")]
    Depth {
        /// The depth.
        found: usize,
    },
    /// A bit of the bitmap behind the last sibling is set.
    #[error("bitmap of the map proof has bits set beyond its depth of {depth}")]
    UnusedBits {
        /// The depth.
        depth: usize,
    },
    /// A zero sibling that was written out.
    #[error("sibling at depth {depth} is zero: expected a clear bit in its place")]
    ZeroSibling {
        /// The sibling's depth.
        depth: usize,
    },
    /// Not one of the three tags.
    #[error("map proof ends in tag {found}: expected 1, 2 or 3")]
    Terminal {
        /// The tag.
        found: u8,
    },
    /// A row without entries.
    #[error("row in the map proof has count 0: expected at least 1")]
    ZeroCount,
    /// The other key is the key itself, or lies in another subtree.
    #[error(
        "map proof of depth {depth} ends in a key that shares {shared} bits with the one asked"
    )]
    OtherKey {
        /// Depth of the proof.
        depth: usize,
        /// Bits that both keys begin with.
        shared: usize,
    },
    /// The proof belongs to another map or another key.
    #[error("map proof leads to root {found}, expected {expected}")]
    Root {
        /// The map root it was checked against.
        expected: Digest,
        /// The root it leads to.
        found: Digest,
    },
}

impl MapProof {
    /// The proof of these parts; `siblings` deepest first, at most [`DEPTH_MAX`].
    pub(super) fn new(siblings: Vec<Digest>, terminal: Terminal) -> Self {
        assert!(siblings.len() <= DEPTH_MAX, "a map proof of depth {}", siblings.len());
        Self { siblings, terminal }
    }

    /// How many levels below the root the search ends.
    pub const fn depth(&self) -> usize {
        self.siblings.len()
    }

    /// The sibling at `depth + 1`; `None` where the search has ended.
    pub(super) fn sibling(&self, depth: usize) -> Option<Digest> {
        let place = self.siblings.len().checked_sub(depth)?.checked_sub(1)?;
        self.siblings.get(place).copied()
    }

    /// Where the search ends, as the proof claims.
    pub const fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Checks the proof for `key` under `map_root`, and says what the map holds for the key.
    pub fn verify(&self, key: &MapKey, map_root: &Digest) -> Result<Lookup, MapProofError> {
        let depth = self.depth();
        let (mut hash, lookup) = match &self.terminal {
            Terminal::Match(row) => (map_leaf(key, row), Lookup::Present(*row)),
            Terminal::Other(other, row) => {
                // SPEC: another key with a common prefix of at least depth bits.
                let shared = common_prefix(key, other);
                if shared < depth || shared == DEPTH_MAX {
                    return Err(MapProofError::OtherKey { depth, shared });
                }
                (map_leaf(other, row), Lookup::Absent)
            }
            Terminal::Empty => (Digest::ZERO, Lookup::Absent),
        };
        for (index, sibling) in (0..depth).rev().zip(&self.siblings) {
            hash = climb(key, index, &hash, sibling);
        }
        if hash == *map_root {
            Ok(lookup)
        } else {
            Err(MapProofError::Root { expected: *map_root, found: hash })
        }
    }

    /// Reads a proof that fills `bytes` to the end.
    pub fn decode(bytes: &[u8]) -> Result<Self, MapProofError> {
        let mut reader = Reader::new(bytes);
        let depth = usize::from(reader.u16("depth")?);
        if depth > DEPTH_MAX {
            return Err(MapProofError::Depth { found: depth });
        }
        let bitmap = reader.take(depth.div_ceil(8), "bitmap")?;
        let mut bits = bitmap.iter().flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit)));
        let mut siblings = Vec::with_capacity(depth);
        for (level, is_written) in (0..depth).rev().zip(bits.by_ref()) {
            let sibling = if is_written == 0 { Digest::ZERO } else { reader.digest("sibling")? };
            if is_written != 0 && sibling == Digest::ZERO {
                return Err(MapProofError::ZeroSibling { depth: level + 1 });
            }
            siblings.push(sibling);
        }
        if bits.any(|bit| bit != 0) {
            return Err(MapProofError::UnusedBits { depth });
        }
        let terminal = match reader.u8("terminal")? {
            1 => Terminal::Match(read_row(&mut reader)?),
            2 => Terminal::Other(reader.digest("key")?, read_row(&mut reader)?),
            3 => Terminal::Empty,
            found => return Err(MapProofError::Terminal { found }),
        };
        reader.finish()?;
        Ok(Self { siblings, terminal })
    }

    /// The bytes of the proof.
    pub fn encode(&self) -> Vec<u8> {
        let depth = self.depth();
        let mut bitmap = vec![0_u8; depth.div_ceil(8)];
        let mut written = Vec::new();
        for (place, byte) in self.siblings.chunks(8).zip(&mut bitmap) {
            for (bit, sibling) in place.iter().enumerate() {
                if *sibling != Digest::ZERO {
                    *byte |= 0x80 >> bit;
                    written.push(sibling);
                }
            }
        }
        let mut writer = Writer::with_capacity(107 + 33 * written.len());
        // The depth is at most 256, which fits.
        writer.u16(u16::try_from(depth).unwrap_or(u16::MAX)).put(&bitmap);
        for sibling in written {
            writer.put(sibling.as_ref());
        }
        match &self.terminal {
            Terminal::Match(row) => put_row(writer.u8(1), row),
            Terminal::Other(key, row) => put_row(writer.u8(2).put(key.as_ref()), row),
            Terminal::Empty => writer.u8(3),
        };
        writer.into_bytes()
    }
}

fn read_row(reader: &mut Reader<'_>) -> Result<Row, MapProofError> {
    let row = Row { count: reader.u64("count")?, head: reader.digest("head")? };
    if row.count == 0 { Err(MapProofError::ZeroCount) } else { Ok(row) }
}

fn put_row<'a>(writer: &'a mut Writer, row: &Row) -> &'a mut Writer {
    writer.u64(row.count).put(row.head.as_ref())
}
