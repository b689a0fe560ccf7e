//! `safety-measure`: a recall, a sales ban or another measure against a product.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::feed::Effect;
use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::scope::Scope;
use crate::attestation::values::{Extensions, NonEmpty, Text};
use crate::hash::Digest;
use crate::identifier::{Country, OperatorUri, SubjectUri};
use crate::time::Date;

/// A measure against a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SafetyMeasure {
    /// Who speaks, about which document.
    pub header: Header,
    /// What is hit.
    pub scope: Scope,
    /// What is done.
    pub kind: MeasureKind,
    /// Ordered by an authority, or voluntary.
    pub ordered: bool,
    /// The risk.
    pub risk: Risk,
    /// The first day.
    pub start: Date,
    /// Where.
    pub countries: NonEmpty<Country>,
    /// What consumers are told to do.
    pub consumer_action: Text,
    /// Its number in a public register; required from a connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// Operators that are hit as such (authorities only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operators: Option<NonEmpty<OperatorUri>>,
    /// Known injuries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub injuries: Option<u64>,
    /// What buyers get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// Digests of pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<NonEmpty<Digest>>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What is done.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MeasureKind {
    /// Taken back from end users.
    Recall,
    /// Taken off the supply chain.
    Withdrawal,
    /// Must not be sold.
    SalesBan,
    /// No longer delivered.
    StopDelivery,
    /// Users are warned.
    Warning,
    /// Taken by an authority.
    Confiscation,
}

impl MeasureKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Recall,
        Self::Withdrawal,
        Self::SalesBan,
        Self::StopDelivery,
        Self::Warning,
        Self::Confiscation,
    ];
}

/// A risk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// What can happen.
    #[serde(rename = "type")]
    pub kind: String,
    /// How bad it is.
    pub level: RiskLevel,
}

/// The four levels of Delegated Regulation (EU) 2024/3173.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum RiskLevel {
    /// Serious.
    Serious,
    /// High.
    High,
    /// Medium.
    Medium,
    /// Low.
    Low,
}

/// What buyers get.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Remedy {
    /// A repair.
    Repair,
    /// A replacement.
    Replace,
    /// Their money back.
    Refund,
}

impl PredicateType for SafetyMeasure {
    const IS_DOCUMENT: bool = true;
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
        Some(&self.scope)
    }

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        let mut subjects = self.scope.subjects()?;
        let operators = self.operators.iter().flat_map(|list| list.iter());
        subjects.extend(operators.cloned().map(SubjectUri::from));
        Ok(SubjectRule::Exactly(subjects))
    }

    fn effect(&self) -> Effect {
        Effect::Adverse
    }

    fn check(&self) -> Result<(), PredicateError> {
        let role = self.header.issuer.role;
        if self.operators.is_some() && !role.is_authority() {
            let reason = "only an authority hits operators as such";
            return Err(PredicateError::invalid("operators", reason));
        }
        if role == Role::Connector && self.source_id.is_none() {
            return Err(PredicateError::invalid("source_id", "a connector names its source"));
        }
        Ok(())
    }
}
