//! Limits: what a verdict does not prove, and what it takes on trust.

use serde::{Deserialize, Serialize};

use crate::policy::texts::Locale;

macro_rules! limits {
    ($($variant:ident $name:literal $en:literal $fr:literal;)+) => {
        /// Something that a verdict does not prove. Its name is part of the formats.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Limit {
            $(#[doc = $en] #[serde(rename = $name)] $variant,)+
        }

        impl Limit {
            /// Every limit, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as written in verdicts.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The sentence for a compliance officer.
            pub const fn text(self, locale: Locale) -> &'static str {
                match self {
                    $(Self::$variant => locale.choose($en, $fr),)+
                }
            }
        }
    };
}

limits! {
    GoodsNotExamined "GOODS_NOT_EXAMINED"
        "Nobody has compared the physical goods with their description."
        "Personne n'a comparé les marchandises elles-mêmes à leur description.";
    TestResultsTrusted "TEST_RESULTS_TRUSTED"
        "That test results are true rests on the laboratory's word."
        "L'exactitude des résultats d'essai repose sur la parole du laboratoire.";
    ShipmentNotProved "SHIPMENT_NOT_PROVED"
        "That the seller ships the certified model is not proved."
        "Rien ne prouve que le vendeur expédie le modèle certifié.";
    CategoryDeclared "CATEGORY_DECLARED"
        "The category and attributes of the product are as its manufacturer declared them."
        "La catégorie et les attributs du produit sont ceux que le fabricant a déclarés.";
    PlacedOnMarketDeclared "PLACED_ON_MARKET_DECLARED"
        "The day on which the stock was placed on the market is as the seller declared it."
        "La date de mise sur le marché du stock est celle que le vendeur a déclarée.";
    CommissioningTimesTrusted "COMMISSIONING_TIMES_TRUSTED"
        "The days on which batches were produced are as the manufacturer declared them."
        "Les dates de production des lots sont celles que le fabricant a déclarées.";
    RegistrarsTrusted "REGISTRARS_TRUSTED"
        "Who the operators are, and what they may do, rests on a quorum of registrars."
        "L'identité et les droits des opérateurs reposent sur un quorum d'agents d'enregistrement.";
    InstructionsNotSeen "INSTRUCTIONS_NOT_SEEN"
        "Whether instructions come with the goods in the languages of the destinations, no record says."
        "Aucune attestation ne dit si une notice dans les langues des destinations accompagne les \
         marchandises.";
    EcodesignNotAsked "ECODESIGN_NOT_ASKED"
        "Whether the goods are an external power supply, whose declaration has to name Regulation (EU) \
         2019/1782, no attribute says."
        "Aucun attribut ne dit si les marchandises sont une source d'alimentation externe, dont la \
         déclaration doit nommer le règlement (UE) 2019/1782.";
    BatteryDutiesNotAsked "BATTERY_DUTIES_NOT_ASKED"
        "Whether duties on the carbon footprint or recycled content of the battery (Regulation (EU) \
         2023/1542, articles 7 and 8) apply already, for which module A is not enough, is not asked."
        "Il n'est pas demandé si les obligations sur l'empreinte carbone ou le contenu recyclé de la \
         batterie (règlement (UE) 2023/1542, articles 7 et 8), pour lesquelles le module A ne suffit \
         pas, s'appliquent déjà.";
    RefusedNotShown "REFUSED_NOT_SHOWN"
        "A recall that was never offered to this ledger, or was refused, can't be seen."
        "Un rappel jamais présenté à ce registre, ou refusé par lui, ne peut être vu.";
}

impl Limit {
    /// Whether a rule set says itself that this is what it can't ask for. The others stand where
    /// they apply, whatever the rule set.
    pub const fn is_of_rule_sets(self) -> bool {
        matches!(
            self,
            Self::InstructionsNotSeen | Self::EcodesignNotAsked | Self::BatteryDutiesNotAsked
        )
    }
}
