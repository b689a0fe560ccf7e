//! `conformity-verdict`: a verdict is logged, so that a listing can cite it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::values::{BASE64_PATTERN, Extensions};
use crate::encoding;
use crate::hash::Digest;
use crate::identifier::{DocumentUri, OperatorUri, ProductUri};
use crate::json;

/// A verdict: its exact body, and in clear what others look for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConformityVerdict {
    /// Who speaks, about which document.
    pub header: Header,
    /// The canonical JSON of the verdict in standard base64.
    #[schemars(extend("contentEncoding" = "base64", "pattern" = BASE64_PATTERN))]
    pub body: String,
    /// SHA-256 of the body.
    pub sha256: Digest,
    /// The word.
    pub verdict: VerdictWord,
    /// The product that was judged.
    pub product: ProductUri,
    /// The platform that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<OperatorUri>,
    /// The platform's listing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_id: Option<String>,
    /// The size of the tree it was judged under.
    pub tree_size: u64,
    /// The rule set.
    pub policy: PolicyRef,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// The three words a verdict can say.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VerdictWord {
    /// May be listed.
    Listable,
    /// Must not be listed.
    NotListable,
    /// A person has to look; counts as not listed.
    Review,
}

impl VerdictWord {
    /// The word as written in verdicts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Listable => "LISTABLE",
            Self::NotListable => "NOT_LISTABLE",
            Self::Review => "REVIEW",
        }
    }
}

/// A rule set, by name and by digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyRef {
    /// Name.
    pub id: String,
    /// Version.
    pub version: String,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
}

impl ConformityVerdict {
    /// The body's bytes.
    pub fn body_bytes(&self) -> Result<Vec<u8>, PredicateError> {
        encoding::base64_decode(&self.body)
            .map_err(|error| PredicateError::invalid("body", error.to_string()))
    }
}

impl PredicateType for ConformityVerdict {
    const MAY_BE_WITHHELD: bool = true;
    const ROLES: &'static [Role] = &[Role::Verifier, Role::Platform];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        // The listing's document; without a listing its own, by the statement's id.
        let own = self.header.issuer.operator.operator();
        let (issuer, number) = match (&self.platform, &self.listing_id) {
            (Some(platform), Some(listing)) => (Some(platform), listing.as_str()),
            _ => (own, self.header.id.as_str()),
        };
        let Some(issuer) = issuer else { return Ok(SubjectRule::Exactly(Vec::new())) };
        let document = DocumentUri::new(issuer, number)
            .map_err(|error| PredicateError::invalid("listing_id", error.to_string()))?;
        Ok(SubjectRule::Exactly(vec![document.into()]))
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.listing_id.is_some() && self.platform.is_none() {
            return Err(PredicateError::invalid("platform", "a listing_id needs it"));
        }
        let body = self.body_bytes()?;
        // What is hidden in base64 was not counted with the statement.
        let canonical = json::check_containers(&body)
            .and_then(|()| json::from_slice::<serde_json::Value>(&body))
            .and_then(|value| json::canonical(&value))
            .map_err(|error| PredicateError::invalid("body", error.to_string()))?;
        if canonical != body {
            return Err(PredicateError::invalid("body", "it is not canonical JSON"));
        }
        let expected = Digest::of(&body);
        if self.sha256 != expected {
            let reason = format!("{} is not the digest of body, {expected}", self.sha256);
            return Err(PredicateError::invalid("sha256", reason));
        }
        Ok(())
    }
}
