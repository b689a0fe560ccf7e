//! Negative evidence: what speaks against what is offered, and the measures that hit it.
//!
//! Rules: `conformity.md`, section 4 and ruling 9.

use std::collections::{BTreeMap, BTreeSet};

use super::checks::shows_importer;
use super::context::{Context, Subject};
use super::expand::{Expanded, Link};
use super::goods::Reach;
use super::identity::possible_reach_of_type;
use super::measures::{Hit, Measure, Part};
use crate::attestation::types::MeasureKind;
use crate::attestation::{BatchScope, Role};
use crate::identifier::{ProductUri, SubjectUri};
use crate::merkle::EntryIndex;
use crate::policy::finding::MatchKind;
use crate::policy::ruleset::{Adverse, Negative, Severity};
use crate::reason::Reason;

/// What a rule on measures, concerns or documents found.
#[derive(Debug, Default)]
pub(super) struct Negatives {
    /// What each kind of hit does, and the records that hit.
    pub hits: BTreeMap<(Reason, MatchKind), (Severity, BTreeSet<EntryIndex>)>,
    /// Hits on batches or items that the offer leaves out.
    pub settled: BTreeSet<EntryIndex>,
    /// Batches and items that are hit and that the offer must not contain.
    pub excluded: BTreeSet<ProductUri>,
}

struct Effect {
    reason: Reason,
    severity: Severity,
    match_kind: MatchKind,
}

impl Context<'_> {
    /// What a rule finds against the goods.
    pub(super) fn negatives(
        &self,
        rule: &Negative,
        measures: &[Measure<'_>],
        expanded: &Expanded<'_>,
    ) -> Negatives {
        let mut found = Negatives::default();
        match rule.adverse() {
            Adverse::Concerns => return self.concerns(rule, expanded),
            Adverse::Documents => return self.unexpected(rule, expanded),
            Adverse::Measures => {}
        }
        for measure in measures.iter().filter(|measure| rule.has_kind(measure.of.kind)) {
            for part in measure.parts.iter().filter(|part| rule.has_role(part.role)) {
                for (subject, link) in &expanded.to_clear {
                    self.hit(rule, measure, part, (subject, *link), &mut found);
                }
                self.hit_operators(rule, measure, part, expanded, &mut found);
            }
        }
        found
    }

    fn hit(
        &self,
        rule: &Negative,
        measure: &Measure<'_>,
        part: &Part<'_>,
        (subject, link): (&Subject<'_>, Link),
        found: &mut Negatives,
    ) {
        let reach_of_type = |scope: &_| {
            let identity = subject.identity();
            identity.map_or(Reach::Misses, |newest| {
                possible_reach_of_type(self.evidence, newest, scope, &subject.goods)
            })
        };
        let Some(hit) = part.hit(&subject.goods, reach_of_type) else { return };
        let exact = reason_of(measure.of.kind, &part.scope.batches);
        let mut effect = match &hit {
            Hit::All => {
                Effect { reason: exact, severity: rule.on_hit, match_kind: MatchKind::Exact }
            }
            Hit::Some(named) => {
                found.excluded.extend(named.iter().cloned());
                if self.is_settled(named) {
                    found.settled.insert(part.record.index());
                    return;
                }
                Effect {
                    reason: exact,
                    severity: rule.on_hit.min(Severity::Review),
                    match_kind: MatchKind::Exact,
                }
            }
            Hit::Approximately => Effect {
                reason: Reason::RecallApproxMatch,
                severity: rule.on_approx,
                match_kind: MatchKind::Approximate,
            },
        };
        // An importer speaks for what it imports or trades, and no further.
        let is_foreign = part.role == Role::Importer && !self.is_concerned(part);
        if link == Link::Component || is_foreign {
            effect.severity = effect.severity.min(Severity::Review);
        }
        found.add(&effect, [measure.record.index(), part.record.index()]);
    }

    /// Whether the offer commits to leaving out all of these.
    fn is_settled(&self, named: &BTreeSet<ProductUri>) -> bool {
        let left_out = &self.query.offer.excluded_scopes;
        !named.is_empty()
            && named.iter().all(|named| left_out.iter().any(|excluded| excluded.covers(named)))
    }

    /// Whether the author of a measure trades the goods, or is the importer that the offer shows.
    /// That it has declared the lot is not enough: so may a rival, of a lot that it never saw.
    fn is_concerned(&self, part: &Part<'_>) -> bool {
        let author = part.by.operator();
        author.is_some_and(|author| self.trader == *author || shows_importer(self, author))
    }

    /// An authority may hit an operator as such: then all that it offers or makes.
    fn hit_operators(
        &self,
        rule: &Negative,
        measure: &Measure<'_>,
        part: &Part<'_>,
        expanded: &Expanded<'_>,
        found: &mut Negatives,
    ) {
        if part.record.index() != measure.record.index() {
            return;
        }
        let makers = expanded.to_cover.iter().chain(&expanded.packs);
        let makers = makers.filter_map(Subject::manufacturer);
        let mut operators = std::iter::once(&self.trader).chain(makers);
        if operators.any(|of| part.names_operator(measure.of, &SubjectUri::from(of))) {
            let effect = Effect {
                reason: if measure.of.kind == MeasureKind::Warning {
                    Reason::MeasureWarning
                } else {
                    Reason::SalesBan
                },
                severity: rule.on_hit,
                match_kind: MatchKind::Exact,
            };
            found.add(&effect, [measure.record.index(), part.record.index()]);
        }
    }
}

impl Negatives {
    fn add(&mut self, effect: &Effect, records: [EntryIndex; 2]) {
        let key = (effect.reason, effect.match_kind);
        let (severity, evidence) =
            self.hits.entry(key).or_insert((effect.severity, BTreeSet::new()));
        *severity = effect.severity.max(*severity);
        evidence.extend(records);
    }
}

const fn reason_of(kind: MeasureKind, batches: &BatchScope) -> Reason {
    match (kind, batches) {
        (MeasureKind::Warning, _) => Reason::MeasureWarning,
        (MeasureKind::SalesBan | MeasureKind::StopDelivery, _) => Reason::SalesBan,
        (
            MeasureKind::Recall | MeasureKind::Withdrawal | MeasureKind::Confiscation,
            BatchScope::All {},
        ) => Reason::RecalledModel,
        (MeasureKind::Recall | MeasureKind::Withdrawal | MeasureKind::Confiscation, _) => {
            Reason::RecalledBatch
        }
    }
}
