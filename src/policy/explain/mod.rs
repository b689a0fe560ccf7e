//! A verdict in words, for a compliance officer.

mod explanation;
mod rule_texts;
mod words;

pub use explanation::{Explanation, Item, Section};
pub use words::explain;
