//! `notification`: an authority notifies a body for an act, or no longer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::feed::Effect;
use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::types::accreditation::StandingAction;
use crate::attestation::values::{Extensions, Module, NonEmpty};
use crate::identifier::{Celex, CnCode, OperatorScheme, OperatorUri};
use crate::time::Timestamp;

/// Notification of a body for one act, with modules and products.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// Who speaks, about which document.
    pub header: Header,
    /// The notified body, `urn:nando:…`.
    #[schemars(extend("pattern" = "^urn:nando:"))]
    pub body: OperatorUri,
    /// The act.
    pub act: Celex,
    /// The modules.
    pub modules: NonEmpty<Module>,
    /// Products it is limited to, by customs code; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub products: Option<NonEmpty<CnCode>>,
    /// What happens to it.
    pub action: StandingAction,
    /// From when on.
    pub effective_at: Timestamp,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

impl PredicateType for Notification {
    const IS_TRUST_RECORD: bool = true;
    const ROLES: &'static [Role] = &[Role::NotifyingAuthority];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        Ok(SubjectRule::Exactly(vec![self.body.clone().into()]))
    }

    fn effect(&self) -> Effect {
        self.action.effect()
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.body.scheme() == OperatorScheme::Nando {
            Ok(())
        } else {
            Err(PredicateError::invalid("body", format!("{} is not urn:nando:…", self.body)))
        }
    }
}
