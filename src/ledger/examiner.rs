//! What admission leaves to those who know rule sets and verdicts.

use std::cell::RefCell;
use std::sync::Arc;

use crate::admission::{Examiner, RefusalFinding};
use crate::attestation::types::ConformityVerdict;
use crate::entry::Body;
use crate::identifier::{Class, SubjectUri};
use crate::ledger::ahead::Ahead;
use crate::ledger::question::{QUESTION_BYTES_MAX, Weighed};
use crate::ledger::store_error::StoreError;
use crate::merkle::{EntryIndex, TreeSize};
use crate::policy::closure::{ChainSource, ClosureError, collect};
use crate::policy::{AsOf, PolicySet, RuleSet, VerdictBody, overtakes, read_logged_verdict};
use crate::reason::Reason;
use crate::record::Record;
use crate::time::Timestamp;

/// How far a question may lie from the seal where the rule set is not known here.
const VIEW_AGE_MAX_S: u32 = 3600;

/// Judges by the rule sets' own reader, and by the log with the group that is being made.
#[derive(Debug)]
pub(super) struct LedgerExaminer<'a> {
    ahead: &'a Ahead,
    policies: &'a PolicySet,
    failure: RefCell<Option<StoreError>>,
}

/// The chains as they are now, without the concerns that don't overtake a verdict.
struct Now<'a> {
    ahead: &'a Ahead,
    policies: &'a PolicySet,
    verdict: &'a VerdictBody,
    weighed: Weighed,
}

/// Why a chain can't be had now.
enum NowError {
    Store(StoreError),
    TooLarge,
}

impl<'a> LedgerExaminer<'a> {
    pub(super) const fn new(ahead: &'a Ahead, policies: &'a PolicySet) -> Self {
        Self { ahead, policies, failure: RefCell::new(None) }
    }

    /// Why the store could not be asked. What was judged then says nothing.
    pub(super) fn into_failure(self) -> Option<StoreError> {
        self.failure.into_inner()
    }

    /// A verdict rests on a seal of this ledger, and names it rightly.
    fn check_as_of(&self, body: &VerdictBody) -> Result<(), RefusalFinding> {
        let (as_of, shared) = (&body.as_of, self.ahead.shared());
        let size = as_of.tree_size;
        let unknown =
            || malformed("tree_size", format!("no checkpoint was published at size {size}"));
        let is_published =
            size <= self.ahead.size() && self.read(shared.log.checkpoint(size))?.is_some();
        let seal = size.last().filter(|_| is_published).ok_or_else(unknown)?;
        let entry = self.read(shared.log.decoded_entry(seal))?;
        let Body::Seal { map_root, .. } = entry.body() else { return Err(unknown()) };
        expect("map_root", &as_of.map_root, map_root)?;
        expect("seal_time", &as_of.seal_time, &entry.time())
    }

    /// A question about another day than that of the seal is never logged; nor is a verdict on
    /// which there are new records (conformity.md, section 12, ruling 15).
    fn check_fresh(&self, body: &VerdictBody) -> Result<(), RefusalFinding> {
        let rules = body.policy.as_ref().and_then(|of| self.policies.by_sha256(&of.sha256));
        let age_max_ms = u64::from(rules.map_or(VIEW_AGE_MAX_S, |of| of.view_age_max_s)) * 1000;
        let (legal_at, seal) = (body.query.legal_at, body.as_of.seal_time);
        let age_ms = legal_at.saturating_ms_since(seal) + seal.saturating_ms_since(legal_at);
        if age_ms > age_max_ms {
            return Err(stale(format!("legal_at is {legal_at}, the seal's time {seal}")));
        }
        let as_of = AsOf {
            origin: body.as_of.origin.clone(),
            size: body.as_of.tree_size,
            map_root: body.as_of.map_root,
            seal_time: seal,
        };
        let genesis = &self.ahead.shared().genesis;
        let (ahead, policies) = (self.ahead, self.policies);
        let mut now = Now { ahead, policies, verdict: body, weighed: Weighed::default() };
        let evidence = match collect(&body.query, policies, genesis, as_of, &mut now) {
            Ok(evidence) => evidence,
            Err(ClosureError::Source(NowError::Store(cause))) => self.read(Err(cause))?,
            Err(ClosureError::Source(NowError::TooLarge)) => {
                let limit = QUESTION_BYTES_MAX;
                let message = format!("what it calls for takes more than {limit} bytes in memory");
                return Err(malformed("body", message));
            }
            Err(ClosureError::TooLarge { what, limit }) => {
                return Err(malformed("body", format!("it calls for more than {limit} {what}")));
            }
        };
        match evidence.records().rev().find(|of| is_behind(of.index(), body.as_of.tree_size)) {
            Some(record) => Err(stale(format!("entry {} is new", record.index()))),
            None => Ok(()),
        }
    }

    fn read<T>(&self, outcome: Result<T, StoreError>) -> Result<T, RefusalFinding> {
        outcome.map_err(|cause| {
            let finding = malformed("tree_size", cause.to_string());
            *self.failure.borrow_mut() = Some(cause);
            finding
        })
    }
}

impl Examiner for LedgerExaminer<'_> {
    fn policy(&self, bytes: &[u8]) -> Result<(), String> {
        RuleSet::parse(bytes).map(|_rules| ()).map_err(|cause| cause.to_string())
    }

    fn verdict(
        &self,
        verdict: &ConformityVerdict,
        _at: EntryIndex,
        _time: Timestamp,
    ) -> Result<(), RefusalFinding> {
        let origin = self.ahead.shared().genesis.origin();
        let parsed = read_logged_verdict(verdict, origin.as_str())?;
        let body = parsed.body();
        self.check_as_of(body)?;
        self.check_fresh(body)
    }
}

impl ChainSource for Now<'_> {
    type Error = NowError;

    fn chain(&mut self, class: Class, subject: &SubjectUri) -> Result<Vec<Arc<Record>>, NowError> {
        let size = self.verdict.as_of.tree_size;
        let mut chain = Vec::new();
        for index in self.ahead.history(class, subject)? {
            let (record, weight) = self.ahead.weighed(index)?;
            if is_behind(index, size) && !overtakes(&record, class, self.verdict, self.policies) {
                continue;
            }
            if !self.weighed.has_room(index, weight) {
                return Err(NowError::TooLarge);
            }
            chain.push(record);
        }
        Ok(chain)
    }
}

impl From<StoreError> for NowError {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

fn is_behind(index: EntryIndex, size: TreeSize) -> bool {
    !size.contains(index)
}

fn expect<T: PartialEq + ToString + ?Sized>(
    what: &'static str,
    found: &T,
    expected: &T,
) -> Result<(), RefusalFinding> {
    if found == expected {
        return Ok(());
    }
    let (found, expected) = (found.to_string(), expected.to_string());
    Err(malformed("body", format!("{what} is {found}, expected {expected}")))
}

fn malformed(member: &'static str, message: impl Into<String>) -> RefusalFinding {
    RefusalFinding::new(Reason::StatementInvalid, Some(member), message)
}

fn stale(message: String) -> RefusalFinding {
    RefusalFinding::new(Reason::VerdictStale, Some("body"), message)
}
