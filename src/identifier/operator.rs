//! Operators: whoever makes, sells, tests or certifies.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::eori::Eori;
use super::error::IdentifierError;
use super::gln::Gln;
use super::lei::Lei;
use super::nando::Nando;
use super::percent;
use super::text::{text_traits, whole};
use super::vat::Vat;

/// The canonical URI of an operator, by one of five schemes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
#[schemars(with = "String", extend("pattern" = whole(Self::pattern())))]
pub struct OperatorUri {
    text: Arc<str>,
    scheme: OperatorScheme,
}

/// Which register names an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperatorScheme {
    /// GS1's party number.
    Gln,
    /// Legal entity identifier.
    Lei,
    /// Customs.
    Eori,
    /// Value added tax.
    Vat,
    /// Notified bodies.
    Nando,
}

impl OperatorScheme {
    /// All schemes.
    pub const ALL: [Self; 5] = [Self::Gln, Self::Lei, Self::Eori, Self::Vat, Self::Nando];

    /// What stands before the value.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Gln => "https://id.gs1.org/417/",
            Self::Lei => "urn:lei:",
            Self::Eori => "urn:eori:",
            Self::Vat => "urn:vat:",
            Self::Nando => "urn:nando:",
        }
    }

    /// What the values look like, as a part of a regular expression.
    const fn pattern(self) -> &'static str {
        match self {
            Self::Gln => Gln::PATTERN,
            Self::Lei => Lei::PATTERN,
            Self::Eori => Eori::PATTERN,
            Self::Vat => Vat::PATTERN,
            Self::Nando => Nando::PATTERN,
        }
    }

    fn check(self, value: &str) -> Result<(), IdentifierError> {
        match self {
            Self::Gln => value.parse().map(|_: Gln| ()),
            Self::Lei => value.parse().map(|_: Lei| ()),
            Self::Eori => value.parse().map(|_: Eori| ()),
            Self::Vat => value.parse().map(|_: Vat| ()),
            Self::Nando => value.parse().map(|_: Nando| ()),
        }
    }
}

impl fmt::Display for OperatorScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gln => "gln",
            Self::Lei => "lei",
            Self::Eori => "eori",
            Self::Vat => "vat",
            Self::Nando => "nando",
        })
    }
}

impl OperatorUri {
    /// The operator that `scheme` calls `value`, which is in its canonical form.
    pub fn new(scheme: OperatorScheme, value: &str) -> Result<Self, IdentifierError> {
        scheme.check(value)?;
        Ok(Self { text: format!("{}{value}", scheme.prefix()).into(), scheme })
    }

    /// What the URIs look like, as a part of a regular expression.
    fn pattern() -> String {
        Self::pattern_with(str::to_owned)
    }

    /// The same inside other URIs, percent-encoded.
    pub(super) fn encoded_pattern() -> String {
        Self::pattern_with(percent::encode)
    }

    fn pattern_with(write: fn(&str) -> String) -> String {
        let schemes = OperatorScheme::ALL.map(|scheme| {
            let prefix = write(scheme.prefix()).replace('.', r"\.");
            format!("{prefix}{}", scheme.pattern())
        });
        format!("(?:{})", schemes.join("|"))
    }

    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Which register names the operator.
    pub const fn scheme(&self) -> OperatorScheme {
        self.scheme
    }

    /// What that register calls it.
    pub fn value(&self) -> &str {
        self.text.strip_prefix(self.scheme.prefix()).unwrap_or_default()
    }
}

impl FromStr for OperatorUri {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        for scheme in OperatorScheme::ALL {
            if let Some(value) = text.strip_prefix(scheme.prefix()) {
                // Every value consists of letters and digits, which stand for themselves.
                return Self::new(scheme, value);
            }
        }
        let expected = "https://id.gs1.org/417/…, urn:lei:…, urn:eori:…, urn:vat:… or urn:nando:…";
        Err(IdentifierError::malformed("operator URI", text, expected))
    }
}

macro_rules! from_register {
    ($($scheme:ident),*) => {$(
        impl From<&$scheme> for OperatorUri {
            fn from(value: &$scheme) -> Self {
                let scheme = OperatorScheme::$scheme;
                Self { text: format!("{}{value}", scheme.prefix()).into(), scheme }
            }
        }
    )*};
}
from_register!(Gln, Lei, Eori, Vat, Nando);

text_traits!(OperatorUri);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_a_scheme_and_a_value() {
        for (text, scheme, value) in [
            ("https://id.gs1.org/417/9521000200005", OperatorScheme::Gln, "9521000200005"),
            ("urn:lei:969500KSV493XWY0PS33", OperatorScheme::Lei, "969500KSV493XWY0PS33"),
            ("urn:eori:FR99900011000018", OperatorScheme::Eori, "FR99900011000018"),
            ("urn:vat:FR72999000110", OperatorScheme::Vat, "FR72999000110"),
            ("urn:nando:0099", OperatorScheme::Nando, "0099"),
        ] {
            let operator: OperatorUri = text.parse().unwrap();
            assert_eq!((operator.scheme(), operator.value()), (scheme, value));
            assert_eq!(OperatorUri::new(scheme, value), Ok(operator));
        }
        for bad in [
            "",
            "https://id.gs1.org/414/9521000200005",
            "http://id.gs1.org/417/9521000200005",
            "https://id.gs1.org/417/9521000200005/",
            "URN:nando:0099",
            "urn:nando:99",
            "urn:eori:EL123456789",
            "9521000200005",
            "urn:nando:0099 ",
            "urn:nando:009%39",
        ] {
            bad.parse::<OperatorUri>().unwrap_err();
        }
    }
}
