//! The guard of a ledger: the file outside its directory that has the last signed checkpoint. By
//! default it is beside the directory, and the directory notes where it is.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::{place, report};
use crate::note::{Checkpoint, Note};

/// The longest path that is noted.
const NOTE_BYTES_MAX: usize = 1 << 16;

/// The file that a person names, or none.
#[derive(Args, Debug)]
pub(super) struct GuardFile {
    /// The file for the last signed checkpoint, outside the ledger's directory and best on another
    /// disk: a directory that is restored from an old backup is then found out before it signs a
    /// second history. Without it, the file of before, which has to be there, or, if there was none,
    /// DIR.checkpoint beside the directory
    #[arg(long, value_name = "FILE")]
    guard: Option<PathBuf>,
}

/// Where the guard of one ledger is.
#[derive(Debug)]
pub(super) struct Guarded {
    dir: PathBuf,
    /// The file that is kept from now on.
    pub(super) file: PathBuf,
    /// The file that was kept before, if it is another one and still there.
    pub(super) before: Option<PathBuf>,
}

impl GuardFile {
    /// The guard of the ledger in `dir`, which is there. Says aloud if the one that it had is not.
    pub(super) fn of(&self, dir: &Path) -> Result<Guarded, Failure> {
        let guarded = self.find(dir)?;
        let noted = read_note(&guarded.dir)?.filter(|noted| !noted.exists());
        if let Some(noted) = noted.filter(|_| !guarded.file.exists()) {
            report::warn(&format!(
                "the last signed checkpoint was kept in {}, which is not there: this directory was \
                 moved, or restored without it. If it is not the newest there is, stop: what is \
                 signed now forks the log. If it is, its checkpoint is kept in {} from now on",
                noted.display(),
                guarded.file.display()
            ));
        }
        files::expect_writable(&guarded.file).map_err(elsewhere)?;
        Ok(guarded)
    }

    /// The same of a ledger that is only read.
    pub(super) fn find(&self, dir: &Path) -> Result<Guarded, Failure> {
        let dir = dir.canonicalize().step(format!("find {}", dir.display()))?;
        let noted = read_note(&dir)?;
        let file = match (&self.guard, &noted) {
            (Some(file), _) => outside(file, &dir)?,
            (None, Some(noted)) if noted.exists() => noted.clone(),
            // Another one may be there, of a time when the guard was kept elsewhere: it is no better
            // than the store.
            (None, Some(noted)) => return Err(missing(noted)),
            (None, None) => beside(&dir)?,
        };
        let before = noted.filter(|noted| *noted != file && noted.exists());
        Ok(Guarded { dir, file, before })
    }

    /// The guard of a ledger that is to be made in `dir`, which may not be there yet.
    pub(super) fn of_new(&self, dir: &Path) -> Result<PathBuf, Failure> {
        let dir = future(dir)?;
        match &self.guard {
            Some(file) => outside(file, &dir),
            None => beside(&dir),
        }
    }
}

impl Guarded {
    /// Notes in the ledger's directory where its guard is, so that it is missed if it is gone. The one
    /// of before, which nobody keeps any more, goes if it says no more than the new one.
    pub(super) fn note(&self) -> Result<(), Failure> {
        note(&self.dir, &self.file)?;
        let Some(before) = &self.before else { return Ok(()) };
        let is_outdone = match (read_checkpoint(before), read_checkpoint(&self.file)) {
            (Some(old), Some(new)) => old.origin() == new.origin() && old.size() <= new.size(),
            (None, _) | (_, None) => false,
        };
        if is_outdone {
            fs::remove_file(before).step(format!("remove {}", before.display()))?;
        }
        Ok(())
    }
}

/// What the checkpoint in a guard says, whoever signed it.
fn read_checkpoint(path: &Path) -> Option<Checkpoint> {
    let bytes = files::read(path, NOTE_BYTES_MAX).ok()?;
    Note::parse(&bytes).ok()?.text().parse().ok()
}

fn missing(noted: &Path) -> Failure {
    Failure::new(format!(
        "the last signed checkpoint is kept in {}, which is not there: mount the disk that it is on, or \
         name a file with --guard. If this directory is not the newest there is, what is signed from \
         it forks the log",
        noted.display()
    ))
}

/// Notes in a ledger's directory where its guard is. A path that is no text is not noted.
pub(super) fn note(dir: &Path, file: &Path) -> Result<(), Failure> {
    let Some(text) = file.to_str() else { return Ok(()) };
    let (path, line) = (place::guard_note(dir), format!("{text}\n"));
    if files::read(&path, NOTE_BYTES_MAX).is_ok_and(|found| found == line.as_bytes()) {
        return Ok(());
    }
    files::write(&path, line.as_bytes(), Access::Public)
}

fn read_note(dir: &Path) -> Result<Option<PathBuf>, Failure> {
    let path = place::guard_note(dir);
    match fs::metadata(&path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
        Err(_) | Ok(_) => {}
    }
    let text = files::read_text(&path, NOTE_BYTES_MAX)?;
    let noted = text.strip_suffix('\n').map(PathBuf::from).filter(|noted| noted.is_absolute());
    let message = || format!("{} does not name a file: remove it", path.display());
    noted.map(Some).ok_or_else(|| Failure::new(message()))
}

/// What to do where the guard can't be written.
pub(super) fn elsewhere(failure: Failure) -> Failure {
    failure.in_step(
        "the last signed checkpoint is kept outside the ledger's directory: name a file that can be \
         written with --guard, or move the ledger one directory down",
    )
}

/// `DIR.checkpoint`, beside the directory.
fn beside(dir: &Path) -> Result<PathBuf, Failure> {
    place::beside(dir, ".checkpoint").ok_or_else(|| {
        Failure::new(format!(
            "there is no place beside {}: name a file for the last signed checkpoint with --guard",
            dir.display()
        ))
    })
}

/// Where a directory is or will be, as far as there is something to find.
pub(super) fn future(dir: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(dir).step(format!("find {}", dir.display()))?;
    Ok(match (absolute.canonicalize(), absolute.parent(), absolute.file_name()) {
        (Ok(dir), ..) => dir,
        (Err(_), Some(parent), Some(name)) => {
            parent.canonicalize().unwrap_or_else(|_absent| parent.to_owned()).join(name)
        }
        (Err(_), ..) => absolute,
    })
}

/// The guard with its directory's symbolic links followed; not one that is put back with what it guards.
pub(super) fn outside(file: &Path, dir: &Path) -> Result<PathBuf, Failure> {
    let step = || format!("find {}", file.display());
    let absolute = std::path::absolute(file).step(step())?;
    let found = match (absolute.canonicalize(), absolute.parent(), absolute.file_name()) {
        (Ok(found), ..) => found,
        (Err(_), Some(parent), Some(name)) => parent.canonicalize().step(step())?.join(name),
        (Err(cause), ..) => return Err(Failure::of(step(), cause)),
    };
    if found.starts_with(dir) {
        let message = format!(
            "--guard {} is in {}: it would be put back together with it, and guard nothing",
            file.display(),
            dir.display()
        );
        return Err(Failure::new(message));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(file: Option<PathBuf>) -> GuardFile {
        GuardFile { guard: file }
    }

    #[cfg(unix)]
    #[test]
    fn the_guard_is_beside_the_directory_however_that_is_named() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let dir = root.join("ledger.one");
        fs::create_dir(&dir).unwrap();
        std::os::unix::fs::symlink(&dir, root.join("link")).unwrap();
        let expected = root.join("ledger.one.checkpoint");
        for name in ["ledger.one", "ledger.one/", "ledger.one/.", "link", "ledger.one/../link/"] {
            assert_eq!(given(None).of(&root.join(name)).unwrap().file, expected, "{name}");
            assert_eq!(given(None).of_new(&root.join(name)).unwrap(), expected, "{name}");
        }
        let new = given(None).of_new(&root.join("new/")).unwrap();
        assert_eq!(new, root.join("new.checkpoint"));
        assert!(given(None).of(Path::new("/")).unwrap_err().chain()[0].contains("--guard"));
    }

    #[test]
    fn a_guard_in_the_directory_or_where_nothing_can_be_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("ledger");
        fs::create_dir(&dir).unwrap();
        for inside in [dir.join("last"), dir.join("../ledger/last")] {
            let error = given(Some(inside)).of(&dir).unwrap_err().chain().join(": ");
            assert!(error.contains("guard nothing"), "{error}");
        }
        given(Some(root.path().join("absent/last"))).of(&dir).unwrap_err();
        let error = given(Some(root.path().to_owned())).of(&dir).unwrap_err().chain().join(": ");
        assert!(error.contains("--guard"), "{error}");
    }

    #[test]
    fn a_directory_knows_its_guard_wherever_it_is_moved() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let (dir, moved) = (root.join("ledger"), root.join("moved"));
        fs::create_dir(&dir).unwrap();
        let guarded = given(None).of(&dir).unwrap();
        fs::write(&guarded.file, "a checkpoint").unwrap();
        guarded.note().unwrap();
        fs::rename(&dir, &moved).unwrap();
        assert_eq!(given(None).of(&moved).unwrap().file, guarded.file);
        let elsewhere = given(Some(root.join("elsewhere"))).of(&moved).unwrap();
        assert_eq!(elsewhere.before, Some(guarded.file.clone()));
        // Gone: a new one is begun where a person says, and nowhere else.
        fs::remove_file(&guarded.file).unwrap();
        let error = given(None).find(&moved).unwrap_err().chain().join(": ");
        assert!(error.contains("mount the disk") && error.contains("--guard"), "{error}");
        let again = given(Some(root.join("moved.checkpoint"))).of(&moved).unwrap();
        assert_eq!((again.file, again.before), (root.join("moved.checkpoint"), None));
        fs::write(place::guard_note(&moved), "nonsense").unwrap();
        given(None).of(&moved).unwrap_err();
    }
}
