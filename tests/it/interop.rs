//! A whole log verified by code that others wrote: the crates `signed_note` and `tlog_tiles`, over HTTP and
//! on the shared vectors. They check our notes, tiles and proofs, and we check theirs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use probant::hash::Digest;
use probant::merkle::{ConsistencyProof, EntryIndex, InclusionProof, TreeSize};
use probant::note::VerifierKey;
use probant::storage::MemoryStorage;
use signed_note::{Note, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::{
    Checkpoint, Error, Hash, HashReader, Tile, TileHashReader, TileReader, check_record,
    check_tree, prove_record, prove_tree, record_hash, stored_hashes_for_record_hash, tree_hash,
};

use crate::http_serving::HttpServing;
use crate::ledger_fixture::World;
use crate::tlog_vectors::{array, digest, entry, number, object, text, vectors};

/// The height of our tiles.
const HEIGHT: u8 = 8;

/// Our path of one of their tiles: the height is no part of it, and entries have a name of their own.
fn path(tile: &Tile) -> String {
    let theirs = tile.path();
    let rest = theirs.strip_prefix(&format!("tile/{HEIGHT}/")).unwrap();
    match rest.strip_prefix("data/") {
        Some(rest) => format!("tile/entries/{rest}"),
        None => format!("tile/{rest}"),
    }
}

fn hash(digest: &Digest) -> Hash {
    Hash(*digest.as_bytes())
}

fn hashes(proof: &[Digest]) -> Vec<Hash> {
    proof.iter().map(hash).collect()
}

fn digests(proof: &[Hash]) -> Vec<Digest> {
    proof.iter().map(|hash| Digest::new(hash.0)).collect()
}

/// A log that is fetched file by file, each once.
struct Fetched<F> {
    fetch: F,
    files: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl<F: Fn(&str) -> Vec<u8>> Fetched<F> {
    fn new(fetch: F) -> Self {
        Self { fetch, files: RefCell::default() }
    }

    fn file(&self, path: &str) -> Vec<u8> {
        let mut files = self.files.borrow_mut();
        files.entry(path.to_owned()).or_insert_with(|| (self.fetch)(path)).clone()
    }

    /// Their reader, which holds every tile to the root.
    fn reader(&self, size: u64, root: Hash) -> TileHashReader<'_>
    where
        Self: TileReader,
    {
        TileHashReader::new(size, root, self)
    }
}

impl<F: Fn(&str) -> Vec<u8>> TileReader for Fetched<F> {
    fn height(&self) -> u8 {
        HEIGHT
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        Ok(tiles.iter().map(|tile| self.file(&path(tile))).collect())
    }

    fn save_tiles(&self, _tiles: &[Tile], _data: &[Vec<u8>]) {}
}

/// Entries behind their lengths, as tlog-tiles bundles them.
fn unbundle(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    while let [high, low, rest @ ..] = bytes {
        let (entry, rest) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        entries.push(entry.to_vec());
        bytes = rest;
    }
    assert!(bytes.is_empty());
    entries
}

/// A note that one key has signed, read and verified by their code: the checkpoint in it.
pub(crate) fn checkpoint(note: &[u8], key: impl Verifier + 'static) -> Checkpoint {
    let note = Note::from_bytes(note).unwrap();
    let (verified, _) = note.verify(&VerifierList::new(vec![Box::new(key)])).unwrap();
    assert_eq!(verified.len(), 1);
    Checkpoint::from_bytes(note.text()).unwrap()
}

fn log_key(key: &VerifierKey) -> StandardVerifier {
    StandardVerifier::new(&key.to_string()).unwrap()
}

#[test]
fn a_whole_log_over_http_verifies_by_the_code_of_others() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    crate::http::declare(&world, &ledger, 0..530);
    let serving = runtime.block_on(HttpServing::start(ledger));
    let log = Fetched::new(|path: &str| {
        let reply = runtime.block_on(serving.get(path));
        assert_eq!(reply.status.as_u16(), 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
        reply.body
    });

    let newest = checkpoint(&log.file("checkpoint"), log_key(world.genesis.log_key()));
    assert_eq!(newest.origin(), world.genesis.origin().as_str());
    assert_eq!(newest.extension(), "");
    let (size, root) = (newest.size(), *newest.hash());
    assert!(size > 2 * 256, "{size} entries");

    // Every entry is the one whose hash is in the tree, and the tree is that of the checkpoint.
    let mut leaves = Vec::new();
    for tile in Tile::new_tiles(HEIGHT, 0, size).iter().filter(|tile| tile.level() == 0) {
        let mut bundle = *tile;
        bundle.set_is_data();
        let entries = unbundle(&log.file(&path(&bundle)));
        assert_eq!(entries.len(), tile.width() as usize);
        leaves.extend(entries.iter().map(|entry| record_hash(entry)));
    }
    assert_eq!(leaves.len() as u64, size);
    let stored = Stored::of(&leaves);
    assert_eq!(tree_hash(size, &stored).unwrap(), root);
    // So are the tiles.
    for tile in Tile::new_tiles(HEIGHT, 0, size) {
        let path = path(&tile);
        assert_eq!(log.file(&path), tile.read_data(&stored).unwrap(), "{path}");
    }
    let reader = log.reader(size, root);
    assert_eq!(tree_hash(size, &reader).unwrap(), root);

    let view = serving.ledger.view(None).unwrap();
    assert_eq!(view.size().get(), size);
    let sizes = [1, 2, 3, 100, 255, 256, 257, 300, 511, 512, 513, size - 1, size];
    let root_of: BTreeMap<u64, Hash> =
        sizes.iter().map(|size| (*size, tree_hash(*size, &reader).unwrap())).collect();
    for (of, root) in &root_of {
        // As whoever began at that size would read it: partial tiles that are full by now.
        let reader = log.reader(*of, *root);
        let of_tree = TreeSize::new(*of);
        for index in [0, 1, of / 2, 254, 255, 256, of - 1] {
            if index >= *of {
                continue;
            }
            let (leaf, at) = (leaves[index as usize], EntryIndex::new(index));
            let ours = view.inclusion_at(at, of_tree).unwrap();
            check_record(&hashes(&ours.0), *of, *root, index, leaf).unwrap();
            let theirs = InclusionProof(digests(&prove_record(*of, index, &reader).unwrap()));
            theirs
                .verify(Digest::new(leaf.0), at, of_tree, Digest::new(root.0))
                .unwrap_or_else(|error| panic!("entry {index} of {of}: {error}"));
            assert_eq!(theirs, ours, "entry {index} of {of}");
        }
        for (old, old_root) in root_of.range(..=of) {
            let old_tree = TreeSize::new(*old);
            let ours = view.consistency_at(old_tree, of_tree).unwrap();
            check_tree(&hashes(&ours.0), *of, *root, *old, *old_root).unwrap();
            let theirs = ConsistencyProof(digests(&prove_tree(*of, *old, &reader).unwrap()));
            theirs
                .verify(old_tree, Digest::new(old_root.0), of_tree, Digest::new(root.0))
                .unwrap_or_else(|error| panic!("{old} to {of}: {error}"));
            assert_eq!(theirs, ours, "{old} to {of}");
        }
    }

    // They would have noticed: what makes up the root is held to it.
    for tile in Tile::new_tiles(HEIGHT, 0, size).iter().filter(|it| it.width() < 256) {
        let file = path(tile);
        let bent = Fetched::new(|path: &str| {
            let mut bytes = log.file(path);
            bytes[0] ^= u8::from(path == file);
            bytes
        });
        let read = tree_hash(size, &bent.reader(size, root));
        assert!(matches!(read, Err(Error::InconsistentTile)), "{file}");
    }
    runtime.block_on(serving.stop());
}

/// Hashes in the order in which their code stores them.
#[derive(Default)]
struct Stored {
    leaves: u64,
    hashes: Vec<Hash>,
}

impl Stored {
    fn of(leaves: &[Hash]) -> Self {
        let mut stored = Self::default();
        for leaf in leaves {
            stored.append(*leaf);
        }
        stored
    }

    fn append(&mut self, leaf: Hash) {
        self.leaves += 1;
        let new = stored_hashes_for_record_hash(self.leaves - 1, leaf, self).unwrap();
        self.hashes.extend(new);
    }
}

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        Ok(indexes.iter().map(|index| self.hashes[*index as usize]).collect())
    }
}

#[test]
fn the_code_of_others_computes_the_trees_and_proofs_of_the_vectors() {
    let vectors = vectors("tlog.json");
    let roots: BTreeMap<u64, Digest> = object(&vectors["roots"])
        .iter()
        .map(|(size, root)| (size.parse().unwrap(), digest(root)))
        .collect();
    let (mut stored, last) = (Stored::default(), *roots.keys().last().unwrap());
    for size in 0..=last {
        if let Some(root) = roots.get(&size) {
            assert_eq!(tree_hash(size, &stored).unwrap(), hash(root), "{size}");
        }
        if size < last {
            stored.append(record_hash(&entry(size)));
        }
    }
    for (size, tiles) in object(&vectors["tiles"]) {
        let theirs = Tile::new_tiles(HEIGHT, 0, size.parse().unwrap());
        for (ours, expected) in object(tiles) {
            let tile = theirs.iter().find(|tile| path(tile) == *ours);
            let bytes = tile.unwrap_or_else(|| panic!("{ours} of {size}")).read_data(&stored);
            assert_eq!(Digest::of(&bytes.unwrap()).to_string(), text(expected), "{ours}");
        }
    }
    for vector in array(&vectors["inclusion"]) {
        let (index, size) = (number(&vector["index"]), number(&vector["size"]));
        let proof: Vec<Digest> = array(&vector["proof"]).iter().map(digest).collect();
        assert_eq!(digests(&prove_record(size, index, &stored).unwrap()), proof);
        let root = tree_hash(size, &stored).unwrap();
        check_record(&hashes(&proof), size, root, index, record_hash(&entry(index))).unwrap();
    }
    // They know of no proof from the empty tree, which has no hashes.
    let consistency = array(&vectors["consistency"]);
    for vector in consistency.iter().filter(|vector| number(&vector["old"]) > 0) {
        let [old, new] = ["old", "new"].map(|member| number(&vector[member]));
        let proof: Vec<Digest> = array(&vector["proof"]).iter().map(digest).collect();
        assert_eq!(digests(&prove_tree(new, old, &stored).unwrap()), proof, "{old} to {new}");
        let [old_root, new_root] = [old, new].map(|size| tree_hash(size, &stored).unwrap());
        check_tree(&hashes(&proof), new, new_root, old, old_root).unwrap();
    }
}

/// A witness's key. The crate knows nothing of cosignatures, so what was signed is put together here
/// (c2sp.org/tlog-cosignature); the signature is checked by it.
pub(crate) struct Cosigner {
    key: StandardVerifier,
    name: String,
    id: u32,
}

impl Cosigner {
    pub(crate) fn new(vkey: &str) -> Self {
        let mut parts = vkey.splitn(3, '+');
        let [name, id, key] = [(); 3].map(|()| parts.next().unwrap());
        let mut key = BASE64_STANDARD.decode(key).unwrap();
        assert_eq!(key[0], 4);
        key[0] = 1;
        let plain = format!(
            "{name}+{:08x}+{}",
            signed_note::key_id(name, &key),
            BASE64_STANDARD.encode(&key)
        );
        let key = StandardVerifier::new(&plain).unwrap();
        Self { key, name: name.to_owned(), id: u32::from_str_radix(id, 16).unwrap() }
    }
}

impl Verifier for Cosigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let Some((time, signature)) = signature.split_first_chunk() else { return false };
        let head = format!("cosignature/v1\ntime {}\n", u64::from_be_bytes(*time));
        self.key.verify(&[head.as_bytes(), text].concat(), signature)
    }
}

#[test]
fn the_code_of_others_reads_the_notes_of_the_vectors() {
    let vectors = vectors("tlog.json");
    let key = text(&vectors["log_vkey"]);
    for (size, note) in object(&vectors["checkpoints"]) {
        let note = text(note).as_bytes();
        let found = checkpoint(note, StandardVerifier::new(key).unwrap());
        assert_eq!(found.origin(), text(&vectors["origin"]));
        assert_eq!(found.size(), size.parse::<u64>().unwrap());
        assert_eq!(*found.hash(), hash(&digest(&vectors["roots"][size])));
        let mut bent = note.to_vec();
        bent[0] ^= 1;
        let bent = Note::from_bytes(&bent).unwrap();
        let known = VerifierList::new(vec![Box::new(StandardVerifier::new(key).unwrap())]);
        bent.verify(&known).unwrap_err();
    }
    let lines: String =
        array(&vectors["cosignatures_257"]).iter().map(|it| text(&it["line"])).collect();
    let note = text(&vectors["checkpoints"]["257"]).to_owned() + &lines;
    for witness in array(&vectors["witnesses"]) {
        let found = checkpoint(note.as_bytes(), Cosigner::new(text(&witness["vkey"])));
        assert_eq!(found.size(), 257);
    }
}
