//! An entry that its place excludes, or an entry before it.

use crate::entry::{Body, Entry, EntryError, LogError};
use crate::fraud::contradiction::Contradiction;
use crate::fraud::error::FraudProofError;
use crate::fraud::proof::Proven;
use crate::fraud::shown::Shown;
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::log_key::LogKeys;
use crate::merkle::EntryIndex;
use crate::proto;

pub(super) fn verify(
    message: &proto::WrongOrder,
    genesis: &Genesis,
    keys: &LogKeys,
) -> Result<Proven, FraudProofError> {
    let shown = Shown::verify(message.entry.as_ref(), keys)?;
    let index = shown.index;
    let Some(before) = &message.before else {
        let contradiction = match Entry::decode(&shown.bytes) {
            // A later version of the format may be known to a newer reader.
            Err(cause @ EntryError::Version { .. }) => {
                return Err(FraudProofError::Entry { index, cause });
            }
            Err(fault) => Contradiction::NoEntry { index, fault },
            Ok(entry) => {
                let fault = alone(&shown, &entry, genesis);
                let what = "the entry may stand where it stands";
                let fault = fault.ok_or(FraudProofError::NoContradiction { what })?;
                Contradiction::Order { index, before: None, fault }
            }
        };
        return Ok(Proven { checkpoints: vec![shown.checkpoint], contradiction });
    };
    let before = Shown::verify(Some(before), keys)?;
    if before.index >= index {
        return Err(FraudProofError::NotBefore { index: before.index, limit: index });
    }
    let fault = after(&before, &before.entry()?, index, &shown.entry()?);
    let what = "the later entry may follow the earlier one";
    let fault = fault.ok_or(FraudProofError::NoContradiction { what })?;
    let contradiction = Contradiction::Order { index, before: Some(before.index), fault };
    Ok(Proven { checkpoints: vec![before.checkpoint, shown.checkpoint], contradiction })
}

/// What is wrong with an entry whatever stands before it.
fn alone(shown: &Shown, entry: &Entry, genesis: &Genesis) -> Option<LogError> {
    let (index, size) = (shown.index, shown.checkpoint.size());
    let is_first = index == EntryIndex::FIRST;
    match entry.body() {
        Body::Genesis { .. } if !is_first => return Some(LogError::SecondGenesis { index }),
        Body::Attestation { .. } | Body::Seal { .. } if is_first => {
            return Some(LogError::NoGenesis);
        }
        Body::Genesis { origin, .. } if origin != genesis.origin() => {
            let (expected, found) = (genesis.origin().clone(), origin.clone());
            return Some(LogError::Origin { expected, found });
        }
        Body::Genesis { digest, .. } if digest != genesis.digest() => {
            let (expected, found) = (*genesis.digest(), *digest);
            return Some(LogError::GenesisDigest { expected, found });
        }
        Body::Genesis { .. } | Body::Attestation { .. } | Body::Seal { .. } => {}
    }
    if is_first && *entry.prev() != Digest::ZERO {
        return Some(LogError::Prev { index, expected: Digest::ZERO, found: *entry.prev() });
    }
    let is_seal = matches!(entry.body(), Body::Seal { .. });
    (size.last() == Some(index) && !is_seal).then_some(LogError::LastSeal { size })
}

/// What is wrong with an entry after one that stands before it.
fn after(shown: &Shown, before: &Entry, index: EntryIndex, entry: &Entry) -> Option<LogError> {
    if shown.index.next() == Some(index) && *entry.prev() != shown.leaf {
        return Some(LogError::Prev { index, expected: shown.leaf, found: *entry.prev() });
    }
    if entry.time() < before.time() {
        return Some(LogError::Time { index, before: before.time(), found: entry.time() });
    }
    match (before.body(), entry.body()) {
        (
            Body::Attestation { statement: first, .. },
            Body::Attestation { statement: second, .. },
        ) if first == second => Some(LogError::Statement { index, statement: *second }),
        _ => None,
    }
}
