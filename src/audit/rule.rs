//! The rules that an audit holds a log to, and what else it remarks: one row each, with its sentence
//! in every language.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::policy::Locale;

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($variant:ident = $name:literal, $en:literal, $fr:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $(#[doc = $en] $variant,)*
        }

        impl $type {
            /// Every one, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in reports; it never changes its meaning.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// One sentence for a reader of reports.
            pub const fn explanation(self, locale: Locale) -> &'static str {
                match self { $(Self::$variant => locale.choose($en, $fr)),* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}

named! {
    /// A rule that a sound log keeps. What breaks one is the ledger's fault, or that of whoever
    /// kept the files.
    Rule {
        Missing = "MISSING_FILE",
            "A file of the log is not there.",
            "Un fichier du registre manque.";
        Stray = "STRAY_FILE",
            "A file that is no part of the log.",
            "Un fichier n'appartient pas au registre.";
        Genesis = "GENESIS",
            "The genesis document is not the trust root.",
            "Le document de genèse n'est pas la racine de confiance.";
        Checkpoint = "CHECKPOINT",
            "The checkpoint is not signed by the log, with the key in force at its size.",
            "Le point de contrôle n'est pas signé par le registre, avec la clé en vigueur à sa \
             taille.";
        Handover = "HANDOVER",
            "A handover of the log key does not hold, or not in this log.",
            "Une transmission de la clé du registre n'est pas valable, ou pas dans ce registre.";
        Witnesses = "WITNESSES",
            "The witnesses asked for did not see the checkpoint.",
            "Les témoins exigés n'ont pas vu le point de contrôle.";
        Seen = "SEEN_CHECKPOINT",
            "A checkpoint that was seen elsewhere is of another history of the log.",
            "Un point de contrôle vu ailleurs est d'une autre histoire du registre.";
        Root = "ROOT",
            "The entries do not lead to the root of the checkpoint.",
            "Les entrées ne mènent pas à la racine du point de contrôle.";
        Tile = "TILE",
            "A tile does not hold the hashes over the entries.",
            "Une tuile ne contient pas les empreintes des entrées.";
        Bundle = "BUNDLE",
            "A bundle is not in its format.",
            "Un paquet d'entrées n'est pas dans son format.";
        Entry = "ENTRY",
            "An entry is not the one that the log commits to, or not in its format.",
            "Une entrée n'est pas celle à laquelle le registre s'engage, ou n'est pas dans son \
             format.";
        Log = "LOG_ORDER",
            "An entry breaks a rule that binds it to those before it.",
            "Une entrée enfreint une règle qui la lie à celles qui la précèdent.";
        Payload = "PAYLOAD",
            "A payload is not the one that its entry commits to.",
            "Un contenu n'est pas celui auquel son entrée s'engage.";
        Erased = "ERASED_WITHOUT_ORDER",
            "A payload is gone and no entry orders that.",
            "Un contenu a disparu et aucune entrée ne l'ordonne.";
        Withheld = "WITHHELD_AGAINST_RULES",
            "A payload is withheld that is for everybody: only verdicts and listings may be.",
            "Un contenu destiné à tous est retenu : seuls les verdicts et les publications \
             d'offres peuvent l'être.";
        Signature = "SIGNATURE",
            "A signature does not hold, or is by an unknown key.",
            "Une signature ne correspond pas, ou est d'une clé inconnue.";
        Record = "RECORD",
            "An entry and its statement do not belong together.",
            "Une entrée et son attestation ne vont pas ensemble.";
        Admission = "ADMISSION",
            "An attestation was let in against the rules.",
            "Une attestation a été admise contre les règles.";
        Verdict = "VERDICT_DIFFERS",
            "A logged verdict is not the one that the evidence gives.",
            "Un verdict consigné n'est pas celui que donnent les preuves.";
    }
}

named! {
    /// Something that a reader should know of a log that may well be sound.
    Remark {
        ListedBeforeCheck = "LISTED_BEFORE_CHECK",
            "A platform listed a product before the verdict that it cites was logged.",
            "Une plateforme a publié une offre avant que le verdict qu'elle cite soit consigné.";
        ListedWithoutVerdict = "LISTED_WITHOUT_VERDICT",
            "A platform listed a product without a verdict that allows that listing.",
            "Une plateforme a publié une offre sans verdict qui permette cette publication.";
        ListedAfterWithdrawal = "LISTED_AFTER_WITHDRAWAL",
            "A platform listed a product after a record that denies it was logged.",
            "Une plateforme a publié une offre après la consignation d'une attestation qui s'y \
             oppose.";
        ListingOutlived = "LISTING_OUTLIVED",
            "A listing is still up though its question is no longer answered LISTABLE.",
            "Une offre est encore publiée alors que la réponse à sa question n'est plus \
             PUBLIABLE.";
        VerdictDiffers = "PLATFORM_VERDICT_DIFFERS",
            "A platform logged a verdict that is not the one that the evidence gives.",
            "Une plateforme a consigné un verdict qui n'est pas celui que donnent les preuves.";
        VerdictUnchecked = "VERDICT_NOT_REEVALUATED",
            "A logged verdict could not be computed again.",
            "Un verdict consigné n'a pas pu être recalculé.";
        AdmissionUnchecked = "ADMISSION_NOT_REPLAYED",
            "Whether an attestation was rightly let in depends on a payload that is not here.",
            "La régularité de l'admission d'une attestation dépend d'un contenu absent d'ici.";
        Withheld = "WITHHELD",
            "A payload is meant for another audience and was not checked.",
            "Un contenu est destiné à d'autres lecteurs et n'a pas été contrôlé.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_and_remark_is_a_sentence_in_both_languages() {
        let rules =
            Rule::ALL.iter().map(|of| [Locale::En, Locale::Fr].map(|to| of.explanation(to)));
        let remarks = Remark::ALL.iter();
        let remarks = remarks.map(|of| [Locale::En, Locale::Fr].map(|to| of.explanation(to)));
        for [english, french] in rules.chain(remarks) {
            assert!(english.ends_with('.') && french.ends_with('.'), "{english} / {french}");
            assert_ne!(english, french);
        }
    }
}
