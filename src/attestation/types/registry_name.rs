//! The public registers that an entry may be in.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identifier::Country;

/// What the name of a member state's register of producers begins with.
const EPR: &str = "EPR-";

/// The registers that are known.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("enum" = Self::words()))]
pub enum RegistryName {
    /// Cosmetic products notification portal.
    Cpnp,
    /// European product registry for energy labelling.
    Eprel,
    /// Extended producer responsibility in a member state, as `EPR-FR`.
    Epr(Country),
    /// The registry of digital product passports.
    Dpp,
    /// Substances of concern in products.
    Scip,
    /// Medical devices.
    Eudamed,
    /// US consumer product certificates.
    Cpsc,
    /// VAT numbers.
    Vies,
    /// Legal entity identifiers.
    Gleif,
    /// Notified bodies.
    Nando,
    /// Holders of GTIN licences.
    Gs1,
}

/// The registers that are not one of many alike, by the words of statements.
const SINGLE: [(&str, RegistryName); 10] = [
    ("CPNP", RegistryName::Cpnp),
    ("EPREL", RegistryName::Eprel),
    ("DPP", RegistryName::Dpp),
    ("SCIP", RegistryName::Scip),
    ("EUDAMED", RegistryName::Eudamed),
    ("CPSC", RegistryName::Cpsc),
    ("VIES", RegistryName::Vies),
    ("GLEIF", RegistryName::Gleif),
    ("NANDO", RegistryName::Nando),
    ("GS1", RegistryName::Gs1),
];

impl RegistryName {
    /// Whether it has something to say of goods for a country.
    pub fn is_for(self, country: Country) -> bool {
        match self {
            Self::Epr(of) => of == country,
            Self::Cpsc => country.as_str() == "US",
            Self::Gs1 | Self::Gleif => true,
            Self::Cpnp
            | Self::Eprel
            | Self::Dpp
            | Self::Scip
            | Self::Eudamed
            | Self::Vies
            | Self::Nando => country.is_in_eu(),
        }
    }

    /// Whether producers are registered in it for one waste stream at a time.
    pub const fn has_streams(self) -> bool {
        matches!(self, Self::Epr(_))
    }

    /// The words of all of them.
    fn words() -> Vec<String> {
        let single = SINGLE.iter().map(|(word, _)| (*word).to_owned());
        let of_states = Country::EU.expand().into_iter().map(|of| Self::Epr(of).to_string());
        single.chain(of_states).collect()
    }
}

impl fmt::Display for RegistryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Epr(country) = self {
            return write!(f, "{EPR}{}", country.as_str());
        }
        let known = SINGLE.iter().find(|(_, name)| name == self);
        f.write_str(known.map_or("", |(word, _)| word))
    }
}

impl FromStr for RegistryName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let single = SINGLE.iter().find(|(word, _)| *word == text).map(|(_, name)| *name);
        let of_state = || {
            let country: Country = text.strip_prefix(EPR)?.parse().ok()?;
            // The Union as a whole has none: each member state has its own.
            (country != Country::EU && country.is_in_eu()).then_some(Self::Epr(country))
        };
        single.or_else(of_state).ok_or_else(|| {
            let found: String = text.chars().take(40).collect();
            format!("no register is called {found:?}")
        })
    }
}

impl TryFrom<String> for RegistryName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<RegistryName> for String {
    fn from(name: RegistryName) -> Self {
        name.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_register_reads_back() {
        let words = RegistryName::words();
        assert_eq!(words.len(), 10 + 27);
        for word in words {
            assert_eq!(word.parse::<RegistryName>().unwrap().to_string(), word);
        }
        for bad in ["", "EPR", "EPR-", "EPR-EU", "EPR-US", "EPR-fr", "EPR-EL", "cpnp", "CPNP "] {
            bad.parse::<RegistryName>().unwrap_err();
        }
    }

    #[test]
    fn a_register_of_producers_is_for_its_own_country() {
        let [france, germany]: [Country; 2] = ["FR", "DE"].map(|code| code.parse().unwrap());
        let french = RegistryName::Epr(france);
        assert!(french.is_for(france) && !french.is_for(germany) && french.has_streams());
        assert!(RegistryName::Dpp.is_for(germany) && !RegistryName::Dpp.has_streams());
    }
}
