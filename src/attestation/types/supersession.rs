//! `supersession`: one record is replaced by another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::document::DocumentRef;
use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::values::Extensions;
use crate::envelope::StatementDigest;
use crate::identifier::SubjectUri;

/// One record is replaced by another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Supersession {
    /// Who speaks, about which document.
    pub header: Header,
    /// What is replaced.
    pub old: StatementDigest,
    /// Its document, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_document: Option<DocumentRef>,
    /// What replaces it.
    pub new: StatementDigest,
    /// Its document, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_document: Option<DocumentRef>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

impl PredicateType for Supersession {
    const ROLES: &'static [Role] = &[
        Role::Manufacturer,
        Role::AuthorisedRep,
        Role::Importer,
        Role::ResponsiblePerson,
        Role::Distributor,
        Role::Lab,
        Role::NotifiedBody,
        Role::CertificationBody,
    ];

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        Ok(SubjectRule::OfStatement { target: self.old, and: Vec::new() })
    }

    fn feeds_besides(&self) -> Vec<SubjectUri> {
        let documents = self.old_document.iter().chain(&self.new_document);
        documents.map(|document| document.uri().into()).collect()
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.old == self.new {
            return Err(PredicateError::invalid("new", "a record does not replace itself"));
        }
        Ok(())
    }
}
