//! `probant check`: asks a ledger whether a product may be listed.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::files::{self, Access};
use crate::cli::policies;
use crate::cli::question::{QUERY_BYTES_MAX, Question};
use crate::cli::reader::read_witnesses;
use crate::cli::remote::{Remote, block_on, client_failure};
use crate::cli::report::Report;
use crate::cli::verdict::{self, Lang};
use crate::cli::words::{Text, argument};
use crate::client::{CheckOutcome, ClientError};
use crate::ledger::{Clock as _, SystemClock};
use crate::policy::Verdict;

/// Asks a ledger whether a product may be listed.
///
/// Exit status 0: listable. 1: not listable, or review. 2: could not say. The answer says what is
/// missing, who can supply it, and until when it holds. It is the server's word until the dossier
/// has been verified.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant check --server http://127.0.0.1:7443 --trust genesis.toml query.json
  probant check --server http://127.0.0.1:7443 --trust genesis.toml --seen checkpoint \\
      query.json --dossier product.dossier --lang fr
  probant check --server http://127.0.0.1:7443 --trust genesis.toml --witness-policy policy \\
      query.json --dossier product.dossier")]
pub(super) struct Check {
    #[command(flatten)]
    remote: Remote,
    /// The query (JSON)
    #[arg(value_name = "QUERY.json")]
    query: PathBuf,
    /// Where the dossier goes: everything the verdict rests on, to be verified offline
    #[arg(long, value_name = "FILE")]
    dossier: Option<PathBuf>,
    /// Overwrite the file at --dossier
    #[arg(long, requires = "dossier")]
    force: bool,
    /// The witnesses that must have cosigned the checkpoint that the verdict rests on, and how many (C2SP
    /// tlog-policy): it is then the newest that a quorum of the server's witnesses has cosigned
    #[arg(long = "witness-policy", alias = "witnesses", value_name = "FILE")]
    witnesses: Option<PathBuf>,
    /// A rule set whose texts explain the verdict, besides the embedded ones
    #[arg(long = "policy", value_name = "FILE.toml")]
    policies: Vec<PathBuf>,
    /// The language of the explanation
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

impl Check {
    /// The file with the newest checkpoint that was seen.
    pub(super) fn seen(&self) -> Option<&Path> {
        self.remote.seen()
    }

    pub(super) fn run(&self) -> Result<Report, Failure> {
        let query = files::read(&self.query, QUERY_BYTES_MAX)?;
        let policies = policies::accepted(&self.policies)?;
        // Before the verdict is logged: an answer that can't be kept is better not given.
        match &self.dossier {
            Some(path) if self.force => files::expect_writable(path)?,
            Some(path) => files::expect_new(path)?,
            None => {}
        }
        let (answer, verdict) = block_on(self.ask(query))?;
        let mut text = Text::default();
        verdict::put(&mut text, &verdict, &policies, self.lang);
        text.line("");
        self.put_rest(&mut text, &answer);
        let logged = match &answer.logged {
            Ok((_, receipt)) => json!({
                "index": receipt.index(),
                "time": receipt.time(),
                "statement": receipt.statement_digest(),
            }),
            Err(_) => serde_json::Value::Null,
        };
        let facts = json!({
            "request_id": answer.request_id,
            "verdict": verdict::value(&verdict),
            "verdict_sha256": verdict.digest(),
            "verified": false,
            "notes": answer.notes,
            "logged": logged,
            "not_logged": answer.logged.as_ref().err(),
            "dossier_file": self.dossier.as_deref().map(Path::to_string_lossy),
        });
        Ok(Report::new(verdict::outcome(&verdict), facts, text))
    }

    async fn ask(&self, query: Vec<u8>) -> Result<(CheckOutcome, Verdict), Failure> {
        let witnesses = self.witnesses.as_deref().map(read_witnesses).transpose()?;
        let client = self.remote.connect_with(witnesses.map(|(policy, _file)| policy)).await?;
        let answer = client.check(query.clone(), self.dossier.is_some()).await;
        let answer = answer.map_err(|cause| match cause {
            // A question that is refused has no answer: nothing was judged.
            ClientError::Refused(_) => Failure::of("ask", cause),
            _ => client_failure("ask", cause),
        })?;
        if let (Some(_), Err(reason)) = (&self.dossier, &answer.dossier) {
            return Err(Failure::new(format!("the server gave no dossier: {reason}")));
        }
        let (verdict, question) = (verdict::parse(&answer.verdict)?, Question::parse(&query)?);
        // That it is on this question, the client has checked.
        question.expect_current(verdict.body(), SystemClock.now())?;
        self.keep(&answer)?;
        self.remote.keep_seen(&client).await?;
        Ok((answer, verdict))
    }

    /// Writes the dossier to its file.
    fn keep(&self, answer: &CheckOutcome) -> Result<(), Failure> {
        match (&self.dossier, &answer.dossier) {
            (Some(path), Ok(dossier)) if self.force => files::write(path, dossier, Access::Public),
            (Some(path), Ok(dossier)) => files::write_new(path, dossier, Access::Public),
            _ => Ok(()),
        }
    }

    fn put_rest(&self, text: &mut Text, answer: &CheckOutcome) {
        let say = |en, fr| self.lang.choose(en, fr);
        for note in &answer.notes {
            text.line(format_args!("{}: {note}", say("note", "remarque")));
        }
        match &answer.logged {
            Ok((_, receipt)) => {
                let (index, time) = (receipt.index(), receipt.time());
                let logged = say("verdict logged as entry", "verdict inscrit à l'entrée");
                text.line(format_args!("{logged} {index}, {time}"));
            }
            Err(reason) => {
                let not_logged = say("verdict not logged", "verdict non inscrit");
                text.line(format_args!("{not_logged}: {reason}"));
            }
        }
        let word = say(
            "This is the server's word. To be sure, verify the dossier offline:",
            "Ce n'est que la parole du serveur. Pour en avoir la preuve, vérifier le dossier hors ligne :",
        );
        match &self.dossier {
            Some(path) => text.line(format_args!("{word} {}", self.verify_command(path))),
            None => text.line(format_args!("{word} probant check … --dossier FILE")),
        };
    }

    /// The command that verifies the dossier, with what this one was given.
    fn verify_command(&self, dossier: &Path) -> String {
        let trust = self.remote.genesis_path().unwrap_or_else(|| Path::new("genesis.toml"));
        let policies = self.policies.iter().map(|path| format!(" --policy {}", argument(path)));
        let [dossier, trust, query] = [dossier, trust, &self.query].map(argument);
        let policies = policies.collect::<String>();
        let witnesses =
            self.witnesses.iter().map(|path| format!(" --witness-policy {}", argument(path)));
        let witnesses = witnesses.collect::<String>();
        format!("probant verify {dossier} --trust {trust}{policies}{witnesses} --query {query}")
    }
}
