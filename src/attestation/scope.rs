//! Scope: which products, types, batches, sites and countries a statement is about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::document::DocumentNumber;
use crate::attestation::feed::SUBJECT_KEYS_MAX;
use crate::attestation::values::{NonEmpty, label_schema, optional_label};
use crate::identifier::{
    Country, Gln, IdentifierError, Lot, OperatorUri, ProductUri, Serial, SubjectUri, TypeUri,
};
use crate::time::Date;

/// What a statement is about. Its subjects follow from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["products"]}, {"required": ["types"]}]))]
pub struct Scope {
    /// Models or variants: these, types or both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub products: Option<NonEmpty<ProductScope>>,
    /// Type designations of a manufacturer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<NonEmpty<TypeScope>>,
    /// Which batches of the products; all of them if absent.
    #[serde(default)]
    pub batches: BatchScope,
    /// Places of production, by location number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<NonEmpty<Gln>>,
    /// Countries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countries: Option<NonEmpty<Country>>,
}

/// A product in a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductScope {
    /// A model, or a variant of it.
    #[schemars(extend("not" = {"pattern": "/(?:10|21|235)/"}))]
    pub id: ProductUri,
}

/// A type in a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TypeScope {
    /// Whose designation it is.
    pub holder: OperatorUri,
    /// The designation.
    pub designation: DocumentNumber,
    /// This revision only; all of them if absent.
    #[serde(default, deserialize_with = "optional_label", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "label_schema")]
    pub revision: Option<String>,
}

impl TypeScope {
    /// The subject.
    pub fn uri(&self) -> TypeUri {
        TypeUri::of(&self.holder, self.designation.lookup())
    }
}

/// Which batches of the products. There are no ranges of lots, because lots have no order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "mode", rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum BatchScope {
    /// All of them.
    All {},
    /// These lots.
    List {
        /// Lot numbers (GS1 AI 10), exact.
        #[schemars(with = "NonEmpty<Lot>")]
        list: NonEmpty<String>,
    },
    /// Those produced in a window, both days included.
    ProducedBetween {
        /// The first day.
        from: Date,
        /// The last day; open if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Date>,
    },
    /// These items.
    Serials {
        /// Serial numbers (GS1 AI 21), exact.
        #[schemars(with = "NonEmpty<Serial>")]
        list: NonEmpty<String>,
    },
    /// An authority's prose. Never exact; no tokens means every batch.
    Text {
        /// The prose.
        text: String,
        /// Lot numbers found in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tokens: Option<NonEmpty<String>>,
    },
}

impl BatchScope {
    /// Whether it is an authority's prose.
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::Text { .. })
    }

    /// Checks that lots and serials are some, and that a window does not end before it begins.
    pub(super) fn check(&self) -> Result<(), ScopeError> {
        match self {
            Self::List { list } => {
                list.iter().try_for_each(|lot| Ok(lot.parse::<Lot>().map(|_valid| ())?))
            }
            Self::Serials { list } => {
                list.iter().try_for_each(|serial| Ok(serial.parse::<Serial>().map(|_valid| ())?))
            }
            Self::ProducedBetween { from, to: Some(to) } if to < from => {
                Err(ScopeError::Window { from: *from, to: *to })
            }
            Self::All {} | Self::ProducedBetween { .. } | Self::Text { .. } => Ok(()),
        }
    }
}

impl Default for BatchScope {
    fn default() -> Self {
        Self::All {}
    }
}

/// Why a scope has no subjects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// It names neither products nor types.
    #[error("scope names neither products nor types")]
    Empty,
    /// A product is given at a level that `batches` is for.
    #[error(
        "scope product {product} is neither a model nor a variant: name lots and serials in scope.batches"
    )]
    TooGranular {
        /// The product.
        product: ProductUri,
    },
    /// Lots or serials without the product they belong to.
    #[error("scope lists batches or items of no product")]
    NoProduct,
    /// A window that ends before it begins.
    #[error("scope window ends before it begins: {from} to {to}")]
    Window {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
    /// More subjects than an attestation may have.
    #[error("scope stands for {found} products and types: the limit is {SUBJECT_KEYS_MAX}")]
    TooMany {
        /// How many, each as often as it is named.
        found: usize,
    },
    /// A lot or serial that is none.
    #[error("scope names a lot or serial that is not valid")]
    Identifier(#[from] IdentifierError),
}

impl Scope {
    /// The products, none if the member is absent.
    pub fn products(&self) -> &[ProductScope] {
        self.products.as_deref().unwrap_or_default()
    }

    /// The types, none if the member is absent.
    pub fn types(&self) -> &[TypeScope] {
        self.types.as_deref().unwrap_or_default()
    }

    /// The most granular product URIs that the scope stands for: the product itself, or one URI a
    /// lot or a serial.
    pub fn product_uris(&self) -> Result<Vec<ProductUri>, ScopeError> {
        self.check_count()?;
        let mut uris = Vec::new();
        for ProductScope { id } in self.products() {
            match &self.batches {
                BatchScope::List { list } => {
                    for lot in list.iter() {
                        uris.push(id.with_lot(lot)?);
                    }
                }
                BatchScope::Serials { list } => {
                    for serial in list.iter() {
                        uris.push(id.with_serial(serial)?);
                    }
                }
                BatchScope::All {}
                | BatchScope::ProducedBetween { .. }
                | BatchScope::Text { .. } => uris.push(id.clone()),
            }
        }
        Ok(uris)
    }

    /// The subjects that follow from the scope: products, then types.
    pub fn subjects(&self) -> Result<Vec<SubjectUri>, ScopeError> {
        self.check()?;
        let products = self.product_uris()?.into_iter().map(SubjectUri::from);
        Ok(products.chain(self.types().iter().map(|of| of.uri().into())).collect())
    }

    /// Two lists of some kilobytes multiply to gigabytes of URIs: counted before any is made.
    fn check_count(&self) -> Result<(), ScopeError> {
        let per_product = match &self.batches {
            BatchScope::List { list } | BatchScope::Serials { list } => list.len(),
            BatchScope::All {} | BatchScope::ProducedBetween { .. } | BatchScope::Text { .. } => 1,
        };
        let products = self.products().len().saturating_mul(per_product);
        let found = products.saturating_add(self.types().len());
        if found > SUBJECT_KEYS_MAX { Err(ScopeError::TooMany { found }) } else { Ok(()) }
    }

    fn check(&self) -> Result<(), ScopeError> {
        self.check_count()?;
        if self.products().is_empty() && self.types().is_empty() {
            return Err(ScopeError::Empty);
        }
        let deep = self.products().iter().find(|product| {
            let qualifiers = product.id.qualifiers();
            qualifiers.lot.is_some()
                || qualifiers.serial.is_some()
                || qualifiers.third_party.is_some()
        });
        if let Some(deep) = deep {
            return Err(ScopeError::TooGranular { product: deep.id.clone() });
        }
        match &self.batches {
            BatchScope::List { .. } | BatchScope::Serials { .. } if self.products().is_empty() => {
                Err(ScopeError::NoProduct)
            }
            batches => batches.check(),
        }
    }
}
