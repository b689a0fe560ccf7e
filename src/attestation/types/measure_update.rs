//! `measure-update`: a measure is extended, reduced or lifted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::document::DocumentRef;
use crate::attestation::feed::Effect;
use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::scope::Scope;
use crate::attestation::values::Extensions;
use crate::envelope::StatementDigest;
use crate::identifier::SubjectUri;
use crate::time::Timestamp;

/// A change to a safety measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureUpdate {
    /// Who speaks, about which document.
    pub header: Header,
    /// The measure, or an update of it.
    pub target: StatementDigest,
    /// The measure's document.
    pub document: DocumentRef,
    /// What changes.
    pub change: MeasureChange,
    /// From when on.
    pub effective_at: Timestamp,
    /// What is added or taken away; what is lifted, or all of it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What changes about a measure.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MeasureChange {
    /// It hits more.
    Extend,
    /// It hits less.
    Reduce,
    /// It ends, for its scope.
    Lift,
}

impl PredicateType for MeasureUpdate {
    const MAY_BE_TEXT: bool = true;
    const ROLES: &'static [Role] = &[
        Role::Manufacturer,
        Role::Importer,
        Role::AuthorisedRep,
        Role::ResponsiblePerson,
        Role::Distributor,
        Role::MarketSurveillance,
        Role::Customs,
        Role::Connector,
    ];

    fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        let and = match (self.change, &self.scope) {
            (MeasureChange::Extend, Some(scope)) => scope.subjects()?,
            _ => Vec::new(),
        };
        Ok(SubjectRule::OfStatement { target: self.target, and })
    }

    fn feeds_besides(&self) -> Vec<SubjectUri> {
        vec![self.document.uri().into()]
    }

    fn effect(&self) -> Effect {
        Effect::Adverse
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.change != MeasureChange::Lift && self.scope.is_none() {
            return Err(PredicateError::invalid("scope", "EXTEND and REDUCE need it"));
        }
        Ok(())
    }
}
