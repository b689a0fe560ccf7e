//! Where things are in a ledger's directory.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::key::KeyId;

/// What has the name of a file or directory with `suffix`, and is beside it: not in it, however that is
/// written.
pub(super) fn beside(path: &Path, suffix: &str) -> Option<PathBuf> {
    let found = match path.file_name() {
        Some(_) => path.to_owned(),
        // As `.` or `..`.
        None => path.canonicalize().ok()?,
    };
    let name: OsString = [found.file_name()?, suffix.as_ref()].into_iter().collect();
    Some(found.with_file_name(name))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_is_not_within_however_a_directory_is_written() {
        for name in ["a/copy", "a/copy/", "a/copy/.", "a/copy//"] {
            assert_eq!(beside(Path::new(name), ".fork"), Some("a/copy.fork".into()), "{name}");
        }
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("copy/tile")).unwrap();
        assert_eq!(beside(&root.join("copy/tile/.."), ".fork"), Some(root.join("copy.fork")));
        assert_eq!(beside(Path::new("/"), ".fork"), None);
    }
}
