//! `key-event`: a key is added, rotated, revoked or compromised.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::feed::Effect;
use crate::attestation::header::{Header, IssuerUri};
use crate::attestation::predicate_type::{
    PredicateError, PredicateType, RegistrarAct, Signers, SubjectRule,
};
use crate::attestation::role::Role;
use crate::attestation::values::{Extensions, KeyRecord};
use crate::identifier::{KeyUri, OperatorUri, SubjectUri};
use crate::key::KeyId;
use crate::time::Timestamp;

/// Something that happens to a key of an operator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyEvent {
    /// Who speaks, about which document.
    pub header: Header,
    /// Whose key it is.
    pub operator: OperatorUri,
    /// What happens.
    pub action: KeyAction,
    /// The key.
    pub key: KeyRecord,
    /// The key that this one replaces (`ROTATE`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<KeyId>,
    /// From when on, as claimed; what counts is the entry index.
    pub effective_at: Timestamp,
    /// Since when signatures are suspect (`COMPROMISE`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspect_from: Option<Timestamp>,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What happens to a key.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KeyAction {
    /// It may sign from now on.
    Add,
    /// It may sign from now on, and the one it replaces no longer.
    Rotate,
    /// It may no longer sign.
    Revoke,
    /// It may no longer sign, and what it signed since `suspect_from` is in doubt.
    Compromise,
}

impl PredicateType for KeyEvent {
    const IS_TRUST_RECORD: bool = true;
    const ROLES: &'static [Role] = Role::ALL;

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        let keys = std::iter::once(&self.key.keyid).chain(&self.replaces);
        let mut subjects: Vec<SubjectUri> =
            keys.map(|keyid| KeyUri::new(*keyid.digest()).into()).collect();
        subjects.push(self.operator.clone().into());
        Ok(SubjectRule::Exactly(subjects))
    }

    fn signers(&self) -> Signers {
        let is_by_registrars = matches!(self.header.issuer.operator, IssuerUri::Key(_));
        let key = self.key.clone();
        match (self.action, is_by_registrars) {
            (KeyAction::Add | KeyAction::Rotate, true) => {
                Signers::Registrars(RegistrarAct { adds: vec![key] })
            }
            (KeyAction::Add | KeyAction::Rotate, false) => {
                Signers::NewKey { operator: self.operator.clone(), key }
            }
            (KeyAction::Revoke | KeyAction::Compromise, true) => {
                Signers::Registrars(RegistrarAct::default())
            }
            (KeyAction::Revoke | KeyAction::Compromise, false) => Signers::OwnKey { key },
        }
    }

    fn effect(&self) -> Effect {
        match self.action {
            KeyAction::Add | KeyAction::Rotate => Effect::Supports,
            KeyAction::Revoke | KeyAction::Compromise => Effect::Adverse,
        }
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.header.issuer.operator.operator().is_some_and(|issuer| *issuer != self.operator) {
            return Err(PredicateError::invalid("operator", "it is not the issuer"));
        }
        if (self.action == KeyAction::Rotate) != self.replaces.is_some() {
            return Err(PredicateError::invalid("replaces", "it goes with ROTATE, and only there"));
        }
        if (self.action == KeyAction::Compromise) != self.suspect_from.is_some() {
            let reason = "it goes with COMPROMISE, and only there";
            return Err(PredicateError::invalid("suspect_from", reason));
        }
        if self.replaces == Some(self.key.keyid) {
            return Err(PredicateError::invalid("replaces", "a key does not replace itself"));
        }
        Ok(())
    }
}
