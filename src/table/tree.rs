//! A predicate that grows cell by cell.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::table::path::{Path, Step};

/// A value under way.
#[derive(Debug)]
pub(super) enum Tree {
    Value(Value),
    Object(BTreeMap<String, Self>),
    List(BTreeMap<u16, Self>),
}

impl Tree {
    /// Puts a value at a path. `None` if something else is there, or on the way.
    pub(super) fn put(&mut self, path: &Path, value: Value) -> Option<()> {
        let mut tree = self;
        for (number, step) in path.steps().iter().enumerate() {
            let next = || match path.steps().get(number + 1) {
                None => Self::Value(Value::Null),
                Some(Step::Member(_)) => Self::Object(BTreeMap::new()),
                Some(Step::Place(_)) => Self::List(BTreeMap::new()),
            };
            tree = match (tree, step) {
                (Self::Object(members), Step::Member(name)) => {
                    members.entry(name.clone()).or_insert_with(next)
                }
                (Self::List(items), Step::Place(place)) => items.entry(*place).or_insert_with(next),
                _ => return None,
            };
        }
        match tree {
            Self::Value(Value::Null) => *tree = Self::Value(value),
            _ => return None,
        }
        Some(())
    }

    /// The value. Places that nothing was put at do not count: the next ones move up.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Object(members) => {
                let members = members.iter().map(|(name, of)| (name.clone(), of.to_value()));
                Value::Object(members.collect::<Map<_, _>>())
            }
            Self::List(items) => items.values().map(Self::to_value).collect(),
        }
    }

    /// A place in the value as columns name it: with dots, and in lists the number that the column has
    /// although others before it are empty. The place is a JSON pointer, or has dots already.
    pub(super) fn as_column(&self, place: &str) -> String {
        let first = usize::from(!place.starts_with('/'));
        let mut tree = Some(self);
        let mut steps = Vec::new();
        for part in place.split(['/', '.']).filter(|part| !part.is_empty()) {
            let number = part.parse::<usize>().ok().and_then(|of| of.checked_sub(first));
            let (step, next) = match (tree, number) {
                (Some(Self::Object(members)), _) => (part.to_owned(), members.get(part)),
                (Some(Self::List(items)), Some(number)) if number < items.len() => {
                    let item = items.iter().nth(number);
                    (item.map_or_else(String::new, |(at, _)| at.to_string()), item.map(|of| of.1))
                }
                (_, Some(number)) => (number.saturating_add(1).to_string(), None),
                (_, None) => (part.to_owned(), None),
            };
            steps.push(step);
            tree = next;
        }
        steps.join(".")
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self::Object(BTreeMap::new())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn put(tree: &mut Tree, path: &str, value: Value) -> Option<()> {
        tree.put(&path.parse().unwrap(), value)
    }

    #[test]
    fn cells_come_together_whatever_their_order_and_gaps_close() {
        let mut tree = Tree::default();
        put(&mut tree, "tests.3.result", json!("PASS")).unwrap();
        put(&mut tree, "tests.1.result", json!("NA")).unwrap();
        put(&mut tree, "header.id", json!("R1")).unwrap();
        let expected =
            json!({"header": {"id": "R1"}, "tests": [{"result": "NA"}, {"result": "PASS"}]});
        assert_eq!(tree.to_value(), expected);
    }

    #[test]
    fn an_error_behind_a_gap_is_told_of_its_own_column() {
        let mut tree = Tree::default();
        put(&mut tree, "tests.2.result", json!("NA")).unwrap();
        put(&mut tree, "tests.5.values.3.unit", json!("mm")).unwrap();
        put(&mut tree, "scope", json!({"types": ["x"]})).unwrap();
        for (place, expected) in [
            ("/tests/0/result", "tests.2.result"),
            ("/tests/1/values/0/value", "tests.5.values.3.value"),
            ("tests.2.values.1.unit", "tests.5.values.3.unit"),
            ("/tests/2", "tests.3"),
            ("/scope/types/0", "scope.types.1"),
            ("/header/evidence/1/name", "header.evidence.2.name"),
            ("header.issuer.role", "header.issuer.role"),
            ("", ""),
        ] {
            assert_eq!(tree.as_column(place), expected, "{place:?}");
        }
    }

    #[test]
    fn one_member_has_one_value() {
        let mut tree = Tree::default();
        put(&mut tree, "scope.batches", json!({"mode": "ALL"})).unwrap();
        for path in ["scope.batches", "scope.batches.mode", "scope", "scope.1"] {
            assert_eq!(put(&mut tree, path, json!("x")), None, "{path}");
        }
    }
}
