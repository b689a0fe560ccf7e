//! Why nothing was fetched.

use std::time::Duration;

use hyper_util::client::legacy;

/// Why no requests can be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// Nothing to check certificates by.
    #[error("certificates that this system trusts")]
    Certificates(#[source] std::io::Error),
}

/// Why there is no answer to a request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No connection, or it broke off.
    #[error("no answer")]
    Connection(#[from] legacy::Error),
    /// The answer broke off, or is longer than it may be.
    #[error("answer breaks off, or has more than {limit} bytes")]
    Body {
        /// How long it may be.
        limit: usize,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer is longer than it may be.
    #[error("answer of {found} bytes or more, expected at most {limit}")]
    TooLong {
        /// How long it may be.
        limit: usize,
        /// How long it is, as far as it was read or says so.
        found: u64,
    },
    /// Nothing came any more, or next to nothing.
    #[error("nothing came for {} s", patience.as_secs())]
    Stalled {
        /// How long that was waited for.
        patience: Duration,
    },
}

/// Why no files of a log can be fetched at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpSourceError {
    /// No address of a place with files.
    #[error("{found:?} is no address: expected http:// or https://, a host and perhaps a path")]
    Url {
        /// What was given; its beginning, if it is long.
        found: String,
    },
    /// No token that can be sent (RFC 6750, section 2.1).
    #[error("a token has letters, digits and any of -._~+/ only, then perhaps =")]
    Token,
    /// No requests can be sent.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// No thread to fetch in.
    #[error("start the thread that fetches")]
    Thread(#[source] std::io::Error),
}

/// Why a file does not come.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoFile {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the server answers {status}")]
    Status { status: http::StatusCode },
    #[error("the server answers in the encoding {found:?}, which was not asked for")]
    Encoding { found: String },
    #[error("it did not come in time")]
    Late,
    #[error("no path")]
    Path,
    #[error("what fetches has ended")]
    Ended,
}
