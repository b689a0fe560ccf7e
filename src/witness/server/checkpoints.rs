//! What was cosigned last of each log, in files: one of each log, under the hash of its origin.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::audit::LogSource as _;
use crate::export::{DirSource, DirWriter, ExportError, Readers};
use crate::hash::Digest;
use crate::note::VerifierKey;
use crate::witness::server::cosigned::CosignedTreeHead;
use crate::witness::server::error::WitnessOpenError;

/// The directory of the files of logs.
const CHECKPOINTS: &str = "checkpoint";

/// By the hash of the origin.
pub(super) type Checkpoints = BTreeMap<Digest, CosignedTreeHead>;

/// The checkpoints in a directory, each under the name that is its own.
pub(super) fn read_checkpoints(
    dir: &Path,
    witness: &VerifierKey,
) -> Result<Checkpoints, WitnessOpenError> {
    let mut found = BTreeMap::new();
    for name in list(dir)? {
        let Some(hash) = name.strip_prefix(CHECKPOINTS).and_then(|it| it.strip_prefix('/')) else {
            continue;
        };
        let path = dir.join(&name);
        let bytes = read(dir, &name)?.unwrap_or_default();
        // The cosignature is over the text alone; the digest is over the log's signatures too.
        let note = whole(&bytes).ok_or_else(|| WitnessOpenError::Digest { path: path.clone() })?;
        let it = CosignedTreeHead::verify(note, witness)
            .map_err(|cause| WitnessOpenError::Foreign { path: path.clone(), cause })?;
        if it.hash().to_string() != hash {
            return Err(WitnessOpenError::Misplaced { path });
        }
        found.insert(it.hash(), it);
    }
    Ok(found)
}

/// Writes a checkpoint in the place of the one before.
pub(super) fn write_checkpoint(
    files: &DirWriter,
    it: &CosignedTreeHead,
) -> Result<(), ExportError> {
    let note = it.note().to_string();
    let bytes = format!("{}\n{note}", Digest::of(note.as_bytes()));
    files.write(&format!("{CHECKPOINTS}/{}", it.hash()), bytes.as_bytes(), Readers::Everybody)
}

/// What follows the digest of it; `None` if that is of something else.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let (digest, note) = bytes.split_at_checked(64)?;
    let note = note.strip_prefix(b"\n")?;
    (digest == Digest::of(note).to_string().as_bytes()).then_some(note)
}

/// The files in a directory.
pub(super) fn list(dir: &Path) -> Result<BTreeSet<String>, WitnessOpenError> {
    let paths = DirSource::new(dir).list();
    let error = |cause| WitnessOpenError::Read { dir: dir.to_owned(), cause };
    Ok(paths.map_err(error)?.unwrap_or_default())
}

/// The bytes of a file in a directory, if it is there.
pub(super) fn read(dir: &Path, path: &str) -> Result<Option<Vec<u8>>, WitnessOpenError> {
    let error = |cause| WitnessOpenError::Read { dir: dir.to_owned(), cause };
    DirSource::new(dir).read(path).map_err(error)
}
