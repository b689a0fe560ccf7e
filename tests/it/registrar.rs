//! A registrar with a ledger of its own, who writes the records that tests submit.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use probant::attestation::{Predicate, Statement, SubjectRule};
use probant::envelope::Envelope;
use probant::genesis::Genesis;
use probant::identifier::{KeyUri, SubjectUri};
use probant::key::{KeyId, PrivateKey, PublicKey, Signer};
use serde_json::{Value, json};

use crate::program::probant;

/// The ledger's name.
pub(crate) const ORIGIN: &str = "ledger.example/test";

/// An operator; the primary URI of every record here.
pub(crate) const OPERATOR: &str = "https://id.gs1.org/417/9521000200005";

/// A ledger that `probant init` made, and the key of its only registrar.
pub(crate) struct Registrar {
    dir: tempfile::TempDir,
    key: PrivateKey,
}

impl Registrar {
    /// Makes a ledger.
    pub(crate) fn with_ledger() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = PrivateKey::from_seed([1; 32]);
        let pem = dir.path().join("registrar.pub.pem");
        std::fs::write(&pem, key.public_key().to_pem()).unwrap();
        let made = Self { dir, key };
        let registrar = format!("A registrar={}", pem.display());
        let dir = made.ledger().display().to_string();
        let arguments = ["init", "--dir", &dir, "--origin", ORIGIN, "--registrar", &registrar];
        probant(&arguments).expect(0);
        made
    }

    /// A path beside the ledger.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The ledger's directory.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.path("ledger")
    }

    /// The genesis document's path.
    pub(crate) fn genesis_path(&self) -> String {
        self.ledger().join("genesis.toml").display().to_string()
    }

    /// The genesis document.
    pub(crate) fn genesis(&self) -> Genesis {
        Genesis::parse(&std::fs::read(self.genesis_path()).unwrap()).unwrap()
    }

    /// Registers [`OPERATOR`] under a key.
    pub(crate) fn registration(&self, key: &PrivateKey) -> Envelope {
        let public_key = key.public_key();
        let statement = self.statement(
            "operator-registration",
            "registration",
            json!({
                "operator": OPERATOR,
                "legal_name": "Lumipeluche Mfg",
                "country": "CN",
                "postal": "1 Example Road, Exampletown, CN",
                "electronic": "https://lumipeluche.example",
                "key": {"keyid": public_key.id(), "public_key": public_key, "purposes": ["*"]},
            }),
        );
        Envelope::sign(statement, &[&self.key as &dyn Signer, key]).unwrap()
    }

    /// Grants [`OPERATOR`] a role, under an id of this grant's own.
    pub(crate) fn grant(&self, id: &str, role: &str) -> Envelope {
        let grant = json!({
            "operator": OPERATOR, "role": role, "action": "GRANT", "from": "2026-01-01",
        });
        let statement = self.statement("role-grant", id, grant);
        Envelope::sign(statement, &[&self.key as &dyn Signer]).unwrap()
    }

    /// A registrar change that announces a log key, not signed yet.
    pub(crate) fn announcement(&self, key: &PublicKey) -> Vec<u8> {
        let members = json!([{"keyid": key.id(), "public_key": key, "purposes": ["*"]}]);
        self.registrar_change(key, "log_keys_add", members)
    }

    /// A registrar change that ends a log key, signed.
    pub(crate) fn ending(&self, key: &PublicKey) -> Envelope {
        let statement = self.registrar_change(key, "log_keys_end", json!([key.id()]));
        Envelope::sign(statement, &[&self.key as &dyn Signer]).unwrap()
    }

    fn registrar_change(&self, of: &PublicKey, member: &str, members: Value) -> Vec<u8> {
        let uri = |id: KeyId| KeyUri::new(*id.digest());
        let own = self.key.public_key().id();
        let short: String = of.id().to_string().chars().take(8).collect();
        let header = json!({
            "id": format!("{member}-{short}"), "ledger": ORIGIN,
            "issuer": {"operator": uri(own).to_string(), "role": "registrar"},
        });
        let mut predicate = json!({"header": header, "quorum": 1});
        predicate[member] = members;
        let predicate = Predicate::RegistrarChange(serde_json::from_value(predicate).unwrap());
        let subjects: Vec<SubjectUri> =
            BTreeSet::from([own, of.id()]).into_iter().map(|id| uri(id).into()).collect();
        Statement::write(&subjects, &predicate).unwrap()
    }

    /// The statement that registers [`OPERATOR`], not signed yet, and the registrar's own key.
    pub(crate) fn registration_to_sign(&self, key: &PrivateKey) -> (Vec<u8>, &PrivateKey) {
        (self.registration(key).payload().to_vec(), &self.key)
    }

    fn statement(&self, kind: &str, id: &str, mut predicate: Value) -> Vec<u8> {
        let issuer = KeyUri::new(*self.key.public_key().id().digest()).to_string();
        predicate["header"] = json!({
            "id": id, "ledger": ORIGIN, "issuer": {"operator": issuer, "role": "registrar"},
        });
        write_statement(&predicate_of(kind, &predicate))
    }
}

/// The statement by which [`OPERATOR`] says what its plush bear is.
pub(crate) fn identity(id: &str, gtin: &str) -> Vec<u8> {
    let product = format!("https://id.gs1.org/01/{gtin}");
    let identity = json!({
        "header": {"id": id, "issuer": {"operator": OPERATOR, "role": "manufacturer"}},
        "scope": {"products": [{"id": product}], "batches": {"mode": "ALL"}},
        "brand": "Lumipeluche",
        "model": "Bear",
        "category": {"gpc": "10005160", "cn": "95030041"},
        "types": [{"designation": "LP-BEAR-30"}],
        "origin": "CN",
        "images": ["55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8"],
        "attributes": {
            "electrical": false, "battery": false, "button_cell": false, "radio": false,
            "food_contact": false, "internet_connected": false, "processes_personal_data": false,
            "transfers_money": false,
        },
    });
    write_statement(&Predicate::ProductIdentity(serde_json::from_value(identity).unwrap()))
}

fn write_statement(predicate: &Predicate) -> Vec<u8> {
    let SubjectRule::Exactly(subjects) = predicate.subjects().unwrap() else {
        panic!("{} has subjects that the ledger decides", predicate.kind().name())
    };
    Statement::write(&subjects, predicate).unwrap()
}

/// Writes an envelope to a file.
pub(crate) fn write(path: &Path, envelope: &Envelope) -> String {
    std::fs::write(path, envelope.to_json()).unwrap();
    path.display().to_string()
}

fn predicate_of(kind: &str, predicate: &Value) -> Predicate {
    let bytes = predicate.to_string();
    match kind {
        "operator-registration" => {
            Predicate::OperatorRegistration(serde_json::from_str(&bytes).unwrap())
        }
        "role-grant" => Predicate::RoleGrant(serde_json::from_str(&bytes).unwrap()),
        _ => panic!("{kind} is not a registrar's"),
    }
}
