//! Roles: what an operator may act as.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $en:literal, $fr:literal;)*) => {
        /// What an operator may act as; granted by registrars.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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

            /// What it is called, in English.
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $en),* }
            }

            /// What it is called, in French.
            pub const fn french(self) -> &'static str {
                match self { $(Self::$variant => $fr),* }
            }
        }
    };
}

roles! {
    /// Makes the product, or has it made and sells it under its own name.
    Manufacturer = "manufacturer", "manufacturer", "fabricant";
    /// Acts for the manufacturer under a written mandate.
    AuthorisedRep = "authorised_rep", "authorised representative", "mandataire";
    /// Places a product from a third country on the market.
    Importer = "importer", "importer", "importateur";
    /// Any other seller.
    Distributor = "distributor", "distributor", "distributeur";
    /// The economic operator in the Union for a product (Regulation 2023/988, article 16).
    ResponsiblePerson = "responsible_person", "responsible person", "personne responsable";
    /// A testing laboratory (ISO/IEC 17025).
    Lab = "lab", "testing laboratory", "laboratoire d'essais";
    /// A conformity assessment body notified to the Commission.
    NotifiedBody = "notified_body", "notified body", "organisme notifié";
    /// A certification body (ISO/IEC 17065) outside notification.
    CertificationBody = "certification_body", "certification body", "organisme de certification";
    /// A national accreditation body (ISO/IEC 17011).
    AccreditationBody = "accreditation_body", "accreditation body", "organisme d'accréditation";
    /// The authority that notifies bodies.
    NotifyingAuthority = "notifying_authority", "notifying authority", "autorité notifiante";
    /// A market surveillance authority.
    MarketSurveillance = "market_surveillance", "market surveillance authority", "autorité de surveillance du marché";
    /// A customs authority.
    Customs = "customs", "customs authority", "autorité douanière";
    /// An online platform.
    Platform = "platform", "online platform", "plateforme en ligne";
    /// Copies a public register.
    Connector = "connector", "copier of a public register", "transcripteur d'un registre public";
    /// Examines the ledger.
    Auditor = "auditor", "auditor", "auditeur";
    /// Admits operators and grants roles.
    Registrar = "registrar", "registrar", "agent d'enregistrement";
    /// The verdict service of the ledger.
    Verifier = "verifier", "verdict service of the ledger", "service de verdicts du registre";
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
