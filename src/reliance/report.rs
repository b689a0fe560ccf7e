//! What rests on a document, as plain data.

use serde::{Serialize, Serializer};

use crate::attestation::types::{ListingAction, VerdictWord};
use crate::attestation::{DocumentRef, IssuerUri, PredicateKind};
use crate::audit::{Cause, Moment, NamedOperator};
use crate::envelope::StatementDigest;
use crate::identifier::{Country, OperatorUri, ProductUri};
use crate::merkle::{EntryIndex, TreeSize};
use crate::policy::EvidenceStatus;
use crate::time::Timestamp;

/// What rests on a document, as of the newest seal of a log. Whatever is about one record names it by
/// its entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reliance {
    /// The document: its issuer, by the primary URI, number and version; `None` if the record that was
    /// asked about is no document.
    pub document: Option<DocumentRef>,
    /// The records of it: the issuer's own, and copies by others. None if it is only cited.
    pub records: Vec<RestingRecord>,
    /// How it stands; of several records, the issuer's own. `None` if the log holds no record of it.
    pub status: Option<EvidenceStatus>,
    /// Since when it does not count, if it does not.
    pub fall: Option<Fall>,
    /// The records that cite it, and those that cite them, in the order of the log.
    pub resting: Vec<RestingRecord>,
    /// The products that all of these records are about, and the packs that hold them. Sorted.
    pub products: Vec<RestingProduct>,
    /// The verdicts that used any of these records, in the order of the log.
    pub verdicts: Vec<RestingVerdict>,
    /// The listings that cite these verdicts, in the order in which they went up.
    pub listings: Vec<RestingListing>,
    /// The operators that all of this names, by the URIs that they are named by. Sorted.
    pub operators: Vec<NamedOperator>,
    /// What may rest on it and could not be looked at.
    pub unseen: Unseen,
    /// How many entries there are up to the seal.
    pub tree_size: TreeSize,
    /// The time of the seal: the instant that all of this is about.
    pub sealed_at: Timestamp,
}

/// Since when a document does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fall {
    /// The ledger's time of the record that took it out of use, or the instant at which that takes
    /// effect if it is later; of a document that has expired, the end of its validity.
    pub time: Timestamp,
    /// That record; `None` of a document that has expired.
    pub record: Option<Cause>,
}

/// A record of the document, or one that rests on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestingRecord {
    /// Where and when it was recorded.
    #[serde(flatten)]
    pub at: Moment,
    /// Its statement.
    pub statement: StatementDigest,
    /// Its kind; written as the name in its predicate type.
    #[serde(serialize_with = "kind_name")]
    pub kind: PredicateKind,
    /// Who issued it.
    pub issuer: IssuerUri,
    /// Who copied it, if the issuer did not sign it itself.
    pub copied_by: Option<OperatorUri>,
    /// The document's number, as its issuer writes it, if it is one.
    pub number: Option<String>,
    /// The document's version, if it is one.
    pub version: Option<String>,
    /// How it stands now.
    pub status: EvidenceStatus,
    /// The records that it cites, of those named here.
    pub cites: Vec<EntryIndex>,
}

/// A product that rests on the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestingProduct {
    /// The product, at the level at which the records name it.
    pub product: ProductUri,
    /// The records that are about it: of those named here, or identities by which it is made to a type
    /// that they are about, or holds such a product.
    pub by: Vec<EntryIndex>,
}

/// A verdict that used the document, or a record that rests on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestingVerdict {
    /// Where and when it was logged.
    #[serde(flatten)]
    pub at: Moment,
    /// Its statement.
    pub statement: StatementDigest,
    /// The word.
    pub verdict: VerdictWord,
    /// The products that it is about.
    pub products: Vec<ProductUri>,
    /// Those of its records that are named here.
    pub used: Vec<EntryIndex>,
}

/// A listing that cites such a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestingListing {
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
    /// When it went up under this verdict.
    pub listed: Moment,
    /// The entry of the verdict that it cites.
    pub verdict: EntryIndex,
    /// How it came down, or that it went on under another verdict; `None` if it is up.
    pub ended: Option<Down>,
    /// Milliseconds of ledger time from the fall of the document, or from the listing if that is later,
    /// to its end or the seal; `None` if the document has not fallen, or not before the end.
    pub after_fall_ms: Option<u64>,
}

/// How a listing came down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Down {
    /// Where and when that was recorded.
    #[serde(flatten)]
    pub at: Moment,
    /// Whether for good; `LISTED` if it went on under another verdict.
    pub action: ListingAction,
    /// Whether the platform names the record as what led to it by which the document fell.
    pub names_fall: bool,
}

/// What may rest on a document and could not be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// Payloads that are withheld: verdicts and listings, whoever they are about.
    pub withheld: u64,
    /// Erased payloads that may have been of a kind that rests on documents.
    pub erased: u64,
    /// Listings that went up under a verdict that is not here or can't be read.
    pub listings: u64,
}

impl Reliance {
    /// Whether nothing rests on the document, of all that could be looked at.
    pub const fn is_empty(&self) -> bool {
        self.resting.is_empty()
            && self.products.is_empty()
            && self.verdicts.is_empty()
            && self.listings.is_empty()
    }
}

impl Unseen {
    /// Whether everything could be looked at.
    pub const fn is_nothing(&self) -> bool {
        self.withheld == 0 && self.erased == 0 && self.listings == 0
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn kind_name<S: Serializer>(kind: &PredicateKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}
