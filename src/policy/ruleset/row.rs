//! The rows of requirements in TOML, and what their members may say together.

use std::num::NonZeroU16;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::attestation::types::ReportResult;
use crate::attestation::{Module, PredicateKind, Role};
use crate::identifier::Celex;
use crate::policy::assurance::Assurance;
use crate::policy::law::LawRef;
use crate::policy::ruleset::check::Check;
use crate::policy::ruleset::codes::Codes;
use crate::policy::ruleset::condition::Condition;
use crate::policy::ruleset::error::{Fault, RuleSetFault};
use crate::policy::ruleset::rule::{
    Alternative, EvidenceRule, LabAccreditation, MandateParty, Per, Register, Requirement, Severity,
};
use crate::policy::ruleset::words::{Day, check_texts, predicate_kind};
use crate::policy::texts::Texts;
use crate::time::Date;

/// The types of records that are evidence for goods: those whose scope says which.
const EVIDENCE: [PredicateKind; 8] = [
    PredicateKind::ProductIdentity,
    PredicateKind::EuDeclaration,
    PredicateKind::ConformityCertificate,
    PredicateKind::ProductionQualityApproval,
    PredicateKind::TestReport,
    PredicateKind::ImporterDeclaration,
    PredicateKind::Mandate,
    PredicateKind::ExternalRegistration,
];

/// Acts in which no notified body has a part: the manufacturer declares under module A.
const WITHOUT_BODY: [&str; 2] = ["32011L0065", "32014L0035"];

/// A `[[requirement]]`, or an alternative in its `any_of`: the same members, read by one type so
/// that each error has its line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    code: Option<Spanned<String>>,
    severity: Option<Severity>,
    title: Option<Texts>,
    fix: Option<Texts>,
    law: Option<Vec<LawRef>>,
    when: Option<Condition>,
    effective_on: Option<Day>,
    assurance_min: Option<Assurance>,
    any_of: Option<Vec<Spanned<Self>>>,

    check: Option<Spanned<Check>>,
    r#type: Option<Spanned<String>>,
    by: Option<Vec<Role>>,
    kind: Option<Spanned<String>>,
    legislation_any: Option<Vec<Celex>>,
    standards_all: Option<Vec<String>>,
    clause: Option<String>,
    result: Option<ReportResult>,
    max_age_days: Option<u32>,
    module: Option<Module>,
    term_max_days: Option<u32>,
    term_max_years: Option<NonZeroU16>,
    valid_until_max: Option<Day>,
    lab_accredited_for: Option<LabAccreditation>,
    lab_granted_for: Option<Vec<Celex>>,
    nb_notified_for: Option<Vec<Celex>>,
    registry: Option<Register>,
    stream: Option<String>,
    per: Option<Per>,
    signatures: Option<Vec<MandateParty>>,
    checks: Option<Vec<Spanned<Check>>>,
}

/// Reads a requirement.
pub(super) fn requirement(row: Spanned<Row>, codes: &mut Codes) -> Result<Requirement, Fault> {
    let span = row.span();
    let mut row = row.into_inner();
    let missing = |member, subject: &str| {
        (span.clone(), RuleSetFault::Missing { member, subject: subject.to_owned() })
    };
    let code = row.code.take().ok_or_else(|| missing("code", "requirement"))?;
    codes.add(code.get_ref(), code.span())?;
    let code = code.into_inner();
    let severity = row.severity.take().ok_or_else(|| missing("severity", &code))?;
    let (title, fix) = (row.title.take(), row.fix.take());
    check_texts(title.as_ref(), fix.as_ref(), &span)?;
    let (law, when) = (row.law.take().unwrap_or_default(), row.when.take());
    if let Err(reason) = when.as_ref().map_or(Ok(()), Condition::check) {
        return Err((span, RuleSetFault::void(code, reason)));
    }
    let (effective_on, assurance_min) =
        (row.effective_on.take().map(|day| day.0), row.assurance_min.take());
    let any_of = match row.any_of.take() {
        None => vec![alternative(&code, &span, row)?],
        Some(rows) => {
            if let Some(member) = row.first_member() {
                let subject = format!("{code}, which has any_of");
                return Err((span, RuleSetFault::Member { member, subject }));
            }
            if rows.is_empty() {
                return Err((span, RuleSetFault::NoEvidence { code }));
            }
            let rows = rows.into_iter();
            rows.map(|row| alternative(&code, &row.span(), row.into_inner()))
                .collect::<Result<_, _>>()?
        }
    };
    Ok(Requirement { code, severity, title, fix, law, when, effective_on, assurance_min, any_of })
}

fn alternative(code: &str, span: &Range<usize>, row: Row) -> Result<Alternative, Fault> {
    if let Some(member) = row.first_member_of_requirement() {
        let subject = format!("{code}, in one of any_of");
        return Err((span.clone(), RuleSetFault::Member { member, subject }));
    }
    match (&row.check, &row.r#type) {
        (Some(check), None) => alone(check, &row),
        (None, Some(kind)) => {
            let kind = predicate_kind(kind)?;
            evidence(code, span, kind, row).map(|rule| Alternative::Evidence(Box::new(rule)))
        }
        (None, None) | (Some(_), Some(_)) => {
            Err((span.clone(), RuleSetFault::NoEvidence { code: code.to_owned() }))
        }
    }
}

/// A check that stands alone.
fn alone(check: &Spanned<Check>, row: &Row) -> Result<Alternative, Fault> {
    let name = check.get_ref().name();
    if let Some(member) = row.first_member_of_evidence() {
        let subject = format!("check {name}");
        return Err((check.span(), RuleSetFault::Member { member, subject }));
    }
    if check.get_ref().is_alone() {
        return Ok(Alternative::Check(*check.get_ref()));
    }
    let subject = "its own: it needs evidence".to_owned();
    Err((check.span(), RuleSetFault::CheckPlace { check: name, subject }))
}

fn evidence(
    code: &str,
    span: &Range<usize>,
    kind: PredicateKind,
    row: Row,
) -> Result<EvidenceRule, Fault> {
    let subject = || format!("{code}, a {}", kind.name());
    if let Some(member) = row.first_member_not_for(kind) {
        return Err((span.clone(), RuleSetFault::Member { member, subject: subject() }));
    }
    let (mandate_kind, report_kind) = match &row.kind {
        None => (None, None),
        Some(name) if kind == PredicateKind::Mandate => (Some(word(name, subject)?), None),
        Some(name) => (None, Some(word(name, subject)?)),
    };
    let checks = row.checks.unwrap_or_default();
    if let Some(check) = checks.iter().find(|check| !check.get_ref().kinds().contains(&kind)) {
        let fault = RuleSetFault::CheckPlace { check: check.get_ref().name(), subject: subject() };
        return Err((check.span(), fault));
    }
    let checks: Vec<Check> = checks.into_iter().map(Spanned::into_inner).collect();
    let void = |reason: String| Err((span.clone(), RuleSetFault::void(subject(), reason)));
    let missing =
        |member| Err((span.clone(), RuleSetFault::Missing { member, subject: subject() }));
    if !EVIDENCE.contains(&kind) {
        return void("no evidence for goods".to_owned());
    }
    let by = row.by.unwrap_or_default();
    if let Some(role) = by.iter().find(|role| !kind.roles().contains(role)) {
        return void(format!("not issued by a {role}"));
    }
    if kind == PredicateKind::ExternalRegistration && row.registry.is_none() {
        return missing("registry");
    }
    if row.stream.is_some() && !row.registry.is_some_and(Register::has_streams) {
        return void("only registers of producers have streams".to_owned());
    }
    let has_term = row.term_max_days.is_some() || row.term_max_years.is_some();
    if checks.contains(&Check::CertificateTermMax) != has_term {
        return missing("term_max_years or term_max_days with check certificate.term_max");
    }
    let standards_all = row.standards_all.unwrap_or_default();
    if standards_all.is_empty() && (row.clause.is_some() || row.lab_accredited_for.is_some()) {
        return missing("standards_all");
    }
    let legislation_any = row.legislation_any.unwrap_or_default();
    let is_declaration = kind == PredicateKind::EuDeclaration;
    if is_declaration && row.module.is_some() && legislation_any.is_empty() {
        return missing("legislation_any");
    }
    if standards_all.iter().chain(&row.clause).any(|text| text.trim().is_empty()) {
        return void("a standard or clause without a name is never tested".to_owned());
    }
    let nb_notified_for = row.nb_notified_for.unwrap_or_default();
    let acts = [&legislation_any, &nb_notified_for];
    let is_shared = legislation_any.iter().any(|act| nb_notified_for.contains(act));
    if acts.iter().all(|acts| !acts.is_empty()) && !is_shared {
        return void("legislation_any and nb_notified_for have no act in common".to_owned());
    }
    let asks_for_eu_type = row.module.is_some()
        || !nb_notified_for.is_empty()
        || checks.contains(&Check::CertificateEuType);
    let is_certificate = kind == PredicateKind::ConformityCertificate;
    if is_certificate && asks_for_eu_type && by == [Role::CertificationBody] {
        return void("a certification_body issues voluntary certificates only".to_owned());
    }
    let asked_of_bodies =
        if nb_notified_for.is_empty() { &legislation_any } else { &nb_notified_for };
    let is_by_body = match kind {
        PredicateKind::EuDeclaration => row.module.as_ref().is_some_and(|of| of.as_str() != "A"),
        PredicateKind::ConformityCertificate | PredicateKind::ProductionQualityApproval => true,
        _ => false,
    };
    let mut without_body =
        asked_of_bodies.iter().filter(|act| WITHOUT_BODY.contains(&act.as_str()));
    if is_by_body
        && asked_of_bodies.len() == without_body.clone().count()
        && let Some(act) = without_body.next()
    {
        return void(format!("no notified body has a part in {act}"));
    }
    Ok(EvidenceRule {
        kind,
        by,
        mandate_kind,
        report_kind,
        legislation_any,
        standards_all,
        clause: row.clause,
        result: row.result,
        max_age_days: row.max_age_days,
        module: row.module,
        term_max_days: row.term_max_days,
        term_max_years: row.term_max_years,
        valid_until_max: row.valid_until_max.map(|day| day.0),
        lab_accredited_for: row.lab_accredited_for,
        lab_granted_for: row.lab_granted_for.unwrap_or_default(),
        nb_notified_for,
        registry: row.registry,
        stream: row.stream,
        per: row.per,
        signatures: row.signatures.unwrap_or_default(),
        checks,
    })
}

/// Whether records could meet a requirement of a rule set, and on a day on which it applies.
pub(super) fn can_be_met(
    requirement: &Requirement,
    assurance_min: Assurance,
    applies_from: Date,
) -> Result<(), String> {
    let wanted = requirement.assurance_min.unwrap_or(assurance_min);
    let is_reached = |alternative: &Alternative| match alternative {
        Alternative::Check(_) => true,
        Alternative::Evidence(rule) => wanted <= assurance_max(rule.kind),
    };
    if !requirement.any_of.iter().any(is_reached) {
        return Err(format!("no evidence of this type reaches {wanted}"));
    }
    match requirement.effective_on {
        Some(day) if day < applies_from => {
            Err(format!("effective_on, {day}, lies before applies_from, {applies_from}"))
        }
        _ => Ok(()),
    }
}

/// The best backing that records of a type can have (`conformity.md`, section 7).
pub const fn assurance_max(kind: PredicateKind) -> Assurance {
    match kind {
        PredicateKind::TestReport
        | PredicateKind::ConformityCertificate
        | PredicateKind::ProductionQualityApproval => Assurance::A3,
        _ => Assurance::A2,
    }
}

/// A word of an enum whose type depends on another member.
fn word<T: for<'de> Deserialize<'de>>(
    name: &Spanned<String>,
    subject: impl Fn() -> String,
) -> Result<T, Fault> {
    let found: &str = name.get_ref();
    let deserializer: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        serde::de::IntoDeserializer::into_deserializer(found);
    T::deserialize(deserializer).map_err(|_cause| {
        let found = found.chars().take(80).collect();
        (name.span(), RuleSetFault::Value { member: "kind", found, subject: subject() })
    })
}

impl Row {
    /// The first member that only a requirement has.
    const fn first_member_of_requirement(&self) -> Option<&'static str> {
        first(&[
            ("code", self.code.is_some()),
            ("severity", self.severity.is_some()),
            ("title", self.title.is_some()),
            ("fix", self.fix.is_some()),
            ("law", self.law.is_some()),
            ("when", self.when.is_some()),
            ("effective_on", self.effective_on.is_some()),
            ("assurance_min", self.assurance_min.is_some()),
            ("any_of", self.any_of.is_some()),
        ])
    }

    /// The first member that evidence has, or a check.
    fn first_member(&self) -> Option<&'static str> {
        first(&[("check", self.check.is_some()), ("type", self.r#type.is_some())])
            .or_else(|| self.first_member_of_evidence())
    }

    /// The first member that evidence has besides its type.
    fn first_member_of_evidence(&self) -> Option<&'static str> {
        self.members().into_iter().find(|(_, is_there, _)| *is_there).map(|(name, ..)| name)
    }

    /// The first member that has no meaning for evidence of this type.
    fn first_member_not_for(&self, kind: PredicateKind) -> Option<&'static str> {
        let is_out = |(_, is_there, kinds): &(_, bool, &[PredicateKind])| {
            *is_there && !kinds.is_empty() && !kinds.contains(&kind)
        };
        self.members().into_iter().find(is_out).map(|(name, ..)| name)
    }

    /// The members of evidence: name, whether it is there, the types that it is for (none: all).
    fn members(&self) -> [(&'static str, bool, &'static [PredicateKind]); 19] {
        use PredicateKind::{
            ConformityCertificate, EuDeclaration, ExternalRegistration, Mandate,
            ProductionQualityApproval, TestReport,
        };
        [
            ("by", self.by.is_some(), &[]),
            ("kind", self.kind.is_some(), &[Mandate, TestReport]),
            (
                "legislation_any",
                self.legislation_any.is_some(),
                &[EuDeclaration, ConformityCertificate, ProductionQualityApproval],
            ),
            ("standards_all", self.standards_all.is_some(), &[TestReport, ConformityCertificate]),
            ("clause", self.clause.is_some(), &[TestReport]),
            ("result", self.result.is_some(), &[TestReport]),
            ("max_age_days", self.max_age_days.is_some(), &[]),
            (
                "module",
                self.module.is_some(),
                &[EuDeclaration, ConformityCertificate, ProductionQualityApproval],
            ),
            ("term_max_days", self.term_max_days.is_some(), &[ConformityCertificate]),
            ("term_max_years", self.term_max_years.is_some(), &[ConformityCertificate]),
            (
                "valid_until_max",
                self.valid_until_max.is_some(),
                &[EuDeclaration, ConformityCertificate, ProductionQualityApproval],
            ),
            ("lab_accredited_for", self.lab_accredited_for.is_some(), &[TestReport]),
            ("lab_granted_for", self.lab_granted_for.is_some(), &[TestReport]),
            (
                "nb_notified_for",
                self.nb_notified_for.is_some(),
                &[ConformityCertificate, ProductionQualityApproval],
            ),
            ("registry", self.registry.is_some(), &[ExternalRegistration]),
            ("stream", self.stream.is_some(), &[ExternalRegistration]),
            ("per", self.per.is_some(), &[PredicateKind::ImporterDeclaration, TestReport]),
            ("signatures", self.signatures.is_some(), &[Mandate]),
            ("checks", self.checks.is_some(), &[]),
        ]
    }
}

const fn first(members: &[(&'static str, bool)]) -> Option<&'static str> {
    let mut rest = members;
    while let [(name, is_there), after @ ..] = rest {
        if *is_there {
            return Some(name);
        }
        rest = after;
    }
    None
}
