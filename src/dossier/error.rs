//! Why a dossier does not verify, or why nothing could be said about it.

use crate::attestation::types::VerdictWord;
use crate::dossier::container_error::ContainerError;
use crate::entry::EntryError;
use crate::envelope::StatementDigest;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectUri};
use crate::json::JsonError;
use crate::key::KeyId;
use crate::log_key::HandoverError;
use crate::map::MapProofError;
use crate::merkle::{EntryIndex, ProofError, TreeSize};
use crate::note::{CheckpointError, KeyName, QuorumError};
use crate::policy::QueryError;
use crate::registry::Unattributed;
use crate::time::Timestamp;

/// Why a seal, with what stands under it, proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The checkpoint is over no entry.
    #[error("the checkpoint is over an empty log")]
    EmptyLog,
    /// The bytes are no entry.
    #[error("not in the format of an entry")]
    Entry(#[from] EntryError),
    /// An entry of another kind.
    #[error("the entry is no seal")]
    Kind,
    /// It is not the last entry under the checkpoint.
    #[error("not the last entry under the checkpoint")]
    Inclusion(#[from] ProofError),
}

/// Why a handover of the log key does not count in a dossier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandoverFault {
    /// It does not hold by itself.
    #[error(transparent)]
    Handover(#[from] HandoverError),
    /// The log of the dossier's checkpoint does not begin with that of the handover's.
    #[error("the dossier's checkpoint does not go on from it")]
    Consistency(#[from] ProofError),
    /// It does not show every change of registrars of its time.
    #[error("it does not show just the changes of registrars of its time")]
    Changes,
    /// Another one than the reader has seen: the log shows two histories.
    #[error("the reader knows another one: the log shows two histories")]
    Other,
    /// The reader has seen it, and the dossier does not have it.
    #[error("left out, and the log was handed over at size {size}")]
    LeftOut {
        /// The size from which the new key signs.
        size: TreeSize,
    },
}

/// Why a chain is not shown to be whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The map proof is malformed, or leads elsewhere.
    #[error("map proof does not hold")]
    Proof(#[from] MapProofError),
    /// An entry that does not feed the subject.
    #[error("entry {index} does not feed it")]
    NotFed {
        /// The entry.
        index: EntryIndex,
    },
    /// An entry that the seal's map can't hold.
    #[error("entry {index} is not below the seal, {seal}")]
    BeyondSeal {
        /// The entry.
        index: EntryIndex,
        /// Index of the seal.
        seal: EntryIndex,
    },
    /// The map holds more or fewer entries.
    #[error("the ledger has {expected} entries on it, the dossier {found}")]
    Count {
        /// How many the map says.
        expected: u64,
        /// How many the dossier has.
        found: u64,
    },
    /// The entries are not those of the chain.
    #[error("entries lead to head {found}, the ledger has {expected}")]
    Head {
        /// The head that the map holds.
        expected: Digest,
        /// The head that the entries lead to.
        found: Digest,
    },
}

/// Why an entry of a dossier is no record that counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// Entry and envelope record are no record that somebody had the right to make.
    #[error(transparent)]
    Unattributed(#[from] Unattributed),
    /// An earlier entry has the same statement.
    #[error("its statement stands in an earlier entry already")]
    StatementTwice,
    /// Erased, and nothing in the dossier orders that.
    #[error("erased without an order for statement {statement}")]
    ErasedWithoutOrder {
        /// The statement that is gone.
        statement: StatementDigest,
    },
    /// Not erased, though an order in the dossier says that it is.
    #[error("its payload is here, and entry {order} ordered its erasure")]
    NotErased {
        /// The order.
        order: EntryIndex,
    },
    /// Erased, and it could have denied.
    #[error("erased, and it is an adverse record on {uri}")]
    ErasedAdverse {
        /// The subject.
        uri: SubjectUri,
    },
}

/// Why a dossier does not verify, or why nothing could be said about it: the part, and the reason.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DossierError {
    /// The container is not in its one form.
    #[error("container")]
    Container(#[from] ContainerError),
    /// The dossier is of another ledger.
    #[error("origin: {found:?}, expected {expected}")]
    Origin {
        /// The ledger of the trust root.
        expected: KeyName,
        /// The ledger that the dossier names, cut after 80 characters.
        found: String,
    },
    /// A handover of the log key does not count.
    #[error("handover {number}")]
    Handover {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        cause: HandoverFault,
    },
    /// The checkpoint is signed by a key that an entry under it ended.
    #[error("checkpoint: signed by log key {key}, which entry {index} ended")]
    LogKeyEnded {
        /// The key.
        key: KeyId,
        /// The entry.
        index: EntryIndex,
    },
    /// The checkpoint does not hold.
    #[error("checkpoint")]
    Checkpoint(#[source] CheckpointError),
    /// The witnesses that the reader asks for did not see the checkpoint.
    #[error("checkpoint: witnesses")]
    Witnesses(#[source] QuorumError),
    /// The checkpoint was last seen longer ago than the reader accepts.
    #[error("checkpoint: seen at {seen}, which is {age_ms} ms ago, expected at most {age_max_ms}")]
    TooOld {
        /// When the witnesses had seen it; without witnesses, the seal's time.
        seen: Timestamp,
        /// How long ago that is, in milliseconds.
        age_ms: u64,
        /// The reader's limit, in milliseconds.
        age_max_ms: u64,
    },
    /// The checkpoint is from the future.
    #[error("checkpoint: the seal has time {found}, and the reader's clock shows {now}")]
    Future {
        /// The seal's time.
        found: Timestamp,
        /// The reader's time.
        now: Timestamp,
    },
    /// The seal proves nothing.
    #[error("seal")]
    Seal(#[from] SealError),
    /// An entry does not stand under the checkpoint.
    #[error("entry {index}: not under the checkpoint")]
    Inclusion {
        /// The entry.
        index: EntryIndex,
        /// What is wrong with its proof.
        #[source]
        cause: ProofError,
    },
    /// An entry, or the seal, is of an earlier time than an entry before it.
    #[error("entry {index}: has time {found}, expected {before} or later, as entries before it")]
    Time {
        /// The entry.
        index: EntryIndex,
        /// The time of an entry before it.
        before: Timestamp,
        /// Its time.
        found: Timestamp,
    },
    /// A chain is not shown to be whole.
    #[error("{class} records on {uri}: not shown to be complete")]
    Chain {
        /// Which of the subject's chains.
        class: Class,
        /// The subject.
        uri: SubjectUri,
        /// What is wrong with it.
        #[source]
        cause: ChainError,
    },
    /// An entry is no record that counts.
    #[error("entry {index}")]
    Record {
        /// The entry.
        index: EntryIndex,
        /// What is wrong with it.
        #[source]
        cause: RecordFault,
    },
    /// The query is none, or not in its one form.
    #[error("query")]
    Query(#[source] QueryError),
    /// The query asks about another state of the ledger.
    #[error("query: asks as of size {found}, the checkpoint has {expected}")]
    QueryAsOf {
        /// Size of the checkpoint.
        expected: TreeSize,
        /// Size in the query.
        found: TreeSize,
    },
    /// A chain that the query or the evidence calls for is not in the dossier.
    #[error("closure: {class} records on {uri} are called for, and missing")]
    ChainMissing {
        /// Which of the subject's chains.
        class: Class,
        /// The subject.
        uri: SubjectUri,
    },
    /// The query and the evidence call for more than a verdict may rest on.
    #[error("closure: more than {limit} {what} are called for")]
    ClosureTooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A chain that nothing in the dossier calls for.
    #[error("closure: nothing calls for the {class} records on {uri}")]
    ChainUncalled {
        /// Which of the subject's chains.
        class: Class,
        /// The subject.
        uri: SubjectUri,
    },
    /// The rule set is none that the reader accepts, so nothing can be said.
    #[error("policy: rule set {sha256} is not one of those accepted here")]
    PolicyNotAccepted {
        /// SHA-256 of the rule set.
        sha256: Digest,
    },
    /// Of the rule sets that the reader accepts another one applies, or none: nothing can be
    /// said.
    #[error(
        "policy: {} applies of those accepted here, the dossier has {}",
        show(expected.as_ref()), show(found.as_ref())
    )]
    PolicyOther {
        /// The one that applies, by SHA-256.
        expected: Option<Digest>,
        /// The dossier's, by SHA-256.
        found: Option<Digest>,
    },
    /// The verdict that the evidence gives holds a text that JSON can't.
    #[error("verdict")]
    Evaluation(#[source] JsonError),
    /// The evidence gives another verdict.
    #[error("verdict: the evidence gives {expected:?}, the dossier differs from byte {offset} on")]
    Verdict {
        /// What the evidence gives.
        expected: VerdictWord,
        /// What the dossier says, where that can be read.
        found: Option<VerdictWord>,
        /// The first byte of the body that differs.
        offset: usize,
    },
}

impl DossierError {
    /// Whether nothing could be said, as against: the dossier does not verify. Under other accepted
    /// rule sets it might.
    pub const fn is_undecided(&self) -> bool {
        matches!(self, Self::PolicyNotAccepted { .. } | Self::PolicyOther { .. })
    }
}

fn show(rule_set: Option<&Digest>) -> String {
    rule_set.map_or_else(|| "no rule set".to_owned(), |sha256| format!("rule set {sha256}"))
}
