//! Where things are in a ledger's directory.

use std::path::{Path, PathBuf};

/// The private log key.
pub(super) fn log_key(dir: &Path) -> PathBuf {
    dir.join("log.pem")
}

/// The genesis document, for people to take; the ledger's own copy is in its store.
pub(super) fn genesis(dir: &Path) -> PathBuf {
    dir.join("genesis.toml")
}

/// The store.
pub(super) fn store(dir: &Path) -> PathBuf {
    dir.join("store")
}
