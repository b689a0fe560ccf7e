//! The file with what was told: from where to go on, and for which queries.

use std::collections::{BTreeMap, BTreeSet};
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
    /// The queries that could not be answered since, and the size up to which they were told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    behind: BTreeMap<Digest, u64>,
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
        let behind = BTreeMap::new();
        Self { checkpoint, rule_sets: rule_sets(policies), queries, behind, size }
    }

    /// Leaves a query where it was: nothing was told of it since. If nothing ever was, it is told from
    /// the beginning.
    pub(super) fn leave_behind(&mut self, query: &WatchQuery, after: TreeSize) {
        self.queries.remove(&query.digest);
        if !after.is_empty() {
            self.behind.insert(query.digest, after.get());
        }
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
        if self.rule_sets != rule_sets(policies) {
            return TreeSize::EMPTY;
        }
        if self.queries.contains(&query.digest) {
            return self.size;
        }
        self.behind.get(&query.digest).copied().map_or(TreeSize::EMPTY, TreeSize::new)
    }
}

fn rule_sets(policies: &PolicySet) -> BTreeSet<Digest> {
    policies.iter().map(|rules| rules.sha256()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(name: &str) -> WatchQuery {
        WatchQuery::of(1, format!(r#"{{"request_id":"{name}"}}"#).into_bytes())
    }

    #[test]
    fn a_query_that_was_put_off_goes_on_from_where_it_was() {
        let policies = PolicySet::embedded();
        let queries = ["told", "behind", "new"].map(query);
        let mut state = State::of(String::new(), TreeSize::new(9), &policies, queries.iter());
        state.leave_behind(&queries[1], TreeSize::new(7));
        state.leave_behind(&queries[2], TreeSize::EMPTY);
        let bytes = serde_json::to_vec(&state).unwrap();
        let mut state: State = serde_json::from_slice(&bytes).unwrap();
        state.size = TreeSize::new(9);
        let after = |of: &PolicySet| queries.each_ref().map(|query| state.after(query, of).get());
        assert_eq!(after(&policies), [9, 7, 0]);
        // Under other rule sets, everything is told anew.
        assert_eq!(after(&PolicySet::default()), [0, 0, 0]);
    }
}
