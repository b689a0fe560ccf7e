//! Subjects: everything an attestation can be about.

use std::fmt;
use std::str::FromStr;

use super::document::DocumentUri;
use super::error::IdentifierError;
use super::key_uri::KeyUri;
use super::operator::{OperatorScheme, OperatorUri};
use super::product::{ASSIGNED_PREFIX, GTIN_PREFIX, ProductUri};
use super::text::text_traits;
use super::type_uri::TypeUri;
use crate::hash::Digest;

/// The canonical URI of a subject. Sorted by kind, then by text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
#[schemars(untagged)]
pub enum SubjectUri {
    /// A model, batch or item.
    Product(ProductUri),
    /// A business, body or authority.
    Operator(OperatorUri),
    /// What a certificate or report is about.
    Type(TypeUri),
    /// A certificate, report or declaration.
    Document(DocumentUri),
    /// A signing key.
    Key(KeyUri),
}

/// What kind of thing a subject is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A model, batch or item.
    Product,
    /// A business, body or authority.
    Operator,
    /// What a certificate or report is about.
    Type,
    /// A certificate, report or declaration.
    Document,
    /// A signing key.
    Key,
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Product => "product",
            Self::Operator => "operator",
            Self::Type => "type",
            Self::Document => "document",
            Self::Key => "key",
        })
    }
}

impl SubjectUri {
    /// What kind of thing it is.
    pub const fn kind(&self) -> SubjectKind {
        match self {
            Self::Product(_) => SubjectKind::Product,
            Self::Operator(_) => SubjectKind::Operator,
            Self::Type(_) => SubjectKind::Type,
            Self::Document(_) => SubjectKind::Document,
            Self::Key(_) => SubjectKind::Key,
        }
    }

    /// The URI.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Product(uri) => uri.as_str(),
            Self::Operator(uri) => uri.as_str(),
            Self::Type(uri) => uri.as_str(),
            Self::Document(uri) => uri.as_str(),
            Self::Key(uri) => uri.as_str(),
        }
    }

    /// The digest that stands beside the name in a statement: that of the name itself, because a
    /// product has no bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(self.as_str().as_bytes())
    }

    /// The product, if it is one.
    pub fn as_product(&self) -> Option<ProductUri> {
        if let Self::Product(uri) = self { Some(uri.clone()) } else { None }
    }

    /// The operator, if it is one.
    pub fn as_operator(&self) -> Option<OperatorUri> {
        if let Self::Operator(uri) = self { Some(uri.clone()) } else { None }
    }

    /// The type, if it is one.
    pub fn as_type(&self) -> Option<TypeUri> {
        if let Self::Type(uri) = self { Some(uri.clone()) } else { None }
    }

    /// The document, if it is one.
    pub fn as_document(&self) -> Option<DocumentUri> {
        if let Self::Document(uri) = self { Some(uri.clone()) } else { None }
    }

    /// The key, if it is one.
    pub fn as_key(&self) -> Option<KeyUri> {
        if let Self::Key(uri) = self { Some(uri.clone()) } else { None }
    }
}

impl FromStr for SubjectUri {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let begins = |prefix: &str| text.starts_with(prefix);
        if begins(GTIN_PREFIX) || begins(ASSIGNED_PREFIX) {
            text.parse().map(Self::Product)
        } else if begins(TypeUri::PREFIX) {
            text.parse().map(Self::Type)
        } else if begins(DocumentUri::PREFIX) {
            text.parse().map(Self::Document)
        } else if begins(KeyUri::PREFIX) {
            text.parse().map(Self::Key)
        } else if OperatorScheme::ALL.iter().any(|scheme| begins(scheme.prefix())) {
            text.parse().map(Self::Operator)
        } else {
            let expected = "the canonical URI of a product, operator, type, document or key";
            Err(IdentifierError::malformed("subject", text, expected))
        }
    }
}

macro_rules! from_kind {
    ($($kind:ident($type:ident)),*) => {$(
        impl From<$type> for SubjectUri {
            fn from(uri: $type) -> Self {
                Self::$kind(uri)
            }
        }

        impl From<&$type> for SubjectUri {
            fn from(uri: &$type) -> Self {
                Self::$kind(uri.clone())
            }
        }
    )*};
}
from_kind!(
    Product(ProductUri),
    Operator(OperatorUri),
    Type(TypeUri),
    Document(DocumentUri),
    Key(KeyUri)
);

text_traits!(SubjectUri);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_canonical_uri_is_no_subject() {
        for bad in [
            "",
            "09521000200012",
            "https://id.gs1.org/414/9521000200005",
            "https://id.gs1.org/01",
            "https://id.gs1.org/01/",
            "urn:probant:product:",
            "urn:probant:verdict:x",
            "urn:lei:",
            " urn:nando:0099",
            "urn:epc:id:sgtin:9521000.020001.S1",
        ] {
            bad.parse::<SubjectUri>().unwrap_err();
        }
    }
}
