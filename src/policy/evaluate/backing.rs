//! How far records are backed: by signatures, and by the accreditation and notification of who
//! issued them.
//!
//! Rules: `conformity.md`, section 7.

use super::bodies::{AccreditedFor, Asked, Day, Standing};
use super::context::{Context, Subject};
use crate::attestation::types::{ConformityCertificate, Norm, TestReport};
use crate::attestation::{Header, Module, Predicate};
use crate::identifier::{Celex, OperatorUri};
use crate::policy::assurance::Assurance;
use crate::record::Record;

/// Under which norms a notified body may be accredited.
const BODY_NORMS: [Norm; 4] = [Norm::Iso17065, Norm::Iso17020, Norm::Iso17021, Norm::Iso17025];

impl Context<'_> {
    /// How far a record is backed; one whose content was erased, by nothing.
    pub(super) fn assurance(&self, subject: &Subject<'_>, record: &Record) -> Assurance {
        let Some(statement) = record.statement() else { return Assurance::A0 };
        let header = statement.header();
        if let Some(copy) = assurance_of_copy(header) {
            return copy;
        }
        let body = header.issuer.operator.operator();
        let (Some(on), Some(body)) = (Day::of_issue(record), body) else { return Assurance::A2 };
        let is_proved = match statement.predicate() {
            Predicate::TestReport(report) => self.is_accredited_report(subject, body, report, on),
            Predicate::ConformityCertificate(certificate) => {
                self.is_proved_certificate(subject, body, certificate, on)
            }
            Predicate::ProductionQualityApproval(of) => {
                let for_what = (Some(&of.act), Some(&of.module));
                self.body_standing(subject, body, for_what, on) == Standing::InForce
            }
            _ => false,
        };
        if is_proved { Assurance::A3 } else { Assurance::A2 }
    }

    fn is_accredited_report(
        &self,
        subject: &Subject<'_>,
        lab: &OperatorUri,
        report: &TestReport,
        on: Day,
    ) -> bool {
        report
            .tests
            .iter()
            .all(|test| self.lab_standing(subject, lab, &test.standard, on) == Standing::InForce)
    }

    fn is_proved_certificate(
        &self,
        subject: &Subject<'_>,
        body: &OperatorUri,
        certificate: &ConformityCertificate,
        on: Day,
    ) -> bool {
        if certificate.voluntary {
            let asked = self.asked(subject, on);
            let purpose = AccreditedFor::Anything;
            let standing = self.trust.accredited(self.changes, body, &BODY_NORMS, purpose, &asked);
            return standing == Standing::InForce;
        }
        let for_what = (certificate.act.as_ref(), certificate.module.as_ref());
        self.body_standing(subject, body, for_what, on) == Standing::InForce
    }

    /// Whether a laboratory was accredited for a standard.
    pub(super) fn lab_standing(
        &self,
        subject: &Subject<'_>,
        lab: &OperatorUri,
        standard: &str,
        on: Day,
    ) -> Standing {
        let (purpose, asked) = (AccreditedFor::Standard(standard), self.asked(subject, on));
        self.trust.accredited(self.changes, lab, &[Norm::Iso17025], purpose, &asked)
    }

    /// Whether a body was both accredited and notified for act and module: two independent chains.
    pub(super) fn body_standing(
        &self,
        subject: &Subject<'_>,
        body: &OperatorUri,
        (act, module): (Option<&Celex>, Option<&Module>),
        on: Day,
    ) -> Standing {
        let Some(act) = act else { return Standing::OutOfScope };
        let (purpose, asked) = (AccreditedFor::Act(act), self.asked(subject, on));
        let accredited = self.trust.accredited(self.changes, body, &BODY_NORMS, purpose, &asked);
        accredited.max(self.notified(subject, body, (act, module), on))
    }

    /// Whether a body was notified for act and module.
    pub(super) fn notified(
        &self,
        subject: &Subject<'_>,
        body: &OperatorUri,
        for_what: (&Celex, Option<&Module>),
        on: Day,
    ) -> Standing {
        let (connectors, asked) = (&self.rules.connectors, self.asked(subject, on));
        self.trust.notified(self.changes, body, for_what, connectors, &asked)
    }

    fn asked<'q>(&'q self, subject: &'q Subject<'_>, on: Day) -> Asked<'q> {
        Asked { product: subject.cn(), countries: &self.countries, on }
    }
}

/// How far a copy is backed, if it is one.
fn assurance_of_copy(header: &Header) -> Option<Assurance> {
    let transcription = header.transcription.as_ref()?;
    Some(if transcription.file_only { Assurance::A0 } else { Assurance::A1 })
}

/// Whether a record is its issuer's own, or copies count too.
pub(super) fn counts(header: &Header, assurance_min: Assurance) -> bool {
    assurance_of_copy(header).is_none_or(|copy| assurance_min <= copy)
}
