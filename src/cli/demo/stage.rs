//! The stage of a story: a ledger of its own, served over gRPC, with a clock that the story sets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prost::bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::cast::{Party, REGISTRARS, VERIFIER};
use super::forms::Form;
use super::rows::{AttackRow, QueryRow, Rows};
use crate::attestation::{Predicate, PredicateKind, Role, Statement, SubjectRule};
use crate::cli::export::ViewSource;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::keygen::random_key;
use crate::cli::place;
use crate::client::{Client, ClientError, ClientOptions};
use crate::dossier;
use crate::encoding;
use crate::envelope::{Envelope, StatementDigest};
use crate::export::{MirrorOptions, mirror};
use crate::genesis::{Genesis, Registrar};
use crate::identifier::{KeyUri, SubjectUri};
use crate::key::{PrivateKey, Signer};
use crate::ledger::{Clock, Ledger, Options, SetClock, Verifier};
use crate::merkle::EntryIndex;
use crate::note::{KeyType, VerifierKey};
use crate::policy::PolicySet;
use crate::service;
use crate::storage::{SledOptions, SledStorage};
use crate::time::Timestamp;

/// How old the checkpoint of a dossier may be: a day, as `probant verify` has it by default.
const AGE_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// A ledger that a story is played on.
#[derive(Debug)]
pub(super) struct Stage {
    case: &'static str,
    dir: PathBuf,
    genesis: Genesis,
    policies: PolicySet,
    clock: Arc<SetClock>,
    ledger: Arc<Ledger>,
    client: Client,
    server: JoinHandle<Result<(), service::ServeError>>,
    stop: oneshot::Sender<()>,
    registrars: Vec<Arc<PrivateKey>>,
    recorded: BTreeMap<String, Recorded>,
    subjects: BTreeMap<StatementDigest, Vec<SubjectUri>>,
    rows: Rows,
}

/// A record that the story has made.
#[derive(Clone, Debug)]
struct Recorded {
    digest: StatementDigest,
    envelope: Envelope,
    index: EntryIndex,
}

/// What the story expects of a query.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    verdict: &'static str,
    prohibited: bool,
    reasons: BTreeSet<String>,
    members: Vec<(&'static str, Value)>,
}

/// What the server answered to a query.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    name: String,
    dossier: Bytes,
    read_at: Timestamp,
    logged: Result<StatementDigest, String>,
}

impl Expected {
    pub(super) fn listable() -> Self {
        Self::new("LISTABLE", &[])
    }

    pub(super) fn review(reasons: &[&str]) -> Self {
        Self::new("REVIEW", reasons)
    }

    pub(super) fn not_listable(reasons: &[&str]) -> Self {
        Self::new("NOT_LISTABLE", reasons)
    }

    pub(super) fn prohibited(reasons: &[&str]) -> Self {
        Self { prohibited: true, ..Self::not_listable(reasons) }
    }

    /// And a member of the verdict with this value.
    pub(super) fn with(mut self, member: &'static str, value: Value) -> Self {
        self.members.push((member, value));
        self
    }

    fn new(verdict: &'static str, reasons: &[&str]) -> Self {
        let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        Self { verdict, prohibited: false, reasons, members: Vec::new() }
    }

    /// The word.
    pub(super) const fn verdict(&self) -> &'static str {
        self.verdict
    }

    /// The codes of all findings that are not met.
    pub(super) const fn reasons(&self) -> &BTreeSet<String> {
        &self.reasons
    }

    /// What differs, the reasons apart.
    pub(super) fn differences(&self, verdict: &Value) -> Vec<String> {
        let own = [("verdict", json!(self.verdict)), ("prohibited", json!(self.prohibited))];
        let expected = own.iter().chain(&self.members);
        expected
            .filter(|(member, value)| verdict[*member] != *value)
            .map(|(member, value)| format!("{member}: {} instead of {value}", verdict[*member]))
            .collect()
    }
}

impl Answer {
    /// The statement of the logged verdict.
    pub(super) fn logged(&self) -> Result<StatementDigest, Failure> {
        let not_logged = |why| format!("{}: the verdict was not logged: {why}", self.name);
        self.logged.clone().map_err(|why| Failure::new(not_logged(why)))
    }
}

impl Stage {
    /// Sets up a ledger in `dir` and serves it on a free port.
    pub(super) async fn set(
        case: &'static str,
        dir: PathBuf,
        policies: &[(&str, String)],
        opens_at: &str,
    ) -> Result<Self, Failure> {
        for folder in ["dossiers", "queries", "policies", "envelopes", "receipts"] {
            files::make_private_dir(&dir.join(folder))?;
        }
        let mut accepted = PolicySet::embedded();
        for (name, toml) in policies {
            files::write_new(&dir.join("policies").join(name), toml.as_bytes(), Access::Public)?;
            accepted = accepted.with(toml.as_bytes()).step(format!("policy {name}"))?;
        }
        let registrars = REGISTRARS
            .iter()
            .map(|(_, pem)| PrivateKey::from_pem(pem).map(Arc::new).step("registrar's key"))
            .collect::<Result<Vec<_>, _>>()?;
        let log_key = random_key()?;
        files::write_new(&place::log_key(&dir), log_key.to_pem().as_bytes(), Access::Owner)?;
        let genesis = genesis(case, &log_key, &registrars)?;
        files::write_new(&place::genesis(&dir), genesis.bytes(), Access::Public)?;
        let clock = Arc::new(SetClock::new(time(opens_at)?));
        let ledger = ledger(&dir, &genesis, &clock, &accepted, log_key)?;
        let ledger = Arc::new(ledger);

        let listener = TcpListener::bind("127.0.0.1:0").await.step("bind a free port")?;
        let address = listener.local_addr().step("bind a free port")?;
        let (stop, stopped) = oneshot::channel();
        let operator = VERIFIER.uri.parse().step("verifier")?;
        let verifier = Verifier::new(operator, key_of(&VERIFIER)?);
        let server = tokio::spawn(service::run(
            listener,
            Arc::clone(&ledger),
            service::ServeOptions { policies: accepted.clone(), verifier: Some(verifier) },
            async {
                // The story's end, or the end of whoever told it.
                drop(stopped.await);
            },
        ));
        let options = ClientOptions { genesis: Some(genesis.clone()), ..ClientOptions::default() };
        let client =
            Client::connect(&format!("http://{address}"), options).await.step("connect")?;
        Ok(Self {
            case,
            dir,
            genesis,
            policies: accepted,
            clock,
            ledger,
            client,
            server,
            stop,
            registrars,
            recorded: BTreeMap::new(),
            subjects: BTreeMap::new(),
            rows: Rows::default(),
        })
    }

    /// The ledger's name.
    pub(super) fn origin(&self) -> &str {
        self.genesis.origin().as_str()
    }

    /// The case's directory.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The ledger's genesis document.
    pub(super) const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The rule sets that the stories are judged by.
    pub(super) const fn policies(&self) -> &PolicySet {
        &self.policies
    }

    /// The story's time.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What was found so far.
    pub(super) const fn rows_mut(&mut self) -> &mut Rows {
        &mut self.rows
    }

    /// Writes the whole log as files.
    pub(super) fn export(&self, to: &Path) -> Result<(), Failure> {
        let mut source = ViewSource::new(self.ledger.view(None).step("export")?);
        let options = MirrorOptions::default();
        mirror(&mut source, to, &self.genesis, options, &mut |_progress| {}).step("export")?;
        Ok(())
    }

    /// Moves the clock, and has the ledger seal, so that what follows is answered under a seal of
    /// that time.
    pub(super) async fn at(&self, moment: &str) -> Result<(), Failure> {
        self.clock.set(time(moment)?);
        let ledger = Arc::clone(&self.ledger);
        let sealed = tokio::task::spawn_blocking(move || ledger.seal()).await.step("seal")?;
        sealed.step("seal").map(drop)
    }

    /// The size of the newest checkpoint.
    pub(super) fn size(&self) -> Result<u64, Failure> {
        Ok(self.ledger.view(None).step("newest checkpoint")?.size().get())
    }

    /// Registers a party and grants its roles, signed by two registrars.
    pub(super) async fn admit(&mut self, party: &Party) -> Result<(), Failure> {
        let day = self.clock.now().date().to_string();
        let mut registration = self
            .registrar_form("operator-registration", &format!("reg-{}", party.name))
            .with("operator", json!(party.uri))
            .with("legal_name", json!(party.legal_name))
            .with("country", json!(party.country))
            .with("postal", json!(super::forms::postal(party)))
            .with("electronic", json!(super::forms::electronic(party)))
            .with("key", key_record(party)?);
        if !party.aliases.is_empty() {
            registration = registration.with("aliases", json!(party.aliases));
        }
        let keys = [self.registrar_keys(), vec![key_of(party)?]].concat();
        self.submit(&format!("registration-{}", party.name), registration, &keys).await?;
        for role in party.roles {
            let label = format!("role-{}-{}", party.name, role.name());
            let grant = self
                .registrar_form("role-grant", &label)
                .with("operator", json!(party.uri))
                .with("role", json!(role.name()))
                .with("action", json!("GRANT"))
                .with("from", json!(day));
            self.submit(&label, grant, &self.registrar_keys()).await?;
        }
        Ok(())
    }

    /// Signs a form and records it.
    pub(super) async fn record(
        &mut self,
        label: &str,
        form: Form,
        signers: &[&Party],
    ) -> Result<StatementDigest, Failure> {
        let keys = keys_of(signers)?;
        self.submit(label, form, &keys).await
    }

    /// Submits a recorded envelope once more: it is the entry that is there.
    pub(super) async fn record_again(&mut self, label: &str) -> Result<(), Failure> {
        let first = self.of(label)?.clone();
        let receipt = self.client.submit(&first.envelope).await.step(label)?;
        let is_the_first = receipt.index() == first.index && receipt.is_duplicate();
        let expected = format!("entry {}, the one that is there", first.index);
        let found =
            if is_the_first { expected.clone() } else { format!("entry {}", receipt.index()) };
        let what = format!("{label} again");
        self.rows.attacks.push(AttackRow::new(self.case, what, (expected, found), is_the_first));
        Ok(())
    }

    /// Signs a form that the ledger has to refuse for `code`.
    pub(super) async fn refuses(
        &mut self,
        what: &str,
        form: Form,
        signers: &[&Party],
        code: &str,
    ) -> Result<(), Failure> {
        let envelope = self.sign(what, form, &keys_of(signers)?)?;
        let found = match self.client.submit(&envelope).await {
            Ok(receipt) => format!("recorded as entry {}", receipt.index()),
            Err(ClientError::Refused(refused)) => refused.reason,
            Err(other) => return Err(other).step(what),
        };
        let expected = format!("refused {code}");
        let is_met = found == code;
        let found = if is_met { expected.clone() } else { found };
        self.rows.attacks.push(AttackRow::new(self.case, what, (expected, found), is_met));
        Ok(())
    }

    /// Asks the server, keeps query and dossier, and verifies the dossier offline.
    pub(super) async fn ask(
        &mut self,
        name: &str,
        mut query: Value,
        expected: &Expected,
    ) -> Result<Answer, Failure> {
        query["request_id"] = json!(format!("{}/{name}", self.case));
        let text = serde_json::to_string_pretty(&query).step(name)?;
        let path = self.dir.join("queries").join(format!("{name}.json"));
        files::write_new(&path, text.as_bytes(), Access::Public)?;
        let outcome = self.client.check(text, true).await.step(name)?;
        let dossier = outcome
            .dossier
            .map_err(|why| Failure::new(format!("{name}: the server sent no dossier: {why}")))?;
        let path = self.dir.join("dossiers").join(format!("{name}.dossier"));
        files::write_new(&path, &dossier, Access::Public)?;

        let read_at = self.read_at(query.get("as_of").and_then(Value::as_u64))?;
        let verified = dossier::verify(&dossier, &self.trust(), &limits(read_at));
        let offline = match &verified {
            Ok(of) if of.verdict().bytes() == outcome.verdict => Ok(()),
            Ok(_) => Err("another verdict".to_owned()),
            Err(cause) => Err(chain(cause)),
        };
        let verdict: Value = serde_json::from_slice(&outcome.verdict).step(name)?;
        let row = QueryRow::new((self.case, name), expected, &verdict, offline, read_at);
        self.rows.queries.push(row);
        let logged = match outcome.logged {
            Ok((envelope, receipt)) => {
                let digest = envelope.statement_digest();
                self.keep(&format!("verdict-{name}"), envelope, receipt.index(), Some(&receipt))?;
                Ok(digest)
            }
            Err(why) => Err(why),
        };
        Ok(Answer { name: name.to_owned(), dossier, read_at, logged })
    }

    /// Leaves a record out of a copy of the answer's dossier, which has to be refused.
    pub(super) fn refuses_without(&mut self, answer: &Answer, label: &str) -> Result<(), Failure> {
        let index = self.of(label)?.index;
        let (found, is_met) = match super::tamper::leave_out(&answer.dossier, index) {
            None => ("the dossier does not have it".to_owned(), false),
            Some(cut) => match dossier::verify(&cut, &self.trust(), &limits(answer.read_at)) {
                Ok(_) => ("verified".to_owned(), false),
                Err(cause) => (format!("refused: {}", chain(&cause)), true),
            },
        };
        let what = format!("dossier {} without {label}", answer.name);
        self.rows.tampers.push(AttackRow::new(self.case, what, ("refused", found), is_met));
        Ok(())
    }

    /// The statement digest of a record.
    pub(super) fn digest_of(&self, label: &str) -> Result<StatementDigest, Failure> {
        self.of(label).map(|recorded| recorded.digest)
    }

    /// The story's name for the record at a place of the log.
    pub(super) fn label_of(&self, index: EntryIndex) -> Option<&str> {
        let mut all = self.recorded.iter();
        all.find(|(_, of)| of.index == index).map(|(label, _)| label.as_str())
    }

    /// Ends the server and gives what was found.
    pub(super) async fn strike(self) -> Result<Rows, Failure> {
        drop(self.client);
        if self.stop.send(()).is_err() {
            return Err(Failure::new("the server ended before the story did"));
        }
        self.server.await.step("server")?.step("server")?;
        Ok(self.rows)
    }

    fn trust(&self) -> dossier::Trust<'_> {
        dossier::Trust { genesis: &self.genesis, policies: &self.policies, witnesses: None }
    }

    /// When a reader would look at an answer: now, or for a historic one at the time of its seal.
    fn read_at(&self, as_of: Option<u64>) -> Result<Timestamp, Failure> {
        match as_of {
            None => Ok(self.clock.now()),
            Some(size) => {
                let size = Some(crate::merkle::TreeSize::new(size));
                Ok(self.ledger.view(size).step("as_of")?.seal_time())
            }
        }
    }

    fn of(&self, label: &str) -> Result<&Recorded, Failure> {
        let missing = || Failure::new(format!("the story has no record {label}"));
        self.recorded.get(label).ok_or_else(missing)
    }

    async fn submit(
        &mut self,
        label: &str,
        form: Form,
        keys: &[Arc<PrivateKey>],
    ) -> Result<StatementDigest, Failure> {
        let envelope = self.sign(label, form, keys)?;
        let receipt = self.client.submit(&envelope).await.step(format!("record {label}"))?;
        let digest = envelope.statement_digest();
        self.keep(label, envelope, receipt.index(), Some(&receipt))?;
        Ok(digest)
    }

    fn keep(
        &mut self,
        label: &str,
        envelope: Envelope,
        index: EntryIndex,
        receipt: Option<&crate::client::VerifiedReceipt>,
    ) -> Result<(), Failure> {
        let path = self.dir.join("envelopes").join(format!("{label}.dsse.json"));
        files::write_new(&path, envelope.to_json().as_bytes(), Access::Public)?;
        if let Some(receipt) = receipt {
            let path = self.dir.join("receipts").join(format!("{label}.tlog-proof"));
            let proof = receipt.to_tlog_proof().to_string();
            files::write_new(&path, proof.as_bytes(), Access::Public)?;
        }
        let digest = envelope.statement_digest();
        self.recorded.insert(label.to_owned(), Recorded { digest, envelope, index });
        Ok(())
    }

    /// Writes the statement of a form and signs it.
    fn sign(
        &mut self,
        label: &str,
        form: Form,
        keys: &[Arc<PrivateKey>],
    ) -> Result<Envelope, Failure> {
        let kind = PredicateKind::ALL.iter().copied().find(|kind| kind.name() == form.kind);
        let kind = kind.ok_or_else(|| Failure::new(format!("{} is no predicate", form.kind)))?;
        let form = form.header("ledger", json!(self.origin()));
        let json = form.predicate.to_string();
        let predicate = Predicate::parse(kind, json.as_bytes()).step(label)?;
        let subjects = self.subjects_of(&predicate).step(label)?;
        let statement = Statement::write(&subjects, &predicate).step(label)?;
        let signers: Vec<&dyn Signer> =
            keys.iter().map(|key| key.as_ref() as &dyn Signer).collect();
        let envelope = Envelope::sign(statement, &signers).step(label)?;
        self.subjects.insert(envelope.statement_digest(), subjects);
        Ok(envelope)
    }

    fn subjects_of(
        &self,
        predicate: &Predicate,
    ) -> Result<Vec<SubjectUri>, crate::attestation::PredicateError> {
        let mut subjects = match predicate.subjects()? {
            SubjectRule::Exactly(subjects) => subjects,
            SubjectRule::OfStatement { target, and } => {
                let target = self.subjects.get(&target).cloned().unwrap_or_default();
                target.into_iter().chain(and).collect()
            }
            SubjectRule::OfDocument { document } => vec![document.uri().into()],
            SubjectRule::RegistrarsAnd(and) => {
                let keys = self.registrars.iter().map(|key| key.public_key().id());
                let keys = keys.map(|id| SubjectUri::from(KeyUri::new(*id.digest())));
                keys.chain(and).collect()
            }
        };
        subjects.sort();
        subjects.dedup();
        Ok(subjects)
    }

    fn registrar_form(&self, kind: &'static str, id: &str) -> Form {
        let lowest = self.registrar_keys().iter().map(|key| key.public_key().id()).min();
        let issuer = lowest.map(|id| KeyUri::new(*id.digest()).to_string()).unwrap_or_default();
        let header = json!({
            "id": id,
            "issuer": { "operator": issuer, "role": Role::Registrar.name() },
        });
        Form { kind, predicate: json!({ "header": header }) }
    }

    /// The two registrars who act in the stories.
    fn registrar_keys(&self) -> Vec<Arc<PrivateKey>> {
        self.registrars.iter().take(2).cloned().collect()
    }
}

fn genesis(
    case: &str,
    log_key: &PrivateKey,
    registrars: &[Arc<PrivateKey>],
) -> Result<Genesis, Failure> {
    let origin = format!("ledger.example/demo-{case}").parse().step("origin")?;
    let log = VerifierKey::new(origin, KeyType::Ed25519, *log_key.public_key());
    let named: Vec<Registrar> = REGISTRARS
        .iter()
        .zip(registrars)
        .map(|((name, _), key)| Registrar { name: (*name).to_owned(), key: *key.public_key() })
        .collect();
    Genesis::new(&log, 2, &named).step("genesis")
}

fn ledger(
    dir: &Path,
    genesis: &Genesis,
    clock: &Arc<SetClock>,
    policies: &PolicySet,
    log_key: PrivateKey,
) -> Result<Ledger, Failure> {
    let store = SledStorage::create(&place::store(dir), SledOptions::default()).step("store")?;
    let options = Options { heartbeat: None, policies: policies.clone(), ..Options::default() };
    Ledger::create(
        Arc::new(store),
        genesis,
        Arc::clone(clock) as Arc<dyn Clock>,
        Arc::new(log_key),
        options,
    )
    .step("ledger")
}

/// An error with its causes, as one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn limits(now: Timestamp) -> dossier::Limits {
    dossier::Limits { now, age_max_ms: Some(AGE_MAX_MS) }
}

fn time(text: &str) -> Result<Timestamp, Failure> {
    text.parse().step(format!("time {text}"))
}

fn key_of(party: &Party) -> Result<Arc<PrivateKey>, Failure> {
    PrivateKey::from_pem(party.key_pem).map(Arc::new).step(party.name)
}

fn keys_of(parties: &[&Party]) -> Result<Vec<Arc<PrivateKey>>, Failure> {
    parties.iter().map(|party| key_of(party)).collect()
}

/// A party's development key, as statements write keys.
pub(super) fn key_record(party: &Party) -> Result<Value, Failure> {
    let key = key_of(party)?;
    let public = key.public_key();
    Ok(json!({
        "keyid": public.id(),
        "public_key": encoding::base64_encode(public.as_bytes()),
        "purposes": ["*"],
    }))
}
