//! Types: what a certificate or a report is about, as its holder designates it.

use std::str::FromStr;
use std::sync::Arc;

use super::error::IdentifierError;
use super::lookup::LookupForm;
use super::operator::OperatorUri;
use super::percent;
use super::text::{text_traits, whole};

/// The canonical URI of a type: who holds it, and its designation in lookup form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
#[schemars(with = "String", extend("pattern" = whole(pair_pattern(Self::PREFIX))))]
pub struct TypeUri {
    text: Arc<str>,
    holder: OperatorUri,
    designation: LookupForm,
}

impl TypeUri {
    /// What stands before the holder.
    pub(super) const PREFIX: &str = "urn:probant:type:";

    /// The type that `holder` designates so; the designation is put in lookup form.
    pub fn new(holder: &OperatorUri, designation: &str) -> Result<Self, IdentifierError> {
        Ok(Self::of(holder, &LookupForm::of(designation)?))
    }

    /// The type that `holder` designates so.
    pub fn of(holder: &OperatorUri, designation: &LookupForm) -> Self {
        let text = write_pair(Self::PREFIX, holder, designation);
        Self { text, holder: holder.clone(), designation: designation.clone() }
    }

    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whose type it is.
    pub const fn holder(&self) -> &OperatorUri {
        &self.holder
    }

    /// What the holder calls it.
    pub const fn designation(&self) -> &LookupForm {
        &self.designation
    }
}

impl FromStr for TypeUri {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (holder, designation) = read_pair("type URI", Self::PREFIX, text)?;
        Ok(Self { text: text.into(), holder, designation })
    }
}

text_traits!(TypeUri);

/// Writes `{prefix}{operator}:{name}`.
pub(super) fn write_pair(prefix: &str, operator: &OperatorUri, name: &LookupForm) -> Arc<str> {
    let (operator, name) = (percent::encode(operator.as_str()), percent::encode(name.as_str()));
    format!("{prefix}{operator}:{name}").into()
}

/// What [`write_pair`] writes, as a part of a regular expression.
pub(super) fn pair_pattern(prefix: &str) -> String {
    // Each of up to 80 characters is up to two bytes.
    let name = percent::pattern(2 * LookupForm::CHARS_MAX);
    format!("{prefix}{}:{name}", OperatorUri::encoded_pattern())
}

/// Reads what [`write_pair`] writes, and nothing else.
pub(super) fn read_pair(
    kind: &'static str,
    prefix: &str,
    text: &str,
) -> Result<(OperatorUri, LookupForm), IdentifierError> {
    let malformed = || {
        let expected =
            "its prefix, an operator URI and a name, both percent-encoded, a colon between";
        IdentifierError::malformed(kind, text, expected)
    };
    let pair = text.strip_prefix(prefix).ok_or_else(malformed)?;
    let (operator, name) = pair.split_once(':').ok_or_else(malformed)?;
    let operator: OperatorUri = percent::decode(operator).ok_or_else(malformed)?.parse()?;
    let name: LookupForm = percent::decode(name).ok_or_else(malformed)?.parse()?;
    let canonical = write_pair(prefix, &operator, &name);
    if *canonical != *text {
        return Err(IdentifierError::not_canonical(kind, text, &canonical));
    }
    Ok((operator, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_designation_is_put_in_lookup_form() {
        let holder: OperatorUri = "urn:nando:0099".parse().unwrap();
        let lamp = TypeUri::new(&holder, " étoile  2:~").unwrap();
        assert_eq!(lamp.as_str(), "urn:probant:type:urn%3Anando%3A0099:%C3%89TOILE%202%3A~");
        assert_eq!(lamp.as_str().parse(), Ok(lamp.clone()));
        assert_eq!((lamp.holder(), lamp.designation().as_str()), (&holder, "ÉTOILE 2:~"));
        TypeUri::new(&holder, "а").unwrap_err();
        for bad in [
            "urn:probant:type:urn%3Anando%3A0099:",
            "urn:probant:type:urn%3Anando%3A0099",
            "urn:probant:type:urn:nando:0099:X",
            "urn:probant:type:urn%3anando%3A0099:X",
            "urn:probant:type:urn%3Anando%3A0099:x",
            "urn:probant:type:urn%3Anando%3A0099:X:Y",
            "urn:probant:type:urn%3Anando%3A0099:%58",
            "urn:probant:type:urn%3Anando%3A0099:X%7E",
            "urn:probant:type:urn%3Anando%3A0099:X/Y",
            "urn:probant:type:urn%3Anando%3A0099:X%20",
            "urn:probant:document:urn%3Anando%3A0099:X",
        ] {
            bad.parse::<TypeUri>().unwrap_err();
        }
    }
}
