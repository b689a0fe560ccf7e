//! What one pass over a log came to.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::files::{self, Access};
use crate::cli::place;
use crate::cli::words::Text;
use crate::export::{ExportError, Mirrored};
use crate::fraud::FraudProof;

/// Where from, where to, and what was done.
pub(super) struct Pass<'a> {
    pub(super) url: &'a str,
    pub(super) dir: &'a Path,
    pub(super) done: Mirrored,
}

impl Pass<'_> {
    /// The same facts for programs.
    pub(super) fn facts(&self) -> Value {
        let Mirrored { size, written, kept, removed } = self.done;
        json!({
            "url": self.url,
            "dir": self.dir.to_string_lossy(),
            "tree_size": size.get(),
            "written": written,
            "kept": kept,
            "removed": removed,
        })
    }

    /// And for people.
    pub(super) fn text(&self) -> Text {
        let Mirrored { size, written, kept, removed } = self.done;
        let mut text = Text::default();
        text.line(format_args!("{} holds {size} entries", self.dir.display())).line(format_args!(
            "files: {written} written, {kept} were there, {removed} outgrown ones removed"
        ));
        text
    }
}

/// Whether the log may give what it does not give now: a server that is away, a checkpoint that
/// witnesses have not seen yet, or that is old.
pub(super) const fn is_passing(cause: &ExportError) -> bool {
    matches!(
        cause,
        ExportError::Source(_)
            | ExportError::Missing { .. }
            | ExportError::Witnesses(_)
            | ExportError::TooOld { .. }
    )
}

/// What an error means for the exit status; what proves a fork is kept beside the directory.
pub(super) fn failure(dir: &Path, cause: ExportError, proof: Option<&FraudProof>) -> Failure {
    let (mut notes, mut kept) = (Vec::new(), None);
    if let ExportError::Fork { held, found, .. } = &cause {
        notes = vec![held.clone(), found.clone()];
        kept = Some(keep_fork(dir, held, found, proof));
    } else if let Some(proof) = proof {
        kept = Some(fork_dir(dir).and_then(|fork| keep_proof(&fork, proof)).map(Some));
    }
    // What passes, and what can't be written, says nothing of the log; the rest does.
    let is_answer = !is_passing(&cause)
        && !matches!(
            cause,
            ExportError::Io { .. } | ExportError::Taken { .. } | ExportError::Damaged { .. }
        );
    let mut failure = Failure::of(format!("mirror {}", dir.display()), cause);
    match kept {
        Some(Ok(Some(path))) => failure = failure.with_proof_file(path),
        Some(Err(unkept)) => failure = failure.in_step(unkept.chain().join(": ")),
        Some(Ok(None)) | None => {}
    }
    let failure = failure.with_evidence(notes);
    if is_answer { failure.into_rejected() } else { failure }
}

/// Writes both checkpoints beside the directory, in which nothing is but the log, and the evidence if
/// there is any; gives the file of that.
fn keep_fork(
    dir: &Path,
    held: &str,
    found: &str,
    proof: Option<&FraudProof>,
) -> Result<Option<PathBuf>, Failure> {
    let fork = fork_dir(dir)?;
    files::write(&fork.join("held"), held.as_bytes(), Access::Public)?;
    files::write(&fork.join("found"), found.as_bytes(), Access::Public)?;
    proof.map(|proof| keep_proof(&fork, proof)).transpose()
}

fn keep_proof(fork: &Path, proof: &FraudProof) -> Result<PathBuf, Failure> {
    let path = fork.join("evidence.fraud");
    files::write(&path, proof.bytes(), Access::Public)?;
    Ok(path)
}

/// The directory beside a directory that has what proves a fork.
fn fork_dir(dir: &Path) -> Result<PathBuf, Failure> {
    let fork = place::beside(dir, ".fork")
        .ok_or_else(|| Failure::new(format!("there is no place beside {}", dir.display())))?;
    std::fs::create_dir_all(&fork)
        .map_err(|cause| Failure::of(format!("make {}", fork.display()), cause))?;
    Ok(fork)
}
