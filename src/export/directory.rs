//! Reading the files of a log out of a directory.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};

use crate::audit::{FILE_BYTES_MAX, LogSource, SourceError};

/// The file that whoever writes a directory has locked: it is empty, and no file of the log.
pub(super) const LOCK: &str = ".lock";

/// A directory with the files of a log.
#[derive(Clone, Debug)]
pub struct DirSource {
    root: PathBuf,
}

impl DirSource {
    /// The directory `root`; nothing is read yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl LogSource for DirSource {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let relative = Path::new(path);
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Ok(None);
        }
        read_file(path, &self.root.join(relative))
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        let mut paths = BTreeSet::new();
        let mut pending = vec![String::new()];
        while let Some(directory) = pending.pop() {
            let unreadable = |cause: io::Error| SourceError::Unreadable {
                path: directory.clone(),
                cause: cause.into(),
            };
            for item in fs::read_dir(self.root.join(&directory)).map_err(unreadable)? {
                let item = item.map_err(unreadable)?;
                // A name that is no text is no name of the log's, whatever it is shown as.
                let name = item.file_name().to_string_lossy().into_owned();
                if directory.is_empty() && name == LOCK {
                    continue;
                }
                let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
                if item.file_type().map_err(unreadable)?.is_dir() {
                    pending.push(path);
                } else {
                    paths.insert(path);
                }
            }
        }
        Ok(Some(paths))
    }
}

fn read_file(path: &str, full: &Path) -> Result<Option<Vec<u8>>, SourceError> {
    let unreadable =
        |cause: io::Error| SourceError::Unreadable { path: path.to_owned(), cause: cause.into() };
    // Asked before it is opened: opening a pipe waits for somebody who writes.
    let metadata = match fs::metadata(full) {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => return Ok(None),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    let file = File::open(full).map_err(unreadable)?;
    let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    if metadata.len() > limit {
        return Err(SourceError::TooLarge { path: path.to_owned(), found: metadata.len() });
    }
    let mut bytes = Vec::new();
    // One byte more than the limit tells a file that grows while it is read.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(Some(bytes))
}
