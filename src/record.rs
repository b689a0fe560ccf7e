//! A record: an attestation at its place in the log, each part checked against the others. Knows
//! nothing of whether the log holds it, nor of whether its signers had the right to say it.

use std::collections::BTreeSet;

use crate::attestation::{Statement, StatementError};
use crate::entry::{Body, Entry};
use crate::envelope::{Envelope, EnvelopeDigest, StatementDigest, VerifiedEnvelope};
use crate::hash::Digest;
use crate::identifier::SubjectKey;
use crate::key::KeyId;
use crate::merkle::EntryIndex;
use crate::time::Timestamp;

/// An attestation at its place in the log. The entry's digests are those of the envelope, the
/// payload is a statement, and the entry's keys are the ones that the statement feeds.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "evidence that nobody looks at is no evidence"]
pub struct Record {
    index: EntryIndex,
    time: Timestamp,
    leaf_hash: Digest,
    digest: StatementDigest,
    envelope_len: u32,
    /// Strictly ascending.
    keys: Vec<SubjectKey>,
    content: Option<Content>,
}

#[derive(Clone, Debug, PartialEq)]
struct Content {
    statement: Statement,
    /// Strictly ascending.
    signers: Vec<KeyId>,
}

/// Why an entry and an envelope do not make a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// A genesis or a seal.
    #[error("entry {index} is no attestation")]
    Kind {
        /// The entry.
        index: EntryIndex,
    },
    /// The envelope is another than the one that the entry commits to.
    #[error("entry {index} commits to envelope {expected}, found {found}")]
    Envelope {
        /// The entry.
        index: EntryIndex,
        /// Digest in the entry.
        expected: EnvelopeDigest,
        /// Digest of the envelope.
        found: EnvelopeDigest,
    },
    /// The entry states another length than the envelope record has.
    #[error("entry {index} commits to an envelope of {expected} bytes, found {found}")]
    Length {
        /// The entry.
        index: EntryIndex,
        /// Length in the entry.
        expected: u32,
        /// Length of the envelope record.
        found: usize,
    },
    /// The entry gives the statement another name.
    #[error("entry {index} names statement {expected}, found {found}")]
    Statement {
        /// The entry.
        index: EntryIndex,
        /// Digest in the entry.
        expected: StatementDigest,
        /// Digest of the statement.
        found: StatementDigest,
    },
    /// The payload is no statement.
    #[error("payload of entry {index}")]
    Payload {
        /// The entry.
        index: EntryIndex,
        /// What is wrong with it.
        #[source]
        cause: Box<StatementError>,
    },
    /// The entry leaves a chain out that the statement feeds.
    #[error("entry {index} leaves out key {expected}, which its statement feeds")]
    KeyLeftOut {
        /// The entry.
        index: EntryIndex,
        /// The key.
        expected: SubjectKey,
    },
    /// The entry stands in a chain that the statement does not feed.
    #[error("entry {index} has key {found}, which its statement does not feed")]
    KeyUncalled {
        /// The entry.
        index: EntryIndex,
        /// The key.
        found: SubjectKey,
    },
}

/// Checks that the keys which the entry at `index` lists, strictly ascending, are those that its
/// statement feeds.
pub(crate) fn check_keys(
    index: EntryIndex,
    listed: &[SubjectKey],
    fed: &BTreeSet<SubjectKey>,
) -> Result<(), RecordError> {
    if let Some(expected) = fed.iter().find(|key| listed.binary_search(key).is_err()) {
        return Err(RecordError::KeyLeftOut { index, expected: *expected });
    }
    match listed.iter().find(|key| !fed.contains(key)) {
        Some(found) => Err(RecordError::KeyUncalled { index, found: *found }),
        None => Ok(()),
    }
}

impl Record {
    /// The record of an entry and the envelope that it commits to.
    pub fn check(
        index: EntryIndex,
        entry: &Entry,
        envelope: &VerifiedEnvelope,
    ) -> Result<Self, RecordError> {
        let statement = Statement::parse(envelope.payload())
            .map_err(|cause| RecordError::Payload { index, cause: Box::new(cause) })?;
        Self::of_parsed(index, entry, envelope, statement)
    }

    /// The same, where `statement` is known to be what the envelope's payload says.
    pub(crate) fn of_parsed(
        index: EntryIndex,
        entry: &Entry,
        envelope: &VerifiedEnvelope,
        statement: Statement,
    ) -> Result<Self, RecordError> {
        let Body::Attestation { statement: name, envelope: digest, envelope_len, .. } =
            entry.body()
        else {
            return Err(RecordError::Kind { index });
        };
        let bytes = envelope.envelope().encode();
        let found = EnvelopeDigest::new(Digest::of(&bytes));
        if *digest != found {
            return Err(RecordError::Envelope { index, expected: *digest, found });
        }
        if usize::try_from(*envelope_len) != Ok(bytes.len()) {
            let (expected, found) = (*envelope_len, bytes.len());
            return Err(RecordError::Length { index, expected, found });
        }
        if *name != envelope.statement_digest() {
            let (expected, found) = (*name, envelope.statement_digest());
            return Err(RecordError::Statement { index, expected, found });
        }
        let mut record = Self::erased(index, entry)?;
        check_keys(index, &record.keys, &statement.feed().keys())?;
        let signers = envelope.signers().copied().collect();
        record.content = Some(Content { statement, signers });
        Ok(record)
    }

    /// The record of an entry whose payload is gone: what it said can't be known.
    pub fn erased(index: EntryIndex, entry: &Entry) -> Result<Self, RecordError> {
        let Body::Attestation { statement, envelope_len, keys, .. } = entry.body() else {
            return Err(RecordError::Kind { index });
        };
        Ok(Self {
            index,
            time: entry.time(),
            leaf_hash: entry.leaf_hash(),
            digest: *statement,
            envelope_len: *envelope_len,
            keys: keys.iter().copied().map(SubjectKey::new).collect(),
            content: None,
        })
    }

    /// The record of an entry that was held to its envelope and its signers before, in a log with the
    /// same root; `envelope` is the one that the entry commits to. None of that is looked at again.
    pub(crate) fn settled(
        index: EntryIndex,
        entry: &Entry,
        envelope: &Envelope,
        statement: Statement,
    ) -> Result<Self, RecordError> {
        let mut record = Self::erased(index, entry)?;
        let signers = envelope.signatures().iter().map(|(key, _)| *key).collect();
        record.content = Some(Content { statement, signers });
        Ok(record)
    }

    /// The same record after its payload was erased.
    pub fn without_content(&self) -> Self {
        Self { content: None, ..self.clone() }
    }

    /// Where it stands.
    pub const fn index(&self) -> EntryIndex {
        self.index
    }

    /// The ledger's time when it was admitted.
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// The name of its statement.
    pub const fn digest(&self) -> &StatementDigest {
        &self.digest
    }

    /// Length of its envelope record in bytes, as its entry has it: also of one that was erased.
    pub const fn envelope_len(&self) -> u32 {
        self.envelope_len
    }

    /// The hash of its entry as a leaf of the log.
    pub const fn leaf_hash(&self) -> &Digest {
        &self.leaf_hash
    }

    /// The chains that it stands in, strictly ascending.
    pub fn keys(&self) -> &[SubjectKey] {
        &self.keys
    }

    /// Whether it stands in this chain.
    pub fn feeds(&self, key: &SubjectKey) -> bool {
        self.keys.binary_search(key).is_ok()
    }

    /// What it says; `None` if its payload was erased.
    pub fn statement(&self) -> Option<&Statement> {
        self.content.as_ref().map(|content| &content.statement)
    }

    /// The keys whose signatures were verified, ascending; none if its payload was erased.
    pub fn signers(&self) -> &[KeyId] {
        self.content.as_ref().map_or(&[], |content| &content.signers)
    }

    /// Whether its payload was erased.
    pub const fn is_erased(&self) -> bool {
        self.content.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Envelope;
    use crate::key::{PrivateKey, Signer as _};

    const DECLARATION: &str = include_str!("../tests/vectors/declaration.json");

    fn envelope(seed: u8) -> VerifiedEnvelope {
        let key = PrivateKey::from_seed([seed; 32]);
        let signed = Envelope::sign(DECLARATION.trim_end().into(), &[&key]).unwrap();
        signed.verify(|_| Some(*key.public_key())).unwrap()
    }

    fn body(envelope: &VerifiedEnvelope) -> Body {
        let bytes = envelope.envelope().encode();
        let keys = Statement::parse(envelope.payload()).unwrap().feed().keys();
        Body::Attestation {
            statement: envelope.statement_digest(),
            envelope: envelope.envelope().digest(),
            envelope_len: u32::try_from(bytes.len()).unwrap(),
            keys: keys.into_iter().map(Digest::from).collect(),
        }
    }

    fn entry(body: Body) -> Entry {
        Entry::new(Timestamp::default(), Digest::ZERO, body).unwrap()
    }

    #[test]
    fn a_record_has_all_of_its_entry_and_its_statement() {
        let (envelope, index) = (envelope(1), EntryIndex::new(7));
        let entry = entry(body(&envelope));
        let record = Record::check(index, &entry, &envelope).unwrap();
        assert_eq!(record.index(), index);
        assert_eq!(record.leaf_hash(), &entry.leaf_hash());
        assert_eq!(record.digest(), &envelope.statement_digest());
        assert_eq!(record.signers().len(), 1);
        assert!(record.keys().iter().all(|key| record.feeds(key)) && record.keys().len() > 1);

        let erased = Record::erased(index, &entry).unwrap();
        assert!(erased.is_erased() && !record.is_erased());
        assert_eq!((erased.statement(), erased.signers()), (None, &[][..]));
        assert_eq!(erased.keys(), record.keys());
    }

    #[test]
    fn an_entry_that_commits_to_something_else_makes_no_record() {
        let (index, envelope, other) = (EntryIndex::new(7), envelope(1), envelope(2));
        let changed = |change: fn(&mut Body, &VerifiedEnvelope)| {
            let mut body = body(&envelope);
            change(&mut body, &other);
            Record::check(index, &entry(body), &envelope).unwrap_err()
        };
        let error = changed(|body, other| {
            let Body::Attestation { envelope, .. } = body else { panic!() };
            *envelope = other.envelope().digest();
        });
        assert!(matches!(error, RecordError::Envelope { .. }), "{error}");
        let error = changed(|body, _| {
            let Body::Attestation { envelope_len, .. } = body else { panic!() };
            *envelope_len += 1;
        });
        assert!(matches!(error, RecordError::Length { .. }), "{error}");
        let error = changed(|body, _| {
            let Body::Attestation { statement, .. } = body else { panic!() };
            *statement = StatementDigest::new(Digest::ZERO);
        });
        assert!(matches!(error, RecordError::Statement { .. }), "{error}");
        let error = changed(|body, _| {
            let Body::Attestation { keys, .. } = body else { panic!() };
            keys.pop();
        });
        assert!(matches!(error, RecordError::KeyLeftOut { .. }), "{error}");
        let error = changed(|body, _| {
            let Body::Attestation { keys, .. } = body else { panic!() };
            keys.push(Digest::new([0xff; 32]));
        });
        assert!(matches!(error, RecordError::KeyUncalled { .. }), "{error}");
        let error = changed(|body, _| {
            let previous_seal = EntryIndex::FIRST;
            *body = Body::Seal { map_root: Digest::ZERO, subjects: 0, previous_seal };
        });
        assert_eq!(error, RecordError::Kind { index });
    }
}
