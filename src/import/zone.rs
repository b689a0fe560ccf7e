//! Times as other systems write them: in a zone of their own, or in none.

use std::fmt;
use std::str::FromStr;

use crate::import::defect::{DefectReason, shown};
use crate::time::{Date, Timestamp};

/// How far local time is ahead of UTC: `±hh:mm`, at most 14 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    minutes_east: i64,
}

/// Text that is no zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a zone: expected ±hh:mm, at most 14 hours")]
pub struct ZoneError {
    /// The text, cut after 80 characters.
    pub found: String,
}

/// An instant, and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instant {
    pub(super) at: Timestamp,
    /// What the clock showed there, as if it had been in UTC.
    clock: Timestamp,
    /// Whether the text has no zone, and the one that was declared for it was taken.
    pub(super) is_in_declared_zone: bool,
    /// Whether it is more exact than milliseconds.
    pub(super) is_cut: bool,
}

/// A day, or an instant on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Day(Date),
    Instant(Instant),
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self { minutes_east: 0 };

    /// The instant at which a clock in this zone shows what it would show in UTC at `clock`.
    fn instant(self, clock: Timestamp) -> Option<Timestamp> {
        let clock_ms = i64::try_from(clock.ms()).ok()?;
        let ms = clock_ms.checked_sub(self.minutes_east * 60_000)?;
        Timestamp::from_ms(u64::try_from(ms).ok()?).ok()
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        read_zone(text).ok_or_else(|| ZoneError { found: shown(text) })
    }
}

fn read_zone(text: &str) -> Option<Zone> {
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let digits = |part: &str| -> Option<i64> {
        let is_two = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_two.then(|| part.parse().ok()).flatten()
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    let minutes_east = hours * 60 + minutes;
    let is_zone = minutes < 60 && minutes_east <= 14 * 60;
    is_zone.then_some(Zone { minutes_east: sign * minutes_east })
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minutes_east < 0 { '-' } else { '+' };
        let minutes = self.minutes_east.abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl Moment {
    /// Reads a day, or an instant in its own zone; one without a zone in the declared one, if there
    /// is one.
    pub(super) fn read(text: &str, declared: Option<Zone>) -> Result<Self, DefectReason> {
        match text.parse() {
            Ok(day) => Ok(Self::Day(day)),
            Err(_cause) => Instant::read(text, declared).map(Self::Instant),
        }
    }

    /// The first day of what begins here, as it is written: legal dates have no zone.
    pub(super) fn first_day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Instant(of) => of.clock.date(),
        }
    }

    /// The last day of what ends here: what ends at midnight has nothing of the day that begins
    /// there.
    pub(super) fn last_day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Instant(of) => of.clock.saturating_sub_ms(1).date(),
        }
    }

    /// Whether the declared zone was taken.
    pub(super) const fn is_in_declared_zone(self) -> bool {
        matches!(self, Self::Instant(Instant { is_in_declared_zone: true, .. }))
    }
}

impl Instant {
    /// Reads an instant (RFC 3339) in its own zone; one without a zone in the declared one, if there
    /// is one.
    pub(super) fn read(text: &str, declared: Option<Zone>) -> Result<Self, DefectReason> {
        if is_day_first(text) {
            return Err(DefectReason::DayFirst { found: shown(text) });
        }
        let malformed = || DefectReason::Time { found: shown(text) };
        let (clock, own) = split_zone(text);
        let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let is_fraction = !fraction.is_empty() && fraction.bytes().all(|of| of.is_ascii_digit());
        if !is_fraction {
            return Err(malformed());
        }
        let kept: String = fraction.chars().take(3).collect();
        let is_cut = fraction.len() > 3;
        let clock: Timestamp = format!("{whole}.{kept}Z").parse().map_err(|_cause| malformed())?;
        let zone = own.or(declared).ok_or_else(|| DefectReason::NoZone { found: shown(text) })?;
        let at = zone.instant(clock).ok_or_else(malformed)?;
        Ok(Self { at, clock, is_in_declared_zone: own.is_none(), is_cut })
    }
}

/// A clock time and the zone behind it, if there is one.
fn split_zone(text: &str) -> (&str, Option<Zone>) {
    if let Some(clock) = text.strip_suffix('Z') {
        return (clock, Some(Zone::UTC));
    }
    let end = text.len().checked_sub(6).and_then(|at| text.split_at_checked(at));
    match end.and_then(|(clock, zone)| Some((clock, zone.parse().ok()?))) {
        Some((clock, zone)) => (clock, Some(zone)),
        None => (text, None),
    }
}

/// Whether a text begins like a date with the day or the month first: nobody can tell which.
fn is_day_first(text: &str) -> bool {
    let date = text.split([' ', 'T', ',']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split(['/', '.', '-']).collect();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), [first, second, year]
        if first.len() <= 2 && second.len() <= 2 && matches!(year.len(), 2 | 4)
            && [*first, *second, *year].into_iter().all(is_number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_hours_and_minutes() {
        for text in ["+00:00", "+08:00", "-05:30", "+14:00", "-14:00"] {
            assert_eq!(text.parse::<Zone>().unwrap().to_string(), text);
        }
        for bad in
            ["", "Z", "8:00", "+8:00", "+0800", "+14:01", "+08:60", "+ 8:00", "+é8:0", "++8:00"]
        {
            bad.parse::<Zone>().unwrap_err();
        }
    }

    #[test]
    fn instants_are_read_in_their_zone_or_the_declared_one() {
        let zone = "+08:00".parse().ok();
        for (text, zone, expected) in [
            ("2024-03-15T12:00:00Z", None, "2024-03-15T12:00:00Z"),
            ("2024-03-15T12:00:00.5+02:00", None, "2024-03-15T10:00:00.500Z"),
            ("2024-03-15T23:30:00-05:30", zone, "2024-03-16T05:00:00Z"),
            ("2024-03-15T12:00:00", zone, "2024-03-15T04:00:00Z"),
            ("2024-03-15T12:00:00.123456Z", None, "2024-03-15T12:00:00.123Z"),
        ] {
            let found = Instant::read(text, zone).unwrap();
            assert_eq!(found.at.to_string(), expected, "{text}");
            assert_eq!(found.is_in_declared_zone, text.ends_with("12:00:00"), "{text}");
            assert_eq!(found.is_cut, text.contains("123456"), "{text}");
        }
        let found = |text| Instant::read(text, None).unwrap_err();
        assert!(matches!(found("2024-03-15T12:00:00"), DefectReason::NoZone { .. }));
        for text in
            ["15/03/2024", "15.3.2024", "03-15-2024", "15/03/24 12:00", "1-2-2024T00:00:00Z"]
        {
            assert!(matches!(found(text), DefectReason::DayFirst { .. }), "{text}");
        }
        for text in [
            "",
            "2024-03-15",
            "2024/03/15",
            "2024-03-15 12:00:00Z",
            "2024-03-15T12:00Z",
            "2024-02-30T12:00:00Z",
            "2024-03-15T12:00:00.Z",
            "2024-03-15T12:00:00+2:00",
            "1970-01-01T00:00:00+08:00",
            "é",
        ] {
            assert!(matches!(found(text), DefectReason::Time { .. }), "{text}");
        }
    }

    #[test]
    fn what_ends_at_midnight_has_nothing_of_the_next_day() {
        for (text, first, last) in [
            ("2026-03-01T00:00:00Z", "2026-03-01", "2026-02-28"),
            ("2026-03-01T12:00:00Z", "2026-03-01", "2026-03-01"),
            ("2026-03-01T23:59:59-05:00", "2026-03-01", "2026-03-01"),
            ("2026-03-01T00:00:00+01:00", "2026-03-01", "2026-02-28"),
            ("2026-03-01", "2026-03-01", "2026-03-01"),
        ] {
            let moment = Moment::read(text, None).unwrap();
            let found = [moment.first_day(), moment.last_day()].map(|day| day.to_string());
            assert_eq!(found, [first, last], "{text}");
        }
    }
}
