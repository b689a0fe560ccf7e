//! A ledger in memory: what is recorded has gone through admission, under keys that exist for the
//! length of a case.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

use serde_json::{Value, json};

use super::case::Party;
use crate::admission::{
    AdmissionError, Candidate, Context, Examiner, Records, RefusalFinding, admit, id_scope,
};
use crate::attestation::types::ConformityVerdict;
use crate::attestation::{HeaderId, Predicate, PredicateKind, Role, Statement, SubjectRule};
use crate::encoding::base64_encode;
use crate::entry::Entry;
use crate::envelope::{Envelope, StatementDigest};
use crate::genesis::{Genesis, Registrar};
use crate::hash::Digest;
use crate::identifier::{Class, KeyUri, SubjectKey, SubjectUri};
use crate::key::{PrivateKey, Signer};
use crate::merkle::{EntryIndex, TreeSize};
use crate::note::{KeyType, VerifierKey};
use crate::policy::closure::ChainSource;
use crate::policy::{AsOf, RuleSet};
use crate::reason::Reason;
use crate::record::Record;
use crate::registry::Registry;
use crate::time::Timestamp;

/// The name of every such ledger. No log has it: the top level is reserved (RFC 2606).
pub(super) const ORIGIN: &str = "rehearsal.invalid/cases";

/// Whose key admits the parties.
const REGISTRAR: &str = "registrar";

/// Why a step could not be taken, from whichever part of the product refused it.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// A statement before it is signed.
pub(super) struct Draft<'a> {
    pub(super) kind: &'a str,
    pub(super) predicate: Value,
    /// Whose keys sign, by operator.
    pub(super) signers: &'a [String],
    pub(super) at: Timestamp,
}

/// A ledger in memory.
pub(super) struct Rehearsal {
    genesis: Genesis,
    registry: Registry,
    /// From entry 1 on.
    log: Vec<Arc<Record>>,
    ids: BTreeMap<(String, HeaderId), EntryIndex>,
    last: Digest,
    next: u64,
}

impl Rehearsal {
    /// A ledger with one registrar and nobody else.
    pub(super) fn new() -> Result<Self, Cause> {
        let log_key =
            VerifierKey::new(ORIGIN.parse()?, KeyType::Ed25519, *key_of("log").public_key());
        let registrar =
            Registrar { name: REGISTRAR.to_owned(), key: *key_of(REGISTRAR).public_key() };
        let genesis = Genesis::new(&log_key, 1, &[registrar])?;
        let registry = Registry::new(&genesis);
        let (log, ids) = (Vec::new(), BTreeMap::new());
        Ok(Self { genesis, registry, log, ids, last: Digest::ZERO, next: 1 })
    }

    /// The trust root.
    pub(super) const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The state to answer under, sealed at this time.
    pub(super) fn as_of(&self, seal_time: Timestamp) -> AsOf {
        let size = TreeSize::new(self.next);
        AsOf { origin: ORIGIN.to_owned(), size, map_root: Digest::ZERO, seal_time }
    }

    /// Registers a party and grants its roles.
    pub(super) fn register(&mut self, party: &Party, at: Timestamp) -> Result<(), Cause> {
        let key = key_of(&party.operator);
        let mut registration = act(&format!("registration-{}", self.next));
        let members = json!({
            "operator": party.operator,
            "legal_name": party.name,
            "country": party.country,
            "postal": "1 Example Road",
            "electronic": "office@example.com",
            "key": {
                "keyid": key.public_key().id(),
                "public_key": base64_encode(key.public_key().as_bytes()),
                "purposes": ["*"],
            },
        });
        super::form::merge(&mut registration, &members);
        if !party.aliases.is_empty() {
            super::form::merge(&mut registration, &json!({"aliases": party.aliases}));
        }
        let signers = [REGISTRAR.to_owned(), party.operator.clone()];
        let kind = PredicateKind::OperatorRegistration.name();
        self.record(&Draft { kind, predicate: registration, signers: &signers, at })?;
        for role in &party.roles {
            let mut grant = act(&format!("grant-{}", self.next));
            let members = json!({
                "operator": party.operator, "role": role.name(), "action": "GRANT",
                "from": at.date(),
            });
            super::form::merge(&mut grant, &members);
            if !party.acts.is_empty() {
                super::form::merge(&mut grant, &json!({"acts": party.acts}));
            }
            let kind = PredicateKind::RoleGrant.name();
            let signers = [REGISTRAR.to_owned()];
            self.record(&Draft { kind, predicate: grant, signers: &signers, at })?;
        }
        Ok(())
    }

    /// Signs a statement and lets it in, or says why not.
    pub(super) fn record(&mut self, draft: &Draft<'_>) -> Result<StatementDigest, Cause> {
        let kind = PredicateKind::ALL.iter().copied().find(|kind| kind.name() == draft.kind);
        let kind =
            kind.ok_or_else(|| format!("no type of attestation is called {:?}", draft.kind))?;
        let predicate = Predicate::parse(kind, draft.predicate.to_string().as_bytes())?;
        let statement = Statement::write(&self.subjects(&predicate)?, &predicate)?;
        let keys: Vec<PrivateKey> = draft.signers.iter().map(|signer| key_of(signer)).collect();
        let signers: Vec<&dyn Signer> = keys.iter().map(|key| -> &dyn Signer { key }).collect();
        let envelope = Envelope::sign(statement, &signers)?;
        let candidate = Candidate::parse(envelope, |keyid| self.registry.public_key(keyid))?;
        let index = EntryIndex::new(self.next);
        let log_key = self.genesis.log_key().public_key().id();
        let (time, examiner) = (draft.at, &NoVerdicts);
        let context = Context { index, time, is_replay: false, log_key, examiner };
        let admitted = match admit(&candidate, &self.registry, self, &context) {
            Ok(admitted) => admitted,
            Err(AdmissionError::Refused(refusal)) => return Err(refusal.into()),
            Err(AdmissionError::Known { index }) => {
                return Err(format!("the statement is entry {index}").into());
            }
            Err(AdmissionError::Records(never)) => match never {},
        };
        let entry: Entry = admitted.entry(self.last)?;
        let record = Arc::new(admitted.record(&entry)?);
        let header = candidate.statement().header();
        self.ids.insert((id_scope(header), header.id.clone()), index);
        self.registry.apply(&record);
        self.last = entry.leaf_hash();
        self.next += 1;
        self.log.push(record);
        Ok(candidate.digest())
    }

    /// What a predicate is about.
    fn subjects(&self, predicate: &Predicate) -> Result<Vec<SubjectUri>, Cause> {
        let statements = || self.log.iter().filter_map(|record| record.statement());
        let found: BTreeSet<SubjectUri> = match predicate.subjects()? {
            SubjectRule::Exactly(subjects) => subjects.into_iter().collect(),
            SubjectRule::OfStatement { target, and } => {
                let target = self.log.iter().find(|record| *record.digest() == target);
                let target = target.and_then(|record| record.statement());
                let own = target.map(|of| of.subjects().to_vec()).unwrap_or_default();
                own.into_iter().chain(and).collect()
            }
            SubjectRule::OfDocument { document } => {
                let is_of =
                    |of: &&Statement| of.header().document_ref().as_ref() == Some(&document);
                let own: BTreeSet<SubjectUri> =
                    statements().filter(is_of).flat_map(|of| of.subjects().to_vec()).collect();
                if own.is_empty() { BTreeSet::from([document.uri().into()]) } else { own }
            }
            SubjectRule::RegistrarsAnd(and) => {
                let registrars = self.registry.registrars(EntryIndex::new(self.next));
                let keys = registrars.keys.iter().map(|id| KeyUri::new(*id.digest()).into());
                keys.chain(and).collect()
            }
        };
        Ok(found.into_iter().collect())
    }
}

/// An act of the registrar, with its header.
fn act(id: &str) -> Value {
    let issuer = KeyUri::new(*key_of(REGISTRAR).public_key().id().digest());
    json!({"header": {
        "id": id, "ledger": ORIGIN,
        "issuer": {"operator": issuer.to_string(), "role": Role::Registrar.name()},
    }})
}

/// The key of a party of a case. It follows from the name, so anybody has it, and the same case
/// gives the same bytes; it is worth nothing, since no ledger registers it.
fn key_of(name: &str) -> PrivateKey {
    let seed = Digest::of(format!("probant rehearsal, key of {name}").as_bytes());
    PrivateKey::from_seed(*seed.as_bytes())
}

impl Records for Rehearsal {
    type Error = Infallible;

    fn by_statement(&self, digest: &StatementDigest) -> Result<Option<Arc<Record>>, Infallible> {
        Ok(self.log.iter().find(|record| record.digest() == digest).cloned())
    }

    fn chain(&self, class: Class, uri: &SubjectUri) -> Result<Vec<Arc<Record>>, Infallible> {
        let key = SubjectKey::of(class, uri);
        Ok(self.log.iter().filter(|record| record.feeds(&key)).cloned().collect())
    }

    fn id_holder(&self, scope: &str, id: &HeaderId) -> Result<Option<EntryIndex>, Infallible> {
        Ok(self.ids.get(&(scope.to_owned(), id.clone())).copied())
    }
}

/// The chains of the whole ledger.
pub(super) struct Chains<'a>(pub(super) &'a Rehearsal);

impl ChainSource for Chains<'_> {
    type Error = Infallible;

    fn chain(
        &mut self,
        class: Class,
        subject: &SubjectUri,
    ) -> Result<Vec<Arc<Record>>, Infallible> {
        Records::chain(self.0, class, subject)
    }
}

/// Reads rule sets; a case logs no verdicts.
struct NoVerdicts;

impl Examiner for NoVerdicts {
    fn policy(&self, bytes: &[u8]) -> Result<(), String> {
        RuleSet::parse(bytes).map(drop).map_err(|error| error.to_string())
    }

    fn verdict(
        &self,
        _verdict: &ConformityVerdict,
        _at: EntryIndex,
        _time: Timestamp,
    ) -> Result<(), RefusalFinding> {
        let message = "a case logs no verdicts: it has no seals that one could rest on";
        Err(RefusalFinding::new(Reason::StatementInvalid, None, message))
    }
}
