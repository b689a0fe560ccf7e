//! `conformity-certificate`: a body certifies a type.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::{Header, StandardRef};
use crate::attestation::predicate_type::{PredicateError, PredicateType};
use crate::attestation::role::Role;
use crate::attestation::scope::Scope;
use crate::attestation::values::{Extensions, Module, NonEmpty, Resource, Text};
use crate::identifier::{Celex, Gln, Nando, OperatorUri};
use crate::time::Date;

/// A certificate: under an act and module by a notified body, or voluntary under a scheme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {
        "required": ["act", "module", "body_number"],
        "properties": {"voluntary": {"const": false}, "scheme": false},
    },
    {
        "required": ["voluntary", "scheme"],
        "properties": {
            "voluntary": {"const": true}, "act": false, "module": false, "body_number": false,
        },
    },
]))]
pub struct ConformityCertificate {
    /// Who speaks, about which document.
    pub header: Header,
    /// The certified types.
    #[schemars(extend("required" = ["types"]))]
    pub scope: Scope,
    /// Whose type it is.
    pub holder: OperatorUri,
    /// That it conforms: the only result a certificate has.
    pub result: CertificateResult,
    /// Conditions of its use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<NonEmpty<Text>>,
    /// The act (not voluntary).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Celex>,
    /// The module (not voluntary).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<Module>,
    /// The notified body's number (not voluntary).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_number: Option<Nando>,
    /// Outside the law: under a scheme of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voluntary: bool,
    /// The scheme (voluntary).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Standards that were tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standards_tested: Option<NonEmpty<StandardRef>>,
    /// Annexes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annexes: Option<NonEmpty<Resource>>,
    /// Places of production.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<NonEmpty<Gln>>,
    /// When surveillance is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surveillance: Option<Date>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// The result of a certification.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CertificateResult {
    /// The type conforms.
    Conforms,
}

impl PredicateType for ConformityCertificate {
    const IS_DOCUMENT: bool = true;
    const HAS_VALIDITY: bool = true;
    const ROLES: &'static [Role] = &[Role::NotifiedBody, Role::CertificationBody];

    fn scope(&self) -> Option<&Scope> {
        Some(&self.scope)
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.scope.types().is_empty() {
            return Err(PredicateError::invalid("scope.types", "a certificate names a type"));
        }
        let by_law = [self.act.is_some(), self.module.is_some(), self.body_number.is_some()];
        let is_by_law = !self.voluntary && self.scheme.is_none() && by_law == [true; 3];
        let is_voluntary = self.voluntary && self.scheme.is_some() && by_law == [false; 3];
        if !is_by_law && !is_voluntary {
            let reason = "expected act, module and body_number, or else voluntary and scheme";
            return Err(PredicateError::invalid("act", reason));
        }
        if is_by_law && self.header.issuer.role == Role::CertificationBody {
            let reason = "a certification_body issues voluntary certificates only";
            return Err(PredicateError::invalid("voluntary", reason));
        }
        Ok(())
    }
}
