//! `concern-report`: somebody who may says that something looks wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::document::DocumentRef;
use crate::attestation::feed::Effect;
use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::values::{Extensions, Text};
use crate::envelope::StatementDigest;
use crate::identifier::{ProductUri, SubjectUri};

/// A concern about a product or a document. It never takes a verdict beyond `REVIEW`, and feeds
/// chains of its own class, so that a flood of them hides nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConcernReport {
    /// Who speaks; the evidence is among its `evidence`.
    pub header: Header,
    /// What it is about.
    pub target: ConcernTarget,
    /// What looks wrong.
    pub claim: Text,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What a concern is about: a product, or a statement with the document that it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["product"], "properties": {"statement": false, "document": false}},
    {"required": ["statement", "document"], "properties": {"product": false}},
]))]
pub struct ConcernTarget {
    /// The product, at the level that the concern is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductUri>,
    /// The statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementDigest>,
    /// The document that the statement is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentRef>,
}

impl PredicateType for ConcernReport {
    const ROLES: &'static [Role] = &[
        Role::MarketSurveillance,
        Role::Customs,
        Role::NotifiedBody,
        Role::Lab,
        Role::Platform,
        Role::Auditor,
    ];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        let product = self.target.product.clone().map(SubjectUri::from);
        let document = self.target.document.as_ref().map(|of| SubjectUri::from(of.uri()));
        Ok(SubjectRule::Exactly(product.into_iter().chain(document).collect()))
    }

    fn effect(&self) -> Effect {
        Effect::Concern
    }

    fn check(&self) -> Result<(), PredicateError> {
        let ConcernTarget { product, statement, document } = &self.target;
        match (product.is_some(), statement.is_some(), document.is_some()) {
            (true, false, false) | (false, true, true) => Ok(()),
            _ => {
                let reason = "expected a product, or else a statement and its document";
                Err(PredicateError::invalid("target", reason))
            }
        }
    }
}
