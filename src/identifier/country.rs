//! Countries.

use std::str::FromStr;

use super::error::IdentifierError;
use super::text::text_traits;

const KIND: &str = "country";

/// The member states of the European Union.
const EU_MEMBERS: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// ISO 3166-1 alpha-2, and `EU` and `XI`; sorted.
const CODES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ \
    EC EE EG EH ER ES ET EU FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU \
    GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW \
    KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU \
    MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW \
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF \
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XI YE YT \
    ZA ZM ZW";

/// A country, ISO 3166-1 alpha-2; also `EU`, the Union as a whole, and `XI`, Northern Ireland.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
#[schemars(with = "String", extend("enum" = CODES.split(' ').collect::<Vec<_>>()))]
pub struct Country(&'static str);

impl Country {
    /// The European Union as a whole.
    pub const EU: Self = Self("EU");

    /// Reads a code with white space around it, in lower case, or as the alias `EL` of Greece.
    pub fn parse_input(text: &str) -> Result<Self, IdentifierError> {
        let code = text.trim().to_ascii_uppercase();
        if code == "EL" { "GR".parse() } else { code.parse() }
    }

    /// The two letters.
    pub const fn as_str(&self) -> &str {
        self.0
    }

    /// The countries it stands for: the member states for `EU`, otherwise itself; sorted.
    pub fn expand(self) -> Vec<Self> {
        if self == Self::EU { EU_MEMBERS.map(Self).to_vec() } else { vec![self] }
    }

    /// Whether it is the Union or a member state. `XI` is neither.
    pub fn is_in_eu(self) -> bool {
        self == Self::EU || EU_MEMBERS.contains(&self.0)
    }
}

impl FromStr for Country {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match CODES.split(' ').find(|code| *code == text) {
            Some(code) => Ok(Self(code)),
            // Taxes write Greece so; everything else writes GR.
            None if text == "EL" => Err(IdentifierError::not_canonical(KIND, text, "GR")),
            None => {
                let expected = "ISO 3166-1 alpha-2, EU or XI";
                Err(IdentifierError::malformed(KIND, text, expected))
            }
        }
    }
}

text_traits!(Country);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        let codes: Vec<&str> = CODES.split(' ').collect();
        assert_eq!(codes.len(), 249 + 2);
        assert!(codes.is_sorted());
        for code in codes {
            assert_eq!(code.parse::<Country>().unwrap().as_str(), code);
        }
        for bad in ["", "EL", "UK", "ZZ", "fr", "FRA", "F", " FR", "AD AE"] {
            bad.parse::<Country>().unwrap_err();
        }
        assert_eq!(Country::parse_input(" el ").unwrap().as_str(), "GR");
    }

    #[test]
    fn the_union_is_its_member_states() {
        let members = Country::EU.expand();
        assert_eq!(members.len(), 27);
        assert!(members.is_sorted() && members.iter().all(|member| member.is_in_eu()));
        assert!(members.iter().all(|member| member.as_str().parse() == Ok(*member)));
        let ireland: Country = "XI".parse().unwrap();
        assert!(!ireland.is_in_eu());
        assert_eq!(ireland.expand(), [ireland]);
    }
}
