//! Which chains grew from one checkpoint to another: for whoever has looked some of them up, and is to
//! look again where something came in.

use crate::entry::{Body, Entry};
use crate::identifier::SubjectKey;
use crate::ledger::store_error::StoreError;
use crate::ledger::view::View;
use crate::ledger::view_error::ViewError;
use crate::merkle::TreeSize;

/// Keys that are given at once, about: an entry has up to a thousand, and a group is read as a whole.
pub const FEEDS_AT_ONCE: usize = 16_384;

/// The chains that entries of some part of the log stand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feeds {
    /// The chains, in the order of the entries; one that several stand in is named several times.
    pub keys: Vec<SubjectKey>,
    /// The part ends at this size of the log.
    pub until: TreeSize,
}

impl View {
    /// The chains that grew since the log had the size `from`, of as many entries as fit into
    /// [`FEEDS_AT_ONCE`].
    pub fn feeds_since(&self, from: TreeSize) -> Result<Feeds, ViewError> {
        let mut feeds = Feeds { keys: Vec::new(), until: from };
        while feeds.until < self.size() && feeds.keys.len() < FEEDS_AT_ONCE {
            for bytes in self.shared.log.rest_of_entries(feeds.until.next_index())? {
                if feeds.until >= self.size() {
                    break;
                }
                let index = feeds.until.next_index();
                let entry = Entry::decode(&bytes)
                    .map_err(|cause| StoreError::malformed("entry", index.get(), cause))?;
                if let Body::Attestation { keys, .. } = entry.body() {
                    feeds.keys.extend(keys.iter().copied().map(SubjectKey::new));
                }
                feeds.until = TreeSize::new(index.get().saturating_add(1));
            }
        }
        Ok(feeds)
    }
}
