//! The commands and their arguments; what a process does from its first argument to its exit
//! status.

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::cli::affected::Affected;
use crate::cli::attest::Attest;
use crate::cli::audit::Audit;
use crate::cli::backup::Backup;
use crate::cli::catalogue::Catalogue;
use crate::cli::check::Check;
use crate::cli::demo::Demo;
use crate::cli::export::Export;
use crate::cli::failure::Failure;
use crate::cli::fraud;
use crate::cli::gap::Gap;
use crate::cli::hand_over::HandOver;
use crate::cli::import::Import;
use crate::cli::init::Init;
use crate::cli::keygen::Keygen;
use crate::cli::mirror::Mirror;
use crate::cli::policy::Policy;
use crate::cli::report::{self, Format, Outcome, Report};
use crate::cli::restore::Restore;
use crate::cli::schema::Schema;
use crate::cli::serve::Serve;
use crate::cli::show::Show;
use crate::cli::submit::Submit;
use crate::cli::template::Template;
use crate::cli::verify::Verify;
use crate::cli::watch::Watch;
use crate::cli::witness::Witness;
use crate::cli::witness_policy::ExplainWitnessPolicy;

/// A ledger of signed product attestations that anyone can verify offline.
///
/// Exit status: 0 accepted (check and verify: LISTABLE); 1 rejected (not listable, review, refused,
/// a proof or an audit that fails); 2 could not say (files, network, usage, a query that can't be
/// read, a policy that is not accepted).
#[derive(Parser, Debug)]
#[command(name = "probant", version, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  probant demo                                             everything below, played through
  probant keygen --out acme.pem                            a key to sign with
  probant attest --key acme.pem declaration.json --out declaration.dsse.json
  probant submit --server http://127.0.0.1:7443 --trust genesis.toml declaration.dsse.json
  probant check  --server http://127.0.0.1:7443 --trust genesis.toml query.json --dossier product.dossier
  probant verify product.dossier --trust genesis.toml      offline, trusting nobody")]
struct Arguments {
    /// How the result is written to stdout
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Init(Init),
    Serve(Serve),
    HandOver(HandOver),
    Witness(Witness),
    Keygen(Keygen),
    Attest(Attest),
    Submit(Submit),
    Import(Import),
    Check(Check),
    Catalogue(Catalogue),
    Watch(Watch),
    Gap(Gap),
    Verify(Verify),
    Export(Export),
    Mirror(Mirror),
    Backup(Backup),
    Restore(Restore),
    Audit(Audit),
    Affected(Affected),
    Demo(Demo),
    Show(Show),
    Policy(Policy),
    WitnessPolicy(ExplainWitnessPolicy),
    Schema(Schema),
    Template(Template),
}

impl Command {
    const fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Serve(_) => "serve",
            Self::HandOver(_) => "hand-over",
            Self::Witness(_) => "witness",
            Self::Keygen(_) => "keygen",
            Self::Attest(_) => "attest",
            Self::Submit(_) => "submit",
            Self::Import(_) => "import",
            Self::Check(_) => "check",
            Self::Catalogue(_) => "catalogue",
            Self::Watch(_) => "watch",
            Self::Gap(_) => "gap",
            Self::Verify(_) => "verify",
            Self::Export(_) => "export",
            Self::Mirror(_) => "mirror",
            Self::Backup(_) => "backup",
            Self::Restore(_) => "restore",
            Self::Audit(_) => "audit",
            Self::Affected(_) => "affected",
            Self::Demo(_) => "demo",
            Self::Show(_) => "show",
            Self::Policy(policy) => policy.name(),
            Self::WitnessPolicy(_) => "witness-policy",
            Self::Schema(_) => "schema",
            Self::Template(_) => "template",
        }
    }

    /// Where it keeps the newest checkpoint that it saw, if it keeps one.
    fn seen(&self) -> Option<&Path> {
        match self {
            Self::Submit(command) => command.seen(),
            Self::Check(command) => command.seen(),
            Self::Catalogue(command) => command.seen(),
            Self::Gap(command) => command.seen(),
            Self::Export(command) => command.seen(),
            Self::Affected(command) => command.seen(),
            _ => None,
        }
    }

    fn run(&self, format: Format) -> Result<Report, Failure> {
        match self {
            Self::Init(command) => command.run(),
            Self::Serve(command) => command.run(format),
            Self::HandOver(command) => command.run(),
            Self::Witness(command) => command.run(format),
            Self::Keygen(command) => command.run(),
            Self::Attest(command) => command.run(),
            Self::Submit(command) => command.run(),
            Self::Import(command) => command.run(format),
            Self::Check(command) => command.run(),
            Self::Catalogue(command) => command.run(),
            Self::Watch(command) => command.run(format),
            Self::Gap(command) => command.run(),
            Self::Verify(command) => command.run(),
            Self::Export(command) => command.run(),
            Self::Mirror(command) => command.run(format),
            Self::Backup(command) => command.run(),
            Self::Restore(command) => command.run(),
            Self::Audit(command) => command.run(),
            Self::Affected(command) => command.run(),
            Self::Demo(command) => command.run(),
            Self::Show(command) => command.run(),
            Self::Policy(command) => command.run(),
            Self::WitnessPolicy(command) => command.run(),
            Self::Schema(command) => command.run(),
            Self::Template(command) => command.run(),
        }
    }
}

/// Runs the command that the process was started with, and says how it ends.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_asked_for = !error.use_stderr();
            // A closed stdout is the reader's choice.
            drop(error.print());
            let outcome = if is_asked_for { Outcome::Accepted } else { Outcome::Unknown };
            return outcome.into();
        }
    };
    let (command, format) = (arguments.command.name(), arguments.format);
    let seen = arguments.command.seen();
    let (outcome, printed) = match arguments.command.run(format) {
        Ok(report) => (report.outcome(), report.print(command, format)),
        Err(failure) => {
            let failure = fraud::keep(failure, seen);
            (failure.outcome(), report::print_failure(&failure, command, format))
        }
    };
    match printed {
        Ok(()) => outcome.into(),
        // A result that nobody got is none.
        Err(cause) => {
            report::talk(&format!("probant: {command}: write to stdout: {cause}"));
            Outcome::Unknown.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_contradict_nothing() {
        Arguments::command().debug_assert();
    }
}
