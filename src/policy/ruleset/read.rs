//! Reading a rule set from TOML: the shape by type, then what types can't say, each with its line.

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

use crate::attestation::types::MeasureKind;
use crate::hash::Digest;
use crate::identifier::Celex;
use crate::policy::name::PolicyName;
use crate::policy::ruleset::category::Prohibited;
use crate::policy::ruleset::codes::Codes;
use crate::policy::ruleset::condition::Condition;
use crate::policy::ruleset::error::{Fault, RuleSetError, RuleSetFault};
use crate::policy::ruleset::form::check_form;
use crate::policy::ruleset::head::Head;
use crate::policy::ruleset::model::{CalledAct, POLICY_BYTES_MAX, RuleSet};
use crate::policy::ruleset::negative_row::{NegativeRow, negative};
use crate::policy::ruleset::row::{Row, can_be_met, requirement};
use crate::policy::ruleset::rule::Negative;
use crate::policy::ruleset::words::check_texts;

/// A rule set in TOML, whose rows have the right shape and no more.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    policy: Spanned<Head>,
    #[serde(default)]
    acts_called_for: Vec<Spanned<Act>>,
    #[serde(default)]
    prohibited: Vec<Spanned<Prohibited>>,
    #[serde(default)]
    negative: Vec<Spanned<NegativeRow>>,
    #[serde(default)]
    requirement: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Act {
    act: Celex,
    when: Option<Condition>,
}

/// Reads and checks a rule set; the first mistake is the error.
pub(super) fn rule_set(bytes: &[u8]) -> Result<RuleSet, RuleSetError> {
    let text = text(bytes)?;
    let file: File = toml::from_str(text).map_err(|error| toml_error(bytes, &error))?;
    let table = DeTable::parse(text).map_err(|error| toml_error(bytes, &error))?;
    let at_line = |(span, fault): Fault| RuleSetError { line: line_of(bytes, span.start), fault };
    check_form(table.get_ref()).map_err(at_line)?;
    let mut faults = Vec::new();
    let built = build(bytes, file, &mut faults);
    match (faults.into_iter().next(), built) {
        (None, Some(rule_set)) => Ok(rule_set),
        (Some(fault), _) => Err(at_line(fault)),
        (None, None) => Err(RuleSetError { line: 1, fault: RuleSetFault::NoCategories }),
    }
}

/// The text of a rule set, if it is one and not too long.
pub(super) fn text(bytes: &[u8]) -> Result<&str, RuleSetError> {
    if bytes.len() > POLICY_BYTES_MAX {
        let fault = RuleSetFault::TooLong { found: bytes.len(), max: POLICY_BYTES_MAX };
        return Err(RuleSetError { line: 1, fault });
    }
    std::str::from_utf8(bytes).map_err(|error| RuleSetError {
        line: line_of(bytes, error.valid_up_to()),
        fault: RuleSetFault::NotUtf8,
    })
}

/// What the TOML reader says, with its line.
pub(super) fn toml_error(bytes: &[u8], error: &toml::de::Error) -> RuleSetError {
    RuleSetError {
        line: line_of(bytes, error.span().map_or(0, |span| span.start)),
        fault: RuleSetFault::Toml { found: one_line(error.message()) },
    }
}

/// The line of a byte, from 1.
pub(super) fn line_of(bytes: &[u8], offset: usize) -> usize {
    let before = bytes.get(..offset).unwrap_or(bytes);
    before.split(|byte| *byte == b'\n').count()
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(300).collect()
}

/// The rule set of a file, or all of its faults, in the order in which they are met: each row is
/// looked at whatever became of those before it.
pub(super) fn build(bytes: &[u8], file: File, faults: &mut Vec<Fault>) -> Option<RuleSet> {
    let head_span = file.policy.span();
    let head = file.policy.into_inner();
    let name = PolicyName::new(head.id.get_ref(), head.version.get_ref())
        .map_err(|error| (head.id.span(), RuleSetFault::Name { found: error.to_string() }));
    let name = keep(faults, name);
    keep(faults, head.check());
    let has_rules = !file.requirement.is_empty() || !file.negative.is_empty();
    if head.categories.is_empty() && has_rules {
        faults.push((head_span.clone(), RuleSetFault::NoCategories));
    }
    let languages = keep(faults, head.languages());
    let acts_called_for: Vec<_> =
        file.acts_called_for.into_iter().filter_map(|row| keep(faults, act(row))).collect();
    let mut codes = Codes::default();
    for entry in &file.prohibited {
        keep(faults, check_prohibited(entry, &mut codes));
    }
    let mut negatives = Vec::new();
    for row in file.negative {
        negatives.extend(keep(faults, negative(row, &mut codes)));
    }
    // A row with a fault of its own may be the one that is missed.
    if faults.is_empty() && !file.requirement.is_empty() {
        keep(faults, check_measures(&negatives).map_err(|fault| (head_span, fault)));
    }
    let mut requirements = Vec::new();
    for row in file.requirement {
        let span = row.span();
        let requirement = requirement(row, &mut codes).and_then(|requirement| {
            match can_be_met(&requirement, head.assurance_min, head.applies_from.0) {
                Ok(()) => Ok(requirement),
                Err(reason) => Err((span, RuleSetFault::void(requirement.code, reason))),
            }
        });
        requirements.extend(keep(faults, requirement));
    }
    if !faults.is_empty() {
        return None;
    }
    Some(RuleSet {
        bytes: bytes.to_vec(),
        sha256: Digest::of(bytes),
        name: name?,
        jurisdiction: head.jurisdiction.into_inner(),
        applies_from: head.applies_from.0,
        categories: head.categories,
        not_when: head.not_when.into_iter().map(Spanned::into_inner).collect(),
        restricted: head.restricted,
        assurance_min: head.assurance_min,
        shelf_life_hours: head.shelf_life_hours.into_inner(),
        view_age_max_s: head.view_age_max_s,
        test_identifiers: head.test_identifiers,
        connectors: head.connectors,
        limits: head.limits.into_iter().map(Spanned::into_inner).collect(),
        languages: languages?,
        acts_called_for,
        prohibited: file.prohibited.into_iter().map(Spanned::into_inner).collect(),
        negative: negatives,
        requirements,
    })
}

/// Refuses rules that would let goods pass that are recalled, withdrawn or banned. Whether warnings
/// matter is for the rule set to say.
fn check_measures(rules: &[Negative]) -> Result<(), RuleSetFault> {
    let is_hit =
        |kind: MeasureKind| rules.iter().any(|rule| rule.is_of_measures() && rule.has_kind(kind));
    let mut kinds = MeasureKind::ALL.into_iter().filter(|kind| *kind != MeasureKind::Warning);
    match kinds.find(|kind| !is_hit(*kind)) {
        Some(kind) => Err(RuleSetFault::NoMeasures { kind }),
        None => Ok(()),
    }
}

fn keep<T>(faults: &mut Vec<Fault>, found: Result<T, Fault>) -> Option<T> {
    found.map_err(|fault| faults.push(fault)).ok()
}

fn check_prohibited(entry: &Spanned<Prohibited>, codes: &mut Codes) -> Result<(), Fault> {
    let found = entry.get_ref();
    codes.add(&found.code, entry.span())?;
    check_texts(found.title.as_ref(), found.fix.as_ref(), &entry.span())?;
    found.check().map_err(|reason| (entry.span(), RuleSetFault::void(&found.code, reason)))
}

fn act(row: Spanned<Act>) -> Result<CalledAct, Fault> {
    let span = row.span();
    let Act { act, when } = row.into_inner();
    match when.as_ref().map_or(Ok(()), Condition::check) {
        Ok(()) => Ok(CalledAct { act, when }),
        Err(reason) => Err((span, RuleSetFault::void(act.as_str(), reason))),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;
    use crate::attestation::PredicateKind;
    use crate::policy::ruleset::{Adverse, Alternative, Severity};

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
        refused("FR = [\"fr\"]", "FR = []", 10, "at least one");
        refused("FR = [\"fr\"]", "EL = [\"el\"]", 10, "languages");
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
    fn a_table_is_written_as_one_and_a_word_as_a_word() {
        let severity = "severity = \"warn\"";
        for (old, new, line, expected) in [
            (
                "categories = { gpc = [\"10005160\"], cn = [\"9503\"] }",
                "categories = [[\"10005160\"], [\"9503\"]]",
                6,
                "categories: expected a table",
            ),
            (
                severity,
                "severity = \"warn\"\ntitle = [\"a\", \"b\"]",
                32,
                "title: expected a table",
            ),
            (severity, "severity = \"warn\"\nfix = [\"a\", \"b\"]", 32, "fix: expected a table"),
            (
                severity,
                "severity = \"warn\"\nwhen = [\"radio\", true]",
                32,
                "when: expected a table",
            ),
            (
                severity,
                "severity = \"warn\"\nwhen = { all = [[\"radio\", true]] }",
                32,
                "all: expected a table",
            ),
            (
                severity,
                "severity = \"warn\"\nwhen = { any = [[[[\"radio\", true]]]] }",
                32,
                "any: expected a table",
            ),
            (severity, "severity = { warn = {} }", 31, "severity: expected no table"),
            (
                "applies_from = 2026-01-01",
                "applies_from = { \"$__toml_private_datetime\" = \"2026-01-01\" }",
                5,
                "applies_from: expected no table",
            ),
        ] {
            refused(old, new, line, expected);
        }
        // The acts in a list before the tables, each an array in place of one.
        let text = SOUND.replace("[[acts_called_for]]\nact = \"32009L0048\"\n", "");
        let text = format!("acts_called_for = [[\"32009L0048\", [\"radio\", true]]]\n{text}");
        let error = RuleSet::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "line 1: acts_called_for: expected a table");
    }

    #[test]
    fn what_can_never_be_met_hit_or_chosen_is_refused() {
        let standards = "standards_all = [\"EN 71-1\"]";
        refused("[\"EU\"]", "[]", 4, "law nowhere");
        refused("2030-08-01", "2025-12-31", 20, "before applies_from");
        refused("\"A2\"", "\"A4\"", 20, "reaches A4");
        refused("hours = 24", "hours = 25", 8, "1 to 24");
        let limit = "hours = 24\nlimits = [\"REGISTRARS_TRUSTED\"]";
        refused("hours = 24", limit, 9, "say it by themselves");
        refused("hours = 24", "hours = 24\nlimits = [\"LUCK\"]", 9, "LUCK");
        refused("hours = 24", "hours = 0", 8, "1 to 24");
        refused("[\"a/b\"]", "[]", 13, "prohibits nothing");
        refused("\"a/b\"", "\" / \"", 13, "hold all");
        refused("on_hit", "by = [\"lab\"]\non_hit", 16, "orders no measures");
        let kinds = "kinds = [\"RECALL\"]\nexcept_kinds = [\"RECALL\"]\non_hit";
        refused("on_hit", kinds, 16, "no kind of measure is left");
        refused("\"lab\"", "\"manufacturer\"", 20, "not issued by a manufacturer");
        refused(standards, "standards_all = [\" \"]", 20, "without a name");
        let event = "{ type = \"traceability-event\" }";
        refused("{ check = \"trader.linked\" }", event, 33, "no evidence for goods");
        let certificate =
            |members: &str| format!("{{ type = \"conformity-certificate\", {members} }}");
        let apart = "legislation_any = [\"32009L0048\"], nb_notified_for = [\"32014L0053\"]";
        let check = "{ check = \"trader.linked\" }";
        refused(check, &certificate(apart), 33, "no act in common");
        for act in ["32014L0035", "32011L0065"] {
            let no_body = format!("no notified body has a part in {act}");
            let notified = format!("nb_notified_for = [\"{act}\"]");
            refused(check, &certificate(&notified), 33, &no_body);
            let approval = format!("{{ type = \"production-quality-approval\", {notified} }}");
            refused(check, &approval, 33, &no_body);
            let examined = format!("legislation_any = [\"{act}\"], module = \"B\"");
            let declared = format!("{{ type = \"eu-declaration-of-conformity\", {examined} }}");
            refused(check, &declared, 33, &no_body);
        }
        let none = "term_max_years = 0, checks = [\"certificate.term_max\"]";
        refused(check, &certificate(none), 33, "nonzero");
        for half in ["term_max_years = 5", "checks = [\"certificate.term_max\"]"] {
            refused(check, &certificate(half), 33, "term_max_years or term_max_days with check");
        }
        let with_time = "valid_until_max = 2031-02-01T00:00:00Z";
        refused(check, &certificate(with_time), 33, "a day without a time");
        let mandate = "type = \"mandate\", valid_until_max = 2031-02-01";
        refused("type = \"mandate\"", mandate, 34, "valid_until_max has no meaning");
        let voluntary = "by = [\"certification_body\"], module = \"B\"";
        refused(check, &certificate(voluntary), 33, "voluntary certificates only");
        let when = |when: &str| format!("severity = \"warn\"\nwhen = {{ {when} }}");
        let severity = "severity = \"warn\"";
        refused(severity, &when("any = []"), 29, "need a condition");
        refused(severity, &when("voltage_from = 2, voltage_to = 1"), 29, "greater than voltage_to");
        let head = "restricted = true\nnot_when = [{ all = [] }]\nassurance_min";
        refused("assurance_min", head, 8, "need a condition");
        let act = "act = \"32009L0048\"\nwhen = { all = [] }";
        refused("act = \"32009L0048\"", act, 11, "need a condition");
    }

    #[test]
    fn how_long_a_certificate_may_be_valid_is_said_in_three_ways() {
        let read = |members: &str| {
            let certificate = format!("{{ type = \"conformity-certificate\", {members} }}");
            let text = SOUND.replace("{ check = \"trader.linked\" }", &certificate);
            let set = RuleSet::parse(text.as_bytes()).unwrap();
            match set.requirements.last().and_then(|of| of.any_of.first()) {
                Some(Alternative::Evidence(rule)) => {
                    let years = rule.term_max_years.map(NonZeroU16::get);
                    (rule.term_max_days, years, rule.valid_until_max)
                }
                other => panic!("{other:?}"),
            }
        };
        let check = "checks = [\"certificate.term_max\"]";
        let last = "2031-02-01".parse().unwrap();
        for (members, expected) in [
            (format!("term_max_days = 9, {check}"), (Some(9), None, None)),
            (format!("term_max_years = 5, {check}"), (None, Some(5), None)),
            (format!("term_max_days = 9, term_max_years = 5, {check}"), (Some(9), Some(5), None)),
            ("valid_until_max = 2031-02-01".to_owned(), (None, None, Some(last))),
        ] {
            assert_eq!(read(&members), expected, "{members}");
        }
    }

    #[test]
    fn a_rule_on_concerns_never_denies_and_weighs_nothing_else() {
        let old = "types = [\"safety-measure\"]\non_hit = \"deny\"";
        let concerns = |members: &str| format!("types = [\"concern-report\"]\n{members}");
        let rule = concerns("by = [\"lab\"]\non_hit = \"review\"");
        let text = format!("{SOUND}[[negative]]\ncode = \"C\"\n{rule}\n");
        let set = RuleSet::parse(text.as_bytes()).unwrap();
        assert!(set.asks_for_concerns());
        assert!(!RuleSet::parse(SOUND.as_bytes()).unwrap().asks_for_concerns());
        refused(old, &concerns("on_hit = \"deny\""), 16, "never denies");
        let review = "on_hit = \"review\"";
        for member in
            ["kinds = [\"RECALL\"]", "except_kinds = [\"RECALL\"]", "on_approx = \"warn\""]
        {
            let (name, _) = member.split_once(' ').unwrap();
            let expected = format!("{name} has no meaning");
            refused(old, &concerns(&format!("{member}\n{review}")), 16, &expected);
        }
        let by_maker = format!("by = [\"manufacturer\"]\n{review}");
        refused(old, &concerns(&by_maker), 16, "raises no concerns");
        let both = "types = [\"safety-measure\", \"concern-report\"]\non_hit = \"review\"";
        refused(old, both, 18, "types");
    }

    #[test]
    fn a_rule_on_documents_is_on_those_that_name_whose_goods_they_are_of() {
        let old = "types = [\"safety-measure\"]\non_hit = \"deny\"";
        let rule = |members: &str| {
            format!("{SOUND}[[negative]]\ncode = \"C\"\n{members}\non_hit = \"review\"\n")
        };
        let documents = "types = [\"eu-declaration-of-conformity\", \"conformity-certificate\"]";
        let set = RuleSet::parse(rule(documents).as_bytes()).unwrap();
        assert_eq!(set.negative[1].adverse(), Adverse::Documents);
        assert!(!set.asks_for_concerns());
        for (members, expected) in [
            ("types = [\"test-report\"]".to_owned(), "\"test-report\" is not known"),
            (format!("{documents}\nkinds = [\"RECALL\"]"), "kinds has no meaning"),
            (format!("{documents}\non_approx = \"review\""), "on_approx has no meaning"),
            (format!("{documents}\nby = [\"lab\"]"), "a lab issues no such document"),
            (
                "types = [\"eu-declaration-of-conformity\", \"concern-report\"]".to_owned(),
                "\"concern-report\" is not known",
            ),
        ] {
            let error = RuleSet::parse(rule(&members).as_bytes()).unwrap_err();
            assert!(error.to_string().contains(expected), "{members}: {error}");
        }
        // In the place of the rule on measures it leaves them without effect.
        let only = format!("{documents}\non_hit = \"review\"");
        refused(old, &only, 1, "no rule hits a RECALL");
    }

    #[test]
    fn a_registration_is_asked_for_in_a_register() {
        let check = "{ check = \"trader.linked\" }";
        let of = |members: &str| format!("{{ type = \"external-registration\"{members} }}");
        for (members, expected) in [
            ("", "registry is missing"),
            (", registry = \"ELSE\"", "ELSE"),
            (
                ", registry = \"DPP\", stream = \"packaging\"",
                "only registers of producers have streams",
            ),
            (", registry = \"DPP\", module = \"B\"", "module has no meaning"),
            (", registry = \"DPP\", by = [\"lab\"]", "not issued by a lab"),
            (", registry = \"DPP\", checks = [\"doc.chronology\"]", "can't be made on S"),
        ] {
            refused(check, &of(members), 33, expected);
        }
        let sound = of(", registry = \"EPR-FR\", stream = \"packaging\"");
        assert!(RuleSet::parse(SOUND.replace(check, &sound).as_bytes()).is_ok());
        let sound = of(", registry = \"EPR\", stream = \"packaging\"");
        assert!(RuleSet::parse(SOUND.replace(check, &sound).as_bytes()).is_ok());
        let registry = "{ type = \"mandate\", registry = \"DPP\" }";
        refused(check, registry, 33, "registry has no meaning");
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
    fn rules_that_a_recall_would_pass_are_refused() {
        let rule = "[[negative]]\ncode = \"N\"\ntypes = [\"safety-measure\"]\non_hit = \"deny\"\n";
        refused(rule, "", 1, "no rule hits a RECALL");
        let of = |kinds: &str| rule.replace("on_hit", &format!("{kinds}\non_hit"));
        let most = "kinds = [\"RECALL\", \"WITHDRAWAL\", \"SALES_BAN\", \"CONFISCATION\"]";
        refused(rule, &of(most), 1, "no rule hits a STOP_DELIVERY");
        let concerns =
            "[[negative]]\ncode = \"N\"\ntypes = [\"concern-report\"]\non_hit = \"review\"\n";
        refused(rule, concerns, 1, "no rule hits a RECALL");
        let without_warnings = SOUND.replace(rule, &of("except_kinds = [\"WARNING\"]"));
        assert!(RuleSet::parse(without_warnings.as_bytes()).is_ok());
        let last =
            rule.replace("\"N\"", "\"M\"").replace("on_hit", "kinds = [\"STOP_DELIVERY\"]\non_hit");
        let both = SOUND.replace(rule, &format!("{}{last}", of(most)));
        assert!(RuleSet::parse(both.as_bytes()).is_ok());
    }

    #[test]
    fn no_depth_brings_the_reader_down() {
        let deep = 60_000;
        for (open, close) in [("[", "]"), ("{a=", "}"), ("[{a=", "}]"), ("a.", "")] {
            for head in
                ["", "policy.", "x = ", "[[requirement]]\nwhen = ", "[[requirement]]\nwhen."]
            {
                let text = format!("{head}{}a = 1{}", open.repeat(deep), close.repeat(deep));
                RuleSet::parse(text.as_bytes()).unwrap_err();
            }
        }
        RuleSet::parse(format!("[{}a]", "a.".repeat(deep)).as_bytes()).unwrap_err();
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
            read(
                "when = { all = [{ any = [{ attribute = \"battery\", equals = true }] }, { attribute = \"radio\", equals = true }] }"
            ),
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
