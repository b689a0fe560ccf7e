//! By which procedure a declaration may be made: `doc.module_a_or_certificate`,
//! `doc.single_procedure`.

use std::sync::Arc;

use super::doc::{by_reach, standards_of_rules};
use crate::attestation::types::{ConformityCertificate, EuDeclaration};
use crate::attestation::{Module, Predicate, StandardExtent, StandardRef, Statement};
use crate::identifier::Celex;
use crate::policy::assurance::Assurance;
use crate::policy::evaluate::backing::counts;
use crate::policy::evaluate::bodies::{Day, Standing};
use crate::policy::evaluate::context::{Context, Subject};
use crate::policy::evaluate::goods::Reach;
use crate::policy::evaluate::judgement::{Degree, Judgement};
use crate::policy::ruleset::EvidenceRule;
use crate::reason::Reason;
use crate::record::Record;

/// For each of the rule's acts it is under module A, with all standards applied in full, or cites a
/// certificate that a notified body issued for these goods under that procedure.
pub(super) fn module_a_or_certificate(
    context: &Context<'_>,
    subject: &Subject<'_>,
    (rule, assurance_min): (&EvidenceRule, Assurance),
    statement: &Statement,
    declaration: &EuDeclaration,
) -> Judgement {
    let is_of_rule =
        |act: &Celex| rule.legislation_any.is_empty() || rule.legislation_any.contains(act);
    let is_in_full = is_in_full(context, declaration, is_of_rule);
    let cited = context.cited(subject, statement).into_iter().filter_map(|cited| cited.record);
    let cited: Vec<&Arc<Record>> = cited.collect();
    by_reach(subject, Reason::DocIncomplete, |least| {
        let is_certified = |act: &Celex, module: &Module| {
            let of = (act, module);
            cited.iter().any(|record| is_for(context, subject, assurance_min, record, of, least))
        };
        let mut modules = declaration.modules.iter().filter(|(act, _)| is_of_rule(act));
        modules.all(|(act, module)| match module.as_str() {
            "A" => is_in_full,
            _ => is_certified(act, module),
        })
    })
}

/// Whether it applies standards of these acts, and all of them in full. Where it serves other acts
/// too, they are those that the rule set knows.
fn is_in_full(
    context: &Context<'_>,
    declaration: &EuDeclaration,
    is_of_rule: impl Fn(&Celex) -> bool,
) -> bool {
    let is_of_these_acts = declaration.header.legislation().iter().all(is_of_rule);
    let known = standards_of_rules(context);
    let is_own =
        |standard: &&StandardRef| is_of_these_acts || known.contains(standard.reference.as_str());
    let mut own = declaration.header.standards().iter().filter(is_own).peekable();
    own.peek().is_some() && own.all(|standard| standard.extent == StandardExtent::Full)
}

/// Whether a record is the certificate that an act's procedure asks for, on these goods.
fn is_for(
    context: &Context<'_>,
    subject: &Subject<'_>,
    assurance_min: Assurance,
    record: &Arc<Record>,
    (act, module): (&Celex, &Module),
    least: Reach,
) -> bool {
    let Some(statement) = record.statement() else { return false };
    let Predicate::ConformityCertificate(certificate) = statement.predicate() else { return false };
    !certificate.voluntary
        && certificate.act.as_ref() == Some(act)
        && certificate.module.as_ref().is_some_and(|of| is_part(of, module))
        && subject.manufacturer() == Some(&certificate.holder)
        && counts(statement.header(), assurance_min)
        && context.reach(subject, statement) >= least
        && context.standing(subject, record).degree() != Degree::NotMet
        && is_of_notified_body(context, subject, record, certificate)
}

/// No other declaration of the manufacturer that stands is on these goods and under another procedure
/// for one of the rule's acts: whoever has declared a stricter one can't choose the milder by declaring
/// again. Copies do not speak against it, even where they count: anybody can make one.
pub(super) fn single_procedure(
    context: &Context<'_>,
    subject: &Subject<'_>,
    rule: &EvidenceRule,
    declaration: &EuDeclaration,
) -> Judgement {
    let own = declaration
        .modules
        .iter()
        .filter(|(act, _)| rule.legislation_any.is_empty() || rule.legislation_any.contains(act));
    let own: Vec<(&Celex, &Module)> = own.collect();
    let differs = |other: &EuDeclaration| {
        own.iter().any(|(act, module)| other.modules.get(act).is_some_and(|of| of != *module))
    };
    let others = context.own_declarations(subject, Assurance::A2).filter(|(record, other)| {
        differs(other) && context.standing(subject, record).degree() != Degree::NotMet
    });
    let reach = others.map(|(_, other)| subject.goods.reach(&other.scope)).max();
    match reach.unwrap_or(Reach::Misses) {
        Reach::Misses => Judgement::met(),
        Reach::Intersects if !subject.goods.has_batch() => Judgement::review(Reason::BatchRequired),
        Reach::Intersects | Reach::Covers => Judgement::not_met(Reason::ProcedureMismatch),
    }
}

/// Whether a procedure is another or a part of it: `B` is one of `B+C`.
pub(super) fn is_part(part: &Module, of: &Module) -> bool {
    part == of || of.as_str().split('+').any(|of| of == part.as_str())
}

/// Whether the body was notified and accredited when it issued the certificate. A doubt about that is
/// a doubt about the certificate, and said there.
fn is_of_notified_body(
    context: &Context<'_>,
    subject: &Subject<'_>,
    record: &Record,
    certificate: &ConformityCertificate,
) -> bool {
    let body = certificate.header.issuer.operator.operator();
    let (Some(on), Some(body)) = (Day::of_issue(record), body) else { return false };
    let for_what = (certificate.act.as_ref(), certificate.module.as_ref());
    context.body_standing(subject, body, for_what, on) == Standing::InForce
}
