//! Typed values out of strict JSON.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use super::check::check;
use super::error::{JsonError, Place};

/// How much an error shows of what is wrong.
const MESSAGE_CHARS_MAX: usize = 300;

/// Reads a value from strict JSON (see [`check`]); an error names the member.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    check(bytes)?;
    from_checked_slice(bytes)
}

/// Reads a value from bytes that [`check`] has passed, whole or as part of a larger text.
pub fn from_checked_slice<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, JsonError> {
    // `check` has seen the whole text, so nothing can be left over here.
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let mut place = Place::default();
        let steps: Vec<_> = error.path().iter().collect();
        for step in steps.into_iter().rev() {
            match step {
                Segment::Seq { index } => place.enter_from(&index.to_string()),
                Segment::Map { key } => place.enter_from(key),
                Segment::Enum { variant } => place.enter_from(variant),
                Segment::Unknown => {}
            }
        }
        JsonError::Schema { place: place.pointer(), found: cut(&error.into_inner().to_string()) }
    })
}

/// The library quotes what it found, however long that is.
fn cut(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Item {
        n: u8,
    }

    type Items = BTreeMap<String, Vec<Item>>;

    #[test]
    fn an_error_names_the_member() {
        let items: Items = from_slice(br#"{"a":[{"n":1}]}"#).unwrap();
        assert_eq!(items["a"], [Item { n: 1 }]);
        for (text, expected) in [
            (r#"{"a":[{"n":1},{"n":"x"}]}"#, "/a/1/n"),
            (r#"{"a":[{"n":256}]}"#, "/a/0/n"),
            (r#"{"a":[{"n":1,"m/":2}]}"#, "/a/0/m~1"),
            (r#"{"a":[{}]}"#, "/a/0"),
        ] {
            match from_slice::<Items>(text.as_bytes()).unwrap_err() {
                JsonError::Schema { place, .. } => assert_eq!(place, expected, "{text}"),
                other => panic!("{text}: {other}"),
            }
        }
    }

    #[test]
    fn an_error_is_short_however_long_what_it_found() {
        let text = format!(r#"{{"a":[{{"n":"{}"}}]}}"#, "x".repeat(10_000));
        let error = from_slice::<Items>(text.as_bytes()).unwrap_err();
        assert!(error.to_string().len() < 400, "{error}");
    }

    #[test]
    fn what_the_check_refuses_is_not_read() {
        for text in [r#"{"a":[],"a":[]}"#, r#"{"a":[]}{}"#, r#"{"a":[{"n":1e0}]}"#] {
            let error = from_slice::<Items>(text.as_bytes()).unwrap_err();
            assert!(!matches!(error, JsonError::Schema { .. }), "{text}: {error}");
        }
    }
}
