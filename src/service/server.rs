//! The server, from the listener to the last answer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, health_reporter};
use tower::util::MapResponseLayer;

use crate::http::hold;
use crate::ledger::{Ledger, Verifier};
use crate::policy::PolicySet;
use crate::proto;
use crate::proto::ledger_server::LedgerServer;
use crate::service::api::Api;
use crate::service::call::Stopping;
use crate::service::check::Judge;
use crate::service::connections;
use crate::service::gate::Gate;
use crate::service::logging::{LogVerdicts, Logging, VERDICTS_PER_MINUTE};
use crate::service::watch::Published;

/// The largest message that is read. An envelope has 1 MiB at most; what is a little larger gets an
/// answer that names that limit, what is larger than this breaks the call off.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Calls and streams at a time on one connection.
const STREAMS_PER_CONNECTION_MAX: u32 = 256;

/// Bytes of one stream that a peer may send unread, and of one connection: that much memory each can
/// take.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;

/// Header bytes that a peer may send with a call.
const HEADER_BYTES_MAX: u32 = 16 * 1024;

/// How often a silent peer is asked whether it is still there, and how long it may take to say so.
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// How often it is looked at whether the ledger still writes.
const HEALTH_INTERVAL: Duration = Duration::from_secs(1);

/// Under which name the health service has the ledger's witnesses, where it has some to ask.
const WITNESSES: &str = "probant.witnesses";

/// How long peers have, once the server is to stop, to take the answers that are theirs.
const GRACE: Duration = Duration::from_secs(10);

/// What an operator chooses.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// The rule sets that queries are judged by.
    pub policies: PolicySet,
    /// Who signs verdicts; without it, none is logged.
    pub verifier: Option<Verifier>,
    /// Whose questions have their verdicts logged.
    pub log_verdicts: LogVerdicts,
    /// Verdicts that each peer may have logged in a minute; 0 for as many as it likes.
    pub verdicts_per_minute: u32,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            policies: PolicySet::default(),
            verifier: None,
            log_verdicts: LogVerdicts::default(),
            verdicts_per_minute: VERDICTS_PER_MINUTE,
        }
    }
}

/// Why a server did not serve to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The descriptors of the protocol, which are part of the program, can't be read.
    #[error("descriptors of the protocol")]
    Reflection(#[source] Box<tonic_reflection::server::Error>),
    /// The transport gave up.
    #[error("transport")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves a ledger on `listener` until `shutdown` comes back; then takes nothing new, answers what
/// was taken, and ends the ledger's writing. What was acknowledged is in the ledger.
pub async fn run(
    listener: TcpListener,
    ledger: Arc<Ledger>,
    options: ServeOptions,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let (stop, stopping) = watch::channel(false);
    let logging = Logging::new(options.log_verdicts, options.verdicts_per_minute);
    let api = Api {
        ledger: Arc::clone(&ledger),
        judge: Arc::new(Judge::new(options.policies, options.verifier, logging)),
        gate: Gate::new(),
        stopping: Stopping::new(stopping.clone()),
        published: Published::of(&ledger),
        witnessed: Published::witnessed(&ledger),
    };
    let service = LedgerServer::new(api).max_decoding_message_size(MESSAGE_BYTES_MAX);
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(|error| ServeError::Reflection(Box::new(error)))?;
    let (reporter, health) = health_reporter();
    // Before the first call: whose clock is wrong from the start has never served.
    let said = Said::of(&ledger);
    say(&reporter, said).await;
    let health_of = Arc::clone(&ledger);
    let watching = tokio::spawn(watch_health(reporter, health_of, stopping.clone(), said));

    let serving = Server::builder()
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .layer(MapResponseLayer::new(hold))
        .add_service(service)
        .add_service(health)
        .add_service(reflection)
        .serve_with_incoming_shutdown(connections::accept(listener), async {
            shutdown.await;
            tracing::info!("shutting down");
            // From here on streams take nothing new; what they took is answered, then they end.
            stop.send_replace(true);
        });
    let grace = async {
        Stopping::new(stopping).wait().await;
        tokio::time::sleep(GRACE).await;
    };
    let served = tokio::select! {
        served = serving => served,
        () = grace => {
            tracing::warn!("some peers did not take their answers in time");
            Ok(())
        }
    };
    watching.abort();
    // Whatever is still in the queue is committed before this comes back.
    let drained = tokio::task::spawn_blocking(move || ledger.shut_down()).await;
    if let Err(error) = drained {
        tracing::error!(%error, "the ledger did not end in good order");
    }
    Ok(served?)
}

/// What those are told who watch the server's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Said {
    is_writing: bool,
    /// Whether a quorum of the ledger's witnesses cosigns; `None` where it has none to ask.
    has_quorum: Option<bool>,
}

impl Said {
    fn of(ledger: &Ledger) -> Self {
        let witnessing = ledger.witnessing();
        let has_quorum = witnessing.map(|witnessing| witnessing.has_quorum());
        Self { is_writing: ledger.is_writing(), has_quorum }
    }

    /// Once the server is to stop.
    fn nothing(self) -> Self {
        Self { is_writing: false, has_quorum: self.has_quorum.map(|_has_quorum| false) }
    }
}

/// Says that the service is down while the ledger takes nothing: until its clock is right, or for
/// good; and that the witnesses are, while no quorum of them cosigns.
async fn watch_health(
    reporter: HealthReporter,
    ledger: Arc<Ledger>,
    stopping: watch::Receiver<bool>,
    mut said: Said,
) {
    let mut stopping = Stopping::new(stopping);
    let mut interval = tokio::time::interval(HEALTH_INTERVAL);
    loop {
        tokio::select! {
            () = stopping.wait() => break,
            _instant = interval.tick() => {}
        }
        let now = Said::of(&ledger);
        // Those who watch are told of changes, not every second.
        if said != now {
            say(&reporter, now).await;
            said = now;
        }
    }
    say(&reporter, said.nothing()).await;
}

async fn say(reporter: &HealthReporter, said: Said) {
    let status = |is_serving| {
        if is_serving { ServingStatus::Serving } else { ServingStatus::NotServing }
    };
    let service = <LedgerServer<Api> as NamedService>::NAME;
    // Those who look for work for a server ask about the whole of it, under no name.
    for name in [service, ""] {
        reporter.set_service_status(name, status(said.is_writing)).await;
    }
    if let Some(has_quorum) = said.has_quorum {
        reporter.set_service_status(WITNESSES, status(has_quorum)).await;
    }
}
