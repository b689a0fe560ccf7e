//! What cases write in TOML, as the JSON that statements and queries are.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::time::{Date, Timestamp};

/// An instant in TOML: a day, which stands for its beginning, or a time in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = toml::value::Datetime::deserialize(deserializer)?;
        let text = found.to_string();
        let read = if found.time.is_none() {
            text.parse::<Date>().map(Date::start)
        } else {
            text.parse::<Timestamp>()
        };
        read.map(Self).map_err(D::Error::custom)
    }
}

/// A table of TOML as JSON: days and times are their text. Floats occur in no statement.
#[derive(Clone, Debug, Default)]
pub(super) struct Form(pub(super) Value);

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = toml::Table::deserialize(deserializer)?;
        json(toml::Value::Table(table)).map(Self).map_err(D::Error::custom)
    }
}

fn json(value: toml::Value) -> Result<Value, &'static str> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Float(_) => return Err("a number with a fraction is no value here"),
        toml::Value::Array(items) => {
            Value::Array(items.into_iter().map(json).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(members) => {
            let members = members.into_iter().map(|(name, value)| Ok((name, json(value)?)));
            Value::Object(members.collect::<Result<_, &'static str>>()?)
        }
    })
}

/// What takes a member away, since TOML has no null. No record is called so.
pub(super) const NOTHING: &str = "@nothing";

/// One object over another, as RFC 7396 has it: members that are objects in both are merged, others
/// replaced, and what is [`NOTHING`] is taken away.
pub(super) fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (name, value) in over {
                if value == NOTHING {
                    base.remove(name);
                    continue;
                }
                merge(base.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}

/// Puts digests in the place of `@name`, wherever that is the whole of a text and names a record.
pub(super) fn fill(value: &mut Value, digests: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(digest) = text.strip_prefix('@').and_then(|name| digests.get(name)) {
                text.clone_from(digest);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, digests)),
        Value::Object(members) => members.values_mut().for_each(|member| fill(member, digests)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// An object's member, made an object if it is not there.
pub(super) fn object<'v>(value: &'v mut Value, name: &str) -> Option<&'v mut Map<String, Value>> {
    let members = value.as_object_mut()?;
    members.entry(name.to_owned()).or_insert_with(|| Map::new().into()).as_object_mut()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn toml_is_read_as_the_json_of_statements() {
        let text = "day = 2026-11-23\nat = 2026-11-23T09:00:00Z\nlist = [{ a = 1 }, \"x\", true]";
        let Form(found) = toml::from_str(text).unwrap();
        let expected = json!({
            "day": "2026-11-23", "at": "2026-11-23T09:00:00Z", "list": [{"a": 1}, "x", true],
        });
        assert_eq!(found, expected);
        toml::from_str::<Form>("a = 1.5").unwrap_err();
    }

    #[test]
    fn what_is_changed_is_merged_and_names_become_digests() {
        let mut value = json!({"a": {"b": 1, "c": [1, 2], "f": {}}, "d": "@report"});
        merge(&mut value, &json!({"a": {"c": [3], "e": "@nobody", "f": "@nothing"}}));
        fill(&mut value, &BTreeMap::from([("report".to_owned(), "00ff".to_owned())]));
        assert_eq!(value, json!({"a": {"b": 1, "c": [3], "e": "@nobody"}, "d": "00ff"}));
    }

    #[test]
    fn a_day_stands_for_its_beginning() {
        #[derive(Deserialize)]
        struct At {
            at: Moment,
        }
        let read = |text: &str| toml::from_str::<At>(&format!("at = {text}")).map(|of| of.at.0);
        assert_eq!(read("2026-11-23").unwrap().to_string(), "2026-11-23T00:00:00Z");
        assert_eq!(read("2026-11-23T09:00:00Z").unwrap().to_string(), "2026-11-23T09:00:00Z");
        for bad in ["2026-11-23T09:00:00", "2026-11-23T09:00:00+01:00", "09:00:00", "\"x\""] {
            read(bad).unwrap_err();
        }
    }
}
