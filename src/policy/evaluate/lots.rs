//! Lots as people type them: compared without case, spaces, hyphens and leading zeros.
//!
//! Only negative evidence is compared so (`conformity.md`, section 4): a likeness calls a person,
//! and never lets anything pass.

use unicode_normalization::UnicodeNormalization as _;

/// The form in which two lots are compared approximately.
pub(super) fn approximate_form(lot: &str) -> String {
    let is_kept = |character: &char| !character.is_whitespace() && !is_hyphen(*character);
    let text: String = lot.nfkc().filter(is_kept).flat_map(char::to_uppercase).collect();
    text.trim_start_matches('0').to_owned()
}

/// Hyphens and dashes, and what nobody sees: an authority's prose comes out of word processors.
const fn is_hyphen(character: char) -> bool {
    matches!(
        character,
        '-' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2010}'..='\u{2015}' | '\u{2060}' | '\u{2212}'
            | '\u{feff}'
    )
}

/// Whether two lots are written alike.
pub(super) fn are_alike(one: &str, other: &str) -> bool {
    approximate_form(one) == approximate_form(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_are_alike_but_for_case_spaces_hyphens_and_leading_zeros() {
        for (one, other, expected) in [
            ("B2608", "b-2608", true),
            ("B2608", " b26 08", true),
            ("B2608", "B\u{2011}2608", true),
            ("B2608", "B \u{2013}\u{a0}26\u{ad}08\u{200b}", true),
            ("B2608", "\u{ff22}\u{ff12}\u{ff16}\u{ff10}\u{ff18}", true),
            ("091k", "91-K", true),
            ("B2608", "B2609", false),
            ("B2608", "2608", false),
            ("B2608", "B02608", false),
            ("0", "00", true),
            ("0", "1", false),
        ] {
            assert_eq!(are_alike(one, other), expected, "{one} {other}");
        }
    }
}
