//! A query in normal form: identifiers canonical, defaults resolved, sets sorted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::types::{Category, ClassAttribute};
use crate::attestation::{Attribute, Language};
use crate::hash::Digest;
use crate::identifier::{CnCode, Country, Gpc, OperatorUri, ProductUri};
use crate::merkle::TreeSize;
use crate::policy::name::PolicyName;
use crate::policy::ruleset::AttributeSource;
use crate::time::{Date, Timestamp};

/// A query in normal form, as the verdict repeats it. Equal questions are equal bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormalQuery {
    /// The products: one for each batch, or the one item, or the model. At least one, all of one
    /// model and variant. Sorted.
    pub products: Vec<ProductUri>,
    /// The seller's own number for the product, as a product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<ProductUri>,
    /// Where the offer places it.
    pub category: NormalCategory,
    /// What the offer says of it.
    pub attributes: OfferAttributes,
    /// Who sells it.
    pub trader: Trader,
    /// The offer.
    pub offer: Offer,
    /// The instant that the question is about.
    pub legal_at: Timestamp,
    /// The tree size that the answer rests on.
    pub as_of: TreeSize,
    /// The rule set, if one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyName>,
}

/// The category of an offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormalCategory {
    /// GPC brick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpc: Option<Gpc>,
    /// Combined Nomenclature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cn: Option<CnCode>,
    /// The platform's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// What an offer says of a product. The attributes of its identity win over these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferAttributes {
    /// Runs on electricity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electrical: Option<bool>,
    /// Holds or comes with a battery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery: Option<bool>,
    /// Holds a button or coin cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button_cell: Option<bool>,
    /// Sends or receives radio waves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radio: Option<bool>,
    /// Is meant to touch food.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub food_contact: Option<bool>,
    /// Can connect to the internet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internet_connected: Option<bool>,
    /// Processes personal, traffic or location data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processes_personal_data: Option<bool>,
    /// Lets its user transfer money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfers_money: Option<bool>,
    /// Is meant for users from this age on, in months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_age_months: Option<u32>,
}

/// Who sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trader {
    /// The operator, by whichever of its names the query gave.
    pub operator: OperatorUri,
    /// The name, as the offer shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The platform, by whichever of its names the query gave.
    pub platform: OperatorUri,
    /// Its number for the listing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_id: Option<String>,
    /// The countries of destination, as given: `EU` stays `EU`. At least one. Sorted.
    pub destinations: Vec<Country>,
    /// The languages of the offer. Sorted.
    pub languages: Vec<Language>,
    /// The manufacturer that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<Contact>,
    /// The importer that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importer: Option<Contact>,
    /// The responsible person that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsible_person: Option<Contact>,
    /// The warnings that it shows. Sorted by code, then language.
    pub warnings: Vec<ShownWarning>,
    /// SHA-256 of its pictures. Sorted.
    pub images: Vec<Digest>,
    /// Batches and items that it leaves out. Sorted.
    pub excluded_scopes: Vec<ProductUri>,
    /// Where the goods are.
    pub goods_location: GoodsLocation,
}

/// Somebody whom the offer shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownWarning {
    /// The code.
    pub code: String,
    /// In this language.
    pub lang: Language,
}

/// Where the goods are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum GoodsLocation {
    /// In the EU, on the market since a day.
    EuStock {
        /// The day.
        placed_on_market: Date,
    },
    /// Sent to the buyer from outside.
    DirectImport {},
}

impl NormalQuery {
    /// The model that the query is about, or the variant of it.
    pub fn model(&self) -> Option<ProductUri> {
        self.products.first().map(|first| first.without_serial().without_lot())
    }

    /// The destinations, `EU` expanded. Sorted.
    pub fn countries(&self) -> Vec<Country> {
        let all = self.offer.destinations.iter().flat_map(|country| country.expand());
        let sorted: std::collections::BTreeSet<Country> = all.collect();
        sorted.into_iter().collect()
    }

    /// The day that validity, standards and notification are judged on: that of placing on the
    /// market for stock in the EU, otherwise that of the question.
    pub fn legal_day(&self) -> Date {
        match self.offer.goods_location {
            GoodsLocation::EuStock { placed_on_market } => placed_on_market,
            GoodsLocation::DirectImport {} => self.legal_at.date(),
        }
    }
}

impl NormalCategory {
    /// The category without the platform's own.
    pub fn of_goods(&self) -> Category {
        Category { gpc: self.gpc.clone(), cn: self.cn.clone() }
    }
}

impl AttributeSource for OfferAttributes {
    fn flag(&self, attribute: Attribute) -> Option<bool> {
        match attribute {
            Attribute::Electrical => self.electrical,
            Attribute::Battery => self.battery,
            Attribute::ButtonCell => self.button_cell,
            Attribute::Radio => self.radio,
            Attribute::FoodContact => self.food_contact,
            Attribute::InternetConnected => self.internet_connected,
            Attribute::ProcessesPersonalData => self.processes_personal_data,
            Attribute::TransfersMoney => self.transfers_money,
        }
    }

    fn voltage(&self) -> Option<u32> {
        None
    }

    fn class(&self, _attribute: ClassAttribute) -> Option<&'static str> {
        None
    }

    fn capacity_wh(&self) -> Option<u32> {
        None
    }
}
