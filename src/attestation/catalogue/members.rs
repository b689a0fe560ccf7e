//! The members of a type as rows of a table, from its schema.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::attestation::schema::{referred, text_of, words};

/// The schemas of all types, and which of what they are made of has a table of its own.
pub(super) struct Members {
    definitions: Map<String, Value>,
    shared: BTreeSet<String>,
}

impl Members {
    /// The members of these definitions. What more than one of them refers to, and has members, gets
    /// a table of its own; all else stands in the table of what refers to it.
    pub(super) fn of(definitions: Map<String, Value>) -> Self {
        let mut users: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
        for (user, definition) in &definitions {
            let mut waiting = vec![definition];
            while let Some(value) = waiting.pop() {
                if let Some(name) = referred(value) {
                    users.entry(name.to_owned()).or_default().insert(user);
                }
                match value {
                    Value::Object(members) => waiting.extend(members.values()),
                    Value::Array(items) => waiting.extend(items),
                    _ => {}
                }
            }
        }
        let has_members =
            |name: &String| definitions.get(name).is_some_and(|of| !cases(of).is_empty());
        let shared = users
            .into_iter()
            .filter(|(name, users)| users.len() > 1 && has_members(name))
            .map(|(name, _)| name)
            .collect();
        Self { definitions, shared }
    }

    /// All definitions, by name.
    pub(super) const fn definitions(&self) -> &Map<String, Value> {
        &self.definitions
    }

    /// The names of those with a table of their own.
    pub(super) fn shared(&self) -> impl Iterator<Item = &str> {
        self.shared.iter().map(String::as_str)
    }

    /// The names and descriptions of texts of a form of their own.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.definitions
            .iter()
            .filter(|(_, of)| self.is_text(of))
            .map(|(name, of)| (name.as_str(), text_of(of, "description").unwrap_or_default()))
    }

    /// What is said of a definition.
    pub(super) fn description(&self, name: &str) -> &str {
        self.definitions.get(name).and_then(|of| text_of(of, "description")).unwrap_or_default()
    }

    /// The table of the members of a definition.
    pub(super) fn table(&self, name: &str) -> String {
        let mut table = "| member | | form | |\n|---|---|---|---|\n".to_owned();
        if let Some(definition) = self.definitions.get(name) {
            self.write_rows(&mut table, "", definition);
        }
        table
    }

    fn write_rows(&self, table: &mut String, path: &str, definition: &Value) {
        for (mode, case) in cases(definition) {
            let Some(members) = case.get("properties").and_then(Value::as_object) else { continue };
            let required: Vec<&str> = case
                .get("required")
                .and_then(Value::as_array)
                .map(|of| of.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            let is_optional = |name: &&String| !required.contains(&name.as_str());
            // What is required stands first, in the order of the type.
            let names = required.iter().copied();
            let names = names.chain(members.keys().filter(is_optional).map(String::as_str));
            for name in names {
                let Some(schema) = members.get(name) else { continue };
                let need = if required.contains(&name) { "required" } else { "optional" };
                let mode = mode.filter(|_| schema.get("const").is_none());
                let mode = mode.map(|mode| format!(" of `{mode}`")).unwrap_or_default();
                self.write_row(table, (&format!("{path}{name}"), &mode), need, schema, case);
            }
        }
    }

    fn write_row(
        &self,
        table: &mut String,
        (path, mode): (&str, &str),
        need: &str,
        schema: &Value,
        case: &Value,
    ) {
        let (ends, item) = item(schema);
        let path = format!("{path}{ends}");
        let own = referred(item).and_then(|name| self.definitions.get(name));
        let mut text = match (text_of(schema, "description"), schema.get("const")) {
            (None, Some(_)) => text_of(case, "description"),
            (text, _) => text.or_else(|| own.and_then(|of| text_of(of, "description"))),
        }
        .unwrap_or_default()
        .to_owned();
        for (word, meaning) in own.map(words).unwrap_or_default() {
            // Writing to a string cannot fail.
            let _infallible = write!(text, " `{word}`: {meaning}");
        }
        let form = self.form(item, own).replace('|', "\\|");
        let form = if ends.is_empty() { form } else { format!("list: {form}") };
        let text = text.replace('|', "\\|");
        let _infallible = writeln!(table, "| `{path}`{mode} | {need} | {form} | {text} |");
        let is_shared = referred(item).is_some_and(|name| self.shared.contains(name));
        if let (false, Some(own)) = (is_shared, own) {
            self.write_rows(table, &format!("{path}."), own);
        }
    }

    /// What a value looks like, in words.
    fn form(&self, schema: &Value, own: Option<&Value>) -> String {
        if let Some(only) = schema.get("const") {
            return format!("`{}`", only.as_str().map_or_else(|| only.to_string(), str::to_owned));
        }
        if let (Some(name), Some(own)) = (referred(schema), own) {
            return if self.shared.contains(name) {
                format!("[{name}](#{})", name.to_lowercase())
            } else if self.is_text(own) {
                format!("[{name}](#texts)")
            } else if !words(own).is_empty() {
                "word".to_owned()
            } else if cases(own).is_empty() {
                self.either(own)
            } else {
                "object".to_owned()
            };
        }
        if let Some(Value::Array(words)) = schema.get("enum") {
            let words: Vec<String> =
                words.iter().filter_map(|word| Some(format!("`{}`", word.as_str()?))).collect();
            return words.join(", ");
        }
        match text_of(schema, "type") {
            Some("string") => "text".to_owned(),
            Some("boolean") => "`true` or `false`".to_owned(),
            Some("integer") => match (schema.get("minimum"), schema.get("maximum")) {
                (Some(min), Some(max)) if max.as_u64().is_some_and(|max| max <= 255) => {
                    format!("number, {min} to {max}")
                }
                (Some(min), _) => format!("number, at least {min}"),
                _ => "number".to_owned(),
            },
            _ => {
                let values = schema.get("patternProperties").and_then(Value::as_object);
                match values.and_then(|of| of.values().next()) {
                    Some(value) => format!("object of {}", self.form_of(value)),
                    None => "object".to_owned(),
                }
            }
        }
    }

    /// A value that is one of several definitions.
    fn either(&self, schema: &Value) -> String {
        let cases = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice);
        let forms = cases.unwrap_or_default().iter().map(|case| self.form_of(case));
        forms.collect::<Vec<_>>().join(" or ")
    }

    /// Whether a definition is a text, or but another name for one.
    fn is_text(&self, definition: &Value) -> bool {
        let other = referred(definition).and_then(|name| self.definitions.get(name));
        text_of(definition, "type") == Some("string") || other.is_some_and(|of| self.is_text(of))
    }

    fn form_of(&self, schema: &Value) -> String {
        self.form(schema, referred(schema).and_then(|name| self.definitions.get(name)))
    }
}

/// A schema, or that of the items of its list; and what stands behind the name then.
fn item(schema: &Value) -> (&'static str, &Value) {
    match schema.get("items") {
        Some(items) => ("[]", items),
        None => ("", schema),
    }
}

/// The objects that a definition can be: itself, or one of several by their mode.
fn cases(definition: &Value) -> Vec<(Option<&str>, &Value)> {
    if definition.get("properties").is_some() {
        return vec![(None, definition)];
    }
    let cases = definition.get("oneOf").and_then(Value::as_array).map(Vec::as_slice);
    let mode = |case| -> Option<(Option<&str>, &Value)> {
        let case: &Value = case;
        let members = case.get("properties")?.as_object()?;
        let mode = members.values().find_map(|of| text_of(of, "const"))?;
        Some((Some(mode), case))
    };
    cases.unwrap_or_default().iter().filter_map(mode).collect()
}
