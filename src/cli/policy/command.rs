//! The command and its parts.

use clap::{Args, Subcommand};

use super::check::Check;
use super::list::List;
use super::show::Show;
use super::statement::PolicyStatement;
use super::test::Test;
use crate::cli::failure::Failure;
use crate::cli::report::Report;

/// Lists, shows, checks, tests and publishes rule sets.
///
/// A rule set says what must be provable before a product is listed. Some are part of this program;
/// others are files that a reader accepts with --policy.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant policy list
  probant policy show eu-toys --words --lang fr
  probant policy show eu-toys > mine.toml            the same bytes, the same SHA-256
  probant policy check mine.toml
  probant policy test mine.toml                      the cases in mine.cases.toml
  probant policy statement mine.toml --trust genesis.toml --issuer URI --out mine.json")]
pub(in crate::cli) struct Policy {
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand, Debug)]
enum Part {
    List(List),
    Show(Show),
    Check(Check),
    Test(Test),
    Statement(PolicyStatement),
}

impl Policy {
    /// The name of the part that was asked for.
    pub(in crate::cli) const fn name(&self) -> &'static str {
        match self.part {
            Part::List(_) => "policy list",
            Part::Show(_) => "policy show",
            Part::Check(_) => "policy check",
            Part::Test(_) => "policy test",
            Part::Statement(_) => "policy statement",
        }
    }

    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        match &self.part {
            Part::List(part) => part.run(),
            Part::Show(part) => part.run(),
            Part::Check(part) => part.run(),
            Part::Test(part) => part.run(),
            Part::Statement(part) => part.run(),
        }
    }
}
