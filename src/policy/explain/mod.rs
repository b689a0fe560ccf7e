//! Verdicts and rule sets in words, for a compliance officer.

mod explanation;
mod rule_texts;
mod words;
mod terms;
mod rule_set;

pub use explanation::{ExplainedFinding, Explanation, Item, Part, Section, Supplier};
pub use rule_set::describe;
pub use words::{explain, explain_findings};
