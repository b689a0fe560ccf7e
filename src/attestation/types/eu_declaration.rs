//! `eu-declaration-of-conformity`: the EU declaration of conformity (Decision 768/2008/EC, Annex III).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::document::DocumentRef;
use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType};
use crate::attestation::role::Role;
use crate::attestation::scope::Scope;
use crate::attestation::values::{Extensions, Module, Text};
use crate::hash::Digest;
use crate::identifier::{Celex, Nando, OperatorUri};
use crate::time::Date;

/// The manufacturer takes responsibility for the conformity of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EuDeclaration {
    /// Who speaks, about which document.
    pub header: Header,
    /// What it covers.
    pub scope: Scope,
    /// The manufacturer.
    pub manufacturer: NamedParty,
    /// Issued under the sole responsibility of the manufacturer: always true.
    #[schemars(extend("const" = true))]
    pub sole_responsibility: bool,
    /// What is declared, traceably.
    pub object: DeclaredObject,
    /// The module by act: exactly the acts of `header.legislation`.
    pub modules: BTreeMap<Celex, Module>,
    /// The notified body, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notified_body: Option<NotifiedBodyMention>,
    /// Who signed.
    pub signatory: Signatory,
    /// Where the whole text is, if this is the simplified form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simplified_url: Option<String>,
    /// Additional information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional: Option<Text>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// An operator with name and address as printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedParty {
    /// The operator.
    pub operator: OperatorUri,
    /// Its name.
    pub name: String,
    /// Its postal address.
    pub postal: String,
}

/// The object of a declaration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclaredObject {
    /// What it is.
    pub description: String,
    /// Digest of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<Digest>,
}

/// What a declaration says of a notified body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotifiedBodyMention {
    /// Its number.
    pub number: Nando,
    /// What it did.
    pub intervention: String,
    /// The certificate it issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<DocumentRef>,
}

/// Who signed a declaration; the name itself stays with the PDF.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signatory {
    /// Digest of a random salt and the name, both kept with the PDF.
    pub name_digest: Digest,
    /// Function.
    pub function: String,
    /// Place.
    pub place: String,
    /// Day.
    pub date: Date,
}

impl PredicateType for EuDeclaration {
    const IS_DOCUMENT: bool = true;
    const HAS_VALIDITY: bool = true;
    const ROLES: &'static [Role] = &[Role::Manufacturer, Role::AuthorisedRep];

    fn scope(&self) -> Option<&Scope> {
        Some(&self.scope)
    }

    fn check(&self) -> Result<(), PredicateError> {
        if !self.sole_responsibility {
            return Err(PredicateError::invalid("sole_responsibility", "it is always true"));
        }
        let mut acts: Vec<&Celex> = self.header.legislation().iter().collect();
        acts.sort();
        if !acts.iter().copied().eq(self.modules.keys()) || acts.is_empty() {
            let reason = "expected one module for each act of header.legislation";
            return Err(PredicateError::invalid("modules", reason));
        }
        let is_own = self.header.issuer.operator.operator() == Some(&self.manufacturer.operator);
        if is_own != (self.header.issuer.role == Role::Manufacturer) {
            let reason = "the issuer is the manufacturer, or else its authorised_rep";
            return Err(PredicateError::invalid("manufacturer.operator", reason));
        }
        Ok(())
    }
}
