//! What a verdict came to as of an earlier checkpoint, out of the evidence on it as of a later one.
//!
//! Records are only added, and each of them only calls for more: the chains that a question calls for
//! hold all those that it called for before. So whoever has the later dossier can tell what changed,
//! unless a record was erased since: what it said, and what that called for, nobody can tell any more.

use std::collections::BTreeSet;

use crate::genesis::Genesis;
use crate::json::JsonError;
use crate::merkle::TreeSize;
use crate::policy::closure::{ClosureError, collect};
use crate::policy::evaluate::evaluate;
use crate::policy::evidence::{AsOf, Evidence};
use crate::policy::gist::Gist;
use crate::policy::held::{ChainMissing, ErasedSince, Held};
use crate::policy::query::{Defaults, Query, QueryError};
use crate::policy::set::PolicySet;
use crate::record::Record;
use crate::time::Timestamp;

/// States in between that are looked at for one step: two for each record. Where there are more, one of
/// them is taken to have been different.
const BETWEEN_MAX: usize = 64;

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
    /// A record was erased since.
    #[error(transparent)]
    Erased(#[from] ErasedSince),
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
        source.expect_unerased(&evidence)?;
        Ok(Gist::of(evaluate(&query, &evidence, self.policies)?.body()))
    }

    /// Whether the verdict came to something else than `gist` in between, as each record came: by what
    /// had begun or ended until then, or by the record itself. Of too many records, or where it can't
    /// be told any more, that is taken for granted.
    pub fn was_other_since(&self, size: TreeSize, gist: &Gist) -> Result<bool, EarlierError> {
        let between = self.between(size);
        if between.len() > BETWEEN_MAX {
            return Ok(true);
        }
        for moment in between {
            match self.gist_at(moment) {
                Ok(found) if found == *gist => {}
                Ok(_) | Err(EarlierError::Query(_) | EarlierError::Erased(_)) => return Ok(true),
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// The records that came since the log had this size, in its order.
    pub fn since(&self, size: TreeSize) -> impl Iterator<Item = &Record> {
        let records = self.evidence.records().map(AsRef::as_ref);
        records.filter(move |record: &&Record| !size.contains(record.index()))
    }

    /// The moments just before and just after each record came.
    fn between(&self, size: TreeSize) -> BTreeSet<Moment> {
        let moments = self.since(size).flat_map(|record| {
            let (index, time) = (record.index().get(), record.time());
            [index, index.saturating_add(1)].map(|size| Moment { size: TreeSize::new(size), time })
        });
        // One more says that they are too many.
        moments.take(2 * BETWEEN_MAX + 1).collect()
    }
}
