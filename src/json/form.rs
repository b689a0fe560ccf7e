//! Whether a text has the one form in which a typed value is written.
//!
//! The reader behind [`from_slice`](super::from_slice) takes more forms than one for the same
//! value: an array in place of an object with its members in order, `null` in place of an absent
//! member, an object with one `null` in place of a word. Other readers do not, so a text that counts
//! for this one would not count for them.

use serde::Serialize;
use serde_json::Value;

use super::error::{JsonError, Place};

/// Checks that `text`, from which `read` was read, is written as `read` would be: object for object,
/// array for array, no `null` that `read` has not. Scalars may differ, and members that are left out
/// at their default may be there.
pub fn check_form<T: Serialize + ?Sized>(text: &Value, read: &T) -> Result<(), JsonError> {
    let read = serde_json::to_value(read)
        .map_err(|cause| JsonError::Unwritable { found: cause.to_string() })?;
    compare(text, &read).map_err(|(place, found)| {
        let found = found.to_owned();
        JsonError::Schema { place: place.pointer(), found }
    })
}

type Mismatch = (Place, &'static str);

fn compare(text: &Value, read: &Value) -> Result<(), Mismatch> {
    match (text, read) {
        (Value::Object(text), Value::Object(read)) => {
            for (name, value) in text {
                let result = match (read.get(name), value) {
                    (Some(read), _) => compare(value, read),
                    // A default that is not written, as `"audience":"PUBLIC"`.
                    (None, Value::String(_) | Value::Bool(_) | Value::Number(_)) => Ok(()),
                    (None, Value::Null | Value::Array(_) | Value::Object(_)) => {
                        Err(mismatch("expected the member to be absent"))
                    }
                };
                result.map_err(|error| inside(error, name))?;
            }
            Ok(())
        }
        (Value::Array(text), Value::Array(read)) if text.len() == read.len() => {
            for (index, (value, read)) in text.iter().zip(read).enumerate() {
                compare(value, read).map_err(|error| inside(error, &index.to_string()))?;
            }
            Ok(())
        }
        (Value::Null, Value::Null)
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::String(_), Value::String(_)) => Ok(()),
        (_, Value::Null) => Err(mismatch("expected null")),
        (_, Value::Bool(_)) => Err(mismatch("expected a boolean")),
        (_, Value::Number(_)) => Err(mismatch("expected a number")),
        (_, Value::String(_)) => Err(mismatch("expected a string")),
        (_, Value::Array(_)) => Err(mismatch("expected an array")),
        (_, Value::Object(_)) => Err(mismatch("expected an object")),
    }
}

fn mismatch(found: &'static str) -> Mismatch {
    (Place::default(), found)
}

fn inside((mut place, found): Mismatch, step: &str) -> Mismatch {
    place.enter_from(step);
    (place, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read::from_slice;

    #[derive(Debug, Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Item {
        kind: Kind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inner: Option<Inner>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        flag: bool,
        #[serde(default)]
        mode: Mode,
    }

    #[derive(Debug, Serialize, serde::Deserialize)]
    struct Inner {
        list: Vec<Value>,
    }

    #[derive(Debug, Serialize, serde::Deserialize)]
    enum Kind {
        A,
    }

    #[derive(Debug, Serialize, serde::Deserialize)]
    #[serde(tag = "mode")]
    enum Mode {
        All {},
    }

    impl Default for Mode {
        fn default() -> Self {
            Self::All {}
        }
    }

    fn form(text: &str) -> Result<(), JsonError> {
        let item: Item = from_slice(text.as_bytes()).unwrap();
        check_form(&from_slice::<Value>(text.as_bytes()).unwrap(), &item)
    }

    #[test]
    fn only_the_form_that_would_be_written_is_accepted() {
        for text in [
            r#"{"kind":"A"}"#,
            r#"{"kind":"A","flag":false,"mode":{"mode":"All"}}"#,
            r#"{"flag":true,"inner":{"list":[null,{"a":[]},[1]]},"kind":"A"}"#,
        ] {
            assert_eq!(form(text), Ok(()), "{text}");
        }
        for (text, expected) in [
            (r#"{"kind":{"A":null}}"#, "/kind"),
            (r#"{"kind":"A","inner":null}"#, "/inner"),
            (r#"{"kind":"A","inner":[[]]}"#, "/inner"),
            (r#"{"kind":"A","mode":["All"]}"#, "/mode"),
            (r#"["A",null,false,{"mode":"All"}]"#, ""),
        ] {
            match form(text).unwrap_err() {
                JsonError::Schema { place, .. } => assert_eq!(place, expected, "{text}"),
                other => panic!("{text}: {other}"),
            }
        }
    }
}
