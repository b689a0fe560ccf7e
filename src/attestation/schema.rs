//! The JSON Schema of a whole statement (draft 2020-12), from the types that read it.
//!
//! Whatever the readers take, the schema takes. It refuses every other shape: members that are not
//! known, missing, empty or of another form. What holds between members, check digits, and whether
//! a ledger would take the statement are for the readers alone.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::attestation::feed::SUBJECT_KEYS_MAX;
use crate::attestation::header::{Header, Issuer};
use crate::attestation::predicate::PredicateKind;
use crate::attestation::role::Role;
use crate::attestation::scope::BatchScope;
use crate::attestation::statement::{STATEMENT_TYPE, WireSubject};
use crate::identifier::{KeyUri, OperatorUri};
use crate::json::INTEGER_MAX;

/// Text as every statement has it: not of white space alone, without the characters that
/// `plain_text` refuses.
const PLAIN_TEXT: &str = concat!(
    r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*",
    r"[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028-\u202f\u205f\u2066-\u2069\u3000]",
    r"[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*$"
);

/// The JSON Schema of the statements of a kind.
pub fn statement_schema(kind: PredicateKind) -> Value {
    let mut generator = generator();
    let subject = generator.subschema_for::<WireSubject>();
    kind.define(&mut generator);
    let name = kind.definition();
    let mut definitions = generator.take_definitions(true);
    let description = definitions.get(name.as_ref()).and_then(|of| of.get("description")).cloned();
    narrow_header(kind, &mut definitions);
    narrow_issuer(kind, &mut definitions);
    narrow_batches(kind, &mut definitions);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.name(),
        "description": description,
        "type": "object",
        "properties": {
            "_type": {"const": STATEMENT_TYPE},
            "subject": {
                "description": "What the statement is about; it follows from the predicate.",
                "type": "array",
                "items": subject,
                "minItems": 1,
                "maxItems": SUBJECT_KEYS_MAX,
                "uniqueItems": true,
            },
            "predicateType": {"const": kind.predicate_type()},
            "predicate": reference(&name),
        },
        "required": ["_type", "subject", "predicateType", "predicate"],
        "additionalProperties": false,
    });
    let used = used(&schema, &definitions);
    definitions.retain(|name, _| used.contains(name));
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$defs".to_owned(), definitions.into());
    }
    schema
}

/// The JSON Schema of another object that is read as strictly: absent members are left out, not null.
pub fn object_schema<T: JsonSchema>() -> Value {
    generator().into_root_schema_for::<T>().to_value()
}

/// The schemas of all predicates, and of what they are made of, by name. What a kind demands of the
/// header that all of them share is not among it.
pub(super) fn definitions() -> Map<String, Value> {
    let mut generator = generator();
    for kind in PredicateKind::ALL {
        kind.define(&mut generator);
    }
    generator.take_definitions(true)
}

/// The name under which the schema of `T` stands among the definitions.
pub(super) fn name_of<T: JsonSchema>() -> String {
    T::schema_name().into_owned()
}

/// The name of the definition that a schema refers to.
pub(super) fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")
}

/// The words of a schema that lists them one by one, each with its description.
pub(super) fn words(schema: &Value) -> Vec<(&str, &str)> {
    let cases = schema.get("oneOf").and_then(Value::as_array).map(Vec::as_slice);
    let word = |case| Some((text_of(case, "const")?, text_of(case, "description")?));
    cases.unwrap_or_default().iter().filter_map(word).collect()
}

/// The text of a member.
pub(super) fn text_of<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member)?.as_str()
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().with_transform(one_form).into_generator()
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// Holds a schema to the one form in which a statement has each value: absent members are left out,
/// not null; nothing is empty; integers are those that JSON readers agree on.
fn one_form(schema: &mut Schema) {
    let Some(members) = schema.as_object_mut() else { return };
    remove_null(members);
    if let Some(Value::String(description)) = members.get_mut("description") {
        *description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    if let Some(Value::String(format)) = members.get("format")
        && format.starts_with("uint")
    {
        let max = if format == "uint32" { u64::from(u32::MAX) } else { INTEGER_MAX };
        members.remove("format");
        members.entry("maximum").or_insert_with(|| max.into());
    }
    let is_type = |name| members.get("type").is_some_and(|found| found == name);
    let is_there = |name: &&str| members.contains_key(*name);
    if is_type("string") && !["pattern", "const", "enum"].iter().any(is_there) {
        members.insert("pattern".to_owned(), PLAIN_TEXT.into());
    } else if is_type("object")
        && members.get("additionalProperties") == Some(&Value::Bool(false))
        && !is_there(&"required")
    {
        members.insert("minProperties".to_owned(), 1.into());
    }
    transform_subschemas(&mut one_form, schema);
}

fn remove_null(members: &mut Map<String, Value>) {
    let is_null = |value: &Value| value.is_null() || value == "null";
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| !is_null(name));
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = members.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if members.get("default").is_some_and(Value::is_null) {
        members.remove("default");
    }
    if let Some(Value::Array(cases)) = members.get_mut("anyOf") {
        cases.retain(|case| case.get("type").is_none_or(|of| !is_null(of)));
        if let [Value::Object(only)] = cases.as_slice() {
            let only = only.clone();
            members.remove("anyOf");
            for (name, value) in only {
                members.entry(name).or_insert(value);
            }
        }
    }
}

/// What the kind demands of the header.
fn narrow_header(kind: PredicateKind, definitions: &mut Map<String, Value>) {
    let Some(header) = definitions.get_mut(&name_of::<Header>()) else { return };
    let demanded = [
        (kind.is_document(), "document"),
        (kind.has_validity(), "validity"),
        (kind.is_trust_record(), "ledger"),
    ];
    if let Some(Value::Array(required)) = header.get_mut("required") {
        let members = demanded.into_iter().filter(|(is_demanded, _)| *is_demanded);
        required.extend(members.map(|(_, member)| Value::from(member)));
    }
    if !kind.may_be_withheld() {
        insert(header, "/properties/audience", "const", json!("PUBLIC"));
    }
    if is_mixed(kind) {
        let registrar = json!({"properties": {"issuer": is_registrar()}});
        insert(header, "", "if", registrar);
        insert(header, "", "then", json!({"required": ["ledger"]}));
    }
}

/// In which roles the kind is issued, and so by whom.
fn narrow_issuer(kind: PredicateKind, definitions: &mut Map<String, Value>) {
    let Some(issuer) = definitions.get_mut(&name_of::<Issuer>()) else { return };
    let roles: Vec<&str> = kind.roles().iter().map(|role| role.name()).collect();
    insert(issuer, "/properties/role", "enum", json!(roles));
    let (operator, key) = (reference(&name_of::<OperatorUri>()), reference(&name_of::<KeyUri>()));
    if is_mixed(kind) {
        insert(issuer, "", "if", is_registrar());
        insert(issuer, "", "then", json!({"properties": {"operator": key}}));
        insert(issuer, "", "else", json!({"properties": {"operator": operator}}));
    } else {
        let only = if kind.roles().contains(&Role::Registrar) { key } else { operator };
        let name = issuer.pointer_mut("/properties/operator/$ref");
        if let (Some(name), Some(only)) = (name, only.get("$ref")) {
            *name = only.clone();
        }
    }
}

/// Prose in place of batches is for some kinds only.
fn narrow_batches(kind: PredicateKind, definitions: &mut Map<String, Value>) {
    let batches = definitions.get_mut(&name_of::<BatchScope>());
    if let (false, Some(batches)) = (kind.may_be_text(), batches)
        && let Some(Value::Array(modes)) = batches.get_mut("oneOf")
    {
        modes.retain(|of| of.pointer("/properties/mode/const") != Some(&json!("TEXT")));
    }
}

/// Whether both registrars and others issue the kind.
fn is_mixed(kind: PredicateKind) -> bool {
    kind.roles().contains(&Role::Registrar) && kind.roles().len() > 1
}

/// Takes an issuer that is a registrar.
fn is_registrar() -> Value {
    json!({"properties": {"role": {"const": Role::Registrar.name()}}})
}

/// Puts a member into the schema at `place`.
fn insert(schema: &mut Value, place: &str, member: &str, value: Value) {
    if let Some(Value::Object(schema)) = schema.pointer_mut(place) {
        schema.insert(member.to_owned(), value);
    }
}

/// The definitions that a schema refers to, and those that they refer to.
fn used(schema: &Value, definitions: &Map<String, Value>) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let mut waiting = vec![schema];
    while let Some(value) = waiting.pop() {
        if let Some(name) = referred(value)
            && let Some(definition) = definitions.get(name)
            && used.insert(name.to_owned())
        {
            waiting.push(definition);
        }
        match value {
            Value::Object(members) => waiting.extend(members.values()),
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    used
}
