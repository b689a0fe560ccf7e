//! A copy of a log in a directory, to be restored from: a backup, or a mirror.
//!
//! A backup is an export in the folder `log`, with all payloads, and beside it what no export has:
//! `rows/`, the signed notes of all checkpoints and what else the ledger keeps of them, the ids of
//! records that were erased; `backup.json`, what it adds up to; perhaps `log.pem`, the private log key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::audit::LogSource as _;
use crate::export::copy_error::CopyError;
use crate::export::directory::{DirSource, LOCK};
use crate::export::rows::{RowReader, TABLES};
use crate::hash::Digest;
use crate::merkle::TreeSize;
use crate::storage::Table;
use crate::time::Timestamp;

/// The only version of a backup's form so far.
const FORMAT: u32 = 1;

/// A directory that holds a copy of a log.
#[derive(Clone, Debug)]
pub struct LogCopy {
    root: PathBuf,
    is_backup: bool,
}

/// What a backup says of itself. Nothing in it is signed: the checkpoint is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of a backup's form.
    pub format: u32,
    /// The log's name.
    pub origin: String,
    /// How many entries it held when it was finished last. It holds more if the next run was broken
    /// off behind its checkpoint.
    pub tree_size: u64,
    /// The root over them.
    pub root: Digest,
    /// When it was finished.
    pub made_at: Timestamp,
    /// By which version of the program.
    pub version: String,
    /// How many rows of each table are in it, by the name of the folder.
    pub rows: BTreeMap<String, u64>,
    /// SHA-256 of all this as it is written, with 64 zeros here.
    pub sha256: Digest,
}

impl Manifest {
    /// What a backup of these rows says of itself.
    pub(super) fn new(
        (origin, size, root): (&str, TreeSize, Digest),
        made_at: Timestamp,
        rows: BTreeMap<String, u64>,
    ) -> Self {
        let (origin, version) = (origin.to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        let (tree_size, sha256) = (size.get(), Digest::ZERO);
        let blank =
            Self { format: FORMAT, origin, tree_size, root, made_at, version, rows, sha256 };
        Self { sha256: Digest::of(&blank.to_bytes()), ..blank }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // A struct of numbers and texts is always JSON.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|cause| cause.to_string())?;
        if manifest.format != FORMAT {
            return Err(format!("format {}, expected {FORMAT}", manifest.format));
        }
        let blank = Self { sha256: Digest::ZERO, ..manifest.clone() };
        if Digest::of(&blank.to_bytes()) != manifest.sha256 || manifest.to_bytes() != bytes {
            return Err("its digest does not match".to_owned());
        }
        Ok(manifest)
    }
}

impl LogCopy {
    /// Where the files of the log are in a backup.
    pub(super) fn log_dir(root: &Path) -> PathBuf {
        root.join("log")
    }

    /// Where the private log key is in a backup that was made with it.
    pub fn log_key_file(root: &Path) -> PathBuf {
        root.join("log.pem")
    }

    /// Looks what a directory holds. Of a backup, the rows are counted; the files of the log are not
    /// looked at.
    pub fn open(root: &Path) -> Result<Self, CopyError> {
        let is_log = |dir: &Path| dir.join("checkpoint").is_file();
        let is_backup = is_log(&Self::log_dir(root));
        if !is_backup && !is_log(root) {
            return Err(CopyError::None { root: root.to_owned() });
        }
        let copy = Self { root: root.to_owned(), is_backup };
        if is_backup {
            copy.check_rows(&copy.manifest()?)?;
        }
        Ok(copy)
    }

    /// Whether a directory is a backup that was broken off, before its first checkpoint perhaps.
    pub fn is_begun(root: &Path) -> bool {
        root.join(LOCK).is_file()
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether it is a backup, with all that its ledger had.
    pub const fn is_backup(&self) -> bool {
        self.is_backup
    }

    /// The files of the log.
    pub fn files(&self) -> DirSource {
        let root = if self.is_backup { Self::log_dir(&self.root) } else { self.root.clone() };
        DirSource::new(root)
    }

    /// The rows of a table, in key order: none, but for some tables of a backup.
    pub fn rows(&self, table: Table) -> Option<RowReader> {
        let is_kept = self.is_backup && TABLES.iter().any(|(of, _)| *of == table);
        is_kept.then(|| RowReader::new(DirSource::new(&self.root), table))
    }

    /// What a backup says of itself.
    fn manifest(&self) -> Result<Manifest, CopyError> {
        let path = "backup.json";
        let Some(bytes) = DirSource::new(&self.root).read(path)? else {
            return Err(CopyError::NoManifest { root: self.root.clone() });
        };
        let damaged = |reason| CopyError::Damaged { path: path.to_owned(), reason };
        Manifest::parse(&bytes).map_err(damaged)
    }

    /// Rows are added and never taken away, so there are as many as were counted, or more.
    fn check_rows(&self, manifest: &Manifest) -> Result<(), CopyError> {
        for (table, name) in TABLES {
            let expected = manifest.rows.get(name).copied().unwrap_or_default();
            let (mut found, mut rows) = (0, RowReader::new(DirSource::new(&self.root), table));
            while rows.next_row()?.is_some() {
                found += 1;
            }
            if found < expected {
                return Err(CopyError::RowsMissing { table, expected, found });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_with_any_byte_changed_is_none() {
        let rows = BTreeMap::from([("ids".to_owned(), 3)]);
        let log = ("ledger.example/x", TreeSize::new(7), Digest::of(b"root"));
        let manifest = Manifest::new(log, Timestamp::default(), rows);
        let bytes = manifest.to_bytes();
        assert_eq!(Manifest::parse(&bytes), Ok(manifest));
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            Manifest::parse(&changed).unwrap_err();
            Manifest::parse(&bytes[..place]).unwrap_err();
        }
    }
}
