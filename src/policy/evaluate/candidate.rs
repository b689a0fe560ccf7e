//! Records as candidates for a requirement: which apply, and how each of them fares.
//!
//! Rules: `conformity.md`, section 5 and rulings 2, 4 and 6. A requirement takes the best outcome
//! over all that apply, each judged with all that is demanded of it.

use std::cmp::Reverse;
use std::sync::Arc;

use super::backing::counts;
use super::context::{Context, Subject};
use super::goods::Reach;
use super::judgement::{Degree, Judgement};
use super::meant::is_meant;
use crate::attestation::{DocumentRef, Statement};
use crate::envelope::StatementDigest;
use crate::identifier::{Class, SubjectUri, TypeUri};
use crate::merkle::EntryIndex;
use crate::policy::assurance::Assurance;
use crate::policy::ruleset::{Check, EvidenceRule, Per};
use crate::reason::Reason;
use crate::record::Record;

/// How near something came to being evidence for the goods; nearer is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Nothing was there.
    Nothing,
    /// Something is there that does not apply: for a part, for another type, or erased.
    Near,
    /// It applies.
    Applies,
}

/// How one candidate, or the best of them, fares.
#[derive(Clone, Debug)]
pub(super) struct Fared {
    pub judgement: Judgement,
    pub fit: Fit,
    /// The record; none if there is none.
    record: Option<EntryIndex>,
}

impl Fared {
    /// A judgement without a record.
    pub(super) const fn of(judgement: Judgement, fit: Fit) -> Self {
        Self { judgement, fit, record: None }
    }

    /// A judgement of a record.
    pub(super) fn of_record(judgement: Judgement, fit: Fit, record: &Record) -> Self {
        Self { judgement, fit, record: Some(record.index()) }
    }

    /// What decides between two that fare: the better outcome, the nearer fit, the fewer reasons,
    /// the better backing, the newer record.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        let reasons = Reverse(self.judgement.reason_count());
        (self.judgement.degree(), self.fit, reasons, self.judgement.assurance(), self.record)
    }
}

impl Context<'_> {
    /// How the best record for a rule fares.
    pub(super) fn best_record(
        &self,
        subject: &Subject<'_>,
        rule: &EvidenceRule,
        assurance_min: Assurance,
    ) -> Fared {
        if rule.per == Some(Per::Batch) && !subject.goods.has_batch() {
            // Its records stand in the chains of batches: without one none can be seen. A batch can
            // decide only where the offer shows the importer whose declaration would count.
            let asks_for_importer = rule.checks.contains(&Check::ListingImporterMatches);
            return if asks_for_importer && self.query.offer.importer.is_none() {
                Fared::of(Judgement::not_met(Reason::ReqMissing), Fit::Nothing)
            } else {
                Fared::of(Judgement::review(Reason::BatchRequired), Fit::Near)
            };
        }
        let mut best = Fared::of(Judgement::not_met(Reason::ReqMissing), Fit::Nothing);
        for record in self.evidence.of_kind(rule.kind).chain(self.evidence.erased()) {
            // Anyone can make any number of copies. Where they count for nothing, and something
            // better was found, they are not looked at.
            let is_own_or_counts =
                record.statement().is_none_or(|of| counts(of.header(), assurance_min));
            if !is_own_or_counts && best.judgement.degree() > Degree::NotMet {
                continue;
            }
            if let Some(fared) = self.fare(subject, rule, assurance_min, record)
                && best.rank() < fared.rank()
            {
                best = fared;
            }
        }
        best
    }

    fn fare(
        &self,
        subject: &Subject<'_>,
        rule: &EvidenceRule,
        assurance_min: Assurance,
        record: &Arc<Record>,
    ) -> Option<Fared> {
        let Some(statement) = record.statement() else {
            let is_of_these = self.changes.was_of_kind(record, rule.kind)
                && self.is_in_chains_of(subject, record);
            let judgement = self.standing(subject, record);
            return is_of_these.then(|| Fared::of_record(judgement, Fit::Near, record));
        };
        if !is_meant(subject, rule, statement) || self.is_outranked(statement) {
            return None;
        }
        match self.reach(subject, statement) {
            Reach::Covers => {
                let judgement = self.judge(subject, rule, assurance_min, record, statement);
                Some(Fared::of_record(judgement, Fit::Applies, record))
            }
            Reach::Intersects => {
                let mut judgement = self.judge(subject, rule, assurance_min, record, statement);
                if subject.goods.has_batch() {
                    judgement.deny(Reason::CoverageTooNarrow);
                } else {
                    judgement.add(Reason::BatchRequired, Degree::Review);
                }
                Some(Fared::of_record(judgement, Fit::Near, record))
            }
            // A declaration on these goods cites it, but its types are not theirs.
            Reach::Misses if self.is_cited_for(subject, record, statement) => {
                let mut judgement = Judgement::not_met(Reason::TypeNotMapped);
                judgement.mention(record.index());
                Some(Fared::of_record(judgement, Fit::Near, record))
            }
            Reach::Misses => None,
        }
    }

    /// Whether an erased record stood in a chain of the product or of one of its types.
    pub(super) fn is_in_chains_of(&self, subject: &Subject<'_>, record: &Record) -> bool {
        let levels = subject.goods.product.sub_selections().into_iter().map(SubjectUri::from);
        let holder = subject.manufacturer();
        let types = subject.identity().into_iter().flat_map(|identity| identity.of.types.iter());
        let types = types.filter_map(|of| Some(TypeUri::of(holder?, of.designation.lookup())));
        let mut chains = levels.chain(types.map(SubjectUri::from));
        chains.any(|uri| {
            let chain = self.evidence.chain(Class::All, &uri);
            chain.iter().any(|of| of.index() == record.index())
        })
    }

    fn is_cited_for(&self, subject: &Subject<'_>, record: &Record, statement: &Statement) -> bool {
        let has_types_only = statement
            .predicate()
            .scope()
            .is_some_and(|scope| scope.products().is_empty() && !scope.types().is_empty());
        has_types_only
            && self.own_declarations(subject, self.rules.assurance_min).any(|(own, declaration)| {
                subject.goods.reach(&declaration.scope) == Reach::Covers
                    && own.statement().is_some_and(|declared| {
                        names(declared, record.digest(), statement)
                            && self.cited(subject, declared).iter().any(|cited| {
                                cited.record.is_some_and(|of| of.index() == record.index())
                            })
                    })
            })
    }

    /// Whether the issuer itself has logged what this is a copy of.
    fn is_outranked(&self, statement: &Statement) -> bool {
        let header = statement.header();
        let document = header.transcription.as_ref().and_then(|_| header.document_ref());
        document.is_some_and(|document| {
            let all = self.evidence.by_document(&document);
            all.filter_map(|record| record.statement())
                .any(|of| of.kind() == statement.kind() && of.header().transcription.is_none())
        })
    }
}

/// Whether a declaration points at a record or its document at all. Which record of a document
/// counts is a longer question.
fn names(declared: &Statement, record: &StatementDigest, of: &Statement) -> bool {
    let document = of.header().document_ref();
    let is_document = |found: Option<&DocumentRef>| found.is_some() && found == document.as_ref();
    let mut references = declared.header().references().iter();
    references.any(|found| {
        is_document(found.document.as_ref()) || found.statement.as_ref() == Some(record)
    }) || declared.citations().any(|cited| is_document(cited.document))
}
