//! The command: its options, and what it reads and writes.

use clap::Args;

use crate::audit::{self, AuditOptions};
use crate::cli::audit::evidence::Evidence;
use crate::cli::audit::words;
use crate::cli::bar::EntryBar;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::log_files::{LogPlace, Token};
use crate::cli::reader::Reader;
use crate::cli::report::{Outcome, Report};
use crate::cli::report_file::ReportFile;
use crate::cli::verdict::Lang;
use crate::report::{self, Again};

/// Reads a whole log again, from files or over HTTP, and holds it to every rule.
///
/// Every hash, signature, admission, seal and logged verdict is computed again from the files of an
/// export, on this machine. What a platform did is remarked on; it does not make the log unsound.
/// With --seen, it is held to checkpoints that you got elsewhere, too; one that is larger than the log
/// was not compared: status 2.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant export --server http://127.0.0.1:7443 --out copy/
  probant audit copy/ --trust genesis.toml
  probant audit https://log.example/ --trust genesis.toml
  probant audit copy/ --trust genesis.toml --report audit.html --lang fr
  probant audit copy/ --trust genesis.toml --seen recall.tlog-proof --evidence lie.fraud")]
pub(in crate::cli) struct Audit {
    /// A directory that `probant export` or `probant mirror` wrote, or the address of a log over HTTP
    #[arg(value_name = "DIR|URL")]
    place: LogPlace,
    #[command(flatten)]
    token: Token,
    #[command(flatten)]
    reader: Reader,
    #[command(flatten)]
    evidence: Evidence,
    #[command(flatten)]
    report: ReportFile,
    /// The language of the answer and of the report
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

impl Audit {
    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        self.report.check()?;
        self.evidence.check()?;
        let (genesis, policies) = (self.reader.genesis()?, self.reader.policies()?);
        let (witnesses, witness_file) = self.reader.witnesses()?.unzip();
        let options = AuditOptions {
            policies: &policies,
            witnesses: witnesses.as_ref(),
            now: self.reader.now(),
        };
        let mut source = self.place.open(&self.token)?;
        let mut bar = EntryBar::new();
        let known = self.reader.log_keys(&genesis)?;
        let report =
            audit::run_knowing(&mut *source, &genesis, &known, &options, &mut |at| bar.set(at));
        bar.clear();
        let mut report = report.step(format!("read {}", self.place))?;
        let found = self.evidence.look(&mut *source, (&genesis, &known), &mut report)?;
        let outcome = if report.is_sound() { Outcome::Accepted } else { Outcome::Rejected };
        let outcome = found.outcome(outcome);
        let mut facts = serde_json::to_value(&report).step("write the report")?;
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("report_file".to_owned(), self.report.shown().into());
            facts.insert("seen".to_owned(), found.seen());
            facts.insert("fraud".to_owned(), found.fraud());
            facts.insert("evidence_file".to_owned(), found.file(&self.evidence).into());
        }
        let mut more = self.token.again();
        more.extend(["--at".to_owned(), options.now.to_string()]);
        more.extend(self.evidence.again());
        let read = std::iter::once(self.reader.trust_file(&genesis)).chain(witness_file);
        let again = Again {
            command: self.reader.again("audit", self.place.as_path(), &more),
            files: read.collect(),
        };
        let locale = self.lang.locale();
        self.report.write(|| report::of_audit(&report, &genesis, &options, &again, locale))?;
        let mut text = words::text(&report, options.asks_for_witnesses(), self.lang);
        found.put(&mut text, &self.evidence, report.is_sound(), self.lang);
        Ok(Report::new(outcome, facts, text))
    }
}
