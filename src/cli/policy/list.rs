//! `probant policy list`: the rule sets that this program brings with it.

use clap::Args;
use serde_json::json;

use super::{named, summary};
use crate::cli::failure::Failure;
use crate::cli::report::{Outcome, Report};
use crate::cli::words::Text;
use crate::identifier::Country;

/// Lists the rule sets that are part of this program.
///
/// They are accepted without --policy. Only the SHA-256 names the content of one.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant policy list
  probant policy list --format json")]
pub(super) struct List {}

impl List {
    #[expect(clippy::unused_self, reason = "as every command has it")]
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let sets = named::embedded()?;
        let mut text = Text::default();
        for rules in &sets {
            let countries: Vec<&str> = rules.jurisdiction.iter().map(Country::as_str).collect();
            text.styled(anstyle::Style::new().bold(), &rules.name().to_string())
                .line(format_args!("  sha256: {}", rules.sha256()))
                .line(format_args!(
                    "  law in: {}, from {}",
                    countries.join(", "),
                    rules.applies_from
                ))
                .line(format_args!("  goods: {}", summary::categories(rules)));
        }
        let rows: Vec<_> = sets.iter().map(summary::value).collect();
        Ok(Report::new(Outcome::Accepted, json!({"rule_sets": rows}), text))
    }
}
