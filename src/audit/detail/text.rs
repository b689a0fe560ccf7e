//! A detail as text: for people in their language, for programs in English.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::audit::detail::table::Detail;
use crate::audit::localized::{Localized as _, Written};
use crate::policy::Locale;

impl Detail {
    /// The text in a language.
    pub fn text(&self, locale: Locale) -> String {
        Written(self, locale).to_string()
    }
}

/// The English.
impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(Locale::En, f)
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::RefusalFinding;
    use crate::attestation::types::VerdictWord;
    use crate::merkle::EntryIndex;
    use crate::reason::Reason;

    /// What is the same in every language: numbers, digests, times, URIs. Sorted.
    fn facts(text: &str) -> Vec<&str> {
        let words = text.split([' ', '\u{a0}', '«', '»', '(', ')', ',', ';']);
        let words = words.map(|word| word.trim_end_matches([':', '.']));
        let mut facts: Vec<&str> =
            words.filter(|word| word.contains(|of: char| of.is_ascii_digit())).collect();
        facts.sort_unstable();
        facts
    }

    #[test]
    fn every_detail_says_the_same_in_both_languages() {
        for detail in Detail::samples() {
            let [english, french] = [Locale::En, Locale::Fr].map(|of| detail.text(of));
            assert_ne!(english, french);
            assert_eq!(facts(&english), facts(&french), "{english} / {french}");
            assert_eq!(serde_json::to_value(&detail).unwrap(), english.as_str());
            for text in [&english, &french] {
                assert!(!text.is_empty() && !text.ends_with('.') && text.trim() == text, "{text}");
            }
        }
    }

    #[test]
    fn what_is_not_translated_is_quoted_behind_french_words() {
        for detail in Detail::samples() {
            let (english, french) = (detail.text(Locale::En), detail.text(Locale::Fr));
            let Some((lead, quoted)) = french.split_once("«\u{a0}") else { continue };
            let (quoted, _) = quoted.split_once("\u{a0}» (en anglais)").unwrap();
            assert!(
                english.ends_with(quoted) && lead.ends_with(' ') && lead.len() > 10,
                "{french}"
            );
        }
    }

    #[test]
    fn lists_words_and_reasons_are_said_in_french() {
        let refused =
            RefusalFinding::new(Reason::VerdictStale, Some("body"), "found 7, expected 8");
        for (detail, french) in [
            (
                Detail::HandoverChanges {
                    found: vec![],
                    expected: [3, 5].map(EntryIndex::new).into(),
                },
                "montre comme changements d'agents d'enregistrement aucun, ceux de sa période sont 3, 5",
            ),
            (
                Detail::Refused { findings: vec![refused] },
                "aurait dû être refusée : body\u{a0}: Le registre a reçu de nouvelles données sur ce \
                 produit depuis que le verdict a été rendu. [VERDICT_STALE] «\u{a0}found 7, expected \
                 8\u{a0}» (en anglais)",
            ),
            (
                Detail::StillUp {
                    word: VerdictWord::NotListable,
                    reasons: [Reason::RecalledBatch].into(),
                },
                "encore publiée, et à présent NON PUBLIABLE RECALLED_BATCH",
            ),
        ] {
            assert_eq!(detail.text(Locale::Fr), french);
        }
    }
}
