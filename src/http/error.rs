//! Why nothing was fetched.

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
}
