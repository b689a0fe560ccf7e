//! Rule sets, their evaluation, findings and verdicts.
//!
//! A rule set says what must be provable before a product is listed; a query says what is to be
//! listed; evidence is what the ledger holds on it. The verdict is a pure function of the three.
//! The rules are those of `conformity.md`, sections 4 to 6 and 12.

mod texts;
mod law;
mod name;
mod assurance;
pub mod ruleset;
mod set;
mod overlap;
mod remarks;
pub mod rules;
pub mod query;
mod finding;
mod limit;
mod verdict;
pub mod words;
mod gist;
mod logged;
mod explain;
mod evidence;
mod in_place;
mod worklist;
pub mod closure;
mod evaluate;
mod held;
mod earlier;
mod simulation;
mod gap;

pub use assurance::Assurance;
pub use earlier::{Asked, EarlierError, Moment};
pub use evaluate::{Standings, evaluate};
pub use evidence::{AsOf, Evidence};
pub use explain::{
    ExplainedFinding, Explanation, Item, Part, Section, Supplier, describe, explain,
    explain_findings,
};
pub use finding::{CheckedKey, Finding, MatchKind, Outcome};
pub use gap::{Falling, Gap, GapQuestion, Lapsing, Missing, NamedSupplier, gap};
pub use gist::{Gist, GistFinding};
pub use held::{ChainMissing, ErasedSince};
pub use law::LawRef;
pub use limit::Limit;
pub use logged::{overtakes, read_logged_verdict};
pub use name::{PolicyName, PolicyNameError};
pub use overlap::{Overlap, overlap};
pub use query::{NormalQuery, Query, QueryError, query_schema};
pub use remarks::{Remark, remarks};
pub use ruleset::{RuleSet, RuleSetError};
pub use set::{PolicySet, Selection};
pub use simulation::{Simulated, Simulation, SimulationError, simulate};
pub use texts::{Locale, Texts};
pub use verdict::{
    Condition, EVALUATOR, EvidenceItem, EvidenceStatus, Verdict, VerdictAsOf, VerdictBody,
    VerdictError,
};
