//! What a witness answers over HTTP.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use crate::causes::chain;
use crate::witness::server::rejection::Rejection;

/// When a log may be replayed further than it was.
const REPLAY_RETRY_S: u64 = 5;

/// The type of an answer that says which size was cosigned.
const SIZE_TYPE: &str = "text/x.tlog.size";

/// The type of everything else but lists.
pub(super) const TEXT_TYPE: &str = "text/plain; charset=utf-8";

/// The answer that says why nothing was cosigned.
pub(super) fn rejected(rejection: &Rejection) -> Response {
    match rejection {
        // SPEC: the body MUST consist of the tree size in decimal, followed by a newline.
        Rejection::Conflict { expected, .. } => {
            answer(rejection.status(), SIZE_TYPE, format!("{expected}\n"))
        }
        // What the disk says is for the operator.
        Rejection::Storage(_) => text(rejection.status(), &rejection.to_string()),
        Rejection::Replaying | Rejection::Unserved { .. } => {
            later(rejection.status(), REPLAY_RETRY_S, &chain(rejection))
        }
        other => text(other.status(), &chain(other)),
    }
}

/// A line for people, and when to ask again.
pub(super) fn later(status: StatusCode, retry_s: u64, why: &str) -> Response {
    let mut response = text(status, why);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_s));
    response
}

/// A line for people.
pub(super) fn text(status: StatusCode, line: &str) -> Response {
    answer(status, TEXT_TYPE, format!("{line}\n"))
}

/// An answer of a type that is kept by nobody on the way.
pub(super) fn answer(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
