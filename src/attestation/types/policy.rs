//! `policy`: a rule set is published, so that a verdict can cite it. Logging one accepts nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::values::{BASE64_PATTERN, Extensions};
use crate::encoding;
use crate::hash::Digest;
use crate::identifier::SubjectUri;

/// The most bytes that a rule set may have.
pub(super) const POLICY_BYTES_MAX: usize = 256 * 1024;

/// A rule set, with its exact bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyPublication {
    /// Who speaks, about which document.
    pub header: Header,
    /// The TOML in standard base64, at most 256 KiB of it.
    #[schemars(extend("contentEncoding" = "base64", "pattern" = BASE64_PATTERN))]
    pub content: String,
    /// SHA-256 of the TOML.
    pub sha256: Digest,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

impl PolicyPublication {
    /// The rule set's bytes.
    pub fn bytes(&self) -> Result<Vec<u8>, PredicateError> {
        encoding::base64_decode(&self.content)
            .map_err(|error| PredicateError::invalid("content", error.to_string()))
    }
}

impl PredicateType for PolicyPublication {
    const IS_DOCUMENT: bool = true;
    const IS_TRUST_RECORD: bool = true;
    const ROLES: &'static [Role] = &[Role::Platform, Role::MarketSurveillance];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        Ok(SubjectRule::Exactly(
            self.header.document_uri().map(SubjectUri::from).into_iter().collect(),
        ))
    }

    fn check(&self) -> Result<(), PredicateError> {
        let bytes = self.bytes()?;
        if bytes.len() > POLICY_BYTES_MAX {
            let reason = format!("{} bytes, the limit is {POLICY_BYTES_MAX}", bytes.len());
            return Err(PredicateError::invalid("content", reason));
        }
        let expected = Digest::of(&bytes);
        if self.sha256 != expected {
            let reason = format!("{} is not the digest of content, {expected}", self.sha256);
            return Err(PredicateError::invalid("sha256", reason));
        }
        Ok(())
    }
}
