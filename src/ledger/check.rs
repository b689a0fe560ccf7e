//! Judging a query by what stands under one checkpoint.

use crate::json::JsonError;
use crate::ledger::handle::Ledger;
use crate::ledger::question::Question;
use crate::ledger::view::View;
use crate::ledger::view_error::ViewError;
use crate::policy::closure::{ClosureError, collect};
use crate::policy::query::{Defaults, Note};
use crate::policy::{AsOf, Evidence, NormalQuery, PolicySet, Query, QueryError, Verdict, evaluate};

/// A verdict, with all that it was computed from.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The checkpoint that it rests on, and all under it.
    pub view: View,
    /// The query in normal form.
    pub query: NormalQuery,
    /// What was changed to bring it there.
    pub notes: Vec<Note>,
    /// Every record that the query calls for.
    pub evidence: Evidence,
    /// The verdict.
    pub verdict: Verdict,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The query is malformed.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The view that it asks for can't be had, or does not answer.
    #[error(transparent)]
    View(#[from] ViewError),
    /// It calls for more than any dossier could hold.
    #[error("the query calls for more than {limit} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The verdict can't be written.
    #[error("verdict can't be written")]
    Verdict(#[from] JsonError),
}

impl From<ClosureError<ViewError>> for CheckError {
    fn from(error: ClosureError<ViewError>) -> Self {
        match error {
            ClosureError::Source(error) => Self::View(error),
            ClosureError::TooLarge { what, limit } => Self::TooLarge { what, limit },
        }
    }
}

impl Ledger {
    /// Judges a query under the checkpoint that it names, or else under the newest.
    pub fn check(&self, query: &Query, policies: &PolicySet) -> Result<Checked, CheckError> {
        self.view(query.as_of)?.check(query, policies)
    }
}

impl View {
    /// The state that evidence from this view is about.
    pub fn as_of(&self) -> AsOf {
        AsOf {
            origin: self.genesis().origin().as_str().to_owned(),
            size: self.size(),
            map_root: self.map_root(),
            seal_time: self.seal_time(),
        }
    }

    /// Judges a query under this checkpoint, whichever one it names.
    pub fn check(self, query: &Query, policies: &PolicySet) -> Result<Checked, CheckError> {
        let (as_of, size) = (self.as_of(), self.size());
        let query = Query { as_of: Some(size), ..query.clone() };
        let (query, notes) = query.normalise(Defaults { seal_time: as_of.seal_time, size })?;
        let evidence = collect(&query, policies, self.genesis(), as_of, &mut Question::new(&self))?;
        let verdict = evaluate(&query, &evidence, policies)?;
        Ok(Checked { view: self, query, notes, evidence, verdict })
    }
}
