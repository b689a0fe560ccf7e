//! Why entries, each well formed, are no log.

use crate::envelope::StatementDigest;
use crate::hash::Digest;
use crate::merkle::{EntryIndex, TreeSize};
use crate::note::KeyName;
use crate::time::Timestamp;

/// Which rule an entry breaks by its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// Entry 0 is no genesis.
    #[error("entry 0 is no genesis")]
    NoGenesis,
    /// A genesis behind entry 0.
    #[error("entry {index} is a genesis, expected one at entry 0 alone")]
    SecondGenesis {
        /// The entry.
        index: EntryIndex,
    },
    /// The genesis of another ledger.
    #[error("genesis of {found}, expected {expected}")]
    Origin {
        /// The ledger that this should be.
        expected: KeyName,
        /// The origin in entry 0.
        found: KeyName,
    },
    /// The genesis commits to another document.
    #[error("genesis commits to document {found}, expected {expected}")]
    GenesisDigest {
        /// Digest of the genesis document.
        expected: Digest,
        /// Digest in entry 0.
        found: Digest,
    },
    /// The hash chain is broken.
    #[error("entry {index} follows leaf {found}, expected {expected}")]
    Prev {
        /// The entry.
        index: EntryIndex,
        /// Leaf hash of the entry before; zero for entry 0.
        expected: Digest,
        /// Its `prev`.
        found: Digest,
    },
    /// Time goes back.
    #[error("entry {index} has time {found}, expected {before} or later")]
    Time {
        /// The entry.
        index: EntryIndex,
        /// Time of the entry before.
        before: Timestamp,
        /// Its time.
        found: Timestamp,
    },
    /// A statement that another entry has already.
    #[error("entry {index} has statement {statement}, which an entry before has")]
    Statement {
        /// The entry.
        index: EntryIndex,
        /// The statement.
        statement: StatementDigest,
    },
    /// A seal that does not name the one before.
    #[error("seal {index} follows seal {found}, expected {expected}")]
    PreviousSeal {
        /// The seal.
        index: EntryIndex,
        /// The seal before; 0 if there is none.
        expected: EntryIndex,
        /// Its `previous_seal`.
        found: EntryIndex,
    },
    /// A seal that counts another number of keys.
    #[error("seal {index} has {found} subjects, expected {expected}")]
    Subjects {
        /// The seal.
        index: EntryIndex,
        /// How many keys the map over the entries before has.
        expected: u64,
        /// Its `subjects`.
        found: u64,
    },
    /// A seal over another map.
    #[error("seal {index} has map root {found}, expected {expected}")]
    MapRoot {
        /// The seal.
        index: EntryIndex,
        /// Root of the map over the entries before.
        expected: Digest,
        /// Its `map_root`.
        found: Digest,
    },
    /// A log whose last entry is no seal, so that nothing published covers it.
    #[error("log of {size} entries does not end in a seal")]
    LastSeal {
        /// How many entries.
        size: TreeSize,
    },
    /// No index is left.
    #[error("log is full")]
    Full,
}

impl LogError {
    /// The rule, as the published vectors name it: section of formats.md and a short name.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::NoGenesis
            | Self::SecondGenesis { .. }
            | Self::Origin { .. }
            | Self::GenesisDigest { .. } => "4.genesis",
            Self::Prev { .. } => "4.prev",
            Self::Time { .. } => "4.time",
            Self::Statement { .. } => "2.statement-digest",
            Self::PreviousSeal { .. } => "4.seal.previous",
            Self::Subjects { .. } => "4.seal.subjects",
            Self::MapRoot { .. } => "4.seal.map_root",
            Self::LastSeal { .. } => "4.last-seal",
            Self::Full => "4.entry",
        }
    }
}
