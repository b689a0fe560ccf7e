//! Payloads that are gone, and who could order that: of the records that were read, those that say
//! who may speak, each signed by those who may say it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::admission::may_have_erased;
use crate::attestation::{Predicate, Statement};
use crate::entry::Entry;
use crate::envelope::StatementDigest;
use crate::fraud::follower::advance::{Stop, Unserved};
use crate::genesis::Genesis;
use crate::merkle::EntryIndex;
use crate::record::Record;
use crate::registry::{Registry, attribute};

/// Payloads that are gone, until an order for them is read.
#[derive(Clone, Debug)]
pub(super) struct Erasures {
    registry: Arc<Registry>,
    gone: BTreeMap<StatementDigest, Gone>,
}

/// An entry without its payload.
#[derive(Clone, Debug)]
struct Gone {
    target: Record,
    /// The file in which the payload would be.
    path: String,
}

impl Erasures {
    /// Before the first entry.
    pub(super) fn new(genesis: &Genesis) -> Self {
        Self { registry: Arc::new(Registry::new(genesis)), gone: BTreeMap::new() }
    }

    /// The payload of an attestation is gone.
    pub(super) fn note_gone(&mut self, index: EntryIndex, entry: &Entry, path: &str) {
        if let Ok(target) = Record::erased(index, entry) {
            let path = path.to_owned();
            self.gone.insert(*target.digest(), Gone { target, path });
        }
    }

    /// Takes what an entry says, whose record these bytes are. What nobody had the right to say
    /// changes nothing here: whether it may stand in the log is for an audit to say.
    pub(super) fn take(
        &mut self,
        index: EntryIndex,
        entry: &Entry,
        bytes: &[u8],
        statement: &Statement,
    ) {
        let ordered = match statement.predicate() {
            Predicate::ErasureOrder(order) => self.gone.get(&order.target),
            _ => None,
        };
        let ordered = ordered.filter(|gone| may_have_erased(statement, &gone.target));
        let ordered = ordered.map(|gone| *gone.target.digest());
        let is_trust_record = statement.kind().is_trust_record();
        if ordered.is_none() && !is_trust_record {
            return;
        }
        let Ok(record) = attribute(&self.registry, index, entry, bytes) else { return };
        if let Some(digest) = ordered {
            self.gone.remove(&digest);
        }
        if is_trust_record {
            Arc::make_mut(&mut self.registry).apply(&record);
        }
    }

    /// Every payload that is gone has been ordered to go.
    pub(super) fn check(&self) -> Result<(), Stop> {
        let Some((digest, Gone { target, path })) = self.gone.iter().next() else { return Ok(()) };
        Err(Stop::of(path, target.index(), Unserved::NoOrder { statement: *digest }))
    }
}
