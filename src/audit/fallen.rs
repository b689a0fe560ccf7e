//! A listing that a later record took the ground from, as the report has it.

use serde::Serialize;

use crate::attestation::types::{ListingAction, VerdictWord};
use crate::attestation::{IssuerUri, Statement};
use crate::envelope::StatementDigest;
use crate::identifier::{Country, OperatorUri, ProductUri, SubjectUri};
use crate::merkle::EntryIndex;
use crate::reason::Reason;
use crate::record::Record;
use crate::time::Timestamp;

/// A listing that a record took the ground from while it was up: the question that its verdict
/// answered, asked again once the record stood in the log, is no longer answered `LISTABLE`, for a
/// reason that was not there before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FallenListing {
    /// The record.
    pub record: Cause,
    /// The platform's primary URI.
    pub platform: OperatorUri,
    /// The platform's number for the listing.
    pub listing_id: String,
    /// What is listed.
    pub product: ProductUri,
    /// Who offers it, by the name that the listing gives.
    pub trader: OperatorUri,
    /// Where it is offered, as the listing says.
    pub countries: Vec<Country>,
    /// When it went up.
    pub listed: Moment,
    /// The entry of the verdict that it cites, if that was there.
    pub verdict: Option<EntryIndex>,
    /// What the question gives once the record is there; `None` if it can't be asked again, and the
    /// record is on goods that the listing offers, or on a document or firm that its verdict rests on.
    pub now: Option<VerdictWord>,
    /// The reasons that came with the record, sorted.
    pub reasons: Vec<Reason>,
    /// When it came down; `None` if it was still up at the checkpoint.
    pub ended: Option<Ending>,
}

/// The record that took the ground from a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Where and when it was recorded.
    #[serde(flatten)]
    pub at: Moment,
    /// Its statement.
    pub statement: StatementDigest,
    /// The name of its predicate type, and who issued it; `None` if its payload is not here.
    #[serde(flatten)]
    pub said: Option<Said>,
}

/// What is known of a record whose payload is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The name of its predicate type.
    pub kind: &'static str,
    /// Who issued it.
    pub issuer: IssuerUri,
    /// What it is about, in its own order: of a recall, the batches.
    pub subjects: Vec<SubjectUri>,
}

/// A place in the log, with the ledger's time there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// The entry.
    pub entry: EntryIndex,
    /// The ledger's time.
    pub time: Timestamp,
}

/// How a listing came down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// Where and when that was recorded.
    #[serde(flatten)]
    pub at: Moment,
    /// Whether for good.
    pub action: ListingAction,
    /// Whether the platform names the record as what led to it.
    pub names_record: bool,
    /// Milliseconds of ledger time from the record, or from the listing if that is later.
    pub after_ms: u64,
}

impl Cause {
    /// A record, and what it said if that is here.
    pub fn of(record: &Record) -> Self {
        let said = record.statement().map(Said::of);
        Self { at: Moment::of(record), statement: *record.digest(), said }
    }
}

impl Said {
    fn of(statement: &Statement) -> Self {
        Self {
            kind: statement.kind().name(),
            issuer: statement.header().issuer.operator.clone(),
            subjects: statement.subjects().to_vec(),
        }
    }
}

impl Moment {
    /// Where and when a record was recorded.
    pub const fn of(record: &Record) -> Self {
        Self { entry: record.index(), time: record.time() }
    }
}
