//! `registrar-change`: registrars add or remove registrars, or announce log keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::Header;
use crate::attestation::predicate_type::{
    PredicateError, PredicateType, RegistrarAct, Signers, SubjectRule,
};
use crate::attestation::role::Role;
use crate::attestation::values::{Extensions, KeyRecord, NonEmpty};
use crate::identifier::{KeyUri, SubjectUri};
use crate::key::KeyId;

/// A change among those who admit operators. It lists every registrar key before and after, so that
/// the sequence of changes is provably complete from the genesis keys on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrarChange {
    /// Who speaks, about which document.
    pub header: Header,
    /// Registrar keys that begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<NonEmpty<KeyRecord>>,
    /// Registrar keys that end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove: Option<NonEmpty<KeyId>>,
    /// Signatures that an act needs after it, 1 to 7.
    #[schemars(range(min = 1, max = 7))]
    pub quorum: u8,
    /// Log keys that begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_keys_add: Option<NonEmpty<KeyRecord>>,
    /// Log keys that end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_keys_end: Option<NonEmpty<KeyId>>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

impl RegistrarChange {
    /// The registrar keys that begin, none if the member is absent.
    pub fn add(&self) -> &[KeyRecord] {
        self.add.as_deref().unwrap_or_default()
    }

    /// The registrar keys that end, none if the member is absent.
    pub fn remove(&self) -> &[KeyId] {
        self.remove.as_deref().unwrap_or_default()
    }

    /// The log keys that are announced, none if the member is absent.
    pub fn log_keys_add(&self) -> &[KeyRecord] {
        self.log_keys_add.as_deref().unwrap_or_default()
    }

    /// The log keys that end, none if the member is absent.
    pub fn log_keys_end(&self) -> &[KeyId] {
        self.log_keys_end.as_deref().unwrap_or_default()
    }
}

impl PredicateType for RegistrarChange {
    const IS_TRUST_RECORD: bool = true;
    const ROLES: &'static [Role] = &[Role::Registrar];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        let added = self.add().iter().chain(self.log_keys_add()).map(|key| key.keyid);
        let and = added.chain(self.log_keys_end().iter().copied());
        let and: Vec<SubjectUri> = and.map(|keyid| KeyUri::new(*keyid.digest()).into()).collect();
        Ok(SubjectRule::RegistrarsAnd(and))
    }

    fn signers(&self) -> Signers {
        // A log key too: else somebody could announce a key that he does not have.
        Signers::Registrars(RegistrarAct { adds: [self.add(), self.log_keys_add()].concat() })
    }

    fn check(&self) -> Result<(), PredicateError> {
        if !(1..=7).contains(&self.quorum) {
            return Err(PredicateError::invalid(
                "quorum",
                format!("{} is not 1 to 7", self.quorum),
            ));
        }
        // One key that is a registrar's and the log's too would be one thief for both.
        let added = self.add().iter().chain(self.log_keys_add()).map(|key| key.keyid);
        let ended = self.remove().iter().chain(self.log_keys_end());
        let mut keys: Vec<KeyId> = added.chain(ended.copied()).collect();
        keys.sort();
        if keys.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(PredicateError::invalid("add", "a key is named twice"));
        }
        Ok(())
    }
}
