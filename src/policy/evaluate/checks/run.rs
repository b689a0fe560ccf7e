//! From the name of a check to the function that makes it.

use std::sync::Arc;

use super::{
    certificate, doc, listing, operator, procedure, production, registration, report, trader,
};
use crate::attestation::types::EuDeclaration;
use crate::attestation::{Predicate, Statement};
use crate::policy::assurance::Assurance;
use crate::policy::evaluate::context::{Context, Subject};
use crate::policy::evaluate::judgement::{Degree, Judgement};
use crate::policy::ruleset::{Check, EvidenceRule};
use crate::record::Record;

/// Makes a check on a record, for a rule to which evidence below `assurance_min` is nothing.
pub(in crate::policy::evaluate) fn check_record(
    context: &Context<'_>,
    subject: &Subject<'_>,
    (rule, assurance_min): (&EvidenceRule, Assurance),
    check: Check,
    record: &Arc<Record>,
) -> Judgement {
    let Some(statement) = record.statement() else { return Judgement::not_met(check.reason()) };
    let failed = |is_met| outcome(check, is_met);
    match (check, statement.predicate()) {
        (check, Predicate::EuDeclaration(of)) => {
            check_declaration(context, subject, (rule, assurance_min), check, (statement, of))
        }
        (Check::ReportSampleMatchesType, Predicate::TestReport(of)) => {
            failed(report::sample_matches_type(context, subject, of))
        }
        (Check::ReportLabIndependent, Predicate::TestReport(of)) => {
            if report::lab_independent(subject, of) {
                return Judgement::met();
            }
            let mut judgement = Judgement::met();
            judgement.add(check.reason(), Degree::Warned);
            judgement
        }
        (Check::CertificateTypeMatchesDoc, Predicate::ConformityCertificate(of)) => {
            failed(certificate::type_matches_doc(context, subject, assurance_min, statement, of))
        }
        (Check::CertificateHolderMatches, Predicate::ConformityCertificate(of)) => {
            failed(subject.manufacturer() == Some(&of.holder))
        }
        (Check::CertificateEuType, Predicate::ConformityCertificate(of)) => failed(!of.voluntary),
        (Check::CertificateTermMax, Predicate::ConformityCertificate(of)) => {
            let allowed = (rule.term_max_days, rule.term_max_years);
            failed(certificate::term_max(of.header.validity, allowed))
        }
        (Check::CertificateNotifiedAtIssue, Predicate::ConformityCertificate(of)) => {
            certificate::notified_at_issue(context, subject, record, of)
        }
        (Check::CertificateNotifiedToday, Predicate::ConformityCertificate(of)) => {
            certificate::notified_today(context, subject, of)
        }
        (Check::ProductionBodyNumberMatchesMark, Predicate::ProductionQualityApproval(of)) => {
            failed(production::body_number_matches_mark(
                context,
                subject,
                assurance_min,
                statement,
                of,
            ))
        }
        (Check::ProductionModuleMatchesDoc, Predicate::ProductionQualityApproval(of)) => {
            failed(production::module_matches_doc(context, subject, assurance_min, statement, of))
        }
        (Check::ProductionSurveillanceCurrent, Predicate::ProductionQualityApproval(of)) => {
            failed(production::surveillance_current(context, of))
        }
        (Check::ProductionNotifiedToday, Predicate::ProductionQualityApproval(of)) => {
            production::notified_today(context, subject, of)
        }
        (Check::RegistrationCoversDestinations, Predicate::ExternalRegistration(of)) => {
            failed(of.covers(&context.countries))
        }
        (Check::RegistrationModelMatches, Predicate::ExternalRegistration(of)) => {
            failed(registration::model_matches(context, subject, (statement, of)))
        }
        (Check::RegistrationResponsibleShown, Predicate::ExternalRegistration(of)) => {
            failed(of.holder().is_some_and(|holder| listing::shows_responsible(context, holder)))
        }
        (Check::OperatorImporterInEu, Predicate::ImporterDeclaration(of)) => {
            let importer = of.header.issuer.operator.operator();
            failed(importer.is_some_and(|of| context.trust.is_in_eu(of)))
        }
        (Check::OperatorResponsiblePersonInEu, Predicate::Mandate(of)) => {
            failed(context.trust.is_in_eu(&of.mandatary))
        }
        (Check::OperatorMandateTwoParty, Predicate::Mandate(of)) => {
            failed(operator::mandate_two_party(context, record, of))
        }
        (Check::ListingImporterMatches, Predicate::ImporterDeclaration(of)) => {
            failed(listing::importer_matches(context, of))
        }
        (Check::ListingResponsiblePersonMatches, Predicate::Mandate(of)) => {
            failed(listing::responsible_person_matches(context, of))
        }
        (check, _) if check.is_alone() => check_alone(context, subject, check, assurance_min),
        // A check on a record of another type: reading the rule set has refused it.
        (check, _) => Judgement::not_met(check.reason()),
    }
}

/// Makes a check on a declaration of conformity.
fn check_declaration(
    context: &Context<'_>,
    subject: &Subject<'_>,
    (rule, assurance_min): (&EvidenceRule, Assurance),
    check: Check,
    (statement, of): (&Statement, &EuDeclaration),
) -> Judgement {
    let failed = |is_met| outcome(check, is_met);
    match check {
        Check::DocFieldsComplete => failed(doc::fields_complete(of)),
        Check::DocSoleResponsibility => failed(of.sole_responsibility),
        Check::DocManufacturerMatches => {
            failed(subject.manufacturer() == Some(&of.manufacturer.operator))
        }
        Check::DocLegislationComplete => doc::legislation_complete(context, subject, assurance_min),
        Check::DocStandardsTested => {
            doc::standards_tested(context, subject, (rule, assurance_min), statement, of)
        }
        Check::DocStandardsFull => failed(doc::standards_full(of)),
        Check::DocModuleAOrCertificate => {
            let cited = (rule, assurance_min);
            procedure::module_a_or_certificate(context, subject, cited, statement, of)
        }
        Check::DocSingleProcedure => procedure::single_procedure(context, subject, rule, of),
        Check::DocCitesCertificate => failed(doc::cites_certificate(of)),
        Check::DocBasisInForce => failed(doc::basis_in_force(context, subject, statement)),
        Check::DocChronology => failed(doc::chronology(context, subject, statement)),
        // A check on a record of another type: reading the rule set has refused it.
        check => Judgement::not_met(check.reason()),
    }
}

/// Makes a check that needs no record of its own.
pub(in crate::policy::evaluate) fn check_alone(
    context: &Context<'_>,
    subject: &Subject<'_>,
    check: Check,
    assurance_min: Assurance,
) -> Judgement {
    let failed = |is_met| outcome(check, is_met);
    if subject.is_part && is_about_what_is_shown(check) {
        return Judgement::met();
    }
    match check {
        Check::OperatorManufacturerInEu => {
            let manufacturer = subject.manufacturer();
            failed(manufacturer.is_some_and(|of| context.trust.is_in_eu(of)))
        }
        Check::ListingBlocksPresent => failed(listing::blocks_present(context, subject)),
        Check::ListingManufacturerMatches => {
            failed(listing::manufacturer_matches(context, subject, assurance_min))
        }
        Check::ListingCategoryMatches => listing::category_matches(context, subject),
        Check::ListingImagesKnown => failed(listing::images_known(context, subject)),
        Check::ListingIngredientsPresent => failed(listing::ingredients_present(subject)),
        Check::ListingBatchesNamed if subject.goods.has_batch() => Judgement::met(),
        Check::ListingBatchesNamed => Judgement::review(check.reason()),
        Check::ListingWarningsCoverLanguages => {
            failed(listing::warnings_cover_languages(context, subject))
        }
        Check::TraderLinked => trader::linked(context, subject),
        Check::TraderVerified => trader::verified(context, subject),
        // A check that can't stand alone: reading the rule set has refused it.
        check => Judgement::not_met(check.reason()),
    }
}

/// What an offer shows is compared with the pack, not with each of its parts.
const fn is_about_what_is_shown(check: Check) -> bool {
    matches!(
        check,
        Check::ListingBlocksPresent
            | Check::ListingManufacturerMatches
            | Check::ListingCategoryMatches
            | Check::ListingImagesKnown
    )
}

fn outcome(check: Check, is_met: bool) -> Judgement {
    if is_met { Judgement::met() } else { Judgement::not_met(check.reason()) }
}
