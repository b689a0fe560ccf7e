//! `role-grant`: registrars let an operator act in a role, or no longer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::document::DocumentRef;
use crate::attestation::feed::Effect;
use crate::attestation::header::Header;
use crate::attestation::predicate_type::{
    PredicateError, PredicateType, RegistrarAct, Signers, SubjectRule,
};
use crate::attestation::role::Role;
use crate::attestation::values::{Extensions, Module, NonEmpty};
use crate::identifier::{Celex, CnCode, Country, OperatorUri};
use crate::time::Date;

/// A role granted or revoked, with its scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleGrant {
    /// Who speaks, about which document.
    pub header: Header,
    /// Whose role it is.
    pub operator: OperatorUri,
    /// The role.
    #[schemars(extend("not" = {"const": "registrar"}))]
    pub role: Role,
    /// Granted or revoked.
    pub action: GrantAction,
    /// The first day.
    pub from: Date,
    /// The last day; open if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Acts it is limited to; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acts: Option<NonEmpty<Celex>>,
    /// Modules it is limited to; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modules: Option<NonEmpty<Module>>,
    /// Products it is limited to, by customs code; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cn: Option<NonEmpty<CnCode>>,
    /// Countries it is limited to; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countries: Option<NonEmpty<Country>>,
    /// The document it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<DocumentRef>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// Granted or revoked.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GrantAction {
    /// The role may be used.
    Grant,
    /// The role may no longer be used.
    Revoke,
}

impl PredicateType for RoleGrant {
    const IS_TRUST_RECORD: bool = true;
    const ROLES: &'static [Role] = &[Role::Registrar];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        Ok(SubjectRule::Exactly(vec![self.operator.clone().into()]))
    }

    fn signers(&self) -> Signers {
        Signers::Registrars(RegistrarAct::default())
    }

    fn effect(&self) -> Effect {
        match self.action {
            GrantAction::Grant => Effect::Supports,
            GrantAction::Revoke => Effect::Adverse,
        }
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.role == Role::Registrar {
            return Err(PredicateError::invalid("role", "registrars are made by registrar-change"));
        }
        if self.until.is_some_and(|until| until < self.from) {
            return Err(PredicateError::invalid("until", "it lies before from"));
        }
        Ok(())
    }
}
