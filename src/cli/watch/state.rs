//! The file with what was told: from where to go on, and for which queries.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::watch::queries::WatchQuery;
use crate::hash::Digest;
use crate::merkle::TreeSize;
use crate::note::{Checkpoint, Note};
use crate::policy::PolicySet;

/// The largest file that is read: ten thousand queries take less than one MiB.
const STATE_BYTES_MAX: usize = 4 << 20;

/// What was told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// The checkpoint up to which it was: a signed note.
    checkpoint: String,
    /// The rule sets that were accepted, by SHA-256. Under others, everything is told anew.
    rule_sets: BTreeSet<Digest>,
    /// The queries of which it was, by SHA-256. One that is new is told from the beginning.
    queries: BTreeSet<Digest>,
    /// The size of the checkpoint.
    #[serde(skip)]
    size: TreeSize,
}

impl State {
    /// Reads the file, if it is there.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Failure> {
        if !path.exists() {
            return Ok(None);
        }
        let step = || format!("state {}", path.display());
        let mut state: Self =
            serde_json::from_slice(&files::read(path, STATE_BYTES_MAX)?).step(step())?;
        let note = Note::parse(state.checkpoint.as_bytes()).step(step())?;
        let checkpoint: Checkpoint = note.text().parse().step(step())?;
        state.size = checkpoint.size();
        Ok(Some(state))
    }

    /// What was told of these queries up to a checkpoint.
    pub(super) fn of<'a>(
        checkpoint: String,
        size: TreeSize,
        policies: &PolicySet,
        queries: impl Iterator<Item = &'a WatchQuery>,
    ) -> Self {
        let queries = queries.map(|query| query.digest).collect();
        Self { checkpoint, rule_sets: rule_sets(policies), queries, size }
    }

    /// Writes the file, in the place of the one before.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(self).step("state")?;
        files::write(path, &bytes, Access::Public)
    }

    /// The checkpoint, a signed note that is to be verified.
    pub(super) fn checkpoint(&self) -> &str {
        &self.checkpoint
    }

    /// The size from which a query goes on; empty if nothing was told of it.
    pub(super) fn after(&self, query: &WatchQuery, policies: &PolicySet) -> TreeSize {
        let is_known = self.queries.contains(&query.digest);
        let is_same = self.rule_sets == rule_sets(policies);
        if is_known && is_same { self.size } else { TreeSize::EMPTY }
    }
}

fn rule_sets(policies: &PolicySet) -> BTreeSet<Digest> {
    policies.iter().map(|rules| rules.sha256()).collect()
}
