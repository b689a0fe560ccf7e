//! Members that several rows have: days, texts for people, types of attestations.

use std::ops::Range;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::attestation::PredicateKind;
use crate::policy::ruleset::error::{Fault, RuleSetFault};
use crate::policy::texts::Texts;
use crate::time::Date;

/// The longest text for people in a rule set, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// A TOML local date.
pub(super) struct Day(pub(super) Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = toml::value::Datetime::deserialize(deserializer)?;
        if found.time.is_some() || found.offset.is_some() {
            return Err(D::Error::custom("expected a day without a time, as 2030-08-01"));
        }
        found.to_string().parse().map(Self).map_err(D::Error::custom)
    }
}

pub(super) fn check_texts(
    title: Option<&Texts>,
    fix: Option<&Texts>,
    span: &Range<usize>,
) -> Result<(), Fault> {
    let is_plain = |text: &String| {
        (1..=TEXT_CHARS_MAX).contains(&text.chars().count())
            && !text.trim().is_empty()
            && !text.chars().any(char::is_control)
    };
    for (member, texts) in [("title", title), ("fix", fix)] {
        let Some(texts) = texts else { continue };
        if !is_plain(&texts.en) || !is_plain(&texts.fr) {
            let fault = RuleSetFault::Text { member, chars_max: TEXT_CHARS_MAX };
            return Err((span.clone(), fault));
        }
    }
    Ok(())
}

pub(super) fn predicate_kind(name: &Spanned<String>) -> Result<PredicateKind, Fault> {
    let known = PredicateKind::ALL.iter().find(|kind| kind.name() == name.get_ref());
    known.copied().ok_or_else(|| {
        let found = name.get_ref().chars().take(80).collect();
        (name.span(), RuleSetFault::Type { found })
    })
}
