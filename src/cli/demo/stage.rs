//! The stage of a story: a ledger of its own, served over gRPC, with a clock that the story sets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::cast::{REGISTRARS, VERIFIER};
use super::keys::key_of;
use super::records::Recorded;
use super::rows::Rows;
use crate::cli::export::ViewSource;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::keygen::random_key;
use crate::cli::place;
use crate::client::{Client, ClientOptions};
use crate::envelope::StatementDigest;
use crate::export::{MirrorOptions, mirror};
use crate::genesis::{Genesis, Registrar};
use crate::identifier::SubjectUri;
use crate::key::{PrivateKey, Signer as _};
use crate::ledger::{Clock, Ledger, Options, SetClock, Verifier};
use crate::note::{KeyType, VerifierKey};
use crate::policy::PolicySet;
use crate::service;
use crate::storage::{SledOptions, SledStorage};
use crate::time::Timestamp;

/// A ledger that a story is played on.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) case: &'static str,
    pub(super) dir: PathBuf,
    pub(super) genesis: Genesis,
    pub(super) policies: PolicySet,
    pub(super) clock: Arc<SetClock>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) client: Client,
    pub(super) server: JoinHandle<Result<(), service::ServeError>>,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) registrars: Vec<Arc<PrivateKey>>,
    pub(super) recorded: BTreeMap<String, Recorded>,
    pub(super) subjects: BTreeMap<StatementDigest, Vec<SubjectUri>>,
    pub(super) rows: Rows,
}

impl Stage {
    /// Sets up a ledger in `dir` and serves it on a free port.
    pub(super) async fn set(
        case: &'static str,
        dir: PathBuf,
        policies: &[(&str, String)],
        opens_at: &str,
    ) -> Result<Self, Failure> {
        for folder in ["dossiers", "queries", "policies", "envelopes", "receipts"] {
            files::make_private_dir(&dir.join(folder))?;
        }
        let mut accepted = PolicySet::embedded();
        for (name, toml) in policies {
            files::write_new(&dir.join("policies").join(name), toml.as_bytes(), Access::Public)?;
            accepted = accepted.with(toml.as_bytes()).step(format!("policy {name}"))?;
        }
        let registrars = REGISTRARS
            .iter()
            .map(|(_, pem)| PrivateKey::from_pem(pem).map(Arc::new).step("registrar's key"))
            .collect::<Result<Vec<_>, _>>()?;
        let log_key = random_key()?;
        files::write_new(&place::log_key(&dir), log_key.to_pem().as_bytes(), Access::Owner)?;
        // Everybody has it, so that whoever plays on can serve and log verdicts.
        let verifier_pem = VERIFIER.key_pem.as_bytes();
        files::write_new(&dir.join("verifier.pem"), verifier_pem, Access::Owner)?;
        let genesis = genesis(case, &log_key, &registrars)?;
        files::write_new(&place::genesis(&dir), genesis.bytes(), Access::Public)?;
        let clock = Arc::new(SetClock::new(time(opens_at)?));
        let ledger = ledger(&dir, &genesis, &clock, &accepted, log_key)?;
        let ledger = Arc::new(ledger);

        let listener = TcpListener::bind("127.0.0.1:0").await.step("bind a free port")?;
        let address = listener.local_addr().step("bind a free port")?;
        let (stop, stopped) = oneshot::channel();
        let operator = VERIFIER.uri.parse().step("verifier")?;
        let verifier = Verifier::new(operator, key_of(&VERIFIER)?);
        let server = tokio::spawn(service::run(
            listener,
            Arc::clone(&ledger),
            service::ServeOptions {
                policies: accepted.clone(),
                verifier: Some(verifier),
                ..service::ServeOptions::default()
            },
            async {
                // The story's end, or the end of whoever told it.
                drop(stopped.await);
            },
        ));
        let options = ClientOptions { genesis: Some(genesis.clone()), ..ClientOptions::default() };
        let client =
            Client::connect(&format!("http://{address}"), options).await.step("connect")?;
        Ok(Self {
            case,
            dir,
            genesis,
            policies: accepted,
            clock,
            ledger,
            client,
            server,
            stop,
            registrars,
            recorded: BTreeMap::new(),
            subjects: BTreeMap::new(),
            rows: Rows::default(),
        })
    }

    /// The ledger's name.
    pub(super) fn origin(&self) -> &str {
        self.genesis.origin().as_str()
    }

    /// The case's directory.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The ledger's genesis document.
    pub(super) const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The rule sets that the stories are judged by.
    pub(super) const fn policies(&self) -> &PolicySet {
        &self.policies
    }

    /// The story's time.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What was found so far.
    pub(super) const fn rows_mut(&mut self) -> &mut Rows {
        &mut self.rows
    }

    /// Writes the whole log as files.
    pub(super) fn export(&self, to: &Path) -> Result<(), Failure> {
        let mut source = ViewSource::new(self.ledger.view(None).step("export")?);
        let options = MirrorOptions { has_private_payloads: true, ..MirrorOptions::default() };
        mirror(&mut source, to, &self.genesis, options, &mut |_progress| {}).step("export")?;
        Ok(())
    }

    /// Moves the clock, and has the ledger seal, so that what follows is answered under a seal of
    /// that time.
    pub(super) async fn at(&self, moment: &str) -> Result<(), Failure> {
        self.clock.set(time(moment)?);
        let ledger = Arc::clone(&self.ledger);
        let sealed = tokio::task::spawn_blocking(move || ledger.seal()).await.step("seal")?;
        sealed.step("seal").map(drop)
    }

    /// The size of the newest checkpoint.
    pub(super) fn size(&self) -> Result<u64, Failure> {
        Ok(self.ledger.view(None).step("newest checkpoint")?.size().get())
    }

    /// Ends the server and gives what was found.
    pub(super) async fn strike(self) -> Result<Rows, Failure> {
        drop(self.client);
        if self.stop.send(()).is_err() {
            return Err(Failure::new("the server ended before the story did"));
        }
        self.server.await.step("server")?.step("server")?;
        Ok(self.rows)
    }
}

fn genesis(
    case: &str,
    log_key: &PrivateKey,
    registrars: &[Arc<PrivateKey>],
) -> Result<Genesis, Failure> {
    let origin = format!("ledger.example/demo-{case}").parse().step("origin")?;
    let log = VerifierKey::new(origin, KeyType::Ed25519, *log_key.public_key());
    let named: Vec<Registrar> = REGISTRARS
        .iter()
        .zip(registrars)
        .map(|((name, _), key)| Registrar { name: (*name).to_owned(), key: *key.public_key() })
        .collect();
    Genesis::new(&log, 2, &named).step("genesis")
}

fn ledger(
    dir: &Path,
    genesis: &Genesis,
    clock: &Arc<SetClock>,
    policies: &PolicySet,
    log_key: PrivateKey,
) -> Result<Ledger, Failure> {
    let store = SledStorage::create(&place::store(dir), SledOptions::default()).step("store")?;
    let options = Options { heartbeat: None, policies: policies.clone(), ..Options::default() };
    Ledger::create(
        Arc::new(store),
        genesis,
        Arc::clone(clock) as Arc<dyn Clock>,
        Arc::new(log_key),
        options,
    )
    .step("ledger")
}

fn time(text: &str) -> Result<Timestamp, Failure> {
    text.parse().step(format!("time {text}"))
}
