//! Chains that were collected for a question, for the same question asked again: under other rules, on
//! another day, or as of an earlier checkpoint.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::attestation::Predicate;
use crate::identifier::{Class, SubjectUri};
use crate::merkle::{EntryIndex, TreeSize};
use crate::policy::closure::ChainSource;
use crate::policy::evidence::Evidence;
use crate::record::Record;

/// The chains of some evidence, up to a place of the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held<'a> {
    evidence: &'a Evidence,
    size: TreeSize,
}

/// A chain that the evidence does not hold: it was collected for another question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the evidence does not hold all records on {uri} ({class}), which this calls for")]
pub struct ChainMissing {
    /// The subject.
    pub uri: SubjectUri,
    /// The class of its records.
    pub class: Class,
}

/// A record of then whose content is gone by now: what it said can't be known any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {index} was erased since the log had {size} entries: what it said can't be known")]
pub struct ErasedSince {
    /// Its place.
    pub index: EntryIndex,
    /// The size that was asked about.
    pub size: TreeSize,
}

impl<'a> Held<'a> {
    /// The chains as they were in a log of this size, which begins that of the evidence or is it.
    pub(super) const fn at(evidence: &'a Evidence, size: TreeSize) -> Self {
        Self { evidence, size }
    }

    /// Refuses what was collected of these chains if something in it was there then and is gone now:
    /// no order for its erasure had come yet. The rest of what was called for then is not even known.
    pub(super) fn expect_unerased(&self, collected: &Evidence) -> Result<(), ErasedSince> {
        let size = self.size;
        if size >= self.evidence.as_of().size || collected.erased().next().is_none() {
            return Ok(());
        }
        let below = self.evidence.records().take_while(|record| size.contains(record.index()));
        let orders: BTreeSet<_> = below
            .filter_map(|record| match record.statement()?.predicate() {
                Predicate::ErasureOrder(order) => Some(order.target),
                _ => None,
            })
            .collect();
        match collected.erased().find(|record| !orders.contains(record.digest())) {
            Some(record) => Err(ErasedSince { index: record.index(), size }),
            None => Ok(()),
        }
    }
}

impl ChainSource for Held<'_> {
    type Error = ChainMissing;

    fn chain(
        &mut self,
        class: Class,
        subject: &SubjectUri,
    ) -> Result<Vec<Arc<Record>>, ChainMissing> {
        let missing = || ChainMissing { uri: subject.clone(), class };
        let chain = self.evidence.chains().get(&(class, subject.clone())).ok_or_else(missing)?;
        let below = chain.iter().take_while(|record| self.size.contains(record.index()));
        Ok(below.cloned().collect())
    }
}
