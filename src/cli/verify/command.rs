//! The command: its options, and what it makes of a dossier.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::files;
use crate::cli::max_age::MaxAge;
use crate::cli::question::{QUERY_BYTES_MAX, Question};
use crate::cli::reader::Reader;
use crate::cli::report::{Outcome, Report};
use crate::cli::report_file::ReportFile;
use crate::cli::simulation::{Done, Simulate};
use crate::cli::verdict::{self, Lang};
use crate::cli::verify::against::{Against, Compared};
use crate::cli::verify::evidence;
use crate::cli::words::{Text, argument};
use crate::dossier::{self, DOSSIER_BYTES_MAX, Limits, Trust, VerifiedDossier};
use crate::fraud::is_fraud_proof;
use crate::hash::Digest;
use crate::policy::PolicySet;
use crate::report::{self, Again, ReadFile};
use crate::time::Timestamp;

/// Verifies a dossier or evidence of fraud, offline, and says what it proves.
///
/// Exit status 0: it verifies, and the product is listable. 1: it does not verify, or it verifies
/// and the product is not listable, needs review, or was to be asked about again by now. 2: could
/// not say, as under a policy that you don't accept. Nothing that the file says of itself is
/// believed, but the question in it is of its maker's choosing: give yours with --query.
///
/// With --simulate-policy or --simulate-at, the evidence of a dossier that verifies is judged once
/// more. That proves nothing; it decides the exit status, 0 for LISTABLE and 1 for any other word.
///
/// With --against, a dossier that verifies is held against receipts of your own: it has to have
/// their entries. One that it leaves out proves fraud, status 1; if a receipt has nothing to do with
/// the dossier, nothing was compared, status 2. Of evidence (FILE.fraud), status 1 says that it
/// proves fraud, 2 that it proves nothing.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant verify product.dossier --trust genesis.toml --query query.json
  probant verify product.dossier --trust genesis.toml --policy house-rules.toml --lang fr
  probant verify product.dossier --trust genesis.toml --report product.html
  probant verify old.dossier --trust genesis.toml --max-age none      as history, not as permission
  probant verify product.dossier --trust genesis.toml --against recall.tlog-proof --evidence lie.fraud
  probant verify lie.fraud --trust genesis.toml
  probant verify product.dossier --trust genesis.toml --simulate-policy next-year.toml --simulate-at 2027-01-01T00:00:00Z")]
pub(in crate::cli) struct Verify {
    /// The dossier, or the evidence
    dossier: PathBuf,
    #[command(flatten)]
    reader: Reader,
    /// The question that the dossier has to answer (JSON, as for check); without it, that it is
    /// about your product, seller and day is for you to compare
    #[arg(long, value_name = "QUERY.json")]
    query: Option<PathBuf>,
    /// How long ago the ledger may have been seen in this state: as 24h, 90m, 7d, or none. No verdict
    /// lasts longer for it than it says itself
    #[arg(long, value_name = "AGE", default_value = "24h")]
    max_age: MaxAge,
    #[command(flatten)]
    report: ReportFile,
    /// The language of the explanation and of the report
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
    #[command(flatten)]
    simulate: Simulate,
    #[command(flatten)]
    against: Against,
}

impl Verify {
    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        self.report.check()?;
        self.against.check()?;
        let (genesis, policies) = (self.reader.genesis()?, self.reader.policies()?);
        let (witnesses, witness_file) = self.reader.witnesses()?.unzip();
        let question = self.query.as_deref().map(read_question).transpose()?;
        let bytes = files::read(&self.dossier, DOSSIER_BYTES_MAX)?;
        let trust = Trust { genesis: &genesis, policies: &policies, witnesses: witnesses.as_ref() };
        let limits = Limits { now: self.reader.now(), age_max_ms: self.max_age.0 };
        let known = self.reader.log_keys(&genesis)?;
        if is_fraud_proof(&bytes) {
            self.expect_nothing_else()?;
            return evidence::verify(&self.dossier, &bytes, (&genesis, &known), self.lang);
        }
        let verified = dossier::verify_knowing(&bytes, &trust, &known, &limits);
        let verified = verified.map_err(|cause| {
            let is_undecided = cause.is_undecided();
            let failure = Failure::of(format!("dossier {}", self.dossier.display()), cause);
            if is_undecided { failure } else { failure.into_rejected() }
        })?;
        let (question, query_file) = question.unzip();
        let is_answer = |of: Question| of.expect_answer(verified.verdict().body());
        let step = || format!("dossier {}", self.dossier.display());
        question.map_or(Ok(()), is_answer).map_err(|failure| failure.in_step(step()))?;
        let compared = match self.against.run(&verified, &genesis, &known)? {
            Ok(compared) => compared,
            Err(proof) => return evidence::found(&proof, self.against.evidence(), self.lang),
        };
        let simulation = self.simulate.run(&verified, &policies, &genesis)?;
        let dossier =
            ReadFile { name: self.dossier.display().to_string(), sha256: Digest::of(&bytes) };
        let read = [dossier, self.reader.trust_file(&genesis)]
            .into_iter()
            .chain(query_file)
            .chain(witness_file);
        let again = Again { command: self.again(limits.now), files: read.collect() };
        let locale = self.lang.locale();
        self.report.write(|| report::of_dossier(&verified, &trust, &limits, &again, locale))?;
        Ok(self.result(&verified, &policies, &limits, simulation.as_ref(), &compared))
    }

    /// Evidence answers no question, and is no permission.
    fn expect_nothing_else(&self) -> Result<(), Failure> {
        let has_more = self.query.is_some()
            || self.report.shown().is_some()
            || self.against.is_asked()
            || self.simulate.is_asked();
        if !has_more {
            return Ok(());
        }
        let file = self.dossier.display();
        Err(Failure::new(format!(
            "{file} is evidence of fraud: --query, --report, --against and --simulate-… are for \
             dossiers"
        )))
    }

    fn again(&self, now: Timestamp) -> String {
        let question = self.query.iter().flat_map(|path| ["--query".to_owned(), argument(path)]);
        let age = ["--max-age".to_owned(), self.max_age.to_string()];
        let at = ["--at".to_owned(), now.to_string()];
        let options: Vec<String> =
            question.chain(age).chain(at).chain(self.against.again()).collect();
        self.reader.again("verify", &self.dossier, &options)
    }

    fn result(
        &self,
        verified: &VerifiedDossier,
        policies: &PolicySet,
        limits: &Limits,
        simulation: Option<&Done>,
        compared: &Compared,
    ) -> Report {
        let (verdict, checkpoint) = (verified.verdict(), verified.checkpoint());
        let size = checkpoint.checkpoint().size();
        let mut text = Text::default();
        if let Some(simulation) = simulation {
            simulation.put(&mut text, self.lang);
        }
        let locale = self.lang.locale();
        if let Some(outdated) = report::outdated(verified, limits, locale) {
            text.styled(anstyle::AnsiColor::Red.on_default().bold(), &outdated);
        }
        verdict::put(&mut text, verdict, policies, self.lang);
        text.line("").line(format_args!("{} {}", self.verified(), verified.seen()));
        if let Some(handover) = verified.log_keys().handovers().last() {
            let (keyid, since) = (handover.log_key().public_key().id(), handover.size());
            text.line(match self.lang {
                Lang::En => format!("Signed by log key {keyid}, handed over to at size {since}."),
                Lang::Fr => format!(
                    "Signé par la clé {keyid}, à laquelle le registre a été transmis à la taille \
                     {since}."
                ),
            });
        }
        for line in report::rests_on_ledger(verified, locale) {
            text.line(line);
        }
        if let Some(line) = report::no_age_limit(limits, locale) {
            text.line(line);
        }
        compared.put(&mut text, self.lang);
        let cosigners: Vec<String> =
            checkpoint.cosigners().iter().map(|key| key.name().to_string()).collect();
        let mut facts = json!({
            "verified": true,
            "verdict": verdict::value(verdict),
            "verdict_sha256": verdict.digest(),
            "checkpoint": {
                "origin": checkpoint.checkpoint().origin().as_str(),
                "tree_size": size.get(),
                "root": checkpoint.checkpoint().root(),
                "seen_at": verified.seen(),
                "witnesses": cosigners,
                "log_key": checkpoint.checkpoint().log(),
                "handed_over_at": verified.log_keys().handovers().iter()
                    .map(|handover| handover.size().get()).collect::<Vec<u64>>(),
            },
            "age_limit_ms": self.max_age.0,
            "is_outdated": verified.is_outdated(limits),
            "entries": verified.container().entries().len(),
            "chains": verified.container().chains().len(),
            "compared": compared.value(),
            "report_file": self.report.shown(),
        });
        let mut outcome = verdict::outcome(verdict);
        if verified.is_outdated(limits) {
            outcome = Outcome::Rejected;
        }
        if let (Some(simulation), Some(facts)) = (simulation, facts.as_object_mut()) {
            facts.insert("simulation".to_owned(), simulation.value());
            outcome = verdict::outcome(simulation.simulated().verdict());
        }
        // What was to be compared and was not is no permission either.
        if outcome == Outcome::Accepted && !compared.is_whole() {
            outcome = Outcome::Unknown;
        }
        Report::new(outcome, facts, text)
    }

    const fn verified(&self) -> &'static str {
        self.lang.choose(
            "The dossier VERIFIES: complete, signed, and evaluated again with this result. State of \
             the ledger seen at",
            "Le dossier est VÉRIFIÉ : complet, signé, et réévalué avec ce résultat. État du \
             registre vu le",
        )
    }
}

/// A question, and the file that it stands in.
fn read_question(path: &Path) -> Result<(Question, ReadFile), Failure> {
    let bytes = files::read(path, QUERY_BYTES_MAX)?;
    let question = Question::parse(&bytes).map_err(|of| of.in_step(path.display().to_string()))?;
    Ok((question, ReadFile { name: path.display().to_string(), sha256: Digest::of(&bytes) }))
}
