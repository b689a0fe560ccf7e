//! `probant policy check`: mistakes in rule sets, one line each.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::named;
use crate::cli::failure::Failure;
use crate::cli::files;
use crate::cli::policies::RULE_SET_BYTES_MAX;
use crate::cli::report::{Outcome, Report};
use crate::cli::words::Text;
use crate::policy::ruleset::{line_of_head, mistakes};
use crate::policy::{Remark, RuleSet, overlap, remarks};
use crate::rehearsal::{Cases, CasesError};

/// Finds mistakes in rule sets, one line each: file, line, message.
///
/// Beside each file by itself, the files are held against each other and against the embedded rule
/// sets: two that are for the same goods (a query that names neither is then judged by neither), and
/// the same id and version with other bytes. Files of cases (mine.cases.toml) are read as such. A remark
/// is about a rule that is sound and may not be what its author meant. Exit status 0: no mistake,
/// remarks or not. 1: some. 2: a file can't be read.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant policy check mine.toml
  probant policy check *.toml --named               the queries will name the rule set")]
pub(super) struct Check {
    /// The rule sets
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Take it that every query names its rule set: two for the same goods are then no mistake
    #[arg(long)]
    named: bool,
}

/// What the files are, besides their mistakes.
#[derive(Default)]
struct Checked {
    sound: Vec<(String, RuleSet)>,
    /// Files of cases, and how many are in each.
    cases: Vec<(String, usize)>,
    remarks: Vec<Mistake>,
}

/// A mistake or a remark, and where it is.
struct Mistake {
    file: String,
    line: usize,
    message: String,
}

/// A rule set, and how it is called.
struct Held {
    name: String,
    rules: RuleSet,
    is_embedded: bool,
}

impl Check {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let embedded = named::embedded()?.into_iter().map(|rules| Held {
            name: format!("the embedded {}", rules.name().id()),
            rules,
            is_embedded: true,
        });
        let mut held: Vec<Held> = embedded.collect();
        let mut found = Vec::new();
        let mut all = Checked::default();
        for file in &self.files {
            let bytes = files::read(file, RULE_SET_BYTES_MAX)?;
            let name = file.display().to_string();
            let cases = Cases::parse(&bytes);
            if are_cases(file) || cases.is_ok() {
                match cases {
                    Ok(cases) => all.cases.push((name, cases.cases().len())),
                    Err(error) => {
                        let CasesError { line, message } = error;
                        found.push(Mistake { file: name, line, message });
                    }
                }
                continue;
            }
            match RuleSet::parse(&bytes) {
                Ok(rules) => {
                    let before = found.len();
                    self.compare(file, &rules, &held, &mut found);
                    let said = remarks(&rules).into_iter();
                    all.remarks.extend(said.map(|Remark { line, message }| Mistake {
                        file: name.clone(),
                        line,
                        message,
                    }));
                    if found.len() == before {
                        all.sound.push((name.clone(), rules.clone()));
                    }
                    held.push(Held { name, rules, is_embedded: false });
                }
                Err(_) => found.extend(mistakes(&bytes).into_iter().map(|error| Mistake {
                    file: name.clone(),
                    line: error.line,
                    message: error.fault.to_string(),
                })),
            }
        }
        Ok(report(&found, &all))
    }

    /// Holds a rule set against those before it.
    fn compare(&self, file: &Path, rules: &RuleSet, held: &[Held], found: &mut Vec<Mistake>) {
        let mut say = |member: &str, message: String| {
            let line = line_of_head(rules.bytes(), member);
            found.push(Mistake { file: file.display().to_string(), line, message });
        };
        for other in held.iter().filter(|other| other.rules.sha256() != rules.sha256()) {
            if other.rules.name() == rules.name() {
                let (name, place) = (rules.name(), &other.name);
                say(
                    "id",
                    format!(
                        "{name} is {place}, too, with other bytes: by that name neither is found"
                    ),
                );
            }
            let Some(goods) = overlap(rules, &other.rules).filter(|_| !self.named) else {
                continue;
            };
            let other = if other.is_embedded {
                other.name.clone()
            } else {
                format!("{} in {}", other.rules.name(), other.name)
            };
            say(
                "categories",
                format!(
                    "{} in {} from {} on: {other} is for such goods, too; a query that names neither \
                     gives POLICY_NOT_FOUND",
                    goods.category, goods.country, goods.from
                ),
            );
        }
    }
}

/// Whether a file is named as `policy test` looks for cases.
fn are_cases(file: &Path) -> bool {
    let ends = |path: Option<&Path>, end: &str| {
        path.and_then(Path::to_str).is_some_and(|name| name.ends_with(end))
    };
    ends(Some(file), ".cases.toml") || ends(file.parent(), ".cases")
}

fn report(found: &[Mistake], all: &Checked) -> Report {
    let mut text = Text::default();
    for Mistake { file, line, message } in found {
        text.line(format_args!("{file}:{line}: {message}"));
    }
    for Mistake { file, line, message } in &all.remarks {
        text.line(format_args!("{file}:{line}: remark: {message}"));
    }
    for (file, rules) in &all.sound {
        text.line(format_args!("{file}: sound: {}, SHA-256 {}", rules.name(), rules.sha256()));
    }
    for (file, count) in &all.cases {
        text.line(format_args!("{file}: cases, {count} of them: to be run with policy test"));
    }
    let rows = |of: &[Mistake]| -> Vec<Value> {
        let row = |of: &Mistake| json!({"file": of.file, "line": of.line, "message": of.message});
        of.iter().map(row).collect()
    };
    let (mistakes, remarks) = (rows(found), rows(&all.remarks));
    let cases: Vec<_> =
        all.cases.iter().map(|(file, count)| json!({"file": file, "count": count})).collect();
    let sound: Vec<_> = all
        .sound
        .iter()
        .map(|(file, rules)| {
            let name = rules.name();
            json!({"file": file, "id": name.id(), "version": name.version(), "sha256": rules.sha256()})
        })
        .collect();
    let outcome = if found.is_empty() { Outcome::Accepted } else { Outcome::Rejected };
    Report::new(
        outcome,
        json!({
            "mistakes": mistakes, "remarks": remarks, "sound": sound, "cases": cases,
        }),
        text,
    )
}
