//! The command: what it is given, and what it does with it.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::progress::Progress;
use crate::cli::reader::read_witnesses;
use crate::cli::remote::{Trust, block_on};
use crate::cli::report::Report;
use crate::cli::submit::results::Results;
use crate::cli::submit::signing::Signing;
use crate::cli::submit::source::{self, Making};
use crate::cli::submit::tally::{Kind, Tally};
use crate::cli::submit::witnessing::Wait;
use crate::cli::table_file;
use crate::note::WitnessPolicy;

/// Has envelopes recorded, and keeps the receipts.
///
/// They are recorded in their order, and every receipt is checked. What the ledger refuses it signs,
/// and that is checked and kept too. A file holds one envelope (DSSE, JSON), or one a line; with --key
/// also statements, or rows of a table (.csv, .tsv; `probant template` has the columns), which are signed
/// first. What is recorded already is recognised
/// and answered with its first receipt: after an interruption, run the same command again. With
/// --wait witnessed, every receipt is under a checkpoint that witnesses have cosigned; what they have not
/// cosigned after half a minute is recorded all the same, and the same command brings its receipt up. With --dry-run,
/// nothing is recorded: without --server, everything is read, checked and signed; with it, the ledger says
/// of each what it would do.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant submit --server http://127.0.0.1:7443 declaration.dsse.json
  probant submit --server http://127.0.0.1:7443 --receipts receipts/ catalogue.jsonl
  probant submit --server http://127.0.0.1:7443 --wait witnessed --witness-policy policy \\
      --receipts receipts/ declaration.dsse.json
  probant submit --dry-run --key acme.pem reports.csv
  probant submit --dry-run --server http://127.0.0.1:7443 --key acme.pem --results forecast.csv reports.csv
  probant submit --server http://127.0.0.1:7443 --key acme.pem --results done.csv reports.csv")]
pub(in crate::cli) struct Submit {
    /// Address of the ledger's server, as `http://127.0.0.1:7443`
    #[arg(long, value_name = "URL", required_unless_present = "dry_run")]
    server: Option<String>,
    #[command(flatten)]
    pub(super) trust: Trust,
    /// A directory for the receipts, `<statement digest>.tlog-proof` each, and for what the ledger
    /// signs when it refuses, `<statement digest>.refusal`; beside them, `handover/` says how the log
    /// key changed hands, if it did
    #[arg(long, value_name = "DIR")]
    pub(super) receipts: Option<PathBuf>,
    /// How firmly what is recorded is to stand before the command ends. With `witnessed`, receipts are
    /// under checkpoints that a quorum of the server's witnesses has cosigned
    #[arg(long, value_name = "STATE", value_enum, default_value_t, conflicts_with = "dry_run")]
    pub(super) wait: Wait,
    /// The witnesses that you ask for, and how many (C2SP tlog-policy); without it, that there was a
    /// quorum is the server's word
    #[arg(
        long = "witness-policy",
        alias = "witnesses",
        value_name = "FILE",
        conflicts_with = "dry_run"
    )]
    witnesses: Option<PathBuf>,
    /// A table (CSV) of what became of each; one that is there is overwritten
    #[arg(long, value_name = "FILE.csv")]
    results: Option<PathBuf>,
    /// A private key that signs statements and rows; may be given several times
    #[arg(long = "key", value_name = "KEY.pem")]
    keys: Vec<PathBuf>,
    /// A value for a column where a row leaves it empty; may be given several times
    #[arg(long = "set", value_name = "COLUMN=VALUE", value_parser = table_file::default)]
    defaults: Vec<(String, String)>,
    /// Have nothing recorded. Without --server, nothing is sent either: only the ledger can tell whether
    /// it knows the signer, and whether a document was recorded before. With it, the ledger tells what
    /// it would do with each, as things stand
    #[arg(long, conflicts_with = "receipts")]
    dry_run: bool,
    /// Files with envelopes, statements or rows
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
}

impl Submit {
    /// The file with the newest checkpoint that was seen.
    pub(in crate::cli) fn seen(&self) -> Option<&Path> {
        self.trust.seen()
    }

    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        // Before anything is sent: a file that is not there is a mistake in the command.
        let total = source::total_bytes(&self.files)?;
        let signing = Signing::read(&self.keys)?;
        let making = Making { signing, defaults: self.defaults.clone().into() };
        table_file::check_defaults(&self.defaults, self.files.iter().map(PathBuf::as_path))?;
        self.expect_no_input_overwritten()?;
        if self.witnesses.is_some() && self.wait != Wait::Witnessed {
            return Err(Failure::new("--witness-policy is for --wait witnessed"));
        }
        match (&self.server, self.dry_run) {
            (Some(server), false) => {
                if let Some(dir) = &self.receipts {
                    std::fs::create_dir_all(dir).step(format!("make {}", dir.display()))?;
                }
                block_on(self.send(server, making, Progress::begin(total)))
            }
            (Some(server), true) => block_on(self.forecast(server, making, Progress::begin(total))),
            (None, _) => self.check(&making, Progress::begin(total)),
        }
    }

    /// The witnesses that are asked for, if any.
    pub(super) fn witnesses(&self) -> Result<Option<WitnessPolicy>, Failure> {
        let read = self.witnesses.as_deref().map(read_witnesses).transpose()?;
        Ok(read.map(|(policy, _file)| policy))
    }

    /// What becomes of the input must not be written over it.
    fn expect_no_input_overwritten(&self) -> Result<(), Failure> {
        let Some(results) = self.results.as_ref().and_then(|path| path.canonicalize().ok()) else {
            return Ok(());
        };
        let mut inputs = self.files.iter().chain(&self.keys);
        match inputs.find(|input| input.canonicalize().is_ok_and(|input| input == results)) {
            None => Ok(()),
            Some(input) => {
                let message = format!("--results would overwrite {}", input.display());
                Err(Failure::new(message))
            }
        }
    }

    pub(super) fn tally(&self, kind: Kind) -> Result<Tally, Failure> {
        let results = self.results.as_deref().map(Results::create).transpose()?;
        Ok(Tally::new(results, kind))
    }
}
