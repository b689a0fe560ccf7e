//! The connections that are let in: a bounded number, in total and for each peer; and none that only
//! keeps its place.

use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};
use tonic::transport::server::{Connected, TcpConnectInfo};

use crate::http::is_of_one;
use crate::peers::{Peers, Share};

/// Connections at a time, each with up to a megabyte that was sent and not read yet.
const CONNECTIONS_MAX: usize = 512;

/// Connections of one peer at a time.
const CONNECTIONS_PER_PEER_MAX: usize = 448;

/// The time that a peer has for its first bytes. From then on the transport asks a silent one whether
/// it is there.
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);

/// Those first bytes: what a client of HTTP/2 begins with.
const GREETING_BYTES: usize = 24;

/// How long to wait when no connection can be taken at all.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A connection, counted until it is closed.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    greeting: Greeting,
    _share: Share,
}

/// Whether a peer has begun in time.
#[derive(Debug)]
struct Greeting {
    missing: usize,
    deadline: Pin<Box<Sleep>>,
}

/// The connections that come to `listener`. One too many is closed at once, unread.
pub(super) fn accept(listener: TcpListener) -> impl Stream<Item = io::Result<Connection>> {
    let peers = Peers::new(CONNECTIONS_MAX, CONNECTIONS_PER_PEER_MAX);
    futures_util::stream::unfold((listener, peers), |(listener, peers)| async move {
        loop {
            let accepted = listener.accept().await;
            let connection = match accepted {
                Ok((stream, peer)) => admit(stream, peer, &peers),
                // Of one connection: the transport asks again.
                Err(error) if is_of_one(error.kind()) => Some(Err(error)),
                // Of all, as without file descriptors: there would be the same error at once.
                Err(error) => {
                    tracing::error!(%error, "no connection can be taken");
                    sleep(ACCEPT_PAUSE).await;
                    Some(Err(error))
                }
            };
            if let Some(connection) = connection {
                return Some((connection, (listener, peers)));
            }
        }
    })
}

fn admit(stream: TcpStream, peer: SocketAddr, peers: &Peers) -> Option<io::Result<Connection>> {
    let Some(share) = peers.take(Some(peer.ip())) else {
        tracing::warn!(%peer, "too many connections: closed");
        return None;
    };
    // A small answer must not wait for the acknowledgement of the one before.
    let greeting = Greeting::new();
    Some(stream.set_nodelay(true).map(|()| Connection { stream, greeting, _share: share }))
}

impl Greeting {
    fn new() -> Self {
        Self { missing: GREETING_BYTES, deadline: Box::pin(sleep(GREETING_TIMEOUT)) }
    }

    /// Looks at what was read of a connection: so many bytes, or that there is nothing yet.
    fn check(&mut self, cx: &mut Context<'_>, found: Poll<usize>) -> io::Result<()> {
        if self.missing == 0 {
            return Ok(());
        }
        if let Poll::Ready(bytes) = found {
            self.missing = self.missing.saturating_sub(bytes);
        }
        if self.missing > 0 && self.deadline.as_mut().poll(cx).is_ready() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the peer did not begin in time"));
        }
        Ok(())
    }
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let found = read.is_ready().then(|| buf.filled().len() - before);
        self.greeting.check(cx, found.map_or(Poll::Pending, Poll::Ready))?;
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Whether a peer may go on that has sent so many bytes at a time, when its time is over.
    fn is_let_on(sent: &[usize]) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut greeting = Greeting::new();
            let mut cx = Context::from_waker(Waker::noop());
            greeting.check(&mut cx, Poll::Pending).unwrap();
            for bytes in sent {
                greeting.check(&mut cx, Poll::Ready(*bytes)).unwrap();
            }
            greeting.deadline = Box::pin(sleep(Duration::ZERO));
            std::future::poll_fn(|cx| match greeting.check(cx, Poll::Pending) {
                Err(_) => Poll::Ready(false),
                Ok(()) if greeting.missing == 0 => Poll::Ready(true),
                Ok(()) => Poll::Pending,
            })
            .await
        })
    }

    #[test]
    fn who_connects_has_to_begin() {
        assert!(!is_let_on(&[]));
        assert!(!is_let_on(&[GREETING_BYTES - 1]));
        assert!(!is_let_on(&[1; GREETING_BYTES - 1]));
        assert!(is_let_on(&[GREETING_BYTES]));
        assert!(is_let_on(&[1; GREETING_BYTES]));
    }
}
