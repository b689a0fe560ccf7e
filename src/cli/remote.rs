//! The server that a command talks to, and what is trusted over it.

use std::future::Future;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::report;
use crate::cli::show;
use crate::client::{Client, ClientError, ClientOptions, Refused, TrustRoot};
use crate::genesis::Genesis;
use crate::note::{CheckpointError, WitnessPolicy};

/// The largest note that is read.
const NOTE_BYTES_MAX: usize = 64 * 1024;

/// Where the server is, and what is to be believed.
#[derive(Args, Debug)]
pub(super) struct Remote {
    /// Address of the ledger's server, as `http://127.0.0.1:7443`
    #[arg(long, value_name = "URL")]
    server: String,
    #[command(flatten)]
    trust: Trust,
}

/// What is to be believed of what a server says.
#[derive(Args, Debug)]
pub(super) struct Trust {
    /// The ledger's genesis document, from your own keeping; without it the server's own is taken,
    /// and nothing shows that it is the ledger it claims to be
    #[arg(long, value_name = "genesis.toml")]
    trust: Option<PathBuf>,
    /// A file with the newest checkpoint that you saw; the log must go on from it, and the file is
    /// brought up to date
    #[arg(long, value_name = "FILE")]
    seen: Option<PathBuf>,
}

impl Remote {
    /// Connects.
    pub(super) async fn connect(&self) -> Result<Client, Failure> {
        self.trust.connect(&self.server).await
    }

    /// The same, where these witnesses must have seen what answers rest on.
    pub(super) async fn connect_with(
        &self,
        witnesses: Option<WitnessPolicy>,
    ) -> Result<Client, Failure> {
        self.trust.connect_with(&self.server, witnesses).await
    }

    /// Keeps the newest checkpoint that was seen.
    pub(super) async fn keep_seen(&self, client: &Client) -> Result<(), Failure> {
        self.trust.keep_seen(client).await
    }

    /// The file with the newest checkpoint that was seen.
    pub(super) fn seen(&self) -> Option<&Path> {
        self.trust.seen()
    }

    /// The genesis document that was given.
    pub(super) fn genesis_path(&self) -> Option<&Path> {
        self.trust.trust.as_deref()
    }
}

impl Trust {
    /// The file with the newest checkpoint that was seen.
    pub(super) fn seen(&self) -> Option<&Path> {
        self.seen.as_deref()
    }

    /// The genesis document that was given.
    pub(super) fn genesis(&self) -> Result<Option<Genesis>, Failure> {
        self.trust.as_deref().map(show::read_genesis).transpose()
    }

    /// Connects to the server at an address.
    pub(super) async fn connect(&self, url: &str) -> Result<Client, Failure> {
        self.connect_with(url, None).await
    }

    /// The same, where these witnesses must have seen what answers rest on.
    pub(super) async fn connect_with(
        &self,
        url: &str,
        witnesses: Option<WitnessPolicy>,
    ) -> Result<Client, Failure> {
        let genesis = self.genesis()?;
        // Before anything is asked: an answer that is given must not be lost for want of it.
        self.seen.as_deref().map(files::expect_writable).transpose()?;
        let seen = match &self.seen {
            Some(path) if path.exists() => Some(files::read_text(path, NOTE_BYTES_MAX)?),
            Some(_) | None => None,
        };
        let options = ClientOptions { genesis, seen, witnesses, ..ClientOptions::default() };
        let client = Client::connect(url, options).await;
        let client = client.map_err(|cause| client_failure(format!("connect to {url}"), cause))?;
        // Before anything is asked: whoever answers there has to have this ledger's log, and one that
        // goes on from what was seen. Not every answer comes with a checkpoint of its own.
        let newest = client.checkpoint(None).await;
        // The client keeps it, and holds what comes against it.
        drop(newest.map_err(|cause| self.other_log(url, cause))?);
        if client.trust_root() == TrustRoot::FromServer {
            report::warn(
                "the server's own genesis document is taken; give yours with --trust, to be sure of \
                 the ledger",
            );
        }
        Ok(client)
    }

    fn other_log(&self, url: &str, cause: ClientError) -> Failure {
        match (&self.seen, &cause) {
            // It has no proof to give, as a store taken back to an older state has none.
            (Some(seen), ClientError::Refused(_)) => {
                let seen = seen.display();
                client_failure(format!("log at {url} does not go on from {seen}"), cause)
            }
            _ => client_failure(format!("log at {url}"), cause),
        }
    }

    /// Keeps the newest checkpoint that was seen. Others may have kept theirs in the meantime: the
    /// file never goes back, and two of different histories are found out.
    pub(super) async fn keep_seen(&self, client: &Client) -> Result<(), Failure> {
        let Some(path) = &self.seen else { return Ok(()) };
        let mut compared: Option<String> = None;
        loop {
            let lock = files::lock_beside(path)?;
            let kept = path.exists().then(|| files::read_text(path, NOTE_BYTES_MAX)).transpose()?;
            if let Some(other) = kept.filter(|kept| compared.as_ref() != Some(kept)) {
                // Not while others wait: it may take a question to the server.
                drop(lock);
                let is_one = client.compare(&other).await;
                is_one.map_err(|cause| {
                    client_failure(format!("log against {}", path.display()), cause)
                })?;
                compared = Some(other);
                continue;
            }
            let Some(seen) = client.seen().await else { return Ok(()) };
            return files::write(path, seen.note().to_string().as_bytes(), Access::Public);
        }
    }
}

/// Runs what waits for the network.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.enable_all().build().step("start the runtime")?;
    runtime.block_on(future)
}

/// What a client's error means for the exit status: a statement that is refused and a proof that
/// does not hold are answers; a server that can't be reached gives none.
pub(super) fn client_failure(step: impl Into<String>, cause: ClientError) -> Failure {
    let is_answer = match &cause {
        ClientError::Refused(refused) => is_judgement(refused),
        ClientError::Fork { .. }
        | ClientError::Inconsistent { .. }
        | ClientError::WentBack { .. }
        | ClientError::KeyOutlived { .. }
        | ClientError::Handover { .. }
        | ClientError::OtherQuery
        | ClientError::StaleVerdict { .. }
        | ClientError::Entry { .. }
        | ClientError::StaleForecast { .. }
        | ClientError::OtherDossier
        | ClientError::OtherVerdict
        | ClientError::Refusal(_)
        | ClientError::Size { .. }
        | ClientError::Receipt(_)
        | ClientError::Subject(_) => true,
        ClientError::Watch(cause) => !cause.is_undecided(),
        ClientError::Checkpoint(cause) => !matches!(cause, CheckpointError::KeyType { .. }),
        _ => false,
    };
    // Whoever showed the second note need not show it again.
    let notes = cause.contradiction().map(|(seen, found)| [seen.to_string(), found.to_string()]);
    let proof = cause.fraud_proof().cloned();
    let failure = Failure::of(step, cause).with_evidence(notes.into_iter().flatten());
    let failure = failure.with_proof(proof);
    if is_answer { failure.into_rejected() } else { failure }
}

/// Whether a refusal is about what was sent, and not about the server's state.
pub(super) fn is_judgement(refused: &Refused) -> bool {
    use tonic::Code;
    let is_about_content = matches!(
        refused.code,
        Code::InvalidArgument
            | Code::PermissionDenied
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::NotFound
            | Code::OutOfRange
    );
    refused.is_from_service && is_about_content && !refused.is_not_witnessed()
}
