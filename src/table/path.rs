//! Where a column's values stand in a predicate.

use std::fmt;
use std::str::FromStr;

/// The place of a member: names, and in lists places from 1, as `tests.2.result`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Into a member of an object.
    Member(String),
    /// Into a list, from 1.
    Place(u16),
}

/// Why a text is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// A step without a name, or with white space in it.
    #[error("expected names and places with dots between them, as tests.2.result")]
    Step,
    /// A place that is not one, or too far.
    #[error("places in a list are numbered from 1 to {PLACE_MAX}")]
    Place,
    /// More steps than any type has.
    #[error("more than {STEPS_MAX} steps")]
    TooLong,
}

/// A longer list than this is no work for a row.
const PLACE_MAX: u16 = 999;

/// How deep a path can lead.
const STEPS_MAX: usize = 12;

impl Path {
    pub(super) const fn root() -> Self {
        Self(Vec::new())
    }

    pub(super) fn member(&self, name: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Member(name.to_owned()));
        Self(steps)
    }

    pub(super) fn first_place(&self) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Place(1));
        Self(steps)
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// How many steps at the beginning this path shares with another place, as errors name it:
    /// steps with dots, or a JSON pointer, whose places in lists count from 0.
    pub(super) fn shared_with(&self, place: &str) -> usize {
        let is_pointer = place.starts_with('/');
        let parts = place.split(['/', '.']).filter(|part| !part.is_empty());
        let is_same = |(step, part): &(&Step, &str)| match step {
            Step::Member(name) => name == part,
            Step::Place(at) => part.parse() == Ok(if is_pointer { at - 1 } else { *at }),
        };
        self.0.iter().zip(parts).take_while(is_same).count()
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let steps: Vec<Step> = text.split('.').map(step).collect::<Result<_, _>>()?;
        if steps.len() > STEPS_MAX { Err(PathError::TooLong) } else { Ok(Self(steps)) }
    }
}

fn step(text: &str) -> Result<Step, PathError> {
    if text.is_empty() || text.chars().any(|of| of.is_whitespace() || of.is_control()) {
        return Err(PathError::Step);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Step::Member(text.to_owned()));
    }
    match text.parse() {
        Ok(place) if (1..=PLACE_MAX).contains(&place) && !text.starts_with('0') => {
            Ok(Step::Place(place))
        }
        _ => Err(PathError::Place),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            let dot = if number == 0 { "" } else { "." };
            match step {
                Step::Member(name) => write!(f, "{dot}{name}")?,
                Step::Place(place) => write!(f, "{dot}{place}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_back_and_what_is_none_is_refused() {
        for text in ["overall", "header.document.number", "tests.2.values.1.unit"] {
            assert_eq!(text.parse::<Path>().unwrap().to_string(), text);
        }
        for (text, expected) in [
            ("", PathError::Step),
            ("a..b", PathError::Step),
            ("a b", PathError::Step),
            ("tests.0", PathError::Place),
            ("tests.01", PathError::Place),
            ("tests.1000", PathError::Place),
            ("a.b.c.d.e.f.g.h.i.j.k.l.m", PathError::TooLong),
        ] {
            assert_eq!(text.parse::<Path>(), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn places_of_errors_are_compared_from_their_own_beginning() {
        let path: Path = "tests.2.result".parse().unwrap();
        for (place, expected) in [
            ("/tests/1/result", 3),
            ("/tests/2/result", 1),
            ("tests.2.result", 3),
            ("tests", 1),
            ("", 0),
            ("overall", 0),
        ] {
            assert_eq!(path.shared_with(place), expected, "{place:?}");
        }
    }
}
