//! Making a dossier out of evidence and a ledger's proofs. What is made is not verified here.

use std::collections::{BTreeMap, BTreeSet};

use prost::bytes::Bytes;

use crate::dossier::wire::{self, DOSSIER_BYTES_MAX, ENTRIES_MAX, HASHES_MAX, SUBJECTS_MAX};
use crate::hash::Digest;
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::map::{MapKey, MapProof};
use crate::merkle::{ConsistencyProof, EntryIndex, InclusionProof, TreeSize};
use crate::note::KeyName;
use crate::policy::{Evidence, NormalQuery, QueryError, Verdict};
use crate::proto;

/// A ledger as of one published checkpoint: where entries and proofs come from.
pub trait ProofSource {
    /// Why something could not be had.
    type Error;

    /// The ledger's name.
    fn origin(&self) -> &KeyName;

    /// How many entries the checkpoint covers; the last one is a seal.
    fn size(&self) -> TreeSize;

    /// The checkpoint, a signed note with whatever cosignatures there are.
    fn checkpoint(&self) -> Result<String, Self::Error>;

    /// The bytes of the entry at `index`, below [`Self::size`].
    fn entry(&self, index: EntryIndex) -> Result<Vec<u8>, Self::Error>;

    /// The envelope record of the attestation at `index`.
    fn envelope_record(&self, index: EntryIndex) -> Result<EnvelopeRecord, Self::Error>;

    /// The proof that the entry at `index` stands under the checkpoint.
    fn inclusion(&self, index: EntryIndex) -> Result<InclusionProof, Self::Error>;

    /// The handovers of the log key that it takes to verify the checkpoint, in order, each with the
    /// proof that the checkpoint's tree begins with that of its own.
    fn handovers(&self) -> Result<Vec<(Vec<u8>, ConsistencyProof)>, Self::Error>;

    /// The proof of a key's row, or of its absence, under the last seal's map root.
    fn map_proof(&self, key: &MapKey) -> Result<MapProof, Self::Error>;
}

/// What is left of an attestation's envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvelopeRecord {
    /// Its bytes.
    Present(Vec<u8>),
    /// It was erased.
    Erased,
    /// It is not given to this reader.
    Withheld,
}

/// Why there is no dossier.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError<E> {
    /// The ledger does not give a part.
    #[error("{part} is not to be had")]
    Source {
        /// Which part.
        part: String,
        /// Why not.
        #[source]
        cause: E,
    },
    /// A record that is kept from this reader, without which nothing is proved.
    #[error("record of entry {index} is withheld")]
    Withheld {
        /// The entry.
        index: EntryIndex,
    },
    /// The query can't be written.
    #[error("query")]
    Query(#[source] QueryError),
    /// The checkpoint is over no entry.
    #[error("the log is empty")]
    EmptyLog,
    /// More of something than a dossier can hold.
    #[error("{found} {what}, expected at most {limit}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The greatest number.
        limit: usize,
    },
}

/// The dossier of a verdict: everything that it rests on, with every proof, in the one form that a
/// dossier has. `policy` are the exact bytes of the rule set, none if none applied.
pub fn build<S: ProofSource>(
    source: &S,
    evidence: &Evidence,
    query: &NormalQuery,
    policy: &[u8],
    verdict: &Verdict,
) -> Result<Vec<u8>, BuildError<S::Error>> {
    let chains = evidence.chains().iter().map(|((class, uri), records)| {
        let indexes = records.iter().map(|record| record.index()).collect();
        ((*class, uri.as_str()), (uri, indexes))
    });
    let query = query.to_bytes().map_err(BuildError::Query)?;
    assemble(source, &chains.collect(), &Words { query: &query, policy, verdict: verdict.bytes() })
}

/// The parts of a dossier that do not come from the log.
#[derive(Clone, Copy, Debug)]
struct Words<'a> {
    /// Canonical JSON of the normalised query.
    query: &'a [u8],
    /// The policy's exact bytes, empty if none was selected.
    policy: &'a [u8],
    /// Canonical JSON of the verdict.
    verdict: &'a [u8],
}

/// Puts chains, the entries in them and all proofs together.
fn assemble<S: ProofSource>(
    source: &S,
    chains: &BTreeMap<(Class, &str), (&SubjectUri, Vec<EntryIndex>)>,
    words: &Words<'_>,
) -> Result<Vec<u8>, BuildError<S::Error>> {
    at_most("chains", chains.len(), SUBJECTS_MAX)?;
    let indexes: BTreeSet<EntryIndex> =
        chains.values().flat_map(|(_, indexes)| indexes.iter().copied()).collect();
    at_most("entries", indexes.len(), ENTRIES_MAX)?;
    let place_of = places(&indexes);

    let seal = source.size().last().ok_or(BuildError::EmptyLog)?;
    let proofs: BTreeMap<EntryIndex, InclusionProof> = indexes
        .iter()
        .chain([&seal])
        .map(|index| {
            let proof = source.inclusion(*index);
            Ok((*index, proof.map_err(not_to_be_had(format!("inclusion proof of {index}")))?))
        })
        .collect::<Result<_, BuildError<_>>>()?;
    let handovers = source.handovers().map_err(not_to_be_had("handovers".to_owned()))?;
    let consistency = handovers.iter().flat_map(|(_, proof)| &proof.0);
    let hashes: BTreeSet<Digest> =
        proofs.values().flat_map(|proof| &proof.0).chain(consistency).copied().collect();
    at_most("hashes", hashes.len(), HASHES_MAX)?;
    let place_of_hash = places(&hashes);
    let spelled_out = |hashes: &[Digest]| {
        hashes.iter().filter_map(|hash| place_of_hash.get(hash).copied()).collect()
    };
    let spelled =
        |index: &EntryIndex| spelled_out(proofs.get(index).map_or(&[][..], |proof| &proof.0));

    let subjects = chains.values().zip(chains.keys()).map(|((uri, indexes), (class, _))| {
        let map_proof = source
            .map_proof(&SubjectKey::of(*class, uri).digest())
            .map_err(not_to_be_had(format!("map proof of {class} records on {uri}")))?;
        Ok(proto::SubjectChain {
            uri: uri.as_str().to_owned(),
            class: u32::from(class.byte()),
            map_proof: map_proof.encode().into(),
            entries: indexes.iter().filter_map(|index| place_of.get(index).copied()).collect(),
        })
    });
    let subjects = subjects.collect::<Result<Vec<_>, BuildError<_>>>()?;
    let entries = indexes.iter().map(|index| {
        Ok(proto::DossierEntry {
            index: index.get(),
            entry: entry(source, *index)?.into(),
            record: record(source, *index)?,
            inclusion: spelled(index),
        })
    });
    let message = proto::Dossier {
        origin: source.origin().as_str().to_owned(),
        query: Bytes::copy_from_slice(words.query),
        checkpoint: source.checkpoint().map_err(not_to_be_had("checkpoint".to_owned()))?,
        seal: entry(source, seal)?.into(),
        subjects,
        entries: entries.collect::<Result<_, BuildError<_>>>()?,
        seal_inclusion: spelled(&seal),
        hashes: hashes.iter().map(|hash| Bytes::copy_from_slice(hash.as_ref())).collect(),
        policy: Bytes::copy_from_slice(words.policy),
        verdict: Bytes::copy_from_slice(words.verdict),
        handovers: handovers
            .iter()
            .map(|(handover, proof)| proto::DossierHandover {
                handover: Bytes::copy_from_slice(handover),
                consistency: spelled_out(&proof.0),
            })
            .collect(),
    };
    let bytes = wire::encode(&message);
    at_most("bytes", bytes.len(), DOSSIER_BYTES_MAX)?;
    Ok(bytes)
}

fn entry<S: ProofSource>(source: &S, index: EntryIndex) -> Result<Vec<u8>, BuildError<S::Error>> {
    source.entry(index).map_err(not_to_be_had(format!("entry {index}")))
}

fn record<S: ProofSource>(source: &S, index: EntryIndex) -> Result<Bytes, BuildError<S::Error>> {
    let record = source.envelope_record(index);
    match record.map_err(not_to_be_had(format!("record of entry {index}")))? {
        EnvelopeRecord::Present(bytes) => Ok(bytes.into()),
        EnvelopeRecord::Erased => Ok(Bytes::new()),
        EnvelopeRecord::Withheld => Err(BuildError::Withheld { index }),
    }
}

fn not_to_be_had<E>(part: String) -> impl FnOnce(E) -> BuildError<E> {
    move |cause| BuildError::Source { part, cause }
}

fn at_most<E>(what: &'static str, found: usize, limit: usize) -> Result<(), BuildError<E>> {
    if found > limit { Err(BuildError::TooMany { what, found, limit }) } else { Ok(()) }
}

/// The place of each item, in order.
fn places<T: Copy + Ord>(items: &BTreeSet<T>) -> BTreeMap<T, u32> {
    items.iter().copied().zip(0..).collect()
}
