//! The document: a section for each type, then what they share.

use std::fmt::Write as _;

use serde_json::Value;

use crate::attestation::catalogue::facts::{Found, Trials};
use crate::attestation::catalogue::members::Members;
use crate::attestation::predicate::{PredicateKind, PredicateReadError};
use crate::attestation::role::Role;
use crate::attestation::schema;
use crate::json;

const HEAD: &str = "\
# Attestations

Generated from `src/attestation/` and `tests/vectors/examples/`; a test holds it to the code. What a
ledger demands besides is in [conformity.md](conformity.md).

Every attestation is an in-toto statement: `_type` is `https://in-toto.io/Statement/v1`, `subject`
lists what it is about (the canonical URI as `name`, the SHA-256 of that text as `digest`),
`predicateType` names its type, and `predicate` has the members below. Members that are not listed
are refused, but for what stands inside `extensions` and `annotations`; nothing is null or empty;
numbers are integers. `probant schema TYPE` prints the JSON Schema of a whole statement, `probant
attest` checks one and signs it.

Adverse records can worsen a verdict, or undo what did: they can't be left out of a dossier, because
they stand in chains of their own as well.
";

/// The document about all types, with the text of one example each.
pub fn catalogue(example: impl Fn(PredicateKind) -> String) -> Result<String, PredicateReadError> {
    let members = Members::of(schema::definitions());
    let mut document = HEAD.to_owned();
    document.push_str("\n| type | |\n|---|---|\n");
    for kind in PredicateKind::ALL {
        let (name, text) = (kind.name(), members.description(&kind.definition()));
        add(&mut document, format_args!("| [{name}](#{name}) | {text} |"));
    }
    for kind in PredicateKind::ALL {
        write_section(&mut document, *kind, &members, &example(*kind))?;
    }
    document.push_str("\n# What they share\n");
    for name in members.shared() {
        let (text, table) = (members.description(name), members.table(name));
        add(&mut document, format_args!("\n## {name}\n\n{text}\n\n{}", table.trim_end()));
    }
    document
        .push_str("\n## Texts\n\nTexts of a form of their own; the schema has their patterns.\n");
    document.push_str("\n| form | |\n|---|---|\n");
    for (name, text) in members.texts() {
        add(&mut document, format_args!("| {name} | {} |", text.replace('|', "\\|")));
    }
    Ok(document)
}

fn write_section(
    document: &mut String,
    kind: PredicateKind,
    members: &Members,
    example: &str,
) -> Result<(), PredicateReadError> {
    let name = kind.definition();
    let statement: Value = json::from_slice(example.as_bytes())?;
    let predicate = statement.get("predicate").unwrap_or(&Value::Null);
    let definitions = members.definitions();
    let definition = definitions.get(name.as_ref()).unwrap_or(&Value::Null);
    let trials = Trials::of(kind, predicate, definition, definitions)?;

    let roles: Vec<String> = kind.roles().iter().map(|role| format!("`{role}`")).collect();
    let roles = if kind.roles() == Role::ALL { "any".to_owned() } else { roles.join(", ") };
    let demanded = [
        (kind.is_document(), "`document`"),
        (kind.has_validity(), "`validity`"),
        (kind.is_trust_record(), "`ledger`"),
    ];
    let demanded: Vec<&str> =
        demanded.into_iter().filter(|(is_demanded, _)| *is_demanded).map(|(_, of)| of).collect();
    let demanded = if demanded.is_empty() { "nothing more".into() } else { demanded.join(", ") };
    let yes_or_no = |is_so| if is_so { "yes" } else { "no" };

    add(document, format_args!("\n## {}\n\n{}\n", kind.name(), members.description(&name)));
    add(document, format_args!("| | |\n|---|---|"));
    add(document, format_args!("| predicate type | `{}` |", kind.predicate_type()));
    add(document, format_args!("| issued in the role | {roles} |"));
    add(document, format_args!("| signed by | {} |", in_words(&trials.signers())));
    add(
        document,
        format_args!("| a document, with a number | {} |", yes_or_no(kind.is_document())),
    );
    add(document, format_args!("| a trust record | {} |", yes_or_no(kind.is_trust_record())));
    add(document, format_args!("| adverse | {} |", in_words(&trials.effects())));
    add(document, format_args!("| its header needs besides | {demanded} |"));
    add(
        document,
        format_args!("| may be kept from the public | {} |\n", yes_or_no(kind.may_be_withheld())),
    );
    add(document, format_args!("{}", members.table(&name)));
    add(document, format_args!("```json\n{}\n```", example.trim_end()));
    Ok(())
}

fn in_words(found: &Found) -> String {
    let words = |(text, condition): &(&str, String)| {
        if condition.is_empty() { (*text).to_owned() } else { format!("{text} ({condition})") }
    };
    found.iter().map(words).collect::<Vec<_>>().join("<br>")
}

fn add(document: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(document, "{line}");
}
