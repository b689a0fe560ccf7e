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
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Value(value) => value,
            Self::Object(members) => {
                let members = members.into_iter().map(|(name, of)| (name, of.into_value()));
                Value::Object(members.collect::<Map<_, _>>())
            }
            Self::List(items) => items.into_values().map(Self::into_value).collect(),
        }
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
        assert_eq!(tree.into_value(), expected);
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
