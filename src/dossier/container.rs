//! A dossier taken apart: tables in order, positions that lead somewhere, nothing that nothing
//! calls for (formats.md, section 6, step 1). Nothing in it is proved yet.

use prost::bytes::Bytes;

use crate::dossier::container_error::ContainerError;
use crate::dossier::wire;
use crate::entry::Entry;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::map::MapKey;
use crate::merkle::{ConsistencyProof, EntryIndex, InclusionProof, leaf_hash};
use crate::proto;

/// A dossier in its one form. What it claims is not proved.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// The log's name.
    pub(super) origin: String,
    /// The normalised query, canonical JSON.
    pub(super) query: Bytes,
    /// The signed checkpoint.
    pub(super) checkpoint: String,
    /// The seal's bytes.
    pub(super) seal: Bytes,
    /// Strictly ascending by class, then by the text of the URI.
    pub(super) chains: Vec<Chain>,
    /// Strictly ascending by index; each is in a chain.
    pub(super) entries: Vec<TableEntry>,
    /// Positions in `hashes`.
    pub(super) seal_inclusion: Vec<u32>,
    /// Strictly ascending; each is in a proof.
    pub(super) hashes: Vec<Digest>,
    /// The policy, empty if none could be selected.
    pub(super) policy: Bytes,
    /// The verdict, canonical JSON.
    pub(super) verdict: Bytes,
    /// In order.
    pub(super) handovers: Vec<HeldHandover>,
}

/// A handover of the log key, as the dossier claims.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HeldHandover {
    /// The handover.
    pub(super) bytes: Bytes,
    /// Positions in the dossier's `hashes`.
    pub(super) consistency: Vec<u32>,
}

/// All entries of a subject in one class, as the dossier claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Which of the subject's chains.
    pub class: Class,
    /// The subject.
    pub uri: SubjectUri,
    /// Bytes of the map proof. They are decoded where they are verified: 35 of them can stand for
    /// eight thousand.
    pub(super) map_proof: Bytes,
    /// Places in the dossier's table, strictly ascending.
    pub(super) places: Vec<u32>,
}

/// An entry of the dossier's table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableEntry {
    /// Its position in the log, as the dossier claims.
    pub index: EntryIndex,
    /// The entry.
    pub entry: Entry,
    /// Its leaf hash.
    pub leaf: Digest,
    /// The envelope record's bytes; `None` if it was erased.
    pub(super) record: Option<Bytes>,
    /// Positions in the dossier's `hashes`.
    pub(super) inclusion: Vec<u32>,
}

impl Container {
    /// Takes a dossier apart.
    pub fn decode(bytes: &[u8]) -> Result<Self, ContainerError> {
        let message = wire::decode(bytes)?;
        let chains = numbered(message.subjects, chain)?;
        let entries =
            message.entries.into_iter().map(table_entry).collect::<Result<Vec<_>, _>>()?;
        let hashes = numbered(message.hashes, hash)?;
        let container = Self {
            origin: message.origin,
            query: message.query,
            checkpoint: message.checkpoint,
            seal: message.seal,
            chains,
            entries,
            seal_inclusion: message.seal_inclusion,
            hashes,
            policy: message.policy,
            verdict: message.verdict,
            handovers: message.handovers.into_iter().map(handover).collect(),
        };
        container.check_order()?;
        container.check_use()?;
        Ok(container)
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The normalised query, as canonical JSON.
    pub fn query(&self) -> &[u8] {
        &self.query
    }

    /// The policy's bytes, empty if none could be selected.
    pub fn policy(&self) -> &[u8] {
        &self.policy
    }

    /// The verdict, as canonical JSON.
    pub fn verdict(&self) -> &[u8] {
        &self.verdict
    }

    /// The signed checkpoint.
    pub fn checkpoint(&self) -> &str {
        &self.checkpoint
    }

    /// The chains, by class, then by URI.
    pub fn chains(&self) -> &[Chain] {
        &self.chains
    }

    /// The entries, by index.
    pub fn entries(&self) -> &[TableEntry] {
        &self.entries
    }

    /// The entries of a chain of this dossier, in order.
    pub fn entries_of<'a>(&'a self, chain: &'a Chain) -> impl Iterator<Item = &'a TableEntry> {
        chain.places.iter().filter_map(|place| self.entries.get(usize_of(*place)))
    }

    /// The handovers of the log key, byte for byte, in order.
    pub fn handovers(&self) -> impl Iterator<Item = &[u8]> {
        self.handovers.iter().map(|handover| handover.bytes.as_ref())
    }

    /// The seal's bytes.
    pub(crate) fn seal_bytes(&self) -> &[u8] {
        &self.seal
    }

    /// The inclusion proof of the seal.
    pub(crate) fn seal_proof(&self) -> InclusionProof {
        self.proof(&self.seal_inclusion)
    }

    /// The inclusion proof of an entry of this dossier.
    pub(crate) fn inclusion(&self, entry: &TableEntry) -> InclusionProof {
        self.proof(&entry.inclusion)
    }

    /// The inclusion proof that these positions spell.
    pub(super) fn proof(&self, positions: &[u32]) -> InclusionProof {
        InclusionProof(self.spell(positions))
    }

    /// The consistency proof that these positions spell.
    pub(super) fn consistency(&self, positions: &[u32]) -> ConsistencyProof {
        ConsistencyProof(self.spell(positions))
    }

    /// The hashes at these positions. They were checked to lead somewhere.
    fn spell(&self, positions: &[u32]) -> Vec<Digest> {
        let hashes = positions.iter().filter_map(|place| self.hashes.get(usize_of(*place)));
        hashes.copied().collect()
    }

    /// The positions of all proofs.
    fn proofs(&self) -> impl Iterator<Item = &Vec<u32>> {
        let inclusion = self.entries.iter().map(|entry| &entry.inclusion);
        let consistency = self.handovers.iter().map(|handover| &handover.consistency);
        inclusion.chain(consistency).chain([&self.seal_inclusion])
    }

    fn check_order(&self) -> Result<(), ContainerError> {
        ascending("subject", self.chains.iter().map(|chain| (chain.class, chain.uri.as_str())))?;
        ascending("entry", self.entries.iter().map(|entry| entry.index))?;
        ascending("hash", self.hashes.iter())?;
        self.chains.iter().try_for_each(|chain| ascending("entry of a subject", &chain.places))
    }

    fn check_use(&self) -> Result<(), ContainerError> {
        let places = self.chains.iter().flat_map(|chain| &chain.places);
        all_used("a subject", "entry", self.entries.len(), places)?;
        let positions = self.proofs().flatten();
        all_used("a proof", "hash", self.hashes.len(), positions)
    }
}

impl Chain {
    /// The chain's key in the subject map.
    pub fn key(&self) -> MapKey {
        SubjectKey::of(self.class, &self.uri).digest()
    }

    /// The bytes of its map proof.
    pub(crate) fn map_proof_bytes(&self) -> &[u8] {
        &self.map_proof
    }

    /// How many entries it has, as the dossier claims.
    pub const fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether the dossier claims that there is no such chain.
    pub const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl TableEntry {
    /// Whether the dossier says that the envelope was erased.
    pub const fn is_erased(&self) -> bool {
        self.record.is_none()
    }

    /// The envelope record's bytes; `None` if it was erased.
    pub fn record(&self) -> Option<&[u8]> {
        self.record.as_deref()
    }
}

fn numbered<T, U>(
    items: Vec<T>,
    read: impl Fn(usize, T) -> Result<U, ContainerError>,
) -> Result<Vec<U>, ContainerError> {
    items.into_iter().enumerate().map(|(place, item)| read(place, item)).collect()
}

fn chain(place: usize, message: proto::SubjectChain) -> Result<Chain, ContainerError> {
    let found = message.class;
    let class = Class::EVERY.into_iter().find(|class| u32::from(class.byte()) == found);
    let class = class.ok_or(ContainerError::Class { place, found })?;
    let uri = message.uri.parse().map_err(|cause| ContainerError::Uri { place, cause })?;
    Ok(Chain { class, uri, map_proof: message.map_proof, places: message.entries })
}

fn handover(message: proto::DossierHandover) -> HeldHandover {
    HeldHandover { bytes: message.handover, consistency: message.consistency }
}

fn table_entry(message: proto::DossierEntry) -> Result<TableEntry, ContainerError> {
    let index = EntryIndex::new(message.index);
    let entry = Entry::decode(&message.entry);
    let entry = entry.map_err(|cause| ContainerError::Entry { index, cause })?;
    let leaf = leaf_hash(&message.entry);
    let record = (!message.record.is_empty()).then_some(message.record);
    Ok(TableEntry { index, entry, leaf, record, inclusion: message.inclusion })
}

#[expect(clippy::needless_pass_by_value, reason = "one of the readers of `numbered`")]
fn hash(place: usize, bytes: Bytes) -> Result<Digest, ContainerError> {
    let hash: Result<[u8; 32], _> = bytes.as_ref().try_into();
    hash.map(Digest::new).map_err(|_cause| ContainerError::HashLength { place, found: bytes.len() })
}

fn ascending<T: PartialOrd>(
    what: &'static str,
    items: impl IntoIterator<Item = T>,
) -> Result<(), ContainerError> {
    let mut before = None;
    for (place, item) in items.into_iter().enumerate() {
        if before.is_some_and(|before| before >= item) {
            return Err(ContainerError::Order { what, place });
        }
        before = Some(item);
    }
    Ok(())
}

/// Checks that `positions` lead into a table of `length`, and together to every place in it.
fn all_used<'a>(
    user: &'static str,
    table: &'static str,
    length: usize,
    positions: impl Iterator<Item = &'a u32>,
) -> Result<(), ContainerError> {
    let mut is_called_for = vec![false; length];
    for found in positions {
        match is_called_for.get_mut(usize_of(*found)) {
            Some(is_used) => *is_used = true,
            None => return Err(ContainerError::Position { what: user, found: *found, length }),
        }
    }
    match is_called_for.iter().position(|is_used| !is_used) {
        Some(place) => Err(ContainerError::Unused { what: table, place }),
        None => Ok(()),
    }
}

fn usize_of(place: u32) -> usize {
    // What does not fit is beyond every table.
    usize::try_from(place).unwrap_or(usize::MAX)
}
