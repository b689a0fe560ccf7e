//! Logged verdicts, and which of them used some records.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::attestation::types::ConformityVerdict;
use crate::attestation::{Predicate, PredicateKind, Statement};
use crate::audit::Moment;
use crate::envelope::StatementDigest;
use crate::merkle::EntryIndex;
use crate::policy::{Evidence, Verdict};
use crate::reliance::report::RestingVerdict;

/// The verdicts of a log that can be read.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    /// Those that used any of the records.
    pub(super) resting: BTreeMap<EntryIndex, RestingVerdict>,
    by_statement: HashMap<StatementDigest, EntryIndex>,
}

impl Verdicts {
    /// The verdicts of a log, held to records by their statements.
    pub(super) fn of(evidence: &Evidence, records: &HashMap<StatementDigest, EntryIndex>) -> Self {
        let mut verdicts = Self::default();
        for record in evidence.of_kind(PredicateKind::ConformityVerdict) {
            let Some(Predicate::ConformityVerdict(logged)) =
                record.statement().map(Statement::predicate)
            else {
                continue;
            };
            let Some(verdict) = read(logged) else { continue };
            verdicts.by_statement.insert(*record.digest(), record.index());
            let used = verdict.body().evidence.iter();
            let used: BTreeSet<EntryIndex> =
                used.filter_map(|item| records.get(&item.statement)).copied().collect();
            if used.is_empty() {
                continue;
            }
            let row = RestingVerdict {
                at: Moment::of(record),
                statement: *record.digest(),
                verdict: verdict.word(),
                products: verdict.body().query.products.clone(),
                used: used.into_iter().collect(),
            };
            verdicts.resting.insert(record.index(), row);
        }
        verdicts
    }

    /// The entry of a verdict that can be read.
    pub(super) fn entry(&self, statement: &StatementDigest) -> Option<EntryIndex> {
        self.by_statement.get(statement).copied()
    }
}

fn read(logged: &ConformityVerdict) -> Option<Verdict> {
    Verdict::parse(&logged.body_bytes().ok()?).ok()
}
