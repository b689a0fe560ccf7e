//! Reading a rule set from TOML: the shape by type, then what types can't say, each with its line.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::attestation::types::{MeasureKind, ReportResult};
use crate::attestation::{Language, Module, PredicateKind, Role};
use crate::hash::Digest;
use crate::identifier::{Celex, Country, OperatorUri};
use crate::policy::assurance::Assurance;
use crate::policy::law::LawRef;
use crate::policy::name::PolicyName;
use crate::policy::ruleset::category::{Categories, Prohibited};
use crate::policy::ruleset::check::Check;
use crate::policy::ruleset::condition::Condition;
use crate::policy::ruleset::error::{RuleSetError, RuleSetFault};
use crate::policy::ruleset::model::{CalledAct, POLICY_BYTES_MAX, RuleSet};
use crate::policy::ruleset::rule::{
    Alternative, EvidenceRule, LabAccreditation, MandateParty, Negative, Per, Requirement, Severity,
};
use crate::policy::texts::Texts;
use crate::time::Date;

/// The longest text for people in a rule set, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// A fault and the bytes that have it.
type Fault = (Range<usize>, RuleSetFault);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    policy: Spanned<Head>,
    #[serde(default)]
    acts_called_for: Vec<Act>,
    #[serde(default)]
    prohibited: Vec<Spanned<Prohibited>>,
    #[serde(default)]
    negative: Vec<Spanned<NegativeRow>>,
    #[serde(default)]
    requirement: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: Spanned<String>,
    version: Spanned<String>,
    jurisdiction: Vec<Country>,
    applies_from: Day,
    #[serde(default)]
    categories: Categories,
    #[serde(default)]
    not_when: Vec<Condition>,
    #[serde(default)]
    restricted: bool,
    assurance_min: Assurance,
    shelf_life_hours: u32,
    view_age_max_s: u32,
    #[serde(default)]
    test_identifiers: bool,
    #[serde(default)]
    connectors: Vec<OperatorUri>,
    #[serde(default)]
    languages: BTreeMap<String, Vec<Language>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    act: Celex,
    when: Option<Condition>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NegativeRow {
    code: Spanned<String>,
    title: Texts,
    fix: Texts,
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
    on_approx: Severity,
}

/// A `[[requirement]]`, or an alternative in its `any_of`: the same members, read by one type so that
/// each error has its line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: Option<Spanned<String>>,
    severity: Option<Severity>,
    title: Option<Texts>,
    fix: Option<Texts>,
    law: Option<Vec<LawRef>>,
    when: Option<Condition>,
    effective_on: Option<Day>,
    assurance_min: Option<Assurance>,
    any_of: Option<Vec<Spanned<Row>>>,

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
    lab_accredited_for: Option<LabAccreditation>,
    nb_notified_for: Option<Vec<Celex>>,
    per: Option<Per>,
    signatures: Option<Vec<MandateParty>>,
    checks: Option<Vec<Spanned<Check>>>,
}

/// A TOML local date.
struct Day(Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = toml::value::Datetime::deserialize(deserializer)?;
        if found.time.is_some() || found.offset.is_some() {
            return Err(D::Error::custom("expected a day without a time, as 2030-08-01"));
        }
        found.to_string().parse().map(Self).map_err(D::Error::custom)
    }
}

/// Reads and checks a rule set.
pub(super) fn rule_set(bytes: &[u8]) -> Result<RuleSet, RuleSetError> {
    let at_start = |fault| RuleSetError { line: 1, fault };
    if bytes.len() > POLICY_BYTES_MAX {
        let fault = RuleSetFault::TooLong { found: bytes.len(), max: POLICY_BYTES_MAX };
        return Err(at_start(fault));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| RuleSetError {
        line: line_of(bytes, error.valid_up_to()),
        fault: RuleSetFault::NotUtf8,
    })?;
    let file: File = toml::from_str(text).map_err(|error| RuleSetError {
        line: line_of(bytes, error.span().map_or(0, |span| span.start)),
        fault: RuleSetFault::Toml { found: one_line(error.message()) },
    })?;
    build(bytes, file)
        .map_err(|(span, fault)| RuleSetError { line: line_of(bytes, span.start), fault })
}

/// The line of a byte, from 1.
fn line_of(bytes: &[u8], offset: usize) -> usize {
    let before = bytes.get(..offset).unwrap_or(bytes);
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(300).collect()
}

fn build(bytes: &[u8], file: File) -> Result<RuleSet, Fault> {
    let head_span = file.policy.span();
    let head = file.policy.into_inner();
    let name = PolicyName::new(head.id.get_ref(), head.version.get_ref())
        .map_err(|error| (head.id.span(), RuleSetFault::Name { found: error.to_string() }))?;
    let has_rules = !file.requirement.is_empty() || !file.negative.is_empty();
    if head.categories.is_empty() && has_rules {
        return Err((head_span, RuleSetFault::NoCategories));
    }
    let mut codes = Codes::default();
    for entry in &file.prohibited {
        codes.add(&entry.get_ref().code, entry.span())?;
        for texts in [&entry.get_ref().title, &entry.get_ref().fix].into_iter().flatten() {
            check_texts("title and fix", texts, &entry.span())?;
        }
    }
    let negative = file.negative.into_iter().map(|row| negative(row, &mut codes));
    let negative = negative.collect::<Result<_, _>>()?;
    let requirements = file.requirement.into_iter().map(|row| requirement(row, &mut codes));
    let requirements = requirements.collect::<Result<_, _>>()?;
    Ok(RuleSet {
        bytes: bytes.to_vec(),
        sha256: Digest::of(bytes),
        name,
        jurisdiction: head.jurisdiction,
        applies_from: head.applies_from.0,
        categories: head.categories,
        not_when: head.not_when,
        restricted: head.restricted,
        assurance_min: head.assurance_min,
        shelf_life_hours: head.shelf_life_hours,
        view_age_max_s: head.view_age_max_s,
        test_identifiers: head.test_identifiers,
        connectors: head.connectors,
        languages: languages(head.languages).map_err(|fault| (head_span, fault))?,
        acts_called_for: file
            .acts_called_for
            .into_iter()
            .map(|row| CalledAct { act: row.act, when: row.when })
            .collect(),
        prohibited: file.prohibited.into_iter().map(Spanned::into_inner).collect(),
        negative,
        requirements,
    })
}

fn languages(
    table: BTreeMap<String, Vec<Language>>,
) -> Result<BTreeMap<Country, Vec<Language>>, RuleSetFault> {
    let read = table.into_iter().map(|(country, languages)| {
        let fault = |found: String| RuleSetFault::Toml { found: format!("languages: {found}") };
        let country: Country = country.parse().map_err(|error| fault(format!("{error}")))?;
        if languages.is_empty() {
            return Err(fault(format!("{country}: expected at least one")));
        }
        Ok((country, languages))
    });
    read.collect()
}

/// The codes that are taken. A finding names its rule by code alone.
#[derive(Default)]
struct Codes(BTreeSet<String>);

impl Codes {
    fn add(&mut self, code: &str, span: Range<usize>) -> Result<(), Fault> {
        let is_plain =
            |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=40).contains(&code.len()) || !code.bytes().all(is_plain) {
            let found = code.chars().take(80).collect();
            return Err((span, RuleSetFault::Code { found }));
        }
        if self.0.insert(code.to_owned()) {
            Ok(())
        } else {
            Err((span, RuleSetFault::DuplicateCode { found: code.to_owned() }))
        }
    }
}

fn check_texts(member: &'static str, texts: &Texts, span: &Range<usize>) -> Result<(), Fault> {
    let is_plain = |text: &String| {
        (1..=TEXT_CHARS_MAX).contains(&text.chars().count())
            && !text.trim().is_empty()
            && !text.chars().any(char::is_control)
    };
    if is_plain(&texts.en) && is_plain(&texts.fr) {
        Ok(())
    } else {
        let fault = RuleSetFault::Text { member, chars_max: TEXT_CHARS_MAX };
        Err((span.clone(), fault))
    }
}

fn predicate_kind(name: &Spanned<String>) -> Result<PredicateKind, Fault> {
    let known = PredicateKind::ALL.iter().find(|kind| kind.name() == name.get_ref());
    known.copied().ok_or_else(|| {
        let found = name.get_ref().chars().take(80).collect();
        (name.span(), RuleSetFault::Type { found })
    })
}

fn negative(row: Spanned<NegativeRow>, codes: &mut Codes) -> Result<Negative, Fault> {
    let span = row.span();
    let row = row.into_inner();
    codes.add(row.code.get_ref(), row.code.span())?;
    check_texts("title", &row.title, &span)?;
    check_texts("fix", &row.fix, &span)?;
    let code = row.code.into_inner();
    let types: Vec<PredicateKind> =
        row.types.iter().map(predicate_kind).collect::<Result<_, _>>()?;
    if types.is_empty() {
        return Err((span, RuleSetFault::Missing { member: "types", subject: code }));
    }
    // What hits a product is a measure; no other type says which products it is against.
    let mut others = row.types.iter().zip(&types);
    if let Some((name, _)) = others.find(|(_, kind)| **kind != PredicateKind::SafetyMeasure) {
        let found = name.get_ref().clone();
        return Err((name.span(), RuleSetFault::Value { member: "types", found, subject: code }));
    }
    Ok(Negative {
        code,
        title: row.title,
        fix: row.fix,
        law: row.law,
        types,
        kinds: row.kinds,
        except_kinds: row.except_kinds,
        by: row.by,
        on_hit: row.on_hit,
        on_approx: row.on_approx,
    })
}

fn requirement(row: Spanned<Row>, codes: &mut Codes) -> Result<Requirement, Fault> {
    let span = row.span();
    let mut row = row.into_inner();
    let missing = |member, subject: &str| {
        (span.clone(), RuleSetFault::Missing { member, subject: subject.to_owned() })
    };
    let code = row.code.take().ok_or_else(|| missing("code", "requirement"))?;
    codes.add(code.get_ref(), code.span())?;
    let code = code.into_inner();
    let severity = row.severity.take().ok_or_else(|| missing("severity", &code))?;
    let title = row.title.take().ok_or_else(|| missing("title", &code))?;
    let fix = row.fix.take().ok_or_else(|| missing("fix", &code))?;
    check_texts("title", &title, &span)?;
    check_texts("fix", &fix, &span)?;
    let (law, when) = (row.law.take().unwrap_or_default(), row.when.take());
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
    if checks.contains(&Check::CertificateTermMax) != row.term_max_days.is_some() {
        let member = "term_max_days with check certificate.term_max";
        return Err((span.clone(), RuleSetFault::Missing { member, subject: subject() }));
    }
    let standards_all = row.standards_all.unwrap_or_default();
    if standards_all.is_empty() && (row.clause.is_some() || row.lab_accredited_for.is_some()) {
        let member = "standards_all";
        return Err((span.clone(), RuleSetFault::Missing { member, subject: subject() }));
    }
    let legislation_any = row.legislation_any.unwrap_or_default();
    let is_declaration = kind == PredicateKind::EuDeclaration;
    if is_declaration && row.module.is_some() && legislation_any.is_empty() {
        let member = "legislation_any";
        return Err((span.clone(), RuleSetFault::Missing { member, subject: subject() }));
    }
    Ok(EvidenceRule {
        kind,
        by: row.by.unwrap_or_default(),
        mandate_kind,
        report_kind,
        legislation_any,
        standards_all,
        clause: row.clause,
        result: row.result,
        max_age_days: row.max_age_days,
        module: row.module,
        term_max_days: row.term_max_days,
        lab_accredited_for: row.lab_accredited_for,
        nb_notified_for: row.nb_notified_for.unwrap_or_default(),
        per: row.per,
        signatures: row.signatures.unwrap_or_default(),
        checks,
    })
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
    fn members(&self) -> [(&'static str, bool, &'static [PredicateKind]); 14] {
        use PredicateKind::{ConformityCertificate, EuDeclaration, Mandate, TestReport};
        [
            ("by", self.by.is_some(), &[]),
            ("kind", self.kind.is_some(), &[Mandate, TestReport]),
            (
                "legislation_any",
                self.legislation_any.is_some(),
                &[EuDeclaration, ConformityCertificate],
            ),
            ("standards_all", self.standards_all.is_some(), &[TestReport, ConformityCertificate]),
            ("clause", self.clause.is_some(), &[TestReport]),
            ("result", self.result.is_some(), &[TestReport]),
            ("max_age_days", self.max_age_days.is_some(), &[]),
            ("module", self.module.is_some(), &[EuDeclaration, ConformityCertificate]),
            ("term_max_days", self.term_max_days.is_some(), &[ConformityCertificate]),
            ("lab_accredited_for", self.lab_accredited_for.is_some(), &[TestReport]),
            ("nb_notified_for", self.nb_notified_for.is_some(), &[ConformityCertificate]),
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
