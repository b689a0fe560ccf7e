//! An explanation: headline, sections, items, as plain data and as text.

use std::fmt;

use crate::attestation::{PredicateKind, Role};
use crate::policy::finding::Outcome;
use crate::reason::Reason;

/// A verdict in words: a headline and sections, in the order in which they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The verdict and what it is about.
    pub headline: String,
    /// The parts; none of them is empty.
    pub sections: Vec<Section>,
}

/// A part of an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is about.
    pub part: Part,
    /// Its heading.
    pub title: String,
    /// What it says: one item each, and the lines that belong to the item.
    pub items: Vec<Item>,
}

/// What a part of an explanation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The findings with this outcome.
    Findings(Outcome),
    /// What the platform must do if it lists the product.
    Conditions,
    /// How long the verdict holds.
    Validity,
    /// The rule set and the state of the ledger.
    Basis,
    /// What is not proved.
    Limits,
    /// A part of a rule set, which is put in words by itself.
    Rules,
}

/// An item of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The sentence that it begins with.
    pub text: String,
    /// More about it.
    pub details: Vec<String>,
}

/// What came of one rule, in words; absent is what nobody says, or what does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedFinding {
    /// The code of the rule.
    pub rule: String,
    /// What it demands.
    pub title: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it is not met.
    pub reason: Option<Reason>,
    /// The reason as a sentence.
    pub why: Option<&'static str>,
    /// That the goods were found by likeness.
    pub likeness: Option<&'static str>,
    /// What to do, unless it is met.
    pub fix: Option<String>,
    /// What would meet it, and in which roles that can be issued. Empty for what stands alone.
    pub suppliers: Vec<Supplier>,
    /// The law behind it, in the order of the rule set.
    pub law: Vec<String>,
}

/// A kind of evidence that would meet a rule, and who can issue it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplier {
    /// The kind of record.
    pub kind: PredicateKind,
    /// The roles in which it can be issued; none if that depends on its parties. Sorted.
    pub roles: Vec<Role>,
}

impl ExplainedFinding {
    /// The rule and what it demands.
    pub fn heading(&self) -> String {
        match &self.title {
            Some(title) => format!("{}: {title}", self.rule),
            None => self.rule.clone(),
        }
    }
}

impl Item {
    /// One sentence and no more.
    pub(super) const fn plain(text: String) -> Self {
        Self { text, details: Vec::new() }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.headline)?;
        for section in &self.sections {
            writeln!(f, "\n{}", section.title)?;
            for item in &section.items {
                writeln!(f, "- {}", item.text)?;
                for detail in &item.details {
                    writeln!(f, "  {detail}")?;
                }
            }
        }
        Ok(())
    }
}
