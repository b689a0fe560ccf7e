//! A rule set as a whole.

use std::collections::BTreeMap;

use crate::attestation::Language;
use crate::attestation::types::{Category, PolicyRef};
use crate::hash::Digest;
use crate::identifier::{Celex, Country, OperatorUri};
use crate::policy::assurance::Assurance;
use crate::policy::limit::Limit;
use crate::policy::name::PolicyName;
use crate::policy::ruleset::category::{Categories, Prohibited};
use crate::policy::ruleset::condition::{AttributeSource, Condition};
use crate::policy::ruleset::error::RuleSetError;
use crate::policy::ruleset::read;
use crate::policy::ruleset::rule::{Negative, Requirement};
use crate::time::Date;

/// The longest rule set, in bytes; as the `policy` attestation allows.
pub const POLICY_BYTES_MAX: usize = 256 * 1024;

/// A rule set: read, checked, and named by the digest of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a rule set that nobody evaluates demands nothing"]
pub struct RuleSet {
    pub(super) bytes: Vec<u8>,
    pub(super) sha256: Digest,
    pub(super) name: PolicyName,
    /// Where it is law: destinations outside are not judged by it.
    pub jurisdiction: Vec<Country>,
    /// The first day on which it may be used.
    pub applies_from: Date,
    /// The goods that it is for; none in a rule set that only prohibits.
    pub categories: Categories,
    /// It is not for goods of which one of these holds.
    pub not_when: Vec<Condition>,
    /// A category in the offer that is not the identity's denies; otherwise it calls for review.
    pub restricted: bool,
    /// The weakest evidence that counts.
    pub assurance_min: Assurance,
    /// How long a verdict may be used after the seal, in hours.
    pub shelf_life_hours: u32,
    /// How far the query's instant may lie after the seal, in seconds.
    pub view_age_max_s: u32,
    /// Whether numbers of the GS1 prefix for examples, 952, are accepted.
    pub test_identifiers: bool,
    /// The connectors whose copies of public registers count.
    pub connectors: Vec<OperatorUri>,
    /// What it can't ask for, though the law does: verdicts say so.
    pub limits: Vec<Limit>,
    /// The languages of each destination; any one of them will do.
    pub languages: BTreeMap<Country, Vec<Language>>,
    /// The acts that a declaration has to name, by attributes.
    pub acts_called_for: Vec<CalledAct>,
    /// What nothing unlocks.
    pub prohibited: Vec<Prohibited>,
    /// What hits a product.
    pub negative: Vec<Negative>,
    /// What must be provable.
    pub requirements: Vec<Requirement>,
}

/// An act that declarations have to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledAct {
    /// The act.
    pub act: Celex,
    /// When; always if absent.
    pub when: Option<Condition>,
}

impl RuleSet {
    /// Reads and checks a rule set. An error names the line.
    pub fn parse(bytes: &[u8]) -> Result<Self, RuleSetError> {
        read::rule_set(bytes)
    }

    /// Its id and version.
    pub const fn name(&self) -> &PolicyName {
        &self.name
    }

    /// The digest of its bytes: the only name of its content.
    pub const fn sha256(&self) -> Digest {
        self.sha256
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How verdicts name it.
    pub fn reference(&self) -> PolicyRef {
        PolicyRef {
            id: self.name.id().to_owned(),
            version: self.name.version().to_owned(),
            sha256: self.sha256,
        }
    }

    /// Whether it is for goods of this category and these attributes.
    pub fn is_for(&self, category: &Category, attributes: &impl AttributeSource) -> bool {
        self.categories.hold(category)
            && !self.not_when.iter().any(|condition| condition.holds(attributes))
    }

    /// Whether concerns make a difference to it.
    pub fn asks_for_concerns(&self) -> bool {
        self.negative.iter().any(Negative::is_of_concerns)
    }

    /// Whether it is law in this country.
    pub fn is_law_in(&self, country: Country) -> bool {
        let covers = |of: &Country| *of == country || of.expand().contains(&country);
        self.jurisdiction.iter().any(covers)
    }

    /// The acts that declarations on goods with these attributes have to name.
    pub fn acts_for(&self, attributes: &impl AttributeSource) -> Vec<&Celex> {
        let is_called = |called: &&CalledAct| {
            called.when.as_ref().is_none_or(|condition| condition.holds(attributes))
        };
        self.acts_called_for.iter().filter(is_called).map(|called| &called.act).collect()
    }
}
