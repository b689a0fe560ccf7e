//! The guard: a copy of the last signed checkpoint, kept outside the store. A store restored from an
//! old backup is then found to be old before it could sign a second history.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::hash::Digest;
use crate::ledger::open_error::OpenError;
use crate::log_key::LogKeys;
use crate::merkle::TreeSize;
use crate::note::{Checkpoint, CheckpointError, KeyName, Note, NoteError};

/// The file with the last checkpoint that left this process.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    path: PathBuf,
}

impl Guard {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Checks that a store of `size` entries, whose trees have the roots that `root_at` gives, goes
    /// on from the checkpoint in the file; one without a file does.
    pub(super) fn check(
        &self,
        keys: &LogKeys,
        size: TreeSize,
        root_at: impl FnOnce(TreeSize) -> Result<Digest, OpenError>,
    ) -> Result<(), OpenError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(self.error(source)),
        };
        let path = || self.path.clone();
        let last = match keys.verify(&bytes) {
            Ok(last) => last,
            Err(source) => {
                // A store of before a handover knows nothing of the key that signed since.
                let expected = size_by_unknown(&bytes, &source).filter(|last| *last > size);
                return Err(match expected {
                    Some(expected) => OpenError::Older { path: path(), expected, found: size },
                    None => OpenError::GuardUnreadable { path: path(), source },
                });
            }
        };
        if last.size() > size {
            return Err(OpenError::Older { path: path(), expected: last.size(), found: size });
        }
        let found = root_at(last.size())?;
        if found == last.root() {
            return Ok(());
        }
        Err(OpenError::Fork { path: path(), size: last.size(), expected: last.root(), found })
    }

    /// Whether the file may hold a checkpoint of the log of this name: not if it is there and says
    /// that it is another log's.
    pub(super) fn may_be_of(&self, origin: &KeyName) -> bool {
        let Ok(bytes) = fs::read(&self.path) else { return true };
        read_unverified(&bytes).is_none_or(|checkpoint| checkpoint.origin() == origin)
    }

    /// Puts the next checkpoint in the place of the one before, durably. If the file has neither
    /// that nor nothing, a server on a copy of the store signs for the same log: then this one stops,
    /// before it has shown what it signed.
    pub(super) fn advance(&self, before: &str, next: &str) -> io::Result<()> {
        match fs::read(&self.path) {
            Ok(found) if found == before.as_bytes() => self.write(next),
            Ok(_other) => Err(io::Error::other(
                "it has a checkpoint that this server did not write: another one signs this log",
            )),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => self.write(next),
            Err(cause) => Err(cause),
        }
    }

    /// Puts a checkpoint, whose store was checked, in the place of the one in the file.
    pub(super) fn replace(&self, note: &str) -> Result<(), OpenError> {
        self.write(note).map_err(|source| self.error(source))
    }

    /// The file is never half written: it is another one until it is renamed.
    fn write(&self, note: &str) -> io::Result<()> {
        let next = self.next();
        let mut file = File::create(&next)?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        fs::rename(&next, &self.path)?;
        let dir = self.path.parent().filter(|dir| !dir.as_os_str().is_empty());
        File::open(dir.unwrap_or_else(|| Path::new(".")))?.sync_all()
    }

    /// Where the next content is written. The whole name counts: the guards of two ledgers may lie
    /// side by side and differ in what looks like an extension.
    fn next(&self) -> PathBuf {
        let mut next = self.path.clone().into_os_string();
        next.push(".next");
        next.into()
    }

    fn error(&self, source: io::Error) -> OpenError {
        OpenError::Guard { path: self.path.clone(), source }
    }
}

/// The size that a checkpoint gives, if all that is wrong with it is that its key is not known.
fn size_by_unknown(bytes: &[u8], cause: &CheckpointError) -> Option<TreeSize> {
    if !matches!(cause, CheckpointError::Note(NoteError::NoKnownSignature)) {
        return None;
    }
    read_unverified(bytes).map(|checkpoint| checkpoint.size())
}

/// What a checkpoint says, whoever signed it.
fn read_unverified(bytes: &[u8]) -> Option<Checkpoint> {
    Note::parse(bytes).ok()?.text().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_side_by_side_do_not_write_over_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["ledger.one", "ledger.two", "ledger.next"];
        let guards = names.map(|name| Guard::new(dir.path().join(name)));
        for (number, guard) in guards.iter().enumerate() {
            assert!(guards.iter().all(|other| other.path != guard.next()), "{guard:?}");
            assert!(guards[..number].iter().all(|other| other.next() != guard.next()));
            guard.write(&number.to_string()).unwrap();
        }
        for (number, guard) in guards.iter().enumerate() {
            assert_eq!(fs::read_to_string(&guard.path).unwrap(), number.to_string());
        }
    }
}
