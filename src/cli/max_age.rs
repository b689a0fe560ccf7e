//! How old what a reader is shown may be: a number with a unit, or none.

use std::fmt;
use std::str::FromStr;

use crate::encoding::decimal_decode;

/// The greatest age that a reader accepts, in milliseconds; `None` is any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MaxAge(pub(super) Option<u64>);

impl fmt::Display for MaxAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(ms) if ms % 3_600_000 == 0 => write!(f, "{}h", ms / 3_600_000),
            // Whole seconds: that is the smallest unit.
            Some(ms) => write!(f, "{}s", ms / 1000),
        }
    }
}

impl FromStr for MaxAge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        let error = || format!("{text:?} is no age: expected a number and s, m, h or d, or none");
        let unit = text.chars().next_back().ok_or_else(error)?;
        let unit_ms: u64 = match unit {
            's' => 1000,
            'm' => 60_000,
            'h' => 3_600_000,
            'd' => 86_400_000,
            _ => return Err(error()),
        };
        let number = text.strip_suffix(unit).and_then(decimal_decode).ok_or_else(error)?;
        number.checked_mul(unit_ms).map(|ms| Self(Some(ms))).ok_or_else(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_number_with_a_unit_or_none() {
        for (text, expected) in
            [("24h", 86_400_000), ("90m", 5_400_000), ("1d", 86_400_000), ("0s", 0)]
        {
            let age = MaxAge(Some(expected));
            assert_eq!((text.parse(), age.to_string().parse()), (Ok(age), Ok(age)), "{text}");
        }
        assert_eq!("none".parse(), Ok(MaxAge(None)));
        assert_eq!(MaxAge(None).to_string(), "none");
        for bad in
            ["", "24", "h", "-1h", "1.5h", "1hh", "+1h", "None", "18446744073709551615d", "1é"]
        {
            bad.parse::<MaxAge>().unwrap_err();
        }
    }
}
