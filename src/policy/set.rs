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

    /// The same, and a rule set out of its bytes. One with the same id and version as another stands
    /// beside it: both are accepted, and by that name neither is found.
    pub fn with(self, bytes: &[u8]) -> Result<Self, RuleSetError> {
        Ok(self.with_rule_set(RuleSet::parse(bytes)?))
    }

    /// The same, and a rule set.
    #[must_use]
    pub fn with_rule_set(mut self, rule_set: RuleSet) -> Self {
        self.by_sha256.insert(rule_set.sha256(), Arc::new(rule_set));
        self
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
