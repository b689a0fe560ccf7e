//! A seal that does not follow from the seal before and the entries between. The map of the seal
//! before is believed: the row of each key that the entries between list is proved under its root,
//! and what they lead to is computed from there. It takes nothing of the map that is wrong.

use std::collections::{BTreeMap, BTreeSet};

use crate::encoding::{Reader, Writer};
use crate::entry::{Body, Entry, LogError};
use crate::fraud::contradiction::Contradiction;
use crate::fraud::error::FraudProofError;
use crate::fraud::proof::Proven;
use crate::fraud::shown::{checkpoint, entry, own_note};
use crate::fraud::wire::{FRAUD_PROOF_BYTES_MAX, hashes, put_hashes};
use crate::hash::Digest;
use crate::log_key::LogKeys;
use crate::map::{ChainHead, DEPTH_MAX, Lookup, MapKey, MapProof, PartialMap, Row, SubjectMap};
use crate::merkle::{CompactRange, ConsistencyProof, EntryIndex, TreeSize, leaf_hash};
use crate::note::VerifiedCheckpoint;
use crate::proto;

/// How many keys the entries between two seals may list in evidence: each takes a row and a proof.
const KEYS_MAX: usize = 262_144;

/// How many siblings all map proofs may have between them, zeros included: 35 bytes can stand for 256
/// of them. Of those that are written out, more do not fit into evidence.
const SIBLINGS_MAX: usize = FRAUD_PROOF_BYTES_MAX / 32;

/// Bytes of a map proof: the greatest depth, its bitmap, every sibling, the longest terminal.
const MAP_PROOF_BYTES_MAX: usize = 2 + DEPTH_MAX / 8 + DEPTH_MAX * 32 + 73;

/// Entries side by side from one on, with what places them under a checkpoint.
#[derive(Clone, Debug)]
pub(super) struct Stretch<'a> {
    pub(super) checkpoint: &'a VerifiedCheckpoint,
    pub(super) first: EntryIndex,
    /// The complete subtrees over the entries before `first`, largest first.
    pub(super) edge: Vec<Digest>,
    pub(super) entries: &'a [u8],
    pub(super) consistency: &'a ConsistencyProof,
}

/// The claim that the last entry of a stretch is a seal that does not follow from those before.
/// `map` is that of the seal at its start.
pub(super) fn claim(stretch: &Stretch<'_>, map: &SubjectMap) -> proto::WrongSeal {
    let mut writer = Writer::default();
    if stretch.first > EntryIndex::FIRST {
        for key in keys_between(stretch.entries) {
            writer.bytes_u16(&map.prove(&key).encode());
        }
    }
    proto::WrongSeal {
        checkpoint: own_note(stretch.checkpoint),
        first: stretch.first.get(),
        edge: put_hashes(&stretch.edge),
        entries: stretch.entries.to_vec().into(),
        consistency: put_hashes(&stretch.consistency.0),
        map_proofs: writer.into_bytes().into(),
    }
}

/// The keys that entries of a bundle list, as far as they can be read.
fn keys_between(entries: &[u8]) -> BTreeSet<MapKey> {
    let mut reader = Reader::new(entries);
    let mut keys = BTreeSet::new();
    while let Ok(bytes) = reader.bytes_u16("entry") {
        if let Ok(entry) = Entry::decode(bytes)
            && let Body::Attestation { keys: listed, .. } = entry.body()
        {
            keys.extend(listed.iter().copied());
        }
    }
    keys
}

pub(super) fn verify(
    message: &proto::WrongSeal,
    keys: &LogKeys,
) -> Result<Proven, FraudProofError> {
    let checkpoint = checkpoint(&message.checkpoint, keys)?;
    let entries = place(message, &checkpoint)?;
    let Some(((last, seal), rest)) = entries.split_last() else {
        return Err(FraudProofError::Missing { part: "seal" });
    };
    let (is_first_seal, before) = match rest.split_first() {
        None => return Err(FraudProofError::Missing { part: "seal before" }),
        Some(_) if message.first == 0 => (true, rest),
        Some(_) => (false, rest.get(1..).unwrap_or_default()),
    };
    for (index, entry) in before {
        if matches!(entry.body(), Body::Seal { .. }) {
            return Err(FraudProofError::SealBetween { index: *index });
        }
    }
    let base = match rest.first() {
        Some((index, entry)) if !is_first_seal => Some(Base::of(*index, entry)?),
        _ => None,
    };
    let origin = checkpoint.origin().as_str();
    let expected = Expected::of(origin, base.as_ref(), before, &message.map_proofs)?;
    let since = base.map(|base| base.index);
    let Some(fault) = expected.compare(*last, seal, since)? else {
        let what = "the seal follows from the one before and the entries between";
        return Err(FraudProofError::NoContradiction { what });
    };
    let contradiction = Contradiction::Seal { index: *last, since, fault };
    Ok(Proven { checkpoints: vec![checkpoint], contradiction })
}

/// The entries of the stretch, shown to stand under the checkpoint.
fn place(
    message: &proto::WrongSeal,
    checkpoint: &VerifiedCheckpoint,
) -> Result<Vec<(EntryIndex, Entry)>, FraudProofError> {
    let edge = hashes("hashes in an edge", &message.edge)?;
    let mut range = CompactRange::new(TreeSize::new(message.first), edge)?;
    let mut reader = Reader::new(&message.entries);
    let mut entries = Vec::new();
    while !reader.is_empty() {
        let index = range.size().next_index();
        if !checkpoint.size().contains(index) {
            let limit = checkpoint.size().next_index();
            return Err(FraudProofError::NotBefore { index, limit });
        }
        let part = "entries";
        let bytes = reader.bytes_u16("entry");
        let bytes = bytes.map_err(|cause| FraudProofError::Encoding { part, cause })?;
        range.append(leaf_hash(bytes));
        entries.push((index, entry(index, bytes)?));
    }
    let proof = ConsistencyProof(hashes("hashes in a consistency proof", &message.consistency)?);
    proof
        .verify(range.size(), range.root(), checkpoint.size(), checkpoint.root())
        .map_err(FraudProofError::Consistency)?;
    Ok(entries)
}

/// The seal before.
struct Base {
    index: EntryIndex,
    map_root: Digest,
    subjects: u64,
}

impl Base {
    fn of(index: EntryIndex, entry: &Entry) -> Result<Self, FraudProofError> {
        match *entry.body() {
            Body::Seal { map_root, subjects, .. } => Ok(Self { index, map_root, subjects }),
            Body::Genesis { .. } | Body::Attestation { .. } => {
                Err(FraudProofError::Kind { index, expected: "seal" })
            }
        }
    }
}

/// What a seal has to say.
struct Expected {
    map_root: Digest,
    subjects: u64,
}

impl Expected {
    /// What the entries lead to from the seal before, or from the genesis.
    fn of(
        origin: &str,
        base: Option<&Base>,
        entries: &[(EntryIndex, Entry)],
        map_proofs: &[u8],
    ) -> Result<Self, FraudProofError> {
        let mut keys = BTreeSet::new();
        for (_, entry) in entries {
            let Body::Attestation { keys: listed, .. } = entry.body() else { continue };
            keys.extend(listed.iter().copied());
            if keys.len() > KEYS_MAX {
                return Err(FraudProofError::TooMany { what: "keys", limit: KEYS_MAX });
            }
        }
        let map_root = base.map_or(Digest::ZERO, |base| base.map_root);
        let mut map = PartialMap::new(map_root);
        if base.is_some() {
            prove(&mut map, &keys, map_proofs)?;
        } else if !map_proofs.is_empty() {
            return Err(FraudProofError::Uncalled { part: "map proof" });
        }
        let mut rows: BTreeMap<MapKey, Row> = BTreeMap::new();
        for (index, entry) in entries {
            let Body::Attestation { keys, .. } = entry.body() else { continue };
            let leaf = entry.leaf_hash();
            for key in keys {
                let row = rows.get(key).copied().or_else(|| match map.get(key) {
                    Some(Lookup::Present(row)) => Some(row),
                    Some(Lookup::Absent) | None => None,
                });
                let mut chain = row
                    .map_or_else(|| ChainHead::start(origin, key), |row| ChainHead::resume(&row));
                chain.push(*index, &leaf);
                rows.extend(chain.row().map(|row| (*key, row)));
            }
        }
        let Some(base) = base else {
            let map = SubjectMap::new().updated(&rows);
            return Ok(Self { map_root: map.root(), subjects: map.len() });
        };
        let is_new = |key: &&MapKey| map.get(key) == Some(Lookup::Absent);
        let added = u64::try_from(rows.keys().filter(is_new).count()).unwrap_or(u64::MAX);
        let missing = FraudProofError::Missing { part: "map proof" };
        let map_root = map.root_with(&rows).ok_or(missing)?;
        Ok(Self { map_root, subjects: base.subjects.saturating_add(added) })
    }

    /// What of it the seal does not say.
    fn compare(
        &self,
        index: EntryIndex,
        seal: &Entry,
        since: Option<EntryIndex>,
    ) -> Result<Option<LogError>, FraudProofError> {
        let Body::Seal { map_root, subjects, previous_seal } = *seal.body() else {
            return Err(FraudProofError::Kind { index, expected: "seal" });
        };
        let expected = since.unwrap_or(EntryIndex::FIRST);
        if previous_seal != expected {
            return Ok(Some(LogError::PreviousSeal { index, expected, found: previous_seal }));
        }
        if subjects != self.subjects {
            let expected = self.subjects;
            return Ok(Some(LogError::Subjects { index, expected, found: subjects }));
        }
        let expected = self.map_root;
        let is_other = map_root != expected;
        Ok(is_other.then_some(LogError::MapRoot { index, expected, found: map_root }))
    }
}

/// Verifies the proof of each key, in order.
fn prove(
    map: &mut PartialMap,
    keys: &BTreeSet<MapKey>,
    map_proofs: &[u8],
) -> Result<(), FraudProofError> {
    let encoding = |cause| FraudProofError::Encoding { part: "map proofs", cause };
    let mut reader = Reader::new(map_proofs);
    let mut siblings = 0;
    for key in keys {
        let bytes = reader.bytes_u16("map proof").map_err(encoding)?;
        if bytes.len() > MAP_PROOF_BYTES_MAX {
            let limit = MAP_PROOF_BYTES_MAX;
            return Err(FraudProofError::TooMany { what: "bytes in a map proof", limit });
        }
        let fault = |cause| FraudProofError::MapProof { key: *key, cause };
        let proof = MapProof::decode(bytes).map_err(fault)?;
        siblings += proof.depth();
        if siblings > SIBLINGS_MAX {
            let limit = SIBLINGS_MAX;
            return Err(FraudProofError::TooMany { what: "siblings in map proofs", limit });
        }
        let _lookup = map.prove(*key, proof).map_err(fault)?;
    }
    reader.finish().map_err(encoding)
}
