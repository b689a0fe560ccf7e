//! `report.*`: checks on test reports.

use crate::attestation::types::TestReport;
use crate::policy::evaluate::context::{Context, Subject};
use crate::policy::evaluate::goods::Reach;

/// The sample is of a type of the product, or of its batch.
pub(super) fn sample_matches_type(
    context: &Context<'_>,
    subject: &Subject<'_>,
    report: &TestReport,
) -> bool {
    let types = report.scope.types();
    if types.is_empty() {
        return subject.goods.reach(&report.scope) != Reach::Misses;
    }
    types.iter().any(|of| context.reach_of_type(subject, of) != Reach::Misses)
}

/// The laboratory is not the manufacturer.
pub(super) fn lab_independent(subject: &Subject<'_>, report: &TestReport) -> bool {
    let lab = report.header.issuer.operator.operator();
    lab.is_none() || lab != subject.manufacturer()
}
