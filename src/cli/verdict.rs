//! A verdict as people and programs are told it.

use clap::ValueEnum;
use serde_json::Value;

use crate::attestation::types::VerdictWord;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::report::Outcome;
use crate::cli::words::Text;
use crate::policy::{Explanation, Locale, PolicySet, Section, Verdict, explain};

/// The language in which a verdict is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Lang {
    /// English
    #[default]
    En,
    /// Français
    Fr,
}

impl Lang {
    /// The language.
    pub(super) const fn locale(self) -> Locale {
        match self {
            Self::En => Locale::En,
            Self::Fr => Locale::Fr,
        }
    }

    /// One of two texts.
    pub(super) const fn choose<'a>(self, en: &'a str, fr: &'a str) -> &'a str {
        self.locale().choose(en, fr)
    }
}

/// What a verdict means for the exit status: whatever is not listable is not listed.
pub(super) fn outcome(verdict: &Verdict) -> Outcome {
    match verdict.word() {
        VerdictWord::Listable => Outcome::Accepted,
        VerdictWord::NotListable | VerdictWord::Review => Outcome::Rejected,
    }
}

/// The word, as it is written.
pub(super) const fn word(word: VerdictWord) -> &'static str {
    match word {
        VerdictWord::Listable => "LISTABLE",
        VerdictWord::NotListable => "NOT_LISTABLE",
        VerdictWord::Review => "REVIEW",
    }
}

/// Reads a verdict's canonical bytes.
pub(super) fn parse(bytes: &[u8]) -> Result<Verdict, Failure> {
    Verdict::parse(bytes).step("verdict of the server")
}

/// The body, member for member as it is signed.
pub(super) fn value(verdict: &Verdict) -> Value {
    serde_json::from_slice(verdict.bytes()).unwrap_or_default()
}

/// Adds what a verdict says, for somebody who has to act on it.
pub(super) fn put(text: &mut Text, verdict: &Verdict, policies: &PolicySet, lang: Lang) {
    let Explanation { headline, sections } = explain(verdict.body(), policies, lang.locale());
    let colour = match verdict.word() {
        VerdictWord::Listable => anstyle::AnsiColor::Green,
        VerdictWord::NotListable => anstyle::AnsiColor::Red,
        VerdictWord::Review => anstyle::AnsiColor::Yellow,
    };
    text.styled(colour.on_default().bold(), &headline);
    put_sections(text, &sections);
}

/// Adds the sections of an explanation.
pub(super) fn put_sections(text: &mut Text, sections: &[Section]) {
    for section in sections {
        text.line("").styled(anstyle::Style::new().bold(), &section.title);
        for item in &section.items {
            text.line(format_args!("- {}", item.text));
            for detail in &item.details {
                text.line(format_args!("  {detail}"));
            }
        }
    }
}
