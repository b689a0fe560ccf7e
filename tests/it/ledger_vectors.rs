//! `vectors/ledger.json`: envelopes, entries, seals, bundles and map proofs of a small ledger, and
//! what must be refused, each case for the rule that it names.
#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use probant::encoding::Writer;
use probant::entry::{Body, Entry, EntryBundle, EntryError, LogState, Payload, PayloadBundle};
use probant::envelope::{Envelope, EnvelopeDigest, EnvelopeError, StatementDigest};
use probant::genesis::{Genesis, GenesisError};
use probant::hash::Digest;
use probant::key::{KeyId, PrivateKey, PublicKey, Signer};
use probant::map::{Lookup, MapKey, MapProof, Row, SubjectMap, Terminal};
use probant::merkle::{CompactRange, ConsistencyProof, EntryIndex, InclusionProof, TreeSize};
use probant::note::VerifierKey;
use probant::time::Timestamp;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
struct Vectors {
    origin: String,
    log_vkey: String,
    keys: Vec<NamedKey>,
    envelopes: Vec<EnvelopeVector>,
    entries: Vec<EntryVector>,
    seals: Vec<SealVector>,
    consistency: Vec<Consistency>,
    files_hex: BTreeMap<String, Hex>,
    payload_file_after_erasure_of_entry_6_hex: Hex,
    map_proofs: Vec<ProofVector>,
    invalid: Vec<Invalid>,
}

/// Bytes written in hex.
#[derive(Clone, Debug, Default, PartialEq)]
struct Hex(Vec<u8>);

#[derive(Deserialize)]
struct NamedKey {
    name: String,
    seed_hex: Hex,
    public_key_hex: Hex,
    keyid: KeyId,
}

#[derive(Deserialize)]
struct EnvelopeVector {
    what: String,
    payload_type: String,
    payload: String,
    signers: Vec<String>,
    statement_digest: StatementDigest,
    envelope_record_hex: Hex,
    envelope_digest: EnvelopeDigest,
    pae_hex: Hex,
    dsse_json: String,
    signatures: Vec<SignatureVector>,
}

#[derive(Deserialize)]
struct SignatureVector {
    keyid: KeyId,
    sig_hex: Hex,
}

/// One entry; which members there are depends on its kind.
#[derive(Deserialize)]
struct EntryVector {
    index: EntryIndex,
    kind: String,
    time_ms: u64,
    entry_hex: Hex,
    leaf_hash: Digest,
    payload: Option<String>,
    #[serde(default)]
    signers: Vec<String>,
    statement_digest: Option<StatementDigest>,
    envelope_digest: Option<EnvelopeDigest>,
    envelope_record_hex: Option<Hex>,
    #[serde(default)]
    keys: Vec<KeyRow>,
    map_root: Option<Digest>,
    subjects: Option<u64>,
    previous_seal: Option<EntryIndex>,
}

#[derive(Deserialize)]
struct KeyRow {
    key: MapKey,
    count: u64,
    head: Digest,
}

#[derive(Deserialize)]
struct SealVector {
    index: EntryIndex,
    map_root: Digest,
    rows: Vec<KeyRow>,
    tree_size: TreeSize,
    root: Digest,
    inclusion_of_the_seal: Vec<Digest>,
}

#[derive(Deserialize)]
struct Consistency {
    old: TreeSize,
    new: TreeSize,
    proof: Vec<Digest>,
}

#[derive(Deserialize)]
struct ProofVector {
    seal: EntryIndex,
    map_root: Digest,
    key: MapKey,
    terminal: String,
    depth: usize,
    proof_hex: Hex,
    row: Option<CountHead>,
}

#[derive(Deserialize)]
struct CountHead {
    count: u64,
    head: Digest,
}

/// A case that must be refused; which members there are depends on its kind.
#[derive(Deserialize)]
struct Invalid {
    kind: String,
    what: String,
    rule: String,
    hex: Option<Hex>,
    text: Option<String>,
    /// How to make bytes that are too long to print.
    construction: Option<String>,
    length: Option<usize>,
    sha256: Option<Digest>,
    key: Option<MapKey>,
    map_root: Option<Digest>,
    entries_hex: Option<Vec<Hex>>,
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        hex::decode(String::deserialize(deserializer)?).map(Self).map_err(serde::de::Error::custom)
    }
}

impl Vectors {
    fn read() -> Self {
        serde_json::from_str(include_str!("../vectors/ledger.json")).unwrap()
    }

    fn private_key(&self, name: &str) -> PrivateKey {
        let key = self.keys.iter().find(|key| key.name == name).unwrap();
        let private_key = PrivateKey::from_seed(key.seed_hex.0[..].try_into().unwrap());
        assert_eq!(private_key.public_key().as_bytes()[..], key.public_key_hex.0);
        assert_eq!(private_key.public_key().id(), key.keyid);
        private_key
    }

    fn public_key(&self, id: &KeyId) -> Option<PublicKey> {
        let key = self.keys.iter().find(|key| key.keyid == *id)?;
        Some(PublicKey::parse(&key.public_key_hex.0).unwrap())
    }

    fn sign(&self, payload: &str, signers: &[String]) -> Envelope {
        let keys: Vec<_> = signers.iter().map(|name| self.private_key(name)).collect();
        let signers: Vec<_> = keys.iter().map(|key| key as &dyn Signer).collect();
        Envelope::sign(payload.as_bytes().to_vec(), &signers).unwrap()
    }

    fn genesis(&self) -> Genesis {
        Genesis::parse(self.entries[0].payload.as_ref().unwrap().as_bytes()).unwrap()
    }

    fn log_state(&self) -> LogState {
        LogState::new(self.origin.parse().unwrap(), *self.genesis().digest())
    }

    /// Root of the tree of the first `size` entries.
    fn root(&self, size: TreeSize) -> Digest {
        let mut range = CompactRange::default();
        for entry in self.entries.iter().take_while(|entry| size.contains(entry.index)) {
            range.append(entry.leaf_hash);
        }
        range.root()
    }

    /// The cases of one kind, at least one.
    fn invalid(&self, kind: &str) -> impl Iterator<Item = &Invalid> {
        assert!(self.invalid.iter().any(|case| case.kind == kind), "no case of kind {kind}");
        self.invalid.iter().filter(move |case| case.kind == kind)
    }

    /// The bytes of a case, printed or constructed.
    fn bytes(&self, case: &Invalid) -> Vec<u8> {
        let Some(construction) = &case.construction else {
            return case.hex.clone().unwrap().0;
        };
        let printed = |what: &str| {
            let is_it = |other: &&Invalid| other.kind == case.kind && other.what == what;
            self.invalid.iter().find(is_it).unwrap().hex.clone().unwrap().0
        };
        let numbers = |count: u16| {
            (1..=count).flat_map(|number| {
                let mut bytes = [0; 32];
                bytes[30..].copy_from_slice(&number.to_be_bytes());
                bytes
            })
        };
        let mut bytes = match case.what.as_str() {
            "1001 keys" => printed("n = 2 before 3 keys")[..110].to_vec(),
            "entry above 32,768 bytes" => printed("n = 2 before 3 keys")[..108].to_vec(),
            "larger than 1 MiB" => vec![],
            other => panic!("{other}: {construction}"),
        };
        match case.what.as_str() {
            "1001 keys" => bytes.extend([3, 0xe9].into_iter().chain(numbers(1001))),
            "entry above 32,768 bytes" => bytes.extend([3, 0xfe].into_iter().chain(numbers(1022))),
            _ => {
                let record = printed("one byte short");
                // Payload type, payload length, payload of 0x17f bytes, two signatures.
                let signatures = 2 + 28 + 4 + 0x17f + 1;
                let mut writer = Writer::default();
                writer.put(&record[..30]).bytes_u32(&vec![0x20; 1_048_576]).u8(1);
                writer.put(&record[signatures..signatures + 96]);
                bytes = writer.into_bytes();
            }
        }
        assert_eq!(bytes.len(), case.length.unwrap(), "{construction}");
        assert_eq!(Digest::of(&bytes), case.sha256.unwrap(), "{construction}");
        bytes
    }
}

fn rows(listed: &[KeyRow]) -> BTreeMap<MapKey, Row> {
    listed.iter().map(|row| (row.key, Row { count: row.count, head: row.head })).collect()
}

#[test]
fn envelopes_come_out_as_published() {
    let vectors = Vectors::read();
    for vector in &vectors.envelopes {
        let envelope = vectors.sign(&vector.payload, &vector.signers);
        assert_eq!(envelope.payload_type(), vector.payload_type, "{}", vector.what);
        assert_eq!(envelope.pae(), vector.pae_hex.0, "{}", vector.what);
        assert_eq!(envelope.statement_digest(), vector.statement_digest, "{}", vector.what);
        assert_eq!(envelope.encode(), vector.envelope_record_hex.0, "{}", vector.what);
        assert_eq!(envelope.digest(), vector.envelope_digest, "{}", vector.what);
        let signatures: Vec<_> = envelope
            .signatures()
            .iter()
            .map(|(key, sig)| (*key, sig.as_bytes().to_vec()))
            .collect();
        let expected: Vec<_> =
            vector.signatures.iter().map(|sig| (sig.keyid, sig.sig_hex.0.clone())).collect();
        assert_eq!(signatures, expected, "{}", vector.what);

        let from_json = Envelope::from_json(vector.dsse_json.as_bytes()).unwrap();
        assert_eq!(from_json, envelope, "{}", vector.what);
        assert_eq!(Envelope::from_json(envelope.to_json().as_bytes()).as_ref(), Ok(&envelope));
        assert_eq!(Envelope::decode(&vector.envelope_record_hex.0).as_ref(), Ok(&envelope));
        let verified = envelope.verify(|id| vectors.public_key(id)).unwrap();
        assert_eq!(verified.statement_digest(), vector.statement_digest, "{}", vector.what);
    }
}

#[test]
fn entries_come_out_as_published() {
    let vectors = Vectors::read();
    let mut prev = Digest::ZERO;
    for vector in &vectors.entries {
        let index = vector.index;
        let body = match vector.kind.as_str() {
            "genesis" => {
                let digest = Digest::of(vector.payload.as_ref().unwrap().as_bytes());
                Body::Genesis { origin: vectors.origin.parse().unwrap(), digest }
            }
            "attestation" => {
                let envelope = vectors.sign(vector.payload.as_ref().unwrap(), &vector.signers);
                let record = envelope.encode();
                assert_eq!(Some(&Hex(record.clone())), vector.envelope_record_hex.as_ref());
                assert_eq!(Some(envelope.digest()), vector.envelope_digest, "entry {index}");
                assert_eq!(Some(envelope.statement_digest()), vector.statement_digest);
                Body::Attestation {
                    statement: envelope.statement_digest(),
                    envelope: envelope.digest(),
                    envelope_len: record.len().try_into().unwrap(),
                    keys: vector.keys.iter().map(|row| row.key).collect(),
                }
            }
            "seal" => Body::Seal {
                map_root: vector.map_root.unwrap(),
                subjects: vector.subjects.unwrap(),
                previous_seal: vector.previous_seal.unwrap(),
            },
            other => panic!("entry {index} is of kind {other}"),
        };
        let entry = Entry::new(Timestamp::from_ms(vector.time_ms).unwrap(), prev, body).unwrap();
        assert_eq!(entry.encode(), vector.entry_hex.0, "entry {index}");
        assert_eq!(Entry::decode(&vector.entry_hex.0).as_ref(), Ok(&entry), "entry {index}");
        assert_eq!(entry.leaf_hash(), vector.leaf_hash, "entry {index}");
        prev = entry.leaf_hash();
    }
}

#[test]
fn the_log_keeps_every_rule_and_its_seals_commit_to_the_published_rows() {
    let vectors = Vectors::read();
    let mut log = vectors.log_state();
    let mut seals = vectors.seals.iter();
    for vector in &vectors.entries {
        let entry = Entry::decode(&vector.entry_hex.0).unwrap();
        assert_eq!(log.push(&entry).unwrap(), vector.leaf_hash);
        for (key, row) in rows(&vector.keys) {
            assert_eq!(log.row(&key), Some(row), "entry {}, {key}", vector.index);
        }
        assert_eq!(log.finish().is_ok(), vector.kind == "seal", "entry {}", vector.index);
        if vector.kind == "seal" {
            let seal = seals.next().unwrap();
            assert_eq!(log.last_seal(), Some(seal.index));
            assert_eq!(log.map().root(), seal.map_root);
            assert_eq!(log.map().rows().collect::<BTreeMap<_, _>>(), rows(&seal.rows));

            assert_eq!(log.size(), seal.tree_size);
            assert_eq!(vectors.root(seal.tree_size), seal.root);
            let proof = InclusionProof(seal.inclusion_of_the_seal.clone());
            proof.verify(vector.leaf_hash, seal.index, seal.tree_size, seal.root).unwrap();
        }
    }
    assert!(seals.next().is_none());
    for Consistency { old, new, proof } in &vectors.consistency {
        let proof = ConsistencyProof(proof.clone());
        proof.verify(*old, vectors.root(*old), *new, vectors.root(*new)).unwrap();
    }
}

#[test]
fn map_proofs_come_out_as_published() {
    let vectors = Vectors::read();
    for vector in &vectors.map_proofs {
        let seal = vectors.seals.iter().find(|seal| seal.index == vector.seal).unwrap();
        let map = SubjectMap::build(rows(&seal.rows)).unwrap();
        assert_eq!(map.root(), vector.map_root);
        let proof = map.prove(&vector.key);
        assert_eq!(proof.encode(), vector.proof_hex.0, "{}", vector.key);
        assert_eq!(MapProof::decode(&vector.proof_hex.0).as_ref(), Ok(&proof), "{}", vector.key);
        assert_eq!(proof.depth(), vector.depth, "{}", vector.key);
        let terminal = match proof.terminal() {
            Terminal::Match(_) => "match",
            Terminal::Other(..) => "other",
            Terminal::Empty => "empty",
        };
        assert_eq!(terminal, vector.terminal, "{}", vector.key);
        let lookup = match &vector.row {
            Some(row) => Lookup::Present(Row { count: row.count, head: row.head }),
            None => Lookup::Absent,
        };
        assert_eq!(proof.verify(&vector.key, &vector.map_root), Ok(lookup), "{}", vector.key);
    }
}

#[test]
fn bundles_come_out_as_published() {
    let vectors = Vectors::read();
    let width = vectors.entries.len();
    let entries: Vec<_> = vectors.entries.iter().map(|entry| &entry.entry_hex.0[..]).collect();
    let file = &vectors.files_hex["tile/entries/000.p/16"].0;
    assert_eq!(EntryBundle::encode(entries.clone()), *file);
    assert_eq!(EntryBundle::decode(file, width), Ok(entries));

    let leaf_hashes: Vec<u8> =
        vectors.entries.iter().flat_map(|entry| *entry.leaf_hash.as_bytes()).collect();
    assert_eq!(leaf_hashes, vectors.files_hex["tile/0/000.p/16"].0);

    let mut payloads: Vec<_> = vectors
        .entries
        .iter()
        .map(|entry| match (&entry.envelope_record_hex, &entry.payload) {
            (Some(record), _) => Payload::Bytes(&record.0),
            (None, Some(document)) => Payload::Bytes(document.as_bytes()),
            (None, None) => Payload::Absent,
        })
        .collect();
    let file = &vectors.files_hex["payload/000.p/16"].0;
    assert_eq!(PayloadBundle::encode(payloads.iter().copied()), *file);
    assert_eq!(PayloadBundle::decode(file, width).as_ref(), Ok(&payloads));

    payloads[6] = Payload::Absent;
    let file = &vectors.payload_file_after_erasure_of_entry_6_hex.0;
    assert_eq!(PayloadBundle::encode(payloads.iter().copied()), *file);
    assert_eq!(PayloadBundle::decode(file, width), Ok(payloads));
}

#[test]
fn the_genesis_document_says_who_is_trusted() {
    let vectors = Vectors::read();
    let genesis = vectors.genesis();
    assert_eq!(genesis.origin().as_str(), vectors.origin);
    assert_eq!(*genesis.log_key(), vectors.log_vkey.parse::<VerifierKey>().unwrap());
    assert_eq!(genesis.quorum(), 2);
    let registrars: Vec<_> =
        genesis.registrars().iter().map(|one| (one.name.as_str(), one.key)).collect();
    let [first, second] =
        ["registrar 1", "registrar 2"].map(|name| (name, *vectors.private_key(name).public_key()));
    assert_eq!(registrars, [first, second]);
}

#[test]
fn invalid_entries_are_refused() {
    let vectors = Vectors::read();
    for case in vectors.invalid("entry") {
        let error = Entry::decode(&vectors.bytes(case)).unwrap_err();
        let rule = match error {
            EntryError::KeyCount { .. } | EntryError::KeyOrder { .. } => "4.keys",
            EntryError::Origin(_) => "4.genesis",
            _ => "4.entry",
        };
        assert_eq!(rule, case.rule, "{}: {error}", case.what);
    }
}

#[test]
fn invalid_envelopes_are_refused() {
    let vectors = Vectors::read();
    for case in vectors.invalid("envelope_record") {
        let error = Envelope::decode(&vectors.bytes(case)).unwrap_err();
        let is_expected = match case.what.as_str() {
            "no signature" | "nine signatures" => {
                matches!(error, EnvelopeError::SignatureCount { .. })
            }
            "signatures not sorted by key id" => {
                matches!(error, EnvelopeError::SignatureOrder { .. })
            }
            "the same key twice" => matches!(error, EnvelopeError::SignatureTwice { .. }),
            "unknown payload type" | "payload type in capitals" => {
                matches!(error, EnvelopeError::PayloadType { .. })
            }
            "larger than 1 MiB" => matches!(error, EnvelopeError::TooLarge { found: 1_048_707 }),
            _ => matches!(error, EnvelopeError::Encoding(_)),
        };
        assert!(is_expected, "{}: {error}", case.what);
    }
    for case in vectors.invalid("dsse_json") {
        let error = Envelope::from_json(case.text.as_ref().unwrap().as_bytes()).unwrap_err();
        let is_expected = match case.what.as_str() {
            "member payloadType twice" => matches!(error, EnvelopeError::Json(_)),
            "no signatures" => matches!(error, EnvelopeError::SignatureCount { found: 0 }),
            _ => matches!(error, EnvelopeError::Member { .. }),
        };
        assert!(is_expected, "{}: {error}", case.what);
    }
}

#[test]
fn invalid_map_proofs_are_refused() {
    let vectors = Vectors::read();
    for case in vectors.invalid("map_proof") {
        let (key, map_root) = (case.key.unwrap(), case.map_root.unwrap());
        let bytes = vectors.bytes(case);
        let result = MapProof::decode(&bytes).and_then(|proof| proof.verify(&key, &map_root));
        assert!(result.is_err(), "{}: {result:?}", case.what);
    }
}

#[test]
fn invalid_genesis_documents_are_refused() {
    let vectors = Vectors::read();
    for case in vectors.invalid("genesis") {
        let error = Genesis::parse(case.text.as_ref().unwrap().as_bytes()).unwrap_err();
        let is_expected = match case.what.as_str() {
            "format 2" => matches!(error, GenesisError::Format { found: 2 }),
            "quorum 0"
            | "quorum 3 of 2 registrars"
            | "quorum 8 of 9 registrars"
            | "no registrar" => {
                matches!(error, GenesisError::Quorum { .. })
            }
            "a registrar twice" => matches!(error, GenesisError::RegistrarTwice { .. }),
            "registrar key of 31 bytes" | "registrar key without padding" => {
                matches!(error, GenesisError::RegistrarKey { .. })
            }
            "origin that the log key does not name" => matches!(error, GenesisError::Origin { .. }),
            _ => matches!(error, GenesisError::Toml(_)),
        };
        assert!(is_expected, "{}: {error}", case.what);
    }
}

#[test]
fn logs_that_break_a_rule_are_refused_for_that_rule() {
    let vectors = Vectors::read();
    let mut rules = BTreeSet::new();
    for case in vectors.invalid("log") {
        let mut log = vectors.log_state();
        let entries = case.entries_hex.as_ref().unwrap();
        let result = entries.iter().try_for_each(|bytes| {
            let entry = Entry::decode(&bytes.0).unwrap();
            log.push(&entry).map(|_leaf_hash| ())
        });
        let error = result.and_then(|()| log.finish()).unwrap_err();
        assert_eq!(error.rule(), case.rule, "{}: {error}", case.what);
        rules.insert(error.rule());
    }
    assert_eq!(rules.len(), 8, "{rules:?}");
}

#[test]
fn an_entry_that_is_refused_leaves_no_trace() {
    let vectors = Vectors::read();
    for case in vectors.invalid("log") {
        let mut log = vectors.log_state();
        for bytes in case.entries_hex.as_ref().unwrap() {
            let entry = Entry::decode(&bytes.0).unwrap();
            let mut tried = log.clone();
            match tried.push(&entry) {
                Ok(_leaf_hash) => log = tried,
                Err(error) => {
                    assert_eq!(tried.push(&entry), Err(error), "{}", case.what);
                    assert_eq!(format!("{tried:?}"), format!("{log:?}"), "{}", case.what);
                    break;
                }
            }
        }
    }
}
