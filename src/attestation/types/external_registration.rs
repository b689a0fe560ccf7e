//! `external-registration`: what a public register says of a product or an operator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::scope::Scope;
use crate::attestation::types::registry_name::RegistryName;
use crate::attestation::values::{Extensions, NonEmpty};
use crate::hash::Digest;
use crate::identifier::{Country, OperatorUri, SubjectUri};
use crate::time::Timestamp;

/// An entry in a public register, as its registrant or a connector read it there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalRegistration {
    /// Who speaks, about which document.
    pub header: Header,
    /// The products that are registered; absent if the entry is about an operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The register.
    pub registry: RegistryName,
    /// The number in the register, as written there.
    pub number: String,
    /// What the register says.
    pub status: RegistrationStatus,
    /// When it was asked.
    pub checked_at: Timestamp,
    /// Digest of its answer.
    pub response: Digest,
    /// Where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The waste stream (registers of producers), as `packaging`, `weee` or `batteries`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// The countries that it is for; all of the register's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countries: Option<NonEmpty<Country>>,
    /// Whose entry it is; the issuer's if absent. A connector names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<OperatorUri>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What a register says.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RegistrationStatus {
    /// The entry is there and in force.
    Registered,
    /// The entry is there, and was closed.
    Closed,
    /// There is no such entry.
    NotFound,
}

impl ExternalRegistration {
    /// Whether it is for every one of these countries that its register is for.
    pub fn covers(&self, countries: &[Country]) -> bool {
        let Some(listed) = &self.countries else { return true };
        let is_listed = |country: &Country| {
            listed.iter().any(|of| of == country || of.expand().contains(country))
        };
        countries.iter().filter(|country| self.registry.is_for(**country)).all(is_listed)
    }

    /// Whose entry it is; `None` if the issuer is no operator.
    pub fn holder(&self) -> Option<&OperatorUri> {
        self.holder.as_ref().or_else(|| self.header.issuer.operator.operator())
    }
}

impl PredicateType for ExternalRegistration {
    const ROLES: &'static [Role] = &[
        Role::Manufacturer,
        Role::Importer,
        Role::AuthorisedRep,
        Role::ResponsiblePerson,
        Role::Distributor,
        Role::Connector,
    ];

    fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        match &self.scope {
            Some(scope) => Ok(SubjectRule::Exactly(scope.subjects()?)),
            None => Ok(SubjectRule::Exactly(
                self.holder().cloned().map(SubjectUri::from).into_iter().collect(),
            )),
        }
    }

    fn check(&self) -> Result<(), PredicateError> {
        let is_connector = self.header.issuer.role == Role::Connector;
        if is_connector && self.holder.is_none() {
            return Err(PredicateError::invalid("holder", "a connector names whose entry it is"));
        }
        let is_own = self.holder.as_ref() == self.header.issuer.operator.operator();
        if !is_connector && self.holder.is_some() && !is_own {
            let reason = "a registrant speaks of its own entry";
            return Err(PredicateError::invalid("holder", reason));
        }
        if self.stream.is_some() && !self.registry.has_streams() {
            return Err(PredicateError::invalid(
                "stream",
                "only registers of producers have streams",
            ));
        }
        Ok(())
    }
}
