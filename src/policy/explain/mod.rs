//! A verdict in words, for a compliance officer.

mod explanation;
mod rule_texts;
mod words;

pub use explanation::{ExplainedFinding, Explanation, Item, Part, Section, Supplier};
pub use words::{explain, explain_findings};
