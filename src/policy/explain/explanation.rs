//! An explanation: headline, sections, items, as plain data and as text.

use std::fmt;

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
    /// Its heading.
    pub title: String,
    /// What it says: one item each, and the lines that belong to the item.
    pub items: Vec<Item>,
}

/// An item of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The sentence that it begins with.
    pub text: String,
    /// More about it.
    pub details: Vec<String>,
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
