//! What an audit found, as a value: stable JSON for programs, text for people.

use serde::{Serialize, Serializer};

use crate::audit::detail::Detail;
use crate::audit::fallen::FallenListing;
use crate::audit::rule::{Remark, Rule};
use crate::hash::Digest;
use crate::identifier::OperatorUri;
use crate::log_key::VerifiedHandover;
use crate::merkle::{EntryIndex, TreeSize};
use crate::note::{KeyName, VerifierKey};
use crate::policy::Locale;
use crate::time::Timestamp;

/// What no audit shows, however sound the log.
const NOT_PROVED: &[Unproved] = &[
    Unproved {
        en: "that the ledger let in everything that was offered to it: a refusal is signed, and its \
             submitter keeps it",
        fr: "que le registre a admis tout ce qui lui a été présenté : un refus est signé, et celui \
             qui l'a reçu le conserve",
    },
    Unproved {
        en: "that other readers are shown the same log: compare checkpoints, or ask for witnesses",
        fr: "que d'autres lecteurs voient le même registre : comparez les points de contrôle, ou \
             exigez des témoins",
    },
    Unproved {
        en: "that what the attestations say is true of the goods",
        fr: "que ce que disent les attestations est vrai des marchandises",
    },
];

/// What an audit looked at, and what it found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// The ledger of the trust root.
    pub origin: KeyName,
    /// The checkpoint as of which the log was audited; `None` if there is none that counts.
    pub checkpoint: Option<AuditedCheckpoint>,
    /// How the log key changed hands up to it, in order.
    pub handovers: Vec<AuditedHandover>,
    /// Up to where entries were judged by an audit before, under the same root, and were not judged
    /// again; `None` if all were.
    pub settled: Option<TreeSize>,
    /// How much was looked at.
    pub counts: Counts,
    /// Whether every file of the source could be named, so that no stray one is overlooked.
    pub is_listed: bool,
    /// The first entry whose admission was not replayed, because what stands before it is faulty;
    /// `None` if all were.
    pub not_replayed_from: Option<EntryIndex>,
    /// What is wrong, in the order found. A sound log has none.
    pub findings: Vec<Finding>,
    /// What a reader should know: a platform's conduct, what could not be looked at. None of it
    /// makes the log unsound.
    pub observations: Vec<Observation>,
    /// The listings that a later record took the ground from, in the order of those records.
    pub fallen_listings: Vec<FallenListing>,
    /// The operators that the fallen listings name, by the URIs that they are named by. Sorted.
    pub operators: Vec<NamedOperator>,
    /// Whether there was more to report than reports hold.
    pub is_cut: bool,
    /// What a sound log does not prove.
    pub not_proved: &'static [Unproved],
}

/// The checkpoint as of which a log was audited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditedCheckpoint {
    /// How many entries it covers.
    pub size: TreeSize,
    /// The root over them.
    pub root: Digest,
    /// The time of its seal, where that was read.
    pub sealed_at: Option<Timestamp>,
    /// When the witnesses' quorum had seen it, where witnesses were asked for.
    pub witnessed_at: Option<Timestamp>,
    /// The log key that signed it.
    pub log_key: VerifierKey,
}

/// How the log key changed hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditedHandover {
    /// The size from which the new key signs.
    pub size: TreeSize,
    /// The new key.
    pub log_key: VerifierKey,
}

/// How much an audit looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Files read.
    pub files: u64,
    /// Entries held to the rules that bind them to those before.
    pub entries: u64,
    /// Attestations among them.
    pub attestations: u64,
    /// Seals among them, each with a map that was computed again.
    pub seals: u64,
    /// Keys in the subject map of the last seal.
    pub subjects: u64,
    /// Signatures that were verified.
    pub signatures: u64,
    /// Attestations whose admission was replayed.
    pub admitted: u64,
    /// Payloads that were erased, each with an order.
    pub erased: u64,
    /// Payloads that were not given to this reader.
    pub withheld: u64,
    /// Logged verdicts.
    pub verdicts: u64,
    /// Logged verdicts that were computed again.
    pub verdicts_reevaluated: u64,
    /// Listing records.
    pub listings: u64,
}

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: Rule,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What was found, and what was expected.
    #[serde(rename = "message")]
    pub detail: Detail,
}

/// Something that a reader should know, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Observation {
    /// What kind of thing it is.
    pub remark: Remark,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What was seen.
    #[serde(rename = "message")]
    pub detail: Detail,
}

/// A place in a log: a file, and where it applies the entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Path of the file.
    pub file: String,
    /// The entry; of a hash over several, the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryIndex>,
}

/// An operator by the name under which it is registered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NamedOperator {
    /// The URI by which it is named.
    pub uri: OperatorUri,
    /// The name in its newest registration.
    pub name: String,
}

/// Something that a sound log does not prove, as the end of "not proved: ...". Programs are given
/// the English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unproved {
    en: &'static str,
    fr: &'static str,
}

impl AuditReport {
    pub(super) const fn new(origin: KeyName) -> Self {
        Self {
            origin,
            checkpoint: None,
            handovers: Vec::new(),
            settled: None,
            counts: Counts {
                files: 0,
                entries: 0,
                attestations: 0,
                seals: 0,
                subjects: 0,
                signatures: 0,
                admitted: 0,
                erased: 0,
                withheld: 0,
                verdicts: 0,
                verdicts_reevaluated: 0,
                listings: 0,
            },
            is_listed: true,
            not_replayed_from: None,
            findings: Vec::new(),
            observations: Vec::new(),
            fallen_listings: Vec::new(),
            operators: Vec::new(),
            is_cut: false,
            not_proved: NOT_PROVED,
        }
    }

    /// Whether nothing is wrong with the log. What a platform did does not count: that is in
    /// `observations`.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty() && self.checkpoint.is_some() && self.not_replayed_from.is_none()
    }
}

impl AuditedHandover {
    /// What is said of a handover.
    pub fn of(handover: &VerifiedHandover) -> Self {
        Self { size: handover.size(), log_key: handover.log_key().clone() }
    }
}

impl Unproved {
    /// The text in a language.
    pub const fn text(self, locale: Locale) -> &'static str {
        locale.choose(self.en, self.fr)
    }
}

impl Serialize for Unproved {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.en)
    }
}

impl Place {
    /// A file.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), entry: None }
    }

    /// An entry, by the file in which it, its payload or a hash over it stands.
    pub fn entry(file: impl Into<String>, entry: EntryIndex) -> Self {
        Self { file: file.into(), entry: Some(entry) }
    }
}
