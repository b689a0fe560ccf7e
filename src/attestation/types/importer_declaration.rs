//! `importer-declaration`: an importer answers for a consignment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::document::DocumentRef;
use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType};
use crate::attestation::role::Role;
use crate::attestation::scope::{BatchScope, Scope};
use crate::attestation::values::{Extensions, NonEmpty};
use crate::identifier::{Country, Eori, Mrn};
use crate::time::Date;

/// An importer answers for the batches of a consignment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    {"required": ["mrn"], "properties": {"pre_arrival": {"const": false}}},
    {"required": ["pre_arrival"], "properties": {"pre_arrival": {"const": true}, "mrn": false}},
]))]
pub struct ImporterDeclaration {
    /// Who speaks, about which document.
    pub header: Header,
    /// The batches: mode `LIST`.
    #[schemars(extend(
        "properties" = {"batches": {"properties": {"mode": {"const": "LIST"}}}},
        "required" = ["batches"],
    ))]
    pub scope: Scope,
    /// The importer's EORI number.
    pub eori: Eori,
    /// The consignment, as the importer numbers it.
    pub consignment: String,
    /// Pieces, at least 1.
    #[schemars(range(min = 1))]
    pub quantity: u64,
    /// Customs reference; or else `pre_arrival`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mrn: Option<Mrn>,
    /// There is no customs reference yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pre_arrival: bool,
    /// What the importer checked.
    pub checked: DocumentsChecked,
    /// The importer, as shown on the product.
    pub importer: ImporterContact,
    /// Entry summary declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ens: Option<String>,
    /// Product identifiers in the customs data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pids: Option<NonEmpty<String>>,
    /// Day of arrival.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival: Option<Date>,
    /// Country of origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Country>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// What an importer checked before placing a product on the market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentsChecked {
    /// The declaration of conformity.
    pub doc: DocumentRef,
    /// That the technical documentation was drawn up: always true.
    #[schemars(extend("const" = true))]
    pub documentation: bool,
    /// That the marking is there: always true.
    #[schemars(extend("const" = true))]
    pub marking: bool,
}

/// An importer, as shown on the product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImporterContact {
    /// Name.
    pub name: String,
    /// Postal address.
    pub postal: String,
    /// Electronic address.
    pub electronic: String,
}

impl PredicateType for ImporterDeclaration {
    const IS_DOCUMENT: bool = true;
    const ROLES: &'static [Role] = &[Role::Importer];

    fn scope(&self) -> Option<&Scope> {
        Some(&self.scope)
    }

    fn check(&self) -> Result<(), PredicateError> {
        if !matches!(self.scope.batches, BatchScope::List { .. }) {
            return Err(PredicateError::invalid("scope.batches", "expected mode LIST"));
        }
        if self.mrn.is_some() == self.pre_arrival {
            return Err(PredicateError::invalid("mrn", "expected mrn or else pre_arrival: true"));
        }
        if !self.checked.marking {
            return Err(PredicateError::invalid("checked.marking", "it is always true"));
        }
        if !self.checked.documentation {
            return Err(PredicateError::invalid("checked.documentation", "it is always true"));
        }
        if self.quantity == 0 {
            return Err(PredicateError::invalid("quantity", "it is at least 1"));
        }
        Ok(())
    }
}
