//! What a careful author of a rule set would want to know: rules that are sound, and do less than
//! they seem to, or say too little. They are no mistakes, and nothing refuses them.

use std::collections::BTreeSet;

use crate::attestation::types::MeasureKind;
use crate::attestation::{PredicateKind, Role};
use crate::identifier::Country;
use crate::policy::overlap::is_ever;
use crate::policy::ruleset::{
    Alternative, Check, EvidenceRule, Negative, Requirement, RuleSet, Severity, assurance_max,
    line_of_head, line_of_rule,
};
use crate::policy::texts::Texts;

/// Something that an author may not have meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The line, from 1.
    pub line: usize,
    /// What is there.
    pub message: String,
}

/// What is to be said of a rule set, by line.
pub fn remarks(rules: &RuleSet) -> Vec<Remark> {
    let mut found = Found { rules, all: Vec::new() };
    found.of_texts();
    found.of_head();
    rules.requirements.iter().for_each(|rule| found.of_requirement(rule));
    found.of_negatives();
    for called in &rules.acts_called_for {
        if called.when.as_ref().is_some_and(|when| !is_ever(rules, when)) {
            found.at_head("not_when", format!("{}: it is never called for", called.act));
        }
    }
    found.all.sort();
    found.all
}

struct Found<'a> {
    rules: &'a RuleSet,
    all: Vec<Remark>,
}

impl Found<'_> {
    fn at(&mut self, code: &str, way: Option<usize>, message: &str) {
        let line = line_of_rule(self.rules.bytes(), code, way);
        self.all.push(Remark { line, message: format!("{code}: {message}") });
    }

    fn at_head(&mut self, member: &str, message: String) {
        let line = line_of_head(self.rules.bytes(), member);
        self.all.push(Remark { line, message });
    }

    fn of_texts(&mut self) {
        let rules = self.rules;
        let prohibited = rules.prohibited.iter().map(|of| (&of.code, &of.title, &of.fix));
        let negative = rules.negative.iter().map(|of| (&of.code, &of.title, &of.fix));
        let requirements = rules.requirements.iter().map(|of| (&of.code, &of.title, &of.fix));
        for (code, title, fix) in prohibited.chain(negative).chain(requirements) {
            for (member, texts) in [("title", title), ("fix", fix)] {
                match texts {
                    None => self.at(code, None, &format!("it has no {member} for people to read")),
                    Some(Texts { en, fr }) if en.trim() == fr.trim() => {
                        let message = format!("{member} is the same text in English and in French");
                        self.at(code, None, &message);
                    }
                    Some(_) => {}
                }
            }
        }
    }

    fn of_head(&mut self) {
        let rules = self.rules;
        let mut seen = BTreeSet::new();
        for connector in rules.connectors.iter().filter(|of| !seen.insert(*of)) {
            self.at_head("connectors", format!("{connector} is there twice"));
        }
        let is_of_warnings = |way: &Alternative| match way {
            Alternative::Check(check) => *check == Check::ListingWarningsCoverLanguages,
            Alternative::Evidence(rule) => {
                rule.checks.contains(&Check::ListingWarningsCoverLanguages)
            }
        };
        if rules.requirements.iter().any(|rule| rule.any_of.iter().any(is_of_warnings)) {
            let countries = rules.jurisdiction.iter().flat_map(|of| of.expand());
            let silent: BTreeSet<Country> =
                countries.filter(|of| !rules.languages.contains_key(of)).collect();
            if !silent.is_empty() {
                let silent: Vec<&str> = silent.iter().map(Country::as_str).collect();
                let message = "no language is known, so no warning can be shown there";
                self.at_head("languages", format!("{}: {message}", silent.join(", ")));
            }
        }
    }

    fn of_requirement(&mut self, rule: &Requirement) {
        if rule.when.as_ref().is_some_and(|when| !is_ever(self.rules, when)) {
            self.at(&rule.code, None, "no goods that the rule set is for call for it");
        }
        if rule.severity == Severity::Warn && rule.effective_on.is_some() {
            self.at(&rule.code, None, "effective_on changes nothing, for it only warns");
        }
        let wanted = rule.assurance_min.unwrap_or(self.rules.assurance_min);
        for (place, way) in rule.any_of.iter().enumerate() {
            if let Alternative::Evidence(of) = way {
                if assurance_max(of.kind) < wanted {
                    let message = format!("no {} reaches {wanted}", of.kind.name());
                    self.at(&rule.code, Some(place), &message);
                }
                if of.by == [Role::Connector] && self.rules.connectors.is_empty() {
                    let message = "it is for connectors to log, and the rule set names none";
                    self.at(&rule.code, Some(place), message);
                }
            }
            let others = rule.any_of.iter().enumerate();
            let mut wider = others.filter(|(other, of)| {
                *other != place
                    && asks_no_more(of, way)
                    && (*other < place || !asks_no_more(way, of))
            });
            if let Some((other, _)) = wider.next() {
                let message = format!(
                    "alternative {} is never needed: what meets it meets alternative {}",
                    place + 1,
                    other + 1
                );
                self.at(&rule.code, Some(place), &message);
            }
        }
    }

    fn of_negatives(&mut self) {
        let rules = self.rules;
        for (place, rule) in rules.negative.iter().enumerate() {
            let others = rules.negative.iter().enumerate();
            let mut wider = others.filter(|(other, of)| {
                *other != place
                    && hits_no_less(of, rule)
                    && (*other < place || !hits_no_less(rule, of))
            });
            if let Some((_, other)) = wider.next() {
                let message = format!("whatever it hits, {} hits as gravely", other.code);
                self.at(&rule.code, None, &message);
            }
        }
    }
}

/// Whether whatever meets one way meets another, which asks for no more.
fn asks_no_more(less: &Alternative, more: &Alternative) -> bool {
    match (less, more) {
        (Alternative::Check(one), Alternative::Check(other)) => one == other,
        (Alternative::Evidence(less), Alternative::Evidence(more)) => is_wider(less, more),
        _ => false,
    }
}

fn is_wider(less: &EvidenceRule, more: &EvidenceRule) -> bool {
    less.kind == more.kind
        && accepts(&less.by, &more.by)
        && accepts(&less.legislation_any, &more.legislation_any)
        && accepts(&less.lab_granted_for, &more.lab_granted_for)
        && accepts(&less.nb_notified_for, &more.nb_notified_for)
        && demands(&less.standards_all, &more.standards_all)
        && demands(&less.checks, &more.checks)
        && less.signatures.iter().all(|of| more.signatures.contains(of))
        && is_same_or_open(less.mandate_kind.as_ref(), more.mandate_kind.as_ref())
        && is_same_or_open(less.report_kind.as_ref(), more.report_kind.as_ref())
        && is_same_or_open(less.clause.as_ref(), more.clause.as_ref())
        && is_same_or_open(less.result.as_ref(), more.result.as_ref())
        && is_same_or_open(less.module.as_ref(), more.module.as_ref())
        && is_same_or_open(less.lab_accredited_for.as_ref(), more.lab_accredited_for.as_ref())
        && is_same_or_open(less.registry.as_ref(), more.registry.as_ref())
        && is_same_or_open(less.stream.as_ref(), more.stream.as_ref())
        && is_same_or_open(less.per.as_ref(), more.per.as_ref())
        && is_longer(less.max_age_days, more.max_age_days)
        && is_longer(less.term_max_days, more.term_max_days)
        && is_longer(less.term_max_years, more.term_max_years)
        && is_longer(less.valid_until_max, more.valid_until_max)
}

/// Of lists of which one is enough: none accepts all.
fn accepts<T: PartialEq>(less: &[T], more: &[T]) -> bool {
    less.is_empty() || (!more.is_empty() && more.iter().all(|of| less.contains(of)))
}

/// Of lists of which all are demanded.
fn demands<T: PartialEq>(less: &[T], more: &[T]) -> bool {
    less.iter().all(|of| more.contains(of))
}

fn is_same_or_open<T: PartialEq>(less: Option<&T>, more: Option<&T>) -> bool {
    less.is_none() || less == more
}

fn is_longer<T: PartialOrd>(less: Option<T>, more: Option<T>) -> bool {
    less.is_none_or(|less| more.is_some_and(|more| more <= less))
}

/// Whether one rule hits all that another hits, and as gravely.
fn hits_no_less(more: &Negative, less: &Negative) -> bool {
    let is_of = |kind: &PredicateKind| more.types.contains(kind);
    let has_kind = |kind: &MeasureKind| !less.has_kind(*kind) || more.has_kind(*kind);
    less.types.iter().all(is_of)
        && (!less.is_of_measures()
            || (MeasureKind::ALL.iter().all(has_kind) && less.on_approx <= more.on_approx))
        && accepts(&more.by, &less.by)
        && less.on_hit <= more.on_hit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules;

    fn said(text: &str) -> Vec<String> {
        let rules = RuleSet::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        remarks(&rules).into_iter().map(|of| format!("{}: {}", of.line, of.message)).collect()
    }

    #[test]
    fn nothing_is_to_be_said_of_the_embedded_rule_sets() {
        for name in rules::NAMES {
            assert_eq!(said(rules::embedded(name).unwrap()), [""; 0], "{name}");
        }
    }

    /// What is said of the rules for toys with a text replaced, and on the line of which text.
    #[track_caller]
    fn check(old: &str, new: &str, line_of: &str, expected: &str) {
        let text = rules::embedded("eu-toys").unwrap();
        assert_eq!(text.matches(old).count(), 1, "{old}");
        let text = text.replace(old, new);
        let line = 1 + text.lines().take_while(|line| !line.contains(line_of)).count();
        assert_eq!(said(&text), [format!("{line}: {expected}")], "{new}");
    }

    #[test]
    fn each_thing_that_an_author_may_not_have_meant_has_its_line() {
        let english = "The seller has a right to offer this product.";
        let french = "Le vendeur est en droit d'offrir ce produit.";
        let same = "TRADER-LINK: title is the same text in English and in French";
        check(french, english, "\"TRADER-LINK\"", same);
        let title = format!("title = {{ en = \"{english}\", fr = \"{french}\" }}\n");
        let none = "TRADER-LINK: it has no title for people to read";
        check(&title, "", "\"TRADER-LINK\"", none);
        let twice =
            "connectors = [\"urn:lei:ZZZZ00CONNECTORXX093\", \"urn:lei:ZZZZ00CONNECTORXX093\"]";
        let message = "urn:lei:ZZZZ00CONNECTORXX093 is there twice";
        check("connectors = []", twice, "connectors =", message);
        let silent = "MT: no language is known, so no warning can be shown there";
        check("MT = [\"mt\", \"en\"]\n", "", "[policy.languages]", silent);
        let warns = "TOY-DPP: effective_on changes nothing, for it only warns";
        let (deny, warn) =
            ("severity = \"deny\"\neffective_on", "severity = \"warn\"\neffective_on");
        check(deny, warn, "\"TOY-DPP\"", warns);
        let never = "TOY-WARN: no goods that the rule set is for call for it";
        let (code, when) = (
            "code = \"TOY-WARN\"\n",
            "code = \"TOY-WARN\"\nwhen = { attribute = \"radio\", equals = true }\n",
        );
        check(code, when, "\"TOY-WARN\"", never);
        let registry = "registry = \"DPP\"\n";
        let by = "registry = \"DPP\"\nby = [\"connector\"]\n";
        let unnamed = "TOY-DPP: it is for connectors to log, and the rule set names none";
        check(registry, by, "\"TOY-DPP\"", unnamed);
    }

    #[test]
    fn an_alternative_or_a_rule_that_adds_nothing_is_remarked_on() {
        let way = "  { check = \"operator.manufacturer_in_eu\" },\n";
        let message =
            "EU-OPERATOR: alternative 2 is never needed: what meets it meets alternative 1";
        let more = "  { check = \"operator.manufacturer_in_eu\" }, # again\n";
        check(way, &format!("{way}{more}"), "# again", message);
        let report = "  { type = \"test-report\", by = [\"lab\"], checks = [\"report.lab_independent\"] },\n";
        let stricter = "  { type = \"test-report\", by = [\"lab\"], max_age_days = 9, checks = [\"report.lab_independent\"] },\n";
        let message = "TOY-LAB: alternative 1 is never needed: what meets it meets alternative 2";
        check(report, &format!("{stricter}{report}"), "max_age_days = 9,", message);
        let wanted = "any_of = [\n  { type = \"test-report\", by = [\"lab\"], checks";
        let unreached = wanted.replace("any_of", "assurance_min = \"A3\"\nany_of");
        let text = rules::embedded("eu-toys").unwrap().replace(wanted, &unreached);
        assert_eq!(said(&text), [""; 0]);
        let review = "[[negative]]\ncode = \"NEG-CONCERN\"";
        let narrower = "[[negative]]\ncode = \"N\" # narrower\ntitle = { en = \"a\", fr = \"b\" }\n\
            fix = { en = \"a\", fr = \"b\" }\ntypes = [\"safety-measure\"]\nkinds = [\"RECALL\"]\n";
        let row = |on_hit: &str| format!("{narrower}on_hit = \"{on_hit}\"\n{review}");
        let message = "N: whatever it hits, NEG-MEASURE hits as gravely";
        check(review, &row("review"), "# narrower", message);
    }
}
