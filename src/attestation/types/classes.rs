//! Classes into which a law sorts goods of one kind: they decide on procedures and passports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! class {
    ($(#[$doc:meta])* $name:ident { $($(#[$row:meta])* $variant:ident $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        pub enum $name {
            $($(#[$row])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// The words of statements and rule sets, the mildest class first.
            pub const WORDS: &'static [&'static str] = &[$($word,)+];

            /// Its word.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

class! {
    /// The risk category of personal protective equipment (Regulation (EU) 2016/425, annex I).
    PpeCategory {
        /// Minimal risks.
        First "I",
        /// What is in neither of the others.
        Second "II",
        /// Risks of death or irreversible damage to health.
        Third "III",
    }
}

class! {
    /// The category of a battery (Regulation (EU) 2023/1542, article 3).
    BatteryCategory {
        /// Sealed, 5 kg or less, for none of the uses below.
        Portable "PORTABLE",
        /// For starting, lighting or ignition.
        Sli "SLI",
        /// For light means of transport.
        Lmt "LMT",
        /// For industrial use, and every other above 5 kg.
        Industrial "INDUSTRIAL",
        /// For the traction of road vehicles.
        Ev "EV",
    }
}

/// An attribute whose value is a class. An identity may leave it unsaid.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ClassAttribute {
    /// [`PpeCategory`].
    PpeCategory,
    /// [`BatteryCategory`].
    BatteryCategory,
}

impl ClassAttribute {
    /// The words of its classes.
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::PpeCategory => PpeCategory::WORDS,
            Self::BatteryCategory => BatteryCategory::WORDS,
        }
    }
}
