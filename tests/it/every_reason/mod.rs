//! Every reason code comes about, with each of its effects: a table, one row for a code and an
//! effect, with what happens on a real path. A code without a row fails, and so does a row whose
//! code or effect the catalogue does not have.

mod evidence;
mod issuers;
mod measures;
mod offer;
mod refusals;
mod status;

use std::collections::{BTreeMap, BTreeSet};

use probant::policy::ruleset::Severity;
use probant::policy::{Finding, Outcome, PolicySet, Verdict, evaluate};
use probant::reason::{Effect, Reason};

use crate::case::{Question, policies};
use crate::verdict_registers::toys_and;
use crate::world::{Draft, World};

/// The codes that came about, each with what it did.
type Shown = BTreeSet<(Reason, Effect)>;

type Row = (Reason, Effect, fn() -> Shown);

/// What a finding does: a rule that only warns denies nothing.
fn effect(finding: &Finding) -> Effect {
    match (finding.outcome, finding.severity) {
        (Outcome::Warned, _) | (_, Severity::Warn) => Effect::Warn,
        (Outcome::NotMet, Severity::Deny) => Effect::Deny,
        _ => Effect::Review,
    }
}

fn shown(verdict: &Verdict) -> Shown {
    let findings = verdict.body().findings.iter();
    findings.filter_map(|finding| Some((finding.code?, effect(finding)))).collect()
}

/// What a verdict shows.
fn asked(world: &World, question: &Question) -> Shown {
    asked_under(world, question, &policies())
}

fn asked_under(world: &World, question: &Question, policies: &PolicySet) -> Shown {
    let query = question.normal(world.size());
    shown(&evaluate(&query, &world.evidence(&query).0, policies).unwrap())
}

/// What a verdict shows under the rules for toys and one requirement more.
fn required(world: &World, question: &Question, members: &str) -> Shown {
    asked_under(world, question, &toys_and(members))
}

/// A world to which this was added.
fn with(mut world: World, drafts: impl IntoIterator<Item = Draft>) -> World {
    for draft in drafts {
        world.add(draft);
    }
    world
}

fn rows() -> Vec<Row> {
    let tables =
        [refusals::ROWS, evidence::ROWS, status::ROWS, issuers::ROWS, offer::ROWS, measures::ROWS];
    tables.concat()
}

#[test]
fn every_reason_comes_about_with_each_of_its_effects() {
    let rows = rows();
    let mut mistakes = Vec::new();
    for reason in Reason::ALL {
        for effect in reason.effects() {
            let count = rows.iter().filter(|row| (row.0, row.1) == (*reason, *effect)).count();
            if count != 1 {
                mistakes.push(format!("{reason} {}: {count} rows", effect.letter()));
            }
        }
    }
    let letters = |shown: &Shown| {
        let of = |(reason, effect): &(Reason, Effect)| format!("{reason} {}", effect.letter());
        shown.iter().map(of).collect::<Vec<_>>().join(", ")
    };
    // What a code does anywhere is what the catalogue says that it does. That a rule set makes less
    // of it, as a warning, is up to the rule set.
    let mut uncatalogued: BTreeMap<(Reason, Effect), Reason> = BTreeMap::new();
    for (reason, effect, scenario) in rows {
        let shown = scenario();
        if !shown.contains(&(reason, effect)) {
            let shown = letters(&shown);
            mistakes.push(format!("{reason} {} did not come about: {shown}", effect.letter()));
        }
        for (found, does) in shown {
            if does != Effect::Warn && !found.effects().contains(&does) {
                uncatalogued.insert((found, does), reason);
            }
        }
    }
    for ((found, does), row) in uncatalogued {
        mistakes.push(format!("{found} {} is not in the catalogue: row {row}", does.letter()));
    }
    assert!(mistakes.is_empty(), "\n{}\n", mistakes.join("\n"));
}
