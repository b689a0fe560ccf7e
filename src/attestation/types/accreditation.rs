//! `accreditation`: an accreditation body vouches for a laboratory or body, or no longer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::feed::Effect;
use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::values::{Extensions, NonEmpty};
use crate::identifier::{Celex, CnCode, Country, OperatorUri};
use crate::time::{Date, Timestamp};

/// Accreditation of a body under a norm, with its scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["standards"]}, {"required": ["acts"]}]))]
pub struct Accreditation {
    /// Who speaks, about which document.
    pub header: Header,
    /// The accredited body.
    pub body: OperatorUri,
    /// Under which norm.
    pub norm: Norm,
    /// What happens to it.
    pub action: StandingAction,
    /// From when on.
    pub effective_at: Timestamp,
    /// Standards it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standards: Option<NonEmpty<String>>,
    /// Acts it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acts: Option<NonEmpty<Celex>>,
    /// Products it is limited to, by customs code; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub products: Option<NonEmpty<CnCode>>,
    /// Countries it is limited to; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countries: Option<NonEmpty<Country>>,
    /// The last day; open if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// The norms of accreditation.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Norm {
    /// Testing and calibration laboratories.
    #[serde(rename = "ISO/IEC 17025")]
    Iso17025,
    /// Bodies that certify products.
    #[serde(rename = "ISO/IEC 17065")]
    Iso17065,
    /// Inspection bodies.
    #[serde(rename = "ISO/IEC 17020")]
    Iso17020,
    /// Bodies that certify management systems.
    #[serde(rename = "ISO/IEC 17021")]
    Iso17021,
}

/// What happens to an accreditation or a notification.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StandingAction {
    /// It begins.
    Grant,
    /// Its scope grows by this.
    Extend,
    /// Its scope shrinks by this.
    Reduce,
    /// It can't be used until reinstated.
    Suspend,
    /// It can be used again.
    Reinstate,
    /// It ends.
    Withdraw,
}

impl StandingAction {
    /// How the action can move a verdict. A reinstatement is adverse with what it undoes: a chain
    /// with the suspension and without it would be misread.
    pub const fn effect(self) -> Effect {
        match self {
            Self::Grant | Self::Extend => Effect::Supports,
            Self::Reduce | Self::Suspend | Self::Reinstate | Self::Withdraw => Effect::Adverse,
        }
    }
}

impl PredicateType for Accreditation {
    const IS_DOCUMENT: bool = true;
    const IS_TRUST_RECORD: bool = true;
    const ROLES: &'static [Role] = &[Role::AccreditationBody];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        Ok(SubjectRule::Exactly(vec![self.body.clone().into()]))
    }

    fn effect(&self) -> Effect {
        self.action.effect()
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.standards.is_none() && self.acts.is_none() {
            return Err(PredicateError::invalid("standards", "expected standards, acts or both"));
        }
        Ok(())
    }
}
