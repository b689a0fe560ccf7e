//! The rule sets that a person accepts: the embedded ones, and those in files.

use std::path::PathBuf;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::policy::PolicySet;

/// The largest rule set, with room to say that one is too large.
pub(super) const RULE_SET_BYTES_MAX: usize = 1 << 20;

/// The embedded rule sets and those in the files.
pub(super) fn accepted(paths: &[PathBuf]) -> Result<PolicySet, Failure> {
    let mut set = PolicySet::embedded();
    for path in paths {
        let bytes = files::read(path, RULE_SET_BYTES_MAX)?;
        set = set.with(&bytes).step(format!("policy {}", path.display()))?;
    }
    Ok(set)
}
