//! A value of a document, with its place.

use serde_json::Value;

use crate::import::defect::{DefectReason, shown};
use crate::import::findings::Findings;

/// A value and the JSON pointer to it.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    value: &'a Value,
    place: String,
}

impl<'a> Node<'a> {
    /// The whole document.
    pub(super) const fn root(value: &'a Value) -> Self {
        Self { value, place: String::new() }
    }

    pub(super) const fn value(&self) -> &'a Value {
        self.value
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Where a member is, or would be.
    pub(super) fn place_of(&self, name: &str) -> String {
        format!("{}/{}", self.place, shown(name).replace('~', "~0").replace('/', "~1"))
    }

    /// A member; `null` is none.
    pub(super) fn member(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Self { value, place: self.place_of(name) })
    }

    /// The items of a list. What is no list is the only item: JSON-LD tells them not apart.
    pub(super) fn items(&self) -> Vec<Self> {
        let Value::Array(items) = self.value else { return vec![self.clone()] };
        let node = |(number, value)| Self { value, place: format!("{}/{number}", self.place) };
        items.iter().enumerate().map(node).collect()
    }

    /// The items of a member; none if it is absent.
    pub(super) fn items_of(&self, name: &str) -> Vec<Self> {
        self.member(name).map(|member| member.items()).unwrap_or_default()
    }

    /// The objects of a member; none if it is absent. Anything else is a defect.
    pub(super) fn objects_of(&self, name: &str, findings: &mut Findings) -> Vec<Self> {
        let mut objects = self.items_of(name);
        objects.retain(|item| {
            let is_object = item.value.is_object();
            if !is_object {
                findings.refuse(&item.place, DefectReason::Shape { expected: "an object" });
            }
            is_object
        });
        objects
    }

    /// A text that is not of white space alone; anything else is a defect.
    pub(super) fn text(&self, findings: &mut Findings) -> Option<&'a str> {
        let text = self.value.as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            findings.refuse(&self.place, DefectReason::Shape { expected: "a text" });
        }
        text
    }

    /// The text of a member, if it is there.
    pub(super) fn text_of(&self, name: &str, findings: &mut Findings) -> Option<&'a str> {
        self.member(name)?.text(findings)
    }

    /// Notes the members that nothing is made of.
    pub(super) fn note_left_behind(&self, names: &[&str], findings: &mut Findings) {
        for name in names {
            if let Some(member) = self.member(name) {
                findings.note(member.place(), "not carried over");
            }
        }
    }
}
