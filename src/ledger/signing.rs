//! What the ledger signs with: its keys as they were handed over, and the signer that has the newest.

use std::sync::Arc;

use crate::genesis::Genesis;
use crate::key::Signer;
use crate::ledger::log_reader::LogReader;
use crate::ledger::open_error::OpenError;
use crate::ledger::store_error::StoreError;
use crate::log_key::{HANDOVERS_MAX, LogKeys};
use crate::merkle::TreeSize;
use crate::storage::{Table, index_key};

/// The log's keys and the signer that has the newest of them. Both change at once.
#[derive(Clone, Debug)]
pub(super) struct Signing {
    pub(super) keys: LogKeys,
    pub(super) signer: Arc<dyn Signer>,
}

impl Signing {
    /// Both, if they belong together.
    pub(super) fn new(keys: LogKeys, signer: Arc<dyn Signer>) -> Result<Self, OpenError> {
        let (expected, found) = (*keys.newest().public_key(), *signer.public_key());
        if expected == found {
            return Ok(Self { keys, signer });
        }
        let since = keys.since();
        let (expected, found) = (expected.id(), found.id());
        Err(match keys.line().find(|key| key.public_key().id() == found) {
            Some(_) => OpenError::HandedOver { expected, found, since },
            None => OpenError::SignerKey { expected, found },
        })
    }
}

/// Follows the handovers in a store of `size` entries. That its tree begins with their checkpoints is
/// for recovery to check.
pub(super) fn read_log_keys(
    log: &LogReader,
    genesis: &Genesis,
    size: TreeSize,
) -> Result<LogKeys, StoreError> {
    let mut keys = LogKeys::new(genesis);
    let first = index_key(0);
    let rows = log.storage().scan(Table::Handovers, &first, None, HANDOVERS_MAX + 1)?;
    for (number, (key, bytes)) in (1_u64..).zip(rows) {
        if key != index_key(number) {
            return Err(StoreError::Missing { what: "handover", index: number });
        }
        let handover = keys
            .follow(&bytes)
            .map_err(|cause| StoreError::malformed("handover", number, cause))?;
        let within = handover.size().min(size);
        StoreError::expect_same("size of a handover", &within, &handover.size())?;
    }
    Ok(keys)
}
