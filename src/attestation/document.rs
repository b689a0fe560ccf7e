//! Documents: certificates, reports and declarations, by issuer, number and version.

use std::fmt;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::attestation::values::{Language, NonEmpty, label, label_schema};
use crate::identifier::{DocumentUri, LookupForm, OperatorUri};
use crate::time::Date;

/// A document's number: as its issuer writes it, and in the lookup form by which it is found and
/// compared.
#[derive(Clone, JsonSchema)]
#[schemars(with = "String")]
pub struct DocumentNumber {
    original: String,
    lookup: LookupForm,
}

impl DocumentNumber {
    /// The number that `text` is, if it has a lookup form.
    pub fn new(text: &str) -> Result<Self, crate::identifier::IdentifierError> {
        Ok(Self { original: text.to_owned(), lookup: LookupForm::of(text)? })
    }

    /// As the issuer writes it.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The form by which it is found and compared.
    pub const fn lookup(&self) -> &LookupForm {
        &self.lookup
    }
}

impl PartialEq for DocumentNumber {
    fn eq(&self, other: &Self) -> bool {
        self.lookup == other.lookup
    }
}

impl Eq for DocumentNumber {}

impl PartialOrd for DocumentNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DocumentNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.lookup.cmp(&other.lookup)
    }
}

impl fmt::Debug for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.original, f)
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.original)
    }
}

impl Serialize for DocumentNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.original)
    }
}

impl<'de> Deserialize<'de> for DocumentNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// What a document says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentHead {
    /// Its number, unique with the version for its issuer.
    pub number: DocumentNumber,
    /// Its version; `1` if absent.
    #[serde(default = "first_version", deserialize_with = "label")]
    #[schemars(schema_with = "label_schema")]
    pub version: String,
    /// The day it was issued, as claimed; not after the ledger's time.
    pub issued: Date,
    /// The languages it is in.
    pub languages: NonEmpty<Language>,
}

/// A reference to one version of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentRef {
    /// Who issued it.
    pub issuer: OperatorUri,
    /// Its number.
    pub number: DocumentNumber,
    /// Its version; `1` if absent.
    #[serde(default = "first_version", deserialize_with = "label")]
    #[schemars(schema_with = "label_schema")]
    pub version: String,
}

impl DocumentRef {
    /// The subject that all versions of the document share.
    pub fn uri(&self) -> DocumentUri {
        DocumentUri::of(&self.issuer, self.number.lookup())
    }
}

impl fmt::Display for DocumentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} version {} of {}", self.number, self.version, self.issuer)
    }
}

fn first_version() -> String {
    "1".to_owned()
}
