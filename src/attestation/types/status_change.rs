//! `status-change`: a record is suspended, reinstated, withdrawn, annulled or corrected.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::document::DocumentRef;
use crate::attestation::feed::Effect;
use crate::attestation::header::{Header, IssuerUri};
use crate::attestation::predicate_type::{
    PredicateError, PredicateType, RegistrarAct, Signers, SubjectRule,
};
use crate::attestation::role::Role;
use crate::attestation::values::{Extensions, Text};
use crate::envelope::StatementDigest;
use crate::identifier::{OperatorUri, SubjectUri};
use crate::time::{Date, Timestamp};

/// A change of the standing of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusChange {
    /// Who speaks, about which document.
    pub header: Header,
    /// What it is about.
    pub target: StatusTarget,
    /// What happens to it.
    pub action: StatusAction,
    /// From when on.
    pub effective_at: Timestamp,
    /// Why.
    pub reason: StatusReason,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// Placings on the market since this day are hit too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retroactive_from: Option<Date>,
    /// What replaces it (`CORRECT`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<DocumentRef>,
    /// The measure that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<DocumentRef>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What a status change is about: a record by its statement, with its document where it has one; a
/// document that was never logged; or all that an issuer has issued since a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {
        "anyOf": [{"required": ["statement"]}, {"required": ["document"]}],
        "properties": {"issuer": false, "from": false},
    },
    {
        "required": ["issuer", "from"],
        "properties": {"statement": false, "document": false},
    },
]))]
pub struct StatusTarget {
    /// The record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementDigest>,
    /// Its document; every record of that issuer, number and version is hit, transcriptions too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentRef>,
    /// All records of this issuer (`ANNUL`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<OperatorUri>,
    /// Since this time (with `issuer`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
}

/// What happens to a record.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StatusAction {
    /// Not usable until reinstated.
    Suspend,
    /// Usable again.
    Reinstate,
    /// Not usable any more; earlier placings on the market are untouched.
    Withdraw,
    /// As if it had never been issued.
    Annul,
    /// Replaced by a successor.
    Correct,
}

/// Why a status changes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StatusReason {
    /// The product is not safe.
    Safety,
    /// The product does not conform.
    NonConformity,
    /// Nothing is wrong with the product.
    Administrative,
    /// The holder asked for it.
    HolderRequest,
    /// Forged or obtained by fraud.
    Fraud,
    /// Issued in error.
    Error,
}

impl StatusChange {
    /// Whether an annulment of all that an issuer has issued reaches what that issued in a role. Who
    /// accredits or notifies a body answers for what it issued as one, and for nothing else that
    /// the same operator says; registrars answer for all of it.
    pub fn reaches_role(&self, role: Role) -> bool {
        match self.header.issuer.role {
            Role::AccreditationBody => {
                matches!(role, Role::Lab | Role::NotifiedBody | Role::CertificationBody)
            }
            Role::NotifyingAuthority => role == Role::NotifiedBody,
            _ => true,
        }
    }
}

impl PredicateType for StatusChange {
    const ROLES: &'static [Role] = Role::ALL;

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        let StatusTarget { statement, document, issuer, .. } = &self.target;
        Ok(match (statement, document, issuer) {
            (Some(target), _, _) => SubjectRule::OfStatement { target: *target, and: Vec::new() },
            (None, Some(document), _) => SubjectRule::OfDocument { document: document.clone() },
            (None, None, issuer) => {
                SubjectRule::Exactly(issuer.iter().cloned().map(SubjectUri::from).collect())
            }
        })
    }

    fn signers(&self) -> Signers {
        match self.header.issuer.operator {
            IssuerUri::Operator(_) => Signers::Issuer,
            IssuerUri::Key(_) => Signers::Registrars(RegistrarAct::default()),
        }
    }

    fn feeds_besides(&self) -> Vec<SubjectUri> {
        self.target.document.iter().map(|document| document.uri().into()).collect()
    }

    fn effect(&self) -> Effect {
        Effect::Adverse
    }

    fn check(&self) -> Result<(), PredicateError> {
        let StatusTarget { statement, document, issuer, from } = &self.target;
        let is_record = statement.is_some() || document.is_some();
        if is_record == issuer.is_some() || issuer.is_some() != from.is_some() {
            let reason = "expected statement and document, document, or issuer and from";
            return Err(PredicateError::invalid("target", reason));
        }
        if issuer.is_some() && self.action != StatusAction::Annul {
            let reason = "all records of an issuer can only be annulled";
            return Err(PredicateError::invalid("action", reason));
        }
        if (self.action == StatusAction::Correct) != self.successor.is_some() {
            return Err(PredicateError::invalid(
                "successor",
                "it goes with CORRECT, and only there",
            ));
        }
        if self.retroactive_from.is_some() && self.action != StatusAction::Withdraw {
            let reason = "it goes with WITHDRAW only";
            return Err(PredicateError::invalid("retroactive_from", reason));
        }
        Ok(())
    }
}
