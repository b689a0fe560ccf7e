//! The rows of `[[negative]]` in TOML.

use serde::Deserialize;
use toml::Spanned;

use crate::attestation::types::MeasureKind;
use crate::attestation::{PredicateKind, Role};
use crate::policy::law::LawRef;
use crate::policy::ruleset::codes::Codes;
use crate::policy::ruleset::error::{Fault, RuleSetFault};
use crate::policy::ruleset::rule::{Adverse, Negative, Severity};
use crate::policy::ruleset::words::{check_texts, predicate_kind};
use crate::policy::texts::Texts;

/// A `[[negative]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NegativeRow {
    code: Spanned<String>,
    title: Option<Texts>,
    fix: Option<Texts>,
    #[serde(default)]
    law: Vec<LawRef>,
    types: Vec<Spanned<String>>,
    #[serde(default)]
    kinds: Vec<MeasureKind>,
    #[serde(default)]
    except_kinds: Vec<MeasureKind>,
    #[serde(default)]
    by: Vec<Role>,
    on_hit: Severity,
    on_approx: Option<Severity>,
}

/// Reads a rule on what hits a product.
pub(super) fn negative(row: Spanned<NegativeRow>, codes: &mut Codes) -> Result<Negative, Fault> {
    let span = row.span();
    let row = row.into_inner();
    codes.add(row.code.get_ref(), row.code.span())?;
    check_texts(row.title.as_ref(), row.fix.as_ref(), &span)?;
    let code = row.code.into_inner();
    let types: Vec<PredicateKind> =
        row.types.iter().map(predicate_kind).collect::<Result<_, _>>()?;
    if types.is_empty() {
        return Err((span, RuleSetFault::Missing { member: "types", subject: code }));
    }
    // What hits a product is a measure, a concern, or a document that should not be; no other type
    // says which products it is against. One rule never weighs two of these.
    let first = types.first().and_then(|kind| Adverse::of(*kind));
    let mut others = row.types.iter().zip(&types);
    let is_other = |kind: &PredicateKind| first.is_none() || Adverse::of(*kind) != first;
    if let Some((name, _)) = others.find(|(_, kind)| is_other(kind)) {
        let found = name.get_ref().clone();
        return Err((name.span(), RuleSetFault::Value { member: "types", found, subject: code }));
    }
    if first != Some(Adverse::Measures) {
        let members = [
            ("kinds", !row.kinds.is_empty()),
            ("except_kinds", !row.except_kinds.is_empty()),
            ("on_approx", row.on_approx.is_some()),
        ];
        if let Some((member, _)) = members.into_iter().find(|(_, is_there)| *is_there) {
            let subject = format!("{code}, which is on no measures");
            return Err((span, RuleSetFault::Member { member, subject }));
        }
    }
    let rule = Negative {
        code,
        title: row.title,
        fix: row.fix,
        law: row.law,
        types,
        kinds: row.kinds,
        except_kinds: row.except_kinds,
        by: row.by,
        on_hit: row.on_hit,
        // Likeness alone never denies unless the rule set says so.
        on_approx: row.on_approx.unwrap_or(Severity::Review),
    };
    match check(&rule) {
        Ok(()) => Ok(rule),
        Err(reason) => Err((span, RuleSetFault::void(rule.code, reason))),
    }
}

/// Refuses a rule that could hit nothing, and one by which a concern would deny.
fn check(negative: &Negative) -> Result<(), String> {
    if negative.is_of_concerns() {
        // Anybody who may raise one could else delist a product.
        if negative.on_hit == Severity::Deny {
            return Err("a concern never denies".to_owned());
        }
        let roles = PredicateKind::ConcernReport.roles();
        return match negative.by.iter().find(|role| !roles.contains(role)) {
            Some(role) => Err(format!("a {role} raises no concerns")),
            None => Ok(()),
        };
    }
    if negative.adverse() == Adverse::Documents {
        let is_issued_by = |role: &Role| negative.types.iter().any(|of| of.roles().contains(role));
        return match negative.by.iter().find(|role| !is_issued_by(role)) {
            Some(role) => Err(format!("a {role} issues no such document")),
            None => Ok(()),
        };
    }
    // Otherwise a slip of the pen would let every recall pass.
    if !MeasureKind::ALL.iter().any(|kind| negative.has_kind(*kind)) {
        return Err("no kind of measure is left".to_owned());
    }
    let roles = PredicateKind::SafetyMeasure.roles();
    match negative.by.iter().find(|role| !roles.contains(role)) {
        Some(role) => Err(format!("a {role} orders no measures")),
        None => Ok(()),
    }
}
