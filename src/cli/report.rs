//! What a command found out, for people or for programs.

use std::io::{self, Write as _};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::failure::Failure;
use crate::cli::words::{plain, plain_json, plain_json_line};

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object, whose members are documented and stable.
    Json,
}

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// 0: done, or what was judged holds.
    Accepted,
    /// 1: what was judged does not hold.
    Rejected,
    /// 2: could not say.
    Unknown,
}

impl Outcome {
    /// The exit status.
    pub(super) const fn status(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Rejected => 1,
            Self::Unknown => 2,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.status())
    }
}

/// The result of a command: an outcome, and the same facts twice.
#[derive(Debug)]
pub(super) struct Report {
    outcome: Outcome,
    facts: Map<String, Value>,
    text: String,
    is_silent: bool,
}

impl Report {
    /// The report of these facts, which are an object, and of their text in whole lines.
    pub(super) fn new(outcome: Outcome, facts: Value, text: impl Into<String>) -> Self {
        let facts = match facts {
            Value::Object(facts) => facts,
            other => Map::from_iter([("result".to_owned(), other)]),
        };
        Self { outcome, facts, text: text.into(), is_silent: false }
    }

    /// An outcome of which everything has been said.
    pub(super) fn silent(outcome: Outcome) -> Self {
        Self { outcome, facts: Map::new(), text: String::new(), is_silent: true }
    }

    /// What the process ends with.
    pub(super) const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Writes the result to stdout.
    pub(super) fn print(mut self, command: &str, format: Format) -> io::Result<()> {
        match format {
            _ if self.is_silent => Ok(()),
            Format::Text => print(&self.text),
            Format::Json => {
                self.facts.insert("command".to_owned(), command.into());
                self.facts.insert("outcome".to_owned(), outcome_value(self.outcome));
                print_json(&Value::Object(self.facts))
            }
        }
    }
}

/// Says why a command has no result: on stderr, and for programs on stdout as well.
pub(super) fn print_failure(failure: &Failure, command: &str, format: Format) -> io::Result<()> {
    let facts = talk_of(failure, command);
    if format == Format::Json { print_json(&facts) } else { Ok(()) }
}

/// The same of a command that writes one object a line.
pub(super) fn print_failure_line(
    failure: &Failure,
    command: &str,
    format: Format,
) -> io::Result<()> {
    let facts = talk_of(failure, command);
    if format == Format::Json { print_json_line(&facts) } else { Ok(()) }
}

/// Says on stderr why a command has no result; gives the same for programs.
fn talk_of(failure: &Failure, command: &str) -> Value {
    let chain = failure.chain();
    let line = format!("probant: {command}: {}", chain.join(": "));
    talk(&line);
    for note in failure.evidence() {
        talk("evidence, to be kept:");
        note.lines().for_each(talk);
    }
    if let Some(path) = failure.proof_file() {
        let path = path.display();
        talk(&format!("evidence of fraud, for `probant verify` by anybody: {path}"));
    }
    let mut facts = serde_json::json!({
        "command": command,
        "outcome": failure.outcome(),
        "error": line,
        "chain": chain,
    });
    if let (false, Some(facts)) = (failure.evidence().is_empty(), facts.as_object_mut()) {
        facts.insert("evidence".to_owned(), failure.evidence().into());
    }
    if let (Some(path), Some(facts)) = (failure.proof_file(), facts.as_object_mut()) {
        facts.insert("evidence_file".to_owned(), path.display().to_string().into());
    }
    facts
}

/// A line on stderr. What is in it may be somebody else's text.
pub(super) fn talk(line: &str) {
    say(&plain(line));
}

/// A warning on stderr.
pub(super) fn warn(line: &str) {
    let style = anstyle::AnsiColor::Yellow.on_default().bold();
    say(&format!("{style}warning:{style:#} {}", plain(line)));
}

fn say(line: &str) {
    // Nobody is left to be told that nobody listens.
    drop(writeln!(anstream::stderr().lock(), "{line}"));
}

fn outcome_value(outcome: Outcome) -> Value {
    serde_json::to_value(outcome).unwrap_or_default()
}

fn print_json(value: &Value) -> io::Result<()> {
    print(&(plain_json(value) + "\n"))
}

/// Writes an object on a line of its own: a reader who has gone is an error here, for there may be
/// more to come.
pub(super) fn print_json_line(value: &Value) -> io::Result<()> {
    print_line(&plain_json_line(value))
}

/// Writes a line, in the same way.
pub(super) fn print_line(line: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

fn print(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // The reader has seen enough.
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
