//! The handovers of the log key, from the log or from the directory: each is held to what it shows by
//! itself.

use crate::audit::LogSource;
use crate::export::error::ExportError;
use crate::export::writer::DirWriter;
use crate::genesis::Genesis;
use crate::log_key::{HANDOVERS_MAX, LogKeys, handover_path};
use crate::merkle::TreeSize;
use crate::note::{Checkpoint, CheckpointError, Note};

/// Follows the handovers of the log key, those that the directory has where that is believed, up to
/// the sizes that these checkpoints give, which are not verified yet. A log may be handed over while it is copied.
pub(crate) fn follow_log_keys<'n>(
    source: &mut dyn LogSource,
    mut held: Option<&mut DirWriter>,
    genesis: &Genesis,
    notes: impl IntoIterator<Item = &'n [u8]>,
) -> Result<LogKeys, ExportError> {
    let mut size = TreeSize::EMPTY;
    for note in notes {
        let note = Note::parse(note).map_err(CheckpointError::from)?;
        size = size.max(note.text().parse::<Checkpoint>()?.size());
    }
    let mut keys = LogKeys::new(genesis);
    for number in 1..=HANDOVERS_MAX {
        let path = handover_path(number);
        let held = held.as_mut().map(|held| held.read(&path)).transpose()?.flatten();
        let held = held.and_then(|bytes| {
            let mut next = keys.clone();
            next.follow(&bytes).is_ok().then_some(next)
        });
        let next = if let Some(next) = held {
            next
        } else {
            let Some(bytes) = source.read(&path)? else { break };
            let mut next = keys.clone();
            next.follow(&bytes).map_err(|cause| ExportError::Handover { number, cause })?;
            next
        };
        if next.since() > size {
            break;
        }
        keys = next;
    }
    Ok(keys)
}
