//! Simulation: the same question and the same evidence, under another rule set, on another day, or as
//! of an earlier size of the ledger.
//!
//! What comes out has a type of its own. It is no verdict: no ledger was asked, and nothing that is
//! verified rests on it.

use crate::genesis::Genesis;
use crate::json::JsonError;
use crate::merkle::TreeSize;
use crate::policy::closure::{ClosureError, collect};
use crate::policy::evaluate::evaluate;
use crate::policy::evidence::{AsOf, Evidence};
use crate::policy::held::{ChainMissing, ErasedSince, Held};
use crate::policy::query::{NormalQuery, QueryError};
use crate::policy::ruleset::RuleSet;
use crate::policy::set::PolicySet;
use crate::policy::verdict::Verdict;
use crate::time::Timestamp;

/// What is different in a simulation.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    /// The rule set that judges, in the place of every other of its name.
    pub rule_set: Option<RuleSet>,
    /// The instant that the question is about. Where it lies after the seal, nothing is taken to
    /// have been logged in between.
    pub at: Option<Timestamp>,
    /// The size of the ledger: as if it had ended there. The day of the question stays, and so does
    /// the seal, for the evidence holds no other.
    pub size: Option<TreeSize>,
}

/// What the evaluator would say. Not a verdict.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a simulation is asked for to be looked at"]
pub struct Simulated {
    verdict: Verdict,
    policies: PolicySet,
}

/// Why nothing can be simulated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulationError {
    /// The question can't be asked on that day.
    #[error("the question on that day: {0}")]
    Query(#[from] QueryError),
    /// The evidence does not reach so far, or the ledger is never so small.
    #[error("a ledger of {found} entries: expected 1 to {max}, as many as the evidence is of")]
    Size {
        /// The size asked for.
        found: TreeSize,
        /// That of the evidence.
        max: TreeSize,
    },
    /// The evidence was collected for another question.
    #[error(transparent)]
    ChainMissing(#[from] ChainMissing),
    /// A record was erased since the ledger had that size.
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
    #[error("the result can't be written")]
    Evaluation(#[source] JsonError),
}

impl Simulated {
    /// What the evaluator would say, in the form of a verdict.
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The rule sets by which it would.
    pub const fn policies(&self) -> &PolicySet {
        &self.policies
    }
}

/// Evaluates the query of a reader who accepts these rule sets once more, with something changed.
/// The worklist runs again over the evidence: what that does not hold is not taken for absent.
pub fn simulate(
    query: &NormalQuery,
    evidence: &Evidence,
    policies: &PolicySet,
    genesis: &Genesis,
    what: &Simulation,
) -> Result<Simulated, SimulationError> {
    let (mut query, mut policies) = (query.clone(), policies.clone());
    if let Some(rule_set) = &what.rule_set {
        // A rule set for no goods only prohibits: it judges beside the one that is chosen.
        if !rule_set.categories.is_empty() {
            query.policy = Some(rule_set.name().clone());
        }
        policies = policies.with_in_place(rule_set.clone());
    }
    let mut as_of = evidence.as_of().clone();
    if let Some(at) = what.at {
        query.legal_at = at;
        as_of.seal_time = as_of.seal_time.max(at);
    }
    if let Some(size) = what.size {
        if size.get() == 0 || as_of.size < size {
            return Err(SimulationError::Size { found: size, max: as_of.size });
        }
        (query.as_of, as_of.size) = (size, size);
    }
    query.check()?;
    let verdict = judge_held(&query, evidence, &policies, genesis, as_of)?;
    Ok(Simulated { verdict, policies })
}

/// Judges a query by evidence that was collected before, as of a state that may be said to be later.
pub(super) fn judge_held(
    query: &NormalQuery,
    evidence: &Evidence,
    policies: &PolicySet,
    genesis: &Genesis,
    as_of: AsOf,
) -> Result<Verdict, SimulationError> {
    let mut source = Held::at(evidence, as_of.size);
    let held = collect(query, policies, genesis, as_of, &mut source);
    let held = held.map_err(|error| match error {
        ClosureError::Source(error) => error.into(),
        ClosureError::TooLarge { what, limit } => SimulationError::TooLarge { what, limit },
    })?;
    source.expect_unerased(&held)?;
    evaluate(query, &held, policies).map_err(SimulationError::Evaluation)
}
