//! The line of the log's keys, as far as it was followed.

use crate::attestation::Predicate;
use crate::genesis::Genesis;
use crate::key::KeyId;
use crate::log_key::error::HandoverError;
use crate::log_key::handover::{Change, Handover};
use crate::log_key::wire::HANDOVERS_MAX;
use crate::merkle::{EntryIndex, TreeSize};
use crate::note::{Checkpoint, CheckpointError, Note, NoteError, VerifiedCheckpoint, VerifierKey};
use crate::refusal::{RefusalError, VerifiedRefusal};
use crate::registry::{Registry, attribute};
use crate::time::Timestamp;

/// The log's keys from that of the genesis document on, each with the size from which it signs:
/// checkpoints of at least that size, and smaller than that of the next handover.
///
/// That a later handover exists is not shown by this: whoever has an old key, and shows nobody its
/// handover, can sign for the log towards a reader who has never seen it.
#[derive(Clone, Debug, PartialEq)]
pub struct LogKeys {
    first: VerifierKey,
    /// The registrars and announced keys, as the changes that were shown make them.
    registry: Registry,
    /// The time of the last change that was shown.
    time: Timestamp,
    handovers: Vec<VerifiedHandover>,
}

/// A handover that holds: a checkpoint that both keys signed, under which the registrars in force
/// announced the new key. Not shown: that no change of registrars was left out. An audit and a
/// dossier show that; whoever could make use of it would need the outgoing key anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a verified handover is evidence; dropping it drops the check"]
pub struct VerifiedHandover {
    number: usize,
    bytes: Vec<u8>,
    checkpoint: VerifiedCheckpoint,
    changes: Vec<EntryIndex>,
}

/// The name of the file that holds a handover, by its number from 1 (formats.md, section 8).
pub fn handover_path(number: usize) -> String {
    format!("handover/{number}")
}

/// The number of the handover that the file at `path` holds, if it is the name of one.
pub fn handover_number(path: &str) -> Option<usize> {
    let number = path.strip_prefix("handover/")?.parse().ok()?;
    (number > 0 && handover_path(number) == path).then_some(number)
}

impl LogKeys {
    /// The key of the genesis document alone.
    pub fn new(genesis: &Genesis) -> Self {
        Self {
            first: genesis.log_key().clone(),
            registry: Registry::new(genesis),
            time: Timestamp::default(),
            handovers: Vec::new(),
        }
    }

    /// Verifies the next handover, and takes its key up; one that does not hold changes nothing.
    pub fn follow(&mut self, bytes: &[u8]) -> Result<&VerifiedHandover, HandoverError> {
        if self.handovers.len() >= HANDOVERS_MAX {
            return Err(HandoverError::TooManyHandovers);
        }
        let Handover { log_key, note, changes } = Handover::decode(bytes)?;
        let (outgoing, key) = (self.newest().clone(), log_key.public_key().id());
        self.check_turn(key)?;
        let old_key = outgoing.public_key().id();
        let by_old = VerifiedCheckpoint::of_note(note.clone(), &outgoing)
            .map_err(|cause| HandoverError::Outgoing { key: old_key, cause })?;
        let checkpoint = VerifiedCheckpoint::of_note(note, &log_key)
            .map_err(|cause| HandoverError::Incoming { key, cause })?;
        // Others may cosign the checkpoint; here it stands in its one form.
        let [first, second] = by_old.note().signatures() else {
            return Err(HandoverError::Signatures);
        };
        if !first.is_of(&outgoing) || !second.is_of(&log_key) {
            return Err(HandoverError::Signatures);
        }
        let (before, found) = (self.since(), checkpoint.size());
        if found <= before {
            return Err(HandoverError::NotLater { before, found });
        }
        let (registry, time) = self.show(&changes, &checkpoint)?;
        self.check_next(&key, &registry, found)?;
        let checkpoint = checkpoint.after(self.line().cloned().collect());
        let changes = changes.iter().map(|change| change.index).collect();
        let number = self.handovers.len() + 1;
        (self.registry, self.time) = (registry, time);
        let bytes = bytes.to_vec();
        self.handovers.push(VerifiedHandover { number, bytes, checkpoint, changes });
        self.handovers.last().ok_or(HandoverError::NotAnnounced { key })
    }

    /// Checks that the log may be handed over to a key in a log of `size` entries: that the registry
    /// has it announced, and that neither it nor the outgoing one was ended.
    pub fn check_next(
        &self,
        key: &KeyId,
        registry: &Registry,
        size: TreeSize,
    ) -> Result<(), HandoverError> {
        let (key, at) = (*key, size.next_index());
        self.check_turn(key)?;
        let announced = registry.log_key(&key, at).ok_or(HandoverError::NotAnnounced { key })?;
        let outgoing = registry.log_key(&self.newest().public_key().id(), at);
        for standing in [Some(announced), outgoing].into_iter().flatten() {
            if let Some(end) = standing.ended {
                return Err(HandoverError::Ended { key: standing.keyid, index: end.index });
            }
        }
        Ok(())
    }

    fn check_turn(&self, key: KeyId) -> Result<(), HandoverError> {
        let had_it = self.line().any(|before| before.public_key().id() == key);
        if had_it { Err(HandoverError::KeyBefore { key }) } else { Ok(()) }
    }

    /// The registry once these changes are shown, and the time of the last of them.
    fn show(
        &self,
        changes: &[Change],
        checkpoint: &VerifiedCheckpoint,
    ) -> Result<(Registry, Timestamp), HandoverError> {
        let (mut registry, mut before) = (self.registry.clone(), self.time);
        let mut next = self.since().next_index();
        for Change { index, entry, leaf, record, inclusion } in changes {
            let index = *index;
            if index < next {
                return Err(HandoverError::Order { index });
            }
            next = EntryIndex::new(index.get().saturating_add(1));
            let included = checkpoint.include(*leaf, index, inclusion);
            let _included = included.map_err(|cause| HandoverError::Inclusion { index, cause })?;
            let found = entry.time();
            if found < before {
                return Err(HandoverError::Time { index, before, found });
            }
            before = found;
            let record = attribute(&registry, index, entry, record)
                .map_err(|cause| HandoverError::Record { index, cause })?;
            let predicate = record.statement().map(crate::attestation::Statement::predicate);
            if !matches!(predicate, Some(Predicate::RegistrarChange(_))) {
                return Err(HandoverError::Kind { index });
            }
            registry.apply(&record);
        }
        Ok((registry, before))
    }

    /// The size from which the newest key signs.
    pub fn since(&self) -> TreeSize {
        self.handovers.last().map_or(TreeSize::EMPTY, VerifiedHandover::size)
    }

    /// The key that signs now.
    pub fn newest(&self) -> &VerifierKey {
        self.handovers.last().map_or(&self.first, VerifiedHandover::log_key)
    }

    /// The key that signs checkpoints of this size.
    pub fn at(&self, size: TreeSize) -> &VerifierKey {
        self.called_for(size).last().map_or(&self.first, VerifiedHandover::log_key)
    }

    /// All keys, the first one first.
    pub fn line(&self) -> impl Iterator<Item = &VerifierKey> {
        std::iter::once(&self.first).chain(self.handovers.iter().map(VerifiedHandover::log_key))
    }

    /// The handovers, in order.
    pub fn handovers(&self) -> &[VerifiedHandover] {
        &self.handovers
    }

    /// The handovers that it takes to verify a checkpoint of this size.
    pub fn called_for(&self, size: TreeSize) -> &[VerifiedHandover] {
        let count = self.handovers.partition_point(|handover| handover.size() <= size);
        self.handovers.get(..count).unwrap_or_default()
    }

    /// Reads a note and checks that it is a checkpoint of this log, signed by the key in force at its
    /// size.
    pub fn verify(&self, bytes: &[u8]) -> Result<VerifiedCheckpoint, CheckpointError> {
        self.verify_note(Note::parse(bytes)?)
    }

    /// Checks that a note is a checkpoint of this log, signed by the key in force at its size.
    pub fn verify_note(&self, note: Note) -> Result<VerifiedCheckpoint, CheckpointError> {
        let size = note.text().parse::<Checkpoint>().map(|checkpoint| checkpoint.size());
        let Ok(size) = size else { return VerifiedCheckpoint::of_note(note, self.newest()) };
        let expected = self.at(size);
        let earlier = self.line().take(self.called_for(size).len()).cloned().collect();
        match VerifiedCheckpoint::of_note(note.clone(), expected) {
            Ok(checkpoint) => Ok(checkpoint.after(earlier)),
            // A key has its time: what it signs of another one does not count.
            Err(CheckpointError::Note(NoteError::NoKnownSignature)) => {
                let found = self.line().find(|key| note.verify(std::slice::from_ref(key)).is_ok());
                Err(match found {
                    None => NoteError::NoKnownSignature.into(),
                    Some(found) => {
                        let [expected, found] = [expected, found].map(|of| of.public_key().id());
                        CheckpointError::OtherKey { size, expected, found }
                    }
                })
            }
            Err(other) => Err(other),
        }
    }

    /// Checks that a note is a refusal of this log, and gives the key that signed it. A refusal has
    /// no place in the log, so nothing tells whether an earlier key signed it in its time.
    pub fn verify_refusal(
        &self,
        note: &Note,
    ) -> Result<(VerifiedRefusal, &VerifierKey), RefusalError> {
        let newest = VerifiedRefusal::of_note(note.clone(), self.newest());
        match newest {
            Err(RefusalError::Note(NoteError::NoKnownSignature)) => {}
            other => return other.map(|refusal| (refusal, self.newest())),
        }
        let earlier = self.line().take(self.handovers.len());
        let found = earlier.filter_map(|key| {
            VerifiedRefusal::of_note(note.clone(), key).ok().map(|refusal| (refusal, key))
        });
        found.last().ok_or_else(|| NoteError::NoKnownSignature.into())
    }
}

impl VerifiedHandover {
    /// Which one it is, from 1.
    pub const fn number(&self) -> usize {
        self.number
    }

    /// The file that holds it in an export.
    pub fn path(&self) -> String {
        handover_path(self.number)
    }

    /// The handover, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The checkpoint that both keys signed, verified under the new one.
    pub const fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// The size from which the new key signs.
    pub const fn size(&self) -> TreeSize {
        self.checkpoint.size()
    }

    /// The new key.
    pub const fn log_key(&self) -> &VerifierKey {
        self.checkpoint.log()
    }

    /// The changes of registrars that it shows.
    pub fn changes(&self) -> &[EntryIndex] {
        &self.changes
    }
}
