//! The command: its options, and what it reads and writes.

use std::path::PathBuf;

use clap::Args;

use crate::audit::{self, AUDIT_STATE_BYTES_MAX, AuditOptions, AuditState, Audited};
use crate::cli::audit::evidence::Evidence;
use crate::cli::audit::words;
use crate::cli::bar::EntryBar;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::log_files::{LogPlace, Token};
use crate::cli::reader::Reader;
use crate::cli::report::{Outcome, Report};
use crate::cli::report_file::ReportFile;
use crate::cli::verdict::Lang;
use crate::genesis::Genesis;
use crate::merkle::TreeSize;
use crate::policy::PolicySet;
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
  probant audit copy/ --trust genesis.toml --state audit.json       every day: judges what is new
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
    /// A file with what the last sound audit left: what it judged is read and held to the same root, but
    /// not judged again. Brought up to date if the log is sound; written, if it is not there
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Go on behind this many entries, though the state goes further
    #[arg(long, value_name = "SIZE", requires = "state")]
    since: Option<TreeSize>,
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
        let state = self.read_state(&genesis, &policies)?;
        let mut source = self.place.open(&self.token)?;
        let mut bar = EntryBar::new();
        let known = self.reader.log_keys(&genesis)?;
        let mut progress = |at| bar.set(at);
        let audited =
            audit::audit(&mut *source, &genesis, &known, &options, state.as_ref(), &mut progress);
        bar.clear();
        let Audited { mut report, state, .. } = audited.step(format!("read {}", self.place))?;
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
        // Only once all is said: what is not judged again must have been reported.
        if let (Some(path), Some(state)) = (&self.state, state.filter(|_| report.is_sound())) {
            files::write(path, state.to_json().as_bytes(), Access::Owner)?;
        }
        let mut text = words::text(&report, options.asks_for_witnesses(), self.lang);
        found.put(&mut text, &self.evidence, report.is_sound(), self.lang);
        Ok(Report::new(outcome, facts, text))
    }

    /// What the last audit left, if it left anything.
    fn read_state(
        &self,
        genesis: &Genesis,
        policies: &PolicySet,
    ) -> Result<Option<AuditState>, Failure> {
        let Some(path) = &self.state else { return Ok(None) };
        files::expect_writable(path)?;
        let step = || format!("state {}", path.display());
        if !path.exists() {
            return match self.since {
                None => Ok(None),
                Some(_) => Err(Failure::new(format!("{} is not there", path.display()))),
            };
        }
        let bytes = files::read(path, AUDIT_STATE_BYTES_MAX)?;
        let state = AuditState::parse(&bytes, genesis, policies).step(step())?;
        let since = self.since.unwrap_or_else(|| state.size());
        state.since(since).map(Some).step(step())
    }
}
