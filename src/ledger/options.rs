//! How a ledger runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::ledger::witnesses::Witnesses;
use crate::policy::PolicySet;

/// What an operator chooses.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long without an entry before a seal is written, so that age can be judged; `None` for
    /// never.
    pub heartbeat: Option<Duration>,
    /// A file outside the store for the last signed checkpoint. A store that does not go on from it,
    /// as one that was restored from a backup, is not written on; nor is one whose copy another
    /// server writes on.
    pub guard: Option<PathBuf>,
    /// One more such file, which is compared and never written: the one that the ledger had before,
    /// or that of a ledger which is only read. A checkpoint of another log is none to compare.
    pub checked_guard: Option<PathBuf>,
    /// Who cosigns checkpoints, and is asked whether the clock is right and the store the newest;
    /// without them, the clock is believed as long as it is not behind the log.
    pub witnesses: Option<Arc<dyn Witnesses>>,
    /// How long at least between two checkpoints that witnesses are asked to cosign; `None` if they
    /// are asked for the time only.
    pub witness_interval: Option<Duration>,
    /// The rule sets whose limits hold for verdicts that are logged.
    pub policies: PolicySet,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            heartbeat: Some(Duration::from_mins(1)),
            guard: None,
            checked_guard: None,
            witnesses: None,
            witness_interval: Some(Duration::from_secs(1)),
            policies: PolicySet::embedded(),
        }
    }
}
