//! The connections that are let in: a bounded number, in total and for each peer.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tonic::transport::server::{Connected, TcpConnectInfo};

use crate::service::peers::{Peers, Share};

/// Connections at a time, each with up to a megabyte that was sent and not read yet.
const CONNECTIONS_MAX: usize = 512;

/// Connections of one peer at a time.
const CONNECTIONS_PER_PEER_MAX: usize = 448;

/// A connection, counted until it is closed.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    _share: Share,
}

/// The connections that come to `listener`. One too many is closed at once, unread.
pub(super) fn accept(listener: TcpListener) -> impl Stream<Item = io::Result<Connection>> {
    let peers = Peers::new(CONNECTIONS_MAX, CONNECTIONS_PER_PEER_MAX);
    futures_util::stream::unfold((listener, peers), |(listener, peers)| async move {
        loop {
            let accepted = listener.accept().await;
            let connection = match accepted {
                Ok((stream, peer)) => admit(stream, peer, &peers),
                // Of one connection, or of all for a while, as without file descriptors: the
                // transport logs it and asks again.
                Err(error) => Some(Err(error)),
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
    Some(stream.set_nodelay(true).map(|()| Connection { stream, _share: share }))
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
        Pin::new(&mut self.stream).poll_read(cx, buf)
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
