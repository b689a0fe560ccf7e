//! Whether the ledger takes submissions, and how it stands with its witnesses.

use serde::Serialize;

use crate::ledger::{Ledger, Witnessing};
use crate::merkle::TreeSize;
use crate::time::Timestamp;

/// What whoever balances load is told. It is for the operator, who may know why.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Health {
    /// Whether submissions are taken. Reading goes on without.
    pub(super) is_writing: bool,
    /// Why nothing is written until the server is started anew.
    halted: Option<String>,
    /// Why nothing is written until the clock is right.
    clock_fault: Option<String>,
    /// How the ledger stands with its witnesses; null where it has none to ask.
    witnesses: Option<Witnesses>,
}

#[derive(Clone, Debug, Serialize)]
struct Witnesses {
    has_quorum: bool,
    fault: Option<String>,
    tree_size: Option<u64>,
    time: Option<Timestamp>,
}

impl Health {
    pub(super) fn of(ledger: &Ledger) -> Self {
        Self {
            is_writing: ledger.is_writing(),
            halted: ledger.halted().map(str::to_owned),
            clock_fault: ledger.clock_fault().map(|fault| fault.to_string()),
            witnesses: ledger.witnessing().map(Witnesses::from),
        }
    }
}

impl From<Witnessing> for Witnesses {
    fn from(of: Witnessing) -> Self {
        Self {
            has_quorum: of.has_quorum(),
            fault: of.fault,
            tree_size: of.size.map(TreeSize::get),
            time: of.time,
        }
    }
}
