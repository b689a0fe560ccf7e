//! The keys of a log, as far as a checkpoint calls for them.

use crate::audit::LogSource;
use crate::fraud::follower::advance::{Stop, Unserved};
use crate::fraud::follower::leaves::read;
use crate::log_key::{LogKeys, handover_path};
use crate::note::{Note, VerifiedCheckpoint};

/// Follows handovers that the source has, from those of `keys` on, until the key is known that
/// signed the checkpoint. Gives the keys, and the checkpoint as they verify it.
pub(super) fn follow(
    mut keys: LogKeys,
    source: &mut dyn LogSource,
    note: &Note,
) -> Result<(LogKeys, VerifiedCheckpoint), Stop> {
    loop {
        if let Ok(checkpoint) = keys.verify_note(note.clone()) {
            return Ok((keys, checkpoint));
        }
        let path = handover_path(keys.handovers().len() + 1);
        let bytes = match read(source, &path) {
            Err(Stop::Ended(_)) => return Err(Stop::at(path, Unserved::NoHandover)),
            other => other?,
        };
        let _handover = keys.follow(&bytes).map_err(|cause| Stop::at(path, cause))?;
    }
}
