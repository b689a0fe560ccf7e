//! Reading a rule set from TOML: the shape by type, then what types can't say, each with its line.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Range;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::attestation::types::MeasureKind;
use crate::attestation::{Language, PredicateKind, Role};
use crate::hash::Digest;
use crate::identifier::{Celex, Country, OperatorUri};
use crate::policy::assurance::Assurance;
use crate::policy::law::LawRef;
use crate::policy::name::PolicyName;
use crate::policy::ruleset::category::{Categories, Prohibited};
use crate::policy::ruleset::condition::Condition;
use crate::policy::ruleset::error::{RuleSetError, RuleSetFault};
use crate::policy::ruleset::model::{CalledAct, POLICY_BYTES_MAX, RuleSet};
use crate::policy::ruleset::row::{Row, requirement};
use crate::policy::ruleset::rule::{Negative, Severity};
use crate::policy::texts::Texts;
use crate::time::Date;

/// The longest text for people in a rule set, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// A fault and the bytes that have it.
pub(super) type Fault = (Range<usize>, RuleSetFault);

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

/// A TOML local date.
pub(super) struct Day(pub(super) Date);

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
        check_texts(&entry.get_ref().title, &entry.get_ref().fix, &entry.span())?;
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
pub(super) struct Codes(BTreeSet<String>);

impl Codes {
    pub(super) fn add(&mut self, code: &str, span: Range<usize>) -> Result<(), Fault> {
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

pub(super) fn check_texts(
    title: &Option<Texts>,
    fix: &Option<Texts>,
    span: &Range<usize>,
) -> Result<(), Fault> {
    let is_plain = |text: &String| {
        (1..=TEXT_CHARS_MAX).contains(&text.chars().count())
            && !text.trim().is_empty()
            && !text.chars().any(char::is_control)
    };
    for (member, texts) in [("title", title), ("fix", fix)] {
        let Some(texts) = texts else { continue };
        if !is_plain(&texts.en) || !is_plain(&texts.fr) {
            let fault = RuleSetFault::Text { member, chars_max: TEXT_CHARS_MAX };
            return Err((span.clone(), fault));
        }
    }
    Ok(())
}

pub(super) fn predicate_kind(name: &Spanned<String>) -> Result<PredicateKind, Fault> {
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
    check_texts(&row.title, &row.fix, &span)?;
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
        // Likeness alone never denies unless the rule set says so.
        on_approx: row.on_approx.unwrap_or(Severity::Review),
    })
}
