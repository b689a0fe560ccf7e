//! The gRPC service: convert, call the ledger, convert back. Whatever it does can be done without
//! it, through `ledger`; whatever it says can be checked without it, from the bytes alone.

pub(crate) mod convert;
mod failure;
mod status;
mod connections;
mod gate;
mod call;
mod items;
mod api;
mod refusals;
mod submit;
mod receipt;
mod submit_stream;
mod logging;
mod try_stream;
mod check;
mod watch;
mod subject;
mod entries;
mod proofs;
mod files;
mod server;

pub use logging::{LogVerdicts, VERDICTS_PER_MINUTE};
pub use server::{ServeError, ServeOptions, run};
