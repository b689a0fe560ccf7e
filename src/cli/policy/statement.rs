//! `probant policy statement`: the statement that publishes a rule set in a ledger.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::named;
use crate::attestation::{Predicate, PredicateKind, Role, Statement, SubjectRule};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::report::{Outcome, Report};
use crate::cli::show;
use crate::encoding;
use crate::hash::Digest;
use crate::identifier::OperatorUri;
use crate::ledger::{Clock as _, SystemClock};
use crate::time::Date;

/// Writes the statement with which a rule set is published in a ledger, to be signed and submitted.
///
/// Its document has the rule set's id as its number and the rule set's version as its version, so
/// that the ledger takes no other content under that name from the same issuer. To publish a rule
/// set accepts nothing: who judges by it says so with --policy.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant policy statement mine.toml --trust genesis.toml \\
      --issuer https://id.gs1.org/417/9521000500006 --out mine.json
  probant submit --server http://127.0.0.1:7443 --trust genesis.toml --key marketo.pem mine.json")]
pub(super) struct PolicyStatement {
    /// An embedded rule set (eu-toys, eu-toys@2026.11.0), or a file
    #[arg(value_name = "NAME")]
    name: PathBuf,
    /// The genesis document of the ledger that the statement is for
    #[arg(long, value_name = "genesis.toml")]
    trust: PathBuf,
    /// Who publishes it, by primary URI
    #[arg(long, value_name = "URI")]
    issuer: OperatorUri,
    /// The role in which it does: `platform` or `market_surveillance`
    #[arg(long, default_value = "platform")]
    role: Role,
    /// The day of issue, else today (UTC)
    #[arg(long, value_name = "DATE")]
    issued: Option<Date>,
    /// Write the statement to a file that is not there yet, else to stdout
    #[arg(long, value_name = "STATEMENT.json")]
    out: Option<PathBuf>,
}

impl PolicyStatement {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let rules = named::find(&self.name)?;
        let genesis = show::read_genesis(&self.trust)?;
        let sha256 = Digest::of(rules.bytes());
        let issued = self.issued.unwrap_or_else(|| SystemClock.now().date());
        // Of the same rule set by the same issuer for the same ledger the same, but for the day.
        let id = sha256.to_string().chars().take(32).collect::<String>();
        // No rule set has a text for people in one of these languages alone.
        let predicate = json!({
            "header": {
                "id": format!("policy-{id}"),
                "ledger": genesis.origin(),
                "issuer": {"operator": self.issuer, "role": self.role},
                "document": {
                    "number": rules.name().id(), "version": rules.name().version(),
                    "issued": issued, "languages": ["en", "fr"],
                },
            },
            "content": encoding::base64_encode(rules.bytes()),
            "sha256": sha256,
        });
        let kind = PredicateKind::PolicyPublication;
        let predicate = Predicate::parse(kind, predicate.to_string().as_bytes());
        let predicate = predicate.rejected("statement")?;
        let SubjectRule::Exactly(subjects) = predicate.subjects().step("statement")? else {
            return Err(Failure::new("statement: it has no subjects of its own"));
        };
        let statement = Statement::write(&subjects, &predicate).step("statement")?;
        drop(Statement::parse(&statement).step("statement")?);
        if let Some(path) = &self.out {
            files::write_new(path, &statement, Access::Public)?;
        }
        let facts = json!({
            "id": rules.name().id(), "version": rules.name().version(), "sha256": sha256,
            "statement_file": self.out.as_ref().map(|path| path.to_string_lossy()),
            "statement": String::from_utf8_lossy(&statement),
        });
        let text = match &self.out {
            Some(path) => format!("statement: {}\n", path.display()),
            None => String::from_utf8_lossy(&statement).into_owned() + "\n",
        };
        Ok(Report::new(Outcome::Accepted, facts, text))
    }
}
