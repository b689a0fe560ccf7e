//! Questions asked again of the records that an audit has read, as of any size of the log.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;

use crate::attestation::types::VerdictWord;
use crate::audit::kept::KeptRecords;
use crate::envelope::StatementDigest;
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::merkle::TreeSize;
use crate::policy::closure::{ChainSource, ClosureError, collect};
use crate::policy::{AsOf, Evidence, NormalQuery, Outcome, PolicySet, Verdict, evaluate};
use crate::reason::Reason;
use crate::record::Record;
use crate::time::Timestamp;

/// What an auditor brings: the trust root, and the rule sets under which questions are asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    pub(super) genesis: &'a Genesis,
    pub(super) policies: &'a PolicySet,
}

/// What questions are answered from: the records so far, the trust root, the rule sets given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    pub(super) records: &'a KeptRecords,
    pub(super) genesis: &'a Genesis,
    pub(super) policies: &'a PolicySet,
}

/// What a logged verdict answered, to be asked again.
#[derive(Clone, Debug)]
pub(super) struct Question {
    query: NormalQuery,
    rule_set: Option<Digest>,
}

/// The answer to a question.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) word: VerdictWord,
    /// What speaks against listing: of which rule, why, resting on which statements.
    against: BTreeSet<(String, Reason, Vec<StatementDigest>)>,
}

impl<'a> Given<'a> {
    /// What questions are answered from, with these records.
    pub(super) const fn ground<'r>(&self, records: &'r KeptRecords) -> Ground<'r>
    where
        'a: 'r,
    {
        Ground { records, genesis: self.genesis, policies: self.policies }
    }
}

impl Ground<'_> {
    /// Every record that a query calls for, as of a state of the log.
    pub(super) fn evidence(
        &self,
        query: &NormalQuery,
        as_of: AsOf,
    ) -> Result<Evidence, ClosureError<Infallible>> {
        let mut source = RecordsWithin { records: self.records, size: as_of.size };
        collect(query, self.policies, self.genesis, as_of, &mut source)
    }
}

impl Question {
    /// A verdict's query, and the rule set under which it was answered.
    pub(super) const fn new(query: NormalQuery, rule_set: Option<Digest>) -> Self {
        Self { query, rule_set }
    }

    /// Asks on the day of `time` about the first `size` entries; `None` if the rule set is not one
    /// of those given, another one applies, or more is called for than can be looked at.
    pub(super) fn ask(
        &self,
        ground: &Ground<'_>,
        size: TreeSize,
        time: Timestamp,
    ) -> Option<Answer> {
        let query = NormalQuery { legal_at: time, as_of: size, ..self.query.clone() };
        // No checkpoint need have been published here, so there is no map root either. A verdict
        // does not depend on it; only its body names it, and that is not looked at.
        let origin = ground.genesis.origin().as_str().to_owned();
        let as_of = AsOf { origin, size, map_root: Digest::ZERO, seal_time: time };
        let evidence = ground.evidence(&query, as_of).ok()?;
        let verdict = evaluate(&query, &evidence, ground.policies).ok()?;
        let applied = verdict.body().policy.as_ref().map(|policy| policy.sha256);
        (applied == self.rule_set).then(|| Answer::of(&verdict))
    }
}

impl Answer {
    fn of(verdict: &Verdict) -> Self {
        let against = verdict.body().findings.iter().filter_map(|finding| {
            let counts = matches!(finding.outcome, Outcome::NotMet | Outcome::Review);
            let code = finding.code.filter(|_| counts)?;
            Some((finding.requirement.clone(), code, finding.evidence.clone()))
        });
        Self { word: verdict.word(), against: against.collect() }
    }

    /// The reasons against listing that an earlier answer did not have.
    pub(super) fn reasons_since(&self, before: &Self) -> BTreeSet<Reason> {
        self.against.difference(&before.against).map(|(_, code, _)| *code).collect()
    }

    /// All reasons against listing.
    pub(super) fn reasons(&self) -> BTreeSet<Reason> {
        self.against.iter().map(|(_, code, _)| *code).collect()
    }
}

/// The records of the first entries of the log.
struct RecordsWithin<'a> {
    records: &'a KeptRecords,
    size: TreeSize,
}

impl ChainSource for RecordsWithin<'_> {
    type Error = Infallible;

    fn chain(
        &mut self,
        class: Class,
        subject: &SubjectUri,
    ) -> Result<Vec<Arc<Record>>, Infallible> {
        let key = SubjectKey::of(class, subject);
        Ok(self.records.of_key_within(&key, self.size).to_vec())
    }
}
