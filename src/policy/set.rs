//! The rule sets that a reader accepts: those embedded here, and those it gives itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::attestation::types::Category;
use crate::hash::Digest;
use crate::identifier::Country;
use crate::policy::name::PolicyName;
use crate::policy::rules;
use crate::policy::ruleset::{AttributeSource, Prohibited, RuleSet, RuleSetError};
use crate::reason::Reason;
use crate::time::Date;

/// Accepted rule sets, by digest. Logging a rule set accepts nothing; only the reader does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySet {
    by_sha256: BTreeMap<Digest, Arc<RuleSet>>,
}

/// What a rule set is chosen by.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a, A> {
    /// The rule set that the query names.
    pub named: Option<&'a PolicyName>,
    /// The category of the identity; without one, that of the offer.
    pub category: &'a Category,
    /// The attributes of the identity; without one, those of the offer.
    pub attributes: &'a A,
    /// The day of the question.
    pub on: Date,
    /// The destinations, `EU` expanded or not.
    pub destinations: &'a [Country],
}

impl PolicySet {
    /// No rule set.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The rule sets that this program brings with it.
    pub fn embedded() -> Self {
        let mut set = Self::empty();
        // A test reads every embedded rule set; one that could not be read would accept nothing.
        let texts = rules::NAMES.iter().filter_map(|name| rules::embedded(name));
        for rule_set in texts.filter_map(|text| RuleSet::parse(text.as_bytes()).ok()) {
            set = set.with_rule_set(rule_set);
        }
        set
    }

    /// The same, and a rule set out of its bytes. One with the same id and version as another
    /// stands beside it: both are accepted, and by that name neither is found.
    pub fn with(self, bytes: &[u8]) -> Result<Self, RuleSetError> {
        Ok(self.with_rule_set(RuleSet::parse(bytes)?))
    }

    /// The same, and a rule set.
    #[must_use]
    pub fn with_rule_set(mut self, rule_set: RuleSet) -> Self {
        self.by_sha256.insert(rule_set.sha256(), Arc::new(rule_set));
        self
    }

    /// The same with a rule set in the place of every other of its name, which then finds this one
    /// alone.
    #[must_use]
    pub fn with_in_place(mut self, rule_set: RuleSet) -> Self {
        self.by_sha256.retain(|_, other| other.name() != rule_set.name());
        self.with_rule_set(rule_set)
    }

    /// Every rule set, by digest.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<RuleSet>> {
        self.by_sha256.values()
    }

    /// The rule set with this digest.
    pub fn by_sha256(&self, sha256: &Digest) -> Option<&Arc<RuleSet>> {
        self.by_sha256.get(sha256)
    }

    /// The only rule set with this name.
    pub fn by_name(&self, name: &PolicyName) -> Option<&Arc<RuleSet>> {
        only(self.iter().filter(|rule_set| rule_set.name() == name))
    }

    /// The rule set to judge by: the one that is named, or else the only one for these goods. It
    /// must be for these goods, in force on the day, and law in every destination.
    pub fn select<A: AttributeSource>(
        &self,
        selection: &Selection<'_, A>,
    ) -> Result<&Arc<RuleSet>, Reason> {
        if selection.category.gpc.is_none() && selection.category.cn.is_none() {
            return Err(Reason::CategoryUnknown);
        }
        let is_fit = |rule_set: &&Arc<RuleSet>| {
            rule_set.is_for(selection.category, selection.attributes)
                && rule_set.applies_from <= selection.on
                && selection.destinations.iter().all(|country| rule_set.is_law_in(*country))
        };
        let found = match selection.named {
            Some(name) => self.by_name(name).filter(is_fit),
            None => only(self.iter().filter(is_fit)),
        };
        found.ok_or(Reason::PolicyNotFound)
    }

    /// What is prohibited by any rule set, in the order of their names; a query is held against all
    /// of it, whichever rule set it is judged by.
    pub fn prohibited(&self) -> Vec<(&Arc<RuleSet>, &Prohibited)> {
        let mut rule_sets: Vec<_> = self.iter().collect();
        rule_sets.sort_by_key(|rule_set| (rule_set.name().clone(), rule_set.sha256()));
        let all = rule_sets.into_iter();
        all.flat_map(|set| set.prohibited.iter().map(move |entry| (set, entry))).collect()
    }
}

fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    let first = found.next();
    if found.next().is_some() { None } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::query::OfferAttributes;

    const TOYS: &str = "eu-toys@2026.11.0";

    fn select(set: &PolicySet, named: Option<&str>, cn: &str, radio: Option<bool>) -> String {
        let named: Option<PolicyName> = named.map(|name| name.parse().unwrap());
        let cn = (!cn.is_empty()).then(|| cn.parse().unwrap());
        let selection = Selection {
            named: named.as_ref(),
            category: &Category { gpc: None, cn },
            attributes: &OfferAttributes { radio, ..OfferAttributes::default() },
            on: "2026-11-23".parse().unwrap(),
            destinations: &["FR".parse().unwrap()],
        };
        match set.select(&selection) {
            Ok(rule_set) => rule_set.name().to_string(),
            Err(reason) => reason.to_string(),
        }
    }

    #[test]
    fn the_rule_set_follows_from_category_and_attributes() {
        let set = PolicySet::embedded();
        let not_found = "POLICY_NOT_FOUND";
        for (named, cn, radio, expected) in [
            (None, "95030041", Some(false), TOYS),
            (None, "95030041", None, TOYS),
            (None, "95030041", Some(true), not_found),
            (None, "85044095", Some(true), "eu-radio@2026.11.0"),
            (None, "85044095", Some(false), "eu-lvd@2026.11.0"),
            // Not known: both hold the goods, and neither is guessed.
            (None, "85044095", None, not_found),
            (None, "61091000", Some(false), not_found),
            (None, "", Some(false), "CATEGORY_UNKNOWN"),
            (Some(TOYS), "95030041", Some(false), TOYS),
            (Some(TOYS), "85044095", Some(false), not_found),
            (Some(TOYS), "95030041", Some(true), not_found),
            (Some("eu-toys@2025.1.0"), "95030041", Some(false), not_found),
        ] {
            assert_eq!(select(&set, named, cn, radio), expected, "{named:?} {cn} {radio:?}");
        }
        assert_eq!(select(&PolicySet::empty(), None, "95030041", None), not_found);
    }

    #[test]
    fn two_rule_sets_for_the_same_goods_are_none() {
        let text = rules::embedded("eu-toys").unwrap();
        let other = text.replace("shelf_life_hours = 24", "shelf_life_hours = 12");
        let set = PolicySet::embedded().with(other.as_bytes()).unwrap();
        assert_eq!(set.iter().count(), rules::NAMES.len() + 1);
        assert_eq!(select(&set, Some(TOYS), "95030041", None), "POLICY_NOT_FOUND");
        assert_eq!(select(&set, None, "95030041", None), "POLICY_NOT_FOUND");
        let same = PolicySet::embedded().with(text.as_bytes()).unwrap();
        assert_eq!(same, PolicySet::embedded());
        assert!(same.by_sha256(&Digest::of(text.as_bytes())).is_some());
        assert!(same.by_sha256(&Digest::of(other.as_bytes())).is_none());
    }

    #[test]
    fn a_rule_set_binds_from_its_day_and_where_it_is_law() {
        let set = PolicySet::embedded();
        let category = Category { gpc: None, cn: Some("95030041".parse().unwrap()) };
        let (attributes, eu) = (OfferAttributes::default(), [Country::EU]);
        let choose = |on: &str, destinations: &[&str]| {
            let read = |country: &&str| country.parse().unwrap();
            let destinations: Vec<Country> = destinations.iter().map(read).collect();
            let on = on.parse().unwrap();
            let category = &category;
            let attributes = &attributes;
            let destinations = &destinations;
            set.select(&Selection { named: None, category, attributes, on, destinations }).is_ok()
        };
        assert!(choose("2026-01-01", &["FR", "EU"]) && !choose("2025-12-31", &["FR"]));
        assert!(!choose("2026-01-01", &["FR", "US"]));
        assert!(set.iter().all(|rule_set| eu.iter().all(|all| rule_set.is_law_in(*all))));
    }

    #[test]
    fn what_any_rule_set_prohibits_is_prohibited() {
        let set = PolicySet::embedded();
        let codes: Vec<&str> = set.prohibited().iter().map(|(_, of)| of.code.as_str()).collect();
        assert_eq!(codes, ["CHILDLIKE-DOLL", "WEAPON-CATEGORY-A", "MEDICINE-PRESCRIPTION"]);
    }
}
