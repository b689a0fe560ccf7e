//! What came of looking at something: met or not, why, and what it rests on.

use std::collections::{BTreeMap, BTreeSet};

use crate::merkle::EntryIndex;
use crate::policy::assurance::Assurance;
use crate::reason::Reason;

/// How far something is met; better is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Degree {
    /// It is not.
    NotMet,
    /// A person must decide.
    Review,
    /// It is, but something is to be shown.
    Warned,
    /// It is.
    Met,
}

/// Met or not, why, and what it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Judgement {
    reasons: BTreeMap<Reason, Degree>,
    evidence: BTreeSet<EntryIndex>,
    /// The weakest of the evidence; none if there is none.
    assurance: Option<Assurance>,
}

impl Judgement {
    /// Nothing against it yet.
    pub(super) fn met() -> Self {
        Self::default()
    }

    /// Not met for this reason.
    pub(super) fn not_met(reason: Reason) -> Self {
        let mut judgement = Self::default();
        judgement.add(reason, Degree::NotMet);
        judgement
    }

    /// A person must decide, for this reason.
    pub(super) fn review(reason: Reason) -> Self {
        let mut judgement = Self::default();
        judgement.add(reason, Degree::Review);
        judgement
    }

    /// Adds a reason against it. The graver degree of one reason wins.
    pub(super) fn add(&mut self, reason: Reason, degree: Degree) {
        let known = self.reasons.entry(reason).or_insert(degree);
        *known = degree.min(*known);
    }

    /// Adds a reason for which it is not met.
    pub(super) fn deny(&mut self, reason: Reason) {
        self.add(reason, Degree::NotMet);
    }

    /// Adds evidence that it rests on.
    pub(super) fn rest_on(&mut self, record: EntryIndex, assurance: Assurance) {
        self.evidence.insert(record);
        self.assurance = Some(self.assurance.map_or(assurance, |known| known.min(assurance)));
    }

    /// Adds a record that was looked at, without counting its assurance.
    pub(super) fn mention(&mut self, record: EntryIndex) {
        self.evidence.insert(record);
    }

    /// Takes over all that speaks against another, and what that rests on.
    pub(super) fn and(&mut self, other: Self) {
        for (reason, degree) in other.reasons {
            self.add(reason, degree);
        }
        self.evidence.extend(other.evidence);
        self.assurance = match (self.assurance, other.assurance) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// The same without some of the reasons.
    pub(super) fn without(mut self, reasons: &[Reason]) -> Self {
        self.reasons.retain(|reason, _| !reasons.contains(reason));
        self
    }

    /// The same without any reason: only what was looked at.
    pub(super) fn without_all(mut self) -> Self {
        self.reasons.clear();
        self
    }

    /// How far it is met.
    pub(super) fn degree(&self) -> Degree {
        self.reasons.values().copied().min().unwrap_or(Degree::Met)
    }

    /// All that speaks against it, each with how much.
    pub(super) fn reasons(&self) -> impl Iterator<Item = (Reason, Degree)> {
        self.reasons.iter().map(|(reason, degree)| (*reason, *degree))
    }

    /// How many reasons speak against it.
    pub(super) fn reason_count(&self) -> usize {
        self.reasons.len()
    }

    /// The records that it rests on.
    pub(super) const fn evidence(&self) -> &BTreeSet<EntryIndex> {
        &self.evidence
    }

    /// The weakest of the evidence that it rests on.
    pub(super) const fn assurance(&self) -> Option<Assurance> {
        self.assurance
    }
}
