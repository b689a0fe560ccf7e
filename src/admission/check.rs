//! One candidate before the rules: what they look at, and what they have found.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::admission::candidate::Candidate;
use crate::admission::context::Context;
use crate::admission::records::Records;
use crate::admission::refusal::{RefusalFinding, Step};
use crate::admission::status::Status;
use crate::attestation::{Header, Role, Statement};
use crate::identifier::{Class, OperatorUri, SubjectUri};
use crate::merkle::EntryIndex;
use crate::reason::Reason;
use crate::record::Record;
use crate::registry::Registry;
use crate::time::Date;

/// A candidate, what it is judged by, and what was found.
pub(super) struct Check<'a, R> {
    pub(super) candidate: &'a Candidate,
    pub(super) statement: &'a Statement,
    pub(super) registry: &'a Registry,
    pub(super) records: &'a R,
    pub(super) context: &'a Context<'a>,
    pub(super) findings: Vec<(Step, RefusalFinding)>,
    /// Whether a rule was taken as met because a payload is gone that it looks at.
    pub(super) rests_on_gap: bool,
    /// Chains read so far: a scope of many batches asks for its model again and again.
    chains: BTreeMap<(Class, SubjectUri), Arc<[Arc<Record>]>>,
    /// Statuses worked out so far, for the same reason: of each identity of the model once a batch.
    pub(super) statuses: BTreeMap<EntryIndex, Status>,
}

impl<'a, R: Records> Check<'a, R> {
    pub(super) fn new(
        candidate: &'a Candidate,
        registry: &'a Registry,
        records: &'a R,
        context: &'a Context<'a>,
    ) -> Self {
        let (findings, chains, statuses) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        let statement = candidate.statement();
        let rests_on_gap = false;
        Self {
            candidate,
            statement,
            registry,
            records,
            context,
            findings,
            rests_on_gap,
            chains,
            statuses,
        }
    }

    pub(super) fn refuse(
        &mut self,
        step: Step,
        code: Reason,
        member: &str,
        message: impl Into<String>,
    ) {
        self.findings.push((step, RefusalFinding::new(code, Some(member), message)));
    }

    /// The right to change something is missing, or it can't be changed in this way.
    pub(super) fn forbid(&mut self, member: &str, message: impl Into<String>) {
        self.refuse(Step::Right, Reason::ChangeNotPermitted, member, message);
    }

    pub(super) fn header(&self) -> &'a Header {
        self.statement.header()
    }

    /// The operator that speaks; `None` for an act of registrars.
    pub(super) fn issuer(&self) -> Option<&'a OperatorUri> {
        self.header().issuer.operator.operator()
    }

    pub(super) fn role(&self) -> Role {
        self.header().issuer.role
    }

    pub(super) fn at(&self) -> EntryIndex {
        self.context.index
    }

    /// The ledger's day.
    pub(super) fn on(&self) -> Date {
        self.context.time.date()
    }

    pub(super) fn chain(
        &mut self,
        class: Class,
        uri: &SubjectUri,
    ) -> Result<Arc<[Arc<Record>]>, R::Error> {
        let key = (class, uri.clone());
        if let Some(chain) = self.chains.get(&key) {
            return Ok(Arc::clone(chain));
        }
        let chain: Arc<[Arc<Record>]> = self.records.chain(class, uri)?.into();
        self.chains.insert(key, Arc::clone(&chain));
        Ok(chain)
    }

    /// Whether a chain holds a record that may have said anything, which an audit has to grant.
    pub(super) fn is_open(&self, chain: &[Arc<Record>]) -> bool {
        self.context.is_replay && chain.iter().any(|record| record.is_erased())
    }

    /// Takes a rule as met that what is readable does not meet, if a chain that it looks at is open.
    pub(super) fn grant(&mut self, is_open: bool) -> bool {
        self.rests_on_gap |= is_open;
        is_open
    }
}
