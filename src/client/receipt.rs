//! A receipt, checked by the one who submitted: without a server, without trust in it.

use crate::attestation::{Statement, StatementError};
use crate::entry::{Body, Entry, EntryError};
use crate::envelope::{Envelope, EnvelopeDigest, StatementDigest};
use crate::identifier::SubjectKey;
use crate::merkle::{EntryIndex, InclusionProof, ProofError};
use crate::note::{CheckpointError, IncludedEntry, TlogProof, VerifiedCheckpoint, VerifierKey};
use crate::proto;
use crate::record::{self, RecordError};
use crate::service::convert::inclusion_from;
use crate::time::Timestamp;

/// A receipt that holds: the entry is that of the submitter's own statement, stands in every chain
/// that the statement feeds and in no other, and is in the log under a checkpoint that the log key
/// signed. Whether witnesses have cosigned that is the server's word, unless a witness policy says so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a verified receipt is evidence; dropping it drops the check"]
pub struct VerifiedReceipt {
    entry: Entry,
    entry_bytes: Vec<u8>,
    statement: StatementDigest,
    envelope: EnvelopeDigest,
    own_envelope: EnvelopeDigest,
    inclusion: InclusionProof,
    included: IncludedEntry,
    checkpoint: VerifiedCheckpoint,
    is_duplicate: bool,
    is_witnessed: bool,
}

/// Why a receipt does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The checkpoint is no checkpoint of this log, or its key did not sign it.
    #[error("checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// A hash of the proof has another length.
    #[error("hash of {found} bytes in the inclusion proof, expected 32")]
    HashLength {
        /// How many bytes.
        found: usize,
    },
    /// The entry does not stand where the receipt says.
    #[error("inclusion proof")]
    Inclusion(#[from] ProofError),
    /// The entry is no entry.
    #[error("entry")]
    Entry(#[from] EntryError),
    /// The entry is no attestation.
    #[error("entry {index} is no attestation")]
    Kind {
        /// The entry.
        index: EntryIndex,
    },
    /// The entry is that of another statement.
    #[error("entry {index} has statement {found}, expected {expected}")]
    Statement {
        /// The entry.
        index: EntryIndex,
        /// The statement that was submitted.
        expected: StatementDigest,
        /// The statement in the entry.
        found: StatementDigest,
    },
    /// The entry commits to another envelope, and is not said to be an earlier one.
    #[error("entry {index} commits to envelope {found}, expected {expected}")]
    Envelope {
        /// The entry.
        index: EntryIndex,
        /// The envelope that was submitted.
        expected: EnvelopeDigest,
        /// The envelope in the entry.
        found: EnvelopeDigest,
    },
    /// The entry states another length of the envelope record.
    #[error("entry {index} commits to an envelope of {found} bytes, expected {expected}")]
    Length {
        /// The entry.
        index: EntryIndex,
        /// Length of the envelope that was submitted.
        expected: usize,
        /// Length in the entry.
        found: u32,
    },
    /// The entry is another one than that of the receipt before.
    #[error("receipt is of another entry than the one given before, {index}")]
    Changed {
        /// Where the one before stands.
        index: EntryIndex,
    },
    /// What was submitted is no statement.
    #[error("statement that was submitted")]
    OwnStatement(#[from] StatementError),
    /// The entry stands in other chains than the statement feeds: readers of one that it leaves out
    /// would miss it.
    #[error(transparent)]
    Keys(#[from] RecordError),
}

impl VerifiedReceipt {
    /// Checks a receipt for `envelope` against the key of the log.
    pub fn verify(
        receipt: &proto::Receipt,
        envelope: &Envelope,
        log: &VerifierKey,
    ) -> Result<Self, ReceiptError> {
        let checkpoint = VerifiedCheckpoint::verify(receipt.checkpoint.as_bytes(), log)?;
        Self::under(checkpoint, receipt, envelope)
    }

    /// The same under the receipt's checkpoint, where that is verified already.
    pub(super) fn under(
        checkpoint: VerifiedCheckpoint,
        receipt: &proto::Receipt,
        envelope: &Envelope,
    ) -> Result<Self, ReceiptError> {
        let inclusion = inclusion_from(&receipt.inclusion)
            .map_err(|cause| ReceiptError::HashLength { found: cause.found })?;
        let index = EntryIndex::new(receipt.index);
        let leaf = crate::merkle::leaf_hash(&receipt.entry);
        let included = checkpoint.include(leaf, index, &inclusion)?;
        let entry = Entry::decode(&receipt.entry)?;
        let Body::Attestation { statement, envelope: committed, envelope_len, keys } = entry.body()
        else {
            return Err(ReceiptError::Kind { index });
        };
        let (statement, committed) = (*statement, *committed);
        let expected = envelope.statement_digest();
        if statement != expected {
            return Err(ReceiptError::Statement { index, expected, found: statement });
        }
        let record = envelope.encode();
        let own_envelope = EnvelopeDigest::new(crate::hash::Digest::of(&record));
        // The statement may have been recorded before under other signatures.
        if committed == own_envelope {
            if usize::try_from(*envelope_len) != Ok(record.len()) {
                let (expected, found) = (record.len(), *envelope_len);
                return Err(ReceiptError::Length { index, expected, found });
            }
        } else if !receipt.duplicate {
            let expected = own_envelope;
            return Err(ReceiptError::Envelope { index, expected, found: committed });
        }
        let fed = Statement::parse(envelope.payload())?.feed().keys();
        let listed: Vec<SubjectKey> = keys.iter().copied().map(SubjectKey::new).collect();
        record::check_keys(index, &listed, &fed)?;
        Ok(Self {
            entry,
            entry_bytes: receipt.entry.to_vec(),
            statement,
            envelope: committed,
            own_envelope,
            inclusion,
            included,
            checkpoint,
            is_duplicate: receipt.duplicate,
            is_witnessed: false,
        })
    }

    /// The same under another checkpoint, one that a quorum of witnesses has cosigned.
    pub(super) fn witnessed(
        &self,
        checkpoint: VerifiedCheckpoint,
        receipt: &proto::Receipt,
    ) -> Result<Self, ReceiptError> {
        let index = self.index();
        if (receipt.index, &*receipt.entry) != (index.get(), &*self.entry_bytes) {
            return Err(ReceiptError::Changed { index });
        }
        let inclusion = inclusion_from(&receipt.inclusion)
            .map_err(|cause| ReceiptError::HashLength { found: cause.found })?;
        let included = checkpoint.include(self.entry.leaf_hash(), index, &inclusion)?;
        Ok(Self { inclusion, included, checkpoint, is_witnessed: true, ..self.clone() })
    }

    /// Where the entry stands.
    pub const fn index(&self) -> EntryIndex {
        self.included.index()
    }

    /// The ledger's time of the entry.
    pub const fn time(&self) -> Timestamp {
        self.entry.time()
    }

    /// The entry.
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The name of the statement.
    pub const fn statement_digest(&self) -> StatementDigest {
        self.statement
    }

    /// The digest of the recorded envelope.
    pub const fn envelope_digest(&self) -> EnvelopeDigest {
        self.envelope
    }

    /// Whether the envelope in the ledger is the one that was submitted, not an earlier one with
    /// other signatures on the same statement.
    pub fn is_own_envelope(&self) -> bool {
        self.envelope == self.own_envelope
    }

    /// Whether the ledger says that the statement was recorded before.
    pub const fn is_duplicate(&self) -> bool {
        self.is_duplicate
    }

    /// Whether a quorum of witnesses has cosigned the checkpoint: by the policy of the client, or else
    /// by that of the server, and its word.
    pub const fn is_witnessed(&self) -> bool {
        self.is_witnessed
    }

    /// The entry, shown to stand in the log.
    pub const fn included(&self) -> IncludedEntry {
        self.included
    }

    /// The checkpoint under which it stands.
    pub const fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }

    /// The receipt as a standard file, which any tool for `c2sp.org/tlog-proof` can check.
    pub fn to_tlog_proof(&self) -> TlogProof {
        TlogProof {
            extra: Some(self.entry_bytes.clone()),
            index: self.index(),
            proof: self.inclusion.clone(),
            checkpoint: self.checkpoint.note().clone(),
        }
    }

    const fn state(&self) -> proto::ReceiptState {
        if self.is_witnessed { proto::ReceiptState::Witnessed } else { proto::ReceiptState::Signed }
    }

    /// The receipt as a message, to be kept as a file.
    pub fn to_message(&self) -> proto::Receipt {
        proto::Receipt {
            index: self.index().get(),
            entry: self.entry_bytes.clone().into(),
            inclusion: crate::service::convert::hashes_to(&self.inclusion.0),
            checkpoint: self.checkpoint.note().to_string(),
            state: self.state().into(),
            duplicate: self.is_duplicate,
        }
    }
}
