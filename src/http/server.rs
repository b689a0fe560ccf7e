//! A server: bounded connections, none that only keeps its place, and an end in good order.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

use crate::http::patience::Patient;
use crate::peers::{Peers, Share};

/// Connections at a time.
const CONNECTIONS_MAX: usize = 512;

/// Connections of one peer at a time; a proxy is one peer.
const CONNECTIONS_PER_PEER_MAX: usize = 448;

/// How long a peer may take for the head of a request, and how long a connection is kept on which none
/// comes.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a peer may take nothing of an answer that is its own.
const TAKE_TIMEOUT: Duration = Duration::from_mins(1);

/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How long peers have, once the server is to stop, to take the answers that are theirs.
const GRACE: Duration = Duration::from_secs(10);

/// How long to wait when no connection can be taken at all.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves on `listener` until `shutdown` comes back; then takes no connection any more, answers what
/// was asked, and ends. Handlers find the address of their peer as [`ConnectInfo`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send,
) {
    let peers = Peers::new(CONNECTIONS_MAX, CONNECTIONS_PER_PEER_MAX);
    let ending = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Some(share) = peers.take(Some(peer.ip())) {
                    start(stream, peer, share, &router, &ending);
                } else {
                    tracing::warn!(%peer, "too many connections: closed");
                }
            }
            Err(error) if is_of_one(error.kind()) => {}
            // Of all, as without file descriptors: there would be the same error at once.
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, ending.shutdown()).await.is_err() {
        tracing::warn!("some peers did not take their answers in time");
    }
}

/// Serves one connection, beside all others.
fn start(
    stream: TcpStream,
    peer: SocketAddr,
    share: Share,
    router: &Router,
    ending: &GracefulShutdown,
) {
    // A small answer must not wait for the acknowledgement of the one before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "the connection is gone");
        return;
    }
    let service = router.clone().map_request(move |mut request: Request<_>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX);
    let connection = builder
        .serve_connection(
            TokioIo::new(Patient::new(stream, TAKE_TIMEOUT)),
            TowerToHyperService::new(service),
        )
        .into_owned();
    let connection = ending.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%peer, %error, "a connection ended");
        }
        drop(share);
    });
}

/// Whether a connection that could not be taken says nothing about the next one.
pub(crate) fn is_of_one(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(kind, ConnectionAborted | ConnectionRefused | ConnectionReset)
}
