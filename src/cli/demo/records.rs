//! The records that a story makes: written, signed, submitted, kept as files.

use std::sync::Arc;

use serde_json::json;

use super::cast::Party;
use super::forms::{self, Form};
use super::keys::{key_of, key_record, keys_of};
use super::rows::AttackRow;
use super::stage::Stage;
use crate::attestation::{Predicate, PredicateError, PredicateKind, Role, Statement, SubjectRule};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::client::{ClientError, VerifiedReceipt};
use crate::envelope::{Envelope, StatementDigest};
use crate::identifier::{KeyUri, SubjectUri};
use crate::key::{PrivateKey, Signer};
use crate::ledger::Clock as _;
use crate::merkle::EntryIndex;

/// A record that the story has made.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) digest: StatementDigest,
    pub(super) envelope: Envelope,
    pub(super) index: EntryIndex,
}

impl Stage {
    /// Registers a party and grants its roles, signed by two registrars.
    pub(super) async fn admit(&mut self, party: &Party) -> Result<(), Failure> {
        let day = self.clock.now().date().to_string();
        let mut registration = self
            .registrar_form("operator-registration", &format!("reg-{}", party.name))
            .with("operator", json!(party.uri))
            .with("legal_name", json!(party.legal_name))
            .with("country", json!(party.country))
            .with("postal", json!(forms::postal(party)))
            .with("electronic", json!(forms::electronic(party)))
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

    /// The story's name for the record at a place of the log.
    pub(super) fn label_of(&self, index: EntryIndex) -> Option<&str> {
        let mut all = self.recorded.iter();
        all.find(|(_, of)| of.index == index).map(|(label, _)| label.as_str())
    }

    /// The statement digest of a record.
    pub(super) fn digest_of(&self, label: &str) -> Result<StatementDigest, Failure> {
        self.of(label).map(|recorded| recorded.digest)
    }

    /// A record by the story's name for it.
    pub(super) fn of(&self, label: &str) -> Result<&Recorded, Failure> {
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
        self.keep(label, envelope, &receipt)?;
        Ok(digest)
    }

    /// Keeps what was recorded, and its receipt, under the story's name for it.
    pub(super) fn keep(
        &mut self,
        label: &str,
        envelope: Envelope,
        receipt: &VerifiedReceipt,
    ) -> Result<(), Failure> {
        let path = self.dir.join("envelopes").join(format!("{label}.dsse.json"));
        files::write_new(&path, envelope.to_json().as_bytes(), Access::Public)?;
        let path = self.dir.join("receipts").join(format!("{label}.tlog-proof"));
        let proof = receipt.to_tlog_proof().to_string();
        files::write_new(&path, proof.as_bytes(), Access::Public)?;
        let (digest, index) = (envelope.statement_digest(), receipt.index());
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

    fn subjects_of(&self, predicate: &Predicate) -> Result<Vec<SubjectUri>, PredicateError> {
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
