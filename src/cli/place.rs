//! Where things are in a ledger's directory.

use std::path::{Path, PathBuf};

use crate::key::KeyId;

/// The private log key.
pub(super) fn log_key(dir: &Path) -> PathBuf {
    dir.join("log.pem")
}

/// A private log key that was handed over: it signs nothing any more.
pub(super) fn old_log_key(dir: &Path, key: &KeyId) -> PathBuf {
    let short: String = key.to_string().chars().take(8).collect();
    dir.join(format!("log-{short}.pem"))
}

/// The genesis document, for people to take; the ledger's own copy is in its store.
pub(super) fn genesis(dir: &Path) -> PathBuf {
    dir.join("genesis.toml")
}

/// Where the ledger's guard is, as a line of text: the guard itself is outside.
pub(super) fn guard_note(dir: &Path) -> PathBuf {
    dir.join("guard")
}

/// The store.
pub(super) fn store(dir: &Path) -> PathBuf {
    dir.join("store")
}

/// There while a ledger is being restored, and after a restore that was broken off.
pub(super) fn restoring(dir: &Path) -> PathBuf {
    dir.join("restoring")
}
