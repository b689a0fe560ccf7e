//! Documents: certificates, reports, declarations.

use std::str::FromStr;
use std::sync::Arc;

use super::error::IdentifierError;
use super::lookup::LookupForm;
use super::operator::OperatorUri;
use super::text::{text_traits, whole};
use super::type_uri::{pair_pattern, read_pair, write_pair};

/// The canonical URI of a document: who issued it, and its number in lookup form. All versions of a
/// document have one URI.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
#[schemars(with = "String", extend("pattern" = whole(pair_pattern(Self::PREFIX))))]
pub struct DocumentUri {
    text: Arc<str>,
    issuer: OperatorUri,
    number: LookupForm,
}

impl DocumentUri {
    /// What stands before the issuer.
    pub(super) const PREFIX: &str = "urn:probant:document:";

    /// The document to which `issuer` gave this number; the number is put in lookup form.
    pub fn new(issuer: &OperatorUri, number: &str) -> Result<Self, IdentifierError> {
        Ok(Self::of(issuer, &LookupForm::of(number)?))
    }

    /// The document to which `issuer` gave this number.
    pub fn of(issuer: &OperatorUri, number: &LookupForm) -> Self {
        let text = write_pair(Self::PREFIX, issuer, number);
        Self { text, issuer: issuer.clone(), number: number.clone() }
    }

    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Who issued it.
    pub const fn issuer(&self) -> &OperatorUri {
        &self.issuer
    }

    /// Its number.
    pub const fn number(&self) -> &LookupForm {
        &self.number
    }
}

impl FromStr for DocumentUri {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (issuer, number) = read_pair("document URI", Self::PREFIX, text)?;
        Ok(Self { text: text.into(), issuer, number })
    }
}

text_traits!(DocumentUri);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_put_in_lookup_form() {
        let issuer: OperatorUri = "urn:nando:0099".parse().unwrap();
        let document = DocumentUri::new(&issuer, "doc 2026/014~b").unwrap();
        let text = "urn:probant:document:urn%3Anando%3A0099:DOC%202026%2F014~B";
        assert_eq!(document.as_str(), text);
        assert_eq!(text.parse(), Ok(document.clone()));
        assert_eq!((document.issuer(), document.number().as_str()), (&issuer, "DOC 2026/014~B"));
        "urn:probant:type:urn%3Anando%3A0099:X".parse::<DocumentUri>().unwrap_err();
    }
}
