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
    before.split(|byte| *byte == b'\n').count()
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
        let found = entry.get_ref();
        check_texts(found.title.as_ref(), found.fix.as_ref(), &entry.span())?;
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

/// The codes of rules that hold under every rule set: no rule set may use them.
pub const GENERAL_CODES: [&str; 3] = ["POLICY", "PRODUCT-ID", "VIEW"];

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
        if GENERAL_CODES.contains(&code) || !self.0.insert(code.to_owned()) {
            return Err((span, RuleSetFault::DuplicateCode { found: code.to_owned() }));
        }
        Ok(())
    }
}

pub(super) fn check_texts(
    title: Option<&Texts>,
    fix: Option<&Texts>,
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
    check_texts(row.title.as_ref(), row.fix.as_ref(), &span)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::ruleset::{Alternative, Condition};

    const SOUND: &str = r#"[policy]
id = "t"
version = "1"
jurisdiction = ["EU"]
applies_from = 2026-01-01
categories = { gpc = ["10005160"], cn = ["9503"] }
assurance_min = "A2"
shelf_life_hours = 24
view_age_max_s = 3600
languages = { FR = ["fr"] }
[[acts_called_for]]
act = "32009L0048"
[[prohibited]]
code = "P"
platform_categories = ["a/b"]
[[negative]]
code = "N"
types = ["safety-measure"]
on_hit = "deny"
[[requirement]]
code = "R"
severity = "deny"
effective_on = 2030-08-01
law = ["32009L0048#15"]
type = "test-report"
by = ["lab"]
standards_all = ["EN 71-1"]
checks = ["report.sample_matches_type"]
[[requirement]]
code = "S"
severity = "warn"
any_of = [
  { check = "trader.linked" },
  { type = "mandate", kind = "RESPONSIBLE_PERSON" },
]
"#;

    #[test]
    fn a_sound_rule_set_is_read_whole() {
        let set = RuleSet::parse(SOUND.as_bytes()).unwrap();
        assert_eq!(set.name().to_string(), "t@1");
        assert_eq!(set.sha256(), Digest::of(SOUND.as_bytes()));
        assert_eq!(set.bytes(), SOUND.as_bytes());
        let [first, second] = set.requirements.as_slice() else { panic!("{set:?}") };
        assert_eq!(first.effective_on, Some("2030-08-01".parse().unwrap()));
        assert!(matches!(first.any_of.as_slice(), [Alternative::Evidence(rule)]
            if rule.kind == PredicateKind::TestReport && rule.standards_all == ["EN 71-1"]));
        assert_eq!((second.severity, second.any_of.len()), (Severity::Warn, 2));
        assert_eq!(set.negative.first().unwrap().on_approx, Severity::Review);
    }

    /// `old` replaced by `new` in the sound rule set is an error on `line` that says `expected`.
    #[track_caller]
    fn refused(old: &str, new: &str, line: usize, expected: &str) {
        assert_eq!(SOUND.matches(old).count(), 1, "{old}");
        let error = RuleSet::parse(SOUND.replace(old, new).as_bytes()).unwrap_err();
        let text = error.fault.to_string();
        assert!(text.contains(expected), "{old} → {new}: {text}");
        assert_eq!(error.line, line, "{old} → {new}: {text}");
    }

    #[test]
    fn each_mistake_is_named_with_its_line() {
        refused("[policy]", "[policy", 1, "");
        refused("version", "verson", 3, "verson");
        refused("\"t\"", "\"t/u\"", 2, "names no rule set");
        refused("[\"EU\"]", "[\"ZZ\"]", 4, "country");
        refused("2026-01-01", "2026-02-30", 5, "");
        refused("2026-01-01", "\"2026-01-01\"", 5, "");
        refused("2026-01-01", "2026-01-01T00:00:00Z", 5, "a day without a time");
        refused("\"9503\"", "\"950\"", 6, "CN code");
        refused("\"A2\"", "\"A7\"", 7, "A7");
        refused("FR = [\"fr\"]", "FR = []", 1, "at least one");
        refused("\"32009L0048\"", "\"2009/48\"", 12, "CELEX");
        refused("\"P\"", "\"p\"", 13, "code \"p\"");
        refused("\"N\"", "\"P\"", 17, "there twice");
        refused("\"N\"", "\"VIEW\"", 17, "there twice");
        refused("safety-measure", "recall", 18, "no type of attestation");
        refused("safety-measure", "test-report", 18, "types");
        refused("on_hit", "on_hitt", 19, "on_hitt");
        refused("\"R\"", "\"P\"", 21, "there twice");
        refused("severity = \"deny\"", "severity = \"denied\"", 22, "denied");
        refused("2030-08-01", "2030-13-01", 23, "");
        refused("32009L0048#15", "32009L0048#", 24, "article");
        refused("type = \"test-report\"", "type = \"report\"", 25, "no type of attestation");
        refused("type = \"test-report\"", "", 20, "one of type, check and any_of");
        refused("\"lab\"", "\"labs\"", 26, "labs");
        refused("standards_all", "standards_any", 27, "standards_any");
        refused("report.sample_matches_type", "report.sample", 28, "no check is called");
        refused("report.sample_matches_type", "doc.chronology", 28, "can't be made on R");
        refused("standards_all = [\"EN 71-1\"]", "clause = \"4\"", 20, "standards_all");
        refused("standards_all = [\"EN 71-1\"]", "module = \"B\"", 20, "module has no meaning");
        refused("severity = \"warn\"", "", 29, "severity is missing");
        refused(
            "severity = \"warn\"",
            "severity = \"warn\"\nper = \"batch\"",
            29,
            "which has any_of",
        );
        refused("check = \"trader.linked\"", "check = \"doc.chronology\"", 33, "needs evidence");
        refused("\"trader.linked\" }", "\"trader.linked\", by = [] }", 33, "by has no meaning");
        refused("\"trader.linked\" }", "\"trader.linked\", law = [] }", 33, "law has no meaning");
        refused("RESPONSIBLE_PERSON", "AUDITOR", 34, "\"AUDITOR\" is not known");
        refused("type = \"mandate\", ", "", 34, "one of type, check and any_of");
    }

    #[test]
    fn rules_without_goods_are_refused() {
        let categories = "categories = { gpc = [\"10005160\"], cn = [\"9503\"] }\n";
        refused(categories, "", 1, "at least one GPC brick or CN code");
        let (head, _) = SOUND.split_once("[[negative]]").unwrap();
        let only_prohibits = RuleSet::parse(head.replace(categories, "").as_bytes()).unwrap();
        assert!(only_prohibits.categories.is_empty());
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let mut bytes = SOUND.as_bytes().to_vec();
        let at = SOUND.find("view_age_max_s").unwrap();
        bytes[at] = 0xff;
        let error = RuleSet::parse(&bytes).unwrap_err();
        assert_eq!((error.line, error.fault), (9, RuleSetFault::NotUtf8));
        let long = vec![b'#'; POLICY_BYTES_MAX + 1];
        assert!(matches!(
            RuleSet::parse(&long).unwrap_err().fault,
            RuleSetFault::TooLong { max: POLICY_BYTES_MAX, .. }
        ));
    }

    #[test]
    fn no_byte_of_a_rule_set_brings_the_reader_down() {
        for index in 0..SOUND.len() {
            let mut bytes = SOUND.as_bytes().to_vec();
            bytes[index] = b'"';
            if let Ok(set) = RuleSet::parse(&bytes) {
                assert_eq!(set.sha256(), Digest::of(&bytes));
            }
            bytes.truncate(index);
            if let Ok(set) = RuleSet::parse(&bytes) {
                assert_eq!(set.bytes(), bytes);
            }
        }
    }

    #[test]
    fn conditions_are_told_apart_by_their_members() {
        let read = |when: &str| {
            let text =
                SOUND.replace("severity = \"warn\"", &format!("severity = \"warn\"\n{when}"));
            RuleSet::parse(text.as_bytes()).map(|set| set.requirements[1].when.clone())
        };
        assert!(matches!(
            read("when = { attribute = \"radio\", equals = true }"),
            Ok(Some(Condition::Flag(_)))
        ));
        assert!(matches!(
            read("when = { voltage_from = 50, voltage_to = 1500 }"),
            Ok(Some(Condition::Voltage(_)))
        ));
        assert!(matches!(
            read("when = { all = [{ any = [] }, { attribute = \"radio\", equals = true }] }"),
            Ok(Some(Condition::All(_)))
        ));
        for bad in [
            "when = {}",
            "when = { attribute = \"radio\" }",
            "when = { attribute = \"loud\", equals = true }",
            "when = { attribute = \"radio\", equals = true, all = [] }",
        ] {
            assert_eq!(read(bad).unwrap_err().line, 32, "{bad}");
        }
    }
}
