//! Chains that were collected for a question, for the same question asked again: under other rules, on
//! another day, or as of an earlier checkpoint.

use std::sync::Arc;

use crate::identifier::{Class, SubjectUri};
use crate::merkle::TreeSize;
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

impl<'a> Held<'a> {
    /// The chains as they were in a log of this size, which begins that of the evidence or is it.
    pub(super) const fn at(evidence: &'a Evidence, size: TreeSize) -> Self {
        Self { evidence, size }
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
