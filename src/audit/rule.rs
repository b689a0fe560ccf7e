//! The rules that an audit holds a log to, and what else it remarks.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($variant:ident = $name:literal, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $(#[doc = $text] $variant,)*
        }

        impl $type {
            /// Every one, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in reports; it never changes its meaning.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// One sentence for a reader of reports.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
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
        Missing = "MISSING_FILE", "A file of the log is not there.";
        Stray = "STRAY_FILE", "A file that is no part of the log.";
        Genesis = "GENESIS", "The genesis document is not the trust root.";
        Checkpoint = "CHECKPOINT", "The checkpoint is not signed by the log.";
        Witnesses = "WITNESSES", "The witnesses asked for did not see the checkpoint.";
        Root = "ROOT", "The entries do not lead to the root of the checkpoint.";
        Tile = "TILE", "A tile does not hold the hashes over the entries.";
        Bundle = "BUNDLE", "A bundle is not in its format.";
        Entry = "ENTRY", "An entry is not the one that the log commits to, or not in its format.";
        Log = "LOG_ORDER", "An entry breaks a rule that binds it to those before it.";
        Payload = "PAYLOAD", "A payload is not the one that its entry commits to.";
        Erased = "ERASED_WITHOUT_ORDER", "A payload is gone and no entry orders that.";
        Withheld = "WITHHELD_AGAINST_RULES",
            "A payload is withheld that is for everybody: only verdicts and listings may be.";
        Signature = "SIGNATURE", "A signature does not hold, or is by an unknown key.";
        Record = "RECORD", "An entry and its statement do not belong together.";
        Admission = "ADMISSION", "An attestation was let in against the rules.";
        Verdict = "VERDICT_DIFFERS", "A logged verdict is not the one that the evidence gives.";
    }
}

named! {
    /// Something that a reader should know of a log that may well be sound.
    Remark {
        ListedBeforeCheck = "LISTED_BEFORE_CHECK",
            "A platform listed a product before the verdict that it cites was logged.";
        ListedWithoutVerdict = "LISTED_WITHOUT_VERDICT",
            "A platform listed a product without a verdict that allows that listing.";
        ListedAfterWithdrawal = "LISTED_AFTER_WITHDRAWAL",
            "A platform listed a product after a record that denies it was logged.";
        ListingOutlived = "LISTING_OUTLIVED",
            "A listing is still up though its question is no longer answered LISTABLE.";
        VerdictDiffers = "PLATFORM_VERDICT_DIFFERS",
            "A platform logged a verdict that is not the one that the evidence gives.";
        VerdictUnchecked = "VERDICT_NOT_REEVALUATED",
            "A logged verdict could not be computed again.";
        AdmissionUnchecked = "ADMISSION_NOT_REPLAYED",
            "Whether an attestation was rightly let in depends on a payload that is not here.";
        Withheld = "WITHHELD", "A payload is meant for another audience and was not checked.";
    }
}
