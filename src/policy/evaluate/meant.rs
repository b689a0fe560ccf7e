//! Whether a record is of the sort that a rule asks for. Whether it is good is not looked at.

use super::context::Subject;
use crate::attestation::types::{ConformityCertificate, ReportKind};
use crate::attestation::{Module, Predicate, Statement};
use crate::policy::ruleset::EvidenceRule;

/// Whether a record is of the sort that a rule asks for. Whether it is good is not looked at.
pub(super) fn is_meant(subject: &Subject<'_>, rule: &EvidenceRule, statement: &Statement) -> bool {
    let header = statement.header();
    if statement.kind() != rule.kind
        || !(rule.by.is_empty() || rule.by.contains(&header.issuer.role))
    {
        return false;
    }
    match statement.predicate() {
        Predicate::EuDeclaration(of) => {
            let acts = header.legislation();
            let is_of_act =
                |act| rule.legislation_any.is_empty() || rule.legislation_any.contains(act);
            let has_module = |wanted: &Module| {
                let modules = of.modules.iter().filter(|(act, _)| is_of_act(act));
                modules.into_iter().any(|(_, module)| has_part(module, wanted))
            };
            acts.iter().any(is_of_act) && rule.module.as_ref().is_none_or(has_module)
        }
        Predicate::ConformityCertificate(of) => is_meant_certificate(rule, of),
        Predicate::ProductionQualityApproval(of) => {
            let acts = [&rule.legislation_any, &rule.nb_notified_for];
            acts.iter().all(|acts| acts.is_empty() || acts.contains(&of.act))
                && rule.module.as_ref().is_none_or(|wanted| has_part(&of.module, wanted))
        }
        Predicate::TestReport(of) => {
            let kind = of.kind.unwrap_or(ReportKind::Test);
            rule.report_kind.is_none_or(|wanted| wanted == kind)
        }
        Predicate::Mandate(of) => {
            // Whoever else gives a mandate gives it for nothing of this product.
            rule.mandate_kind.is_none_or(|wanted| wanted == of.kind)
                && Some(&of.mandator) == subject.manufacturer()
        }
        // The newest counts, and only that one.
        Predicate::ProductIdentity(_) => subject
            .identity()
            .and_then(|identity| identity.record.statement())
            .is_some_and(|newest| std::ptr::eq(newest, statement)),
        _ => true,
    }
}

/// A voluntary certificate is looked at too, to say what it is not.
fn is_meant_certificate(rule: &EvidenceRule, certificate: &ConformityCertificate) -> bool {
    if certificate.voluntary {
        return true;
    }
    let acts = [&rule.legislation_any, &rule.nb_notified_for];
    let is_of_act = acts.iter().all(|acts| {
        acts.is_empty() || certificate.act.as_ref().is_some_and(|act| acts.contains(act))
    });
    let is_of_module = |wanted: &Module| {
        certificate.module.as_ref().is_some_and(|module| has_part(module, wanted))
    };
    is_of_act && rule.module.as_ref().is_none_or(is_of_module)
}

/// Whether a procedure is the one wanted, or has it as a part: `B+C` has `B`.
fn has_part(module: &Module, wanted: &Module) -> bool {
    module == wanted || module.as_str().split('+').any(|part| part == wanted.as_str())
}
