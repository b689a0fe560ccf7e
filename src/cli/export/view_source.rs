//! The files of a log, out of its own store, with the payloads that are not everybody's.

use std::collections::BTreeSet;

use crate::audit::{LogSource, SourceError};
use crate::ledger::{Access, View};
use crate::log_key::handover_number;
use crate::merkle::TileId;

/// The log under a view's checkpoint.
#[derive(Debug)]
pub(in crate::cli) struct ViewSource(View);

impl ViewSource {
    /// The log under a view's checkpoint.
    pub(in crate::cli) const fn new(view: View) -> Self {
        Self(view)
    }
}

impl LogSource for ViewSource {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let view = &self.0;
        match path {
            "checkpoint" => Ok(Some(view.checkpoint_note().as_bytes().to_vec())),
            "genesis" => Ok(Some(view.genesis().bytes().to_vec())),
            _ => {
                if let Ok(id) = path.parse::<TileId>() {
                    let tile = view.tile(id, Access::Full);
                    return tile.map_err(|cause| SourceError::Unreadable {
                        path: path.to_owned(),
                        cause: cause.into(),
                    });
                }
                let place = handover_number(path).map(|number| number - 1);
                let handover = place.and_then(|place| view.handovers().get(place));
                Ok(handover.map(|handover| handover.bytes().to_vec()))
            }
        }
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        Ok(None)
    }
}
