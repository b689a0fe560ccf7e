//! The command: its options, and what it reads and writes.

use std::path::PathBuf;

use clap::Args;

use crate::audit::{self, AuditOptions, AuditReport};
use crate::cli::bar::EntryBar;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::reader::Reader;
use crate::cli::report::{Outcome, Report};
use crate::cli::report_file::ReportFile;
use crate::cli::verdict::Lang;
use crate::cli::words::{Text, plain};
use crate::export::DirSource;
use crate::policy::Locale;
use crate::report::{self, Again};

/// Reads a whole log again, offline, and holds it to every rule.
///
/// Every hash, signature, admission, seal and logged verdict is computed again from the files of an
/// export. What a platform did is remarked on; it does not make the log unsound.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant export --server http://127.0.0.1:7443 --out copy/
  probant audit copy/ --trust genesis.toml
  probant audit copy/ --trust genesis.toml --report audit.html --lang fr")]
pub(in crate::cli) struct Audit {
    /// A directory that `probant export` wrote
    dir: PathBuf,
    #[command(flatten)]
    reader: Reader,
    #[command(flatten)]
    report: ReportFile,
    /// The language of the report
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

impl Audit {
    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        self.report.check()?;
        let (genesis, policies) = (self.reader.genesis()?, self.reader.policies()?);
        let (witnesses, witness_file) = self.reader.witnesses()?.unzip();
        let options = AuditOptions {
            policies: &policies,
            witnesses: witnesses.as_ref(),
            now: self.reader.now(),
        };
        let step = || format!("read {}", self.dir.display());
        // An absent directory is a mistake in the command, not a log without files.
        std::fs::read_dir(&self.dir).step(step())?;
        let mut bar = EntryBar::new();
        let mut source = DirSource::new(&self.dir);
        let known = self.reader.log_keys(&genesis)?;
        let report =
            audit::run_knowing(&mut source, &genesis, &known, &options, &mut |at| bar.set(at));
        bar.clear();
        let report = report.step(step())?;
        let outcome = if report.is_sound() { Outcome::Accepted } else { Outcome::Rejected };
        let mut facts = serde_json::to_value(&report).step("write the report")?;
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("report_file".to_owned(), self.report.shown().into());
        }
        let at = ["--at".to_owned(), options.now.to_string()];
        let read = std::iter::once(self.reader.trust_file(&genesis)).chain(witness_file);
        let again =
            Again { command: self.reader.again("audit", &self.dir, &at), files: read.collect() };
        let locale = self.lang.locale();
        self.report.write(|| report::of_audit(&report, &genesis, &options, &again, locale))?;
        Ok(Report::new(outcome, facts, words(&report, options.asks_for_witnesses())))
    }
}

fn words(report: &AuditReport, is_witness_asked: bool) -> Text {
    let mut text = Text::titled(if report.is_sound() {
        "SOUND: the log keeps every rule"
    } else {
        "NOT SOUND: the log breaks rules"
    });
    text.line(format_args!("ledger: {}", report.origin));
    if let Some(checkpoint) = &report.checkpoint {
        text.line(format_args!("checkpoint: {} entries", checkpoint.size))
            .line(format_args!("root: {}", checkpoint.root));
        if let Some(time) = checkpoint.sealed_at {
            text.line(format_args!("sealed at: {time}"));
        }
        if let Some(handover) = report.handovers.last() {
            let (keyid, since) = (checkpoint.log_key.public_key().id(), handover.size);
            text.line(format_args!("log key: {keyid}, handed over to at size {since}"));
        }
        match checkpoint.witnessed_at {
            Some(time) => text.line(format_args!("witnessed at: {time}")),
            None if is_witness_asked => text.line("witnesses: not met"),
            None => text.line("witnesses: none asked for"),
        };
    }
    let counts = &report.counts;
    text.line(format_args!(
        "read: {} files, {} entries, {} attestations, {} seals, {} signatures",
        counts.files, counts.entries, counts.attestations, counts.seals, counts.signatures,
    ));
    text.line(format_args!(
        "computed again: {} admissions, {} of {} verdicts; {} listings looked at",
        counts.admitted, counts.verdicts_reevaluated, counts.verdicts, counts.listings,
    ));
    if counts.withheld + counts.erased > 0 {
        let (withheld, erased) = (counts.withheld, counts.erased);
        text.line(format_args!("not there: {withheld} payloads withheld, {erased} erased"));
    }
    if let Some(index) = report.not_replayed_from {
        text.line(format_args!("admission was not computed again from entry {index} on"));
    }
    if !report.is_listed {
        text.line("whether there are stray files could not be told");
    }
    for finding in &report.findings {
        let (file, message) = (plain(&finding.place.file), finding.detail.text(Locale::En));
        let entry = finding.place.entry.map_or_else(String::new, |entry| format!(" entry {entry}"));
        text.line(format_args!("BROKEN {}: {file}{entry}: {message}", finding.rule));
    }
    for seen in &report.observations {
        let (file, message) = (plain(&seen.place.file), seen.detail.text(Locale::En));
        let entry = seen.place.entry.map_or_else(String::new, |entry| format!(" entry {entry}"));
        text.line(format_args!("remark {}: {file}{entry}: {message}", seen.remark));
    }
    for listing in &report.fallen_listings {
        text.line(format_args!("fallen listing: {}", plain(&listing.text(Locale::En))));
    }
    if report.is_cut {
        text.line("there is more; the report is cut here");
    }
    for what in report.not_proved {
        text.line(format_args!("not proved: {}", what.text(Locale::En)));
    }
    text
}
