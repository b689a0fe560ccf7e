//! Facts as indented lines, `name: value`, for people.

use std::fmt::{Display, Write as _};
use std::path::Path;

use serde_json::{Map, Value};

use crate::report::is_unsafe;
pub(super) use crate::report::plain;

/// Facts in the order in which people want them.
#[derive(Debug, Default)]
pub(super) struct Facts(Vec<(&'static str, Value)>);

impl Facts {
    /// Adds a fact.
    pub(super) fn put(&mut self, name: &'static str, value: impl Into<Value>) -> &mut Self {
        self.0.push((name, value.into()));
        self
    }

    /// Adds a fact if there is one.
    pub(super) fn put_some<T: Into<Value>>(
        &mut self,
        name: &'static str,
        value: Option<T>,
    ) -> &mut Self {
        match value {
            Some(value) => self.put(name, value),
            None => self,
        }
    }

    /// The lines.
    pub(super) fn lines(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.0 {
            write_member(&mut text, name, value, 0);
        }
        text
    }

    /// The object.
    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// Lines for people.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    /// A text that begins with a title.
    pub(super) fn titled(title: &str) -> Self {
        let mut text = Self::default();
        text.styled(anstyle::Style::new().bold(), title);
        text
    }

    /// Adds a line. Whoever's words are in it, one line it stays, in no colour of theirs.
    pub(super) fn line(&mut self, line: impl Display) -> &mut Self {
        write_line(&mut self.0, plain(&line.to_string()));
        self
    }

    /// Adds a line in a style, which only a terminal shows.
    pub(super) fn styled(&mut self, style: anstyle::Style, line: &str) -> &mut Self {
        write_line(&mut self.0, format_args!("{style}{}{style:#}", plain(line)));
        self
    }

    /// Adds facts, a line or several each.
    pub(super) fn facts(&mut self, facts: &Facts) -> &mut Self {
        self.0.push_str(&facts.lines());
        self
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

fn write_member(text: &mut String, name: &str, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    let name = plain(&name.replace('_', " "));
    match value {
        Value::Null => {}
        Value::Object(members) if members.is_empty() => {}
        Value::Object(members) => {
            write_line(text, format_args!("{indent}{name}:"));
            write_members(text, members, depth + 1);
        }
        Value::Array(items) if items.is_empty() => {
            write_line(text, format_args!("{indent}{name}: none"));
        }
        Value::Array(items) => {
            write_line(text, format_args!("{indent}{name}:"));
            write_items(text, items, depth + 1);
        }
        single => write_line(text, format_args!("{indent}{name}: {}", word(single))),
    }
}

fn write_members(text: &mut String, members: &Map<String, Value>, depth: usize) {
    for (name, value) in members {
        write_member(text, name, value, depth);
    }
}

fn write_items(text: &mut String, items: &[Value], depth: usize) {
    let indent = "  ".repeat(depth);
    for item in items {
        match item {
            Value::Object(members) => {
                // An item whose members are all single values fits a line, unless one of them could
                // pass for two.
                let is_more = |value: &Value| match value {
                    Value::String(text) => text.contains(','),
                    other => other.is_object() || other.is_array(),
                };
                if members.values().any(is_more) {
                    write_line(text, format_args!("{indent}-"));
                    write_members(text, members, depth + 1);
                } else {
                    let words: Vec<String> = members
                        .iter()
                        .map(|(name, value)| {
                            format!("{} {}", plain(&name.replace('_', " ")), word(value))
                        })
                        .collect();
                    write_line(text, format_args!("{indent}- {}", words.join(", ")));
                }
            }
            Value::Array(inner) => {
                write_line(text, format_args!("{indent}-"));
                write_items(text, inner, depth + 1);
            }
            single => write_line(text, format_args!("{indent}- {}", word(single))),
        }
    }
}

fn write_line(text: &mut String, line: impl Display) {
    text.push_str(&line.to_string());
    text.push('\n');
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}

/// A path as an argument of a command that is there to be copied, and never an option of it.
pub(super) fn argument(path: &Path) -> String {
    let text = path.to_string_lossy();
    let here = if text.starts_with('-') { "./" } else { "" };
    let text = format!("{here}{text}");
    let is_simple = |of: char| of.is_ascii_alphanumeric() || "/._-+:,@%=".contains(of);
    if !text.is_empty() && text.chars().all(is_simple) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// JSON that is safe to look at, and has the same values: what a terminal would obey is written as
/// its escape.
pub(super) fn plain_json(value: &Value) -> String {
    escaped(&format!("{value:#}"))
}

/// The same on one line.
pub(super) fn plain_json_line(value: &Value) -> String {
    escaped(&value.to_string())
}

fn escaped(json: &str) -> String {
    let mut text = String::new();
    for character in json.chars() {
        if character != '\n' && is_unsafe(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _written = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_are_lines_in_their_order() {
        let mut facts = Facts::default();
        facts
            .put("tree_size", 12)
            .put("is_sealed", true)
            .put_some("nothing", None::<String>)
            .put("keys", json!([]))
            .put("lots", json!(["L1", {"from": "1", "to": "2"}, {"a": ["b"]}]))
            .put("inner", json!({"deep_name": "x"}));
        let expected = "tree size: 12\nis sealed: yes\nkeys: none\nlots:\n  - L1\n  \
                        - from 1, to 2\n  -\n    a:\n      - b\ninner:\n  deep name: x\n";
        assert_eq!(facts.lines(), expected);
        assert_eq!(facts.into_value()["tree_size"], 12);
    }

    #[test]
    fn what_others_wrote_stays_on_its_line() {
        let mut facts = Facts::default();
        facts.put("name", "a\u{1b}[2J\nverdict: LISTABLE\u{202e}");
        assert_eq!(facts.lines(), "name: a\u{fffd}[2J\u{fffd}verdict: LISTABLE\u{fffd}\n");
        // Nor does a text with a comma in it pass for another member.
        let mut facts = Facts::default();
        facts.put("registrars", json!([{"name": "A, key 1"}, {"name": "B", "key": "2"}]));
        let expected = "registrars:\n  -\n    name: A, key 1\n  - key 2, name B\n";
        assert_eq!(facts.lines(), expected);
        let mut text = Text::titled("a\u{9b}2J");
        text.line(format_args!("read {}", "a\nverdict: LISTABLE\u{2028}\u{200f}"));
        let text = anstream::adapter::strip_str(&String::from(text)).to_string();
        assert_eq!(text, "a\u{fffd}2J\nread a\u{fffd}verdict: LISTABLE\u{fffd}\u{fffd}\n");
    }

    #[test]
    fn a_path_is_one_argument() {
        for (path, expected) in [
            ("a/b-1.dossier", "a/b-1.dossier"),
            ("my demo/a", "'my demo/a'"),
            ("it's", "'it'\\''s'"),
            ("$HOME", "'$HOME'"),
            ("", "''"),
            ("-x/y", "./-x/y"),
            ("-it's", "'./-it'\\''s'"),
        ] {
            assert_eq!(argument(Path::new(path)), expected);
        }
    }

    #[test]
    fn json_has_the_same_values_and_nothing_that_a_terminal_obeys() {
        let hostile: String =
            (0..0x4000).chain(0xf000..0xe0100).filter_map(char::from_u32).collect();
        let value = json!({"name\u{9b}": hostile, "list": [1, "x"]});
        let text = plain_json(&value);
        assert!(!text.contains(|of: char| of != '\n' && is_unsafe(of)), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert_eq!(text.lines().count(), 7);
        let line = plain_json_line(&value);
        assert!(!line.contains(is_unsafe), "{line:?}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
    }
}
