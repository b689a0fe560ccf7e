//! Instants and dates as values. Knows nothing of what time it is: a clock is `ledger::Clock`.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use jiff::ToSpan as _;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds in a day. Legal dates are evaluated in UTC, where every day has as many.
const DAY_MS: u64 = 86_400_000;

/// How far clocks may be apart, in milliseconds, before a time counts as from the future: as far as a
/// ledger lets its own clock be behind its last entry (formats.md, section 4).
pub const CLOCK_SKEW_MS_MAX: u64 = 5 * 60 * 1000;

/// The last millisecond of the year 9999, the end of RFC 3339.
const LAST_MS: u64 = 253_402_300_799_999;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, up to the end of the year 9999.
///
/// Written as RFC 3339 with `Z` and with seconds; the fraction, where there is one, has three digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, JsonSchema)]
#[schemars(
    with = "String",
    extend("format" = "date-time", "pattern" = concat!(
        "^(?:19[7-9][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}",
        r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,3})?Z$"
    ))
)]
pub struct Timestamp(u64);

/// A calendar day, `YYYY-MM-DD`, from 1970-01-01 to 9999-12-31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(
    with = "String",
    extend("format" = "date", "pattern" = "^(?:19[7-9][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}$")
)]
pub struct Date(jiff::civil::Date);

/// Text that is no time, or a time out of range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// Not RFC 3339 in UTC.
    #[error("{found:?} is not a time: expected RFC 3339 in UTC, as 2026-11-23T00:00:00Z")]
    Timestamp {
        /// The text, cut after 40 characters.
        found: String,
    },
    /// Not a calendar day.
    #[error("{found:?} is not a date: expected YYYY-MM-DD, 1970 to 9999")]
    Date {
        /// The text, cut after 40 characters.
        found: String,
    },
    /// Beyond the year 9999.
    #[error("{found} ms since 1970 is beyond the year 9999")]
    OutOfRange {
        /// Milliseconds since 1970.
        found: u64,
    },
}

impl Timestamp {
    /// The last instant there is.
    pub const MAX: Self = Self(LAST_MS);

    /// The instant `ms` milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_ms(ms: u64) -> Result<Self, TimeError> {
        if ms > LAST_MS { Err(TimeError::OutOfRange { found: ms }) } else { Ok(Self(ms)) }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn ms(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The day in UTC.
    pub fn date(self) -> Date {
        let days = i32::try_from(self.0 / DAY_MS).unwrap_or(i32::MAX);
        // Both ends are inside the range of `jiff`, so saturation is never reached.
        Date(jiff::civil::date(1970, 1, 1).saturating_add(days.days()))
    }

    /// The instant `ms` later, or the last one there is.
    #[must_use]
    pub const fn saturating_add_ms(self, ms: u64) -> Self {
        let sum = self.0.saturating_add(ms);
        Self(if sum > LAST_MS { LAST_MS } else { sum })
    }

    /// The instant `ms` earlier, or the first one there is.
    #[must_use]
    pub const fn saturating_sub_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// How many milliseconds this lies after `earlier`; 0 if it does not.
    pub const fn saturating_ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Date {
    /// The first instant of the day, in UTC.
    pub fn start(self) -> Timestamp {
        let days = jiff::civil::date(1970, 1, 1).until(self.0).map_or(0, |span| span.get_days());
        Timestamp(u64::try_from(days).unwrap_or_default() * DAY_MS)
    }

    /// The first instant after the day, in UTC; the last instant there is for 9999-12-31.
    pub fn end(self) -> Timestamp {
        self.start().saturating_add_ms(DAY_MS)
    }

    /// The day `days` later, or the last one there is.
    #[must_use]
    pub fn saturating_add_days(self, days: u32) -> Self {
        self.start().saturating_add_ms(u64::from(days) * DAY_MS).date()
    }

    /// The last day of a term of so many calendar years whose first day this is, or the last day
    /// there is. A term from 29 February ends with a February, on its last day.
    #[must_use]
    pub fn last_day_of_years(self, years: NonZeroU16) -> Self {
        let (month, day) = (self.0.month(), self.0.day());
        let year = i32::from(self.0.year()) + i32::from(years.get());
        let after = i16::try_from(year).ok().and_then(|year| {
            let anniversary = jiff::civil::Date::new(year, month, day);
            // Only a 29 February can be missing.
            anniversary.or_else(|_missing| jiff::civil::Date::new(year, 3, 1)).ok()
        });
        let last = after.and_then(|after| after.yesterday().ok());
        last.map_or_else(|| Timestamp::MAX.date(), Self)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_day = self.0 % DAY_MS;
        let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
        let (second, ms) = (in_day / 1000 % 60, in_day % 1000);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", self.date())?;
        if ms > 0 {
            write!(f, ".{ms:03}")?;
        }
        f.write_str("Z")
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || TimeError::Timestamp { found: text.chars().take(40).collect() };
        let shape = text.strip_suffix('Z').ok_or_else(error)?;
        let (whole, fraction) = shape.split_once('.').unwrap_or((shape, "0"));
        let is_fraction =
            (1..=3).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
        if !has_shape(whole, *b"0000-00-00T00:00:00") || !is_fraction {
            return Err(error());
        }
        let number = |range| whole.get::<std::ops::Range<usize>>(range)?.parse::<u64>().ok();
        let fields = (number(11..13), number(14..16), number(17..19));
        // A leap second would be read as the second before it: two names for one instant.
        let (Some(hour @ 0..24), Some(minute @ 0..60), Some(second @ 0..60)) = fields else {
            return Err(error());
        };
        let day: Date = whole.get(..10).unwrap_or_default().parse().map_err(|_cause| error())?;
        let fraction_ms: u64 = format!("{fraction:0<3}").parse().map_err(|_cause| error())?;
        let in_day_ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction_ms;
        Ok(Self(day.start().ms() + in_day_ms))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl FromStr for Date {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || TimeError::Date { found: text.chars().take(40).collect() };
        if !has_shape(text, *b"0000-00-00") {
            return Err(error());
        }
        let date: jiff::civil::Date = text.parse().map_err(|_cause| error())?;
        if date.year() < 1970 { Err(error()) } else { Ok(Self(date)) }
    }
}

/// Whether `text` is like `shape`: a digit for each `0`, and every other byte the same.
fn has_shape<const N: usize>(text: &str, shape: [u8; N]) -> bool {
    text.len() == N
        && text.bytes().zip(shape).all(|(found, expected)| {
            if expected == b'0' { found.is_ascii_digit() } else { found == expected }
        })
}

macro_rules! serde_as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}
serde_as_text!(Timestamp, Date);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_back_what_they_write() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-11-23T07:08:09Z",
            "2024-02-29T23:59:59.999Z",
            "9999-12-31T23:59:59.999Z",
        ] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
        assert_eq!("9999-12-31T23:59:59.999Z".parse(), Ok(Timestamp::MAX));
        assert_eq!("2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap().ms(), 1_767_225_600_000);
    }

    #[test]
    fn what_is_not_rfc_3339_in_utc_is_no_instant() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T00:00Z",
            "2026-11-23T00:00:00",
            "2026-11-23T00:00:00+00:00",
            "2026-11-23t00:00:00Z",
            "2026-11-23T00:00:00z",
            "2026-11-23 00:00:00Z",
            "2026-11-31T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2016-12-31T23:59:60Z",
            "2026-11-23T00:00:00.1234Z",
            "2026-11-23T00:00:00.Z",
            "1969-12-31T23:59:59Z",
        ] {
            text.parse::<Timestamp>().unwrap_err();
        }
    }

    #[test]
    fn days_start_and_end_in_utc() {
        let day: Date = "2029-08-19".parse().unwrap();
        assert_eq!(day.start().to_string(), "2029-08-19T00:00:00Z");
        assert_eq!(day.end().to_string(), "2029-08-20T00:00:00Z");
        assert_eq!(day.start().date(), day);
        assert_eq!("2026-08-20".parse::<Date>().unwrap().saturating_add_days(1095), day);
        for text in ["2026-02-29", "2026-2-3", "26-02-03", "1969-12-31", "2026-11-23T00:00:00Z"] {
            text.parse::<Date>().unwrap_err();
        }
    }

    #[test]
    fn a_term_of_years_ends_the_day_before_its_anniversary() {
        for (from, years, last) in [
            ("2026-08-01", 5, "2031-07-31"),
            ("2026-01-01", 1, "2026-12-31"),
            // With one 29 February in it, with two, and ending on one.
            ("2025-03-01", 5, "2030-02-28"),
            ("2024-01-15", 5, "2029-01-14"),
            ("2027-03-01", 5, "2032-02-29"),
            // What begins on a 29 February ends with a February.
            ("2024-02-29", 5, "2029-02-28"),
            ("2024-02-29", 4, "2028-02-28"),
            ("2024-02-28", 5, "2029-02-27"),
            // Years that no calendar here has.
            ("9998-06-01", 1, "9999-05-31"),
            ("9999-01-01", 1, "9999-12-31"),
            ("9999-01-02", 1, "9999-12-31"),
            ("2026-08-01", u16::MAX, "9999-12-31"),
        ] {
            let (day, years) = (from.parse::<Date>().unwrap(), NonZeroU16::new(years).unwrap());
            assert_eq!(day.last_day_of_years(years).to_string(), last, "{years} from {from}");
        }
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        let last: Date = "9999-12-31".parse().unwrap();
        assert_eq!(last.end(), Timestamp::MAX);
        assert_eq!(last.saturating_add_days(7), last);
        Timestamp::from_ms(LAST_MS + 1).unwrap_err();
    }
}
