//! The files of the log for whoever asks: the same tree as an export (tlog-tiles; formats.md, section 8).

mod failure;
mod room;
mod tokens;
mod answer;
mod router;

pub use router::{REQUESTS_PER_SECOND, ReadOptions, log_router};
pub use tokens::{Tokens, TokensError};
