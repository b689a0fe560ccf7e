//! Trade items: the GTIN of GS1.

use std::str::FromStr;
use std::sync::Arc;

use super::check_digit::{gs1_check_digit, split_check};
use super::error::IdentifierError;
use super::text::{is_digits, text_traits};

const KIND: &str = "GTIN";

/// A global trade item number: 14 digits, shorter ones left-padded with zeros.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gtin(Arc<str>);

impl Gtin {
    /// Reads 8, 12, 13 or 14 digits, white space around them left out.
    pub fn parse_input(text: &str) -> Result<Self, IdentifierError> {
        Self::pad(text.trim())
    }

    /// Reads 8, 12, 13 or 14 digits.
    pub(super) fn pad(digits: &str) -> Result<Self, IdentifierError> {
        if !matches!(digits.len(), 8 | 12 | 13 | 14) || !is_digits(digits, digits.len()) {
            return Err(IdentifierError::malformed(KIND, digits, "8, 12, 13 or 14 digits"));
        }
        format!("{digits:0>14}").parse()
    }

    /// The 14 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first digit: 0 for the item itself, 1 to 8 for a pack of it.
    pub fn indicator(&self) -> u8 {
        self.0.bytes().next().map_or(0, |digit| digit.wrapping_sub(b'0'))
    }

    /// Whether this is a pack, whose product identity must name what it contains.
    pub fn is_pack(&self) -> bool {
        self.indicator() > 0
    }

    /// Whether both number the same item, alone or in packs. The GTIN of a pack is made of that of the
    /// item: they differ in indicator and check digit alone.
    pub fn is_of_item(&self, other: &Self) -> bool {
        self.0.get(1..13) == other.0.get(1..13)
    }

    /// Whether the number is from the range for examples, prefix 952.
    pub fn is_test(&self) -> bool {
        self.0.get(1..4) == Some("952")
    }
}

/// Why numbers like `digits`, which are 14, identify no trade item of the open market.
fn refusal(digits: &str) -> Option<&'static str> {
    if digits.bytes().all(|digit| digit == b'0') {
        return Some("all zeros");
    }
    if digits.starts_with('9') {
        return Some("indicator 9 is for goods of variable measure");
    }
    if digits.starts_with("0000000") {
        return Some("8 digits beginning with 0 are UPC-E, not GTIN-8");
    }
    match digits.get(1..3)?.parse::<u8>().ok()? {
        2 | 4 | 20..=29 => Some("prefixes 02, 04 and 20 to 29 are for restricted circulation"),
        5 | 98 | 99 => Some("prefixes 05, 98 and 99 are for coupons"),
        _ => None,
    }
}

impl FromStr for Gtin {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || IdentifierError::malformed(KIND, text, "14 digits");
        if !is_digits(text, 14) {
            return Err(malformed());
        }
        let (body, check) = split_check(text).ok_or_else(malformed)?;
        let expected = gs1_check_digit(body).ok_or_else(malformed)?;
        if check != expected {
            return Err(IdentifierError::check(KIND, text, expected));
        }
        match refusal(text) {
            Some(reason) => Err(IdentifierError::refused(KIND, text, reason)),
            None => Ok(Self(text.into())),
        }
    }
}

text_traits!(Gtin);

#[cfg(test)]
mod tests {
    use super::*;

    /// A GTIN-14 of this body, with its check digit.
    fn with_check(body: &str) -> String {
        format!("{body}{}", gs1_check_digit(body).unwrap())
    }

    #[test]
    fn every_refused_range_is_refused_to_its_ends_and_no_further() {
        for (prefix, is_refused) in [
            ("01", false),
            ("02", true),
            ("03", false),
            ("04", true),
            ("05", true),
            ("06", false),
            ("19", false),
            ("20", true),
            ("25", true),
            ("29", true),
            ("30", false),
            ("95", false),
            ("97", false),
            ("98", true),
            ("99", true),
        ] {
            for indicator in ["0", "1", "8", "9"] {
                let text = with_check(&format!("{indicator}{prefix}0000000001"));
                let found = text.parse::<Gtin>();
                assert_eq!(found.is_err(), is_refused || indicator == "9", "{text}");
            }
        }
    }

    #[test]
    fn zeros_and_upc_e_are_refused() {
        for bad in [&"0".repeat(14), &with_check("0000000234567"), "", "0952100020001", "٠٩٥٢١٠"]
        {
            bad.parse::<Gtin>().unwrap_err();
        }
        for bad in ["00000000", "000000000000", " ", "0234567 3", "+9521000200012"] {
            Gtin::parse_input(bad).unwrap_err();
        }
    }

    #[test]
    fn a_pack_and_an_example_are_known_by_their_digits() {
        let item = Gtin::parse_input(" 9521000300026\n").unwrap();
        assert_eq!(item.as_str(), "09521000300026");
        assert!(!item.is_pack() && item.is_test());
        let pack: Gtin = "19521000300023".parse().unwrap();
        assert!(pack.is_pack() && pack.is_test() && pack.indicator() == 1);
        assert!(pack.is_of_item(&item) && item.is_of_item(&pack));
        assert!(!pack.is_of_item(&"09521000400030".parse().unwrap()));
        assert!(!Gtin::parse_input("96385074").unwrap().is_test());
    }
}
