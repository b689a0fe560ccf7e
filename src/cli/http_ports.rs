//! What a server offers over HTTP.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::keys;
use crate::http::{
    self, REQUESTS_PER_SECOND, ReadOptions, Tokens, Traffic, log_router, monitor_router,
};
use crate::ledger::Ledger;

/// A hundred tokens, and what is said of them.
const TOKENS_BYTES_MAX: usize = 64 * 1024;

/// What is offered over HTTP, and to whom.
#[derive(Args, Debug)]
pub(super) struct HttpPorts {
    /// Where to serve the files of the log over HTTP, as an export holds them; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// Files that each peer may fetch in a second, and as many at once; 0 for as many as it likes
    #[arg(long, value_name = "COUNT", default_value_t = REQUESTS_PER_SECOND)]
    http_per_second: u32,
    /// A file of tokens, one a line, that only its owner may read: whoever sends one over HTTP is given
    /// the payloads that are withheld from the public too
    #[arg(long, value_name = "FILE", requires = "http")]
    http_tokens: Option<PathBuf>,
    /// Where the operator's machines find `/metrics` and `/health` over HTTP; not for the public
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
}

/// Ports that take connections already.
#[derive(Debug)]
pub(super) struct BoundPorts {
    /// Where the files of the log are.
    pub(super) log: Option<Port>,
    /// Where metrics and health are.
    pub(super) monitor: Option<Port>,
    options: ReadOptions,
}

/// A port that takes connections already.
#[derive(Debug)]
pub(super) struct Port {
    listener: TcpListener,
    pub(super) url: String,
}

impl HttpPorts {
    pub(super) async fn bind(&self) -> Result<BoundPorts, Failure> {
        let tokens = self.http_tokens.as_deref().map(read_tokens).transpose()?.unwrap_or_default();
        let options = ReadOptions { per_second: self.http_per_second, tokens };
        let (log, monitor) = (Port::bind(self.http).await?, Port::bind(self.metrics).await?);
        Ok(BoundPorts { log, monitor, options })
    }
}

impl Port {
    async fn bind(address: Option<SocketAddr>) -> Result<Option<Self>, Failure> {
        let Some(address) = address else { return Ok(None) };
        let (listener, address) = listen(address).await?;
        Ok(Some(Self { listener, url: format!("http://{address}") }))
    }

    async fn serve(port: Option<Self>, router: Router, mut stopping: watch::Receiver<bool>) {
        let Some(Self { listener, .. }) = port else { return };
        let stop = async {
            // An error says that nobody can say it any more: the server is gone.
            drop(stopping.wait_for(|is_stopping| *is_stopping).await);
        };
        http::serve(listener, router, stop).await;
    }
}

impl BoundPorts {
    /// Serves until the server is to stop.
    pub(super) async fn serve(self, ledger: &Arc<Ledger>, stopping: watch::Receiver<bool>) {
        let traffic = Traffic::default();
        let log = log_router(Arc::clone(ledger), self.options, &traffic);
        let monitor = monitor_router(Arc::clone(ledger), &traffic);
        tokio::join!(
            Port::serve(self.log, log, stopping.clone()),
            Port::serve(self.monitor, monitor, stopping),
        );
    }
}

fn read_tokens(path: &Path) -> Result<Tokens, Failure> {
    let text = keys::read_private_text("token file", path, TOKENS_BYTES_MAX)?;
    Tokens::parse(&text).step(format!("token file {}", path.display()))
}

/// Takes connections: the address where it does.
pub(super) async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(address).await.step(format!("listen on {address}"))?;
    let address = listener.local_addr().step("listen")?;
    Ok((listener, address))
}
