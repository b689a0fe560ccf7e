//! What is missing, and what ends soon, as plain data.

use crate::attestation::types::PolicyRef;
use crate::attestation::{PredicateKind, Role};
use crate::identifier::{Country, OperatorUri};
use crate::policy::explain::ExplainedFinding;
use crate::policy::ruleset::Check;
use crate::policy::verdict::EvidenceItem;
use crate::time::Timestamp;

/// What evidence on a product is missing, and what of it ends soon. Not a verdict.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a gap is asked for to be closed"]
pub struct Gap {
    /// The instant that it is about.
    pub at: Timestamp,
    /// The rule set; absent if none applies.
    pub policy: Option<PolicyRef>,
    /// What is missing or in doubt, in the order of the rule set.
    pub missing: Vec<Missing>,
    /// What is not met and decides nothing today: warnings, and what could not be looked at as long as
    /// something before it is missing.
    pub open: Vec<Missing>,
    /// Requirements that are met and fall within the time looked ahead, the next first.
    pub falling: Vec<Falling>,
    /// Records in use that end within that time, the next first.
    pub lapsing: Vec<Lapsing>,
    /// Requirements that evidence does not settle, by their codes.
    pub left_out: Vec<String>,
    /// Checks of other requirements that evidence does not settle.
    pub left_out_checks: Vec<Check>,
}

/// Something that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The rule, in words.
    pub finding: ExplainedFinding,
    /// Who could supply it, of the operators that the evidence shows. Sorted.
    pub operators: Vec<NamedSupplier>,
    /// The destinations for which it is missing, as asked for.
    pub destinations: Vec<Country>,
}

/// An operator that could supply what is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedSupplier {
    /// What it would supply.
    pub kind: PredicateKind,
    /// In which role.
    pub role: Role,
    /// Its primary URI.
    pub operator: OperatorUri,
    /// Its registered name.
    pub name: String,
}

/// A requirement that falls.
#[derive(Clone, Debug, PartialEq)]
pub struct Falling {
    /// Within so many days.
    pub within_days: u32,
    /// What will then be missing.
    pub missing: Missing,
    /// The records that it rests on and that have ended by then; none if it is the rule that changes.
    pub because: Vec<Lapsing>,
}

/// A record that ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Lapsing {
    /// Within so many days: the first of those looked at.
    pub within_days: u32,
    /// The first instant at which it does not count.
    pub until: Timestamp,
    /// The record.
    pub item: EvidenceItem,
}
