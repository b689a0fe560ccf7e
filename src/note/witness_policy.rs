//! Which logs and witnesses a verifier trusts, and how many must agree (c2sp.org/tlog-policy). The
//! verifier's own choice; nobody else's word.

use crate::note::policy_parser::{self, WitnessPolicyError};
use crate::note::verifier_key::VerifierKey;

/// A witness policy file, read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct WitnessPolicy {
    pub(super) logs: Vec<PolicyLog>,
    pub(super) witnesses: Vec<Witness>,
    /// Witnesses and groups in the order of their definition: members come before their group.
    pub(super) rules: Vec<Rule>,
    /// The rule that makes the quorum; `None` where no witness is asked for.
    pub(super) quorum: Option<usize>,
}

/// A log that the policy names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLog {
    /// Its key; the key's name is the origin.
    pub key: VerifierKey,
    /// Where it is, if the file says so.
    pub url: Option<String>,
}

/// A witness that the policy names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// What the file calls it; means nothing outside of it.
    pub name: String,
    /// The key of its cosignatures.
    pub key: VerifierKey,
    /// Where it takes submissions, if the file says so.
    pub url: Option<String>,
}

/// A group that the quorum is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyGroup<'a> {
    /// What the file calls it.
    pub name: &'a str,
    /// How many of its members it takes.
    pub threshold: usize,
    /// Its members, witnesses and groups, by what the file calls them.
    pub members: Vec<&'a str>,
}

/// What can be a member of a group, or the quorum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The witness at this place in the list cosigned.
    Witness(usize),
    /// At least `threshold` of these earlier rules are met.
    Group { name: String, threshold: usize, members: Vec<usize> },
}

impl WitnessPolicy {
    /// The policy that asks for no witness and names no log.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads a policy file.
    pub fn parse(bytes: &[u8]) -> Result<Self, WitnessPolicyError> {
        policy_parser::parse(bytes)
    }

    /// The logs that it names; if none, which log is known from elsewhere.
    pub fn logs(&self) -> &[PolicyLog] {
        &self.logs
    }

    /// The witnesses that it names, whether or not the quorum asks for them.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// Whether any cosignature is asked for.
    pub const fn has_quorum(&self) -> bool {
        self.quorum.is_some()
    }

    /// What the file calls the witness or the group that makes the quorum.
    pub fn quorum_name(&self) -> Option<&str> {
        self.rule_name(self.quorum?)
    }

    /// The groups that the file defines up to the quorum, in its order.
    pub fn groups(&self) -> Vec<PolicyGroup<'_>> {
        let rules = self.rules.iter().take(self.quorum.map_or(0, |quorum| quorum + 1));
        let groups = rules.filter_map(|rule| match rule {
            Rule::Witness(_) => None,
            Rule::Group { name, threshold, members } => {
                let members = members.iter().filter_map(|member| self.rule_name(*member));
                Some(PolicyGroup { name, threshold: *threshold, members: members.collect() })
            }
        });
        groups.collect()
    }

    fn rule_name(&self, rule: usize) -> Option<&str> {
        match self.rules.get(rule)? {
            Rule::Witness(place) => self.witnesses.get(*place).map(|witness| &*witness.name),
            Rule::Group { name, .. } => Some(name),
        }
    }
}
