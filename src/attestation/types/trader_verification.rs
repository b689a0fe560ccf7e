//! `trader-verification`: a platform tells how it verified a trader.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::values::{Extensions, NonEmpty};
use crate::hash::Digest;
use crate::identifier::{OperatorUri, SubjectUri};
use crate::time::Timestamp;

/// How a platform verified a trader (Regulation (EU) 2022/2065, article 30). Digests only: it holds
/// no personal data, and is for everybody: withheld in the chain of an operator, it would keep every
/// dossier from being made that the operator is in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TraderVerification {
    /// Who speaks, about which document.
    pub header: Header,
    /// The trader.
    pub trader: OperatorUri,
    /// What was looked at, each item once.
    pub checks: NonEmpty<TraderCheck>,
    /// Whether the trader committed itself to offer only what conforms (article 30.1.e).
    pub self_certified: bool,
    /// What came of all of it.
    pub result: TraderResult,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// One item that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TraderCheck {
    /// Which one.
    pub item: TraderItem,
    /// What came of it.
    pub result: TraderResult,
    /// When it was looked at.
    pub checked_at: Timestamp,
    /// Digest of what was found.
    pub response: Digest,
}

/// The items of Regulation (EU) 2022/2065, article 30, paragraph 1.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum TraderItem {
    /// Name, address, telephone number, electronic mail address.
    #[serde(rename = "30.1.a")]
    Contact,
    /// A copy of an identification document, or another electronic identification.
    #[serde(rename = "30.1.b")]
    Identification,
    /// Payment account details.
    #[serde(rename = "30.1.c")]
    PaymentAccount,
    /// The trade register and the number in it.
    #[serde(rename = "30.1.d")]
    TradeRegister,
    /// The self-certification.
    #[serde(rename = "30.1.e")]
    SelfCertification,
}

/// What came of a check.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TraderResult {
    /// In order.
    Pass,
    /// Not in order.
    Fail,
}

impl TraderItem {
    /// Every item, in the order of the law.
    pub const ALL: [Self; 5] = [
        Self::Contact,
        Self::Identification,
        Self::PaymentAccount,
        Self::TradeRegister,
        Self::SelfCertification,
    ];
}

impl PredicateType for TraderVerification {
    const ROLES: &'static [Role] = &[Role::Platform];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        Ok(SubjectRule::Exactly(vec![SubjectUri::from(self.trader.clone())]))
    }

    fn check(&self) -> Result<(), PredicateError> {
        let items: BTreeSet<TraderItem> = self.checks.iter().map(|check| check.item).collect();
        if items.len() != self.checks.len() {
            return Err(PredicateError::invalid("checks", "an item stands there twice"));
        }
        let failed = self.checks.iter().any(|check| check.result == TraderResult::Fail);
        if self.result == TraderResult::Pass && failed {
            return Err(PredicateError::invalid("result", "PASS with a failed item"));
        }
        Ok(())
    }
}
