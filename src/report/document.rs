//! A document: headings, paragraphs, lists, facts and tables, as plain data. Every text in it is a
//! [`Line`], so that nothing gets in that is not safe to show.

use std::fmt::Display;

use crate::policy::Locale;
use crate::report::line::Line;

/// A report, in the order in which it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The language that it is in.
    pub locale: Locale,
    /// Its title.
    pub title: Line,
    /// What came out, in one sentence.
    pub result: Line,
    /// What must be read with the result.
    pub notes: Vec<Line>,
    /// The parts; none of them is empty.
    pub sections: Vec<Section>,
    /// Which program wrote it.
    pub made_by: Line,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub title: Line,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Paragraph(Line),
    /// One point a line.
    List(Vec<Line>),
    /// Names and what belongs to them.
    Facts(Vec<Fact>),
    /// Something with a heading of its own, and facts about it.
    Card(Card),
    /// Rows under headings.
    Table(Table),
    /// A command to copy.
    Command(Line),
}

/// A name and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The name.
    pub name: Line,
    /// What belongs to it.
    pub value: Cell,
}

/// Facts under a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The heading.
    pub title: Line,
    /// The facts.
    pub facts: Vec<Fact>,
}

/// Rows under headings. Every row has as many cells as there are headings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub caption: Line,
    /// The headings of the columns.
    pub head: Vec<Line>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// One value, in a line or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The lines.
    pub lines: Vec<Line>,
    /// What kind of text it is.
    pub kind: CellKind,
}

/// What kind of text a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Words.
    Words,
    /// What is compared character by character, as a digest.
    Code,
}

impl Section {
    /// A section, unless there is nothing in it.
    pub(super) fn new(title: &str, blocks: Vec<Block>) -> Option<Self> {
        if blocks.is_empty() { None } else { Some(Self { title: Line::new(title), blocks }) }
    }
}

impl Block {
    pub(super) fn paragraph(text: impl Display) -> Self {
        Self::Paragraph(Line::new(text))
    }

    /// A table, unless it has no rows.
    pub(super) fn table(caption: &str, head: &[&str], rows: Vec<Vec<Cell>>) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let head = head.iter().map(Line::new).collect();
        Some(Self::Table(Table { caption: Line::new(caption), head, rows }))
    }
}

impl Fact {
    pub(super) fn words(name: &str, value: impl Display) -> Self {
        Self { name: Line::new(name), value: Cell::words(value) }
    }

    pub(super) fn code(name: &str, value: impl Display) -> Self {
        Self { name: Line::new(name), value: Cell::code(value) }
    }

    pub(super) fn lines<T: Display>(name: &str, values: impl IntoIterator<Item = T>) -> Self {
        Self { name: Line::new(name), value: Cell::lines(values) }
    }
}

impl Cell {
    pub(super) fn words(text: impl Display) -> Self {
        Self { lines: vec![Line::new(text)], kind: CellKind::Words }
    }

    pub(super) fn code(text: impl Display) -> Self {
        Self { lines: vec![Line::new(text)], kind: CellKind::Code }
    }

    pub(super) fn lines<T: Display>(texts: impl IntoIterator<Item = T>) -> Self {
        Self { lines: texts.into_iter().map(Line::new).collect(), kind: CellKind::Words }
    }
}
