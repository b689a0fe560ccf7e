//! Products: models, batches and items.

use std::str::FromStr;
use std::sync::Arc;

use super::cset82::{AssignedValue, Cset82};
use super::error::IdentifierError;
use super::gtin::Gtin;
use super::operator::OperatorUri;
use super::percent;
use super::qualifiers::Qualifiers;
use super::text::{text_traits, whole};

const KIND: &str = "product URI";

/// What stands before a GTIN.
pub(super) const GTIN_PREFIX: &str = "https://id.gs1.org/01/";

/// What stands before an operator and the value it assigned.
pub(super) const ASSIGNED_PREFIX: &str = "urn:probant:product:";

/// The canonical URI of a product: a model, by GTIN or by a value that an operator assigned, and the
/// qualifiers that make a batch or an item of it.
// The text stands first and decides: it has all that the other members have.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
#[schemars(with = "String", extend("pattern" = whole(Self::pattern())))]
pub struct ProductUri {
    text: Arc<str>,
    model: Model,
    qualifiers: Qualifiers,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Model {
    Gtin(Gtin),
    Assigned { assigner: OperatorUri, value: AssignedValue },
}

impl ProductUri {
    /// The model that has this GTIN.
    pub fn from_gtin(gtin: &Gtin) -> Self {
        Self::build(Model::Gtin(gtin.clone()), Qualifiers::default())
    }

    /// The model without GTIN that `assigner` calls `value`: 1 to 64 characters of CSET 82.
    pub fn from_assigned(assigner: &OperatorUri, value: &str) -> Result<Self, IdentifierError> {
        let value = Cset82::parse("assigned product value", value)?;
        let model = Model::Assigned { assigner: assigner.clone(), value };
        Ok(Self::build(model, Qualifiers::default()))
    }

    /// What the URIs look like, as a part of a regular expression.
    fn pattern() -> String {
        let gtin = GTIN_PREFIX.replace('.', r"\.") + "[0-8][0-9]{13}";
        let operator = OperatorUri::encoded_pattern();
        let assigned = format!("{ASSIGNED_PREFIX}{operator}:{}", percent::pattern(64));
        format!("(?:{gtin}|{assigned}){}", Qualifiers::pattern())
    }

    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The GTIN of the model, if that is what names it.
    pub fn gtin(&self) -> Option<Gtin> {
        match &self.model {
            Model::Gtin(gtin) => Some(gtin.clone()),
            Model::Assigned { .. } => None,
        }
    }

    /// The operator that assigned the model's value, if it has no GTIN.
    pub fn assigner(&self) -> Option<OperatorUri> {
        match &self.model {
            Model::Gtin(_) => None,
            Model::Assigned { assigner, .. } => Some(assigner.clone()),
        }
    }

    /// The value that the operator assigned, if the model has no GTIN.
    pub fn assigned_value(&self) -> Option<AssignedValue> {
        match &self.model {
            Model::Gtin(_) => None,
            Model::Assigned { value, .. } => Some(value.clone()),
        }
    }

    /// What makes a batch or an item of the model.
    pub const fn qualifiers(&self) -> &Qualifiers {
        &self.qualifiers
    }

    /// Whether no qualifier is fixed.
    pub fn is_model(&self) -> bool {
        self.qualifiers.is_empty()
    }

    /// The model, without any qualifier.
    #[must_use]
    pub fn model(&self) -> Self {
        self.with(Qualifiers::default())
    }

    /// The same with this variant in place of its own.
    pub fn with_variant(&self, variant: &str) -> Result<Self, IdentifierError> {
        let variant = Some(Cset82::parse("variant", variant)?);
        self.with_one_of_three(Qualifiers { variant, ..self.qualifiers.clone() })
    }

    /// The same with this lot in place of its own.
    pub fn with_lot(&self, lot: &str) -> Result<Self, IdentifierError> {
        let lot = Some(Cset82::parse("lot", lot)?);
        self.with_one_of_three(Qualifiers { lot, ..self.qualifiers.clone() })
    }

    /// The same with this serial in place of its own.
    pub fn with_serial(&self, serial: &str) -> Result<Self, IdentifierError> {
        let serial = Some(Cset82::parse("serial", serial)?);
        self.with_one_of_three(Qualifiers { serial, ..self.qualifiers.clone() })
    }

    /// The model with this third-party serial, which stands alone.
    pub fn with_third_party(&self, serial: &str) -> Result<Self, IdentifierError> {
        let third_party = Some(Cset82::parse("third-party serial", serial)?);
        Ok(self.with(Qualifiers { third_party, ..Qualifiers::default() }))
    }

    /// The same without its variant.
    #[must_use]
    pub fn without_variant(&self) -> Self {
        self.with(Qualifiers { variant: None, ..self.qualifiers.clone() })
    }

    /// The same without its lot.
    #[must_use]
    pub fn without_lot(&self) -> Self {
        self.with(Qualifiers { lot: None, ..self.qualifiers.clone() })
    }

    /// The same without its serial.
    #[must_use]
    pub fn without_serial(&self) -> Self {
        self.with(Qualifiers { serial: None, ..self.qualifiers.clone() })
    }

    /// The less granular products whose adverse chains list what is adverse to this one: the last
    /// qualifier dropped until the model is left. Most granular first, without this one.
    pub fn ancestors(&self) -> Vec<Self> {
        let less = |qualifiers: &Qualifiers| qualifiers.without_last();
        std::iter::successors(self.qualifiers.without_last(), less)
            .map(|qualifiers| self.with(qualifiers))
            .collect()
    }

    /// Every product that fixes some of the qualifiers of this one to the same values, the model and
    /// this one included; sorted. A query looks all of them up.
    pub fn sub_selections(&self) -> Vec<Self> {
        let selections = self.qualifiers.selections();
        let mut products: Vec<Self> =
            selections.into_iter().map(|qualifiers| self.with(qualifiers)).collect();
        products.sort();
        products
    }

    /// Whether evidence for this applies to all of `other`: the same model, and `other` fixes every
    /// qualifier that this fixes, to the same value.
    pub fn covers(&self, other: &Self) -> bool {
        self.model == other.model && self.qualifiers.covers(&other.qualifiers)
    }

    /// Whether something can be both: the same model, and no qualifier fixed to two values.
    pub fn intersects(&self, other: &Self) -> bool {
        self.model == other.model && self.qualifiers.intersects(&other.qualifiers)
    }

    /// Reads a URI whose values may be encoded in other ways and whose GTIN may be short.
    pub(super) fn read(text: &str) -> Result<Self, IdentifierError> {
        let malformed = || {
            let expected =
                "https://id.gs1.org/01/{gtin}[/…] or urn:probant:product:{operator}:{value}[/…]";
            IdentifierError::malformed(KIND, text, expected)
        };
        let is_gtin = text.starts_with(GTIN_PREFIX);
        let prefix = if is_gtin { GTIN_PREFIX } else { ASSIGNED_PREFIX };
        let rest = text.strip_prefix(prefix).ok_or_else(malformed)?;
        let (model, path) = match rest.split_once('/') {
            Some((model, path)) => (model, Some(path)),
            None => (rest, None),
        };
        let model = if is_gtin {
            Model::Gtin(Gtin::pad(model)?)
        } else {
            let (assigner, value) = model.split_once(':').ok_or_else(malformed)?;
            let assigner = percent::decode(assigner).ok_or_else(malformed)?.parse()?;
            let value = percent::decode(value).ok_or_else(malformed)?;
            let value = Cset82::parse("assigned product value", &value)?;
            Model::Assigned { assigner, value }
        };
        let qualifiers = path.map_or_else(|| Ok(Qualifiers::default()), Qualifiers::parse)?;
        Ok(Self::build(model, qualifiers))
    }

    fn build(model: Model, qualifiers: Qualifiers) -> Self {
        let mut text = match &model {
            Model::Gtin(gtin) => format!("{GTIN_PREFIX}{gtin}"),
            Model::Assigned { assigner, value } => {
                let assigner = percent::encode(assigner.as_str());
                format!("{ASSIGNED_PREFIX}{assigner}:{}", percent::encode(value.as_str()))
            }
        };
        text.push_str(&qualifiers.path());
        Self { text: text.into(), model, qualifiers }
    }

    fn with(&self, qualifiers: Qualifiers) -> Self {
        Self::build(self.model.clone(), qualifiers)
    }

    fn with_one_of_three(&self, qualifiers: Qualifiers) -> Result<Self, IdentifierError> {
        if qualifiers.third_party.is_some() {
            let reason = "a third-party serial stands alone";
            return Err(IdentifierError::refused(KIND, &self.text, reason));
        }
        Ok(self.with(qualifiers))
    }
}

impl FromStr for ProductUri {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let product = Self::read(text)?;
        if product.as_str() == text {
            return Ok(product);
        }
        Err(IdentifierError::not_canonical(KIND, text, product.as_str()))
    }
}

text_traits!(ProductUri);

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "https://id.gs1.org/01/09521000200012";
    const ASSIGNED: &str = "urn:probant:product:urn%3Anando%3A0099:SKU%2F77";

    #[test]
    fn qualifiers_are_added_and_taken_away() {
        for base in [MODEL, ASSIGNED] {
            let model: ProductUri = base.parse().unwrap();
            let item = model.with_serial("S/1").unwrap().with_lot("L").unwrap();
            let item = item.with_variant("V").unwrap();
            assert_eq!(item.as_str(), format!("{base}/22/V/10/L/21/S%2F1"));
            assert_eq!(item.as_str().parse(), Ok(item.clone()));
            assert_eq!(item.model(), model);
            assert!(model.is_model() && !item.is_model());
            let batch = item.without_variant().without_serial();
            assert_eq!(batch.as_str(), format!("{base}/10/L"));
            assert_eq!(batch.without_lot(), model);
            let other = model.with_third_party("X").unwrap();
            assert_eq!(other.as_str(), format!("{base}/235/X"));
            other.with_lot("L").unwrap_err();
            model.with_lot("a b").unwrap_err();
            model.with_lot("").unwrap_err();
        }
    }

    #[test]
    fn a_model_is_named_by_its_gtin_or_by_its_assigner() {
        let model: ProductUri = MODEL.parse().unwrap();
        let gtin = model.gtin().unwrap();
        assert_eq!(ProductUri::from_gtin(&gtin), model);
        assert_eq!((model.assigner(), model.assigned_value()), (None, None));
        let product: ProductUri = ASSIGNED.parse().unwrap();
        let assigner = product.assigner().unwrap();
        assert_eq!(assigner.as_str(), "urn:nando:0099");
        assert_eq!(product.gtin(), None);
        assert_eq!(ProductUri::from_assigned(&assigner, "SKU/77"), Ok(product));
    }

    #[test]
    fn a_query_looks_up_every_selection_of_its_qualifiers() {
        let item: ProductUri = format!("{MODEL}/22/V/10/L/21/S").parse().unwrap();
        let found: Vec<String> = item.sub_selections().iter().map(ToString::to_string).collect();
        let paths = [
            "",
            "/10/L",
            "/10/L/21/S",
            "/21/S",
            "/22/V",
            "/22/V/10/L",
            "/22/V/10/L/21/S",
            "/22/V/21/S",
        ];
        assert_eq!(found, paths.map(|path| format!("{MODEL}{path}")));
        assert_eq!(item.model().sub_selections(), [item.model()]);
        let third = item.model().with_third_party("X").unwrap();
        assert_eq!(third.sub_selections(), [item.model(), third]);
        assert!(item.ancestors().iter().all(|less| item.sub_selections().contains(less)));
    }

    #[test]
    fn other_models_neither_cover_nor_intersect() {
        let (model, assigned): (ProductUri, ProductUri) =
            (MODEL.parse().unwrap(), ASSIGNED.parse().unwrap());
        assert!(!model.covers(&assigned) && !model.intersects(&assigned));
        let batch = model.with_lot("L").unwrap();
        assert!(model.covers(&batch) && !batch.covers(&model) && batch.intersects(&model));
    }
}
