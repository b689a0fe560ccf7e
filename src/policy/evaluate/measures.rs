//! Safety measures as they stand: what they hit, after extensions, reductions and liftings.
//!
//! Rules: `conformity.md`, sections 2.6 and 4. A measure and its extensions count as soon as they
//! are known; reductions and liftings from the day on which they take effect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::goods::{Goods, Reach};
use super::lots::are_alike;
use crate::attestation::types::{MeasureChange, MeasureUpdate, SafetyMeasure};
use crate::attestation::{BatchScope, IssuerUri, Predicate, Role, Scope, TypeScope};
use crate::envelope::StatementDigest;
use crate::identifier::{ProductUri, SubjectUri};
use crate::merkle::EntryIndex;
use crate::policy::evidence::Evidence;
use crate::record::Record;
use crate::time::Timestamp;

/// A measure as it stands.
#[derive(Debug)]
pub(super) struct Measure<'a> {
    /// The record of the measure.
    pub record: &'a Arc<Record>,
    /// The measure.
    pub of: &'a SafetyMeasure,
    /// Its scope and what was added to it.
    pub parts: Vec<Part<'a>>,
}

/// A scope that a measure hits, as one author set it.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// The record that set it.
    pub record: &'a Arc<Record>,
    /// What is hit.
    pub scope: &'a Scope,
    /// Who set it.
    pub by: &'a IssuerUri,
    /// In which role.
    pub role: Role,
    /// What was taken out of the scope.
    lifted: Vec<&'a Scope>,
    /// Whether all of the scope was.
    is_lifted: bool,
    has_ended: bool,
}

/// How a measure hits some goods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hit {
    /// Something that is written like them.
    Approximately,
    /// Some of them; those that are known by name.
    Some(BTreeSet<ProductUri>),
    /// All of them, or so it must be taken.
    All,
}

/// The measures in the evidence, in the order of the log, as they stand at `legal_at`. Whoever stole
/// a key may have lifted with it: `takes_nothing_back` says which records are not to be believed.
pub(super) fn measures(
    evidence: &Evidence,
    takes_nothing_back: impl Fn(&Record) -> bool,
    legal_at: Timestamp,
) -> Vec<Measure<'_>> {
    let mut measures: BTreeMap<EntryIndex, Measure<'_>> = BTreeMap::new();
    // Which measure a statement is about: a measure itself, or what its update updates.
    let mut roots: BTreeMap<StatementDigest, EntryIndex> = BTreeMap::new();
    for record in evidence.records() {
        let Some(statement) = record.statement() else { continue };
        match statement.predicate() {
            Predicate::SafetyMeasure(of) => {
                let issuer = &of.header.issuer;
                let part = Part::new(record, &of.scope, &issuer.operator, issuer.role);
                roots.insert(*record.digest(), record.index());
                measures.insert(record.index(), Measure { record, of, parts: vec![part] });
            }
            Predicate::MeasureUpdate(update) => {
                let Some(root) = roots.get(&update.target).copied() else { continue };
                roots.insert(*record.digest(), root);
                let takes_back = update.change != MeasureChange::Extend;
                let has_effect =
                    !takes_back || (update.effective_at <= legal_at && !takes_nothing_back(record));
                if let Some(measure) = measures.get_mut(&root).filter(|_| has_effect) {
                    measure.update(record, update);
                }
            }
            _ => {}
        }
    }
    measures.into_values().collect()
}

impl<'a> Measure<'a> {
    fn update(&mut self, record: &'a Arc<Record>, update: &'a MeasureUpdate) {
        let issuer = &update.header.issuer;
        match (update.change, &update.scope) {
            (MeasureChange::Extend, Some(scope)) => {
                self.parts.push(Part::new(record, scope, &issuer.operator, issuer.role));
            }
            (MeasureChange::Extend, None) => {}
            (MeasureChange::Reduce | MeasureChange::Lift, scope) => {
                // Everybody takes back what it set; an authority what others set, but no authority.
                let may_change = |part: &&mut Part<'_>| {
                    *part.by == issuer.operator
                        || (issuer.role.is_authority() && !part.role.is_authority())
                };
                for part in self.parts.iter_mut().filter(may_change) {
                    match scope {
                        Some(scope) => {
                            part.is_lifted |= scope == part.scope;
                            part.lifted.push(scope);
                        }
                        None => part.has_ended = true,
                    }
                }
            }
        }
    }
}

impl<'a> Part<'a> {
    fn new(record: &'a Arc<Record>, scope: &'a Scope, by: &'a IssuerUri, role: Role) -> Self {
        Self { record, scope, by, role, lifted: Vec::new(), is_lifted: false, has_ended: false }
    }

    /// How it hits some goods. `reach_of_type` says how far a type reaches them.
    pub(super) fn hit(
        &self,
        goods: &Goods,
        reach_of_type: impl Fn(&TypeScope) -> Reach,
    ) -> Option<Hit> {
        let is_lifted = |scope: &&Scope| goods.reach(scope) == Reach::Covers;
        if self.has_ended || self.is_lifted || self.lifted.iter().any(is_lifted) {
            return None;
        }
        let products = self.scope.products().iter();
        let by_product = products.map(|product| goods.reach_of_product(&product.id));
        let types = self.scope.types().iter().filter(|of| !self.is_type_lifted(goods, of));
        let by_type = types.map(reach_of_type);
        let reach = by_product.chain(by_type).max().unwrap_or(Reach::Misses);
        if reach == Reach::Misses {
            return None;
        }
        self.hit_of_batches(goods, reach)
    }

    fn hit_of_batches(&self, goods: &Goods, reach: Reach) -> Option<Hit> {
        let lot = goods.product.qualifiers().lot.as_ref().map(AsRef::<str>::as_ref);
        match &self.scope.batches {
            BatchScope::Text { tokens: Some(tokens), .. } => match lot {
                Some(lot) if !tokens.iter().any(|token| are_alike(token, lot)) => None,
                Some(_) | None => Some(Hit::Approximately),
            },
            BatchScope::Text { tokens: None, .. } => Some(Hit::Approximately),
            batches => match reach.min(goods.reach_of_batches(batches)) {
                Reach::Covers => Some(Hit::All),
                // One item of a batch that is not known: it may be of any.
                Reach::Intersects if is_any_batch(goods, batches) => Some(Hit::All),
                Reach::Intersects => {
                    let named = self.named(goods);
                    let is_by_name =
                        matches!(batches, BatchScope::List { .. } | BatchScope::Serials { .. });
                    let is_all_lifted = is_by_name && named.is_empty();
                    (!is_all_lifted || !self.scope.types().is_empty()).then_some(Hit::Some(named))
                }
                Reach::Misses => self.alike(goods, lot?).then_some(Hit::Approximately),
            },
        }
    }

    fn is_type_lifted(&self, goods: &Goods, of: &TypeScope) -> bool {
        self.lifted.iter().any(|scope| {
            let mut types = scope.types().iter();
            let is_named = types.any(|lifted| {
                (&lifted.holder, &lifted.designation) == (&of.holder, &of.designation)
                    && (lifted.revision.is_none() || lifted.revision == of.revision)
            });
            is_named && goods.reach_of_batches(&scope.batches) == Reach::Covers
        })
    }

    /// Whether a listed lot is written like this one, and was not lifted.
    fn alike(&self, goods: &Goods, lot: &str) -> bool {
        let BatchScope::List { list } = &self.scope.batches else { return false };
        list.iter().any(|listed| {
            let is_open = |uri: ProductUri| self.is_open(goods, &uri);
            are_alike(listed, lot) && goods.product.with_lot(listed).is_ok_and(is_open)
        })
    }

    /// Whether a batch or item among the goods was not lifted.
    fn is_open(&self, goods: &Goods, uri: &ProductUri) -> bool {
        let named = Goods { product: uri.clone(), produced: goods.produced };
        !self.lifted.iter().any(|scope| named.reach(scope) == Reach::Covers)
    }

    /// The batches and items among the goods that it names and that were not lifted.
    fn named(&self, goods: &Goods) -> BTreeSet<ProductUri> {
        let named = self.scope.product_uris().unwrap_or_default().into_iter();
        let is_window = matches!(self.scope.batches, BatchScope::ProducedBetween { .. });
        let is_hit = |uri: &ProductUri| uri.intersects(&goods.product) && self.is_open(goods, uri);
        named.filter(|uri| !is_window && is_hit(uri)).collect()
    }

    /// Whether it was set for this operator as such.
    pub(super) fn names_operator(&self, measure: &SafetyMeasure, subject: &SubjectUri) -> bool {
        let operators = measure.operators.iter().flat_map(|list| list.iter());
        !self.has_ended && operators.into_iter().any(|of| SubjectUri::from(of) == *subject)
    }
}

fn is_any_batch(goods: &Goods, batches: &BatchScope) -> bool {
    let is_of_batches =
        matches!(batches, BatchScope::List { .. } | BatchScope::ProducedBetween { .. });
    is_of_batches && goods.is_item() && !goods.has_batch()
}
