//! Where the documents themselves are kept: statements have their digests alone.

use std::path::{Path, PathBuf};

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::hash::Digest;
use crate::import::SOURCE_BYTES_MAX;

/// Keeps a copy of a document, named by its digest; one that is there already has to be the same.
pub(super) fn keep(dir: &Path, path: &Path, digest: Digest) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(dir).step(format!("make {}", dir.display()))?;
    let kept = dir.join(digest.to_string());
    if kept.exists() {
        // A copy that was cut short, or changed since, is no evidence.
        let found = Digest::of(&files::read(&kept, SOURCE_BYTES_MAX)?);
        if found != digest {
            let message = format!("{} has other content, SHA-256 {found}", kept.display());
            return Err(Failure::new(message));
        }
        return Ok(kept);
    }
    // Read anew: not all that was imported is held in memory.
    let bytes = files::read(path, SOURCE_BYTES_MAX)?;
    if Digest::of(&bytes) != digest {
        return Err(Failure::new(format!("{} has changed since it was read", path.display())));
    }
    files::write_new(&kept, &bytes, Access::Public)?;
    Ok(kept)
}
