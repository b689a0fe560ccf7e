//! Findings: what came of each rule.

use serde::{Deserialize, Serialize};

use crate::envelope::StatementDigest;
use crate::identifier::{Class, SubjectUri};
use crate::policy::law::LawRef;
use crate::policy::ruleset::Severity;
use crate::reason::Reason;

/// What came of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The code of the rule in its rule set, or of a rule that holds for all of them.
    pub requirement: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, unless it is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Reason>,
    /// What it does to the verdict if it is not met.
    pub severity: Severity,
    /// The law behind the rule, in its order.
    pub law: Vec<LawRef>,
    /// The statements that it rests on, sorted.
    pub evidence: Vec<StatementDigest>,
    /// The chains that were searched, sorted; each is proved complete.
    pub checked_keys: Vec<CheckedKey>,
    /// How a measure was found to concern these goods; for measures only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#match: Option<MatchKind>,
}

/// What came of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// The evidence meets it.
    Met,
    /// It is not met.
    NotMet,
    /// A person must decide.
    Review,
    /// It is not met, which has no effect on the verdict, or not yet.
    Warned,
    /// It was not looked at, because something before it has already decided.
    NotChecked,
}

/// How a measure was found to concern goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MatchKind {
    /// By identifiers.
    Exact,
    /// By texts that are much alike.
    Approximate,
}

/// A chain that was searched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckedKey {
    /// Whose chain.
    pub uri: SubjectUri,
    /// Which of its chains.
    pub class: Class,
    /// How many entries it has; 0 is a proved absence.
    pub count: u64,
}
