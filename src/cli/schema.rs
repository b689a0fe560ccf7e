//! `probant schema`: what a statement of a type has to look like, for programs that write them.

use clap::Args;
use serde_json::{Value, json};

use crate::attestation::{PREDICATE_TYPE_PREFIX, PredicateKind, statement_schema};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::report::{Outcome, Report};
use crate::cli::words::Text;

/// Prints the JSON Schema of a type of attestation.
///
/// It is that of a whole statement (draft 2020-12): in-toto wrapper, header and predicate. A
/// statement that it takes can still break a rule: check digits, digests and what holds between
/// members are for `attest` to check.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant schema --list
  probant schema eu-declaration-of-conformity > declaration.schema.json")]
pub(super) struct Schema {
    /// The type, as `mandate` or `urn:probant:attestation:mandate:v1`
    #[arg(value_name = "TYPE", value_parser = kind)]
    #[arg(required_unless_present = "list", conflicts_with = "list")]
    kind: Option<PredicateKind>,
    /// Print the types that there are
    #[arg(long)]
    list: bool,
}

impl Schema {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let Some(kind) = self.kind else { return Ok(list()) };
        let schema = statement_schema(kind);
        let text = serde_json::to_string_pretty(&schema).step("JSON")? + "\n";
        let facts = json!({"types": [facts(kind, &schema)]});
        Ok(Report::new(Outcome::Accepted, facts, text))
    }
}

fn list() -> Report {
    let mut text = Text::default();
    for kind in PredicateKind::ALL {
        text.line(kind.name());
    }
    let types: Vec<Value> =
        PredicateKind::ALL.iter().map(|kind| facts(*kind, &Value::Null)).collect();
    Report::new(Outcome::Accepted, json!({"types": types}), text)
}

fn facts(kind: PredicateKind, schema: &Value) -> Value {
    json!({
        "name": kind.name(),
        "predicate_type": kind.predicate_type(),
        "roles": kind.roles(),
        "is_document": kind.is_document(),
        "is_trust_record": kind.is_trust_record(),
        "schema": schema,
    })
}

/// The type that an argument names.
pub(super) fn kind(text: &str) -> Result<PredicateKind, String> {
    let by_name = PredicateKind::ALL.iter().copied().find(|kind| kind.name() == text);
    by_name.or_else(|| PredicateKind::parse(text)).ok_or_else(|| {
        let expected = "expected one of `probant schema --list`, or the whole";
        format!("no type of that name: {expected} {PREDICATE_TYPE_PREFIX}…:v1")
    })
}
