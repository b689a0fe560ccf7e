//! `test-report`: a laboratory tells what it measured on a sample.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::attestation::header::Header;
use crate::attestation::predicate_type::{PredicateError, PredicateType};
use crate::attestation::role::Role;
use crate::attestation::scope::{BatchScope, Scope};
use crate::attestation::values::{Decimal, Extensions, NonEmpty};
use crate::hash::Digest;
use crate::identifier::OperatorUri;
use crate::time::Date;

/// What a laboratory measured on a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestReport {
    /// Who speaks, about which document.
    pub header: Header,
    /// What the sample stands for: types or batches.
    #[schemars(extend("anyOf" = [
        {"required": ["types"]},
        {
            "required": ["batches"],
            "properties": {"batches": {"properties": {"mode": {"const": "LIST"}}}},
        },
    ]))]
    pub scope: Scope,
    /// Its accreditation number, as printed.
    pub accreditation: String,
    /// The sample.
    pub sample: Sample,
    /// First day of the tests.
    pub tested_from: Date,
    /// Last day of the tests.
    pub tested_until: Date,
    /// The tests.
    pub tests: NonEmpty<SingleTest>,
    /// The result of all of them.
    #[schemars(extend("enum" = ["PASS", "FAIL"]))]
    pub overall: ReportResult,
    /// What kind of report it is; `TEST` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ReportKind>,
    /// Who took the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled_by: Option<OperatorUri>,
    /// Digests of pictures of the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photos: Option<NonEmpty<Digest>>,
    /// Members that the signer adds; nothing here reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Extensions>,
}

/// The sample that was tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The laboratory's number for it.
    pub id: String,
    /// The day it came in.
    pub received: Date,
}

/// One test against one standard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SingleTest {
    /// The standard, as `EN 71-1`.
    pub standard: String,
    /// Its edition.
    pub edition: String,
    /// The clause, if not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// The result.
    pub result: ReportResult,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<NonEmpty<Measured>>,
}

/// A measured value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Of what.
    pub name: String,
    /// The number.
    pub value: Decimal,
    /// Its unit (UCUM or plain text).
    pub unit: String,
}

/// The result of a test.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReportResult {
    /// Passed.
    Pass,
    /// Failed.
    Fail,
    /// Not applicable.
    Na,
}

/// What kind of report it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReportKind {
    /// Tests on a sample.
    Test,
    /// A safety assessment (cosmetics).
    SafetyAssessment,
}

impl PredicateType for TestReport {
    const IS_DOCUMENT: bool = true;
    const ROLES: &'static [Role] = &[Role::Lab];

    fn scope(&self) -> Option<&Scope> {
        Some(&self.scope)
    }

    fn check(&self) -> Result<(), PredicateError> {
        if self.scope.types().is_empty() && !matches!(self.scope.batches, BatchScope::List { .. }) {
            let reason = "expected types or listed batches: what the sample stands for";
            return Err(PredicateError::invalid("scope", reason));
        }
        if self.tested_until < self.tested_from {
            return Err(PredicateError::invalid("tested_until", "it lies before tested_from"));
        }
        let has_failed = self.tests.iter().any(|test| test.result == ReportResult::Fail);
        match self.overall {
            ReportResult::Pass if has_failed => {
                Err(PredicateError::invalid("overall", "PASS with a failed test"))
            }
            ReportResult::Na => Err(PredicateError::invalid("overall", "expected PASS or FAIL")),
            ReportResult::Pass | ReportResult::Fail => Ok(()),
        }
    }
}
