//! What entries, taken in order, have led to: the running check of every rule that binds an entry
//! to those before it (formats.md, section 4).

use std::collections::BTreeMap;

use crate::entry::body::Body;
use crate::entry::log_entry::Entry;
use crate::entry::log_error::LogError;
use crate::entry::statements::Statements;
use crate::envelope::StatementDigest;
use crate::hash::Digest;
use crate::map::{ChainHead, MapKey, Row, SubjectMap};
use crate::merkle::{EntryIndex, TreeSize};
use crate::note::KeyName;
use crate::time::Timestamp;

/// A log as far as it has been read, with the subject map over it. Keeps every statement digest; a
/// clone shares those that are settled, and the map.
///
/// It recomputes what seals claim from the keys that the entries list. That those are the keys
/// which the statements feed, and that payloads are what entries commit to, is not checked here.
#[derive(Clone, Debug)]
pub struct LogState {
    origin: KeyName,
    genesis: Digest,
    size: TreeSize,
    leaf_hash: Digest,
    time: Timestamp,
    seal: Option<EntryIndex>,
    statements: Statements,
    /// The map as of the last seal.
    map: SubjectMap,
    /// Rows that have changed since then.
    changed: BTreeMap<MapKey, Row>,
}

impl LogState {
    /// The state before entry 0 of the ledger `origin`, whose genesis document has this digest.
    pub fn new(origin: KeyName, genesis: Digest) -> Self {
        Self {
            origin,
            genesis,
            size: TreeSize::EMPTY,
            leaf_hash: Digest::ZERO,
            time: Timestamp::default(),
            seal: None,
            statements: Statements::default(),
            map: SubjectMap::new(),
            changed: BTreeMap::new(),
        }
    }

    /// Takes the next entry, and gives its leaf hash. After an error the state is as before.
    pub fn push(&mut self, entry: &Entry) -> Result<Digest, LogError> {
        let index = self.size.next_index();
        let next = index.next().ok_or(LogError::Full)?;
        let is_first = index == EntryIndex::FIRST;
        if is_first != matches!(entry.body(), Body::Genesis { .. }) {
            let second = LogError::SecondGenesis { index };
            return Err(if is_first { LogError::NoGenesis } else { second });
        }
        if *entry.prev() != self.leaf_hash {
            let (expected, found) = (self.leaf_hash, *entry.prev());
            return Err(LogError::Prev { index, expected, found });
        }
        if entry.time() < self.time {
            return Err(LogError::Time { index, before: self.time, found: entry.time() });
        }
        let leaf_hash = entry.leaf_hash();
        match entry.body() {
            Body::Genesis { origin, digest } => self.check_genesis(origin, digest)?,
            Body::Attestation { statement, keys, .. } => {
                if self.statements.insert(*statement, index).is_err() {
                    return Err(LogError::Statement { index, statement: *statement });
                }
                for key in keys {
                    self.extend_chain(key, index, &leaf_hash);
                }
            }
            Body::Seal { map_root, subjects, previous_seal } => {
                self.seal(index, map_root, *subjects, *previous_seal)?;
            }
        }
        self.size = TreeSize::new(next.get());
        self.leaf_hash = leaf_hash;
        self.time = entry.time();
        Ok(leaf_hash)
    }

    /// Checks that the log may end here: its last entry is a seal.
    pub fn finish(&self) -> Result<(), LogError> {
        if self.is_sealed() { Ok(()) } else { Err(LogError::LastSeal { size: self.size }) }
    }

    /// How many entries have been taken.
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// Leaf hash of the last entry: the next one's `prev`. Zero before entry 0.
    pub const fn leaf_hash(&self) -> &Digest {
        &self.leaf_hash
    }

    /// Time of the last entry; the start of 1970 before entry 0.
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// The last seal.
    pub const fn last_seal(&self) -> Option<EntryIndex> {
        self.seal
    }

    /// Whether the last entry is a seal.
    pub fn is_sealed(&self) -> bool {
        self.seal.is_some() && self.seal == self.size.last()
    }

    /// The subject map as of the last seal.
    pub const fn map(&self) -> &SubjectMap {
        &self.map
    }

    /// The row of `key` as of the last entry, sealed or not.
    pub fn row(&self, key: &MapKey) -> Option<Row> {
        self.changed.get(key).copied().or_else(|| self.map.get(key))
    }

    /// Whether an entry has this statement.
    pub fn contains(&self, statement: &StatementDigest) -> bool {
        self.entry_of(statement).is_some()
    }

    /// The entry that has this statement.
    pub fn entry_of(&self, statement: &StatementDigest) -> Option<EntryIndex> {
        self.statements.entry_of(statement)
    }

    /// Takes what was read as settled, so that the next clone costs little. Done once no clone from
    /// before is in use.
    pub fn settle(&mut self) {
        self.statements.settle();
    }

    fn check_genesis(&self, origin: &KeyName, digest: &Digest) -> Result<(), LogError> {
        if *origin != self.origin {
            let (expected, found) = (self.origin.clone(), origin.clone());
            return Err(LogError::Origin { expected, found });
        }
        if *digest != self.genesis {
            return Err(LogError::GenesisDigest { expected: self.genesis, found: *digest });
        }
        Ok(())
    }

    fn extend_chain(&mut self, key: &MapKey, index: EntryIndex, leaf_hash: &Digest) {
        let mut chain = match self.row(key) {
            Some(row) => ChainHead::resume(&row),
            None => ChainHead::start(self.origin.as_str(), key),
        };
        chain.push(index, leaf_hash);
        self.changed.extend(chain.row().map(|row| (*key, row)));
    }

    fn seal(
        &mut self,
        index: EntryIndex,
        map_root: &Digest,
        subjects: u64,
        previous_seal: EntryIndex,
    ) -> Result<(), LogError> {
        let expected = self.seal.unwrap_or(EntryIndex::FIRST);
        if previous_seal != expected {
            return Err(LogError::PreviousSeal { index, expected, found: previous_seal });
        }
        let map = self.map.updated(&self.changed);
        if subjects != map.len() {
            return Err(LogError::Subjects { index, expected: map.len(), found: subjects });
        }
        if *map_root != map.root() {
            return Err(LogError::MapRoot { index, expected: map.root(), found: *map_root });
        }
        self.map = map;
        self.changed.clear();
        self.seal = Some(index);
        Ok(())
    }
}
