//! What a dossier proves about the log: its checkpoint, that every entry stands under it, that no
//! chain leaves an entry out (formats.md, section 6, steps 2 to 4). Knows nothing of what entries
//! say.

use crate::dossier::container::{Chain, Container};
use crate::dossier::error::{ChainError, DossierError, SealError};
use crate::entry::{Body, Entry};
use crate::hash::Digest;
use crate::map::{ChainHead, Lookup, MapProof};
use crate::merkle::{EntryIndex, leaf_hash};
use crate::note::{CosignedCheckpoint, VerifiedCheckpoint, VerifierKey, WitnessPolicy};
use crate::time::Timestamp;

/// How far clocks may be apart before a time counts as from the future: as far as a ledger lets
/// its own clock be behind its last entry.
pub(super) const CLOCK_SKEW_MS_MAX: u64 = 5 * 60 * 1000;

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

/// Checks the log's signature and, where the reader asks for witnesses, theirs.
pub(super) fn check_checkpoint(
    container: &Container,
    log_key: &VerifierKey,
    witnesses: Option<&WitnessPolicy>,
    now: Timestamp,
) -> Result<CosignedCheckpoint, DossierError> {
    if *container.origin() != *log_key.name().as_str() {
        let found = container.origin().chars().take(80).collect();
        return Err(DossierError::Origin { expected: log_key.name().clone(), found });
    }
    let checkpoint = VerifiedCheckpoint::verify(container.checkpoint().as_bytes(), log_key)
        .map_err(DossierError::Checkpoint)?;
    let latest = now.saturating_add_ms(CLOCK_SKEW_MS_MAX);
    let none = WitnessPolicy::none();
    witnesses.unwrap_or(&none).verify(checkpoint, latest).map_err(DossierError::Witnesses)
}

/// Checks that the dossier's seal is one, and the last entry under the checkpoint.
pub(super) fn check_seal(
    container: &Container,
    checkpoint: &VerifiedCheckpoint,
) -> Result<ProvenSeal, SealError> {
    let index = checkpoint.size().last().ok_or(SealError::EmptyLog)?;
    let entry = Entry::decode(&container.seal)?;
    let Body::Seal { map_root, .. } = *entry.body() else { return Err(SealError::Kind) };
    let proof = container.proof(&container.seal_inclusion);
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
        let (index, proof) = (entry.index, container.proof(&entry.inclusion));
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
