//! What a checkpoint has to meet before a directory is brought up to it.

use crate::export::error::ExportError;
use crate::note::{CosignedCheckpoint, VerifiedCheckpoint, WitnessPolicy};
use crate::time::{CLOCK_SKEW_MS_MAX, Timestamp};

/// What whoever keeps the directory demands of a checkpoint besides the log's signature.
#[derive(Clone, Copy, Debug)]
pub struct Demands<'a> {
    /// The witnesses that must have seen it, if any are asked for.
    pub witnesses: Option<&'a WitnessPolicy>,
    /// How old it may be, in milliseconds; `None` for any age.
    pub age_max_ms: Option<u64>,
    /// The time of whoever demands it.
    pub now: Timestamp,
}

impl Default for Demands<'_> {
    /// Nothing.
    fn default() -> Self {
        Self { witnesses: None, age_max_ms: None, now: Timestamp::MAX }
    }
}

impl Demands<'_> {
    /// The checkpoint, if the witnesses that are asked for have seen it.
    pub(super) fn witnessed(
        &self,
        checkpoint: &VerifiedCheckpoint,
    ) -> Result<CosignedCheckpoint, ExportError> {
        let none = WitnessPolicy::none();
        let latest = self.now.saturating_add_ms(CLOCK_SKEW_MS_MAX);
        Ok(self.witnesses.unwrap_or(&none).verify(checkpoint.clone(), latest)?)
    }

    /// Checks the age: since the witnesses' quorum saw it; without one, since its seal was written.
    pub(super) fn expect_recent(
        &self,
        checkpoint: &CosignedCheckpoint,
        sealed_at: impl FnOnce() -> Result<Timestamp, ExportError>,
    ) -> Result<(), ExportError> {
        let Some(age_max_ms) = self.age_max_ms else { return Ok(()) };
        let seen = checkpoint.witnessed_at().map_or_else(sealed_at, Ok)?;
        let age_ms = self.now.saturating_ms_since(seen);
        if age_ms > age_max_ms {
            return Err(ExportError::TooOld { seen, age_ms, age_max_ms });
        }
        Ok(())
    }
}
