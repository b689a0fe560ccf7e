//! The evaluator is total: whatever rule set is accepted and whatever the evidence is, there is a
//! verdict, and it reads back.

use std::sync::OnceLock;

use probant::attestation::types::VerdictWord::Listable;
use probant::policy::{PolicySet, Verdict, evaluate, rules};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree as _;

use super::story::asked_about;
use super::{Line, tried};
use crate::case::{Question, rule_set};

/// The tables of an embedded rule set, each with its name: `[[requirement]]`, `[[negative]]`, …
fn tables(name: &str) -> Vec<String> {
    let text = rule_set(name);
    let mut tables: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("[[") {
            tables.push(String::new());
        }
        if let Some(table) = tables.last_mut() {
            table.push_str(line);
            table.push('\n');
        }
    }
    tables
}

/// The tables of all embedded rule sets. What a rule set has to have is not among them: that it is
/// hit by every kind of measure.
fn every_table() -> &'static [String] {
    static ALL: OnceLock<Vec<String>> = OnceLock::new();
    let is_free = |table: &String| !table.contains("safety-measure");
    let all = || rules::NAMES.iter().flat_map(|name| tables(name)).filter(is_free).collect();
    ALL.get_or_init(all)
}

const MEASURES: &str = "[[negative]]\ncode = \"NEG\"\ntypes = [\"safety-measure\"]\n\
                        on_hit = \"deny\"\non_approx = \"review\"\n";

/// A rule set put together from parts of others, with numbers and dates at their ends.
#[derive(Clone, Debug)]
struct Made {
    tables: Line<Vec<usize>>,
    hours: u8,
    age: u32,
    days: Option<u32>,
    from: &'static str,
    assurance: &'static str,
    severity: &'static str,
    restricted: bool,
}

impl Made {
    fn text(&self) -> String {
        let Self { hours, age, from, assurance, restricted, .. } = self;
        let mut text = format!(
            "[policy]\nid = \"made\"\nversion = \"1\"\njurisdiction = [\"EU\"]\n\
             applies_from = {from}\ncategories = {{ cn = [\"95\", \"85\"] }}\n\
             restricted = {restricted}\nassurance_min = \"{assurance}\"\n\
             shelf_life_hours = {hours}\nview_age_max_s = {age}\ntest_identifiers = true\n\
             [policy.languages]\nFR = [\"fr\"]\n{MEASURES}"
        );
        for (number, place) in self.tables.iter().enumerate() {
            let all = every_table();
            let table = &all[place % all.len()];
            for line in table.lines() {
                let line = match line.split_once(" = ").map(|(name, _)| name) {
                    Some("code") => format!("code = \"R-{number}\""),
                    Some("severity") => format!("severity = \"{}\"", self.severity),
                    Some("max_age_days") if self.days.is_some() => {
                        format!("max_age_days = {}", self.days.unwrap())
                    }
                    Some("term_max_days") if self.days.is_some() => {
                        format!("term_max_days = {}", self.days.unwrap())
                    }
                    Some("term_max_years") if self.days.is_some() => {
                        let years = self.days.unwrap().clamp(1, u16::MAX.into());
                        format!("term_max_years = {years}")
                    }
                    _ => line.to_owned(),
                };
                text.push_str(&line);
                text.push('\n');
            }
        }
        text
    }
}

fn made() -> impl Strategy<Value = Made> {
    let places: Vec<usize> = (0..every_table().len()).collect();
    let extreme = || prop_oneof![Just(0), Just(1), Just(24), Just(3600), Just(u32::MAX)];
    let tables = subsequence(places, 0..24).prop_shuffle().prop_map(Line);
    let from = select(&["1970-01-01", "2026-01-01", "9999-12-31"][..]);
    let assurance = prop_oneof![9 => select(&["A0", "A1", "A2"][..]), 1 => Just("A3")];
    let severity = select(&["deny", "review", "warn"][..]);
    let days = prop::option::of(extreme());
    (tables, 1..=24_u8, extreme(), days, from, assurance, severity, any::<bool>()).prop_map(
        |(tables, hours, age, days, from, assurance, severity, restricted)| Made {
            tables,
            hours,
            age,
            days,
            from,
            assurance,
            severity,
            restricted,
        },
    )
}

/// The same question about the first and the last days that there are.
fn at_the_ends(question: Question) -> [Question; 3] {
    let [first, last] = ["1970-01-02", "9999-12-30"].map(|day| {
        let imported = serde_json::json!({"kind": "DIRECT_IMPORT"});
        question.clone().set("/offer/goods_location", imported).at(day)
    });
    [question, first, last]
}

proptest! {
    #![proptest_config(tried(12))]

    #[test]
    fn there_is_a_verdict_under_any_rule_set_on_any_evidence(
        (story, asked) in asked_about(),
        made in made(),
    ) {
        let text = made.text();
        // Some are not accepted; what matters is that none brings the evaluator down.
        let Ok(policies) = PolicySet::empty().with(text.as_bytes()) else { return Ok(()) };
        let world = story.world();
        for question in at_the_ends(asked[0].question(story.goods)) {
            let query = question.normal(world.size());
            let verdict = evaluate(&query, &world.evidence(&query).0, &policies).unwrap();
            let body = Verdict::parse(verdict.bytes()).unwrap().body().clone();
            prop_assert_eq!(&body, verdict.body());
            // A rule set that asks for nothing lists nothing.
            prop_assert!(body.verdict != Listable || !body.findings.is_empty());
        }
    }
}

/// Most of what is put together is a rule set: else nothing would be tested.
#[test]
fn most_rule_sets_that_are_put_together_are_accepted() {
    let mut runner = proptest::test_runner::TestRunner::new(tried(1));
    let mut accepted = 0;
    for _ in 0..50 {
        let made = made().new_tree(&mut runner).unwrap().current();
        accepted += usize::from(PolicySet::empty().with(made.text().as_bytes()).is_ok());
    }
    assert!(accepted > 25, "{accepted} of 50");
}
