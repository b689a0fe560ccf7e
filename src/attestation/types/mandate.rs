//! `mandate`: one operator acts for another, and both say so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, Signers};
use crate::attestation::role::Role;
use crate::attestation::scope::Scope;
use crate::attestation::values::{Extensions, NonEmpty};
use crate::hash::Digest;
use crate::identifier::OperatorUri;

/// A mandate; it counts only with the signatures of both parties.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mandate {
    /// Who speaks, about which document.
    pub header: Header,
    /// The products it is for.
    pub scope: Scope,
    /// What for.
    pub kind: MandateKind,
    /// Who gives it.
    pub mandator: OperatorUri,
    /// Who takes it.
    pub mandatary: OperatorUri,
    /// Postal address of the mandatary.
    pub postal: String,
    /// Electronic address of the mandatary.
    pub electronic: String,
    /// What the mandatary does.
    pub tasks: NonEmpty<String>,
    /// Digest of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Digest>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What a mandate is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MandateKind {
    /// Responsible person (Regulation 2023/988, article 16).
    ResponsiblePerson,
    /// Authorised representative (Regulation 2019/1020, article 5).
    AuthorisedRep,
    /// Seller with the manufacturer's consent.
    AuthorisedDistributor,
}

impl PredicateType for Mandate {
    const HAS_VALIDITY: bool = true;
    const ROLES: &'static [Role] = &[
        Role::Manufacturer,
        Role::Importer,
        Role::AuthorisedRep,
        Role::ResponsiblePerson,
        Role::Distributor,
    ];

    fn scope(&self) -> Option<&Scope> {
        Some(&self.scope)
    }

    fn signers(&self) -> Signers {
        Signers::Parties(vec![self.mandator.clone(), self.mandatary.clone()])
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.mandator == self.mandatary {
            return Err(PredicateError::invalid("mandatary", "it is the mandator"));
        }
        let issuer = self.header.issuer.operator.operator();
        if issuer != Some(&self.mandator) && issuer != Some(&self.mandatary) {
            return Err(PredicateError::invalid("header.issuer", "it is neither party"));
        }
        if self.header.transcription.is_some() {
            let reason = "a mandate counts by the signatures of its parties only";
            return Err(PredicateError::invalid("header.transcription", reason));
        }
        Ok(())
    }
}
