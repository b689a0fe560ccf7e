//! How records stand, in one word each.

use super::annulments::Annulments;
use super::moment::Moment;
use super::status::Changes;
use super::trust::Trust;
use crate::merkle::EntryIndex;
use crate::policy::evidence::Evidence;
use crate::policy::verdict::EvidenceStatus;
use crate::reason::Reason;
use crate::record::Record;
use crate::time::Timestamp;

/// How records stand at an instant, whatever is asked: by every change of status in the evidence.
#[derive(Debug)]
pub struct Standings<'a> {
    changes: Changes<'a>,
    at: Moment,
}

impl<'a> Standings<'a> {
    /// The standings by this evidence, at this instant.
    pub fn of(evidence: &'a Evidence, at: Timestamp) -> Self {
        let annulments = Annulments::of(evidence);
        let trust = Trust::of(evidence, &annulments);
        let changes = Changes::of(evidence, annulments, |record| trust.is_in_doubt(record));
        Self { changes, at: Moment { legal_at: at, placed_on_market: None } }
    }

    /// How a record stands.
    pub fn status(&self, record: &Record) -> EvidenceStatus {
        self.changes.status(record, self.at)
    }

    /// The entry of the change since which, without a break, a record does not count; none if it
    /// counts, or if no change is why it does not.
    pub fn fallen_since(&self, record: &Record) -> Option<EntryIndex> {
        self.changes.fallen_since(record, self.at)
    }
}

impl Changes<'_> {
    /// How a record stands at a moment.
    pub(super) fn status(&self, record: &Record, at: Moment) -> EvidenceStatus {
        let codes = self.codes(record, at);
        let by_code = [
            (Reason::EvidenceErased, EvidenceStatus::Erased),
            (Reason::CertAnnulled, EvidenceStatus::Annulled),
            (Reason::CertWithdrawn, EvidenceStatus::Withdrawn),
            (Reason::CertSuspended, EvidenceStatus::Suspended),
            (Reason::SupersededUseNew, EvidenceStatus::Superseded),
        ];
        if let Some((_, status)) = by_code.iter().find(|(code, _)| codes.contains(code)) {
            return *status;
        }
        if !self.successions(record, at).is_empty() {
            return EvidenceStatus::Superseded;
        }
        let validity = record.statement().and_then(|statement| statement.header().validity);
        match validity {
            Some(validity) if at.day() < validity.from => EvidenceStatus::NotYetValid,
            Some(validity) if validity.until.is_some_and(|until| until < at.day()) => {
                EvidenceStatus::Expired
            }
            _ => EvidenceStatus::InForce,
        }
    }
}
