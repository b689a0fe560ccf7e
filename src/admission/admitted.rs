//! Evidence that a candidate was let in at one place and time.

use crate::admission::candidate::Candidate;
use crate::entry::{Body, Entry, EntryError};
use crate::hash::Digest;
use crate::merkle::EntryIndex;
use crate::record::{Record, RecordError};
use crate::registry::Authority;
use crate::time::Timestamp;

/// Shows that a candidate keeps every rule of admission at one index and time, after the records
/// that were there. The entry can be made of it and of nothing else.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "evidence that nobody looks at is no evidence"]
pub struct Admitted<'a> {
    pub(super) candidate: &'a Candidate,
    pub(super) index: EntryIndex,
    pub(super) time: Timestamp,
    pub(super) authority: Authority,
    pub(super) rests_on_gap: bool,
}

impl Admitted<'_> {
    /// The candidate.
    pub const fn candidate(&self) -> &Candidate {
        self.candidate
    }

    /// The index that it was judged for.
    pub const fn index(&self) -> EntryIndex {
        self.index
    }

    /// As what it was signed.
    pub const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Whether a rule was taken as met that looks at a payload which is not there any more: only an
    /// audit grants that.
    pub const fn rests_on_gap(&self) -> bool {
        self.rests_on_gap
    }

    /// Its entry, after one with the leaf hash `prev`.
    pub fn entry(&self, prev: Digest) -> Result<Entry, EntryError> {
        let envelope = self.candidate.envelope();
        let bytes = envelope.envelope().encode();
        let body = Body::Attestation {
            statement: envelope.statement_digest(),
            envelope: Digest::of(&bytes).into(),
            // An envelope record has at most 1 MiB, which fits.
            envelope_len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            keys: self.candidate.statement().feed().keys().into_iter().map(Digest::from).collect(),
        };
        Entry::new(self.time, prev, body)
    }

    /// Its record under an entry that [`Admitted::entry`] made.
    pub fn record(&self, entry: &Entry) -> Result<Record, RecordError> {
        let statement = self.candidate.statement().clone();
        Record::of_parsed(self.index, entry, self.candidate.envelope(), statement)
    }
}
