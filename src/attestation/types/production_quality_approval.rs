//! `production-quality-approval`: a notified body vouches for a production.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType};
use crate::attestation::role::Role;
use crate::attestation::scope::Scope;
use crate::attestation::values::{Extensions, Module, NonEmpty};
use crate::identifier::{Celex, Gln, Nando, OperatorUri};
use crate::time::Date;

/// The modules of Decision 768/2008/EC in which a body looks at the production.
const MODULES: [&str; 6] = ["C2", "D", "D1", "E", "F", "H"];

/// Approval of a production, or supervised checks on it, under an act and module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductionQualityApproval {
    /// Who speaks, about which document.
    pub header: Header,
    /// The types or products whose production it is.
    pub scope: Scope,
    /// The act.
    pub act: Celex,
    /// The module: C2, D, D1, E, F or H.
    #[schemars(extend("enum" = MODULES))]
    pub module: Module,
    /// The notified body's number, which stands beside the CE mark.
    pub body_number: Nando,
    /// Whose production it is.
    pub holder: OperatorUri,
    /// Places of production.
    pub sites: NonEmpty<Gln>,
    /// The day by which the body looks again.
    pub next_surveillance: Date,
    /// The day on which it last looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_audit: Option<Date>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

impl PredicateType for ProductionQualityApproval {
    const IS_DOCUMENT: bool = true;
    const HAS_VALIDITY: bool = true;
    const ROLES: &'static [Role] = &[Role::NotifiedBody];

    fn scope(&self) -> Option<&Scope> {
        Some(&self.scope)
    }

    fn check(&self) -> Result<(), PredicateError> {
        if !MODULES.contains(&self.module.as_str()) {
            let reason = format!("found {}, expected one of {}", self.module, MODULES.join(", "));
            return Err(PredicateError::invalid("module", reason));
        }
        if self.last_audit.is_some_and(|last| self.next_surveillance <= last) {
            let reason = "it is not after last_audit";
            return Err(PredicateError::invalid("next_surveillance", reason));
        }
        Ok(())
    }
}
