//! An answer that is counted until its peer has taken it: whoever asks and does not read must not
//! be able to heap answers up.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use prost::bytes::Bytes;

use crate::peers::Share;

/// How much of an answer is handed to the transport at a time. It asks for more once there is room
/// for it, and keeps what it was handed, however much that is.
const PIECE_BYTES: usize = 64 * 1024;

/// What a call takes, as the place of the call and the room of its answer, on the way with the answer.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    _shares: Arc<[Share]>,
}

impl Held {
    pub(crate) fn new(shares: impl IntoIterator<Item = Share>) -> Self {
        Self { _shares: shares.into_iter().collect() }
    }
}

/// The body of an answer, in pieces; with it goes what is held for it, if anything is.
#[derive(Debug)]
pub(crate) struct HeldBody<B> {
    body: B,
    rest: Bytes,
    _held: Option<Held>,
}

/// Has the answer hold what its call holds.
pub(crate) fn hold<B>(response: http::Response<B>) -> http::Response<HeldBody<B>> {
    let (mut parts, body) = response.into_parts();
    let held = parts.extensions.remove::<Held>();
    http::Response::from_parts(parts, HeldBody { body, rest: Bytes::new(), _held: held })
}

impl<B: Body<Data = Bytes> + Unpin> Body for HeldBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return Poll::Ready(other),
            }
        }
        let length = self.rest.len().min(PIECE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        let inner = self.body.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(inner.lower().saturating_add(rest));
        hint
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::task::Waker;

    use super::*;
    use crate::peers::Peers;

    /// One frame, and then the end.
    struct Once(Option<Bytes>);

    impl Body for Once {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
        }
    }

    #[test]
    fn an_answer_keeps_the_place_of_its_call_until_it_is_taken() {
        let peers = Peers::new(1, 1);
        let data: Bytes = (0..200_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let mut response = http::Response::new(Once(Some(data.clone())));
        response.extensions_mut().insert(Held::new(peers.take(None)));
        let mut body = hold(response).into_body();
        let mut cx = Context::from_waker(Waker::noop());
        let mut found = Vec::new();
        loop {
            assert!(peers.take(None).is_none(), "after {} bytes", found.len());
            match Pin::new(&mut body).poll_frame(&mut cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    let piece = frame.into_data().unwrap();
                    assert!((1..=PIECE_BYTES).contains(&piece.len()));
                    found.extend_from_slice(&piece);
                }
                Poll::Ready(None) => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(found, data);
        drop(body);
        peers.take(None).unwrap();
    }

    #[test]
    fn an_answer_without_a_place_is_passed_on() {
        let mut body = hold(http::Response::new(Once(None))).into_body();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(Pin::new(&mut body).poll_frame(&mut cx), Poll::Ready(None)));
    }
}
