//! The tables: what each holds, under which keys.

/// An ordered map from keys of one length to values. Append-only except [`Table::Payloads`] and
/// [`Table::Cosigned`].
///
/// The discriminant is the byte that stands for the table on disk; it never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// `u64 index` of a chunk's first entry → entry bundle bytes of the chunk's entries.
    ///
    /// A chunk is a run of consecutive entries committed together that crosses no multiple of 256;
    /// it never grows. Entry *i* lies in the chunk of the last key at or before *i*.
    Entries = 1,
    /// The same keys → payload bundle bytes of the same entries. Replaceable, for erasure by law.
    Payloads = 2,
    /// `u8 level ‖ u64 index` → the 256 hashes of a full tile, 8,192 bytes.
    Tiles = 3,
    /// `subject key32 ‖ u64 count` → `u64 entry index ‖ chain head32` (see [`super::MapRow`]).
    Rows = 4,
    /// `statement digest32` → `u64 entry index` (see [`super::IndexRow`]).
    Statements = 5,
    /// `H(signer ‖ 00 ‖ header id)32` → `u64 entry index` (see [`super::IndexRow`]).
    Ids = 6,
    /// `u64 entry index` of an attestation that the registry is made of → nothing.
    Trust = 7,
    /// `u64 size` → the signed note of the checkpoint published at that size.
    Checkpoints = 8,
    /// `u64 number`, from 1 → the handover of the log key, as evidence.
    Handovers = 9,
    /// `u64 size` → the signed note of the checkpoint published at that size, with the cosignatures of
    /// a quorum of witnesses. Replaceable, for cosignatures that come later.
    Cosigned = 10,
}

impl Table {
    /// Every table, in the order of their bytes.
    pub const ALL: [Self; 10] = [
        Self::Entries,
        Self::Payloads,
        Self::Tiles,
        Self::Rows,
        Self::Statements,
        Self::Ids,
        Self::Trust,
        Self::Checkpoints,
        Self::Handovers,
        Self::Cosigned,
    ];

    /// How many bytes every key of the table has.
    pub const fn key_bytes(self) -> usize {
        match self {
            Self::Entries
            | Self::Payloads
            | Self::Trust
            | Self::Checkpoints
            | Self::Handovers
            | Self::Cosigned => 8,
            Self::Tiles => 9,
            Self::Rows => 40,
            Self::Statements | Self::Ids => 32,
        }
    }

    /// Whether a value may be replaced. Everywhere else a key is written once.
    pub const fn is_replaceable(self) -> bool {
        matches!(self, Self::Payloads | Self::Cosigned)
    }

    /// The byte that stands for the table on disk.
    pub const fn byte(self) -> u8 {
        self as u8
    }
}
