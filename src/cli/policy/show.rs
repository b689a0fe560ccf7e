//! `probant policy show`: a rule set, byte for byte or in words.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::{named, summary};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::report::{Outcome, Report};
use crate::cli::verdict::{self, Lang};
use crate::cli::words::Text;
use crate::policy::ruleset::Severity;
use crate::policy::{LawRef, RuleSet, Texts, describe};

/// Writes a rule set: its exact bytes, or what it demands in words.
///
/// What is written without --words has the SHA-256 that `policy list` says, so a copy can be kept
/// beside a dossier, or changed into a rule set of your own.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant policy show eu-toys > mine.toml
  probant policy show eu-lvd@2026.11.0 --words
  probant policy show mine.toml --words --lang fr")]
pub(super) struct Show {
    /// An embedded rule set (eu-toys, eu-toys@2026.11.0), or a file
    #[arg(value_name = "NAME")]
    name: PathBuf,
    /// In words: what is demanded, by which law, and who can supply it
    #[arg(long)]
    words: bool,
    /// The language of the words
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

impl Show {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let rules = named::find(&self.name)?;
        let toml = String::from_utf8(rules.bytes().to_vec()).step("rule set")?;
        let mut facts = summary::value(&rules);
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("rules".to_owned(), self.rules(&rules).into());
            facts.insert("toml".to_owned(), toml.clone().into());
        }
        if !self.words {
            return Ok(Report::new(Outcome::Accepted, facts, toml));
        }
        let mut text = Text::default();
        let description = describe(&rules, self.lang.locale());
        text.styled(anstyle::Style::new().bold(), &description.headline);
        verdict::put_sections(&mut text, &description.sections);
        Ok(Report::new(Outcome::Accepted, facts, text))
    }

    fn rules(&self, rules: &RuleSet) -> Vec<Value> {
        let row = |kind: &str,
                   code: &str,
                   severity: Severity,
                   law: &[LawRef],
                   texts: [Option<&Texts>; 2]| {
            let [title, fix] = texts.map(|of| of.map(|of| of.get(self.lang.locale())));
            json!({
                "kind": kind, "code": code, "severity": severity, "law": law, "title": title,
                "fix": fix,
            })
        };
        let prohibited = rules.prohibited.iter().map(|of| {
            let texts = [of.title.as_ref(), of.fix.as_ref()];
            row("prohibited", &of.code, Severity::Deny, &of.law, texts)
        });
        let negative = rules.negative.iter().map(|of| {
            row("negative", &of.code, of.on_hit, &of.law, [of.title.as_ref(), of.fix.as_ref()])
        });
        let requirements = rules.requirements.iter().map(|of| {
            row("requirement", &of.code, of.severity, &of.law, [of.title.as_ref(), of.fix.as_ref()])
        });
        prohibited.chain(negative).chain(requirements).collect()
    }
}
