//! Roles: what an operator may act as.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)?) => {
        /// What an operator may act as; granted by registrars.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Role {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Role {
            /// Every role, in the order of this list.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in statements.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

roles! {
    /// Makes the product, or has it made and sells it under its own name.
    Manufacturer = "manufacturer",
    /// Acts for the manufacturer under a written mandate.
    AuthorisedRep = "authorised_rep",
    /// Places a product from a third country on the market.
    Importer = "importer",
    /// Any other seller.
    Distributor = "distributor",
    /// The economic operator in the Union for a product (Regulation 2023/988, article 16).
    ResponsiblePerson = "responsible_person",
    /// A testing laboratory (ISO/IEC 17025).
    Lab = "lab",
    /// A conformity assessment body notified to the Commission.
    NotifiedBody = "notified_body",
    /// A certification body (ISO/IEC 17065) outside notification.
    CertificationBody = "certification_body",
    /// A national accreditation body (ISO/IEC 17011).
    AccreditationBody = "accreditation_body",
    /// The authority that notifies bodies.
    NotifyingAuthority = "notifying_authority",
    /// A market surveillance authority.
    MarketSurveillance = "market_surveillance",
    /// A customs authority.
    Customs = "customs",
    /// An online platform.
    Platform = "platform",
    /// Copies a public register.
    Connector = "connector",
    /// Examines the ledger.
    Auditor = "auditor",
    /// Admits operators and grants roles.
    Registrar = "registrar",
    /// The verdict service of the ledger.
    Verifier = "verifier",
}

impl Role {
    /// Whether the role is a public authority's.
    pub const fn is_authority(self) -> bool {
        matches!(self, Self::MarketSurveillance | Self::Customs)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let role = Self::ALL.iter().find(|role| role.name() == text);
        role.copied().ok_or_else(|| format!("{text:?} is no role"))
    }
}
