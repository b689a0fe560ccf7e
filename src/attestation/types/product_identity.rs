//! `product-identity`: a manufacturer says what a product is; the newest counts.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::document::DocumentNumber;
use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType, Signers, SubjectRule};
use crate::attestation::role::Role;
use crate::attestation::scope::{BatchScope, Scope};
use crate::attestation::types::classes::{BatteryCategory, ClassAttribute, PpeCategory};
use crate::attestation::values::{
    Attribute, Decimal, Extensions, NonEmpty, label_schema, optional_label,
};
use crate::hash::Digest;
use crate::identifier::{CnCode, Country, Gpc, Gtin, OperatorUri, ProductUri, SubjectUri};

/// What a product is: brand, model, category, types, attributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductIdentity {
    /// Who speaks, about which document.
    pub header: Header,
    /// The products it identifies.
    #[schemars(extend("required" = ["products"]))]
    pub scope: Scope,
    /// Brand.
    pub brand: String,
    /// Model name.
    pub model: String,
    /// Category: one of the two at least.
    pub category: Category,
    /// The manufacturer's own type designations that the product is made to.
    pub types: NonEmpty<IdentityType>,
    /// Country of origin.
    pub origin: Country,
    /// Digests of pictures of the product.
    pub images: NonEmpty<Digest>,
    /// Identifiers that merchants gave the product; their owners sign too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("allOf" = [{"items": {"pattern": "^urn:probant:product:"}}]))]
    pub merchant_ids: Option<NonEmpty<ProductUri>>,
    /// What a pack or bundle contains. A GTIN of a pack needs it, with the base of the pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<NonEmpty<Contained>>,
    /// What the product is made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<NonEmpty<Contained>>,
    /// For whom it is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intended_age: Option<IntendedAge>,
    /// Codes of the warnings that an offer must show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warnings: Option<NonEmpty<String>>,
    /// What decides which law applies.
    pub attributes: Attributes,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// Where a product belongs; one of the two at least.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// GPC brick (GS1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpc: Option<Gpc>,
    /// Combined Nomenclature, 8 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = "^[0-9]{8}$"))]
    pub cn: Option<CnCode>,
}

/// A type that a product is made to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityType {
    /// The designation; its holder is the issuer.
    pub designation: DocumentNumber,
    /// This revision only; all of them if absent.
    #[serde(default, deserialize_with = "optional_label", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "label_schema")]
    pub revision: Option<String>,
    /// These batches only; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batches: Option<BatchScope>,
}

/// A product within a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contained {
    /// The product.
    pub id: ProductUri,
    /// How many of it, at least 1.
    #[schemars(range(min = 1))]
    pub quantity: u64,
}

/// For whom a product is meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntendedAge {
    /// From this age on, in months.
    pub min_months: u32,
}

/// What decides which law applies. Every flag is present.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the schema lists them one by one")]
pub struct Attributes {
    /// Runs on electricity.
    pub electrical: bool,
    /// Holds or comes with a battery.
    pub battery: bool,
    /// Holds a button or coin cell.
    pub button_cell: bool,
    /// Sends or receives radio waves.
    pub radio: bool,
    /// Is meant to touch food.
    pub food_contact: bool,
    /// Can connect to the internet, itself or through another device.
    pub internet_connected: bool,
    /// Processes personal, traffic or location data.
    pub processes_personal_data: bool,
    /// Lets its user transfer money.
    pub transfers_money: bool,
    /// Rated voltage, in volts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voltage: Option<Decimal>,
    /// Personal protective equipment: its risk category. Unsaid, it is taken for the gravest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ppe_category: Option<PpeCategory>,
    /// Batteries: the category. Unsaid, it is taken for one of those that most is asked of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery_category: Option<BatteryCategory>,
    /// Batteries: the energy that it holds, in watt-hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_wh: Option<Decimal>,
    /// Digest of the list of ingredients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingredients: Option<Digest>,
}

impl Attributes {
    /// The class of an attribute; `None` if it is left unsaid.
    pub const fn class(&self, attribute: ClassAttribute) -> Option<&'static str> {
        match (attribute, self.ppe_category, self.battery_category) {
            (ClassAttribute::PpeCategory, Some(of), _) => Some(of.word()),
            (ClassAttribute::BatteryCategory, _, Some(of)) => Some(of.word()),
            (ClassAttribute::PpeCategory | ClassAttribute::BatteryCategory, ..) => None,
        }
    }

    /// The flag of an attribute.
    pub const fn flag(&self, attribute: Attribute) -> bool {
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
}

impl ProductIdentity {
    /// The merchants' identifiers, none if the member is absent.
    pub fn merchant_ids(&self) -> &[ProductUri] {
        self.merchant_ids.as_deref().unwrap_or_default()
    }

    /// What it contains, none if the member is absent.
    pub fn contains(&self) -> &[Contained] {
        self.contains.as_deref().unwrap_or_default()
    }

    /// What it is made of, none if the member is absent.
    pub fn components(&self) -> &[Contained] {
        self.components.as_deref().unwrap_or_default()
    }
}

impl PredicateType for ProductIdentity {
    const ROLES: &'static [Role] = &[Role::Manufacturer];

    fn scope(&self) -> Option<&Scope> {
        Some(&self.scope)
    }

    fn subjects(&self) -> Result<SubjectRule, PredicateError> {
        let mut subjects = self.scope.subjects()?;
        subjects.extend(self.merchant_ids().iter().cloned().map(SubjectUri::from));
        Ok(SubjectRule::Exactly(subjects))
    }

    fn signers(&self) -> Signers {
        let mut parties: Vec<OperatorUri> = self.header.signer().cloned().into_iter().collect();
        for owner in self.merchant_ids().iter().filter_map(ProductUri::assigner) {
            if !parties.contains(&owner) {
                parties.push(owner);
            }
        }
        Signers::Parties(parties)
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.category.gpc.is_none() && self.category.cn.is_none() {
            return Err(PredicateError::invalid("category", "expected gpc, cn or both"));
        }
        if self.scope.products().is_empty() {
            return Err(PredicateError::invalid("scope.products", "an identity names its product"));
        }
        if self.category.cn.as_ref().is_some_and(|cn| !cn.is_full()) {
            return Err(PredicateError::invalid("category.cn", "expected all 8 digits"));
        }
        for IdentityType { batches, .. } in self.types.iter() {
            let Some(batches) = batches else { continue };
            batches.check()?;
            if batches.is_text() {
                let reason = "mode TEXT is for safety measures";
                return Err(PredicateError::invalid("types.batches", reason));
            }
        }
        if let Some(merchant) = self.merchant_ids().iter().find(|id| id.assigner().is_none()) {
            let reason = format!("{merchant} is not urn:probant:product:…");
            return Err(PredicateError::invalid("merchant_ids", reason));
        }
        let own = self.scope.products();
        let own_ids: BTreeSet<&ProductUri> = own.iter().map(|of| &of.id).collect();
        for (member, parts) in [("contains", self.contains()), ("components", self.components())] {
            if parts.iter().any(|part| part.quantity == 0) {
                return Err(PredicateError::invalid(member, "a quantity is at least 1"));
            }
            if let Some(part) = parts.iter().find(|part| own_ids.contains(&part.id)) {
                let reason = format!("{} contains itself", part.id);
                return Err(PredicateError::invalid(member, reason));
            }
        }
        let packs = own.iter().filter_map(|product| product.id.gtin()).filter(Gtin::is_pack);
        for pack in packs {
            // What hits the base has to hit the pack: it can't name other goods in its place.
            let mut bases = self.contains().iter().filter_map(|part| part.id.gtin());
            if !bases.any(|base| base != pack && base.is_of_item(&pack)) {
                let reason = format!("{pack} is a pack, its base is missing");
                return Err(PredicateError::invalid("contains", reason));
            }
        }
        Ok(())
    }
}
