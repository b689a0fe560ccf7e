//! How a writer begins: it claims the store, and believes nothing in it before it has recomputed it.

use std::sync::Arc;

use crate::entry::{Body, Entry};
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::ledger::guard::Guard;
use crate::ledger::log_reader::LogReader;
use crate::ledger::nodes::{Edge, Nodes, TileCache};
use crate::ledger::open_error::OpenError;
use crate::ledger::published::Published;
use crate::ledger::records::RecordCache;
use crate::ledger::shared::of_build;
use crate::ledger::store_error::StoreError;
use crate::ledger::tip::Tip;
use crate::log_key::LogKeys;
use crate::merkle::{self, EntryIndex, TILE_WIDTH, TileBuilder, TileSource, TreeSize, leaf_hash};
use crate::registry::Registry;
use crate::storage::{Head, Table, index_key, parse_index_key};

/// Trust records read at once.
const SCAN_RECORDS: usize = 1024;

/// A log that was found whole.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) tip: Tip,
    pub(super) published: Published,
}

/// The genesis document of the ledger in a store; checked against entry 0, which [`recover`] checks
/// against the tree.
pub(super) fn read_genesis(log: &LogReader) -> Result<Genesis, OpenError> {
    let entry = log.decoded_entry(EntryIndex::FIRST)?;
    let Body::Genesis { origin, digest } = entry.body() else {
        return Err(StoreError::Missing { what: "genesis at entry", index: 0 }.into());
    };
    let document = log.payload(EntryIndex::FIRST)?;
    let document = document.ok_or(StoreError::Missing { what: "payload of entry", index: 0 })?;
    let genesis = Genesis::parse(&document)?;
    StoreError::expect_same("digest of the genesis document", digest, genesis.digest())?;
    StoreError::expect_same("origin", origin.as_str(), genesis.origin().as_str())?;
    Ok(genesis)
}

/// The log that ends with `head`. The right edge, the last seal and the subject map are recomputed
/// from entries and rows; the checkpoint must be over just that, signed by the log key, and
/// every handover of it under a tree that begins it. Genesis and seal, which the writer goes on from, are proved to be in the tree, wherever in it they stand.
pub(super) fn recover(
    log: &LogReader,
    tiles: &TileCache,
    keys: &LogKeys,
    head: Head,
) -> Result<Recovered, StoreError> {
    let size = TreeSize::new(head.size);
    let published = Published::read(keys, log, size, None)?
        .ok_or(StoreError::Missing { what: "checkpoint", index: size.get() })?;
    StoreError::expect_same("checkpoint of the head", &*published.note, head.checkpoint.as_str())?;
    StoreError::expect_same("map root of the head", &published.map.root(), &head.map_root)?;

    let partial = LastEntries::read(log, size)?;
    let edge = RecomputedEdge { tiles, leaves: partial.leaves.into() };
    let builder = TileBuilder::resume(&edge, size)
        .map_err(|cause| StoreError::malformed("right edge of size", size.get(), cause))?;
    StoreError::expect_same("root of the head", &builder.root(), &head.root)?;
    StoreError::expect_same(
        "root of the checkpoint",
        &builder.root(),
        &published.checkpoint.root(),
    )?;

    let edge = Edge::of(&builder);
    let nodes = Nodes { cache: tiles, edge: &edge };
    let genesis_leaf = leaf_hash(&log.entry(EntryIndex::FIRST)?);
    check_included(&nodes, EntryIndex::FIRST, genesis_leaf, &builder)?;
    let leaf_hash = leaf_hash(&published.seal_bytes);
    check_included(&nodes, published.seal, leaf_hash, &builder)?;
    for handover in keys.handovers() {
        let found = merkle::root(&nodes, handover.size())?;
        StoreError::expect_same("root of a handover", &found, &handover.checkpoint().root())?;
    }
    let tip = Tip {
        head: Some(head),
        leaf_hash,
        time: published.seal_entry.time(),
        seal: published.seal,
        tiles: builder,
        map: published.map.clone(),
    };
    Ok(Recovered { tip, published })
}

/// Checks that the tree has this leaf at `index`. The recomputed edge alone does not say so of what
/// lies in full tiles, which may be where the last entry is.
fn check_included(
    nodes: &Nodes<'_>,
    index: EntryIndex,
    leaf: Digest,
    tree: &TileBuilder,
) -> Result<(), StoreError> {
    let proof = merkle::inclusion_proof(nodes, index, tree.size()).map_err(of_build)?;
    proof
        .verify(leaf, index, tree.size(), tree.root())
        .map_err(|cause| StoreError::malformed("place of entry", index.get(), cause))
}

/// The registry of all trust records below `size`.
pub(super) fn read_registry(
    log: &LogReader,
    records: &RecordCache,
    genesis: &Genesis,
    size: TreeSize,
) -> Result<Registry, StoreError> {
    let mut registry = Registry::new(genesis);
    let (mut from, until) = (0, index_key(size.get()));
    loop {
        let found =
            log.storage().scan(Table::Trust, &index_key(from), Some(&until), SCAN_RECORDS)?;
        for (key, _) in &found {
            let index = parse_index_key(key)
                .map_err(|cause| StoreError::malformed("trust record", from, cause))?;
            registry.apply(&*records.record(EntryIndex::new(index), &registry)?);
            from = index.saturating_add(1);
        }
        if found.len() < SCAN_RECORDS {
            return Ok(registry);
        }
    }
}

/// Checks the store against the guard, if there is one.
pub(super) fn check_guard(
    guard: Option<&Guard>,
    keys: &LogKeys,
    tip: &Tip,
    tiles: &TileCache,
) -> Result<(), OpenError> {
    let Some(guard) = guard else { return Ok(()) };
    let edge = Edge::of(&tip.tiles);
    let nodes = Nodes { cache: tiles, edge: &edge };
    guard.check(keys, tip.size(), |size| Ok(merkle::root(&nodes, size)?))
}

/// The entries behind the last full tile: they are a chain of hashes that ends with the seal.
struct LastEntries {
    leaves: Vec<Digest>,
}

impl LastEntries {
    fn read(log: &LogReader, size: TreeSize) -> Result<Self, StoreError> {
        let start = size.get() - size.get() % u64::from(TILE_WIDTH);
        let entries = log.entries(start..size.get())?;
        let mut before: Option<(Digest, Entry)> = None;
        let mut leaves = Vec::with_capacity(entries.len());
        for (index, bytes) in (start..).zip(&entries) {
            let entry = Entry::decode(bytes)
                .map_err(|cause| StoreError::malformed("entry", index, cause))?;
            if let Some((expected, before)) = &before {
                StoreError::expect_same("hash of the entry before", expected, entry.prev())?;
                StoreError::expect_same(
                    "later of two entry times",
                    &entry.time().max(before.time()),
                    &entry.time(),
                )?;
            }
            let leaf = leaf_hash(bytes);
            leaves.push(leaf);
            before = Some((leaf, entry));
        }
        Ok(Self { leaves })
    }
}

/// Partial tiles, computed: the lowest from entries, each higher one from the full tiles below it.
struct RecomputedEdge<'a> {
    tiles: &'a TileCache,
    leaves: Arc<[Digest]>,
}

impl TileSource for RecomputedEdge<'_> {
    type Error = StoreError;

    fn tile(&self, level: u8, index: u64) -> Result<Arc<[Digest]>, StoreError> {
        let Some(below) = level.checked_sub(1) else { return Ok(Arc::clone(&self.leaves)) };
        let width = u64::from(TILE_WIDTH);
        let mut hashes = Vec::new();
        for child in (index.saturating_mul(width)..).take(usize::from(TILE_WIDTH)) {
            match self.tiles.root_of_full(below, child) {
                Ok(root) => hashes.push(root),
                // Behind the last full tile; `TileBuilder` knows how many there must be.
                Err(StoreError::Missing { .. }) => break,
                Err(other) => return Err(other),
            }
        }
        Ok(hashes.into())
    }
}
