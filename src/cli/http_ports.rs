//! What a server offers over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::cli::failure::{Failure, Step as _};
use crate::http::{self, REQUESTS_PER_SECOND, ReadOptions, log_router};
use crate::ledger::Ledger;

/// What is offered over HTTP, and to whom.
#[derive(Args, Debug)]
pub(super) struct HttpPorts {
    /// Where to serve the files of the log over HTTP, as an export holds them; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// Files that each peer may fetch in a second, and as many at once; 0 for as many as it likes
    #[arg(long, value_name = "COUNT", default_value_t = REQUESTS_PER_SECOND)]
    http_per_second: u32,
}

/// Ports that take connections already.
#[derive(Debug)]
pub(super) struct BoundPorts {
    log: Option<TcpListener>,
    /// Where the files of the log are.
    pub(super) log_url: Option<String>,
    options: ReadOptions,
}

impl HttpPorts {
    pub(super) async fn bind(&self) -> Result<BoundPorts, Failure> {
        let options = ReadOptions { per_second: self.http_per_second };
        let (log, log_url) = match self.http {
            Some(address) => {
                let (listener, address) = listen(address).await?;
                (Some(listener), Some(format!("http://{address}")))
            }
            None => (None, None),
        };
        Ok(BoundPorts { log, log_url, options })
    }
}

impl BoundPorts {
    /// Serves until the server is to stop.
    pub(super) async fn serve(self, ledger: &Arc<Ledger>, stopping: watch::Receiver<bool>) {
        let Some(listener) = self.log else { return };
        let router = log_router(Arc::clone(ledger), &self.options);
        http::serve(listener, router, stop(stopping)).await;
    }
}

/// Takes connections: the address where it does.
pub(super) async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(address).await.step(format!("listen on {address}"))?;
    let address = listener.local_addr().step("listen")?;
    Ok((listener, address))
}

/// Comes back when the server is to stop.
async fn stop(mut stopping: watch::Receiver<bool>) {
    // An error says that nobody can say it any more: the server is gone.
    drop(stopping.wait_for(|is_stopping| *is_stopping).await);
}
