//! What evidence shows: which signed things contradict each other, one row for each kind.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::entry::{EntryError, LogError};
use crate::envelope::EnvelopeError;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectUri};
use crate::merkle::{EntryIndex, TreeSize};
use crate::policy::Locale;
use crate::record::RecordError;

macro_rules! kinds {
    ($($variant:ident = $name:literal, $en:literal, $fr:literal;)*) => {
        /// A kind of evidence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $(#[doc = $en] $variant,)*
        }

        impl Kind {
            /// Every one, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name for programs; it never changes its meaning.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// One sentence for people.
            pub const fn explanation(self, locale: Locale) -> &'static str {
                match self { $(Self::$variant => locale.choose($en, $fr)),* }
            }
        }
    };
}

kinds! {
    TwoCheckpoints = "two-checkpoints",
        "The log's key signed two checkpoints that are not of one log.",
        "La clé du registre a signé deux points de contrôle qui ne sont pas du même registre.";
    TwoEntries = "two-entries",
        "The log's key signed two entries at one place.",
        "La clé du registre a signé deux entrées à la même place.";
    WrongSeal = "wrong-seal",
        "The log's key signed a seal that does not follow from the entries.",
        "La clé du registre a signé un sceau qui ne découle pas des entrées.";
    WrongKeys = "wrong-keys",
        "The log's key signed an entry that is not what its own statement makes it.",
        "La clé du registre a signé une entrée qui n'est pas celle de sa propre attestation.";
    WrongOrder = "wrong-order",
        "The log's key signed an entry that its place or an entry before it excludes.",
        "La clé du registre a signé une entrée qu'excluent sa place ou une entrée antérieure.";
    LeftOut = "left-out",
        "The log's key signed an entry for a subject, and later a list of that subject's entries \
         without it.",
        "La clé du registre a signé une entrée sur un sujet, puis une liste des entrées de ce sujet \
         où elle ne figure pas.";
}

/// What contradicts what.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Contradiction {
    /// Two roots at one size.
    Roots {
        /// The size.
        size: TreeSize,
        /// The root that the one checkpoint has.
        older: Digest,
        /// The root of the tree that the other one begins with, or has.
        newer: Digest,
    },
    /// Two entries at one index.
    Entries {
        /// The index.
        index: EntryIndex,
        /// Leaf hash of the one.
        first: Digest,
        /// Leaf hash of the other.
        second: Digest,
    },
    /// A seal that does not follow from the one before and the entries between.
    Seal {
        /// The seal.
        index: EntryIndex,
        /// The seal before, if there is one.
        since: Option<EntryIndex>,
        /// What it says, and what it would have to say.
        fault: LogError,
    },
    /// An entry that says something else than the envelope that it commits to.
    Keys {
        /// The entry.
        index: EntryIndex,
        /// What it says, and what it would have to say.
        fault: RecordError,
    },
    /// An entry that commits to what is no envelope.
    Envelope {
        /// The entry.
        index: EntryIndex,
        /// What is wrong with it.
        fault: EnvelopeError,
    },
    /// An entry that a rule between entries excludes.
    Order {
        /// The entry.
        index: EntryIndex,
        /// The entry before, where it takes one.
        before: Option<EntryIndex>,
        /// The rule.
        fault: LogError,
    },
    /// Bytes that are no entry.
    NoEntry {
        /// Where they stand.
        index: EntryIndex,
        /// What is wrong with them.
        fault: EntryError,
    },
    /// A chain without an entry that lists its key.
    LeftOut {
        /// The entry.
        index: EntryIndex,
        /// Size of the checkpoint whose map leaves it out.
        size: TreeSize,
        /// Which of the subject's chains.
        class: Class,
        /// The subject.
        uri: SubjectUri,
        /// How many entries the chain has.
        count: u64,
    },
}

impl Contradiction {
    /// The kind of evidence that shows it.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Roots { .. } => Kind::TwoCheckpoints,
            Self::Entries { .. } => Kind::TwoEntries,
            Self::Seal { .. } => Kind::WrongSeal,
            Self::Keys { .. } | Self::Envelope { .. } => Kind::WrongKeys,
            Self::Order { .. } | Self::NoEntry { .. } => Kind::WrongOrder,
            Self::LeftOut { .. } => Kind::LeftOut,
        }
    }

    /// The entry that it is about, if it is about one.
    pub const fn entry(&self) -> Option<EntryIndex> {
        match self {
            Self::Roots { .. } => None,
            Self::Entries { index, .. }
            | Self::Seal { index, .. }
            | Self::Keys { index, .. }
            | Self::Envelope { index, .. }
            | Self::Order { index, .. }
            | Self::NoEntry { index, .. }
            | Self::LeftOut { index, .. } => Some(*index),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_a_sentence_in_both_languages() {
        for kind in Kind::ALL {
            let [english, french] = [Locale::En, Locale::Fr].map(|to| kind.explanation(to));
            assert!(english.ends_with('.') && french.ends_with('.'), "{english} / {french}");
            assert_ne!(english, french);
        }
    }
}
