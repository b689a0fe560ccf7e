//! HTTP/1.1, both ends: a server with bounded connections, and a client with bounded answers.

mod error;
mod base_url;
mod client;
mod source;
mod patience;
mod server;
mod fault;
mod held;
mod turns;
mod rate;
mod monitor;
mod log;

pub use base_url::BaseUrl;
pub use client::{Answer, Transport};
pub use error::{FetchError, HttpSourceError, TransportError};
pub(crate) use fault::log_fault;
pub(crate) use held::{Held, hold};
pub use log::{REQUESTS_PER_SECOND, ReadOptions, Tokens, TokensError, log_router};
pub use monitor::{Traffic, monitor_router};
pub(crate) use rate::Rate;
pub(crate) use server::is_of_one;
pub use server::serve;
pub use source::{BearerToken, HttpSource, HttpSourceOptions};
pub(crate) use turns::Turns;
