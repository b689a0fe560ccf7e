//! `probant policy test`: a rule set against the verdicts that are expected of it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::named;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::report::{Outcome, Report};
use crate::cli::words::Text;
use crate::policy::{PolicySet, RuleSet, rules};
use crate::rehearsal::{CASES_BYTES_MAX, CaseResult, Cases, Said, run};

/// Runs the cases that are kept beside a rule set.
///
/// Of mine.toml these are mine.cases.toml and the files *.toml in mine.cases/; each embedded rule set
/// brings its own. A case is a few records, a question on a day, and the word and complete
/// set of codes that are expected. The records are signed with keys made for the purpose and go
/// through admission, each case on a ledger of its own in memory. Exit status 0: every case came out
/// as expected. 1: one did not. 2: there are none, or they can't be read.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant policy test mine.toml
  probant policy test mine.toml --cases elsewhere.toml
  probant policy test eu-toys")]
pub(super) struct Test {
    /// The rule set: a file, or the name of an embedded one
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Other cases than those beside it; may be given several times
    #[arg(long, value_name = "FILE")]
    cases: Vec<PathBuf>,
}

/// What came of the cases of one file.
struct Played {
    file: String,
    rows: Vec<Row>,
}

/// What came of one case.
struct Row {
    line: usize,
    name: String,
    expected: Said,
    found: Result<Said, String>,
    is_met: bool,
}

impl Test {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let rule_set = named::find(&self.file)?;
        let played = match self.files()? {
            files if files.is_empty() => vec![self.embedded(&rule_set)?],
            files => files.iter().map(|file| read(file, &rule_set)).collect::<Result<_, _>>()?,
        };
        Ok(report(&rule_set, &played))
    }

    /// The files of cases that were named, or that are beside the rule set.
    fn files(&self) -> Result<Vec<PathBuf>, Failure> {
        if !self.cases.is_empty() {
            return Ok(self.cases.clone());
        }
        let beside = |ending: &str| self.file.with_extension(ending);
        let mut found = Vec::new();
        if beside("cases.toml").is_file() {
            found.push(beside("cases.toml"));
        }
        let dir = beside("cases");
        if dir.is_dir() {
            let step = || format!("read {}", dir.display());
            let entries = fs::read_dir(&dir).step(step())?;
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>().step(step())?;
            paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
            paths.sort();
            found.extend(paths);
        }
        Ok(found)
    }

    /// The cases that an embedded rule set brings with it.
    fn embedded(&self, rule_set: &RuleSet) -> Result<Played, Failure> {
        let id = rule_set.name().id();
        let is_embedded = rules::embedded(id).is_some_and(|of| of.as_bytes() == rule_set.bytes());
        match rules::cases(id) {
            Some(text) if is_embedded => {
                play(&format!("{id}.cases.toml"), text.as_bytes(), rule_set)
            }
            _ => {
                let (file, beside) = (
                    self.file.display(),
                    self.file.with_extension("cases.toml").display().to_string(),
                );
                Err(Failure::new(format!("{file} has no cases: expected {beside}")))
            }
        }
    }
}

fn read(file: &Path, rule_set: &RuleSet) -> Result<Played, Failure> {
    let bytes = files::read(file, CASES_BYTES_MAX)?;
    play(&file.display().to_string(), &bytes, rule_set)
}

fn play(file: &str, bytes: &[u8], rule_set: &RuleSet) -> Result<Played, Failure> {
    let cases = Cases::parse(bytes).step(format!("cases {file}"))?;
    let rows = run(&cases, rule_set, &PolicySet::embedded()).into_iter().map(row).collect();
    Ok(Played { file: file.to_owned(), rows })
}

fn row(result: CaseResult<'_>) -> Row {
    let (case, is_met) = (result.case, result.is_met());
    let expected = Said { word: case.expected, codes: case.codes.clone() };
    Row { line: case.line, name: case.name.clone(), expected, found: result.found, is_met }
}

fn report(rule_set: &RuleSet, played: &[Played]) -> Report {
    let mut text = Text::default();
    let (mut count, mut held) = (0, 0);
    let mut rows: Vec<Value> = Vec::new();
    for Played { file, rows: of } in played {
        for row in of {
            count += 1;
            held += usize::from(row.is_met);
            text.line(line(file, row));
            rows.push(value(file, row));
        }
    }
    let (name, sha256) = (rule_set.name(), rule_set.sha256());
    text.line(format_args!("{held} of {count} cases as expected, under {name}, SHA-256 {sha256}"));
    let outcome = if held == count { Outcome::Accepted } else { Outcome::Rejected };
    let facts = json!({
        "policy": rule_set.reference(), "count": count, "held": held, "cases": rows,
    });
    Report::new(outcome, facts, text)
}

fn line(file: &str, row: &Row) -> String {
    let expected = words(&row.expected);
    let name = &row.name;
    match &row.found {
        Ok(_) if row.is_met => format!("ok       {name}: {expected}"),
        Ok(found) => {
            let found = words(found);
            format!("DIFFERS  {file}:{}: {name}: expected {expected}; found {found}", row.line)
        }
        Err(error) => format!("DIFFERS  {file}:{}: {name}: {error}", row.line),
    }
}

fn words(said: &Said) -> String {
    let codes: Vec<&str> = said.codes.iter().map(String::as_str).collect();
    format!("{} {}", said.word.name(), codes.join(", ")).trim_end().to_owned()
}

fn value(file: &str, row: &Row) -> Value {
    let found = row.found.as_ref().ok();
    json!({
        "file": file, "line": row.line, "case": row.name,
        "expected": row.expected.word, "expected_codes": row.expected.codes,
        "found": found.map(|said| said.word), "found_codes": found.map(|said| &said.codes),
        "error": row.found.as_ref().err(), "is_met": row.is_met,
    })
}
