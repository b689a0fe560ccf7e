//! Writing the files of a log into a directory: each whole or not at all.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::audit::LogSource as _;
use crate::export::directory::{DirSource, LOCK};
use crate::export::error::ExportError;
use crate::merkle::{TILE_WIDTH, TileId, TileKind, TreeSize};

/// What the names of unfinished files begin with; no file of a log has such a name.
const UNFINISHED_PREFIX: &str = ".unfinished-";

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// A log is for everybody.
    Everybody,
    /// What a server withholds is for the owner of the copy alone.
    Owner,
}

/// A directory that takes the files of a log. A crash leaves whole files and unfinished ones, which
/// the next writer removes; the checkpoint, written last, says what the whole ones add up to.
#[derive(Debug)]
pub struct DirWriter {
    source: DirSource,
    /// Locked until it is closed, if nobody else is to write here.
    _lock: Option<File>,
}

impl DirWriter {
    /// Opens a directory, which is made if it is not there, and removes what a crash left behind.
    pub fn open(root: &Path) -> Result<Self, ExportError> {
        fs::create_dir_all(root).map_err(io_error(root))?;
        Self::with_lock(root, None)
    }

    /// The same for one process at a time.
    pub(super) fn open_alone(root: &Path) -> Result<Self, ExportError> {
        fs::create_dir_all(root).map_err(io_error(root))?;
        let path = root.join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(io_error(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ExportError::Taken { path: root.to_owned() });
            }
            // Some network disks know no locks; a directory there is better than none.
            Err(TryLockError::Error(cause)) if cause.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(cause)) => return Err(io_error(&path)(cause)),
        }
        Self::with_lock(root, Some(file))
    }

    fn with_lock(root: &Path, lock: Option<File>) -> Result<Self, ExportError> {
        let mut writer = Self { source: DirSource::new(root), _lock: lock };
        for path in writer.source.list()?.unwrap_or_default() {
            let name = path.rsplit('/').next().unwrap_or(&path);
            if name.starts_with(UNFINISHED_PREFIX) {
                writer.remove(&path)?;
            }
        }
        Ok(writer)
    }

    /// The directory, to be read.
    pub const fn source(&self) -> &DirSource {
        &self.source
    }

    /// The bytes of a file, if it is there.
    pub fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, ExportError> {
        Ok(self.source.read(path)?)
    }

    /// Writes a file, in place of the one that may be there.
    pub fn write(&self, path: &str, bytes: &[u8], readers: Readers) -> Result<(), ExportError> {
        let full = self.source.root().join(path);
        let parent = full.parent().unwrap_or_else(|| self.source.root());
        fs::create_dir_all(parent).map_err(io_error(parent))?;
        let write = || -> io::Result<()> {
            let mut file =
                tempfile::Builder::new().prefix(UNFINISHED_PREFIX).tempfile_in(parent)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            // It was made for its owner alone.
            if readers == Readers::Everybody {
                make_readable(file.as_file())?;
            }
            file.persist(&full).map_err(|error| error.error)?;
            // The name is durable once the directory is.
            File::open(parent)?.sync_all()
        };
        write().map_err(io_error(&full))
    }

    /// Writes a file unless it is there with these bytes; says whether it was written.
    pub fn put(&mut self, path: &str, bytes: &[u8], readers: Readers) -> Result<bool, ExportError> {
        if self.read(path)?.as_deref() == Some(bytes) {
            return Ok(false);
        }
        self.write(path, bytes, readers)?;
        Ok(true)
    }

    /// Who may read a file; everybody, if it is not there.
    pub fn readers(&self, path: &str) -> Readers {
        let metadata = fs::metadata(self.source.root().join(path));
        if metadata.is_ok_and(|metadata| is_private(&metadata)) {
            Readers::Owner
        } else {
            Readers::Everybody
        }
    }

    /// Removes partial tiles and bundles that a log of `size` entries has outgrown. Files that are
    /// no tile are left alone.
    pub fn remove_outgrown(&mut self, size: TreeSize) -> Result<u64, ExportError> {
        let mut removed = 0;
        for path in self.source.list()?.unwrap_or_default() {
            let Ok(id) = path.parse::<TileId>() else { continue };
            if id.width() < TILE_WIDTH && id.kind().in_tree(id.index(), size) != Some(id) {
                self.remove(&path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The same where nothing is there but the files of a log of `before` entries and those of one of
    /// `size`: what takes no look at all the rest.
    pub fn remove_grown(&mut self, before: TreeSize, size: TreeSize) -> Result<u64, ExportError> {
        let mut removed = 0;
        let hashes = (0..8).map(TileKind::Hashes);
        for kind in hashes.chain([TileKind::Entries, TileKind::Payloads]) {
            let index = before.get().unbounded_shr(8 * (u32::from(kind.level()) + 1));
            let Some(id) = kind.in_tree(index, before) else { continue };
            let path = id.to_string();
            if kind.in_tree(index, size) != Some(id) && self.source.root().join(&path).exists() {
                self.remove(&path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn remove(&self, path: &str) -> Result<(), ExportError> {
        let full = self.source.root().join(path);
        fs::remove_file(&full).map_err(io_error(&full))?;
        match full.parent() {
            // It goes if it is empty, and stays if it is not.
            Some(parent) if parent != self.source.root() => match fs::remove_dir(parent) {
                Ok(()) | Err(_) => Ok(()),
            },
            Some(_) | None => Ok(()),
        }
    }
}

/// Temporary files are for their owner alone; a log is for everybody.
#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(unix)]
fn is_private(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    let of_others = metadata.permissions().mode() & 0o077;
    of_others == 0
}

#[cfg(not(unix))]
fn make_readable(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn is_private(_metadata: &fs::Metadata) -> bool {
    false
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ExportError {
    let path: PathBuf = path.to_owned();
    move |cause| ExportError::Io { path, cause }
}
