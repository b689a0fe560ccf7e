//! A copy of the checkpoints elsewhere, by which an old state is known as one.
//!
//! | file | what |
//! |---|---|
//! | `guard` | the version: a directory without it is none, but perhaps where one should be mounted |
//! | `checkpoint/<SHA-256 of the origin>` | as in the state |

use std::path::{Path, PathBuf};

use crate::export::{DirWriter, ExportError, Readers};
use crate::note::VerifierKey;
use crate::witness::server::checkpoints::{
    Checkpoints, list, read, read_checkpoints, write_checkpoint,
};
use crate::witness::server::cosigned::CosignedTreeHead;
use crate::witness::server::error::WitnessOpenError;

/// The file that says that a directory is a guard.
const MARK: &str = "guard";

/// What it holds. A later format gets another number.
const FORMAT: &str = "probant witness guard 1\n";

/// An open guard. It never begins by itself.
#[derive(Debug)]
pub struct Guard {
    path: PathBuf,
    files: DirWriter,
}

impl Guard {
    /// Makes a guard that knows of nothing yet. To be done once, by a person who knows that there is none
    /// for this state: a directory that is not mounted looks as if there were none.
    pub fn begin(path: &Path) -> Result<(), WitnessOpenError> {
        let guard = path.to_owned();
        let files = DirWriter::open(path)?;
        let paths = list(path)?;
        if paths.contains(MARK) {
            return Err(WitnessOpenError::GuardExists { guard });
        }
        if !paths.is_empty() {
            return Err(WitnessOpenError::NotEmpty { dir: guard });
        }
        Ok(files.write(MARK, FORMAT.as_bytes(), Readers::Everybody)?)
    }

    /// Whether there is one.
    pub fn is_there(path: &Path) -> bool {
        path.join(MARK).exists()
    }

    /// Opens a guard that is there.
    pub(super) fn open(path: &Path) -> Result<Self, WitnessOpenError> {
        let guard = path.to_owned();
        match read(path, MARK)? {
            Some(found) if found == FORMAT.as_bytes() => {}
            Some(found) => {
                let found = String::from_utf8_lossy(&found).chars().take(80).collect();
                return Err(WitnessOpenError::Format { dir: guard, expected: FORMAT, found });
            }
            None => return Err(WitnessOpenError::NoGuard { guard }),
        }
        Ok(Self { files: DirWriter::open(path)?, path: guard })
    }

    /// Checks that the state is not behind, and brings the guard up to it.
    pub(super) fn check(
        &self,
        state: &Checkpoints,
        witness: &VerifierKey,
    ) -> Result<(), WitnessOpenError> {
        let guarded = read_checkpoints(&self.path, witness)?;
        for (hash, it) in &guarded {
            let (origin, expected) = (it.origin().to_owned(), it.head().size());
            let guard = self.path.clone();
            let state = state.get(hash);
            let found = state.map(|it| it.head().size()).unwrap_or_default();
            if found < expected || state.is_none() {
                return Err(WitnessOpenError::Older { guard, origin, expected, found });
            }
            let is_same = state.is_some_and(|state| state.head().root() == it.head().root());
            if found == expected && !is_same {
                return Err(WitnessOpenError::Fork { guard, origin, size: found });
            }
        }
        for (hash, it) in state {
            if guarded.get(hash) != Some(it) {
                write_checkpoint(&self.files, it)?;
            }
        }
        Ok(())
    }

    /// Writes a checkpoint in the place of the one before; durable, when this comes back.
    pub(super) fn write(&self, next: &CosignedTreeHead) -> Result<(), ExportError> {
        write_checkpoint(&self.files, next)
    }
}
