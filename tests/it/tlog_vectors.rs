//! Holds hashing, proofs, tiles, keys and notes to the shared vectors, good ones and bad ones.
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use probant::encoding::{Reader, Writer, base64_decode, base64_encode};
use probant::hash::Digest;
use probant::key::{KeyError, KeyId, PrivateKey, PublicKey, Signature, Signer as _};
use probant::merkle::{
    ConsistencyProof, EntryIndex, InclusionProof, Tile, TileBuilder, TileId, TileKind, TileReader,
    TileSource, TreeSize, consistency_proof, inclusion_proof, leaf_hash, root,
};
use probant::note::{
    AddCheckpoint, Checkpoint, CheckpointError, KeyType, Note, NoteSignature, QuorumError,
    TlogProof, TlogProofError, VerifiedCheckpoint, VerifierKey, WitnessPolicy, cosign,
};
use probant::time::Timestamp;
use serde_json::Value;

const LAST_SIZE: u64 = 70_000;

/// A log of the vectors' entries, as a tiled store would hold it, remembered at every size that the
/// vectors ask for.
struct Log {
    tiles: BTreeMap<(u8, u64), Arc<[Digest]>>,
    states: BTreeMap<u64, State>,
}

/// What the builder said of the tree at one size.
struct State {
    root: Digest,
    partial: Vec<Tile>,
}

impl Log {
    fn grow(sizes: &[u64]) -> Self {
        let mut log = Self { tiles: BTreeMap::new(), states: BTreeMap::new() };
        let mut builder = TileBuilder::default();
        for size in 0..=LAST_SIZE {
            if sizes.contains(&size) {
                let state = State { root: builder.root(), partial: builder.partial_tiles() };
                log.states.insert(size, state);
            }
            for tile in builder.append(leaf_hash(&entry(size))) {
                assert!(tile.id().is_full());
                log.keep(&tile);
            }
        }
        for tile in &log.states[&LAST_SIZE].partial.clone() {
            log.keep(tile);
        }
        log
    }

    fn keep(&mut self, tile: &Tile) {
        let place = (tile.id().kind().level(), tile.id().index());
        self.tiles.insert(place, Arc::clone(tile.hashes()));
    }

    /// The bytes to be served under a tile's name: any width is a prefix of the tile it grows into.
    fn bytes(&self, id: TileId) -> Vec<u8> {
        let hashes = &self.tiles[&(id.kind().level(), id.index())];
        Tile::new(id, hashes[..usize::from(id.width())].into()).unwrap().to_bytes()
    }
}

impl TileSource for Log {
    type Error = String;

    fn tile(&self, level: u8, index: u64) -> Result<Arc<[Digest]>, String> {
        self.tiles.get(&(level, index)).cloned().ok_or_else(|| format!("tile {level}/{index}"))
    }
}

pub(crate) fn entry(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

#[test]
fn roots_tiles_and_proofs_are_those_of_the_vectors() {
    let vectors = vectors("tlog.json");
    let roots = object(&vectors["roots"]);
    let sizes: Vec<u64> = roots.keys().map(|size| size.parse().unwrap()).collect();
    assert!(sizes.len() >= 19 && sizes.contains(&LAST_SIZE), "{sizes:?}");
    let log = Log::grow(&sizes);
    let reader = TileReader::new(&log);

    for (size, expected) in roots {
        let size = size.parse().unwrap();
        assert_eq!(log.states[&size].root, digest(expected), "root of {size} as built");
        assert_eq!(root(&reader, TreeSize::new(size)), Ok(digest(expected)), "root of {size}");
    }

    for (size, tiles) in object(&vectors["tiles"]) {
        let in_tree: Vec<TileId> = TileId::hashes_in_tree(size.parse().unwrap()).collect();
        for (path, expected) in object(tiles) {
            let id: TileId = path.parse().unwrap();
            assert!(in_tree.contains(&id), "{path} in a tree of {size}");
            let bytes = log.bytes(id);
            assert_eq!(Digest::of(&bytes).to_string(), text(expected), "{path}");
            assert_eq!(Tile::parse(id, &bytes).unwrap().to_bytes(), bytes);
        }
        if let Some(state) = log.states.get(&size.parse().unwrap()) {
            let partial: Vec<TileId> = in_tree.into_iter().filter(|id| !id.is_full()).collect();
            let built: Vec<TileId> = state.partial.iter().map(Tile::id).collect();
            assert_eq!(built, partial, "partial tiles of {size}");
            for tile in &state.partial {
                assert_eq!(tile.to_bytes(), log.bytes(tile.id()));
            }
        }
    }

    for vector in array(&vectors["inclusion"]) {
        let (index, size) = (number(&vector["index"]), TreeSize::new(number(&vector["size"])));
        let (leaf, index) = (leaf_hash(&entry(index)), EntryIndex::new(index));
        let proof = InclusionProof(array(&vector["proof"]).iter().map(digest).collect());
        assert_eq!(inclusion_proof(&reader, index, size), Ok(proof.clone()));
        let root = root(&reader, size).unwrap();
        assert_eq!(proof.verify(leaf, index, size, root), Ok(()));
        each_change(&proof.0, |hashes| {
            InclusionProof(hashes).verify(leaf, index, size, root).unwrap_err();
        });
    }

    for vector in array(&vectors["consistency"]) {
        let [old, new] = ["old", "new"].map(|member| TreeSize::new(number(&vector[member])));
        let proof = ConsistencyProof(array(&vector["proof"]).iter().map(digest).collect());
        assert_eq!(consistency_proof(&reader, old, new), Ok(proof.clone()), "{old} to {new}");
        let (old_root, new_root) = (root(&reader, old).unwrap(), root(&reader, new).unwrap());
        assert_eq!(proof.verify(old, old_root, new, new_root), Ok(()), "{old} to {new}");
        each_change(&proof.0, |hashes| {
            ConsistencyProof(hashes).verify(old, old_root, new, new_root).unwrap_err();
        });
    }
}

#[test]
fn entries_are_bundled_and_hashed_as_in_the_vectors() {
    let vectors = vectors("tlog.json");
    for (path, expected) in object(&vectors["bundles_sha256"]) {
        let id: TileId = path.parse().unwrap();
        assert_eq!(id.kind(), TileKind::Entries);
        let first = id.first_entry().unwrap().get();
        let bytes = bundle((first..first + u64::from(id.width())).map(entry));
        assert_eq!(Digest::of(&bytes).to_string(), text(expected), "{path}");
    }
    let bytes = bundle((0..3).map(entry));
    assert_eq!(hex::encode(&bytes), text(&vectors["bundle_3_hex"]));
    let mut reader = Reader::new(&bytes);
    for index in 0..3 {
        assert_eq!(reader.bytes_u16("entry"), Ok(entry(index).as_slice()));
    }
    assert_eq!(reader.finish(), Ok(()));

    let edges = &vectors["edge_leaf_hashes"];
    assert_eq!(leaf_hash(b"").to_string(), text(&edges["empty"]));
    assert_eq!(leaf_hash(&vec![0; 65_535]).to_string(), text(&edges["65535 zero bytes"]));
    assert_eq!(hex::encode(bundle([Vec::new()])), text(&edges["bundle of one empty entry"]));
}

#[test]
fn checkpoints_are_signed_and_verified_as_in_the_vectors() {
    let vectors = vectors("tlog.json");
    let (signer, log) = log_key(&vectors);
    assert_eq!(log.to_string(), text(&vectors["log_vkey"]));
    assert_eq!(log.key_type(), KeyType::Ed25519);
    assert_eq!(log.public_key(), signer.public_key());

    for (size, note) in object(&vectors["checkpoints"]) {
        let root = digest(&vectors["roots"][size]);
        let checkpoint = Checkpoint::new(log.name().clone(), size.parse().unwrap(), root).unwrap();
        // Ed25519 is deterministic: the same checkpoint is the same bytes.
        assert_eq!(checkpoint.sign(&signer).unwrap().to_string(), text(note));
        let verified = VerifiedCheckpoint::verify(text(note).as_bytes(), &log).unwrap();
        assert_eq!(verified.checkpoint(), &checkpoint);
        assert_eq!(verified.note().to_string(), text(note));
    }
    let origin = Digest::of(log.name().as_str().as_bytes());
    assert_eq!(origin.to_string(), text(&vectors["monitoring_prefix_origin_hash"]));
}

#[test]
fn cosignatures_are_made_and_counted_as_in_the_vectors() {
    let vectors = vectors("tlog.json");
    let (_, log) = log_key(&vectors);
    let note = text(&vectors["checkpoints"]["257"]);
    let checkpoint = VerifiedCheckpoint::verify(note.as_bytes(), &log).unwrap();

    let mut policy = vec![format!("log {log}")];
    let mut cosigned = note.to_owned();
    let cosignatures = array(&vectors["cosignatures_257"]);
    assert_eq!(cosignatures.len(), 3);
    for (place, (witness, expected)) in
        array(&vectors["witnesses"]).iter().zip(cosignatures).enumerate()
    {
        let signer = PrivateKey::from_seed(bytes_32(&witness["seed_hex"]));
        let key: VerifierKey = text(&witness["vkey"]).parse().unwrap();
        assert_eq!(key.to_string(), text(&witness["vkey"]));
        assert_eq!(key.name().as_str(), text(&witness["name"]));
        assert_eq!(key.key_type(), KeyType::CosignatureV1);
        let time = at(number(&expected["time"]));
        let line = cosign(&checkpoint, key.name(), time, &signer).unwrap();
        assert_eq!(format!("{line}\n"), text(&expected["line"]));
        assert_eq!(NoteSignature::parse_lines(text(&expected["line"])), Ok(vec![line]));
        policy.push(format!("witness w{place} {key}"));
        cosigned += text(&expected["line"]);
    }
    policy.push("group g 2 w0 w1 w2\nquorum g\n".to_owned());

    let policy = WitnessPolicy::parse(policy.join("\n").as_bytes()).unwrap();
    let second = number(&cosignatures[1]["time"]);
    let cosigned = VerifiedCheckpoint::verify(cosigned.as_bytes(), &log).unwrap();
    let verdict = policy.verify(cosigned, at(second + 1)).unwrap();
    assert_eq!(verdict.witnessed_at(), Some(at(second)));
    assert_eq!(verdict.cosigners().len(), 3);
    let error = policy.verify(checkpoint, at(second + 1)).unwrap_err();
    assert_eq!(error, QuorumError::NotMet { found: 0, known: 3 });
}

#[test]
fn proofs_and_requests_of_the_vectors_read_back_and_verify() {
    let vectors = vectors("tlog.json");
    let (_, log) = log_key(&vectors);

    let file = text(&vectors["tlog_proof_256_of_257"]);
    let proof = TlogProof::parse(file.as_bytes()).unwrap();
    assert_eq!(proof.to_string(), file);
    assert_eq!(proof.extra.as_deref(), Some(&b"application extra"[..]));
    let checkpoint = VerifiedCheckpoint::of_note(proof.checkpoint.clone(), &log).unwrap();
    let leaf = leaf_hash(&entry(256));
    let included = checkpoint.include(leaf, proof.index, &proof.proof).unwrap();
    assert!(included.is_under(&checkpoint));
    // Its extra data is not its entry; with the entry in that place it is a receipt.
    assert!(matches!(proof.clone().verify(&log), Err(TlogProofError::Proof(_))));
    let receipt = TlogProof { extra: Some(entry(256)), ..proof };
    let proven = receipt.verify(&log).unwrap();
    assert_eq!((proven.entry(), proven.included()), (entry(256).as_slice(), included));

    let file = text(&vectors["tlog_proof_0_of_1"]);
    let proof = TlogProof::parse(file.as_bytes()).unwrap();
    assert_eq!((proof.to_string().as_str(), &proof.extra), (file, &None));
    assert_eq!(proof.verify(&log), Err(TlogProofError::NoEntry));

    for (name, old) in
        [("add_checkpoint_body_256_to_257", 256), ("add_checkpoint_body_0_to_1", 0_u64)]
    {
        let request = AddCheckpoint::parse(text(&vectors[name]).as_bytes()).unwrap();
        assert_eq!(request.to_string(), text(&vectors[name]));
        assert_eq!(request.old_size, TreeSize::new(old));
        let checkpoint = VerifiedCheckpoint::of_note(request.checkpoint, &log).unwrap();
        let old_root = digest(&vectors["roots"][old.to_string()]);
        let old = Checkpoint::new(log.name().clone(), request.old_size, old_root).unwrap();
        assert_eq!(checkpoint.extends(&old, &request.proof), Ok(()));
    }
}

#[test]
fn no_byte_of_a_receipt_or_request_can_be_changed_unseen() {
    let vectors = vectors("tlog.json");
    let (_, log) = log_key(&vectors);
    let proof = TlogProof::parse(text(&vectors["tlog_proof_256_of_257"]).as_bytes()).unwrap();
    let receipt = TlogProof { extra: Some(entry(256)), ..proof }.to_string();
    let log_part = receipt.find("\n— w0.").unwrap();
    each_byte(receipt.as_bytes(), |place, changed| {
        let verdict = TlogProof::parse(&changed).and_then(|proof| {
            assert_eq!(proof.to_string().as_bytes(), changed, "a second form, byte {place}");
            proof.verify(&log)
        });
        // Lines of witnesses are foreign to the log's key, and for a policy to judge.
        assert!(verdict.is_err() || place > log_part, "byte {place}");
    });

    let request = text(&vectors["add_checkpoint_body_256_to_257"]);
    let old_root = digest(&vectors["roots"]["256"]);
    each_byte(request.as_bytes(), |place, changed| {
        let Ok(request) = AddCheckpoint::parse(&changed) else { return };
        assert_eq!(request.to_string().as_bytes(), changed, "a second form, byte {place}");
        let Ok(checkpoint) = VerifiedCheckpoint::of_note(request.checkpoint, &log) else { return };
        let old = Checkpoint::new(log.name().clone(), request.old_size, old_root).unwrap();
        assert!(checkpoint.extends(&old, &request.proof).is_err(), "byte {place}");
    });
}

#[test]
fn keys_have_the_ids_and_the_files_of_the_vectors() {
    let vectors = vectors("ledger.json");
    let keys = array(&vectors["keys"]);
    assert!(!keys.is_empty());
    for vector in keys {
        let private = PrivateKey::from_seed(bytes_32(&vector["seed_hex"]));
        let public = *private.public_key();
        assert_eq!(hex::encode(public.as_bytes()), text(&vector["public_key_hex"]));
        assert_eq!(public.id().to_string(), text(&vector["keyid"]));
        assert_eq!(text(&vector["keyid"]).parse::<KeyId>(), Ok(public.id()));
        assert_eq!(public.to_pem(), text(&vector["public_pem"]));
        assert_eq!(PublicKey::from_pem(text(&vector["public_pem"])), Ok(public));
        assert_eq!(*private.to_pem(), text(&vector["private_pem"]));
        let read = PrivateKey::from_pem(text(&vector["private_pem"])).unwrap();
        assert_eq!(read.public_key(), &public);
    }
}

#[test]
fn signatures_count_exactly_where_the_vectors_say() {
    let vectors = vectors("ledger.json");
    let mut valid = 0;
    let signatures = array(&vectors["signatures"]);
    for vector in signatures {
        let [key, message, signature] = ["public_key_hex", "message_hex", "signature_hex"]
            .map(|member| hex::decode(text(&vector[member])).unwrap());
        let verdict = PublicKey::parse(&key)
            .and_then(|key| key.verify(&message, &Signature::parse(&signature)?));
        assert_eq!(verdict.is_ok(), vector["valid"].as_bool().unwrap(), "{}", vector["what"]);
        if vector["what"] == "63 bytes" {
            assert_eq!(verdict, Err(KeyError::SignatureLength { found: 63 }));
        }
        valid += usize::from(verdict.is_ok());
    }
    assert!(valid >= 2 && signatures.len() - valid >= 9, "{valid} of {}", signatures.len());
}

#[test]
fn the_checkpoints_and_receipts_of_the_ledger_verify() {
    let vectors = vectors("ledger.json");
    let log: VerifierKey = text(&vectors["log_vkey"]).parse().unwrap();
    for seal in array(&vectors["seals"]) {
        let note = text(&seal["checkpoint"]);
        let checkpoint = VerifiedCheckpoint::verify(note.as_bytes(), &log).unwrap();
        assert_eq!(checkpoint.origin().as_str(), text(&vectors["origin"]));
        assert_eq!(checkpoint.size().get(), number(&seal["tree_size"]));
        assert_eq!(checkpoint.root().to_string(), text(&seal["root"]));
    }
    let receipt = text(&vectors["receipt_of_entry_6"]);
    let proven = TlogProof::parse(receipt.as_bytes()).unwrap().verify(&log).unwrap();
    assert_eq!(proven.included().index(), EntryIndex::new(6));
}

#[test]
fn what_the_vectors_call_invalid_is_refused_for_the_rule_they_name() {
    let vectors = vectors("ledger.json");
    let log: VerifierKey = text(&vectors["log_vkey"]).parse().unwrap();
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    for vector in array(&vectors["invalid"]) {
        let kind = text(&vector["kind"]);
        let found = match kind {
            "checkpoint" => refused_checkpoint(text(&vector["text"]), &log),
            "vkey" => text(&vector["text"]).parse::<VerifierKey>().err().map(|_| "5.vkey"),
            "tile_path" => text(&vector["text"]).parse::<TileId>().err().map(|_| "5.tile-path"),
            "tlog_proof" => TlogProof::parse(text(&vector["text"]).as_bytes())
                .and_then(|proof| proof.verify(&log))
                .err()
                .map(|_| "6.tlog-proof"),
            _ => continue,
        };
        assert_eq!(found, Some(text(&vector["rule"])), "{kind}: {}", vector["what"]);
        *refused.entry(kind).or_default() += 1;
    }
    let expected = [("checkpoint", 16), ("tile_path", 12), ("tlog_proof", 8), ("vkey", 5)];
    for (kind, least) in expected {
        assert!(refused.get(kind).is_some_and(|count| *count >= least), "{refused:?}");
    }
}

/// The rule for which a checkpoint is refused; `None` if it isn't.
fn refused_checkpoint(note: &str, log: &VerifierKey) -> Option<&'static str> {
    match VerifiedCheckpoint::verify(note.as_bytes(), log) {
        Ok(_) => None,
        Err(CheckpointError::Note(_)) => Some("5.note"),
        Err(_) => Some("5.checkpoint"),
    }
}

#[test]
fn a_note_of_any_bytes_is_refused_or_reads_back() {
    let vectors = vectors("tlog.json");
    let note = text(&vectors["checkpoints"]["257"]);
    let read = Cell::new(0);
    each_byte(note.as_bytes(), |place, changed| {
        if let Ok(note) = Note::parse(&changed) {
            assert_eq!(note.to_string().as_bytes(), changed, "byte {place}");
            read.set(read.get() + 1);
        }
    });
    // The text and the bits of the signature are free; it is not the form that binds them.
    assert!(read.get() > 100, "{} notes were read", read.get());
}

fn log_key(vectors: &Value) -> (PrivateKey, VerifierKey) {
    let signer = PrivateKey::from_seed(bytes_32(&vectors["log_seed_hex"]));
    let name = text(&vectors["origin"]).parse().unwrap();
    let key = VerifierKey::new(name, KeyType::Ed25519, *signer.public_key());
    (signer, key)
}

fn bundle(entries: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut writer = Writer::default();
    for entry in entries {
        writer.bytes_u16(&entry);
    }
    writer.into_bytes()
}

/// Each list that differs from this one in one byte of a hash, or by a hash left out or repeated.
fn each_change(hashes: &[Digest], check: impl Fn(Vec<Digest>)) {
    for place in 0..hashes.len() {
        for byte in 0..32 {
            let mut changed = *hashes[place].as_bytes();
            changed[byte] ^= 1 << (byte % 8);
            let mut hashes = hashes.to_vec();
            hashes[place] = Digest::new(changed);
            check(hashes);
        }
        let mut fewer = hashes.to_vec();
        let hash = fewer.remove(place);
        check(fewer);
        let mut more = hashes.to_vec();
        more.insert(place, hash);
        check(more);
    }
}

/// Each byte string that differs from this one in one byte.
fn each_byte(bytes: &[u8], check: impl Fn(usize, Vec<u8>)) {
    for place in 0..bytes.len() {
        for mask in [0x01, 0x20, 0x80] {
            let mut changed = bytes.to_vec();
            changed[place] ^= mask;
            check(place, changed);
        }
    }
}

fn at(time_s: u64) -> Timestamp {
    Timestamp::from_ms(time_s * 1000).unwrap()
}

pub(crate) fn vectors(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(file);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

pub(crate) fn object(value: &Value) -> &serde_json::Map<String, Value> {
    value.as_object().unwrap()
}

pub(crate) fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn bytes_32(value: &Value) -> [u8; 32] {
    hex::decode(text(value)).unwrap().try_into().unwrap()
}

pub(crate) fn digest(value: &Value) -> Digest {
    let bytes = base64_decode(text(value)).unwrap();
    assert_eq!(base64_encode(&bytes), text(value));
    Digest::new(bytes.try_into().unwrap())
}
