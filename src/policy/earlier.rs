//! What a verdict came to as of an earlier checkpoint, out of the evidence on it as of a later one.
//!
//! Records are only added, and each of them only calls for more: the chains that a question calls for
//! hold all those that it called for before. So whoever has the later dossier can tell what changed.

use std::collections::BTreeSet;

use crate::genesis::Genesis;
use crate::identifier::Class;
use crate::json::JsonError;
use crate::merkle::TreeSize;
use crate::policy::closure::{ClosureError, collect};
use crate::policy::evaluate::evaluate;
use crate::policy::evidence::{AsOf, Evidence};
use crate::policy::gist::Gist;
use crate::policy::held::{ChainMissing, Held};
use crate::policy::query::{Defaults, Query, QueryError};
use crate::policy::set::PolicySet;
use crate::record::Record;
use crate::time::Timestamp;

/// States in between that are looked at for one step; where there are more, one of them is taken to
/// have been different.
const BETWEEN_MAX: usize = 16;

/// A state of the log that a question was, or could have been, answered under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The size of the log.
    pub size: TreeSize,
    /// The time of its last entry.
    pub time: Timestamp,
}

/// Why it can't be told what a verdict came to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EarlierError {
    /// The question could not be asked then.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The evidence was collected for another question.
    #[error(transparent)]
    ChainMissing(#[from] ChainMissing),
    /// More is called for than any dossier holds.
    #[error("the query calls for more than {limit} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A number that canonical JSON can't hold.
    #[error("the verdict can't be written")]
    Verdict(#[from] JsonError),
}

/// The question of somebody who accepts these rule sets, and the evidence on it as of now.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The question, as it was asked: what it leaves open was open then too.
    pub query: &'a Query,
    /// The evidence, as of now.
    pub evidence: &'a Evidence,
    /// The accepted rule sets.
    pub policies: &'a PolicySet,
    /// The trust root.
    pub genesis: &'a Genesis,
}

impl Asked<'_> {
    /// What the verdict came to at a moment before.
    pub fn gist_at(&self, moment: Moment) -> Result<Gist, EarlierError> {
        let Moment { size, time } = moment;
        let query = Query { as_of: Some(size), ..self.query.clone() };
        let (query, _notes) = query.normalise(Defaults { seal_time: time, size })?;
        let as_of = AsOf { size, seal_time: time, ..self.evidence.as_of().clone() };
        let mut source = Held::at(self.evidence, size);
        let evidence = collect(&query, self.policies, self.genesis, as_of, &mut source);
        let evidence = evidence.map_err(|error| match error {
            ClosureError::Source(error) => error.into(),
            ClosureError::TooLarge { what, limit } => EarlierError::TooLarge { what, limit },
        })?;
        Ok(Gist::of(evaluate(&query, &evidence, self.policies)?.body()))
    }

    /// Whether the verdict came to something else than `gist` in between: when an adverse record had
    /// come that was settled by now. Of too many of them, that is taken for granted.
    pub fn was_other_since(&self, size: TreeSize, gist: &Gist) -> Result<bool, EarlierError> {
        let between = self.adverse_since(size);
        if between.len() > BETWEEN_MAX {
            return Ok(true);
        }
        for moment in between {
            if self.gist_at(moment)? != *gist {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The records that came since the log had this size, in its order.
    pub fn since(&self, size: TreeSize) -> impl Iterator<Item = &Record> {
        let records = self.evidence.records().map(AsRef::as_ref);
        records.filter(move |record: &&Record| !size.contains(record.index()))
    }

    /// The moments at which an adverse record came.
    fn adverse_since(&self, size: TreeSize) -> BTreeSet<Moment> {
        let chains = self.evidence.chains().iter();
        let adverse = chains.filter(|((class, _), _)| *class == Class::Adverse);
        let records = adverse.flat_map(|(_, chain)| chain.iter().rev());
        records
            .filter(|record| !size.contains(record.index()))
            .map(|record| Moment {
                size: TreeSize::new(record.index().get().saturating_add(1)),
                time: record.time(),
            })
            .collect()
    }
}
