//! Registrars over time: whose signatures admit operators and grant roles, and how many it takes.

use std::collections::BTreeSet;

use crate::attestation::types::RegistrarChange;
use crate::key::KeyId;
use crate::merkle::EntryIndex;

/// The registrars as of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrarSet {
    /// The entry that made the set: the genesis, or a registrar change.
    pub since: EntryIndex,
    /// Their keys.
    pub keys: BTreeSet<KeyId>,
    /// How many of them an act needs.
    pub quorum: usize,
}

impl RegistrarSet {
    /// The set that a change makes of this one.
    #[must_use]
    pub fn after(&self, index: EntryIndex, change: &RegistrarChange) -> Self {
        let mut keys = self.keys.clone();
        keys.retain(|key| !change.remove().contains(key));
        keys.extend(change.add().iter().map(|key| key.keyid));
        Self { since: index, keys, quorum: usize::from(change.quorum) }
    }
}
