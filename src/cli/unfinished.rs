//! A ledger's directory while it is being restored: it serves nobody before the restore is done, and
//! a restore that was broken off begins anew.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::cli::failure::{Failure, Step as _};
use crate::cli::{files, place};

/// A directory that is being restored, by this process alone.
#[derive(Debug)]
pub(super) struct Unfinished {
    dir: PathBuf,
    /// Locked until it is closed.
    _mark: File,
}

/// Says so if a restore into this directory was broken off, or is not done yet.
pub(super) fn refuse(dir: &Path) -> Result<(), Failure> {
    if !place::restoring(dir).exists() {
        return Ok(());
    }
    let message = format!(
        "{} was not restored to its end: run `probant restore` again, as before",
        dir.display()
    );
    Err(Failure::new(message))
}

/// Says so if nothing may be restored into this directory.
pub(super) fn expect_free(dir: &Path) -> Result<(), Failure> {
    if place::restoring(dir).exists() { Ok(()) } else { files::expect_empty(dir) }
}

impl Unfinished {
    /// Begins to restore into a directory that is free; what an earlier attempt left there goes.
    pub(super) fn begin(dir: &Path) -> Result<Self, Failure> {
        expect_free(dir)?;
        files::make_private_dir(dir)?;
        files::close_to_others(dir)?;
        let path = place::restoring(dir);
        let step = || format!("write {}", path.display());
        let mark = File::options().create(true).append(true).open(&path).step(step())?;
        match mark.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let message = format!("{} is being restored by another process", dir.display());
                return Err(Failure::new(message));
            }
            Err(TryLockError::Error(cause)) => return Err(Failure::of(step(), cause)),
        }
        files::sync_dir(dir)?;
        for part in [place::log_key, place::genesis, place::guard_note] {
            remove(fs::remove_file(part(dir)), &part(dir))?;
        }
        remove(fs::remove_dir_all(place::store(dir)), &place::store(dir))?;
        Ok(Self { dir: dir.to_owned(), _mark: mark })
    }

    /// The directory is a ledger's from here on.
    pub(super) fn finish(self) -> Result<(), Failure> {
        files::sync_dir(&self.dir)?;
        let path = place::restoring(&self.dir);
        fs::remove_file(&path).step(format!("remove {}", path.display()))?;
        files::sync_dir(&self.dir)
    }
}

fn remove(done: std::io::Result<()>, path: &Path) -> Result<(), Failure> {
    match done {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done.step(format!("remove {}", path.display())),
    }
}
