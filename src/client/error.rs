//! Why a call gave nothing: the server said no, could not be reached, or said what does not hold.

use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::client::receipt::ReceiptError;
use crate::client::subject::SubjectError;
use crate::client::watch_error::WatchError;
use crate::fraud::FraudProof;
use crate::genesis::GenesisError;
use crate::log_key::HandoverError;
use crate::merkle::{EntryIndex, ProofError, TreeSize};
use crate::note::{CheckpointError, Note, QuorumError};
use crate::proto;
use crate::refusal::{RefusalError, VerifiedRefusal};

/// The domain of error details that this service gives.
const DOMAIN: &str = "probant";

/// Under which name the metadata of a refusal has the note that the ledger signed.
const SIGNED: &str = "refusal";

/// The reason of a refusal for want of cosignatures.
const NOT_WITNESSED: &str = "NOT_WITNESSED";

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address is no URL of a server.
    #[error("{url:?} is not the URL of a server, as http://127.0.0.1:7443")]
    Url {
        /// The address.
        url: String,
        /// What is wrong with it.
        source: tonic::transport::Error,
    },
    /// Nobody answers there.
    #[error("no server answers at {url}")]
    Connect {
        /// The address.
        url: String,
        /// What the network says.
        source: tonic::transport::Error,
    },
    /// The server said no.
    #[error(transparent)]
    Refused(#[from] Box<Refused>),
    /// The answer lacks something that it must have.
    #[error("answer of the server has no {what}")]
    Incomplete {
        /// What is missing.
        what: &'static str,
    },
    /// A hash in the answer has another length.
    #[error("hash of {found} bytes in the answer of the server, expected 32")]
    HashLength {
        /// How many bytes.
        found: usize,
    },
    /// Results of a stream come in another order than the items.
    #[error("answer to item {found} of the stream, expected item {expected}")]
    Order {
        /// The item that is to be answered next.
        expected: u64,
        /// The item that was answered.
        found: u64,
    },
    /// The server's genesis document can't be read.
    #[error("genesis document of the server")]
    Genesis(#[from] GenesisError),
    /// A checkpoint that does not count.
    #[error("checkpoint of the server")]
    Checkpoint(#[from] CheckpointError),
    /// A handover of the log key that does not hold.
    #[error("handover {number} of the log key")]
    Handover {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        source: HandoverError,
    },
    /// A checkpoint of another size than was asked for.
    #[error("checkpoint of {found} entries, expected {expected}")]
    Size {
        /// The size that was asked for.
        expected: TreeSize,
        /// The size of the checkpoint.
        found: TreeSize,
    },
    /// What is given as the newest is older than what was seen before the call: the log has lost
    /// entries, or they are hidden. Keep both notes.
    #[error(
        "log of {} goes back: the checkpoint given as the newest is older than one seen before",
        first_line(found)
    )]
    WentBack {
        /// The newest checkpoint that was seen.
        seen: Box<Note>,
        /// The older one.
        found: Box<Note>,
    },
    /// Two trees of one size, both signed: proof that the log forked. Keep both notes.
    #[error(
        "log shows two histories: two checkpoints of {} with different roots",
        first_line(found)
    )]
    Fork {
        /// The checkpoint that was seen first.
        seen: Box<Note>,
        /// The one that contradicts it.
        found: Box<Note>,
        /// The file that convinces anybody of it.
        proof: Option<Box<FraudProof>>,
    },
    /// A key signed a checkpoint that is larger than the one under which it was handed over: proof that
    /// the log forked. Keep both notes.
    #[error(
        "log shows two histories: the key that signed one checkpoint of {} had been handed over \
         before",
        first_line(found)
    )]
    KeyOutlived {
        /// The checkpoint that was seen first.
        seen: Box<Note>,
        /// The one under which the key was handed over.
        found: Box<Note>,
    },
    /// The log does not show that one checkpoint goes on from the other. Keep both notes.
    #[error(
        "log of {} does not show that one checkpoint goes on from the other",
        first_line(found)
    )]
    Inconsistent {
        /// The checkpoint that was seen first.
        seen: Box<Note>,
        /// The one that should be consistent with it.
        found: Box<Note>,
        /// What is wrong with the proof.
        source: ProofError,
        /// The file that convinces anybody that the log shows two histories, if that could be made of
        /// what the server gave.
        proof: Option<Box<FraudProof>>,
    },
    /// The verdict is on something else than what was asked.
    #[error("verdict that was given is not on the query that was asked")]
    OtherQuery,
    /// The entry does not stand under the checkpoint.
    #[error("entry {index}, as the server gives it, is not under the checkpoint")]
    Entry {
        /// Its place.
        index: EntryIndex,
        /// Why.
        source: ProofError,
    },
    /// The verdict rests on a state of the log that was known to have passed when it was asked for.
    #[error("verdict rests on {found} entries, the log is known to have {expected}")]
    StaleVerdict {
        /// How large the log was known to be.
        expected: TreeSize,
        /// The size that the verdict rests on.
        found: TreeSize,
    },
    /// The forecast is of a state of the log that was known to have passed when it was asked for.
    #[error("forecast is as of {found} entries, the log is known to have {expected}")]
    StaleForecast {
        /// How large the log was known to be.
        expected: TreeSize,
        /// The size that it is as of.
        found: TreeSize,
    },
    /// What is said to be the proof of the verdict is that of another one.
    #[error("dossier that was given is not that of the verdict")]
    OtherDossier,
    /// What is said to be the logged verdict is another statement.
    #[error("statement that was logged is not the verdict that was given")]
    OtherVerdict,
    /// A signed refusal that does not hold.
    #[error("refusal")]
    Refusal(#[from] RefusalError),
    /// A checkpoint that the witnesses of the reader's policy have not cosigned.
    #[error("checkpoint of {size} entries does not meet the witness policy")]
    Quorum {
        /// Its size.
        size: TreeSize,
        /// What is missing.
        source: QuorumError,
    },
    /// A receipt that does not hold.
    #[error("receipt")]
    Receipt(#[from] ReceiptError),
    /// A history of a subject that does not hold.
    #[error("history of a subject")]
    Subject(#[from] SubjectError),
    /// An event of a watch that does not hold.
    #[error("watch")]
    Watch(#[from] WatchError),
}

impl ClientError {
    /// Two notes of the log that contradict each other, the one seen first before the other: proof
    /// that something is wrong with it.
    pub fn contradiction(&self) -> Option<(&Note, &Note)> {
        match self {
            Self::Fork { seen, found, .. }
            | Self::KeyOutlived { seen, found }
            | Self::Inconsistent { seen, found, .. }
            | Self::WentBack { seen, found } => Some((seen, found)),
            _ => None,
        }
    }

    /// Evidence that the log shows two histories, if there is any: it convinces whoever has the genesis
    /// document.
    pub fn fraud_proof(&self) -> Option<&FraudProof> {
        match self {
            Self::Fork { proof, .. } | Self::Inconsistent { proof, .. } => proof.as_deref(),
            _ => None,
        }
    }
}

/// A refusal of the server, decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {message}")]
pub struct Refused {
    /// The status code of the call, or what it would be outside a stream.
    pub code: Code,
    /// A code of the catalogue, or one of those in the protocol's comments; the name of the status
    /// code if the server gave none.
    pub reason: String,
    /// For people.
    pub message: String,
    /// All that is known to be wrong.
    pub findings: Vec<RefusedFinding>,
    /// When to come back, if the refusal is about load.
    pub retry_after: Option<Duration>,
    /// Whether the service itself said so; else it was the transport.
    pub is_from_service: bool,
    /// The ledger's signature on the refusal of a statement, verified; to be kept. `None` if it gave
    /// none.
    pub signed: Option<Box<VerifiedRefusal>>,
    /// The same as it came, not verified yet.
    pub(super) note: Option<String>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedFinding {
    /// A code of the catalogue.
    pub reason: String,
    /// Path of the member; empty if it is not about one.
    pub member: String,
    /// For people.
    pub message: String,
}

impl Refused {
    /// Whether the same call may be answered later. Nothing is recorded twice, so it can be made
    /// again in any case.
    pub fn is_transient(&self) -> bool {
        match self.code {
            // The server has waited already.
            Code::Unavailable => !self.is_not_witnessed(),
            Code::ResourceExhausted => self.retry_after.is_some(),
            // A connection that breaks shows up as one of these, and without details.
            Code::Unknown | Code::Internal | Code::Cancelled => !self.is_from_service,
            _ => false,
        }
    }

    /// Whether what was asked for has not been cosigned by a quorum of the server's witnesses.
    pub fn is_not_witnessed(&self) -> bool {
        self.is_from_service && self.reason == NOT_WITNESSED
    }

    /// No answer within the time that the caller gave. Whether anything was recorded, asking again
    /// tells.
    fn deadline() -> Self {
        Self {
            code: Code::DeadlineExceeded,
            reason: "DEADLINE".to_owned(),
            message: "no answer within the time limit of the call".to_owned(),
            findings: Vec::new(),
            retry_after: None,
            is_from_service: false,
            signed: None,
            note: None,
        }
    }
}

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        // The transport says "cancelled" where the call's own time limit is over.
        if status.code() == Code::Cancelled && status.message() == "Timeout expired" {
            return Self::deadline();
        }
        let details = status.get_error_details();
        let info = details.error_info().filter(|info| info.domain == DOMAIN);
        let violations = details.bad_request().map_or(&[][..], |it| &it.field_violations);
        let findings = violations
            .iter()
            .map(|violation| RefusedFinding {
                reason: violation.reason.clone(),
                member: violation.field.clone(),
                message: violation.description.clone(),
            })
            .collect();
        Self {
            code: status.code(),
            reason: info.map_or_else(|| format!("{:?}", status.code()), |info| info.reason.clone()),
            message: status.message().to_owned(),
            findings,
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
            is_from_service: info.is_some(),
            signed: None,
            note: info.and_then(|info| info.metadata.get(SIGNED)).cloned(),
        }
    }
}

impl From<proto::Refusal> for Refused {
    fn from(refusal: proto::Refusal) -> Self {
        let findings = refusal
            .findings
            .into_iter()
            .map(|finding| RefusedFinding {
                reason: finding.reason,
                member: finding.member,
                message: finding.message,
            })
            .collect();
        let retry_after_ms = refusal.retry_after_ms;
        Self {
            code: Code::from_i32(refusal.status),
            reason: refusal.reason,
            message: refusal.message,
            findings,
            retry_after: (retry_after_ms > 0).then(|| Duration::from_millis(retry_after_ms)),
            is_from_service: true,
            signed: None,
            note: Some(refusal.signed).filter(|note| !note.is_empty()),
        }
    }
}

impl From<Status> for ClientError {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status.into()))
    }
}

impl fmt::Display for RefusedFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.member.is_empty() {
            write!(f, "{}: {}", self.reason, self.message)
        } else {
            write!(f, "{}: {}: {}", self.reason, self.member, self.message)
        }
    }
}

fn first_line(note: &Note) -> &str {
    note.text().lines().next().unwrap_or_default()
}
