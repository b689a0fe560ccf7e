//! Who is to be told what, once it is known what became of a group.

use std::sync::mpsc::SyncSender;

use crate::causes::chain;
use crate::ledger::published::Snapshot;
use crate::ledger::queue::Reply;
use crate::ledger::receipt::Receipt;
use crate::ledger::shared::Shared;
use crate::ledger::store_error::StoreError;
use crate::ledger::submit_error::SubmitError;
use crate::merkle::{EntryIndex, TreeSize};

/// Where the size goes, once a seal that was asked for is written.
pub(super) type SealReply = SyncSender<Result<TreeSize, SubmitError>>;

/// Those who wait for a group: for receipts, in the order of their items, and for its seal.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) items: Vec<(Reply, Outcome)>,
    pub(super) seals: Vec<SealReply>,
}

/// What has become of an item, if the group is committed.
#[derive(Debug)]
pub(super) enum Outcome {
    Refused(SubmitError),
    At { index: EntryIndex, is_duplicate: bool },
}

/// The entries that a group has added: the bytes of those from `first` on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Added<'a> {
    pub(super) first: EntryIndex,
    pub(super) entries: &'a [Vec<u8>],
}

impl Answers {
    /// Tells everybody the same. A refusal too was judged by what came before it in the group, so
    /// it falls with the group.
    pub(super) fn fail(self, error: impl Fn() -> SubmitError) {
        for (reply, _) in self.items {
            reply.send(Err(error()));
        }
        for seal in self.seals {
            send_seal(&seal, Err(error()));
        }
    }

    /// Tells everybody what became of their item, with receipts under the newest checkpoint.
    pub(super) fn send(self, shared: &Shared, newest: &Snapshot, added: Added<'_>) {
        for (reply, outcome) in self.items {
            reply.send(match outcome {
                Outcome::Refused(error) => Err(error),
                Outcome::At { index, is_duplicate } => {
                    receipt(shared, newest, added, index, is_duplicate).map_err(|cause| {
                        tracing::error!(cause = %chain(&cause), "no receipt could be made");
                        SubmitError::Unconfirmed
                    })
                }
            });
        }
        for seal in self.seals {
            send_seal(&seal, Ok(newest.edge.size()));
        }
    }
}

fn receipt(
    shared: &Shared,
    newest: &Snapshot,
    added: Added<'_>,
    index: EntryIndex,
    is_duplicate: bool,
) -> Result<Receipt, StoreError> {
    let place = index.get().checked_sub(added.first.get());
    let place = place.and_then(|place| usize::try_from(place).ok());
    let entry = match place.and_then(|place| added.entries.get(place)) {
        Some(entry) => entry.clone(),
        None => shared.log.entry(index)?,
    };
    let proof = shared.inclusion(newest, index, newest.edge.size())?;
    let checkpoint = newest.published.note.to_string();
    Ok(Receipt { index, entry, proof, checkpoint, is_duplicate })
}

pub(super) fn send_seal(seal: &SealReply, outcome: Result<TreeSize, SubmitError>) {
    if seal.try_send(outcome).is_err() {
        tracing::debug!("nobody waits for the seal any more");
    }
}
