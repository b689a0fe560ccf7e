//! Lots as people type them: compared without case, spaces, hyphens and leading zeros.
//!
//! Only negative evidence is compared so (`conformity.md`, section 4): a likeness calls a person,
//! and never lets anything pass.

/// The form in which two lots are compared approximately.
pub(super) fn approximate_form(lot: &str) -> String {
    let is_kept = |character: &char| !character.is_whitespace() && *character != '-';
    let text: String = lot.chars().filter(is_kept).flat_map(char::to_uppercase).collect();
    text.trim_start_matches('0').to_owned()
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
