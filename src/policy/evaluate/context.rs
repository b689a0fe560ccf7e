//! What every judgement looks at: the query, the evidence, the moment, and what follows from them.

use std::sync::Arc;

use super::backing::counts;
use super::events::Events;
use super::goods::{Goods, Reach};
use super::identity::{Identified, Identity, identify, manufacturer};
use super::judgement::{Degree, Judgement};
use super::moment::Moment;
use super::status::Changes;
use super::trust::Trust;
use crate::attestation::types::EuDeclaration;
use crate::attestation::{Predicate, PredicateKind, Scope, Statement, TypeScope};
use crate::identifier::{CnCode, Country, OperatorUri, ProductUri};
use crate::policy::assurance::Assurance;
use crate::policy::evidence::Evidence;
use crate::policy::query::NormalQuery;
use crate::policy::ruleset::RuleSet;
use crate::reason::Reason;
use crate::record::Record;

/// What does not change while one query is judged for one moment.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub query: &'a NormalQuery,
    pub evidence: &'a Evidence,
    pub rules: &'a RuleSet,
    pub at: Moment,
    pub changes: &'a Changes<'a>,
    pub trust: &'a Trust<'a>,
    pub events: &'a Events<'a>,
    /// The destinations, `EU` expanded.
    pub countries: Vec<Country>,
    /// The trader by its primary URI.
    pub trader: OperatorUri,
}

/// The goods that are judged, and what their manufacturer says they are.
#[derive(Clone, Debug)]
pub(super) struct Subject<'a> {
    pub goods: Goods,
    pub identified: Identified<'a>,
    /// Whether they come in a pack: then the pack is what is offered, and these are not shown.
    pub is_part: bool,
}

impl<'a> Subject<'a> {
    pub(super) const fn identity(&self) -> Option<Identity<'a>> {
        self.identified.identity()
    }

    pub(super) fn manufacturer(&self) -> Option<&'a OperatorUri> {
        self.identity()?.manufacturer()
    }

    pub(super) fn cn(&self) -> Option<&'a CnCode> {
        self.identity()?.of.category.cn.as_ref()
    }
}

impl<'a> Context<'a> {
    /// A product as goods with their identity.
    pub(super) fn subject(&self, product: &ProductUri) -> Subject<'a> {
        let maker = manufacturer(self.evidence, product);
        let goods = self.events.goods(product, maker);
        let identified = identify(self.evidence, self.changes, &goods);
        Subject { goods, identified, is_part: false }
    }

    /// How far the scope of a record reaches the goods. By products where it names any, otherwise
    /// by types.
    pub(super) fn reach(&self, subject: &Subject<'_>, statement: &Statement) -> Reach {
        let Some(scope) = statement.predicate().scope() else { return Reach::Covers };
        if scope.products().is_empty() {
            self.reach_by_types(subject, scope)
        } else {
            subject.goods.reach(scope)
        }
    }

    fn reach_by_types(&self, subject: &Subject<'_>, scope: &Scope) -> Reach {
        let types = scope.types().iter();
        let reach = types.map(|of| self.reach_of_type(subject, of)).max().unwrap_or(Reach::Misses);
        reach.min(subject.goods.reach_of_batches(&scope.batches))
    }

    /// How far a type reaches the goods: the identity maps it to the product, and the declarations
    /// of its holder that name it hold the batch. Anyone can declare or copy something about it. What
    /// was annulled still counts here: taking a declaration away makes no other batch one of the type.
    pub(super) fn reach_of_type(&self, subject: &Subject<'_>, scope: &TypeScope) -> Reach {
        let Some(identity) = subject.identity() else { return Reach::Misses };
        let mapped = identity.reach_of_type(scope, &subject.goods);
        if mapped == Reach::Misses {
            return mapped;
        }
        let own = self.own_declarations(subject, self.rules.assurance_min);
        let declared = own.filter_map(|(_, declaration)| {
            let is_named = declaration
                .scope
                .types()
                .iter()
                .any(|of| of.holder == scope.holder && of.designation == scope.designation);
            let model = subject.goods.product.model();
            let mut products = declaration.scope.products().iter();
            let is_of_model = products.any(|product| product.id.model() == model);
            let is_of_holder = declaration.manufacturer.operator == scope.holder
                && declaration.header.transcription.is_none();
            (is_of_holder && is_named && is_of_model)
                .then(|| subject.goods.reach(&declaration.scope))
        });
        mapped.min(declared.max().unwrap_or(Reach::Covers))
    }

    /// Every EU declaration in the evidence, in the order of the log.
    pub(super) fn declarations(
        &self,
    ) -> impl Iterator<Item = (&'a Arc<Record>, &'a EuDeclaration)> {
        self.evidence.of_kind(PredicateKind::EuDeclaration).filter_map(|record| {
            match record.statement()?.predicate() {
                Predicate::EuDeclaration(of) => Some((record, of.as_ref())),
                _ => None,
            }
        })
    }

    /// The manufacturer's declarations among them: what others declare about its product, or copy,
    /// says nothing in its name. Copies count where evidence as weak as they are does.
    pub(super) fn own_declarations(
        &self,
        subject: &Subject<'_>,
        assurance_min: Assurance,
    ) -> impl Iterator<Item = (&'a Arc<Record>, &'a EuDeclaration)> {
        let manufacturer = subject.manufacturer();
        self.declarations().filter(move |(_, declaration)| {
            manufacturer == Some(&declaration.manufacturer.operator)
                && counts(&declaration.header, assurance_min)
        })
    }

    /// Whether nothing speaks against a record at this moment.
    pub(super) fn is_sound(&self, record: &Record) -> bool {
        self.trust.is_sound(self.changes, record, self.at)
    }

    /// How a record stands by itself: its status, its validity, its key. What it rests on is not
    /// looked at.
    pub(super) fn standing(&self, subject: &Subject<'_>, record: &Arc<Record>) -> Judgement {
        self.standing_at(self.at, subject, record)
    }

    /// The same at the instant asked about, wherever the goods are: of what is not about the goods.
    pub(super) fn standing_now(&self, subject: &Subject<'_>, record: &Arc<Record>) -> Judgement {
        self.standing_at(Moment { placed_on_market: None, ..self.at }, subject, record)
    }

    fn standing_at(&self, at: Moment, subject: &Subject<'_>, record: &Arc<Record>) -> Judgement {
        let mut judgement = Judgement::met();
        let Some(statement) = record.statement() else {
            judgement.mention(record.index());
            judgement.deny(Reason::EvidenceErased);
            return judgement;
        };
        judgement.rest_on(record.index(), self.assurance(subject, record));
        for reason in self.changes.codes(record, at) {
            judgement.deny(reason);
        }
        if !self.is_for_destinations(statement) {
            judgement.deny(Reason::CoverageTooNarrow);
        }
        for succession in self.changes.successions(record, at) {
            let successor = succession.successor.and_then(|of| of.statement());
            // What the successor does not cover is still the old one's.
            match successor.map_or(Reach::Covers, |new| self.reach(subject, new)) {
                Reach::Covers => judgement.deny(Reason::SupersededUseNew),
                Reach::Intersects => judgement.add(Reason::SupersededUseNew, Degree::Review),
                Reach::Misses => {}
            }
        }
        judgement.and(self.validity(subject, statement, at.day()));
        if self.trust.is_in_doubt(record) {
            judgement.add(Reason::KeyCompromised, Degree::Review);
        }
        judgement
    }

    /// Whether a statement that is for some countries only is for each destination.
    fn is_for_destinations(&self, statement: &Statement) -> bool {
        let scope = statement.predicate().scope();
        let Some(limits) = scope.and_then(|scope| scope.countries.as_ref()) else { return true };
        let is_listed = |country: &Country| {
            limits.iter().any(|of| of == country || of.expand().contains(country))
        };
        self.countries.iter().all(is_listed)
    }
}
