//! A small ledger for tests: one registrar, one manufacturer, and what they sign.

use std::sync::Arc;

use probant::encoding::base64_encode;
use probant::entry::{Body, Entry, LogState, Payload, PayloadBundle};
use probant::envelope::{Envelope, StatementDigest};
use probant::genesis::{Genesis, Registrar};
use probant::hash::Digest;
use probant::key::{KeyId, PrivateKey, Signer};
use probant::ledger::{
    Access, Ledger, OpenError, Options, Receipt, SetClock, Submission, SubmitError, View,
};
use probant::merkle::{EntryIndex, TileId, TileKind, TreeSize};
use probant::note::{KeyType, VerifiedCheckpoint, VerifierKey};
use probant::policy::{Query, Verdict};
use probant::storage::Storage;
use probant::time::Timestamp;
use serde_json::{Value, json};

pub(crate) const ORIGIN: &str = "ledger.example/eu-1";
pub(crate) const MAKER: &str = "https://id.gs1.org/417/9521000200005";
/// By a number of the manufacturer's own: it answers for that without an identity.
pub(crate) const MODEL: &str =
    "urn:probant:product:https%3A%2F%2Fid.gs1.org%2F417%2F9521000200005:LP-BEAR-30";

/// The keys of everybody, and a clock.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) log: Arc<PrivateKey>,
    pub(crate) registrar: PrivateKey,
    pub(crate) maker: PrivateKey,
    pub(crate) genesis: Genesis,
    pub(crate) clock: Arc<SetClock>,
}

impl World {
    pub(crate) fn new() -> Self {
        let key = |seed| PrivateKey::from_seed([seed; 32]);
        let (log, registrar, maker) = (key(1), key(2), key(3));
        let origin = ORIGIN.parse().unwrap();
        let log_key = VerifierKey::new(origin, KeyType::Ed25519, *log.public_key());
        let registrars =
            [Registrar { name: "Example registrar".to_owned(), key: *registrar.public_key() }];
        let genesis = Genesis::new(&log_key, 1, &registrars).unwrap();
        let clock = Arc::new(SetClock::new("2026-10-01T08:00:00Z".parse().unwrap()));
        Self { log: Arc::new(log), registrar, maker, genesis, clock }
    }

    pub(crate) fn create(&self, storage: Arc<dyn Storage>) -> Result<Ledger, OpenError> {
        self.create_with(storage, quiet())
    }

    pub(crate) fn create_with(
        &self,
        storage: Arc<dyn Storage>,
        options: Options,
    ) -> Result<Ledger, OpenError> {
        let (clock, log) = (self.clock.clone(), self.log.clone());
        Ledger::create(storage, &self.genesis, clock, log, options)
    }

    pub(crate) fn open(&self, storage: Arc<dyn Storage>) -> Result<Ledger, OpenError> {
        self.open_with(storage, quiet())
    }

    pub(crate) fn open_with(
        &self,
        storage: Arc<dyn Storage>,
        options: Options,
    ) -> Result<Ledger, OpenError> {
        Ledger::open(storage, self.clock.clone(), self.log.clone(), options)
    }

    /// The manufacturer is registered, by the registrar and its own key.
    pub(crate) fn registration(&self) -> Envelope {
        let key = self.maker.public_key();
        let predicate = json!({
            "header": self.registrar_header("registration"),
            "operator": MAKER, "legal_name": "Lumipeluche Mfg", "country": "CN",
            "postal": "1 Example Road, Exampletown, CN", "electronic": "office@maker.example",
            "key": {"keyid": key.id().to_string(), "public_key": key.to_string(), "purposes": ["*"]},
        });
        let key = format!("urn:probant:key:{}", key.id());
        let statement = statement(&[MAKER, &key], "operator-registration", &predicate);
        Envelope::sign(statement, &[&self.registrar, &self.maker]).unwrap()
    }

    /// The manufacturer may act as one.
    pub(crate) fn grant(&self) -> Envelope {
        self.grant_of("manufacturer")
    }

    /// The manufacturer may act in this role.
    pub(crate) fn grant_of(&self, role: &str) -> Envelope {
        let predicate = json!({
            "header": self.registrar_header(&format!("grant-{role}")),
            "operator": MAKER, "role": role, "action": "GRANT", "from": "2026-01-01",
        });
        let statement = statement(&[MAKER], "role-grant", &predicate);
        Envelope::sign(statement, &[&self.registrar]).unwrap()
    }

    /// The declaration of conformity with this number, on the one model.
    pub(crate) fn declaration(&self, number: usize) -> Envelope {
        self.declaration_on(MODEL, number)
    }

    /// The same on another model.
    pub(crate) fn declaration_on(&self, model: &str, number: usize) -> Envelope {
        let predicate = declaration(model, number);
        let statement = statement(&[model], "eu-declaration-of-conformity", &predicate);
        Envelope::sign(statement, &[&self.maker]).unwrap()
    }

    /// The declaration with this number, of almost the size that an envelope can have.
    pub(crate) fn large_declaration(&self, number: usize) -> Envelope {
        let mut statement: Value =
            serde_json::from_slice(self.declaration(number).payload()).unwrap();
        let predicate = statement.get_mut("predicate").and_then(Value::as_object_mut).unwrap();
        predicate.insert("extensions".to_owned(), json!({"padding": "x".repeat(1_000_000)}));
        Envelope::sign(statement.to_string().into_bytes(), &[&self.maker]).unwrap()
    }

    /// The order to erase the declaration with this number.
    pub(crate) fn erasure(&self, number: usize) -> Envelope {
        let predicate = json!({
            "header": {
                "id": format!("erasure-{number}"),
                "issuer": {"operator": MAKER, "role": "manufacturer"},
            },
            "target": self.declaration(number).statement_digest().to_string(),
            "document": {"issuer": MAKER, "number": format!("DOC-{number}"), "version": "1"},
            "predicate_type": "urn:probant:attestation:eu-declaration-of-conformity:v1",
            "ground": "DATA_PROTECTION",
        });
        Envelope::sign(statement(&[MODEL], "erasure-order", &predicate), &[&self.maker]).unwrap()
    }

    /// That an offer was not put up, which is nobody's business but the platform's.
    pub(crate) fn listing(&self, listing_id: &str) -> Envelope {
        let predicate = json!({
            "header": {
                "id": format!("listing-{listing_id}"),
                "issuer": {"operator": MAKER, "role": "platform"},
                "document": {
                    "number": listing_id, "version": "1",
                    "issued": "2026-09-01", "languages": ["en"],
                },
                "audience": "PARTNER",
            },
            "listing_id": listing_id, "product": MODEL, "trader": MAKER, "countries": ["FR"],
            "action": "REJECTED", "at": "2026-10-01T08:00:00Z",
        });
        let document = listing_uri(listing_id);
        Envelope::sign(statement(&[&document], "listing-record", &predicate), &[&self.maker])
            .unwrap()
    }

    /// A concern of the manufacturer about its own model.
    pub(crate) fn concern(&self, id: &str, role: &str) -> Envelope {
        let predicate = json!({
            "header": {"id": id, "issuer": {"operator": MAKER, "role": role}},
            "target": {"product": MODEL}, "claim": {"en": "It looks like another product."},
        });
        Envelope::sign(statement(&[MODEL], "concern-report", &predicate), &[&self.maker]).unwrap()
    }

    /// The question whether the model may be listed, on a platform that the manufacturer runs.
    pub(crate) fn query() -> Query {
        let query = json!({
            "product": {"id": MODEL},
            "category": {"gpc": "10005160", "cn": "95030041"},
            "trader": {"operator": MAKER, "name": "Lumipeluche Mfg"},
            "offer": {
                "platform": MAKER, "listing_id": "L-1",
                "destinations": ["FR"], "languages": ["fr"],
                "goods_location": {"kind": "DIRECT_IMPORT"},
            },
        });
        Query::parse(query.to_string().as_bytes()).unwrap()
    }

    /// A verdict, to be logged by the platform.
    pub(crate) fn verdict(&self, id: &str, verdict: &Verdict) -> Envelope {
        let body = verdict.body();
        let predicate = json!({
            "header": {"id": id, "issuer": {"operator": MAKER, "role": "platform"}},
            "body": base64_encode(verdict.bytes()),
            "sha256": verdict.digest().to_string(),
            "verdict": body.verdict, "product": MODEL, "platform": MAKER, "listing_id": "L-1",
            "tree_size": body.as_of.tree_size, "policy": body.policy,
        });
        let subject = listing_uri("L-1");
        Envelope::sign(statement(&[&subject], "conformity-verdict", &predicate), &[&self.maker])
            .unwrap()
    }

    /// The registrar announces a log key, and the key signs that too.
    pub(crate) fn announcement(&self, key: &PrivateKey) -> Envelope {
        let id = key.public_key().id();
        let members = json!([{
            "keyid": id.to_string(), "public_key": key.public_key().to_string(), "purposes": ["*"],
        }]);
        let statement = self.registrar_change(&id, "log_keys_add", members);
        Envelope::sign(statement, &[&self.registrar, key]).unwrap()
    }

    /// The registrar ends a log key.
    pub(crate) fn ending(&self, key: &PrivateKey) -> Envelope {
        let id = key.public_key().id();
        let statement = self.registrar_change(&id, "log_keys_end", json!([id.to_string()]));
        Envelope::sign(statement, &[&self.registrar]).unwrap()
    }

    fn registrar_change(&self, of: &KeyId, member: &str, members: Value) -> Vec<u8> {
        let short: String = of.to_string().chars().take(8).collect();
        let header = self.registrar_header(&format!("{member}-{short}"));
        let mut predicate = json!({"header": header, "quorum": 1});
        predicate.as_object_mut().unwrap().insert(member.to_owned(), members);
        let mut subjects =
            [*of, self.registrar.public_key().id()].map(|id| format!("urn:probant:key:{id}"));
        subjects.sort();
        let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
        statement(&subjects, "registrar-change", &predicate)
    }

    /// Registers the manufacturer.
    pub(crate) fn begin(&self, ledger: &Ledger) {
        submit(ledger, self.registration()).unwrap();
        submit(ledger, self.grant()).unwrap();
    }

    fn registrar_header(&self, id: &str) -> Value {
        let key = format!("urn:probant:key:{}", self.registrar.public_key().id());
        json!({"id": id, "ledger": ORIGIN, "issuer": {"operator": key, "role": "registrar"}})
    }
}

/// No heartbeat, no guard.
pub(crate) fn quiet() -> Options {
    Options { heartbeat: None, ..Options::default() }
}

fn listing_uri(listing_id: &str) -> String {
    let platform = MAKER.replace(':', "%3A").replace('/', "%2F");
    format!("urn:probant:document:{platform}:{listing_id}")
}

fn declaration(model: &str, number: usize) -> Value {
    json!({
        "header": {
            "id": format!("declaration-{number}"),
            "issuer": {"operator": MAKER, "role": "manufacturer"},
            "document": {
                "number": format!("DOC-{number}"), "version": "1",
                "issued": "2026-09-01", "languages": ["en"],
            },
            "validity": {"from": "2026-09-01"},
            "legislation": ["32009L0048"],
            "standards": [{"ref": "EN 71-1", "edition": "2014+A1:2018", "extent": "FULL"}],
        },
        "scope": {"products": [{"id": model}], "batches": {"mode": "ALL"}},
        "manufacturer": {
            "operator": MAKER, "name": "Lumipeluche Mfg",
            "postal": "1 Example Road, Exampletown, CN",
        },
        "sole_responsibility": true,
        "object": {"description": "Plush bear, 30 cm, type LP-BEAR-30"},
        "modules": {"32009L0048": "A"},
        "signatory": {
            "name_digest": Digest::of(b"salt and name").to_string(),
            "function": "Quality director", "place": "Exampletown", "date": "2026-09-01",
        },
    })
}

fn statement(subjects: &[&str], kind: &str, predicate: &Value) -> Vec<u8> {
    let subject: Vec<Value> = subjects
        .iter()
        .map(|name| {
            let digest = Digest::of(name.as_bytes()).to_string();
            json!({"name": name, "digest": {"sha256": digest}})
        })
        .collect();
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "subject": subject,
        "predicateType": format!("urn:probant:attestation:{kind}:v1"), "predicate": predicate,
    });
    statement.to_string().into_bytes()
}

pub(crate) fn check(ledger: &Ledger, envelope: Envelope) -> Submission {
    ledger.door().check(envelope).unwrap()
}

pub(crate) fn submit(ledger: &Ledger, envelope: Envelope) -> Result<Receipt, SubmitError> {
    ledger.submit_wait(check(ledger, envelope))
}

/// Checks what a submitter would: the receipt is one for this envelope, under this log key.
pub(crate) fn check_receipt(
    genesis: &Genesis,
    receipt: &Receipt,
    envelope: &Envelope,
) -> VerifiedCheckpoint {
    let note = receipt.checkpoint.as_bytes();
    let checkpoint = VerifiedCheckpoint::verify(note, genesis.log_key()).unwrap();
    let entry = Entry::decode(&receipt.entry).unwrap();
    let (name, commitment) = (envelope.statement_digest(), envelope.digest());
    assert!(
        matches!(entry.body(), Body::Attestation { statement, envelope, .. }
            if *statement == name && *envelope == commitment),
        "entry {} is of something else",
        receipt.index
    );
    let _included = checkpoint.include(entry.leaf_hash(), receipt.index, &receipt.proof).unwrap();
    checkpoint
}

/// Checks a whole ledger as an auditor would, from its files alone: every rule from entry to entry,
/// every seal, every payload, and every checkpoint ever published against the newest. Gives the
/// statements in it.
pub(crate) fn check_log(world: &World, view: &View) -> Vec<StatementDigest> {
    let (size, log_key) = (view.size(), world.genesis.log_key());
    let newest = VerifiedCheckpoint::verify(view.checkpoint_note().as_bytes(), log_key).unwrap();
    assert_eq!((newest.size(), newest.root()), (size, view.root()));
    let mut state = LogState::new(ORIGIN.parse().unwrap(), *world.genesis.digest());
    let mut statements = Vec::new();
    let mut leaves = probant::merkle::CompactRange::default();
    for id in TileKind::Entries.all_in_tree(size) {
        let bytes = view.tile(id, Access::Full).unwrap().unwrap();
        let entries = probant::entry::EntryBundle::decode(&bytes, usize::from(id.width())).unwrap();
        let payload_id = TileId::new(TileKind::Payloads, id.index(), id.width()).unwrap();
        let payloads = view.tile(payload_id, Access::Full).unwrap().unwrap();
        let payloads = PayloadBundle::decode(&payloads, usize::from(id.width())).unwrap();
        for (bytes, payload) in entries.into_iter().zip(payloads) {
            let entry = Entry::decode(bytes).unwrap();
            leaves.append(state.push(&entry).unwrap());
            match (entry.body(), payload) {
                (Body::Genesis { .. }, Payload::Bytes(document)) => {
                    assert_eq!(document, world.genesis.bytes());
                }
                (Body::Attestation { statement, envelope, .. }, payload) => {
                    statements.push(*statement);
                    if let Payload::Bytes(record) = payload {
                        assert_eq!(Envelope::decode(record).unwrap().digest(), *envelope);
                    }
                }
                (body, payload) => {
                    assert!(matches!(body, Body::Seal { .. }) && payload == Payload::Absent);
                }
            }
        }
    }
    assert_eq!(leaves.root(), newest.root());
    state.finish().unwrap();
    assert_eq!(state.map().root(), view.map_root());
    for size in view.published_sizes(TreeSize::EMPTY, usize::MAX).unwrap() {
        let old = EntryIndex::new(size.get() - 1);
        assert!(matches!(view.entry(old).unwrap().body(), Body::Seal { .. }));
    }
    statements
}

/// Checks that a checkpoint seen before begins what the view shows.
pub(crate) fn check_consistent(view: &View, seen: &VerifiedCheckpoint) {
    let proof = view.consistency(seen.size()).unwrap();
    view.checkpoint().extends(seen.checkpoint(), &proof).unwrap();
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
