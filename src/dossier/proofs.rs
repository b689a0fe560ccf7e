//! What a dossier proves about the log: its checkpoint, that every entry stands under it, that no
//! chain leaves an entry out (formats.md, section 6, steps 2 to 4). Knows nothing of what entries
//! say.

use crate::dossier::container::{Chain, Container};
use crate::dossier::error::{ChainError, DossierError, HandoverFault, SealError};
use crate::entry::{Body, Entry};
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::log_key::LogKeys;
use crate::map::{ChainHead, Lookup, MapProof};
use crate::merkle::{EntryIndex, TreeSize, leaf_hash};
use crate::note::{
    Checkpoint, CheckpointError, CosignedCheckpoint, Note, VerifiedCheckpoint, WitnessPolicy,
};
use crate::registry::Registry;
use crate::time::{CLOCK_SKEW_MS_MAX, Timestamp};

/// What a reader accepts by way of age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How old the checkpoint may be, in milliseconds; `None` for any age.
    pub age_max_ms: Option<u64>,
    /// The reader's time.
    pub now: Timestamp,
}

/// A seal shown to be the last entry under a verified checkpoint.
#[derive(Clone, Debug)]
pub(super) struct ProvenSeal {
    pub(super) index: EntryIndex,
    pub(super) time: Timestamp,
    pub(super) map_root: Digest,
}

/// Follows the handovers of the log key that the dossier brings, from the genesis document. `known`
/// are those that the reader has seen: none of them may be left out where the size calls for it.
pub(super) fn follow_log_keys(
    container: &Container,
    genesis: &Genesis,
    known: &LogKeys,
) -> Result<LogKeys, DossierError> {
    let origin = genesis.origin();
    if *container.origin() != *origin.as_str() {
        let found = container.origin().chars().take(80).collect();
        return Err(DossierError::Origin { expected: origin.clone(), found });
    }
    let mut keys = LogKeys::new(genesis);
    for (place, handover) in container.handovers().enumerate() {
        let Err(cause) = keys.follow(handover) else { continue };
        let (number, cause) = (place + 1, HandoverFault::Handover(cause));
        return Err(DossierError::Handover { number, cause });
    }
    let fault = |number, cause| DossierError::Handover { number, cause };
    for (known, own) in known.handovers().iter().zip(keys.handovers()) {
        if known.bytes() != own.bytes() {
            return Err(fault(known.number(), HandoverFault::Other));
        }
    }
    // One that can't be read is refused in the next step.
    let size = Note::parse(container.checkpoint().as_bytes())
        .map_err(CheckpointError::from)
        .and_then(|note| note.text().parse::<Checkpoint>())
        .map_or(TreeSize::EMPTY, |checkpoint| checkpoint.size());
    if let Some(left_out) = known.called_for(size).get(keys.handovers().len()) {
        return Err(fault(left_out.number(), HandoverFault::LeftOut { size: left_out.size() }));
    }
    Ok(keys)
}

/// Checks the log's signature and, where the reader asks for witnesses, theirs.
pub(super) fn check_checkpoint(
    container: &Container,
    keys: &LogKeys,
    witnesses: Option<&WitnessPolicy>,
    now: Timestamp,
) -> Result<CosignedCheckpoint, DossierError> {
    let checkpoint =
        keys.verify(container.checkpoint().as_bytes()).map_err(DossierError::Checkpoint)?;
    for (handover, held) in keys.handovers().iter().zip(&container.handovers) {
        let proof = container.consistency(&held.consistency);
        checkpoint.extends(handover.checkpoint().checkpoint(), &proof).map_err(|cause| {
            let cause = HandoverFault::Consistency(cause);
            DossierError::Handover { number: handover.number(), cause }
        })?;
    }
    let latest = now.saturating_add_ms(CLOCK_SKEW_MS_MAX);
    let none = WitnessPolicy::none();
    witnesses.unwrap_or(&none).verify(checkpoint, latest).map_err(DossierError::Witnesses)
}

/// Checks that no handover leaves a change of registrars out, all of which are in the dossier, and
/// that no key signed after it was ended.
pub(super) fn check_log_keys(
    keys: &LogKeys,
    registry: &Registry,
    checkpoint: &VerifiedCheckpoint,
) -> Result<(), DossierError> {
    let mut since = TreeSize::EMPTY;
    for handover in keys.handovers() {
        let within = since.next_index()..handover.size().next_index();
        let expected = registry.registrar_changes().filter(|index| within.contains(index));
        if !expected.eq(handover.changes().iter().copied()) {
            let number = handover.number();
            return Err(DossierError::Handover { number, cause: HandoverFault::Changes });
        }
        since = handover.size();
    }
    let (key, size) = (checkpoint.log().public_key().id(), checkpoint.size());
    let end = registry.log_key(&key, size.next_index()).and_then(|standing| standing.ended);
    match end {
        None => Ok(()),
        Some(end) => Err(DossierError::LogKeyEnded { key, index: end.index }),
    }
}

/// Checks that the dossier's seal is one, and the last entry under the checkpoint.
pub(super) fn check_seal(
    container: &Container,
    checkpoint: &VerifiedCheckpoint,
) -> Result<ProvenSeal, SealError> {
    let index = checkpoint.size().last().ok_or(SealError::EmptyLog)?;
    let entry = Entry::decode(&container.seal)?;
    let Body::Seal { map_root, .. } = *entry.body() else { return Err(SealError::Kind) };
    let proof = container.seal_proof();
    let _included = checkpoint.include(leaf_hash(&container.seal), index, &proof)?;
    Ok(ProvenSeal { index, time: entry.time(), map_root })
}

/// Checks the age of the checkpoint, and gives the instant at which it was seen: by the witnesses'
/// quorum; without one, the seal's time.
pub(super) fn check_age(
    checkpoint: &CosignedCheckpoint,
    seal: &ProvenSeal,
    limits: &Limits,
) -> Result<Timestamp, DossierError> {
    let now = limits.now;
    if seal.time > now.saturating_add_ms(CLOCK_SKEW_MS_MAX) {
        return Err(DossierError::Future { found: seal.time, now });
    }
    let seen = checkpoint.witnessed_at().unwrap_or(seal.time);
    let age_ms = now.saturating_ms_since(seen);
    match limits.age_max_ms {
        Some(age_max_ms) if age_ms > age_max_ms => {
            Err(DossierError::TooOld { seen, age_ms, age_max_ms })
        }
        Some(_) | None => Ok(seen),
    }
}

/// Checks that every entry of the table stands where it says.
pub(super) fn check_inclusion(
    container: &Container,
    checkpoint: &VerifiedCheckpoint,
) -> Result<(), DossierError> {
    for entry in container.entries() {
        let (index, proof) = (entry.index, container.inclusion(entry));
        let included = checkpoint.include(entry.leaf, index, &proof);
        let _included = included.map_err(|cause| DossierError::Inclusion { index, cause })?;
    }
    Ok(())
}

/// Checks that time never goes back from entry to entry (formats.md, section 4): what a key or a
/// role was worth depends on the ledger's time, so that no entry can be given an earlier one.
pub(super) fn check_times(container: &Container, seal: &ProvenSeal) -> Result<(), DossierError> {
    let entries = container.entries().iter().map(|entry| (entry.index, entry.entry.time()));
    let mut before = Timestamp::default();
    for (index, found) in entries.chain([(seal.index, seal.time)]) {
        if found < before {
            return Err(DossierError::Time { index, before, found });
        }
        before = found;
    }
    Ok(())
}

/// Checks that every chain is whole: its entries lead to the row that the seal's map holds, or the
/// map holds none.
pub(super) fn check_chains(container: &Container, seal: &ProvenSeal) -> Result<(), DossierError> {
    for chain in container.chains() {
        check_chain(container, chain, seal).map_err(|cause| {
            let (class, uri) = (chain.class, chain.uri.clone());
            DossierError::Chain { class, uri, cause }
        })?;
    }
    Ok(())
}

fn check_chain(container: &Container, chain: &Chain, seal: &ProvenSeal) -> Result<(), ChainError> {
    let key = chain.key();
    let mut head = ChainHead::start(container.origin(), &key);
    // The table is strictly ascending, and so are the chain's places in it.
    for entry in container.entries_of(chain) {
        let index = entry.index;
        if index >= seal.index {
            return Err(ChainError::BeyondSeal { index, seal: seal.index });
        }
        let feeds = matches!(
            entry.entry.body(), Body::Attestation { keys, .. } if keys.binary_search(&key).is_ok()
        );
        if !feeds {
            return Err(ChainError::NotFed { index });
        }
        head.push(index, &entry.leaf);
    }
    let lookup = MapProof::decode(&chain.map_proof)?.verify(&key, &seal.map_root)?;
    let found = head.count();
    match (lookup, head.row()) {
        (Lookup::Absent, Some(_)) => Err(ChainError::Count { expected: 0, found }),
        (Lookup::Present(row), _) if row.count != found => {
            Err(ChainError::Count { expected: row.count, found })
        }
        (Lookup::Present(row), Some(led_to)) if row.head != led_to.head => {
            Err(ChainError::Head { expected: row.head, found: led_to.head })
        }
        (Lookup::Absent, None) | (Lookup::Present(_), _) => Ok(()),
    }
}
