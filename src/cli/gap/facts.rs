//! What is missing, for programs.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::cli::gap::goods::NOBODY;
use crate::dossier::VerifiedDossier;
use crate::policy::{Gap, GapQuestion, Lapsing, Missing};
use crate::reason::Reason;

/// The members of the answer.
pub(super) fn value(
    gap: &Gap,
    question: &GapQuestion<'_>,
    dossier: &VerifiedDossier,
    (notes, dossier_file): (&[String], Option<&Path>),
) -> Value {
    let query = question.query;
    let seller = &query.trader.operator;
    let falling = gap.falling.iter().map(|of| {
        let mut row = missing(&of.missing);
        row.insert("within_days".to_owned(), of.within_days.into());
        row.insert("because".to_owned(), of.because.iter().map(lapsing).collect());
        Value::Object(row)
    });
    let list = |of: &[Missing]| of.iter().map(missing).map(Value::Object).collect::<Value>();
    let checkpoint = dossier.checkpoint().checkpoint();
    let checks: Vec<&str> = gap.left_out_checks.iter().map(|check| check.name()).collect();
    json!({
        "products": query.products,
        "destinations": query.offer.destinations,
        "seller": (seller.as_str() != NOBODY).then_some(seller),
        "at": gap.at,
        "policy": gap.policy,
        "missing": list(&gap.missing),
        "open": list(&gap.open),
        "falling": falling.collect::<Value>(),
        "lapsing": gap.lapsing.iter().map(lapsing).collect::<Value>(),
        "left_out": gap.left_out,
        "left_out_checks": checks,
        "verified": true,
        "checkpoint": {
            "origin": checkpoint.origin().as_str(),
            "tree_size": checkpoint.size().get(),
            "seen_at": dossier.seen(),
        },
        "notes": notes,
        "dossier_file": dossier_file.map(Path::to_string_lossy),
    })
}

fn missing(of: &Missing) -> Map<String, Value> {
    let finding = &of.finding;
    let suppliers = finding.suppliers.iter().map(|supplier| {
        let roles: Vec<&str> = supplier.roles.iter().map(|role| role.name()).collect();
        json!({"kind": supplier.kind.name(), "roles": roles})
    });
    let operators = of.operators.iter().map(|operator| {
        json!({
            "kind": operator.kind.name(),
            "role": operator.role.name(),
            "uri": operator.operator,
            "name": operator.name,
        })
    });
    let members = json!({
        "requirement": finding.rule,
        "outcome": finding.outcome,
        "code": finding.reason.map(Reason::name),
        "title": finding.title,
        "why": finding.why,
        "fix": finding.fix,
        "law": finding.law,
        "suppliers": suppliers.collect::<Value>(),
        "operators": operators.collect::<Value>(),
        "destinations": of.destinations,
    });
    match members {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn lapsing(of: &Lapsing) -> Value {
    json!({
        "within_days": of.within_days,
        "until": of.until,
        "statement": of.item.statement,
        "kind": of.item.predicate,
        "issuer": of.item.issuer,
        "number": of.item.number,
        "version": of.item.version,
        "entry": of.item.index,
    })
}
