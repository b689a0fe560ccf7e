//! Values as each language writes them.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use crate::admission::RefusalFinding;
use crate::attestation::types::VerdictWord;
use crate::envelope::StatementDigest;
use crate::hash::Digest;
use crate::identifier::{Class, Country, OperatorUri, ProductUri, SubjectUri};
use crate::key::KeyId;
use crate::merkle::{EntryIndex, TreeSize};
use crate::policy::{Locale, words};
use crate::reason::Reason;
use crate::time::Timestamp;

/// What may be written in another way in another language.
pub(super) trait Localized {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// A value as a language writes it.
pub(super) struct Written<'a, F>(pub(super) &'a F, pub(super) Locale);

impl<F: Localized> fmt::Display for Written<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(self.1, f)
    }
}

/// An error from below with all its causes, in one line. Errors speak English; where the language is
/// another, they are quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted(String);

impl Quoted {
    /// An error with all its causes.
    pub fn of(error: &dyn Error) -> Self {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            let cause_text = cause.to_string();
            if !text.ends_with(&cause_text) {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            next = cause.source();
        }
        Self(text)
    }

    /// The text, in a language that says whose it is.
    pub(crate) fn text(&self, locale: Locale) -> String {
        Written(self, locale).to_string()
    }
}

impl Localized for Quoted {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match locale {
            Locale::En => f.write_str(&self.0),
            Locale::Fr => write!(f, "«\u{a0}{}\u{a0}» (en anglais)", self.0),
        }
    }
}

/// Of what a statement was refused for, the code is explained and the rest quoted.
impl Localized for Vec<RefusalFinding> {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, finding) in self.iter().enumerate() {
            let RefusalFinding { code, message, member } = finding;
            if place > 0 {
                f.write_str(locale.choose("; ", "\u{a0}; "))?;
            }
            match (locale, member) {
                (Locale::En, _) => write!(f, "{finding}")?,
                (Locale::Fr, None) => write!(f, "{}", words::reason(*code, locale))?,
                (Locale::Fr, Some(member)) => {
                    write!(f, "{member}\u{a0}: {}", words::reason(*code, locale))?;
                }
            }
            if locale == Locale::Fr {
                f.write_str(" ")?;
                Quoted(message.clone()).write(locale, f)?;
            }
        }
        Ok(())
    }
}

impl Localized for VerdictWord {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match locale {
            Locale::En => f.write_str(self.name()),
            Locale::Fr => f.write_str(words::verdict(*self, locale)),
        }
    }
}

impl Localized for BTreeSet<Reason> {
    fn write(&self, _locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(self, "", f)
    }
}

impl Localized for Vec<EntryIndex> {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(self, locale.choose("none", "aucun"), f)
    }
}

fn write_list<T: fmt::Display>(
    items: impl IntoIterator<Item = T>,
    none: &str,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let mut items = items.into_iter();
    match items.next() {
        None => f.write_str(none),
        Some(first) => {
            write!(f, "{first}")?;
            items.try_for_each(|item| write!(f, ", {item}"))
        }
    }
}

macro_rules! same_in_every_language {
    ($($type:ty),+) => {
        $(impl Localized for $type {
            fn write(&self, _locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        })+
    };
}

same_in_every_language!(
    u64,
    usize,
    Digest,
    KeyId,
    StatementDigest,
    EntryIndex,
    TreeSize,
    Timestamp,
    Class,
    Country,
    SubjectUri,
    ProductUri,
    OperatorUri
);

/// Values to write: another one for every number.
#[cfg(test)]
pub(super) mod sample {
    use super::*;

    pub(in crate::audit) trait Sample {
        fn sample(number: u8) -> Self;
    }

    macro_rules! samples {
        ($($type:ty: $number:ident => $value:expr;)+) => {
            $(impl Sample for $type {
                fn sample($number: u8) -> Self {
                    $value
                }
            })+
        };
    }

    samples! {
        u64: number => number.into();
        usize: number => number.into();
        Digest: number => Self::of(&[number]);
        KeyId: number => Self::new(Digest::of(&[number]));
        StatementDigest: number => Self::new(Digest::of(&[number]));
        EntryIndex: number => Self::new(number.into());
        TreeSize: number => Self::new(number.into());
        Timestamp: number => format!("2026-01-01T00:{:02}:00Z", number % 60).parse().unwrap();
        Class: _number => Self::Adverse;
        Country: _number => "FR".parse().unwrap();
        SubjectUri: number => format!("urn:eori:FR99900011{number:06}").parse().unwrap();
        ProductUri: number => format!("https://id.gs1.org/01/09521000200012/10/L{number}").parse().unwrap();
        OperatorUri: number => format!("urn:eori:FR99900011{number:06}").parse().unwrap();
        VerdictWord: number => [Self::Listable, Self::NotListable][usize::from(number) % 2];
        Quoted: number => Self(format!("line {number}: found 7, expected {number}"));
        BTreeSet<Reason>: number => Self::from([Reason::ALL[usize::from(number) % Reason::ALL.len()]]);
        Vec<EntryIndex>: number => [number, 255].map(EntryIndex::sample).into();
        Vec<RefusalFinding>: number => vec![RefusalFinding::new(
            Reason::ALL[usize::from(number) % Reason::ALL.len()],
            Some("subject"),
            format!("found {number}"),
        )];
    }
}
