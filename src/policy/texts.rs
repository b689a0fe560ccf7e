//! Sentences for people, in the languages that this program speaks.

use serde::{Deserialize, Serialize};

/// A language that this program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

/// One text in every language of [`Locale`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// English.
    pub en: String,
    /// French.
    pub fr: String,
}

impl Locale {
    /// The colon between a heading and what belongs to it; in French it is set off by a space that
    /// no line breaks at.
    pub const fn colon(self) -> &'static str {
        self.choose(":", "\u{a0}:")
    }

    /// One of two texts.
    pub const fn choose<'a>(self, en: &'a str, fr: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Fr => fr,
        }
    }
}

impl Texts {
    /// The text in a language.
    pub fn get(&self, locale: Locale) -> &str {
        locale.choose(&self.en, &self.fr)
    }
}
