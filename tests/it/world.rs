//! A small world for tests: fictional operators, keys from their names, a log in memory. Everything
//! goes in through `admission::admit`, as it does in a ledger.
#![expect(clippy::needless_pass_by_value, reason = "values are written where they are used")]

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use probant::admission::{
    AdmissionError, Candidate, Context, Examiner, Records, Refusal, RefusalFinding, admit, id_scope,
};
use probant::attestation::types::{self, ConformityVerdict};
use probant::attestation::{HeaderId, Predicate, Statement, SubjectRule};
use probant::entry::{Body, Entry};
use probant::envelope::{Envelope, StatementDigest};
use probant::genesis::{Genesis, Registrar};
use probant::hash::Digest;
use probant::identifier::{Class, SubjectKey, SubjectUri};
use probant::key::{KeyId, PrivateKey, Signer};
use probant::merkle::EntryIndex;
use probant::note::{KeyType, VerifierKey};
use probant::reason::Reason;
use probant::record::Record;
use probant::registry::Registry;
use probant::time::Timestamp;
use serde_json::{Value, json};

pub(crate) const ORIGIN: &str = "ledger.example/test";
pub(crate) const MAKER: &str = "https://id.gs1.org/417/9521000200005";
pub(crate) const IMPORTER: &str = "urn:eori:FR99900011000018";
pub(crate) const IMPORTER_ALIAS: &str = "urn:vat:FR72999000110";
pub(crate) const LAB: &str = "https://id.gs1.org/417/9521000400009";
pub(crate) const RIVAL: &str = "urn:lei:ZZZZ00BRICOLINTOYS09";
pub(crate) const AGENT: &str = "urn:lei:ZZZZ00RHENANIACOMP04";
pub(crate) const BODY: &str = "urn:nando:9999";
pub(crate) const PLATFORM: &str = "https://id.gs1.org/417/9521000500006";
pub(crate) const AUTHORITY: &str = "urn:lei:ZZZZ00MSAFRANCE00075";
pub(crate) const CONNECTOR: &str = "urn:lei:ZZZZ00CONNECTORXX093";
pub(crate) const VERIFIER: &str = "urn:lei:ZZZZ00LEDGERVERIFY66";
pub(crate) const ACCREDITOR: &str = "urn:lei:ZZZZ00ACCREDITATIO29";
pub(crate) const NOTIFIER: &str = "urn:lei:ZZZZ00NOTIFYINGAUT53";

pub(crate) const TOY: &str = "https://id.gs1.org/01/09521000200012";
pub(crate) const OTHER_TOY: &str = "https://id.gs1.org/01/09521000300026";
pub(crate) const TOYS: &str = "32009L0048";
pub(crate) const RADIO: &str = "32014L0053";
/// Labels of registrar keys; sorted as labels, not as keys.
pub(crate) const REGISTRARS: [&str; 3] = ["registrar-0", "registrar-1", "registrar-2"];

/// The private key with this label. An operator's first key has its URI as label.
pub(crate) fn key(label: &str) -> PrivateKey {
    PrivateKey::from_seed(*Digest::of(label.as_bytes()).as_bytes())
}

pub(crate) fn keyid(label: &str) -> String {
    key(label).public_key().id().to_string()
}

pub(crate) fn key_record(label: &str) -> Value {
    let key = key(label);
    json!({
        "keyid": key.public_key().id().to_string(),
        "public_key": key.public_key().to_string(),
        "purposes": ["*"],
    })
}

/// A statement in the making: each test changes one thing of a good one.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) kind: &'static str,
    pub(crate) predicate: Value,
    pub(crate) signers: Vec<String>,
    pub(crate) subjects: Option<Vec<String>>,
}

impl Draft {
    /// A statement of an operator, signed with its first key.
    pub(crate) fn of(kind: &'static str, issuer: &str, role: &str, members: Value) -> Self {
        let mut predicate = json!({"header": {"issuer": {"operator": issuer, "role": role}}});
        predicate.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        Self { kind, predicate, signers: vec![issuer.to_owned()], subjects: None }
    }

    /// An act of registrars, signed by these and by the other keys given.
    pub(crate) fn of_registrars(
        kind: &'static str,
        registrars: &[&str],
        others: &[&str],
        members: Value,
    ) -> Self {
        let lowest = registrars.iter().map(|label| keyid(label)).min().unwrap();
        let issuer = format!("urn:probant:key:{lowest}");
        let mut draft = Self::of(kind, &issuer, "registrar", members).on_ledger();
        draft.signers = registrars.iter().chain(others).map(|of| (*of).to_owned()).collect();
        draft
    }

    /// With the member at this path of the predicate (RFC 6901) set, or taken away by `null`.
    pub(crate) fn set(mut self, path: &str, value: Value) -> Self {
        let (parent, name) = path.rsplit_once('/').unwrap();
        let parent = self.predicate.pointer_mut(parent).unwrap();
        if value.is_null() {
            parent.as_object_mut().unwrap().remove(name);
        } else {
            parent[name] = value;
        }
        self
    }

    pub(crate) fn on_ledger(self) -> Self {
        self.set("/header/ledger", json!(ORIGIN))
    }

    pub(crate) fn document(self, number: &str, issued: &str) -> Self {
        let document = json!({"number": number, "issued": issued, "languages": ["en"]});
        self.set("/header/document", document)
    }

    pub(crate) fn valid(self, from: &str, until: &str) -> Self {
        self.set("/header/validity", json!({"from": from, "until": until}))
    }

    pub(crate) fn signed_by(mut self, signers: &[&str]) -> Self {
        self.signers = signers.iter().map(|signer| (*signer).to_owned()).collect();
        self
    }

    pub(crate) fn about(mut self, subjects: &[&str]) -> Self {
        self.subjects = Some(subjects.iter().map(|subject| (*subject).to_owned()).collect());
        self
    }
}

/// What is judged above admission: the tests set what it says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Judge {
    pub(crate) policy: Option<String>,
    pub(crate) verdict: Option<RefusalFinding>,
}

impl Examiner for Judge {
    fn policy(&self, _bytes: &[u8]) -> Result<(), String> {
        self.policy.clone().map_or(Ok(()), Err)
    }

    fn verdict(
        &self,
        _verdict: &ConformityVerdict,
        _at: EntryIndex,
        _time: Timestamp,
    ) -> Result<(), RefusalFinding> {
        self.verdict.clone().map_or(Ok(()), Err)
    }
}

/// The log up to an entry, with the payloads that are left.
pub(crate) struct View<'a> {
    log: &'a [Arc<Record>],
    ids: &'a BTreeMap<(String, HeaderId), EntryIndex>,
    below: EntryIndex,
}

impl Records for View<'_> {
    type Error = Infallible;

    fn by_statement(&self, digest: &StatementDigest) -> Result<Option<Arc<Record>>, Infallible> {
        Ok(self.records().find(|record| record.digest() == digest).cloned())
    }

    fn chain(&self, class: Class, uri: &SubjectUri) -> Result<Vec<Arc<Record>>, Infallible> {
        let key = SubjectKey::of(class, uri);
        Ok(self.records().filter(|record| record.feeds(&key)).cloned().collect())
    }

    fn id_holder(&self, scope: &str, id: &HeaderId) -> Result<Option<EntryIndex>, Infallible> {
        let holder = self.ids.get(&(scope.to_owned(), id.clone())).copied();
        Ok(holder.filter(|index| *index < self.below))
    }
}

impl View<'_> {
    fn records(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.log.iter().take_while(|record| record.index() < self.below)
    }
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) genesis: Genesis,
    pub(crate) registry: Registry,
    /// The records from entry 1 on.
    pub(crate) log: Vec<Arc<Record>>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) judge: Judge,
    /// The key that signs the log's checkpoints now.
    pub(crate) log_key: KeyId,
    now: Timestamp,
    ids: BTreeMap<(String, HeaderId), EntryIndex>,
    drafted: u64,
}

impl World {
    /// A ledger with three registrars and nobody else.
    pub(crate) fn empty(quorum: usize) -> Self {
        let log_key =
            VerifierKey::new(ORIGIN.parse().unwrap(), KeyType::Ed25519, *key("log").public_key());
        let registrars: Vec<Registrar> = REGISTRARS
            .iter()
            .map(|label| Registrar { name: (*label).to_owned(), key: *key(label).public_key() })
            .collect();
        let genesis = Genesis::new(&log_key, quorum, &registrars).unwrap();
        Self {
            registry: Registry::new(&genesis),
            genesis,
            log: Vec::new(),
            candidates: Vec::new(),
            entries: Vec::new(),
            judge: Judge::default(),
            log_key: key("log").public_key().id(),
            now: "2026-01-05T00:00:00Z".parse().unwrap(),
            ids: BTreeMap::new(),
            drafted: 0,
        }
    }

    /// A ledger with all operators registered and in their roles, under a quorum of two.
    pub(crate) fn new() -> Self {
        static CAST: OnceLock<World> = OnceLock::new();
        CAST.get_or_init(Self::cast).clone()
    }

    fn cast() -> Self {
        let mut world = Self::empty(2);
        for (operator, country, roles) in [
            (MAKER, "CN", &["manufacturer"][..]),
            (IMPORTER, "FR", &["importer", "distributor"]),
            (LAB, "NL", &["lab"]),
            (RIVAL, "CN", &["manufacturer", "distributor", "importer"]),
            (AGENT, "DE", &["responsible_person", "authorised_rep"]),
            (BODY, "DE", &["notified_body"]),
            (PLATFORM, "FR", &["platform"]),
            (AUTHORITY, "FR", &["market_surveillance"]),
            (CONNECTOR, "FR", &["connector"]),
            (VERIFIER, "FR", &["verifier"]),
            (ACCREDITOR, "FR", &["accreditation_body"]),
            (NOTIFIER, "DE", &["notifying_authority"]),
        ] {
            let aliases = if operator == IMPORTER { vec![IMPORTER_ALIAS] } else { Vec::new() };
            world.add(registration(operator, country, &aliases));
            for role in roles {
                world.add(grant(operator, role));
            }
        }
        world
    }

    /// Sets the ledger's time.
    pub(crate) fn at(&mut self, time: &str) -> &mut Self {
        self.now = time.parse().unwrap();
        self
    }

    pub(crate) fn next_index(&self) -> EntryIndex {
        EntryIndex::new(self.log.len() as u64 + 1)
    }

    /// Offers a statement; it becomes an entry or is refused.
    pub(crate) fn offer(&mut self, draft: Draft) -> Result<Arc<Record>, Refusal> {
        let envelope = self.envelope(draft);
        self.offer_envelope(envelope)
    }

    pub(crate) fn offer_envelope(&mut self, envelope: Envelope) -> Result<Arc<Record>, Refusal> {
        let candidate = Candidate::parse(envelope, |keyid| self.registry.public_key(keyid))?;
        let index = self.next_index();
        let (time, examiner) = (self.now, &self.judge);
        let log_key = self.log_key;
        let context = Context { index, time, is_replay: false, log_key, examiner };
        let admitted = admit(&candidate, &self.registry, &self.view(index), &context);
        let admitted = match admitted {
            Ok(admitted) => admitted,
            Err(AdmissionError::Refused(refusal)) => return Err(refusal),
            Err(error) => panic!("{error}"),
        };
        let prev = self.entries.last().map_or(Digest::ZERO, Entry::leaf_hash);
        let entry = admitted.entry(prev).unwrap();
        let record = Arc::new(admitted.record(&entry).unwrap());
        // What admission makes of it is what everybody else reads from the bytes.
        assert_eq!(Record::check(index, &entry, candidate.envelope()), Ok((*record).clone()));
        self.push(candidate, entry, &record);
        Ok(record)
    }

    /// Records a statement that admission refuses, as a ledger would that breaks the rules.
    pub(crate) fn force(&mut self, draft: Draft) -> Arc<Record> {
        let envelope = self.envelope(draft);
        let candidate =
            Candidate::parse(envelope, |keyid| self.registry.public_key(keyid)).unwrap();
        let envelope = candidate.envelope();
        let bytes = envelope.envelope().encode();
        let body = Body::Attestation {
            statement: envelope.statement_digest(),
            envelope: envelope.envelope().digest(),
            envelope_len: u32::try_from(bytes.len()).unwrap(),
            keys: candidate.statement().feed().keys().into_iter().map(Digest::from).collect(),
        };
        let prev = self.entries.last().map_or(Digest::ZERO, Entry::leaf_hash);
        let entry = Entry::new(self.now, prev, body).unwrap();
        let record = Arc::new(Record::check(self.next_index(), &entry, envelope).unwrap());
        self.push(candidate, entry, &record);
        record
    }

    fn push(&mut self, candidate: Candidate, entry: Entry, record: &Arc<Record>) {
        let header = candidate.statement().header();
        self.ids.insert((id_scope(header), header.id.clone()), record.index());
        self.registry.apply(record);
        self.log.push(Arc::clone(record));
        self.entries.push(entry);
        self.candidates.push(candidate);
    }

    /// Offers a statement that has to be let in.
    pub(crate) fn add(&mut self, draft: Draft) -> Arc<Record> {
        let text = format!("{draft:?}");
        match self.offer(draft) {
            Ok(record) => record,
            Err(refusal) => panic!("{refusal}: {text}"),
        }
    }

    /// Offers a statement that has to be refused with this code; gives the refusal.
    pub(crate) fn refused(&mut self, code: Reason, draft: Draft) -> Refusal {
        let text = format!("{draft:?}");
        match self.offer(draft) {
            Ok(record) => panic!("entry {} instead of {code}: {text}", record.index()),
            Err(refusal) => {
                assert_eq!(refusal.code(), code, "{:?}: {text}", refusal.findings());
                refusal
            }
        }
    }

    /// Signs a draft, with an id and the subjects that it calls for unless it has its own.
    pub(crate) fn envelope(&mut self, draft: Draft) -> Envelope {
        self.drafted += 1;
        let id = format!("id-{}", self.drafted);
        let draft = match draft.predicate.pointer("/header/id") {
            Some(_) => draft,
            None => draft.set("/header/id", json!(id)),
        };
        let subjects = draft.subjects.clone().unwrap_or_else(|| self.subjects(&draft));
        sign(&draft, &subjects)
    }

    /// The subjects that a draft calls for.
    fn subjects(&self, draft: &Draft) -> Vec<String> {
        let Some(predicate) = typed(draft.kind, draft.predicate.clone()) else {
            return vec![TOY.to_owned()];
        };
        let subjects: BTreeSet<SubjectUri> = match predicate.subjects() {
            Ok(SubjectRule::Exactly(subjects)) => subjects.into_iter().collect(),
            Ok(SubjectRule::OfStatement { target, and }) => {
                let target = self.log.iter().find(|record| *record.digest() == target);
                let statement = target.and_then(|record| record.statement());
                let own = statement.map(|of| of.subjects().to_vec()).unwrap_or_default();
                own.into_iter().chain(and).collect()
            }
            Ok(SubjectRule::OfDocument { document }) => {
                let is_of =
                    |of: &&Statement| of.header().document_ref().as_ref() == Some(&document);
                let statements = self.log.iter().filter_map(|record| record.statement());
                let mut subjects: BTreeSet<SubjectUri> =
                    statements.filter(is_of).flat_map(|of| of.subjects().to_vec()).collect();
                if subjects.is_empty() {
                    subjects.insert(document.uri().into());
                }
                subjects
            }
            Ok(SubjectRule::RegistrarsAnd(and)) => {
                let set = self.registry.registrars(self.next_index());
                let keys = set.keys.iter().map(|key| format!("urn:probant:key:{key}"));
                keys.map(|uri| uri.parse().unwrap()).chain(and).collect()
            }
            Err(_) => return vec![TOY.to_owned()],
        };
        let subjects: Vec<String> = subjects.iter().map(ToString::to_string).collect();
        if subjects.is_empty() { vec![TOY.to_owned()] } else { subjects }
    }

    pub(crate) fn view(&self, below: EntryIndex) -> View<'_> {
        View { log: &self.log, ids: &self.ids, below }
    }

    /// Judges every entry again at its own place, as an audit does. `log` may have lost payloads.
    pub(crate) fn replay(&self, log: &[Arc<Record>]) -> Vec<(EntryIndex, Refusal)> {
        let mut registry = Registry::new(&self.genesis);
        let mut refusals = Vec::new();
        for (candidate, record) in self.candidates.iter().zip(log) {
            let context = Context {
                index: record.index(),
                time: record.time(),
                is_replay: true,
                log_key: self.log_key,
                examiner: &self.judge,
            };
            let view = View { log, ids: &self.ids, below: record.index() };
            match admit(candidate, &registry, &view, &context) {
                Err(AdmissionError::Refused(refusal)) if !record.is_erased() => {
                    refusals.push((record.index(), refusal));
                }
                Ok(_) | Err(AdmissionError::Refused(_)) => {}
                Err(error) => panic!("{error}"),
            }
            registry.apply(record);
        }
        refusals
    }
}

/// Signs a draft that is about these subjects.
pub(crate) fn sign(draft: &Draft, subjects: &[String]) -> Envelope {
    let subject: Vec<Value> = subjects
        .iter()
        .map(|uri| {
            json!({"name": uri, "digest": {"sha256": Digest::of(uri.as_bytes()).to_string()}})
        })
        .collect();
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": format!("urn:probant:attestation:{}:v1", draft.kind),
        "predicate": draft.predicate,
    });
    let keys: Vec<PrivateKey> = draft.signers.iter().map(|label| key(label)).collect();
    let signers: Vec<&dyn Signer> = keys.iter().map(|key| -> &dyn Signer { key }).collect();
    Envelope::sign(statement.to_string().into_bytes(), &signers).unwrap()
}

macro_rules! typed {
    ($kind:expr, $value:expr, $($name:literal = $variant:ident($type:ident)),* $(,)?) => {
        match $kind {
            $($name => {
                let typed: types::$type = serde_json::from_value($value).ok()?;
                Some(Predicate::$variant(Box::new(typed)))
            })*
            other => panic!("{other}"),
        }
    };
}

fn typed(kind: &str, value: Value) -> Option<Predicate> {
    typed!(
        kind,
        value,
        "operator-registration" = OperatorRegistration(OperatorRegistration),
        "role-grant" = RoleGrant(RoleGrant),
        "accreditation" = Accreditation(Accreditation),
        "notification" = Notification(Notification),
        "key-event" = KeyEvent(KeyEvent),
        "registrar-change" = RegistrarChange(RegistrarChange),
        "policy" = PolicyPublication(PolicyPublication),
        "product-identity" = ProductIdentity(ProductIdentity),
        "eu-declaration-of-conformity" = EuDeclaration(EuDeclaration),
        "conformity-certificate" = ConformityCertificate(ConformityCertificate),
        "production-quality-approval" = ProductionQualityApproval(ProductionQualityApproval),
        "test-report" = TestReport(TestReport),
        "importer-declaration" = ImporterDeclaration(ImporterDeclaration),
        "mandate" = Mandate(Mandate),
        "traceability-event" = TraceabilityEvent(TraceabilityEvent),
        "external-registration" = ExternalRegistration(ExternalRegistration),
        "status-change" = StatusChange(StatusChange),
        "safety-measure" = SafetyMeasure(SafetyMeasure),
        "measure-update" = MeasureUpdate(MeasureUpdate),
        "supersession" = Supersession(Supersession),
        "concern-report" = ConcernReport(ConcernReport),
        "erasure-order" = ErasureOrder(ErasureOrder),
        "trader-verification" = TraderVerification(TraderVerification),
        "conformity-verdict" = ConformityVerdict(ConformityVerdict),
        "listing-record" = ListingRecord(ListingRecord),
    )
}

pub(crate) fn registration(operator: &str, country: &str, aliases: &[&str]) -> Draft {
    let draft = Draft::of_registrars(
        "operator-registration",
        &REGISTRARS[..2],
        &[operator],
        json!({
            "operator": operator,
            "legal_name": format!("Example {operator}"),
            "country": country,
            "postal": "1 Example Road",
            "electronic": "office@example.com",
            "key": key_record(operator),
        }),
    );
    if aliases.is_empty() { draft } else { draft.set("/aliases", json!(aliases)) }
}

pub(crate) fn grant(operator: &str, role: &str) -> Draft {
    Draft::of_registrars(
        "role-grant",
        &REGISTRARS[..2],
        &[],
        json!({"operator": operator, "role": role, "action": "GRANT", "from": "2026-01-01"}),
    )
}

pub(crate) fn key_event(
    operator: &str,
    role: &str,
    action: &str,
    label: &str,
    by: &[&str],
) -> Draft {
    Draft::of(
        "key-event",
        operator,
        role,
        json!({
            "operator": operator,
            "action": action,
            "key": key_record(label),
            "effective_at": "2026-01-05T00:00:00Z",
        }),
    )
    .on_ledger()
    .signed_by(by)
}

pub(crate) fn scope(product: &str) -> Value {
    json!({"products": [{"id": product}]})
}

pub(crate) fn lots(product: &str, lots: &[&str]) -> Value {
    json!({"products": [{"id": product}], "batches": {"mode": "LIST", "list": lots}})
}

pub(crate) fn types_of(holder: &str, designation: &str) -> Value {
    json!({"types": [{"holder": holder, "designation": designation}]})
}

pub(crate) fn identity(maker: &str, product: &str) -> Draft {
    Draft::of(
        "product-identity",
        maker,
        "manufacturer",
        json!({
            "scope": scope(product),
            "brand": "Example",
            "model": "Bear",
            "category": {"gpc": "10005160", "cn": "95030041"},
            "types": [{"designation": "LP-BEAR-30"}],
            "origin": "CN",
            "images": [Digest::of(b"image").to_string()],
            "attributes": {
                "electrical": false, "battery": false, "button_cell": false, "radio": false,
                "food_contact": false, "internet_connected": false,
                "processes_personal_data": false, "transfers_money": false,
            },
        }),
    )
}

pub(crate) fn report(lab: &str, number: &str) -> Draft {
    Draft::of(
        "test-report",
        lab,
        "lab",
        json!({
            "scope": types_of(MAKER, "LP-BEAR-30"),
            "accreditation": "XX-L-9901",
            "sample": {"id": "S-1", "received": "2026-01-02"},
            "tested_from": "2026-01-02",
            "tested_until": "2026-01-03",
            "tests": [{"standard": "EN 71-1", "edition": "2014", "result": "PASS"}],
            "overall": "PASS",
        }),
    )
    .document(number, "2026-01-04")
}

pub(crate) fn declaration(issuer: &str, role: &str, maker: &str, number: &str) -> Draft {
    Draft::of(
        "eu-declaration-of-conformity",
        issuer,
        role,
        json!({
            "scope": scope(TOY),
            "manufacturer": {"operator": maker, "name": "Example", "postal": "1 Example Road"},
            "sole_responsibility": true,
            "object": {"description": "Plush bear"},
            "modules": {TOYS: "A"},
            "signatory": {
                "name_digest": Digest::of(b"name").to_string(), "function": "Director",
                "place": "Exampletown", "date": "2026-01-04",
            },
        }),
    )
    .set("/header/legislation", json!([TOYS]))
    .document(number, "2026-01-04")
    .valid("2026-01-04", "2036-01-04")
}

pub(crate) fn certificate(issuer: &str, number: &str, act: &str) -> Draft {
    Draft::of(
        "conformity-certificate",
        issuer,
        "notified_body",
        json!({
            "scope": types_of(MAKER, "VOL-QI15"),
            "holder": MAKER,
            "result": "CONFORMS",
            "act": act,
            "module": "B",
            "body_number": "9999",
        }),
    )
    .document(number, "2026-01-04")
    .valid("2026-01-04", "2031-01-04")
}

pub(crate) fn approval(issuer: &str, number: &str, act: &str, module: &str) -> Draft {
    Draft::of(
        "production-quality-approval",
        issuer,
        "notified_body",
        json!({
            "scope": types_of(MAKER, "VOL-QI15"),
            "act": act,
            "module": module,
            "body_number": "9999",
            "holder": MAKER,
            "sites": ["9521000200005"],
            "next_surveillance": "2027-01-04",
        }),
    )
    .document(number, "2026-01-04")
    .valid("2026-01-04", "2031-01-04")
}

/// What the connector says that a register has on some goods of a holder.
pub(crate) fn registered(registry: &str, holder: &str, scope: Value) -> Draft {
    registration_of(registry, holder).set("/scope", scope)
}

/// What the connector says that a register has on an operator.
pub(crate) fn registration_of(registry: &str, holder: &str) -> Draft {
    Draft::of(
        "external-registration",
        CONNECTOR,
        "connector",
        json!({
            "registry": registry,
            "number": "N-1",
            "status": "REGISTERED",
            "checked_at": "2026-01-04T00:00:00Z",
            "response": Digest::of(b"response").to_string(),
            "holder": holder,
        }),
    )
}

/// A concern about a product.
pub(crate) fn concern(issuer: &str, role: &str, product: &str) -> Draft {
    concern_about(issuer, role, json!({"product": product}))
}

pub(crate) fn concern_about(issuer: &str, role: &str, target: Value) -> Draft {
    let claim = json!({"en": "It looks like another product."});
    Draft::of("concern-report", issuer, role, json!({"target": target, "claim": claim}))
}

/// How a platform verified a trader.
pub(crate) fn verification(platform: &str, trader: &str, result: &str) -> Draft {
    let items = ["30.1.a", "30.1.b", "30.1.c", "30.1.d", "30.1.e"];
    let checks: Vec<Value> = items
        .iter()
        .map(|item| {
            json!({
                "item": item,
                "result": if *item == "30.1.d" { result } else { "PASS" },
                "checked_at": "2026-01-04T00:00:00Z",
                "response": Digest::of(item.as_bytes()).to_string(),
            })
        })
        .collect();
    Draft::of(
        "trader-verification",
        platform,
        "platform",
        json!({"trader": trader, "checks": checks, "self_certified": true, "result": result}),
    )
}

pub(crate) fn import(importer: &str, eori: &str, lot: &str, number: &str) -> Draft {
    Draft::of(
        "importer-declaration",
        importer,
        "importer",
        json!({
            "scope": lots(TOY, &[lot]),
            "eori": eori,
            "consignment": "C-1",
            "quantity": 100,
            "mrn": "26FRD0010000123456",
            "checked": {
                "doc": {"issuer": MAKER, "number": "DOC-1"}, "documentation": true,
                "marking": true,
            },
            "importer": {"name": "E", "postal": "1 Example Road", "electronic": "e@example.com"},
        }),
    )
    .document(number, "2026-01-04")
}

pub(crate) fn mandate(kind: &str, mandator: &str, mandatary: &str, product: &str) -> Draft {
    Draft::of(
        "mandate",
        mandator,
        "manufacturer",
        json!({
            "scope": scope(product),
            "kind": kind,
            "mandator": mandator,
            "mandatary": mandatary,
            "postal": "1 Example Road",
            "electronic": "agent@example.com",
            "tasks": ["keep the declaration"],
        }),
    )
    .valid("2026-01-01", "2027-01-01")
    .signed_by(&[mandator, mandatary])
}

pub(crate) fn event(issuer: &str, role: &str, output: &str) -> Draft {
    Draft::of(
        "traceability-event",
        issuer,
        role,
        json!({
            "event": "OBJECT",
            "event_time": "2026-01-04T00:00:00Z",
            "offset": "+00:00",
            "biz_step": "commissioning",
            "outputs": [output],
        }),
    )
}

pub(crate) fn measure(issuer: &str, role: &str, number: &str, scope: Value) -> Draft {
    Draft::of(
        "safety-measure",
        issuer,
        role,
        json!({
            "scope": scope,
            "kind": "RECALL",
            "ordered": false,
            "risk": {"type": "ingestion", "level": "serious"},
            "start": "2026-01-05",
            "countries": ["FR"],
            "consumer_action": {"en": "Return it."},
            "source_id": "A12/09999/26",
        }),
    )
    .document(number, "2026-01-05")
}

/// The name of a document, as others refer to it.
pub(crate) fn named(issuer: &str, number: &str) -> Value {
    json!({"issuer": issuer, "number": number, "version": "1"})
}

pub(crate) fn update(
    issuer: &str,
    role: &str,
    change: &str,
    target: &Record,
    document: Value,
) -> Draft {
    Draft::of(
        "measure-update",
        issuer,
        role,
        json!({
            "target": target.digest().to_string(),
            "document": document,
            "change": change,
            "effective_at": "2026-01-05T00:00:00Z",
        }),
    )
}

pub(crate) fn status_change(issuer: &str, role: &str, action: &str, target: Value) -> Draft {
    Draft::of(
        "status-change",
        issuer,
        role,
        json!({
            "target": target,
            "action": action,
            "effective_at": "2026-01-05T00:00:00Z",
            "reason": "SAFETY",
        }),
    )
}

/// The target of a change: a record, with its document if it is one.
pub(crate) fn target(record: &Record) -> Value {
    let mut target = json!({"statement": record.digest().to_string()});
    if let Some(document) = record.statement().unwrap().header().document_ref() {
        target["document"] = serde_json::to_value(document).unwrap();
    }
    target
}

pub(crate) fn supersession(issuer: &str, role: &str, old: &Record, new: &Record) -> Draft {
    let document = |record: &Record| {
        serde_json::to_value(record.statement().unwrap().header().document_ref()).unwrap()
    };
    Draft::of(
        "supersession",
        issuer,
        role,
        json!({
            "old": old.digest().to_string(),
            "old_document": document(old),
            "new": new.digest().to_string(),
            "new_document": document(new),
        }),
    )
}

pub(crate) fn erasure(issuer: &str, role: &str, record: &Record) -> Draft {
    let statement = record.statement().unwrap();
    let mut members = json!({
        "target": record.digest().to_string(),
        "predicate_type": statement.kind().predicate_type(),
        "ground": "DATA_PROTECTION",
    });
    if let Some(document) = statement.header().document_ref() {
        members["document"] = serde_json::to_value(document).unwrap();
    }
    Draft::of("erasure-order", issuer, role, members)
}

pub(crate) fn erasure_by_registrars(record: &Record) -> Draft {
    let mut members = erasure(PLATFORM, "platform", record).predicate;
    members.as_object_mut().unwrap().remove("header");
    Draft::of_registrars("erasure-order", &REGISTRARS[..2], &[], members)
}

pub(crate) fn accreditation(issuer: &str, number: &str, action: &str) -> Draft {
    Draft::of(
        "accreditation",
        issuer,
        "accreditation_body",
        json!({
            "body": LAB,
            "norm": "ISO/IEC 17025",
            "action": action,
            "effective_at": "2026-01-05T00:00:00Z",
            "standards": ["EN 71-1"],
        }),
    )
    .on_ledger()
    .document(number, "2026-01-04")
}

pub(crate) fn notification(issuer: &str, body: &str, act: &str, action: &str) -> Draft {
    Draft::of(
        "notification",
        issuer,
        "notifying_authority",
        json!({
            "body": body,
            "act": act,
            "modules": ["B"],
            "action": action,
            "effective_at": "2026-01-05T00:00:00Z",
        }),
    )
    .on_ledger()
}

pub(crate) fn transcribed(draft: Draft, by: &str) -> Draft {
    let source = json!({
        "name": "copy.pdf", "mediaType": "application/pdf",
        "digest": {"sha256": Digest::of(b"pdf").to_string()},
    });
    let transcription = json!({"by": by, "source": source, "file_only": false});
    draft.set("/header/transcription", transcription).signed_by(&[by])
}

pub(crate) fn verdict(issuer: &str, role: &str, tree_size: u64) -> Draft {
    let body = b"{}";
    Draft::of(
        "conformity-verdict",
        issuer,
        role,
        json!({
            "body": "e30=",
            "sha256": Digest::of(body).to_string(),
            "verdict": "LISTABLE",
            "product": TOY,
            "platform": PLATFORM,
            "listing_id": "MK-1",
            "tree_size": tree_size,
            "policy": {"id": "eu-toys", "version": "1", "sha256": Digest::of(b"p").to_string()},
        }),
    )
}

pub(crate) fn listing(number: &str, action: &str) -> Draft {
    Draft::of(
        "listing-record",
        PLATFORM,
        "platform",
        json!({
            "listing_id": number,
            "product": TOY,
            "trader": IMPORTER,
            "countries": ["FR"],
            "action": action,
            "at": "2026-01-05T00:00:00Z",
        }),
    )
    .document(number, "2026-01-05")
}

pub(crate) fn policy(number: &str) -> Draft {
    Draft::of(
        "policy",
        PLATFORM,
        "platform",
        json!({"content": "eA==", "sha256": Digest::of(b"x").to_string()}),
    )
    .on_ledger()
    .document(number, "2026-01-05")
}

pub(crate) fn registrar_change(by: &[&str], members: Value, added: &[&str]) -> Draft {
    Draft::of_registrars("registrar-change", by, added, members)
}
