//! Files that a person named: read within limits, written whole, private ones for their owner alone.

use std::fs::{self, DirBuilder, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::failure::{Failure, Step as _};
use crate::hash::{Digest, Hasher};

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Everyone: mode 0644.
    Public,
    /// Its owner: mode 0600.
    Owner,
}

/// Reads a file of at most `bytes_max` bytes.
pub(super) fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let step = || format!("read {}", path.display());
    let file = File::open(path).step(step())?;
    if file.metadata().step(step())?.is_dir() {
        return Err(Failure::new(format!("{} is a directory, expected a file", path.display())));
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).step(step())?;
    if bytes.len() > bytes_max {
        let message = format!("{} has more than {bytes_max} bytes", path.display());
        return Err(Failure::new(message));
    }
    Ok(bytes)
}

/// The digest of a file of at most `bytes_max` bytes, little of which is in memory at a time.
pub(super) fn digest(path: &Path, bytes_max: u64) -> Result<Digest, Failure> {
    let step = || format!("read {}", path.display());
    let mut file = File::open(path).step(step())?;
    let before = file.metadata().step(step())?;
    if before.len() > bytes_max {
        let message = format!("{} has more than {bytes_max} bytes", path.display());
        return Err(Failure::new(message));
    }
    let (mut hasher, mut read) = (Hasher::default(), 0_u64);
    let mut piece = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut piece).step(step())?;
        let Some(bytes) = piece.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        read = read.saturating_add(bytes.len() as u64);
        if read > before.len() {
            break;
        }
    }
    // One that somebody is still writing is not what will be looked at later.
    let after = file.metadata().step(step())?;
    if read != before.len() || before.modified().ok() != after.modified().ok() {
        return Err(Failure::new(format!("{} changed while it was read", path.display())));
    }
    Ok(hasher.finish())
}

/// Reads a text file of at most `bytes_max` bytes.
pub(super) fn read_text(path: &Path, bytes_max: usize) -> Result<String, Failure> {
    String::from_utf8(read(path, bytes_max)?).step(format!("{} is not text", path.display()))
}

/// Writes a file that is not there yet: wholly and durably, or not at all.
pub(super) fn write_new(path: &Path, bytes: &[u8], access: Access) -> Result<(), Failure> {
    let temporary = temporary(path, bytes, access)?;
    temporary.as_file().sync_all().map_err(|cause| failure(path, cause))?;
    temporary.persist_noclobber(path).map_err(|error| {
        if error.error.kind() == std::io::ErrorKind::AlreadyExists {
            exists(path)
        } else {
            failure(path, error.error)
        }
    })?;
    sync_parent(path)
}

/// Says so if there is something in a directory; one that is not there is empty.
pub(super) fn expect_empty(dir: &Path) -> Result<(), Failure> {
    let shown = dir.display();
    match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => {
            Err(Failure::new(format!("{shown} is not empty; nothing there is overwritten")))
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(Failure::of(format!("read {shown}"), cause)),
    }
}

/// Says so, before any work is done for it, if a new file could not be written there.
pub(super) fn expect_new(path: &Path) -> Result<(), Failure> {
    refuse_existing(path)?;
    temporary(path, b"", Access::Owner).map(drop)
}

/// Says so, before any work is done for it, if a file could not be written there, in the place of
/// another or not.
pub(super) fn expect_writable(path: &Path) -> Result<(), Failure> {
    temporary(&writable(path)?, b"", Access::Owner).map(drop)
}

/// Says so if something is there already.
pub(super) fn refuse_existing(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(exists(path)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(failure(path, cause)),
    }
}

/// Writes a file, in the place of one that may be there. Through a symbolic link, what it points to
/// is written.
pub(super) fn write(path: &Path, bytes: &[u8], access: Access) -> Result<(), Failure> {
    let path = &writable(path)?;
    let temporary = temporary(path, bytes, access)?;
    temporary.as_file().sync_all().map_err(|cause| failure(path, cause))?;
    temporary.persist(path).map_err(|error| failure(path, error.error))?;
    sync_parent(path)
}

/// Makes a directory that only its owner may enter, and the ones above it.
pub(super) fn make_private_dir(path: &Path) -> Result<(), Failure> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).step(format!("make {}", path.display()))
}

/// Waits until no other process holds this lock, which is on the directory that a file is in, so that
/// nothing is left beside it. Held until it is dropped; where there are no such locks, there is none.
pub(super) fn lock_beside(path: &Path) -> Result<Option<File>, Failure> {
    if cfg!(not(unix)) {
        return Ok(None);
    }
    let directory = File::open(parent(path)).step(format!("lock {}", path.display()))?;
    Ok(directory.lock().is_ok().then_some(directory))
}

/// Writes a file that can be had again: wholly or not at all, but not waiting for the disk.
pub(super) fn write_again(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let temporary = temporary(path, bytes, Access::Public)?;
    temporary.persist(path).map(drop).map_err(|error| failure(path, error.error))
}

/// Makes the directory that a file is to be in, and the ones above it, where they are not there yet:
/// for its owner alone.
pub(super) fn create_private_parent(path: &Path) -> Result<(), Failure> {
    make_private_dir(parent(path))
}

/// Makes what was created or renamed in a directory durable.
pub(super) fn sync_dir(path: &Path) -> Result<(), Failure> {
    let sync = || File::open(path)?.sync_all();
    sync().step(format!("write {}", path.display()))
}

/// The permission bits of a file that let others than its owner at it; 0 where there are none.
pub(super) fn open_to_others(path: &Path) -> Result<u32, Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = fs::metadata(path).step(format!("read {}", path.display()))?;
        Ok(metadata.permissions().mode() & 0o077)
    }
    #[cfg(not(unix))]
    {
        fs::metadata(path).step(format!("read {}", path.display()))?;
        Ok(0)
    }
}

/// Lets nobody but its owner into a directory.
pub(super) fn close_to_others(path: &Path) -> Result<(), Failure> {
    #[cfg(unix)]
    if open_to_others(path)? != 0 {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(path, mode).step(format!("close {} to others", path.display()))?;
    }
    Ok(())
}

/// Refuses to put something private where a commit would publish it: in a git repository, unless
/// told to; in this program's own, whatever is told.
pub(super) fn refuse_repository(path: &Path, is_forced: bool) -> Result<(), Failure> {
    let Some(root) = repository_of(path)? else { return Ok(()) };
    let (shown, root_shown) = (path.display(), root.display());
    if is_own_repository(&root) {
        let message = format!(
            "{shown} is in the source repository {root_shown}; nothing private is written there"
        );
        return Err(Failure::new(message));
    }
    if is_forced {
        return Ok(());
    }
    let message = format!(
        "{shown} is in the git repository {root_shown}, from which a private key easily gets \
         published; choose a place outside, or --force"
    );
    Err(Failure::new(message))
}

fn repository_of(path: &Path) -> Result<Option<PathBuf>, Failure> {
    let absolute = std::path::absolute(path).step(format!("find {}", path.display()))?;
    // The part that exists, with its symbolic links followed.
    let existing = absolute.ancestors().find_map(|ancestor| ancestor.canonicalize().ok());
    let root = existing.as_deref().unwrap_or(&absolute).ancestors();
    Ok(root
        .into_iter()
        .find(|ancestor| ancestor.join(".git").exists() || is_own_repository(ancestor))
        .map(Path::to_owned))
}

fn is_own_repository(root: &Path) -> bool {
    fs::read_to_string(root.join("Cargo.toml"))
        .is_ok_and(|manifest| manifest.lines().any(|line| line == "name = \"probant\""))
}

fn temporary(
    path: &Path,
    bytes: &[u8],
    access: Access,
) -> Result<tempfile::NamedTempFile, Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".probant-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = match access {
            Access::Public => 0o644,
            Access::Owner => 0o600,
        };
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    let write = || {
        let mut file = builder.tempfile_in(parent(path))?;
        file.write_all(bytes)?;
        Ok(file)
    };
    write().map_err(|cause| failure(path, cause))
}

/// The file that stands for `path`, if one may take its place: a device, a pipe or a socket would be
/// gone from the system, for everybody.
fn writable(path: &Path) -> Result<PathBuf, Failure> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {
            path.canonicalize().step(format!("find {}", path.display()))
        }
        Ok(_) => Err(Failure::new(format!("{} is there, and is no file", path.display()))),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(cause) => Err(failure(path, cause)),
    }
}

fn sync_parent(path: &Path) -> Result<(), Failure> {
    sync_dir(parent(path))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

fn exists(path: &Path) -> Failure {
    Failure::new(format!("{} exists; it is not overwritten", path.display()))
}

fn failure(path: &Path, cause: std::io::Error) -> Failure {
    Failure::of(format!("write {}", path.display()), cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_never_takes_the_place_of_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        expect_new(&path).unwrap();
        write_new(&path, b"one", Access::Owner).unwrap();
        expect_new(&path).unwrap_err();
        expect_writable(&path).unwrap();
        assert_eq!(open_to_others(&path).unwrap(), 0);
        write_new(&path, b"two", Access::Owner).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, b"three", Access::Public).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(read(&path, 5).unwrap(), b"three");
        read(&path, 4).unwrap_err();
        read(dir.path(), 4).unwrap_err();
    }

    #[test]
    fn a_digest_is_of_the_whole_file_or_there_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scan.pdf");
        let bytes = vec![7; 200_000];
        fs::write(&path, &bytes).unwrap();
        assert_eq!(digest(&path, 200_000).unwrap(), Digest::of(&bytes));
        let error = digest(&path, 199_999).unwrap_err();
        assert!(error.chain().join(": ").contains("more than 199999 bytes"));
        digest(&dir.path().join("absent"), 1).unwrap_err();
        // Has more than it says, as a file that grows.
        if cfg!(target_os = "linux") {
            let error = digest(Path::new("/proc/self/status"), 1 << 20).unwrap_err();
            assert!(error.chain().join(": ").contains("changed while it was read"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_a_file_is_replaced_and_a_link_stays_one() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, b"one").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, b"two", Access::Public).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

        // Stands for a device, as /dev/null is one.
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let before = fs::metadata(&socket).unwrap().permissions();
        write(&socket, b"three", Access::Public).unwrap_err();
        assert_eq!(fs::metadata(&socket).unwrap().permissions(), before);
        assert!(!fs::metadata(&socket).unwrap().is_file());
    }

    #[test]
    fn nothing_private_goes_into_a_repository() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("a/b/key.pem");
        refuse_repository(&inner, false).unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        refuse_repository(&inner, false).unwrap_err();
        refuse_repository(&inner, true).unwrap();
        fs::write(dir.path().join("Cargo.toml"), "[package]\nname = \"probant\"\n").unwrap();
        refuse_repository(&inner, true).unwrap_err();
    }
}
