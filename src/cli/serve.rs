//! `probant serve`: the ledger's server, from its keys to the last answer.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;
use tokio::sync::watch;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::guard::GuardFile;
use crate::cli::http_ports::{BoundPorts, HttpPorts, Port, listen};
use crate::cli::keys;
use crate::cli::log_level;
use crate::cli::place;
use crate::cli::policies;
use crate::cli::reader::{expect_named, read_witnesses};
use crate::cli::remote::block_on;
use crate::cli::report::{self, Format, Outcome, Report};
use crate::cli::shutdown::shutdown;
use crate::cli::unfinished;
use crate::cli::words::Text;
use crate::genesis::GENESIS_BYTES_MAX;
use crate::identifier::OperatorUri;
use crate::key::{KeyId, PrivateKey, Signer as _};
use crate::ledger::{Ledger, Options, SystemClock, Verifier, Witnesses};
use crate::merkle::EntryIndex;
use crate::note::PolicyLog;
use crate::policy::PolicySet;
use crate::service::{self, LogVerdicts, ServeOptions, VERDICTS_PER_MINUTE};
use crate::storage::{SledOptions, SledStorage};
use crate::witness::{WitnessClient, WitnessOptions};

/// Where a witness hangs, each question to it is under way for five seconds: fifty of them, then.
const WITNESS_INTERVAL_MS_MIN: u64 = 100;

/// Serves a ledger over gRPC, and the files of its log over HTTP.
///
/// Prints its address once it answers; ends on ctrl-c or SIGTERM, after everything that it took is
/// answered. What it acknowledges is on disk. One process at a time has a ledger.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant serve --dir /srv/ledger
  probant serve --dir /srv/ledger --http 127.0.0.1:7480 --metrics 127.0.0.1:7481
  probant serve --dir /srv/ledger --listen 0.0.0.0:7443 --verifier verifier.pem \\
      --policy my-rules.toml --guard /mnt/elsewhere/last-checkpoint --log info,probant=debug")]
pub(super) struct Serve {
    /// The ledger's directory, as `probant init` made it
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7443")]
    listen: SocketAddr,
    #[command(flatten)]
    http: HttpPorts,
    /// The key that signs verdicts; without it, none is logged
    #[arg(long, value_name = "KEY.pem")]
    verifier: Option<PathBuf>,
    /// The operator whose key that is; without it, the ledger is asked whose it is
    #[arg(long, value_name = "URI", requires = "verifier")]
    verifier_operator: Option<OperatorUri>,
    /// Whose questions have their verdicts logged: those of operators in the role of a platform, all,
    /// or none
    #[arg(long, value_name = "WHOSE", value_enum, default_value_t = Logged::Platforms)]
    log_verdicts: Logged,
    /// Verdicts that each peer may have logged in a minute; 0 for as many as it likes
    #[arg(long, value_name = "COUNT", default_value_t = VERDICTS_PER_MINUTE)]
    verdicts_per_minute: u32,
    /// A rule set to accept besides the embedded ones; may be given several times
    #[arg(long = "policy", value_name = "FILE.toml")]
    policies: Vec<PathBuf>,
    /// What to log to stderr: a level, or `level,module=level`
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log: String,
    /// Memory for pages of the store, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    cache_mib: u32,
    /// Seconds without an entry after which a seal is written, so that age can be judged; 0 for never
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    heartbeat_s: u64,
    #[command(flatten)]
    guard: GuardFile,
    /// The witnesses that cosign checkpoints, and are asked whether this machine's clock is right and
    /// the store the newest (C2SP tlog-policy, with their URLs); nothing is written against them
    #[arg(long, value_name = "FILE")]
    witness_policy: Option<PathBuf>,
    /// Milliseconds at least between two checkpoints that witnesses are asked to cosign, from 100: for
    /// each, a witness that hangs is waited for, up to 5 seconds
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 1000,
        requires = "witness_policy",
        value_parser = clap::value_parser!(u64).range(WITNESS_INTERVAL_MS_MIN..)
    )]
    witness_interval_ms: u64,
}

/// Whose questions have their verdicts logged.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Logged {
    /// Those that name a platform of this ledger.
    Platforms,
    /// All.
    All,
    /// None.
    Never,
}

impl From<Logged> for LogVerdicts {
    fn from(logged: Logged) -> Self {
        match logged {
            Logged::Platforms => Self::Platforms,
            Logged::All => Self::All,
            Logged::Never => Self::Never,
        }
    }
}

/// Witnesses that are asked, and the logs that their policy is for.
struct Asked {
    client: Arc<dyn Witnesses>,
    logs: Vec<PolicyLog>,
}

impl Serve {
    pub(super) fn run(&self, format: Format) -> Result<Report, Failure> {
        log_level::start("--log", &self.log)?;
        unfinished::refuse(&self.dir)?;
        let key = keys::read_private(&place::log_key(&self.dir))?;
        let verifier = self.verifier.as_deref().map(keys::read_private).transpose()?;
        let policies = policies::accepted(&self.policies)?;
        keys::warn_of_demo_key("log key", &key.public_key().id());
        if let Some(verifier) = &verifier {
            keys::warn_of_demo_key("verifier key", &verifier.public_key().id());
        }
        let ledger = Arc::new(self.open(key, policies.clone())?);
        for registrar in ledger.genesis().registrars() {
            let use_of_it = format!("key of registrar {:?}", registrar.name);
            keys::warn_of_demo_key(&use_of_it, &registrar.key.id());
        }
        let verifier = verifier.map(|key| self.verifier(&ledger, key)).transpose()?;
        let options = ServeOptions {
            policies,
            verifier,
            log_verdicts: self.log_verdicts.into(),
            verdicts_per_minute: self.verdicts_per_minute,
        };
        block_on(self.serve(ledger, options, format))?;
        Ok(Report::silent(Outcome::Accepted))
    }

    fn open(&self, key: PrivateKey, policies: PolicySet) -> Result<Ledger, Failure> {
        let witnesses = self.witnesses()?;
        let guarded = self.guard.of(&self.dir)?;
        let options = SledOptions { cache_bytes: u64::from(self.cache_mib) << 20 };
        let storage =
            SledStorage::open(&place::store(&self.dir), options).step("open the store")?;
        let heartbeat = (self.heartbeat_s > 0).then(|| Duration::from_secs(self.heartbeat_s));
        let options = Options {
            heartbeat,
            guard: Some(guarded.file.clone()),
            checked_guard: guarded.before.clone(),
            witnesses: witnesses.as_ref().map(|of| Arc::clone(&of.client)),
            witness_interval: Some(Duration::from_millis(self.witness_interval_ms)),
            policies,
        };
        let (clock, signer) = (Arc::new(SystemClock), Arc::new(key));
        let ledger = Ledger::open(Arc::new(storage), clock, signer, options);
        let ledger = ledger.step("open the ledger")?;
        guarded.note()?;
        warn_of_other_genesis(&self.dir, ledger.genesis().bytes());
        witnesses.map_or(Ok(()), |of| expect_named(&of.logs, &ledger.log_keys()))?;
        Ok(ledger)
    }

    /// Those who are asked for the time, and the logs that their policy is for.
    fn witnesses(&self) -> Result<Option<Asked>, Failure> {
        let Some(path) = &self.witness_policy else { return Ok(None) };
        let (step, (policy, _)) = (format!("witnesses {}", path.display()), read_witnesses(path)?);
        let logs = policy.logs().to_vec();
        let client = WitnessClient::new(policy, WitnessOptions::default()).step(step)?;
        Ok(Some(Asked { client: Arc::new(client), logs }))
    }

    /// A verdict is signed in the name of the operator who has the key.
    fn verifier(&self, ledger: &Ledger, key: PrivateKey) -> Result<Verifier, Failure> {
        let operator = match &self.verifier_operator {
            Some(operator) => operator.clone(),
            None => owner(ledger, &key.public_key().id())?,
        };
        Ok(Verifier::new(operator, Arc::new(key)))
    }

    async fn serve(
        &self,
        ledger: Arc<Ledger>,
        options: ServeOptions,
        format: Format,
    ) -> Result<(), Failure> {
        let shutdown = shutdown().step("wait for signals")?;
        let (listener, address) = listen(self.listen).await?;
        let http = self.http.bind().await?;
        announce(&ledger, address, &http, format)?;
        let (stop, stopping) = watch::channel(false);
        let grpc = async {
            let shutdown = async {
                shutdown.await;
                stop.send_replace(true);
            };
            let served = service::run(listener, Arc::clone(&ledger), options, shutdown).await;
            // Nor does one go on without the other, whatever it ended by.
            stop.send_replace(true);
            served
        };
        let (served, ()) = tokio::join!(grpc, http.serve(&ledger, stopping));
        served.step("serve")
    }
}

/// The operator of whom the ledger says that it has the key.
fn owner(ledger: &Ledger, key: &KeyId) -> Result<OperatorUri, Failure> {
    let view = ledger.view(None).step("read the ledger")?;
    let standing = view.registry().key(key, EntryIndex::new(view.size().get()));
    standing.and_then(|standing| standing.owner.operator().cloned()).ok_or_else(|| {
        Failure::new(format!(
            "verifier key {key} is no operator's in this ledger; register it first (serve without \
             --verifier until then), or name its operator with --verifier-operator"
        ))
    })
}

/// Says where the server is. The listener takes connections already.
fn announce(
    ledger: &Ledger,
    address: SocketAddr,
    http: &BoundPorts,
    format: Format,
) -> Result<(), Failure> {
    let (origin, url) = (ledger.genesis().origin(), format!("http://{address}"));
    let facts = json!({
        "origin": origin.as_str(),
        "address": address.to_string(),
        "url": url,
        "http_url": http.log.as_ref().map(|port| &port.url),
        "metrics_url": http.monitor.as_ref().map(|port| &port.url),
    });
    let mut text = Text::default();
    text.line(format_args!("serving {origin} at {url}"));
    if let Some(Port { url, .. }) = &http.log {
        text.line(format_args!("the files of its log are at {url}"));
    }
    if let Some(Port { url, .. }) = &http.monitor {
        text.line(format_args!("metrics and health are at {url}"));
    }
    Report::new(Outcome::Accepted, facts, text).print("serve", format).step("write to stdout")
}

/// The file beside the store is for people to take; it must not lead them astray.
fn warn_of_other_genesis(dir: &Path, expected: &[u8]) {
    let path = place::genesis(dir);
    if files::read(&path, GENESIS_BYTES_MAX).is_ok_and(|found| found != expected) {
        report::warn(&format!("{} is not the genesis document of this ledger", path.display()));
    }
}
