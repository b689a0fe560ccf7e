//! An entry that says something else than the envelope that it commits to: other keys than the
//! statement feeds, another name of it, another length.

use crate::attestation::Statement;
use crate::entry::{Body, Entry};
use crate::envelope::{Envelope, EnvelopeDigest, EnvelopeError};
use crate::fraud::contradiction::Contradiction;
use crate::fraud::error::FraudProofError;
use crate::fraud::proof::Proven;
use crate::fraud::shown::Shown;
use crate::hash::Digest;
use crate::identifier::SubjectKey;
use crate::log_key::LogKeys;
use crate::merkle::EntryIndex;
use crate::proto;
use crate::record::{self, RecordError};

pub(super) fn verify(
    message: &proto::WrongKeys,
    keys: &LogKeys,
) -> Result<Proven, FraudProofError> {
    let shown = Shown::verify(message.entry.as_ref(), keys)?;
    let judged = judge(shown.index, &shown.entry()?, &message.record)?;
    let what = "the entry is what its envelope makes it";
    let contradiction = judged.err().ok_or(FraudProofError::NoContradiction { what })?;
    Ok(Proven { checkpoints: vec![shown.checkpoint], contradiction })
}

/// Holds an attestation to the record that it commits to, and gives what it says. What is no
/// contradiction, but can't be read here, is the outer error.
pub(super) fn judge(
    index: EntryIndex,
    entry: &Entry,
    record: &[u8],
) -> Result<Result<Statement, Contradiction>, FraudProofError> {
    let Body::Attestation { statement: name, envelope: expected, envelope_len, keys } =
        entry.body()
    else {
        return Err(FraudProofError::Kind { index, expected: "attestation" });
    };
    let found = EnvelopeDigest::new(Digest::of(record));
    if found != *expected {
        return Err(FraudProofError::Record { index, expected: *expected, found });
    }
    let wrong = |fault| Ok(Err(Contradiction::Keys { index, fault }));
    if usize::try_from(*envelope_len) != Ok(record.len()) {
        let (expected, found) = (*envelope_len, record.len());
        return wrong(RecordError::Length { index, expected, found });
    }
    let envelope = match Envelope::decode(record) {
        Ok(envelope) => envelope,
        // Other types can be added to the format, and a newer reader may know this one.
        Err(cause @ EnvelopeError::PayloadType { .. }) => {
            return Err(FraudProofError::Envelope(cause));
        }
        Err(fault) => return Ok(Err(Contradiction::Envelope { index, fault })),
    };
    if envelope.statement_digest() != *name {
        let (expected, found) = (*name, envelope.statement_digest());
        return wrong(RecordError::Statement { index, expected, found });
    }
    // The same goes for types of statements.
    let statement = Statement::parse(envelope.payload())
        .map_err(|cause| FraudProofError::Statement(Box::new(cause)))?;
    let keys: Vec<SubjectKey> = keys.iter().copied().map(SubjectKey::new).collect();
    match record::check_keys(index, &keys, &statement.feed().keys()) {
        Ok(()) => Ok(Ok(statement)),
        Err(fault) => wrong(fault),
    }
}
