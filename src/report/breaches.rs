//! What an audit held a log to, what is wrong with it, and what else is remarkable.

use crate::audit::{AuditReport, Detail, Place, Rule};
use crate::policy::Locale;
use crate::report::coverage::is_whole;
use crate::report::document::{Block, Cell, Section};

/// The breaches, each with its rule and its place; nothing for a sound log.
pub(super) fn findings(report: &AuditReport, locale: Locale) -> Option<Section> {
    let rows = report.findings.iter().map(|finding| {
        let meaning = finding.rule.explanation(locale);
        row(finding.rule.name(), meaning, &finding.place, &finding.detail, locale)
    });
    let caption =
        locale.choose("Breaches, in the order found", "Infractions, dans l'ordre de leur constat");
    let table =
        Block::table(caption, &head(locale.choose("Rule", "Règle"), locale), rows.collect());
    let title = locale.choose("What is wrong with the log", "Infractions constatées");
    Section::new(title, table.into_iter().collect())
}

/// What a reader should know of a log that may well be sound.
pub(super) fn remarks(report: &AuditReport, locale: Locale) -> Option<Section> {
    let rows: Vec<Vec<Cell>> = report
        .observations
        .iter()
        .map(|seen| {
            let meaning = seen.remark.explanation(locale);
            row(seen.remark.name(), meaning, &seen.place, &seen.detail, locale)
        })
        .collect();
    let title = locale.choose("Remarks", "Remarques");
    let intro = locale.choose(
        "What platforms did, and what could not be looked at. None of it makes the log unsound.",
        "La conduite des plateformes, et ce qui n'a pu être examiné. Rien de cela n'entache le \
         registre.",
    );
    let caption =
        locale.choose("Remarks, in the order found", "Remarques, dans l'ordre de leur constat");
    let table = Block::table(caption, &head(locale.choose("Remark", "Remarque"), locale), rows)?;
    Section::new(title, vec![Block::paragraph(intro), table])
}

/// Every rule that the log was held to, and how many breaches were found.
pub(super) fn rules(report: &AuditReport, is_witnessed: bool, locale: Locale) -> Option<Block> {
    let none = if is_whole(report) {
        locale.choose("none", "aucune")
    } else {
        locale.choose("none as far as was read", "aucune dans ce qui a été lu")
    };
    let rows = Rule::ALL.iter().map(|rule| {
        let count = report.findings.iter().filter(|finding| finding.rule == *rule).count();
        let found = match count {
            0 if *rule == Rule::Witnesses && !is_witnessed => {
                locale.choose("none were asked for", "aucun n'a été exigé").to_owned()
            }
            0 => none.to_owned(),
            count => count.to_string(),
        };
        vec![Cell::words(rule), Cell::words(rule.explanation(locale)), Cell::words(found)]
    });
    Block::table(
        locale.choose("What was looked for", "Ce qui a été recherché"),
        &[
            locale.choose("Rule", "Règle"),
            locale.choose("Breach", "Infraction"),
            locale.choose("Found", "Constatées"),
        ],
        rows.collect(),
    )
}

const fn head(what: &str, locale: Locale) -> [&str; 4] {
    [
        what,
        locale.choose("What it means", "Signification"),
        locale.choose("Where", "Où"),
        locale.choose("Details", "Détail"),
    ]
}

fn row(name: &str, meaning: &str, place: &Place, detail: &Detail, locale: Locale) -> Vec<Cell> {
    let word = locale.choose("entry", "entrée");
    let entry = place.entry.map(|entry| format!("{word} {entry}"));
    let lines = std::iter::once(place.file.clone()).chain(entry);
    vec![
        Cell::words(name),
        Cell::words(meaning),
        Cell::lines(lines),
        Cell::words(detail.text(locale)),
    ]
}
