//! The command: reads a whole log, and finds in it what rests on one document.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use crate::audit::{self, AuditOptions, LogSource};
use crate::cli::affected::{rows, words};
use crate::cli::bar::EntryBar;
use crate::cli::export::ServerSource;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::handovers::Handovers;
use crate::cli::remote::{Trust, block_on};
use crate::cli::report::{Outcome, Report};
use crate::cli::verdict::Lang;
use crate::export::DirSource;
use crate::genesis::Genesis;
use crate::identifier::input;
use crate::ledger::{Clock as _, SystemClock};
use crate::log_key::LogKeys;
use crate::policy::{Evidence, PolicySet};
use crate::reliance::{DocumentName, ListingFilter, Reliance, reliance};
use crate::time::Date;

/// Lists every product and listing that rests on a certificate.
///
/// The records that cite it and those that cite them, the products that all of these are about, the
/// verdicts that used any of them, and the listings that cite these: with what became of each, and how
/// long after the certificate fell. Any document will do: a test report, a declaration, an approval.
/// The whole log is read and checked first, as an audit reads it; verdicts are not computed again.
///
/// Exit status 0: nothing rests on it. 1: something does. 2: could not say, as where nothing was found
/// and verdicts or listings are withheld. With --up, --from or --until, the question is whether any such
/// listing is left.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("source").required(true).args(["export", "server"])))]
#[command(group(ArgGroup::new("what").required(true).args(["name", "issuer"])))]
#[command(after_help = "\
Examples:
  probant affected --export backup/ --trust genesis.toml --issuer urn:nando:9999 --number RED-9999-24-00781
  probant affected --export backup/ --trust genesis.toml 3001 --up --results still-up.csv
  probant affected --server http://127.0.0.1:7443 --trust genesis.toml \\
      urn:probant:document:urn%3Anando%3A9999:RED-9999-24-00781 --from 2026-06-01 --until 2026-09-30")]
pub(in crate::cli) struct Affected {
    /// The certificate: the SHA-256 of its statement, the index of its entry, or its
    /// urn:probant:document:…
    #[arg(value_name = "CERTIFICATE")]
    name: Option<String>,
    /// Or: who issued it, by any of its names
    #[arg(long, value_name = "URI", requires = "number")]
    issuer: Option<String>,
    /// And its number
    #[arg(long, value_name = "NUMBER", requires = "issuer")]
    number: Option<String>,
    /// Its version, if there are several
    #[arg(long, value_name = "VERSION")]
    document_version: Option<String>,
    /// A directory that `probant export` wrote; one that the ledger's operator wrote with `--dir` has
    /// the verdicts and listings that a server withholds
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    /// Or the ledger's server, as `http://127.0.0.1:7443`
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    handovers: Handovers,
    /// Only listings that are still up
    #[arg(long)]
    up: bool,
    /// Only listings that were up on this day or later (UTC), as 2026-06-01
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Only listings that were up on this day or before
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Write the listings to a table as well, a row each; nothing is overwritten
    #[arg(long, value_name = "FILE.csv")]
    results: Option<PathBuf>,
    /// The language of the answer
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

impl Affected {
    /// The file with the newest checkpoint that was seen.
    pub(in crate::cli) fn seen(&self) -> Option<&Path> {
        self.trust.seen()
    }

    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        let name = self.document()?;
        let filter = self.filter()?;
        self.results.as_deref().map(files::expect_new).transpose()?;
        let evidence = match (&self.export, &self.server) {
            (Some(dir), _) => self.read_export(dir)?,
            (None, Some(url)) => self.read_server(url)?,
            (None, None) => return Err(Failure::new("expected --export or --server")),
        };
        let mut found = reliance(&evidence, &name).step("find the document")?;
        found.listings.retain(|listing| filter.holds(listing));
        if let Some(path) = &self.results {
            rows::write(path, &found)?;
        }
        let rests = if filter.is_open() { !found.is_empty() } else { !found.listings.is_empty() };
        let outcome = match (rests, found.unseen.is_nothing()) {
            (true, _) => Outcome::Rejected,
            (false, true) => Outcome::Accepted,
            (false, false) => Outcome::Unknown,
        };
        let text = words::text(&found, &filter, self.lang);
        Ok(Report::new(outcome, self.facts(&found)?, text))
    }

    fn document(&self) -> Result<DocumentName, Failure> {
        let step = "document";
        let version = self.document_version.clone();
        if let (Some(issuer), Some(number)) = (&self.issuer, &self.number) {
            let issuer = input::operator(issuer).step("issuer")?.value;
            return DocumentName::of_issuer(&issuer, number, version).step(step);
        }
        let name = self.name.as_deref().unwrap_or_default().parse().step(step)?;
        match (name, version) {
            (DocumentName::Document { uri, .. }, version) => {
                Ok(DocumentName::Document { uri, version })
            }
            (name, None) => Ok(name),
            (_, Some(_)) => Err(Failure::new(
                "a statement or an entry is of one version: leave out the version",
            )),
        }
    }

    fn filter(&self) -> Result<ListingFilter, Failure> {
        if let (Some(from), Some(until)) = (self.from, self.until)
            && until < from
        {
            return Err(Failure::new(format!("--until {until} lies before --from {from}")));
        }
        Ok(ListingFilter {
            is_up: self.up,
            from: self.from.map(Date::start),
            until: self.until.map(Date::end),
        })
    }

    fn read_export(&self, dir: &Path) -> Result<Evidence, Failure> {
        let genesis = self.trust.genesis()?.ok_or_else(|| {
            Failure::new("an export is held to your own genesis document: give it with --trust")
        })?;
        let known = self.handovers.log_keys(&genesis)?;
        // An absent directory is a mistake in the command, not a log without files.
        std::fs::read_dir(dir).step(format!("read {}", dir.display()))?;
        read(&mut DirSource::new(dir), &genesis, &known)
            .map_err(|failure| failure.in_step(dir.display().to_string()))
    }

    fn read_server(&self, url: &str) -> Result<Evidence, Failure> {
        block_on(async {
            let client = self.trust.connect(url).await?;
            let genesis = client.genesis().clone();
            let known = self.handovers.log_keys(&genesis)?;
            let mut source = ServerSource::new(client.clone(), tokio::runtime::Handle::current());
            // The reading waits for files; not where others wait for it.
            let reading = tokio::task::spawn_blocking(move || read(&mut source, &genesis, &known));
            let evidence = reading.await.step("read the log")?;
            let evidence = evidence.map_err(|failure| failure.in_step(format!("log at {url}")))?;
            self.trust.keep_seen(&client).await?;
            Ok(evidence)
        })
    }

    fn facts(&self, found: &Reliance) -> Result<Value, Failure> {
        let mut facts = serde_json::to_value(found).step("write the result")?;
        let up = found.listings.iter().filter(|listing| listing.ended.is_none()).count();
        let more = json!({
            "listings_up": up,
            "is_complete": found.unseen.is_nothing(),
            "results_file": self.results.as_deref().map(Path::to_string_lossy),
        });
        if let (Some(facts), Value::Object(more)) = (facts.as_object_mut(), more) {
            facts.extend(more);
        }
        Ok(facts)
    }
}

/// Every record of a log that is sound. No rule set is given, so no verdict is computed again: what a
/// verdict used, it says itself.
fn read(
    source: &mut dyn LogSource,
    genesis: &Genesis,
    known: &LogKeys,
) -> Result<Evidence, Failure> {
    let policies = PolicySet::empty();
    let options = AuditOptions { policies: &policies, witnesses: None, now: SystemClock.now() };
    let mut bar = EntryBar::new();
    let done = audit::read(source, genesis, known, &options, &mut |at| bar.set(at));
    bar.clear();
    let (report, records) = done.step("read the log")?;
    records.ok_or_else(|| {
        let first = report.findings.first().map_or_else(String::new, |of| {
            format!(", first {}: {}: {}", of.rule, of.place.file, of.detail)
        });
        let count = report.findings.len();
        Failure::new(format!(
            "the log is not sound: {count} findings{first}; `probant audit` has all of them"
        ))
    })
}
