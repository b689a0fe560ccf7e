//! The form under which document numbers and type designations are looked up.

use std::str::FromStr;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization as _;

use super::error::IdentifierError;
use super::text::text_traits;

const KIND: &str = "number or designation";

/// A document number or type designation in the one form under which it is looked up.
///
/// 1 to 80 characters of printable ASCII and À–Þ without ×: capitals, single spaces and none at the
/// ends. Everything that looks like another character is refused, so that no two numbers that read
/// alike have two chains.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupForm(Arc<str>);

impl LookupForm {
    /// How many characters it may have.
    pub const CHARS_MAX: usize = 80;

    /// The lookup form of a text: NFKC, trim, runs of space to one, upper case.
    pub fn of(text: &str) -> Result<Self, IdentifierError> {
        // NFKC makes U+0020 of every other kind of space; tabs and line ends stay, and are refused.
        let compatible: String = text.nfkc().collect();
        let words: Vec<&str> = compatible.split(' ').filter(|word| !word.is_empty()).collect();
        let form = words.join(" ").to_uppercase();
        let is_length = (1..=Self::CHARS_MAX).contains(&form.chars().count());
        if !is_length || !form.chars().all(is_allowed) {
            let expected = "1 to 80 characters of printable ASCII and À to Þ without ×";
            return Err(IdentifierError::malformed(KIND, text, expected));
        }
        Ok(Self(form.into()))
    }

    /// The lookup form itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_allowed(character: char) -> bool {
    matches!(character, ' '..='~' | 'À'..='Þ') && character != '×'
}

impl FromStr for LookupForm {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = Self::of(text)?;
        if form.as_str() == text {
            return Ok(form);
        }
        Err(IdentifierError::not_canonical(KIND, text, form.as_str()))
    }
}

text_traits!(LookupForm);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_alike_has_one_form() {
        for (text, expected) in [
            ("lp-bear-30", "LP-BEAR-30"),
            ("  DOC  2026\u{a0}/\u{3000}014 ", "DOC 2026 / 014"),
            ("étoile 2", "ÉTOILE 2"),
            ("E\u{301}toile ²", "ÉTOILE 2"),
            ("Straße", "STRASSE"),
            ("ＡＢ①", "AB1"),
            ("~!\"", "~!\""),
        ] {
            let form = LookupForm::of(text).unwrap();
            assert_eq!(form.as_str(), expected);
            assert_eq!(form.as_str().parse(), Ok(form));
        }
    }

    #[test]
    fn homoglyphs_and_control_characters_are_refused() {
        let long = "A".repeat(81);
        for bad in [
            "",
            "   ",
            "а",
            "Α",
            "A\tB",
            "A\nB",
            "A\u{200b}B",
            "A×B",
            "ÿ",
            "A\u{301}\u{301}",
            "µ",
            "\u{ad}",
            "\u{202e}A",
            "—",
            "A\u{7f}",
            &long,
        ] {
            LookupForm::of(bad).unwrap_err();
        }
        assert_eq!(LookupForm::of(&"a".repeat(80)).unwrap().as_str(), "A".repeat(80));
    }

    #[test]
    fn another_form_is_not_canonical() {
        for bad in ["a", " A", "A  B", "A ", "É\u{0}", "E\u{301}"] {
            bad.parse::<LookupForm>().unwrap_err();
        }
    }
}
