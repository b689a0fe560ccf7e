//! A query as a platform writes it: identifiers in many forms, members left out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json;
use crate::merkle::TreeSize;
use crate::policy::query::error::QueryError;
use crate::policy::query::normal::{GoodsLocation, OfferAttributes};
use crate::time::Timestamp;

/// A query as it comes in. A member that is `null` is as good as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The caller's own name for it; comes back with the answer, and is no part of the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The product.
    pub product: ProductInput,
    /// Where the offer places it.
    #[serde(default)]
    pub category: CategoryInput,
    /// What the offer says of it.
    #[serde(default)]
    pub attributes: OfferAttributes,
    /// Who sells it.
    pub trader: TraderInput,
    /// The offer.
    pub offer: OfferInput,
    /// The instant that the question is about; the seal's time if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_at: Option<Timestamp>,
    /// The tree size that the answer is to rest on; the newest checkpoint's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<TreeSize>,
    /// The rule set, `id@version`; chosen by category if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Whether the verdict must not be logged.
    #[serde(default)]
    pub dry_run: bool,
}

/// The product of a query. One of `gtin`, `id` and `merchant_pid` at least.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductInput {
    /// A GTIN of 8 to 14 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// Any identifier of a product: a GS1 Digital Link, an EPC URN, a product URI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The seller's own number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_pid: Option<String>,
    /// The variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The batches, by lot number; without one the whole model is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batches: Option<Vec<String>>,
    /// The serial number of one item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

/// The category of an offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryInput {
    /// GPC brick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpc: Option<String>,
    /// Combined Nomenclature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cn: Option<String>,
    /// The platform's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// Who sells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TraderInput {
    /// The operator.
    pub operator: String,
    /// The name, as the offer shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferInput {
    /// The platform, as an operator.
    pub platform: String,
    /// Its number for the listing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_id: Option<String>,
    /// The countries of destination.
    pub destinations: Vec<String>,
    /// The languages of the offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// The manufacturer that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<ContactInput>,
    /// The importer that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importer: Option<ContactInput>,
    /// The responsible person that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible_person: Option<ContactInput>,
    /// The warnings that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<WarningInput>>,
    /// SHA-256 of its pictures, with or without `sha256:` before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<String>>,
    /// Batches and items that it leaves out, as products.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded_scopes: Option<Vec<String>>,
    /// Where the goods are; `DIRECT_IMPORT` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_location: Option<GoodsLocation>,
}

/// Somebody whom the offer shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactInput {
    /// The name.
    pub name: String,
    /// The postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal: Option<String>,
    /// The electronic address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electronic: Option<String>,
}

/// A warning that the offer shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarningInput {
    /// In this language.
    pub lang: String,
    /// The code.
    pub code: String,
}

impl Query {
    /// Reads a query from strict JSON.
    pub fn parse(bytes: &[u8]) -> Result<Self, QueryError> {
        let query: Self = json::from_slice(bytes)?;
        let mut text: Value = json::from_checked_slice(bytes)?;
        drop_nulls(&mut text);
        // The reader takes an array in place of an object, too, and would guess its members.
        json::check_form(&text, &query)?;
        Ok(query)
    }
}

/// Takes away the members that are as good as absent. The reader has checked the depth.
fn drop_nulls(value: &mut Value) {
    if let Value::Object(members) = value {
        members.retain(|_, member| !member.is_null());
        members.values_mut().for_each(drop_nulls);
    }
}
