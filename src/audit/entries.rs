//! The entries of a log in order: each held to the ones before it and to its payload.

use crate::audit::detail::Detail;
use crate::audit::findings::Desk;
use crate::audit::localized::Quoted;
use crate::audit::replay::Replay;
use crate::audit::report::Place;
use crate::audit::rule::{Remark, Rule};
use crate::audit::state::{AuditState, Exceptions};
use crate::entry::{Body, Entry, LogState, Payload};
use crate::genesis::Genesis;
use crate::log_key::LogKeys;
use crate::merkle::EntryIndex;
use crate::note::VerifiedCheckpoint;
use crate::policy::{Evidence, PolicySet};
use crate::time::Timestamp;

/// A log as far as it has been read. Two threads run through it, and each ends at the first fault,
/// because everything behind would look faulty too: the rules that bind entries to each other, and
/// the replay of admission.
#[derive(Debug)]
pub(super) struct EntryPass<'a> {
    state: LogState,
    is_chained: bool,
    replay: Replay<'a>,
    sealed_at: Option<Timestamp>,
    /// The bundle in which an entry was already found to be another: one finding a file.
    reported: Option<String>,
}

impl<'a> EntryPass<'a> {
    pub(super) fn new(
        genesis: &'a Genesis,
        policies: &'a PolicySet,
        keys: &'a LogKeys,
        state: Option<&AuditState>,
    ) -> Self {
        Self {
            state: LogState::new(genesis.origin().clone(), *genesis.digest()),
            is_chained: true,
            replay: Replay::new(genesis, policies, keys, state),
            sealed_at: None,
            reported: None,
        }
    }

    /// An entry is not what it should be; said once a bundle, for a wrong length shifts all others.
    pub(super) fn find_entry(
        &mut self,
        desk: &mut Desk<'_>,
        path: &str,
        index: EntryIndex,
        detail: Detail,
    ) {
        if self.reported.as_deref() != Some(path) {
            self.reported = Some(path.to_owned());
            desk.find(Rule::Entry, Place::entry(path, index), detail);
        }
    }

    /// Takes the next entry and its payload, as far as they are there; `paths` are their files.
    pub(super) fn take(
        &mut self,
        desk: &mut Desk<'_>,
        index: EntryIndex,
        entry: Option<&Entry>,
        payload: Option<&Payload<'_>>,
        paths: (&str, &str),
    ) {
        let Some(entry) = entry else {
            self.is_chained = false;
            self.replay.halt(desk, index);
            return;
        };
        if self.is_chained && !self.check_chain(desk, index, entry, paths.0) {
            self.is_chained = false;
            self.replay.halt(desk, index);
        }
        let Some(payload) = payload else {
            self.replay.halt(desk, index);
            return;
        };
        match entry.body() {
            Body::Genesis { .. } => check_genesis_payload(desk, index, entry, payload, paths.1),
            Body::Seal { map_root, .. } => {
                if *payload != Payload::Absent {
                    let place = Place::entry(paths.1, index);
                    desk.find(Rule::Payload, place, Detail::SealPayload);
                }
                self.replay.seal(index, *map_root, entry.time());
            }
            Body::Attestation { .. } => {
                self.check_attestation(desk, index, entry, payload, paths.1);
            }
        }
        self.replay.pass(desk, index, matches!(entry.body(), Body::Seal { .. }));
    }

    /// What could only be said once the whole log was read. Gives the records, if they could be read
    /// to the end, and what was judged otherwise than most.
    pub(super) fn finish(
        self,
        desk: &mut Desk<'_>,
        checkpoint: &VerifiedCheckpoint,
    ) -> (Option<Evidence>, Exceptions) {
        if self.is_chained
            && let Err(error) = self.state.finish()
        {
            let detail = Detail::OrderFault { cause: Quoted::of(&error) };
            desk.find(Rule::Log, Place::file("checkpoint"), detail);
        }
        desk.report.counts.subjects = self.state.map().len();
        if let Some(checkpoint) = &mut desk.report.checkpoint {
            checkpoint.sealed_at = self.sealed_at;
        }
        self.replay.finish(desk, checkpoint)
    }

    fn check_chain(
        &mut self,
        desk: &mut Desk<'_>,
        index: EntryIndex,
        entry: &Entry,
        path: &str,
    ) -> bool {
        if let Err(error) = self.state.push(entry) {
            let detail = Detail::OrderFault { cause: Quoted::of(&error) };
            desk.find(Rule::Log, Place::entry(path, index), detail);
            return false;
        }
        desk.report.counts.entries += 1;
        match entry.body() {
            Body::Genesis { .. } => {}
            Body::Attestation { .. } => desk.report.counts.attestations += 1,
            Body::Seal { .. } => {
                desk.report.counts.seals += 1;
                self.sealed_at = Some(entry.time());
            }
        }
        true
    }

    fn check_attestation(
        &mut self,
        desk: &mut Desk<'_>,
        index: EntryIndex,
        entry: &Entry,
        payload: &Payload<'_>,
        path: &str,
    ) {
        let place = Place::entry(path, index);
        match payload {
            Payload::Bytes(bytes) if !entry.commits_to(bytes) => {
                desk.find(Rule::Payload, place, Detail::OtherEnvelope);
                self.replay.halt(desk, index);
            }
            Payload::Bytes(bytes) => self.replay.attestation(desk, index, entry, bytes, place),
            Payload::Absent => self.replay.erased(desk, index, entry, place),
            Payload::Withheld => {
                desk.report.counts.withheld += 1;
                desk.observe(Remark::Withheld, place.clone(), Detail::Withheld);
                self.replay.withheld(index, entry, place);
            }
        }
    }
}

fn check_genesis_payload(
    desk: &mut Desk<'_>,
    index: EntryIndex,
    entry: &Entry,
    payload: &Payload<'_>,
    path: &str,
) {
    let is_genesis = matches!(payload, Payload::Bytes(bytes) if entry.commits_to(bytes));
    if !is_genesis {
        desk.find(Rule::Payload, Place::entry(path, index), Detail::OtherGenesisPayload);
    }
}
