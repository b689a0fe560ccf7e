//! The command: asks for a verdict and its dossier, verifies that, and judges what is in it.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::gap::goods::{Goods, NOBODY};
use crate::cli::gap::{facts, words};
use crate::cli::handovers::Handovers;
use crate::cli::policies;
use crate::cli::question::{QUERY_BYTES_MAX, Question};
use crate::cli::remote::{Trust, block_on, client_failure};
use crate::cli::report::{Outcome, Report};
use crate::cli::verdict::Lang;
use crate::client::ClientError;
use crate::dossier::{self, DOSSIER_BYTES_MAX, Limits, VerifiedDossier};
use crate::genesis::Genesis;
use crate::identifier::OperatorUri;
use crate::ledger::{Clock as _, SystemClock};
use crate::policy::{GapQuestion, PolicySet, Query, gap};
use crate::time::Timestamp;

/// How old the state of the ledger may be that a server's answer is about.
const AGE_MAX_MS: u64 = 24 * 3_600_000;

/// Says what evidence on a product is missing, who must supply it, and what ends within 90 days.
///
/// A verdict is asked for, and not logged; its dossier is verified here, so that nothing rests on the
/// server's word; then the evidence in it is judged by the same rules without what the offer alone
/// settles: names shown, warnings, pictures, the platform's category.
///
/// Exit status 0: nothing is missing, today. 1: something is. 2: could not say, as under a rule set that
/// you don't accept, or where the dossier does not verify.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("source").required(true).args(["server", "from_dossier"])))]
#[command(group(ArgGroup::new("about").required(true).args(["gtin", "query", "from_dossier"])))]
#[command(after_help = "\
Examples:
  probant gap --server http://127.0.0.1:7443 --trust genesis.toml --gtin 9521000200012 --to FR,DE
  probant gap --server http://127.0.0.1:7443 --trust genesis.toml --gtin 9521000200012 --to FR \\
      --batch L2610A --trader urn:eori:FR99900011000018 --dossier evidence.dossier --lang fr
  probant gap --from-dossier evidence.dossier --trust genesis.toml         offline, from one that you kept")]
pub(in crate::cli) struct Gap {
    /// Address of the ledger's server, as `http://127.0.0.1:7443`
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Or a dossier that was kept, of any age: what was missing by then
    #[arg(long, value_name = "FILE")]
    from_dossier: Option<PathBuf>,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    handovers: Handovers,
    #[command(flatten)]
    goods: Goods,
    /// Or a whole query (JSON, as for check); what it says of the offer does not count
    #[arg(long, value_name = "QUERY.json")]
    query: Option<PathBuf>,
    /// A rule set to accept besides the embedded ones; may be given several times
    #[arg(long = "policy", value_name = "FILE.toml")]
    policies: Vec<PathBuf>,
    /// Where the dossier goes, to be verified by anyone; nothing is overwritten
    #[arg(long, value_name = "FILE", requires = "server")]
    dossier: Option<PathBuf>,
    /// Your time, if it is not this machine's, as 2026-11-23T12:00:00Z; for a dossier that was kept
    #[arg(long, value_name = "TIME", requires = "from_dossier")]
    at: Option<Timestamp>,
    /// The language of the answer
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

/// What the evidence comes from, verified.
struct Found {
    genesis: Genesis,
    dossier: VerifiedDossier,
    notes: Vec<String>,
}

impl Gap {
    /// The file with the newest checkpoint that was seen.
    pub(in crate::cli) fn seen(&self) -> Option<&Path> {
        self.trust.seen()
    }

    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        let policies = policies::accepted(&self.policies)?;
        let found = match (&self.server, &self.from_dossier) {
            (Some(url), _) => self.ask(url, &policies)?,
            (None, Some(path)) => self.read(path, &policies)?,
            (None, None) => return Err(Failure::new("expected --server or --from-dossier")),
        };
        let query = found.dossier.query();
        let is_somebody = |operator: &OperatorUri| operator.as_str() != NOBODY;
        let question = GapQuestion {
            query,
            evidence: found.dossier.evidence(),
            policies: &policies,
            genesis: &found.genesis,
            has_seller: is_somebody(&query.trader.operator),
            has_platform: is_somebody(&query.offer.platform),
        };
        let gap = gap(&question, self.lang.locale()).step("judge the evidence")?;
        let outcome = if gap.missing.is_empty() { Outcome::Accepted } else { Outcome::Rejected };
        let facts =
            facts::value(&gap, &question, &found.dossier, (&found.notes, self.dossier.as_deref()));
        let text = words::text(&gap, &question, &found.dossier, self.lang);
        Ok(Report::new(outcome, facts, text))
    }

    fn ask(&self, url: &str, policies: &PolicySet) -> Result<Found, Failure> {
        let query = match &self.query {
            Some(path) => Query::parse(&files::read(path, QUERY_BYTES_MAX)?).step("question")?,
            None => self.goods.query()?,
        };
        let query = serde_json::to_vec(&Query { dry_run: true, ..query }).step("question")?;
        // Before it is asked for: an answer that can't be kept is better not given.
        self.dossier.as_deref().map(files::expect_new).transpose()?;
        block_on(async {
            let client = self.trust.connect(url).await?;
            let answer = client.check(query.clone(), true).await;
            let answer = answer.map_err(|cause| match cause {
                // A question that is refused has no answer: nothing was judged.
                ClientError::Refused(_) => Failure::of("ask", cause),
                _ => client_failure("ask", cause),
            })?;
            let bytes = answer
                .dossier
                .map_err(|reason| Failure::new(format!("the server gave no dossier: {reason}")))?;
            let genesis = client.genesis().clone();
            let found = Found {
                dossier: self.verify(&bytes, &genesis, policies, Some(AGE_MAX_MS))?,
                genesis,
                notes: answer.notes,
            };
            let (question, body) = (Question::parse(&query)?, found.dossier.verdict().body());
            question.expect_answer(body)?;
            question.expect_current(body, SystemClock.now())?;
            if let Some(path) = &self.dossier {
                files::write_new(path, &bytes, Access::Public)?;
            }
            self.trust.keep_seen(&client).await?;
            Ok(found)
        })
    }

    fn read(&self, path: &Path, policies: &PolicySet) -> Result<Found, Failure> {
        let genesis = self.trust.genesis()?.ok_or_else(|| {
            Failure::new("a dossier is held to your own genesis document: give it with --trust")
        })?;
        let bytes = files::read(path, DOSSIER_BYTES_MAX)?;
        let dossier = self.verify(&bytes, &genesis, policies, None);
        let dossier = dossier.map_err(|failure| failure.in_step(path.display().to_string()))?;
        Ok(Found { genesis, dossier, notes: Vec::new() })
    }

    fn verify(
        &self,
        bytes: &[u8],
        genesis: &Genesis,
        policies: &PolicySet,
        age_max_ms: Option<u64>,
    ) -> Result<VerifiedDossier, Failure> {
        let trust = dossier::Trust { genesis, policies, witnesses: None };
        let now = self.at.unwrap_or_else(|| SystemClock.now());
        let limits = Limits { age_max_ms, now };
        let known = self.handovers.log_keys(genesis)?;
        dossier::verify_knowing(bytes, &trust, &known, &limits).step("dossier")
    }
}
