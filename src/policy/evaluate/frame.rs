//! The order of a judgement: prohibited, identity, measures, requirements, freshness.
//!
//! Rules: `conformity.md`, section 5 and rulings 11 and 14.

use std::sync::Arc;

use super::annulments::Annulments;
use super::context::{Context, Subject};
use super::events::Events;
use super::expand::Expanded;
use super::identity::{Identified, identify};
use super::judged::{Judged, Rule};
use super::judgement::Judgement;
use super::measures::measures;
use super::moment::Moment;
use super::requirement::Required;
use super::status::Changes;
use super::trust::Trust;
use crate::attestation::PredicateKind;
use crate::identifier::{Class, ProductUri, SubjectUri};
use crate::policy::evidence::Evidence;
use crate::policy::finding::{CheckedKey, Finding, Outcome};
use crate::policy::query::{GoodsLocation, NormalQuery};
use crate::policy::ruleset::{
    Adverse, Alternative, Check, Negative, Requirement, RuleSet, Severity,
};
use crate::policy::set::PolicySet;
use crate::reason::Reason;
use crate::record::Record;
use crate::time::Timestamp;

/// What a query is judged with; the instant comes on top.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub query: &'a NormalQuery,
    pub evidence: &'a Evidence,
    pub policies: &'a PolicySet,
    pub changes: Changes<'a>,
    pub trust: Trust<'a>,
}

impl<'a> Frame<'a> {
    /// What a query is judged with.
    pub(super) fn new(
        query: &'a NormalQuery,
        evidence: &'a Evidence,
        policies: &'a PolicySet,
    ) -> Self {
        let annulments = Annulments::of(evidence);
        let trust = Trust::of(evidence, &annulments);
        let changes = Changes::of(evidence, annulments, |record| trust.is_in_doubt(record));
        Self { query, evidence, policies, changes, trust }
    }

    /// The moment of a question asked at some instant. Goods that are said to be placed on the
    /// market on a day still to come are not there yet.
    pub(super) fn moment(&self, legal_at: Timestamp) -> Moment {
        let placed_on_market = match self.query.offer.goods_location {
            GoodsLocation::EuStock { placed_on_market } => Some(placed_on_market),
            GoodsLocation::DirectImport {} => None,
        };
        let placed_on_market = placed_on_market.filter(|day| *day <= legal_at.date());
        Moment { legal_at, placed_on_market }
    }

    /// The events, and whether each counts at that moment.
    pub(super) fn events(&self, at: Moment) -> Events<'_> {
        let is_sound = |record: &Record| self.trust.is_sound(&self.changes, record, at);
        Events::of(self.evidence, &self.changes, is_sound)
    }

    /// Judges the query as if it were asked at that instant. Whether the view is fresh enough for
    /// it is not looked at.
    pub(super) fn judge(&self, legal_at: Timestamp) -> Judged {
        let events = self.events(self.moment(legal_at));
        let identities = self.identities(&events, self.moment(legal_at));
        if let Some(judged) = self.prohibited(&identities) {
            return judged;
        }
        let mut judged = Judged::default();
        let rules = match self.select(&identities, legal_at) {
            Ok(rules) => rules,
            Err(reason) => {
                let rule = Rule::general("POLICY", Severity::Review);
                judged.add(self.evidence, rule, &Judgement::review(reason), &[]);
                self.judge_erased_identities(&events, &mut judged);
                return judged;
            }
        };
        judged.rules = Some(Arc::clone(rules));
        let context = self.context(rules, legal_at, &events);
        let expanded = context.expand();
        self.judge_identity(&context, &expanded, &mut judged);
        let keys = |adverse: Adverse| match adverse {
            Adverse::Measures => self.keys_of_goods(Class::Adverse),
            Adverse::Documents => self.keys_of_goods(Class::All),
            Adverse::Concerns => self.concerned_keys(),
        };
        let takes_nothing_back =
            |record: &Record| self.trust.is_in_doubt(record) || self.changes.is_annulled(record);
        let measures = measures(self.evidence, takes_nothing_back, legal_at);
        for rule in &rules.negative {
            let found = context.negatives(rule, &measures, &expanded);
            self.add_negatives(rule, found, &keys(rule.adverse()), &mut judged);
        }
        for requirement in &rules.requirements {
            self.require(&context, &expanded, requirement, &mut judged);
        }
        self.add_conditions(&context, &expanded, &mut judged);
        judged.uses_production_days =
            expanded.to_clear.iter().any(|(subject, _)| subject.goods.produced.is_some());
        judged
    }

    pub(super) fn context<'c>(
        &'c self,
        rules: &'c RuleSet,
        legal_at: Timestamp,
        events: &'c Events<'c>,
    ) -> Context<'c> {
        Context {
            query: self.query,
            evidence: self.evidence,
            rules,
            at: self.moment(legal_at),
            changes: &self.changes,
            trust: &self.trust,
            events,
            countries: self.query.countries(),
            trader: self.trust.primary(&self.query.trader.operator),
        }
    }

    /// Who erases what the goods are may leave no rule set for them. That is no better than erased
    /// evidence is under any rule set.
    fn judge_erased_identities(&self, events: &Events<'_>, judged: &mut Judged) {
        let goods = self.query.products.iter().map(|product| events.goods(product, None));
        let mut judgement = Judgement::met();
        for goods in goods {
            if let Identified::Erased(record) = identify(self.evidence, &self.changes, &goods) {
                judgement.deny(Reason::EvidenceErased);
                judgement.mention(record.index());
            }
        }
        if judgement.reason_count() > 0 {
            let rule = Rule::general("PRODUCT-ID", Severity::Deny);
            judged.add(self.evidence, rule, &judgement, &[]);
        }
    }

    /// Rules that hold whatever the rule set: which goods these are, and since when.
    fn judge_identity(&self, context: &Context<'_>, expanded: &Expanded<'_>, judged: &mut Judged) {
        let rules = context.rules;
        let goods = expanded.to_cover.iter().chain(&expanded.packs);
        let products = goods.clone().map(|subject| &subject.goods.product);
        let is_test = |product: &ProductUri| product.gtin().is_some_and(|gtin| gtin.is_test());
        if self.query.products.iter().chain(products).any(is_test) && !rules.test_identifiers {
            let rule = Rule::general("PRODUCT-ID", Severity::Deny);
            let judgement = Judgement::not_met(Reason::TestIdentifier);
            judged.add(self.evidence, rule, &judgement, &[]);
        }
        if !expanded.unbound.is_empty() {
            let rule = Rule::general("PRODUCT-ID", Severity::Review);
            let judgement = Judgement::review(Reason::ProductIdUnbound);
            judged.add(self.evidence, rule, &judgement, &[]);
        }
        let is_made_later = |subject: &Subject<'_>| {
            let made_and_placed = subject.goods.produced.zip(context.at.placed_on_market);
            made_and_placed.is_some_and(|(made, placed)| placed < made)
        };
        if goods.clone().any(is_made_later) {
            let rule = Rule::general("PRODUCT-ID", Severity::Review);
            let judgement = Judgement::review(Reason::PlacedBeforeMade);
            judged.add(self.evidence, rule, &judgement, &[]);
        }
        let is_for = |subject: &Subject<'_>| {
            subject
                .identity()
                .is_none_or(|identity| rules.is_for(&identity.of.category, &identity.of.attributes))
        };
        // Parts of a bundle, and some batches, may be goods that another rule set is for.
        let mut goods = goods;
        if expanded.is_too_deep || !goods.all(is_for) {
            let rule = Rule::general("POLICY", Severity::Review);
            let judgement = Judgement::review(Reason::PolicyNotFound);
            judged.add(self.evidence, rule, &judgement, &[]);
        }
    }

    /// The chains of goods in which what is against them would stand: each of them is whole.
    fn keys_of_goods(&self, class: Class) -> Vec<CheckedKey> {
        let is_of_goods =
            |uri: &SubjectUri| matches!(uri, SubjectUri::Product(_) | SubjectUri::Type(_));
        self.checked_keys(class, is_of_goods)
    }

    /// The same for concerns, which are looked up for goods and documents alone.
    fn concerned_keys(&self) -> Vec<CheckedKey> {
        self.checked_keys(Class::Concerns, |_| true)
    }

    fn checked_keys(
        &self,
        class: Class,
        is_meant: impl Fn(&SubjectUri) -> bool,
    ) -> Vec<CheckedKey> {
        let chains = self.evidence.chains().iter();
        let searched = chains.filter(|((of, uri), _)| *of == class && is_meant(uri));
        let mut keys: Vec<CheckedKey> = searched
            .map(|((class, uri), records)| CheckedKey {
                uri: uri.clone(),
                class: *class,
                count: u64::try_from(records.len()).unwrap_or(u64::MAX),
            })
            .collect();
        keys.sort();
        keys
    }

    fn add_negatives(
        &self,
        rule: &Negative,
        found: super::negative::Negatives,
        keys: &[CheckedKey],
        judged: &mut Judged,
    ) {
        let of = |severity| Rule { code: &rule.code, severity, law: &rule.law, only_warns: false };
        for (hit, (severity, records)) in &found.hits {
            judged.add_hit(self.evidence, of(*severity), *hit, records, keys);
        }
        if found.hits.is_empty() {
            let mut judgement = Judgement::met();
            for record in found.settled {
                judgement.mention(record);
            }
            judged.add(self.evidence, of(rule.on_hit), &judgement, keys);
        }
        judged.excluded.extend(found.excluded);
    }

    /// Several batches and parts: the worst decides. A requirement on the identity or the offer is
    /// made of packs too, everything else of what they hold.
    fn require(
        &self,
        context: &Context<'_>,
        expanded: &Expanded<'_>,
        requirement: &Requirement,
        judged: &mut Judged,
    ) {
        let of_packs = if is_of_packs(requirement) { &expanded.packs[..] } else { &[] };
        let mut all: Option<Judgement> = None;
        let mut is_known = true;
        for subject in of_packs.iter().chain(&expanded.to_cover) {
            match context.require(subject, requirement) {
                Required::NotCalledFor => {}
                Required::NotKnown => is_known = false,
                Required::Judged(judgement) => all.get_or_insert_default().and(judgement),
            }
        }
        let effective_on = requirement.effective_on;
        let rule = Rule {
            code: &requirement.code,
            severity: requirement.severity,
            law: &requirement.law,
            only_warns: effective_on.is_some_and(|day| context.at.legal_at < day.start()),
        };
        match all {
            Some(judgement) => judged.add(self.evidence, rule, &judgement, &[]),
            None if is_known => {}
            None => judged.findings.push(Finding {
                requirement: requirement.code.clone(),
                outcome: Outcome::NotChecked,
                code: None,
                severity: requirement.severity,
                law: requirement.law.clone(),
                evidence: Vec::new(),
                checked_keys: Vec::new(),
                r#match: None,
            }),
        }
    }
}

fn is_of_packs(requirement: &Requirement) -> bool {
    requirement.any_of.iter().any(|alternative| match alternative {
        Alternative::Evidence(rule) => rule.kind == PredicateKind::ProductIdentity,
        Alternative::Check(check) => matches!(
            check,
            Check::ListingBlocksPresent
                | Check::ListingManufacturerMatches
                | Check::ListingCategoryMatches
                | Check::ListingImagesKnown
                | Check::ListingWarningsCoverLanguages
        ),
    })
}
