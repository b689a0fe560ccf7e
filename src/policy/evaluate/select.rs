//! What is asked about, whether it is prohibited as such, and which rule set judges it.
//!
//! Rules: `conformity.md`, section 5 and ruling 11.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::events::Events;
use super::frame::Frame;
use super::identity::{bound, identify, manufacturer};
use super::judged::{Judged, Rule};
use super::judgement::Judgement;
use super::moment::Moment;
use crate::attestation::types::ProductIdentity;
use crate::merkle::EntryIndex;
use crate::policy::ruleset::{Prohibited, RuleSet, Severity};
use crate::policy::set::Selection;
use crate::reason::Reason;
use crate::record::Record;
use crate::time::Timestamp;

impl<'a> Frame<'a> {
    /// The identities of the query's products and of what they contain, the products' first.
    pub(super) fn identities(
        &self,
        events: &Events<'_>,
        at: Moment,
    ) -> Vec<(EntryIndex, &'a ProductIdentity)> {
        let is_sound = |record: &Record| self.trust.is_sound(&self.changes, record, at);
        let mut found = Vec::new();
        let mut waiting: Vec<_> = self.query.products.clone();
        waiting.extend(self.query.merchant_id.clone());
        let mut seen = BTreeSet::new();
        waiting.reverse();
        while let Some(product) = waiting.pop() {
            if !seen.insert(product.clone()) {
                continue;
            }
            let product = bound(self.evidence, &product, is_sound).unwrap_or(product);
            let maker = manufacturer(self.evidence, &product);
            let goods = events.goods(&product, maker);
            if let Some(identity) = identify(self.evidence, &self.changes, &goods).identity() {
                found.push((identity.record.index(), identity.of));
                let parts = identity.of.contains().iter().rev();
                let parts = parts.map(|part| part.id.clone());
                // Behind what waits, so that the query's own products stay in front.
                waiting.splice(0..0, parts);
            }
        }
        found
    }

    /// What any accepted rule set prohibits, nothing unlocks: by the offer's category, pictures,
    /// product or seller, or by what the manufacturer declared.
    pub(super) fn prohibited(
        &self,
        identities: &[(EntryIndex, &ProductIdentity)],
    ) -> Option<Judged> {
        let mut judged = Judged::default();
        let offer = &self.query.category;
        for (rules, entry) in self.policies.prohibited() {
            let is_by_offer = entry.holds_category(&offer.of_goods(), offer.platform.as_deref())
                || entry.holds_image(&self.query.offer.images)
                || self.is_prohibited_offer(entry);
            let by_identity: BTreeSet<EntryIndex> = identities
                .iter()
                .filter(|(_, identity)| is_prohibited(entry, identity))
                .map(|(index, _)| *index)
                .collect();
            if !is_by_offer && by_identity.is_empty() {
                continue;
            }
            judged.prohibited = true;
            judged.rules.get_or_insert_with(|| Arc::clone(rules));
            let rule = Rule {
                code: &entry.code,
                severity: Severity::Deny,
                law: &entry.law,
                only_warns: false,
            };
            let mut judgement = Judgement::not_met(Reason::ProhibitedCategory);
            for record in by_identity {
                judgement.mention(record);
            }
            judged.add(self.evidence, rule, &judgement, &[]);
        }
        judged.prohibited.then_some(judged)
    }

    fn is_prohibited_offer(&self, entry: &Prohibited) -> bool {
        let mut products = self.query.products.iter().chain(&self.query.merchant_id);
        let seller = self.trust.primary(&self.query.trader.operator);
        products.any(|product| entry.holds_product(product))
            || entry.sellers.iter().any(|listed| self.trust.primary(listed) == seller)
    }

    pub(super) fn select(
        &self,
        identities: &[(EntryIndex, &ProductIdentity)],
        legal_at: Timestamp,
    ) -> Result<&'a Arc<RuleSet>, Reason> {
        let named = self.query.policy.as_ref();
        let destinations = &self.query.offer.destinations;
        let on = legal_at.date();
        match identities.first() {
            Some((_, identity)) => self.policies.select(&Selection {
                named,
                category: &identity.category,
                attributes: &identity.attributes,
                on,
                destinations,
            }),
            None => self.policies.select(&Selection {
                named,
                category: &self.query.category.of_goods(),
                attributes: &self.query.attributes,
                on,
                destinations,
            }),
        }
    }
}

fn is_prohibited(entry: &Prohibited, identity: &ProductIdentity) -> bool {
    // An identity may be of other products too: what it holds is what counts.
    let mut parts = identity.contains().iter().chain(identity.components());
    entry.holds_category(&identity.category, None)
        || entry.holds_image(&identity.images)
        || parts.any(|part| entry.holds_product(&part.id))
}
