//! The findings of a verdict: every rule, what it demands, what came of it, what to do and by whom.

use crate::policy::words;
use crate::policy::{ExplainedFinding, Explanation, Locale, Outcome, Part, Supplier};
use crate::report::document::{Block, Card, Cell, Fact, Section};
use crate::report::line::Line;

/// The parts of an explanation, findings with all that belongs to them. What is not proved comes
/// elsewhere.
pub(super) fn sections(
    explanation: &Explanation,
    findings: &[ExplainedFinding],
    locale: Locale,
) -> Vec<Section> {
    let of = |outcome: Outcome| findings.iter().filter(move |of| of.outcome == outcome);
    let parts = explanation.sections.iter().filter(|section| section.part != Part::Limits);
    let sections = parts.filter_map(|section| {
        let blocks = match section.part {
            Part::Findings(Outcome::Met) => met(of(Outcome::Met), locale),
            Part::Findings(outcome) => {
                of(outcome).map(|finding| Block::Card(card(finding, locale))).collect()
            }
            Part::Conditions | Part::Validity | Part::Basis | Part::Limits | Part::Rules => {
                vec![list(section.items.iter().map(|item| item.text.as_str()))]
            }
        };
        Section::new(&section.title, blocks)
    });
    sections.collect()
}

pub(super) fn list<'a>(items: impl Iterator<Item = &'a str>) -> Block {
    Block::List(items.map(Line::new).collect())
}

/// What is met needs no more than a row.
fn met<'a>(findings: impl Iterator<Item = &'a ExplainedFinding>, locale: Locale) -> Vec<Block> {
    let rows = findings.map(|finding| {
        let title = finding.title.as_deref().unwrap_or_default();
        vec![Cell::words(&finding.rule), Cell::words(title), Cell::lines(&finding.law)]
    });
    let table = Block::table(
        locale.choose("Rules that the evidence meets", "Règles que les preuves satisfont"),
        &[
            locale.choose("Rule", "Règle"),
            locale.choose("What it demands", "Exigence"),
            locale.choose("Law", "Droit"),
        ],
        rows.collect(),
    );
    table.into_iter().collect()
}

fn card(finding: &ExplainedFinding, locale: Locale) -> Card {
    let mut facts = Vec::new();
    let found = locale.choose("Found", "Constat");
    facts.extend(finding.reason.map(|reason| Fact::words(found, words::reason(reason, locale))));
    let how = locale.choose("How", "Comment");
    facts.extend(finding.likeness.map(|likeness| Fact::words(how, likeness)));
    let to_do = locale.choose("To do", "À faire");
    facts.extend(finding.fix.as_ref().map(|fix| Fact::words(to_do, fix)));
    if !finding.suppliers.is_empty() {
        let by_whom =
            locale.choose("What meets it, and by whom", "Ce qui y satisferait, et de qui");
        let lines = finding.suppliers.iter().map(|supplier| supply(supplier, locale));
        facts.push(Fact::lines(by_whom, lines));
    }
    if !finding.law.is_empty() {
        facts.push(Fact::lines(locale.choose("Law", "Droit"), &finding.law));
    }
    Card { title: Line::new(finding.heading()), facts }
}

fn supply(supplier: &Supplier, locale: Locale) -> String {
    let kind = words::kind(supplier.kind, locale);
    if supplier.roles.is_empty() {
        return kind.to_owned();
    }
    let roles: Vec<&str> = supplier.roles.iter().map(|of| words::role(*of, locale)).collect();
    format!("{kind}{} {}", locale.choose(":", " :"), roles.join(", "))
}
