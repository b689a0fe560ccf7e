//! The handovers of the log key: each held to what it shows by itself, and to the registrars'
//! changes as they are replayed.

use crate::audit::detail::Detail;
use crate::audit::findings::Desk;
use crate::audit::localized::Quoted;
use crate::audit::report::Place;
use crate::audit::rule::Rule;
use crate::audit::source::SourceError;
use crate::genesis::Genesis;
use crate::log_key::{HANDOVERS_MAX, LogKeys, handover_path};
use crate::merkle::{EntryIndex, TreeSize};
use crate::note::{KeyType, VerifiedCheckpoint, VerifierKey};
use crate::registry::Registry;

/// Follows the handovers that are there. `None` if one of them does not hold: then nothing tells
/// which key signs.
pub(super) fn follow(
    desk: &mut Desk<'_>,
    genesis: &Genesis,
) -> Result<Option<LogKeys>, SourceError> {
    let mut keys = LogKeys::new(genesis);
    for number in 1..=HANDOVERS_MAX {
        let path = handover_path(number);
        let Some(bytes) = desk.try_read(&path)? else { break };
        desk.report.counts.files += 1;
        if let Err(error) = keys.follow(&bytes) {
            let detail = Detail::HandoverFault { cause: Quoted::of(&error) };
            desk.find(Rule::Handover, Place::file(path), detail);
            return Ok(None);
        }
    }
    Ok(Some(keys))
}

/// No handover lies beyond the checkpoint.
pub(super) fn check_size(desk: &mut Desk<'_>, keys: &LogKeys, size: TreeSize) {
    for beyond in keys.handovers().iter().skip(keys.called_for(size).len()) {
        let detail = Detail::HandoverBeyond { found: beyond.size(), size };
        desk.find(Rule::Handover, Place::file(beyond.path()), detail);
    }
}

/// Every handover that the auditor knows, and that the checkpoint calls for, is there.
pub(super) fn check_known(desk: &mut Desk<'_>, keys: &LogKeys, known: &LogKeys, size: TreeSize) {
    let mut found = keys.handovers().iter();
    for known in known.called_for(size) {
        let detail = match found.next() {
            Some(found) if found.bytes() == known.bytes() => continue,
            Some(_) => Detail::OtherHandover,
            None => Detail::HandoverLeftOut,
        };
        desk.find(Rule::Handover, Place::file(known.path()), detail);
    }
}

/// What of the handovers the replay has come past.
#[derive(Debug)]
pub(super) struct Handovers<'a> {
    keys: &'a LogKeys,
    passed: usize,
    since: TreeSize,
}

impl<'a> Handovers<'a> {
    pub(super) const fn new(keys: &'a LogKeys) -> Self {
        Self { keys, passed: 0, since: TreeSize::EMPTY }
    }

    /// The log's keys.
    pub(super) const fn keys(&self) -> &'a LogKeys {
        self.keys
    }

    /// Holds the handover that ends with this entry, if there is one, to the changes before it.
    pub(super) fn pass(
        &mut self,
        desk: &mut Desk<'_>,
        index: EntryIndex,
        is_seal: bool,
        registry: &Registry,
    ) {
        let Some(handover) = self.keys.handovers().get(self.passed) else { return };
        let size = handover.size();
        if size.last() != Some(index) {
            return;
        }
        let within = self.since.next_index()..size.next_index();
        let expected = registry.registrar_changes().filter(|index| within.contains(index));
        let expected: Vec<EntryIndex> = expected.collect();
        let place = || Place::file(handover.path());
        if expected != handover.changes() {
            let detail = Detail::HandoverChanges { found: handover.changes().to_vec(), expected };
            desk.find(Rule::Handover, place(), detail);
        }
        if !is_seal {
            desk.find(Rule::Handover, place(), Detail::HandoverUnsealed { entry: index });
        }
        self.passed += 1;
        self.since = size;
    }
}

/// The key that signed was not ended by an entry under the checkpoint.
pub(super) fn check_end(desk: &mut Desk<'_>, checkpoint: &VerifiedCheckpoint, registry: &Registry) {
    let key = checkpoint.log().public_key().id();
    let standing = registry.log_key(&key, checkpoint.size().next_index());
    if let Some(end) = standing.and_then(|standing| standing.ended) {
        let detail = Detail::KeyEnded { key, entry: end.index };
        desk.find(Rule::Checkpoint, Place::file("checkpoint"), detail);
    }
}

/// The checkpoint is signed by no announced key to which no handover leads: the first checkpoint of a
/// key is signed by the one before as well, and holds without the handover.
pub(super) fn check_unfollowed(
    desk: &mut Desk<'_>,
    checkpoint: &VerifiedCheckpoint,
    keys: &LogKeys,
    registry: &Registry,
) {
    let origin = checkpoint.origin();
    let announced = registry.log_keys();
    let announced = announced.map(|key| VerifierKey::new(origin.clone(), KeyType::Ed25519, *key));
    let mut unfollowed = announced.filter(|key| keys.line().all(|known| known != key));
    let signs = |key: &VerifierKey| checkpoint.note().verify(std::slice::from_ref(key)).is_ok();
    if let Some(key) = unfollowed.find(signs) {
        let place = Place::file(handover_path(keys.handovers().len() + 1));
        let key = key.public_key().id();
        desk.find(Rule::Handover, place, Detail::HandoverUnfollowed { key });
    }
}
