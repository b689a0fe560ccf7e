//! The columns of a table, from the JSON Schema of what its rows say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::attestation::{PredicateKind, statement_schema};
use crate::table::form::Form;
use crate::table::path::{Path, Step};

/// Members inside each other, and names behind each other, beyond which nothing is looked for.
const DEPTH_MAX: usize = 10;

/// What a row can say: the members of an object, by its schema.
#[derive(Clone, Debug)]
pub struct Sheet {
    schema: Value,
    /// Where the object's own schema stands, as a JSON pointer.
    root: &'static str,
}

/// A column that a type can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The member whose values stand in it.
    pub path: Path,
    /// What its cells hold.
    pub form: Form,
    /// Whether no row may leave it empty.
    pub is_required: bool,
    /// What its schema says of it.
    pub description: String,
}

impl Sheet {
    /// The sheet of a type of attestation: the members of its predicate.
    pub fn of(kind: PredicateKind) -> Self {
        Self { schema: statement_schema(kind), root: "/properties/predicate" }
    }

    /// The same, made once: whoever reads many documents has a table for each.
    pub(super) fn shared(kind: PredicateKind) -> Arc<Self> {
        static SHEETS: Mutex<BTreeMap<PredicateKind, Arc<Sheet>>> = Mutex::new(BTreeMap::new());
        // A sheet is in there whole or not at all.
        let mut sheets = SHEETS.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(sheets.entry(kind).or_insert_with(|| Arc::new(Self::of(kind))))
    }

    /// The sheet of objects with this JSON Schema (draft 2020-12).
    pub const fn of_schema(schema: Value) -> Self {
        Self { schema, root: "" }
    }

    /// Every member that a cell can hold, those first that are required. Of the items of a list,
    /// those of the first one; objects of whatever members are left out.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        let object: Vec<&Value> = self.schema.pointer(self.root).into_iter().collect();
        self.add(&Path::root(), &object, true, &mut columns);
        // The order of the schema stays within each half.
        columns.sort_by_key(|column| !column.is_required);
        columns
    }

    /// What the cells of a column hold; `None` if the type has no such member.
    pub fn form(&self, path: &Path) -> Option<Form> {
        let mut schemas = vec![self.schema.pointer(self.root)?];
        for step in path.steps() {
            let cases = schemas.into_iter().flat_map(|schema| self.cases(schema));
            schemas = cases.filter_map(|case| inside(case, step)).collect();
        }
        let cases = self.cases_of(&schemas);
        if cases.is_empty() { None } else { Some(self.form_of(&cases)) }
    }

    /// Adds the column of a member, or those of what is in it. `schemas` are all that is said of it.
    fn add(&self, path: &Path, schemas: &[&Value], is_required: bool, columns: &mut Vec<Column>) {
        if path.steps().len() > DEPTH_MAX {
            return;
        }
        let cases = self.cases_of(schemas);
        let form = self.form_of(&cases);
        if form != Form::Json {
            let (path, description) = (path.clone(), self.description(schemas));
            columns.push(Column { path, form, is_required, description });
            return;
        }
        let items: Vec<&Value> = cases.iter().filter_map(|case| case.get("items")).collect();
        if !items.is_empty() {
            return self.add(&path.first_place(), &items, is_required, columns);
        }
        let mut names: Vec<&String> = Vec::new();
        for name in cases.iter().flat_map(|case| members(case)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in names {
            let path = path.member(name);
            let own = cases.iter().filter_map(|case| case.get("properties")?.get(name.as_str()));
            let own: Vec<&Value> = own.collect();
            let is_required = is_required
                && cases
                    .iter()
                    .filter(|case| case.get("properties").is_some())
                    .all(|case| requires(case, name));
            self.add(&path, &own, is_required, columns);
        }
        for case in &cases {
            if let (Some(name), Some(value)) = (self.example_name(case), map_value(case)) {
                let form = self.form_of(&self.cases(value));
                let description = format!("{} One column each.", self.description(schemas));
                let path = path.member(&name);
                columns.push(Column { path, form, is_required: false, description });
            }
        }
    }

    fn form_of(&self, cases: &[&Value]) -> Form {
        let is_of = |name: &str| {
            cases.iter().any(|case| case.get("type").is_some_and(|found| found == name))
        };
        let items = cases.iter().find_map(|case| case.get("items"));
        let has_texts = items.is_some_and(|items| self.form_of(&self.cases(items)) == Form::Text);
        match () {
            () if is_of("array") && has_texts => Form::Texts,
            () if is_of("array") || is_of("object") => Form::Json,
            () if is_of("integer") => Form::Integer,
            () if is_of("boolean") => Form::Boolean,
            () => Form::Text,
        }
    }

    fn cases_of<'a>(&'a self, schemas: &[&'a Value]) -> Vec<&'a Value> {
        schemas.iter().flat_map(|schema| self.cases(schema)).collect()
    }

    /// What a schema is, behind names, and one by one where it is one of several.
    fn cases<'a>(&'a self, schema: &'a Value) -> Vec<&'a Value> {
        let mut found = Vec::new();
        let mut waiting = vec![(schema, 0)];
        while let Some((schema, depth)) = waiting.pop() {
            let name = schema.get("$ref").and_then(Value::as_str);
            let named = name.and_then(|name| self.schema.pointer(name.strip_prefix('#')?));
            let several = ["oneOf", "anyOf"].into_iter().filter_map(|of| schema.get(of));
            let several = several.filter_map(Value::as_array).flatten();
            let behind: Vec<_> = named.into_iter().chain(several).collect();
            let is_own = ["type", "properties", "items"].iter().any(|of| schema.get(of).is_some());
            if is_own || behind.is_empty() {
                found.push(schema);
            }
            if depth < DEPTH_MAX {
                waiting.extend(behind.into_iter().rev().map(|of| (of, depth + 1)));
            }
        }
        found
    }

    /// A name that stands for those of an object whose members are not named one by one: a language,
    /// or what kind of name they are.
    fn example_name(&self, case: &Value) -> Option<String> {
        let pattern = case.get("patternProperties")?.as_object()?.keys().next()?;
        let definitions = self.schema.get("$defs")?.as_object()?;
        let mut named = definitions.iter();
        let named = named.find(|(_, of)| of.get("pattern").is_some_and(|found| found == pattern));
        Some(match named.map(|(name, _)| name.as_str()) {
            Some("Language") => "en".to_owned(),
            Some(other) => other.to_uppercase(),
            None => "NAME".to_owned(),
        })
    }

    fn description(&self, schemas: &[&Value]) -> String {
        let cases = self.cases_of(schemas);
        let mut of = schemas.iter().chain(&cases);
        let text = of.find_map(|schema| schema.get("description")?.as_str()).unwrap_or_default();
        let words = words(schemas, &cases);
        let words = if words.is_empty() { words } else { format!("One of: {words}.") };
        [text, &words].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// The words that a member can be, if they are few.
fn words(schemas: &[&Value], cases: &[&Value]) -> String {
    const WORDS_MAX: usize = 30;
    // What is said beside a name narrows what is said behind it.
    let narrowed = schemas.iter().find_map(|schema| schema.get("enum")?.as_array());
    let listed = cases.iter().filter_map(|case| case.get("enum")?.as_array()).flatten();
    let alone = cases.iter().filter_map(|case| case.get("const"));
    let mut words: Vec<&str> = match narrowed {
        Some(words) => words.iter().filter_map(Value::as_str).collect(),
        None => listed.chain(alone).filter_map(Value::as_str).collect(),
    };
    let mut seen = BTreeSet::new();
    words.retain(|word| seen.insert(*word));
    if words.len() > WORDS_MAX { String::new() } else { words.join(", ") }
}

/// The schemas behind one step.
fn inside<'a>(case: &'a Value, step: &Step) -> Option<&'a Value> {
    match step {
        Step::Place(_) => case.get("items"),
        Step::Member(name) => {
            let own = case.get("properties").and_then(|members| members.get(name));
            own.or_else(|| map_value(case))
        }
    }
}

/// The schema of the values of an object whose members are not named one by one.
fn map_value(case: &Value) -> Option<&Value> {
    case.get("patternProperties")?.as_object()?.values().next()
}

fn members(case: &Value) -> impl Iterator<Item = &String> {
    let members = case.get("properties").and_then(Value::as_object);
    members.into_iter().flat_map(serde_json::Map::keys)
}

fn requires(case: &Value, name: &str) -> bool {
    let required = case.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|of| of == name))
}
