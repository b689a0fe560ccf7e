//! Handovers of the log key in a directory, as `1`, `2` and so on: those of an export, or those that
//! `probant submit --receipts` keeps.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::genesis::Genesis;
use crate::log_key::{HANDOVER_BYTES_MAX, HANDOVERS_MAX, LogKeys};

/// What a reader knows of how the log key changed hands.
#[derive(Args, Debug)]
pub(super) struct Handovers {
    /// A directory with the handovers of the log key that you know of, as `copy/handover` of an export
    /// or `receipts/handover`; a key that was handed over can't pass for the log's any more
    #[arg(long, value_name = "DIR")]
    handovers: Option<PathBuf>,
}

impl Handovers {
    /// The log's keys, followed from the genesis document as far as the reader knows them.
    pub(super) fn log_keys(&self, genesis: &Genesis) -> Result<LogKeys, Failure> {
        let mut keys = LogKeys::new(genesis);
        let Some(dir) = &self.handovers else { return Ok(keys) };
        // An absent directory is a mistake in the command, not a log that was never handed over.
        std::fs::read_dir(dir).step(format!("read {}", dir.display()))?;
        for number in 1..=HANDOVERS_MAX {
            let path = dir.join(number.to_string());
            if !path.exists() {
                break;
            }
            let bytes = files::read(&path, HANDOVER_BYTES_MAX)?;
            keys.follow(&bytes).rejected(format!("handover {}", path.display()))?;
        }
        Ok(keys)
    }

    /// The directory, if one was given.
    pub(super) fn dir(&self) -> Option<&Path> {
        self.handovers.as_deref()
    }
}

/// Keeps handovers in a directory, which is made if there are any.
pub(super) fn keep(dir: &Path, keys: &LogKeys) -> Result<(), Failure> {
    if keys.handovers().is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(dir).step(format!("make {}", dir.display()))?;
    for handover in keys.handovers() {
        files::write_again(&dir.join(handover.number().to_string()), handover.bytes())?;
    }
    Ok(())
}
