//! Lots, serials and other values of GS1 in character set 82.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::IdentifierError;

/// The set, by value (GS1 General Specifications, figure 7.11-1).
const SET: &[u8; 82] =
    b"!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/// A value of 1 to `CHARS_MAX` characters of GS1 character set 82, as it is printed: not encoded,
/// and case-sensitive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
#[schemars(
    with = "String",
    inline,
    extend("pattern" = format!("^[!\"%-?A-Z_a-z]{{1,{CHARS_MAX}}}$"))
)]
pub struct Cset82<const CHARS_MAX: usize = 20>(Arc<str>);

/// A batch or lot, AI 10.
pub type Lot = Cset82<20>;
/// A serial number, AI 21.
pub type Serial = Cset82<20>;
/// A consumer product variant, AI 22.
pub type Variant = Cset82<20>;
/// A serial assigned by a third party, AI 235.
pub type ThirdParty = Cset82<28>;
/// What an operator calls a product that has no GTIN.
pub type AssignedValue = Cset82<64>;

impl<const CHARS_MAX: usize> Cset82<CHARS_MAX> {
    /// Reads a value; `kind` names it in an error.
    pub(super) fn parse(kind: &'static str, text: &str) -> Result<Self, IdentifierError> {
        if text.is_empty() || text.len() > CHARS_MAX || !text.chars().all(contains) {
            let expected = match CHARS_MAX {
                20 => "1 to 20 characters of GS1 character set 82",
                28 => "1 to 28 characters of GS1 character set 82",
                _ => "1 to 64 characters of GS1 character set 82",
            };
            return Err(IdentifierError::malformed(kind, text, expected));
        }
        Ok(Self(text.into()))
    }

    /// The value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the set has this character.
pub(super) fn contains(character: char) -> bool {
    value(character).is_some()
}

/// The value of a character in the set, 0 to 81.
pub(super) fn value(character: char) -> Option<u32> {
    let byte = u8::try_from(character).ok()?;
    SET.binary_search(&byte).ok().and_then(|position| u32::try_from(position).ok())
}

impl<const CHARS_MAX: usize> FromStr for Cset82<CHARS_MAX> {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse("lot or serial", text)
    }
}

impl<const CHARS_MAX: usize> AsRef<str> for Cset82<CHARS_MAX> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<const CHARS_MAX: usize> fmt::Display for Cset82<CHARS_MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const CHARS_MAX: usize> fmt::Debug for Cset82<CHARS_MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const CHARS_MAX: usize> Serialize for Cset82<CHARS_MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, const CHARS_MAX: usize> Deserialize<'de> for Cset82<CHARS_MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_has_82_characters_in_order_of_value() {
        assert!(SET.is_sorted());
        let has = (0..0x200).filter_map(char::from_u32).filter(|found| contains(*found)).count();
        assert_eq!(has, 82);
        for outside in ['~', ' ', '#', '$', '@', '[', '\\', ']', '^', '`', '{', '|', '}', 'é', 'ı']
        {
            assert!(!contains(outside), "{outside}");
        }
    }

    #[test]
    fn a_value_has_at_least_one_character_and_at_most_its_limit() {
        for (length, fits_20, fits_28, fits_64) in [
            (0, false, false, false),
            (1, true, true, true),
            (20, true, true, true),
            (21, false, true, true),
            (28, false, true, true),
            (29, false, false, true),
            (64, false, false, true),
            (65, false, false, false),
        ] {
            let text = "a".repeat(length);
            assert_eq!(text.parse::<Lot>().is_ok(), fits_20);
            assert_eq!(text.parse::<ThirdParty>().is_ok(), fits_28);
            assert_eq!(text.parse::<AssignedValue>().is_ok(), fits_64);
        }
        assert_ne!("a".parse::<Lot>().unwrap(), "A".parse().unwrap());
    }
}
