//! `listing-record`: a platform puts an offer up, or takes it down.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::values::{Extensions, NonEmpty};
use crate::envelope::StatementDigest;
use crate::identifier::{Country, OperatorUri, ProductUri, SubjectUri};
use crate::time::Timestamp;

/// What happens to an offer. Admitted even if it shows a fault of the platform: that is for the
/// audit to find.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListingRecord {
    /// Who speaks, about which document.
    pub header: Header,
    /// The platform's number for the listing; also the document's.
    pub listing_id: String,
    /// The product offered, at the most granular level that is known.
    pub product: ProductUri,
    /// Who offers it.
    pub trader: OperatorUri,
    /// Where it is offered.
    pub countries: NonEmpty<Country>,
    /// What happens.
    pub action: ListingAction,
    /// When, as claimed.
    pub at: Timestamp,
    /// The logged verdict it rests on (`LISTED`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<StatementDigest>,
    /// What led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<StatementDigest>,
    /// An authority's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What happens to an offer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ListingAction {
    /// It goes up.
    Listed,
    /// It comes down for good.
    Delisted,
    /// It comes down for now.
    Suspended,
    /// It never goes up.
    Rejected,
}

impl PredicateType for ListingRecord {
    const IS_DOCUMENT: bool = true;
    const MAY_BE_WITHHELD: bool = true;
    const ROLES: &'static [Role] = &[Role::Platform];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        Ok(SubjectRule::Exactly(
            self.header.document_uri().map(SubjectUri::from).into_iter().collect(),
        ))
    }

    fn check(&self) -> Result<(), PredicateError> {
        let number = self.header.document.as_ref().map(|document| document.number.original());
        if number != Some(self.listing_id.as_str()) {
            return Err(PredicateError::invalid("listing_id", "it is not header.document.number"));
        }
        if (self.action == ListingAction::Listed) != self.verdict.is_some() {
            return Err(PredicateError::invalid("verdict", "it goes with LISTED, and only there"));
        }
        Ok(())
    }
}
