//! An entry that lists a key, and a later seal whose chain of that key leaves the entry out. The
//! chain's hash commits to every index and entry in it, so that no more of them is needed.

use crate::encoding::{EncodingError, Reader, Writer};
use crate::entry::Body;
use crate::fraud::contradiction::Contradiction;
use crate::fraud::error::FraudProofError;
use crate::fraud::proof::Proven;
use crate::fraud::shown::{Shown, checkpoint, entry, include, listed, own_note};
use crate::fraud::wire::put_hashes;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::log_key::LogKeys;
use crate::map::{ChainHead, Lookup, MapProof};
use crate::merkle::{EntryIndex, InclusionProof, leaf_hash};
use crate::note::VerifiedCheckpoint;
use crate::proto;

/// A chain under a later checkpoint.
#[derive(Clone, Debug)]
pub(super) struct ShownChain<'a> {
    pub(super) checkpoint: &'a VerifiedCheckpoint,
    pub(super) seal: &'a [u8],
    pub(super) seal_inclusion: &'a InclusionProof,
    pub(super) uri: &'a SubjectUri,
    pub(super) class: Class,
    pub(super) map_proof: &'a [u8],
    pub(super) chain: &'a [(EntryIndex, Digest)],
}

/// The claim that a chain leaves an entry out.
pub(super) fn claim(entry: proto::ShownEntry, of: &ShownChain<'_>) -> proto::LeftOut {
    let mut writer = Writer::with_capacity(40 * of.chain.len());
    for (index, leaf) in of.chain {
        writer.u64(index.get()).put(leaf.as_ref());
    }
    proto::LeftOut {
        entry: Some(entry),
        checkpoint: own_note(of.checkpoint),
        seal: of.seal.to_vec().into(),
        seal_inclusion: put_hashes(&of.seal_inclusion.0),
        uri: of.uri.as_str().to_owned(),
        class: u32::from(of.class.byte()),
        map_proof: of.map_proof.to_vec().into(),
        chain: writer.into_bytes().into(),
    }
}

pub(super) fn verify(message: &proto::LeftOut, keys: &LogKeys) -> Result<Proven, FraudProofError> {
    let shown = Shown::verify(message.entry.as_ref(), keys)?;
    let uri: SubjectUri = message.uri.parse().map_err(FraudProofError::Subject)?;
    let found = message.class;
    let class = Class::EVERY.into_iter().find(|class| u32::from(class.byte()) == found);
    let class = class.ok_or(FraudProofError::Class { found })?;
    let key = SubjectKey::of(class, &uri);
    let entry_shown = shown.entry()?;
    if listed(shown.index, &entry_shown)?.binary_search(&key.digest()).is_err() {
        return Err(FraudProofError::NotListed { index: shown.index, key });
    }
    let later = checkpoint(&message.checkpoint, keys)?;
    let (seal, map_root) = seal(message, &later)?;
    // SPEC: the seal at index i commits to the map over entries [0, i).
    if shown.index >= seal {
        return Err(FraudProofError::NotBefore { index: shown.index, limit: seal });
    }
    let chain = chain(&message.chain)?;
    let head = ChainHead::fold(later.origin().as_str(), &key.digest(), chain.iter().copied());
    let fault = |cause| FraudProofError::MapProof { key: key.digest(), cause };
    let proof = MapProof::decode(&message.map_proof).map_err(fault)?;
    let row = match proof.verify(&key.digest(), &map_root).map_err(fault)? {
        Lookup::Present(row) => Some(row),
        Lookup::Absent => None,
    };
    if row != head.row() {
        return Err(FraudProofError::Chain { found: chain.len() });
    }
    if chain.contains(&(shown.index, shown.leaf)) {
        return Err(FraudProofError::NoContradiction { what: "the entry is in the chain" });
    }
    let (index, size, count) = (shown.index, later.size(), head.count());
    let contradiction = Contradiction::LeftOut { index, size, class, uri, count };
    Ok(Proven { checkpoints: vec![shown.checkpoint, later], contradiction })
}

/// The seal that ends the log of the later checkpoint: its index, and the root of its map.
fn seal(
    message: &proto::LeftOut,
    later: &VerifiedCheckpoint,
) -> Result<(EntryIndex, Digest), FraudProofError> {
    let index = later.size().last().ok_or(FraudProofError::Missing { part: "seal" })?;
    include(later, index, leaf_hash(&message.seal), &message.seal_inclusion)?;
    match *entry(index, &message.seal)?.body() {
        Body::Seal { map_root, .. } => Ok((index, map_root)),
        Body::Genesis { .. } | Body::Attestation { .. } => {
            Err(FraudProofError::Kind { index, expected: "seal" })
        }
    }
}

fn chain(bytes: &[u8]) -> Result<Vec<(EntryIndex, Digest)>, FraudProofError> {
    let mut reader = Reader::new(bytes);
    let mut chain = Vec::with_capacity(bytes.len() / 40);
    while !reader.is_empty() {
        let mut read = || -> Result<(EntryIndex, Digest), EncodingError> {
            Ok((EntryIndex::new(reader.u64("index")?), reader.digest("leaf hash")?))
        };
        let part = "chain";
        chain.push(read().map_err(|cause| FraudProofError::Encoding { part, cause })?);
    }
    Ok(chain)
}
