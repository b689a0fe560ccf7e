//! The evaluator: a total, pure function from query, evidence and rule sets to a verdict.
//!
//! It knows no clock, no network and no order but that of the log. Rules: `conformity.md`, sections
//! 1.4 and 4 to 7, and 12, which wins.

mod text;
mod lots;
mod goods;
mod moment;
mod judgement;
mod annulments;
mod status;
mod trust;
mod standings;
mod bodies;
mod events;
mod identity;
mod measures;
mod context;
mod backing;
mod basis;
mod checks;
mod meant;
mod validity;
mod demand;
mod candidate;
mod registration;
mod requirement;
mod expand;
mod negative;
mod concerns;
mod unexpected;
mod judged;
mod frame;
mod select;
mod conditions;
mod instants;
mod run;

pub use run::evaluate;
pub use standings::Standings;
