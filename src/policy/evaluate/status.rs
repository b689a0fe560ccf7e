//! The status of a record: suspended, withdrawn, annulled, superseded, erased.
//!
//! Rules: `conformity.md`, sections 1.3, 1.4 and 2.6. What only its own author or an authority may
//! change was decided when the change was admitted; here a change counts as it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::annulments::Annulments;
use super::moment::Moment;
use crate::attestation::types::{
    StatusAction, StatusChange, StatusReason, StatusTarget, Supersession,
};
use crate::attestation::{DocumentRef, Issuer, IssuerUri, Predicate, PredicateKind, Statement};
use crate::envelope::StatementDigest;
use crate::merkle::EntryIndex;
use crate::policy::evidence::Evidence;
use crate::reason::Reason;
use crate::record::Record;
use crate::time::{Date, Timestamp};

/// How many changes of one record are taken back in search of the one that brought it down. Nobody
/// has a record of that many, and each is a look at all before it.
const CHANGES_MAX: usize = 1000;

/// Changes in the order of the log, each once.
type Dated<'a> = BTreeMap<EntryIndex, &'a StatusChange>;

/// Every change of status in the evidence, by what it changes.
#[derive(Debug, Default)]
pub(super) struct Changes<'a> {
    of_statement: BTreeMap<StatementDigest, Dated<'a>>,
    of_document: BTreeMap<DocumentRef, Dated<'a>>,
    annulments: Annulments<'a>,
    successions: BTreeMap<StatementDigest, Vec<Succession<'a>>>,
    erased: BTreeMap<StatementDigest, Option<PredicateKind>>,
    erased_by: BTreeMap<StatementDigest, Vec<&'a Issuer>>,
    erased_documents: BTreeSet<DocumentRef>,
}

/// That a record is replaced by another.
#[derive(Clone, Debug)]
pub(super) struct Succession<'a> {
    /// Since when: the ledger's time, which nobody can choose.
    pub since: Timestamp,
    /// What replaces it; none if the evidence does not hold it.
    pub successor: Option<&'a Arc<Record>>,
}

struct Suspension<'a> {
    start: Timestamp,
    end: Option<Timestamp>,
    is_for_safety: bool,
    by: &'a IssuerUri,
    by_authority: bool,
}

impl<'a> Changes<'a> {
    /// The changes that the evidence holds. Whoever stole a key may have reinstated with it: what
    /// `is_in_doubt`, or was annulled, ends no suspension.
    pub(super) fn of(
        evidence: &'a Evidence,
        annulments: Annulments<'a>,
        is_in_doubt: impl Fn(&Record) -> bool,
    ) -> Self {
        let mut changes = Self { annulments, ..Self::default() };
        for record in evidence.records() {
            let Some(statement) = record.statement() else { continue };
            match statement.predicate() {
                Predicate::StatusChange(change)
                    if change.action == StatusAction::Reinstate
                        && (is_in_doubt(record) || changes.annulments.hit(record)) => {}
                Predicate::StatusChange(change) => changes.add_change(record.index(), change),
                Predicate::Supersession(of) => {
                    let successor = successor(evidence, of);
                    changes.add_succession(of.old, record.time(), successor);
                }
                Predicate::ErasureOrder(order) => {
                    let kind = PredicateKind::parse(&order.predicate_type);
                    changes.erased.insert(order.target, kind);
                    let orders = changes.erased_by.entry(order.target).or_default();
                    orders.push(&order.header.issuer);
                    changes.erased_documents.extend(order.document.clone());
                }
                _ => {}
            }
            changes.add_own_succession(evidence, record, statement);
        }
        changes
    }

    fn add_change(&mut self, index: EntryIndex, change: &'a StatusChange) {
        let StatusTarget { statement, document, .. } = &change.target;
        if let Some(document) = document {
            self.of_document.entry(document.clone()).or_default().insert(index, change);
        }
        if let Some(statement) = statement {
            self.of_statement.entry(*statement).or_default().insert(index, change);
        }
    }

    /// A record may say itself what it replaces; that counts for its issuer's own records. A copy
    /// replaces what the same hand copied before, and nothing that the issuer signed: anyone can make
    /// one.
    fn add_own_succession(
        &mut self,
        evidence: &'a Evidence,
        record: &'a Arc<Record>,
        statement: &Statement,
    ) {
        let new = statement.header();
        for digest in new.supersedes.iter().flat_map(|list| list.iter()) {
            let old = evidence.by_statement(digest).and_then(|record| record.statement());
            let is_own = old.map(Statement::header).is_some_and(|old| {
                old.issuer.operator == new.issuer.operator
                    && (new.transcription.is_none() || old.signer() == new.signer())
            });
            if is_own {
                self.add_succession(*digest, record.time(), Some(record));
            }
        }
    }

    fn add_succession(
        &mut self,
        old: StatementDigest,
        since: Timestamp,
        successor: Option<&'a Arc<Record>>,
    ) {
        let succession = Succession { since, successor };
        self.successions.entry(old).or_default().push(succession);
    }

    /// Why a record does not count at that moment; empty if nothing was changed about it. Whether
    /// it was replaced is another question: see [`Self::successions`].
    pub(super) fn codes(&self, record: &Record, at: Moment) -> BTreeSet<Reason> {
        let Some(statement) = record.statement() else {
            return BTreeSet::from([Reason::EvidenceErased]);
        };
        codes(&self.hitting(record, statement), at)
    }

    /// The changes that hit a record.
    fn hitting(&self, record: &Record, statement: &Statement) -> Dated<'a> {
        let document = statement.header().document_ref();
        let by_document = document.and_then(|of| self.of_document.get(&of));
        let by_statement = self.of_statement.get(record.digest());
        let changes = by_document.into_iter().chain(by_statement).flatten();
        let mut changes: Dated<'a> = changes.map(|(at, of)| (*at, *of)).collect();
        changes.extend(self.annulments.hitting(record));
        changes
    }

    /// The change since which, without a break, a record does not count at that moment; none if it
    /// counts, or if no change is why it does not.
    pub(super) fn fallen_since(&self, record: &Record, at: Moment) -> Option<EntryIndex> {
        let mut changes = self.hitting(record, record.statement()?);
        let mut since = None;
        for _ in 0..CHANGES_MAX {
            if codes(&changes, at).is_empty() {
                break;
            }
            since = changes.pop_last().map(|(index, _)| index);
        }
        since
    }

    /// Whether a record was annulled: as if it had never been issued.
    pub(super) fn is_annulled(&self, record: &Record) -> bool {
        // An annulment does not ask for the day.
        let at = Moment { legal_at: record.time(), placed_on_market: None };
        self.codes(record, at).contains(&Reason::CertAnnulled)
    }

    /// The same of a document that the ledger holds no record of.
    pub(super) fn codes_of_document(&self, document: &DocumentRef, at: Moment) -> BTreeSet<Reason> {
        self.of_document.get(document).map(|changes| codes(changes, at)).unwrap_or_default()
    }

    /// The records that replace this one at that moment.
    pub(super) fn successions(&self, record: &Record, at: Moment) -> Vec<&Succession<'a>> {
        let all = self.successions.get(record.digest()).into_iter().flatten();
        all.filter(|succession| at.is_from(succession.since)).collect()
    }

    /// The kind that an erased record was of, as its erasure order says.
    pub(super) fn erased_kind(&self, record: &Record) -> Option<PredicateKind> {
        self.erased.get(record.digest()).copied().flatten()
    }

    /// Who ordered the erasure of a record; nobody without an order.
    pub(super) fn erased_by(&self, record: &Record) -> &[&'a Issuer] {
        self.erased_by.get(record.digest()).map_or(&[], Vec::as_slice)
    }

    /// The first instant at which a change that is already known takes effect on a record.
    pub(super) fn announced(&self, record: &Record, at: Moment) -> Option<Timestamp> {
        let known = self.codes(record, at);
        let instants: BTreeSet<Timestamp> =
            self.instants().filter(|instant| at.legal_at < *instant).collect();
        instants.into_iter().find(|instant| {
            let later = Moment { legal_at: *instant, ..at };
            !self.codes(record, later).is_subset(&known)
        })
    }

    /// Whether a record of this document was erased.
    pub(super) fn is_erased(&self, document: &DocumentRef) -> bool {
        self.erased_documents.contains(document)
    }

    /// Whether an erased record was of this kind. One without an order may have been of any kind.
    pub(super) fn was_of_kind(&self, erased: &Record, kind: PredicateKind) -> bool {
        let known = self.erased.get(erased.digest()).copied().flatten();
        known.is_none_or(|known| known == kind)
    }

    /// Every instant at which a change begins to count.
    pub(super) fn instants(&self) -> impl Iterator<Item = Timestamp> {
        let changes = self.of_statement.values().chain(self.of_document.values()).flatten();
        let starts = changes.clone().map(|(_, change)| change.effective_at);
        let retroactive = changes.filter_map(|(_, change)| Some(change.retroactive_from?.start()));
        let successions = self.successions.values().flatten().map(|of| of.since);
        starts.chain(retroactive).chain(successions)
    }
}

fn successor<'a>(evidence: &'a Evidence, of: &Supersession) -> Option<&'a Arc<Record>> {
    evidence.by_statement(&of.new)
}

fn codes(changes: &Dated<'_>, at: Moment) -> BTreeSet<Reason> {
    let mut codes = BTreeSet::new();
    let mut suspensions: Vec<Suspension<'_>> = Vec::new();
    let mut open: Vec<Suspension<'_>> = Vec::new();
    for change in changes.values() {
        let is_for_safety = change.reason == StatusReason::Safety;
        let start = change.effective_at;
        let by = &change.header.issuer.operator;
        let by_authority = change.header.issuer.role.is_authority();
        match change.action {
            // As if it had never been issued: whatever the day, once it is known.
            StatusAction::Annul => {
                codes.insert(Reason::CertAnnulled);
            }
            StatusAction::Withdraw => {
                if is_withdrawn(start, change.retroactive_from, is_for_safety, at) {
                    codes.insert(Reason::CertWithdrawn);
                }
            }
            StatusAction::Correct => {
                if at.is_from(start) {
                    codes.insert(Reason::SupersededUseNew);
                }
            }
            StatusAction::Suspend => {
                open.push(Suspension { start, end: None, is_for_safety, by, by_authority });
            }
            StatusAction::Reinstate => {
                // Everybody ends its own; an authority ends those of others, but of no authority.
                let ends = |of: &Suspension<'_>| of.by == by || (by_authority && !of.by_authority);
                for mut suspension in open.extract_if(.., |of| ends(of)) {
                    suspension.end = Some(start);
                    suspensions.push(suspension);
                }
            }
        }
    }
    let is_suspended = suspensions.iter().chain(&open).any(|of| {
        at.is_within(of.start, of.end) || (of.is_for_safety && at.is_now_within(of.start, of.end))
    });
    if is_suspended {
        codes.insert(Reason::CertSuspended);
    }
    codes
}

/// Earlier placings are untouched, unless it was for safety or said to reach back.
fn is_withdrawn(
    start: Timestamp,
    retroactive_from: Option<Date>,
    is_for_safety: bool,
    at: Moment,
) -> bool {
    at.is_from(start)
        || retroactive_from.is_some_and(|day| at.is_from(day.start()))
        || (is_for_safety && start <= at.legal_at)
}
