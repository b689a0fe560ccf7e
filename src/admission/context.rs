//! Where and when a candidate is judged, and by whom what only higher floors can read.

use std::fmt;

use crate::admission::refusal::RefusalFinding;
use crate::attestation::types::ConformityVerdict;
use crate::key::KeyId;
use crate::merkle::EntryIndex;
use crate::time::Timestamp;

/// Where and when a candidate is judged.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The index that its entry would have.
    pub index: EntryIndex,
    /// The ledger's time that its entry would have.
    pub time: Timestamp,
    /// Whether payloads that a rule looks at may have been erased since: an audit. A rule that
    /// can't be judged any more is then taken as met; when something new comes in, it is not.
    pub is_replay: bool,
    /// The log key that signs the checkpoint over its entry.
    pub log_key: KeyId,
    /// Reads rule sets and verdicts.
    pub examiner: &'a dyn Examiner,
}

/// Judges what is written in terms that this floor does not know.
pub trait Examiner {
    /// Whether the bytes are a rule set, every check of which is known; else why not.
    fn policy(&self, bytes: &[u8]) -> Result<(), String>;

    /// Whether a verdict's body agrees with its clear members and with the ledger at `at`, and
    /// whether no chain that it rests on has grown since.
    fn verdict(
        &self,
        verdict: &ConformityVerdict,
        at: EntryIndex,
        time: Timestamp,
    ) -> Result<(), RefusalFinding>;
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("index", &self.index)
            .field("time", &self.time)
            .field("is_replay", &self.is_replay)
            .field("log_key", &self.log_key)
            .finish_non_exhaustive()
    }
}
