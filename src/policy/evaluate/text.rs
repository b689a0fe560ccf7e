//! Names as people write them, compared without regard to how they are typed.

use unicode_normalization::UnicodeNormalization as _;

/// Whether two names are the same after NFKC, case folding and collapsing of space.
pub(super) fn are_same_name(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}

fn fold(name: &str) -> String {
    // Upper case first: it takes `ß` and `SS` to one form, as case folding does.
    let folded: String =
        name.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    let folded: String = folded.nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_by_their_letters_only() {
        for (one, other, expected) in [
            ("Doudou Import SARL", " doudou  import\u{a0}sarl ", true),
            ("Gießerei", "GIESSEREI", true),
            ("E\u{301}toile", "ÉTOILE", true),
            ("Ｌumi", "lumi", true),
            ("Doudou", "Doudous", false),
            ("Doudou", "Dou dou", false),
        ] {
            assert_eq!(are_same_name(one, other), expected, "{one} {other}");
        }
    }
}
