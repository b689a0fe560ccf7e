//! What a server logs to stderr.

use anstream::ColorChoice;
use tracing_subscriber::EnvFilter;

use crate::cli::failure::{Failure, Step as _};

/// Begins to log what this level lets through, which was given as this option.
pub(super) fn start(option: &str, level: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(level).step(format!("{option} {level}"))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(anstream::AutoStream::choice(&std::io::stderr()) != ColorChoice::Never)
        .init();
    Ok(())
}
