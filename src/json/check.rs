//! The check that a text is strict JSON, in one pass and without a value tree.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::error::{JsonError, Place};

/// How deep objects and arrays may nest; the outermost has depth 1.
pub const DEPTH_MAX: usize = 64;

/// The greatest integer, and the negative of the least: a double holds all between them exactly.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// How names begin that the JSON library keeps for itself: it would read the text of such a member
/// in place of the object around it, and no other reader does.
const RESERVED_PREFIX: &str = "$serde_json::";

/// Checks that `bytes` are one JSON text that every conforming reader reads alike.
///
/// Refused: what is not UTF-8, a byte order mark, a member twice in an object (its name unescaped),
/// a lone surrogate, `-0`, fractions and exponents, integers beyond [`INTEGER_MAX`], nesting beyond
/// [`DEPTH_MAX`], a member whose name begins with `$serde_json::`, anything but white space behind
/// the end.
pub fn check(bytes: &[u8]) -> Result<(), JsonError> {
    check_with(bytes, Numbers::Integers)
}

/// The same for what other systems write in a format of theirs: any number is one.
///
/// For imports only, which read no number.
pub fn check_foreign(bytes: &[u8]) -> Result<(), JsonError> {
    check_with(bytes, Numbers::All)
}

fn check_with(bytes: &[u8], numbers: Numbers) -> Result<(), JsonError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|cause| JsonError::NotUtf8 { offset: cause.valid_up_to() })?;
    if text.starts_with('\u{feff}') {
        return Err(JsonError::ByteOrderMark);
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut walk = Walk { place: Place::default(), refusal: None, numbers };
    let result = Value { walk: &mut walk, depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    result.map_err(|cause| walk.into_error(&cause))
}

/// Which numbers are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// Integers that a double holds exactly.
    Integers,
    /// All that JSON can write, as far as a double can tell them.
    All,
}

/// What the visitors share: where they failed, and why if it is not the parser that says so.
struct Walk {
    place: Place,
    refusal: Option<Refusal>,
    numbers: Numbers,
}

enum Refusal {
    DuplicateMember,
    ReservedName,
    Number(String),
    TooDeep,
}

impl Walk {
    fn refuse<E: serde::de::Error>(&mut self, refusal: Refusal) -> E {
        self.refusal = Some(refusal);
        E::custom("refused")
    }

    fn into_error(self, cause: &serde_json::Error) -> JsonError {
        let place = self.place.pointer();
        match self.refusal {
            None => JsonError::Syntax { place, found: cause.to_string() },
            Some(Refusal::DuplicateMember) => JsonError::DuplicateMember { place },
            Some(Refusal::ReservedName) => {
                let found = format!("a name that begins with {RESERVED_PREFIX}");
                JsonError::Syntax { place, found }
            }
            Some(Refusal::Number(found)) => JsonError::Number { place, found },
            Some(Refusal::TooDeep) => JsonError::TooDeep { place, depth_max: DEPTH_MAX },
        }
    }
}

/// Visits one value that lies inside `depth` objects and arrays.
struct Value<'w> {
    walk: &'w mut Walk,
    depth: usize,
}

impl<'w> Value<'w> {
    fn enter<E: serde::de::Error>(self) -> Result<(&'w mut Walk, usize), E> {
        if self.depth >= DEPTH_MAX {
            return Err(self.walk.refuse(Refusal::TooDeep));
        }
        Ok((self.walk, self.depth + 1))
    }

    fn number<E: serde::de::Error>(
        self,
        is_exact: bool,
        found: impl fmt::Display,
    ) -> Result<(), E> {
        if is_exact || self.walk.numbers == Numbers::All {
            return Ok(());
        }
        Err(self.walk.refuse(Refusal::Number(found.to_string())))
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // Never `deserialize_ignored_any`: it lets lone surrogates and all numbers through.
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, found: u64) -> Result<(), E> {
        self.number(found <= INTEGER_MAX, found)
    }

    fn visit_i64<E: serde::de::Error>(self, found: i64) -> Result<(), E> {
        self.number(found.unsigned_abs() <= INTEGER_MAX, found)
    }

    // `-0`, and integers beyond 64 bits, come here too.
    fn visit_f64<E: serde::de::Error>(self, found: f64) -> Result<(), E> {
        self.number(false, format_args!("{found:?}"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let (walk, depth) = self.enter()?;
        let mut index = 0_usize;
        loop {
            match items.next_element_seed(Value { walk: &mut *walk, depth }) {
                Ok(Some(())) => index += 1,
                Ok(None) => return Ok(()),
                Err(error) => {
                    walk.place.enter_from(&index.to_string());
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let (walk, depth) = self.enter()?;
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key_seed(Name)? {
            if names.contains(&name) {
                walk.place.enter_from(&name);
                return Err(walk.refuse(Refusal::DuplicateMember));
            }
            if name.starts_with(RESERVED_PREFIX) {
                walk.place.enter_from(&name);
                return Err(walk.refuse(Refusal::ReservedName));
            }
            if let Err(error) = members.next_value_seed(Value { walk: &mut *walk, depth }) {
                walk.place.enter_from(&name);
                return Err(error);
            }
            names.insert(name);
        }
        Ok(())
    }
}

/// Reads the name of a member, borrowed from the text unless it holds escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_that_every_reader_reads_alike_is_accepted() {
        for text in [
            "{}",
            " [ ] \r\n\t",
            "null",
            r#"{"a":{"a":1},"b":[{"a":2},{"a":3}]}"#,
            r#"{"n":[0,-1,9007199254740991,-9007199254740991]}"#,
            r#"{"s":"\ud83e\uddf8 \u0000 é \"","":true,"\ufeff":null}"#,
        ] {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_member_may_not_come_twice() {
        let twice = |place: &str| Err(JsonError::DuplicateMember { place: place.to_owned() });
        assert_eq!(check(br#"{"a":1,"a":1}"#), twice("/a"));
        assert_eq!(check(br#"{"a":1,"\u0061":1}"#), twice("/a"));
        assert_eq!(check(br#"{"":1,"":1}"#), twice("/"));
        assert_eq!(check(br#"{"x":[0,{"a/b~":1,"c":{},"a\/b~":2}]}"#), twice("/x/1/a~1b~0"));
    }

    #[test]
    fn no_member_makes_the_library_read_another_text() {
        for text in [
            r#"{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}"#,
            r#"{"a":[{"\u0024serde_json::private::RawValue":"[1.5]"}]}"#,
            r#"{"a":{"b":1,"$serde_json::private::Number":"1e5"}}"#,
        ] {
            let error = check(text.as_bytes()).unwrap_err();
            assert!(matches!(error, JsonError::Syntax { .. }), "{text}: {error}");
        }
        assert_eq!(check(br#"{"$serde_json":"$serde_json::private::RawValue"}"#), Ok(()));
    }

    #[test]
    fn only_integers_that_a_double_holds_are_numbers() {
        for number in [
            "-0",
            "0.0",
            "7.0",
            "7e0",
            "7E+2",
            "1e999",
            "-0.0",
            "9007199254740992",
            "-9007199254740992",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775808",
            "123456789012345678901234567890",
        ] {
            let error = check(format!(r#"{{"n":[{number}]}}"#).as_bytes()).unwrap_err();
            match error {
                JsonError::Number { place, .. } => assert_eq!(place, "/n/0", "{number}"),
                // The parser itself refuses what no double holds.
                JsonError::Syntax { .. } => assert_eq!(number, "1e999"),
                other => panic!("{number}: {other}"),
            }
        }
    }

    #[test]
    fn of_what_others_write_all_is_held_to_the_same_but_numbers() {
        let text = r#"{"quantity":20.5,"n":[-0,1e3,18446744073709551615]}"#;
        assert_eq!(check_foreign(text.as_bytes()), Ok(()));
        check(text.as_bytes()).unwrap_err();
        for text in ["{\"a\":1.5,\"a\":1}", "[1e999]", "{\"$serde_json::x\":1}", "\u{feff}[]"] {
            check_foreign(text.as_bytes()).unwrap_err();
        }
        let deep = [vec![b'['; 65], vec![b']'; 65]].concat();
        assert!(matches!(check_foreign(&deep), Err(JsonError::TooDeep { .. })));
    }

    #[test]
    fn depth_64_is_the_deepest() {
        let nested = |depth| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert_eq!(check(&nested(DEPTH_MAX)), Ok(()));
        for depth in [65, 100, 1000, 1_000_000] {
            let error = check(&nested(depth)).unwrap_err();
            assert!(matches!(error, JsonError::TooDeep { depth_max: 64, .. }), "{error}");
        }
        let objects =
            |depth| [r#"{"a":"#.repeat(depth), "0".to_owned(), "}".repeat(depth)].concat();
        assert_eq!(check(objects(64).as_bytes()), Ok(()));
        let place = "/a".repeat(64);
        let expected = JsonError::TooDeep { place, depth_max: 64 };
        assert_eq!(check(objects(65).as_bytes()), Err(expected));
    }

    #[test]
    fn what_is_not_one_json_text_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "{}{}",
            "{} x",
            "{}\0",
            r#"{"a":1,}"#,
            "[1,]",
            "[01]",
            "[+1]",
            "[.5]",
            "[1.]",
            "[NaN]",
            "[Infinity]",
            "{a:1}",
            "{'a':1}",
            "{1:2}",
            "[\"\t\"]",
            r#"["\x41"]"#,
            r#"["\ud800"]"#,
            r#"["\udc00"]"#,
            r#"["\ud800\ud800"]"#,
            r#"["\ud800\u0041"]"#,
            r#"{"\ud800":1}"#,
            "// c\n{}",
            "\u{a0}{}",
        ] {
            let error = check(text.as_bytes()).unwrap_err();
            assert!(matches!(error, JsonError::Syntax { .. }), "{text}: {error}");
        }
        assert_eq!(check("\u{feff}{}".as_bytes()), Err(JsonError::ByteOrderMark));
        assert_eq!(check(b"{\"a\":\"\xff\"}"), Err(JsonError::NotUtf8 { offset: 6 }));
        assert_eq!(check(b"\"\xed\xa0\x80\""), Err(JsonError::NotUtf8 { offset: 1 }));
        assert_eq!(check(b"\xff\xfe{\0}\0"), Err(JsonError::NotUtf8 { offset: 0 }));
    }

    #[test]
    fn an_error_names_a_place_of_bounded_length() {
        let name = "n".repeat(10_000);
        let text = format!(r#"{{"{name}":-0}}"#);
        let JsonError::Number { place, .. } = check(text.as_bytes()).unwrap_err() else { panic!() };
        assert_eq!(place.len(), 200);
    }
}
