//! `operator-registration`: admits an operator under its names, with its first key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::Header;
use crate::attestation::predicate_type::{
    PredicateError, PredicateType, RegistrarAct, Signers, SubjectRule,
};
use crate::attestation::role::Role;
use crate::attestation::values::{Extensions, KeyRecord, NonEmpty};
use crate::identifier::{Country, KeyUri, OperatorUri, SubjectUri};

/// An operator: its names, its seat, its first key. A later one replaces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorRegistration {
    /// Who speaks, about which document.
    pub header: Header,
    /// The primary URI, by which everything names the operator.
    pub operator: OperatorUri,
    /// Other names of the same operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aliases: Option<NonEmpty<OperatorUri>>,
    /// Names that an earlier registration gave and that end with this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aliases_ended: Option<NonEmpty<OperatorUri>>,
    /// Name in the register of its seat.
    pub legal_name: String,
    /// Country of its seat.
    #[schemars(extend("not" = {"const": "EU"}))]
    pub country: Country,
    /// Postal address.
    pub postal: String,
    /// Electronic address.
    pub electronic: String,
    /// Numbers in national registers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national_ids: Option<NonEmpty<NationalId>>,
    /// The key it signs with first.
    pub key: KeyRecord,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// A number in a national register.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NationalId {
    /// Which register, as `SIREN`.
    pub scheme: String,
    /// The number.
    pub value: String,
}

impl OperatorRegistration {
    /// The aliases, none if the member is absent.
    pub fn aliases(&self) -> &[OperatorUri] {
        self.aliases.as_deref().unwrap_or_default()
    }

    /// The aliases that end, none if the member is absent.
    pub fn aliases_ended(&self) -> &[OperatorUri] {
        self.aliases_ended.as_deref().unwrap_or_default()
    }
}

impl PredicateType for OperatorRegistration {
    const IS_TRUST_RECORD: bool = true;
    const ROLES: &'static [Role] = &[Role::Registrar];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        let names =
            std::iter::once(&self.operator).chain(self.aliases()).chain(self.aliases_ended());
        let mut subjects: Vec<SubjectUri> = names.cloned().map(SubjectUri::from).collect();
        subjects.push(KeyUri::new(*self.key.keyid.digest()).into());
        Ok(SubjectRule::Exactly(subjects))
    }

    fn signers(&self) -> Signers {
        Signers::Registrars(RegistrarAct { adds: vec![self.key.clone()] })
    }

    fn check(&self) -> Result<(), PredicateError> {
        let mut names: Vec<_> = self.aliases().iter().chain(self.aliases_ended()).collect();
        names.push(&self.operator);
        names.sort();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(PredicateError::invalid("aliases", "an operator's names are distinct"));
        }
        // The Union is no seat: it would count as inside for whoever claims it.
        if self.country == Country::EU {
            return Err(PredicateError::invalid("country", "EU is no country"));
        }
        Ok(())
    }
}
