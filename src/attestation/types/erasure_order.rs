//! `erasure-order`: a payload is to be removed; its entry stays.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::document::DocumentRef;
use crate::attestation::feed::Effect;
use crate::attestation::header::{Header, IssuerUri};
use crate::attestation::predicate_type::{
    PredicateError, PredicateType, RegistrarAct, Signers, SubjectRule,
};
use crate::attestation::role::Role;
use crate::attestation::values::Extensions;
use crate::envelope::StatementDigest;
use crate::identifier::SubjectUri;

/// An order to remove a payload. The entry stays, and every proof with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureOrder {
    /// Who speaks, about which document.
    pub header: Header,
    /// The record whose payload goes.
    pub target: StatementDigest,
    /// Its document, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentRef>,
    /// Its predicate type, which nothing else tells once the payload is gone.
    pub predicate_type: String,
    /// Why.
    pub ground: ErasureGround,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// Why a payload is removed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErasureGround {
    /// It holds personal data.
    DataProtection,
    /// Nothing requires it to be kept any longer.
    RetentionEnded,
    /// A court ordered it.
    CourtOrder,
}

impl PredicateType for ErasureOrder {
    const ROLES: &'static [Role] = Role::ALL;

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        Ok(SubjectRule::OfStatement { target: self.target, and: Vec::new() })
    }

    fn signers(&self) -> Signers {
        match self.header.issuer.operator {
            IssuerUri::Operator(_) => Signers::Issuer,
            IssuerUri::Key(_) => Signers::Registrars(RegistrarAct::default()),
        }
    }

    fn feeds_besides(&self) -> Vec<SubjectUri> {
        self.document.iter().map(|document| document.uri().into()).collect()
    }

    fn effect(&self) -> Effect {
        Effect::Adverse
    }
}
