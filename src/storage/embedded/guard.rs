//! Calls into sled, with its errors and its panics as errors of ours.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::storage::error::StorageError;

/// Runs `call`. A panic inside sled is damage on disk, for it panics on what it can't interpret.
pub(super) fn guard<T>(
    dir: &Path,
    call: impl FnOnce() -> Result<T, sled::Error>,
) -> Result<T, StorageError> {
    // What sled leaves half done in memory after a panic is never written: the engine stops after
    // a failed write, and a failed read changes nothing.
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(translate(dir, error)),
        Err(panic) => Err(damaged(dir, format!("sled stopped: {}", message(panic.as_ref())))),
    }
}

/// Damage that sled did not report itself.
pub(super) fn damaged(dir: &Path, what: impl Into<String>) -> StorageError {
    StorageError::Damaged { dir: dir.to_owned(), what: what.into(), source: None }
}

fn translate(dir: &Path, error: sled::Error) -> StorageError {
    match error {
        sled::Error::Corruption { .. } => StorageError::Damaged {
            dir: dir.to_owned(),
            what: "bytes in sled's files do not have their checksum".to_owned(),
            source: Some(Box::new(error)),
        },
        // We hold the store's own lock, so this is a stopped engine that this process has kept.
        sled::Error::Io(source) if source.to_string().starts_with("could not acquire lock") => {
            StorageError::InUse { dir: dir.to_owned() }
        }
        sled::Error::Io(source) => {
            StorageError::Io { action: "read or write", path: dir.join("sled"), source }
        }
        other => StorageError::Engine(Box::new(other)),
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a word")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_damage_that_names_the_store_and_the_cause() {
        let error = guard::<()>(Path::new("/store"), || panic!("page 7 is gone")).unwrap_err();
        assert_eq!(error.to_string(), "store in /store is damaged: sled stopped: page 7 is gone");
    }
}
