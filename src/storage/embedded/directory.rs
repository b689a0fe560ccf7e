//! The files around sled's: the format, which is also the lock, and the last acknowledged commit.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::encoding::{Reader, Writer};
use crate::hash::Digest;
use crate::storage::embedded::guard::damaged;
use crate::storage::error::StorageError;

/// What `format` holds. A later format gets another number.
const FORMAT: &str = "probant store 1\n";

/// The two slots of `acknowledged` lie in sectors of their own, so that a write cut short spoils
/// the older note only.
const SLOT_BYTES: u64 = 4096;

/// A note: `u64 number of acknowledged commits ‖ the first 8 bytes of its hash`.
const NOTE_BYTES: usize = 16;

/// How long to wait for sled to let go of its files, and how often.
const RELEASE_WAIT: Duration = Duration::from_millis(1);
const RELEASE_WAITS_MAX: u32 = 5000;

/// The open directory of a store. Whoever holds it has the store to itself.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    acknowledged: File,
    is_abandoned: bool,
    /// Locked until it is closed.
    _format: File,
}

impl Directory {
    /// Makes the directory of a new store, or makes one of an empty directory.
    pub(super) fn create(path: &Path) -> Result<(), StorageError> {
        fs::create_dir_all(path).map_err(io_error("create", path))?;
        for entry in fs::read_dir(path).map_err(io_error("list", path))? {
            let name = entry.map_err(io_error("list", path))?.file_name();
            if name == "format" {
                return Err(StorageError::Exists { dir: path.to_owned() });
            }
            // `format.new` is what a crash in the middle of this function leaves.
            if name != "format.new" {
                return Err(StorageError::NotAStore { dir: path.to_owned() });
            }
        }
        let new = path.join("format.new");
        fs::write(&new, FORMAT).map_err(io_error("write", &new))?;
        sync(&new)?;
        fs::rename(&new, path.join("format")).map_err(io_error("rename", &new))?;
        sync(path)
    }

    /// Locks the directory and prepares it for sled.
    pub(super) fn open(path: &Path) -> Result<Self, StorageError> {
        let format_path = path.join("format");
        let mut format = match OpenOptions::new().read(true).open(&format_path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(no_store(path)),
            Err(error) => return Err(io_error("open", &format_path)(error)),
        };
        match format.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StorageError::InUse { dir: path.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(io_error("lock", &format_path)(error)),
        }
        check_format(path, &mut format, &format_path)?;
        remove_half_snapshots(&path.join("sled"))?;

        let acknowledged_path = path.join("acknowledged");
        let acknowledged = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&acknowledged_path)
            .map_err(io_error("open", &acknowledged_path))?;
        Ok(Self { path: path.to_owned(), acknowledged, is_abandoned: false, _format: format })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn sled(&self) -> PathBuf {
        self.path.join("sled")
    }

    /// sled's log, for [`File::sync_data`] after its own flush.
    pub(super) fn sled_log(&self) -> Result<File, StorageError> {
        let log = self.sled().join("db");
        File::open(&log).map_err(io_error("open", &log))
    }

    /// sled keeps its files until the process ends, so there is no point in waiting for it.
    pub(super) const fn abandon(&mut self) {
        self.is_abandoned = true;
    }

    /// Syncs every file that opening has made or changed, and the directories that name them.
    pub(super) fn sync(&self) -> Result<(), StorageError> {
        let sled = self.sled();
        for entry in fs::read_dir(&sled).map_err(io_error("list", &sled))? {
            sync(&entry.map_err(io_error("list", &sled))?.path())?;
        }
        sync(&sled)?;
        sync(&self.path)
    }

    /// Notes that this many commits were acknowledged. Not synced: it is written after they are
    /// durable, so at worst it is behind.
    pub(super) fn acknowledge(&self, commits: u64) -> Result<(), StorageError> {
        let mut writer = Writer::with_capacity(NOTE_BYTES);
        writer.u64(commits).put(&checksum(commits));
        self.acknowledged
            .write_all_at(&writer.into_bytes(), commits % 2 * SLOT_BYTES)
            .map_err(io_error("write", &self.path.join("acknowledged")))
    }

    /// Checks that the commits found, that is, the sequence number of the head and one, are not
    /// fewer than were acknowledged.
    pub(super) fn check_acknowledged(&self, found: u64) -> Result<(), StorageError> {
        let expected = self.noted(0)?.max(self.noted(1)?).unwrap_or_default();
        if found < expected {
            return Err(damaged(
                &self.path,
                format!("{expected} commits were acknowledged, {found} are there"),
            ));
        }
        Ok(())
    }

    fn noted(&self, slot: u64) -> Result<Option<u64>, StorageError> {
        let mut note = [0; NOTE_BYTES];
        match self.acknowledged.read_exact_at(&mut note, slot * SLOT_BYTES) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(io_error("read", &self.path.join("acknowledged"))(error)),
        }
        let mut reader = Reader::new(&note);
        let commits = reader.u64("commits").ok();
        Ok(commits.filter(|commits| reader.rest() == checksum(*commits)))
    }
}

impl Drop for Directory {
    /// Lets go of the store only when sled has: its threads can hold its log, and the lock on it,
    /// for some moments after it was dropped.
    fn drop(&mut self) {
        if self.is_abandoned {
            return;
        }
        let Ok(log) = self.sled_log() else { return };
        for _ in 0..RELEASE_WAITS_MAX {
            if !matches!(log.try_lock(), Err(TryLockError::WouldBlock)) {
                return;
            }
            thread::park_timeout(RELEASE_WAIT);
        }
        tracing::warn!(store = %self.path.display(), "sled still holds the store");
    }
}

fn no_store(path: &Path) -> StorageError {
    let is_empty = fs::read_dir(path).map_or(true, |mut entries| entries.next().is_none());
    if is_empty {
        StorageError::Absent { dir: path.to_owned() }
    } else {
        StorageError::NotAStore { dir: path.to_owned() }
    }
}

fn check_format(dir: &Path, format: &mut File, path: &Path) -> Result<(), StorageError> {
    let mut found = Vec::new();
    format.take(64).read_to_end(&mut found).map_err(io_error("read", path))?;
    if found == FORMAT.as_bytes() {
        return Ok(());
    }
    let found = String::from_utf8_lossy(&found).trim_end().to_owned();
    Err(match found.strip_prefix("probant store ") {
        Some(number) => {
            StorageError::Format { dir: dir.to_owned(), found: number.to_owned(), expected: "1" }
        }
        None => damaged(dir, format!("format file says {found:?}")),
    })
}

/// sled opens the last file by name that begins with `snap.`, also one that a crash cut short
/// before it got its final name.
fn remove_half_snapshots(sled: &Path) -> Result<(), StorageError> {
    let entries = match fs::read_dir(sled) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io_error("list", sled)(error)),
    };
    for entry in entries {
        let path = entry.map_err(io_error("list", sled))?.path();
        if path.extension().is_some_and(|extension| extension == "generating") {
            fs::remove_file(&path).map_err(io_error("remove", &path))?;
        }
    }
    Ok(())
}

fn sync(path: &Path) -> Result<(), StorageError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(io_error("sync", path))
}

pub(super) fn io_error(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> StorageError + use<> {
    let path = path.to_owned();
    move |source| StorageError::Io { action, path, source }
}

fn checksum(commits: u64) -> [u8; 8] {
    let mut short = [0; 8];
    let digest = Digest::of(&commits.to_be_bytes());
    short.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
    short
}
