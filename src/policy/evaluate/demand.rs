//! What a rule demands of a record that applies: age, results, standards, accreditation,
//! signatures.
//!
//! Rules: `conformity.md`, sections 5 and 7, rulings 2 and 6.

use std::sync::Arc;

use super::bodies::{Day, Standing};
use super::checks::{check_record, signed_by};
use super::context::{Context, Subject};
use super::judgement::Judgement;
use super::registration::missing;
use crate::attestation::types::{
    ConformityCertificate, Mandate, MandateKind, ProductionQualityApproval, RegistrationStatus,
    ReportResult, SingleTest, TestReport,
};
use crate::attestation::{Predicate, Role, Statement};
use crate::identifier::{Celex, Nando, OperatorScheme};
use crate::policy::assurance::Assurance;
use crate::policy::ruleset::{EvidenceRule, MandateParty};
use crate::reason::Reason;
use crate::record::Record;

impl Context<'_> {
    /// Judges a record with all that a rule demands of it.
    pub(super) fn judge(
        &self,
        subject: &Subject<'_>,
        rule: &EvidenceRule,
        assurance_min: Assurance,
        record: &Arc<Record>,
        statement: &Statement,
    ) -> Judgement {
        let mut judgement = self.standing(subject, record);
        judgement.and(self.basis(subject, statement));
        if self.assurance(subject, record) < assurance_min {
            judgement.deny(Reason::AssuranceTooLow);
        }
        if self.is_too_old(rule, statement) {
            judgement.deny(Reason::ReportTooOld);
        }
        match statement.predicate() {
            Predicate::TestReport(of) => {
                judgement.and(self.judge_report(subject, rule, record, of));
            }
            Predicate::ConformityCertificate(of) => {
                judgement.and(self.judge_certificate(subject, rule, record, of));
            }
            Predicate::ProductionQualityApproval(of) => {
                judgement.and(self.judge_approval(subject, rule, record, of));
            }
            Predicate::Mandate(of) => judgement.and(self.judge_mandate(rule, record, of)),
            Predicate::ExternalRegistration(of) if of.status != RegistrationStatus::Registered => {
                judgement.deny(missing(of.registry));
            }
            _ => {}
        }
        for check in &rule.checks {
            judgement.and(check_record(self, subject, (rule, assurance_min), *check, record));
        }
        judgement
    }

    /// Age runs from the day of issue to the day of the question, wherever the goods are.
    fn is_too_old(&self, rule: &EvidenceRule, statement: &Statement) -> bool {
        let Some(days) = rule.max_age_days else { return false };
        let issued = match statement.predicate() {
            // A register is as old as the day on which it was asked.
            Predicate::ExternalRegistration(of) => Some(of.checked_at.date()),
            _ => statement.header().document.as_ref().map(|document| document.issued),
        };
        issued.is_none_or(|issued| issued.saturating_add_days(days) < self.at.legal_at.date())
    }

    fn judge_report(
        &self,
        subject: &Subject<'_>,
        rule: &EvidenceRule,
        record: &Record,
        report: &TestReport,
    ) -> Judgement {
        let mut judgement = Judgement::met();
        if rule.result.is_some_and(|wanted| wanted != report.overall) {
            judgement.deny(Reason::TestFailed);
        }
        for standard in &rule.standards_all {
            let of_standard = |of: &&SingleTest| of.standard == *standard;
            let mut tests = report.tests.iter().filter(of_standard);
            // A test of one clause is no test of the standard.
            let is_whole = |of: &SingleTest| of.clause.is_none() && of.result != ReportResult::Na;
            if !tests.clone().any(is_whole) {
                judgement.deny(Reason::StandardNotCovered);
            } else if rule.result == Some(ReportResult::Pass)
                && tests.any(|test| test.result == ReportResult::Fail)
            {
                judgement.deny(Reason::TestFailed);
            }
        }
        if let Some(clause) = &rule.clause {
            let is_tested = report.tests.iter().any(|test| {
                test.clause.as_ref() == Some(clause)
                    && (rule.standards_all.is_empty()
                        || rule.standards_all.contains(&test.standard))
                    && rule.result.is_none_or(|wanted| wanted == test.result)
            });
            if !is_tested {
                judgement.deny(Reason::StandardNotCovered);
            }
        }
        if rule.lab_accredited_for.is_some() {
            judgement.and(self.judge_lab(subject, rule, record, report));
        }
        if !rule.lab_granted_for.is_empty() && !self.is_granted_lab(&rule.lab_granted_for, report) {
            judgement.deny(Reason::IssuerScopeMismatch);
        }
        judgement
    }

    /// Whether the laboratory's role named one of these acts on the day of issue.
    fn is_granted_lab(&self, acts: &[Celex], report: &TestReport) -> bool {
        let issued = report.header.document.as_ref().map(|document| document.issued);
        let lab = report.header.issuer.operator.operator();
        lab.zip(issued).is_some_and(|(lab, day)| self.trust.is_named_for(lab, Role::Lab, acts, day))
    }

    fn judge_lab(
        &self,
        subject: &Subject<'_>,
        rule: &EvidenceRule,
        record: &Record,
        report: &TestReport,
    ) -> Judgement {
        let lab = report.header.issuer.operator.operator();
        let (Some(on), Some(lab)) = (Day::of_issue(record), lab) else {
            return Judgement::not_met(Reason::IssuerScopeMismatch);
        };
        let tested: Vec<&str> = report.tests.iter().map(|test| test.standard.as_str()).collect();
        let demanded: Vec<&str> = rule.standards_all.iter().map(String::as_str).collect();
        let standards = if demanded.is_empty() { tested } else { demanded };
        let standings = standards.iter().map(|of| self.lab_standing(subject, lab, of, on));
        body_judgement(standings.max().unwrap_or(Standing::OutOfScope))
    }

    fn judge_certificate(
        &self,
        subject: &Subject<'_>,
        rule: &EvidenceRule,
        record: &Record,
        certificate: &ConformityCertificate,
    ) -> Judgement {
        let mut judgement = Judgement::met();
        let asks_for_eu_type = rule.module.is_some() || !rule.nb_notified_for.is_empty();
        if certificate.voluntary && asks_for_eu_type {
            judgement.deny(Reason::CertNotEuType);
            return judgement;
        }
        let tested = certificate.standards_tested.as_deref().unwrap_or_default();
        let covers = |standard: &String| tested.iter().any(|of| of.reference == *standard);
        if !rule.standards_all.iter().all(covers) {
            judgement.deny(Reason::StandardNotCovered);
        }
        if rule.nb_notified_for.is_empty() {
            return judgement;
        }
        let body = certificate.header.issuer.operator.operator();
        let (Some(on), Some(body)) = (Day::of_issue(record), body) else {
            return Judgement::not_met(Reason::IssuerScopeMismatch);
        };
        let number = certificate.body_number.as_ref().map(Nando::as_str);
        if body.scheme() == OperatorScheme::Nando && number != Some(body.value()) {
            judgement.deny(Reason::BodyNumberMismatch);
        }
        let for_what = (certificate.act.as_ref(), certificate.module.as_ref());
        judgement.and(body_judgement(self.body_standing(subject, body, for_what, on)));
        judgement
    }

    /// An approval is of the manufacturer's own production, by a body that was notified for act and
    /// module.
    fn judge_approval(
        &self,
        subject: &Subject<'_>,
        rule: &EvidenceRule,
        record: &Record,
        approval: &ProductionQualityApproval,
    ) -> Judgement {
        let mut judgement = Judgement::met();
        if subject.manufacturer() != Some(&approval.holder) {
            judgement.deny(Reason::HolderMismatch);
        }
        if rule.nb_notified_for.is_empty() {
            return judgement;
        }
        let body = approval.header.issuer.operator.operator();
        let (Some(on), Some(body)) = (Day::of_issue(record), body) else {
            return Judgement::not_met(Reason::IssuerScopeMismatch);
        };
        let number = approval.body_number.as_str();
        if body.scheme() == OperatorScheme::Nando && number != body.value() {
            judgement.deny(Reason::BodyNumberMismatch);
        }
        let for_what = (Some(&approval.act), Some(&approval.module));
        judgement.and(body_judgement(self.body_standing(subject, body, for_what, on)));
        judgement
    }

    fn judge_mandate(&self, rule: &EvidenceRule, record: &Record, mandate: &Mandate) -> Judgement {
        let mut judgement = Judgement::met();
        let has_signed = |party: &MandateParty| match party {
            MandateParty::Mandator => signed_by(self, record, &mandate.mandator),
            MandateParty::Mandatary => signed_by(self, record, &mandate.mandatary),
        };
        if !rule.signatures.iter().all(has_signed) {
            judgement.deny(Reason::RpUnconfirmed);
        }
        let is_for_eu =
            matches!(mandate.kind, MandateKind::ResponsiblePerson | MandateKind::AuthorisedRep);
        if is_for_eu && !self.trust.is_in_eu(&mandate.mandatary) {
            judgement.deny(Reason::RpOutsideEu);
        }
        judgement
    }
}

fn body_judgement(standing: Standing) -> Judgement {
    match standing {
        Standing::InForce => Judgement::met(),
        Standing::InDoubt => Judgement::review(Reason::KeyCompromised),
        Standing::Lapsed => Judgement::not_met(Reason::AccreditationLapsed),
        Standing::OutOfScope => Judgement::not_met(Reason::IssuerScopeMismatch),
    }
}
