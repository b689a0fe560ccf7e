//! Annulments of all that an issuer has issued since a time.
//!
//! Rules: `conformity.md`, section 1.3: as if it had never been issued, whatever day is asked about.

use std::collections::BTreeMap;

use crate::attestation::types::StatusChange;
use crate::attestation::{Predicate, Statement};
use crate::identifier::OperatorUri;
use crate::merkle::EntryIndex;
use crate::policy::evidence::Evidence;
use crate::record::Record;

/// The annulments in the evidence, by the issuer that they hit.
#[derive(Debug, Default)]
pub(super) struct Annulments<'a> {
    by_issuer: BTreeMap<&'a OperatorUri, Vec<(EntryIndex, &'a StatusChange)>>,
}

impl<'a> Annulments<'a> {
    /// The annulments in the evidence.
    pub(super) fn of(evidence: &'a Evidence) -> Self {
        let mut annulments = Self::default();
        for record in evidence.records() {
            let Some(Predicate::StatusChange(change)) =
                record.statement().map(Statement::predicate)
            else {
                continue;
            };
            if let Some(issuer) = &change.target.issuer {
                let all = annulments.by_issuer.entry(issuer).or_default();
                all.push((record.index(), change.as_ref()));
            }
        }
        annulments
    }

    /// Those that hit a record, in the order of the log.
    pub(super) fn hitting<'s>(
        &'s self,
        record: &'s Record,
    ) -> impl Iterator<Item = (EntryIndex, &'a StatusChange)> + 's {
        let issuer = record.statement().map(|statement| &statement.header().issuer);
        let operator = issuer.and_then(|issuer| issuer.operator.operator());
        let all = operator.and_then(|operator| self.by_issuer.get(operator));
        all.into_iter().flatten().copied().filter(move |(_, change)| {
            let reaches = issuer.is_some_and(|issuer| change.reaches_role(issuer.role));
            reaches && change.target.from.is_none_or(|from| from <= record.time())
        })
    }

    /// Whether a record is hit.
    pub(super) fn hit(&self, record: &Record) -> bool {
        self.hitting(record).next().is_some()
    }
}
