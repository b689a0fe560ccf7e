//! How the ledger stands with its witnesses.

use std::sync::Arc;

use crate::ledger::handle::Ledger;
use crate::merkle::TreeSize;
use crate::time::Timestamp;

/// What a quorum of the ledger's witnesses has seen.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Witnessing {
    /// The size of the newest checkpoint that a quorum has cosigned; `None` before the first.
    pub size: Option<TreeSize>,
    /// When, by the quorum's own clocks.
    pub time: Option<Timestamp>,
    /// Why no quorum cosigns at the moment; `None` while one does, and until the first was asked.
    pub fault: Option<String>,
}

impl Witnessing {
    /// Whether a quorum cosigns: one has, and nothing says that none does any more.
    pub const fn has_quorum(&self) -> bool {
        self.size.is_some() && self.fault.is_none()
    }
}

impl Ledger {
    /// How the ledger stands with its witnesses; `None` if it has none to ask.
    pub fn witnessing(&self) -> Option<Witnessing> {
        // Whoever hears of an alarm first halts the ledger, the sequencer or the one who publishes.
        let alarm = self.publisher.as_ref()?.witnesses().alarm();
        let newest = self.shared.witnessed.newest();
        Some(Witnessing {
            size: newest.as_ref().map(|newest| newest.size()),
            time: newest.and_then(|newest| newest.time),
            fault: alarm.map(|it| it.to_string()).or_else(|| self.shared.witnessed.fault()),
        })
    }

    /// The signed note that anybody is shown: of the newest checkpoint that a quorum has cosigned, with
    /// its cosignatures, where there are witnesses to ask; else of the newest. `None` before there is
    /// one.
    pub fn public_note(&self) -> Option<Arc<str>> {
        match &self.publisher {
            Some(_) => self.shared.witnessed.newest().map(|newest| Arc::clone(&newest.note)),
            None => Some(Arc::clone(&self.shared.newest().published.note)),
        }
    }
}
