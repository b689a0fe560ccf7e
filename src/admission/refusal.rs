//! Why a statement is not let in: a code, and all that could be found.

use std::fmt;

use serde::Serialize;

use crate::attestation::{PredicateError, StatementError};
use crate::json::JsonError;
use crate::reason::Reason;
use crate::registry::AuthorityError;

/// Why a statement is not let in. Its code is that of the first finding in the order of the checks:
/// signature, issuer, role, identifiers, subjects, number, right to change, quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    code: Reason,
    findings: Vec<RefusalFinding>,
}

/// One rule that a statement breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusalFinding {
    /// The code.
    pub code: Reason,
    /// What was found and what was expected.
    pub message: String,
    /// Path of the member in the predicate, or `subject`; absent if it is the envelope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
}

/// The order of the checks (ruling 19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Signature,
    Issuer,
    Role,
    Identifiers,
    Subjects,
    Number,
    Right,
    Quota,
}

impl RefusalFinding {
    /// A finding about a member.
    pub fn new(code: Reason, member: Option<&str>, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), member: member.map(str::to_owned) }
    }

    pub(super) fn of_authority(error: &AuthorityError) -> Self {
        Self::new(error.reason(), error.member(), error.to_string())
    }

    pub(super) fn of_statement(error: &StatementError) -> (Step, Self) {
        let message = error.to_string();
        match error {
            StatementError::SubjectDigest { .. }
            | StatementError::SubjectUncalled { .. }
            | StatementError::SubjectLeftOut { .. }
            | StatementError::DuplicateSubject { .. }
            | StatementError::NoSubject => {
                let code = Reason::SubjectDigestMismatch;
                (Step::Subjects, Self::new(code, Some("subject"), message))
            }
            StatementError::TooManySubjects { .. } => {
                (Step::Subjects, Self::new(Reason::TooManySubjects, Some("subject"), message))
            }
            StatementError::Predicate(PredicateError::Role { .. }) => {
                let code = Reason::IssuerNotAuthorised;
                (Step::Role, Self::new(code, Some("header.issuer.role"), message))
            }
            StatementError::Predicate(
                PredicateError::Missing { member, .. } | PredicateError::Invalid { member, .. },
            ) => (Step::Identifiers, Self::new(Reason::StatementInvalid, Some(*member), message)),
            StatementError::Json(
                JsonError::Syntax { place, .. }
                | JsonError::DuplicateMember { place }
                | JsonError::Number { place, .. }
                | JsonError::TooDeep { place, .. }
                | JsonError::Schema { place, .. },
            ) => {
                let member = place.trim_start_matches('/').replace('/', ".");
                let is_identifier = matches!(error, StatementError::Json(JsonError::Schema { .. }))
                    && names_identifier(&member);
                let code = if is_identifier {
                    Reason::IdentifierInvalid
                } else {
                    Reason::StatementInvalid
                };
                (Step::Identifiers, Self::new(code, Some(&member), message))
            }
            _ => (Step::Identifiers, Self::new(Reason::StatementInvalid, None, message)),
        }
    }
}

/// Members that hold an identifier, or a list of them, wherever they stand.
const IDENTIFIER_MEMBERS: [&str; 30] = [
    "act",
    "acts",
    "aliases",
    "aliases_ended",
    "batch",
    "body",
    "body_number",
    "by",
    "cn",
    "countries",
    "country",
    "designation",
    "eori",
    "gpc",
    "holder",
    "inputs",
    "issuer",
    "legislation",
    "mandatary",
    "mandator",
    "merchant_ids",
    "mrn",
    "number",
    "operator",
    "origin",
    "outputs",
    "platform",
    "product",
    "sites",
    "trader",
];

/// Whether what stands at this path of a statement or predicate is an identifier.
fn names_identifier(path: &str) -> bool {
    let mut names = path.split('.').rev().filter(|step| step.parse::<usize>().is_err());
    match (names.next(), names.next()) {
        (Some("name"), Some("subject")) => true,
        (Some("id"), Some(parent)) => parent != "header",
        (Some(name), _) => IDENTIFIER_MEMBERS.contains(&name),
        (None, _) => false,
    }
}

impl Refusal {
    /// A refusal for one reason alone.
    pub fn single(finding: RefusalFinding) -> Self {
        Self { code: finding.code, findings: vec![finding] }
    }

    /// `None` if there is no finding.
    pub(super) fn of(mut findings: Vec<(Step, RefusalFinding)>) -> Option<Self> {
        findings.sort_by_key(|(step, _)| *step);
        let code = findings.first().map(|(_, first)| first.code)?;
        Some(Self { code, findings: findings.into_iter().map(|(_, finding)| finding).collect() })
    }

    /// The code: that of the first finding.
    pub const fn code(&self) -> Reason {
        self.code
    }

    /// All that could be found, in the order of the checks; at least one finding.
    pub fn findings(&self) -> &[RefusalFinding] {
        &self.findings
    }
}

impl fmt::Display for RefusalFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            Some(member) => write!(f, "{}: {member}: {}", self.code, self.message),
            None => write!(f, "{}: {}", self.code, self.message),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.findings.first() {
            Some(first) => fmt::Display::fmt(first, f),
            None => fmt::Display::fmt(&self.code, f),
        }
    }
}

impl std::error::Error for Refusal {}
