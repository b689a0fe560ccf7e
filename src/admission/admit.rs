//! The one way into the ledger.

use crate::admission::admitted::Admitted;
use crate::admission::candidate::Candidate;
use crate::admission::check::Check;
use crate::admission::context::Context;
use crate::admission::records::Records;
use crate::admission::refusal::{Refusal, RefusalFinding, Step};
use crate::attestation::{Predicate, SubjectRule};
use crate::merkle::EntryIndex;
use crate::reason::Reason;
use crate::registry::{AuthorityError, Registry, authorise};

/// Why a candidate does not become an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdmissionError<E> {
    /// It breaks a rule.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The same statement is an entry already; that is no fault of the submitter.
    #[error("the statement is entry {index}")]
    Known {
        /// The entry.
        index: EntryIndex,
    },
    /// The log could not be read.
    #[error("the log could not be read")]
    Records(E),
}

/// Lets a candidate in at one place in the log, or says all that speaks against it. `registry` and
/// `records` are of the entries before it; the same inputs give the same answer, so that an audit
/// can ask again.
pub fn admit<'a, R: Records>(
    candidate: &'a Candidate,
    registry: &Registry,
    records: &R,
    context: &Context<'_>,
) -> Result<Admitted<'a>, AdmissionError<R::Error>> {
    let known = records.by_statement(&candidate.digest()).map_err(AdmissionError::Records)?;
    if let Some(record) = known {
        return Err(AdmissionError::Known { index: record.index() });
    }
    let statement = candidate.statement();
    let mut check = Check::new(candidate, registry, records, context);
    let authority =
        authorise(registry, statement, candidate.signers(), context.index, context.time);
    if let Err(unauthorised) = &authority {
        let findings = unauthorised.errors().iter();
        let findings = findings.map(|error| (step(error), RefusalFinding::of_authority(error)));
        check.findings.extend(findings);
    }
    check.check_names();
    check.check_citations().map_err(AdmissionError::Records)?;
    check.check_keeping().map_err(AdmissionError::Records)?;
    check.check_predicate().map_err(AdmissionError::Records)?;
    check.check_numbers().map_err(AdmissionError::Records)?;
    // It takes reading chains, which nothing that is refused anyway is worth.
    if check.findings.is_empty() {
        check.check_quota().map_err(AdmissionError::Records)?;
    }
    let rests_on_gap = check.rests_on_gap;
    match (Refusal::of(check.findings), authority) {
        (None, Ok(authority)) => {
            let Context { index, time, .. } = *context;
            Ok(Admitted { candidate, index, time, authority, rests_on_gap })
        }
        (Some(refusal), _) => Err(refusal.into()),
        (None, Err(unauthorised)) => {
            let code = Reason::IssuerNotAuthorised;
            let finding = RefusalFinding::new(code, None, unauthorised.to_string());
            Err(Refusal::single(finding).into())
        }
    }
}

impl<R: Records> Check<'_, R> {
    /// The rules of the type.
    fn check_predicate(&mut self) -> Result<(), R::Error> {
        match self.statement.predicate() {
            Predicate::OperatorRegistration(of) => self.check_registration(of),
            Predicate::RoleGrant(of) => self.check_role_grant(of),
            Predicate::Accreditation(of) => self.check_accreditation(of),
            Predicate::Notification(of) => self.check_notification(of),
            Predicate::KeyEvent(of) => self.check_key_event(of),
            Predicate::RegistrarChange(of) => {
                if let Ok(SubjectRule::RegistrarsAnd(and)) = self.statement.predicate().subjects() {
                    self.check_registrar_change(of, &and);
                }
            }
            Predicate::PolicyPublication(of) => self.check_policy(of),
            Predicate::ProductIdentity(of) => self.check_identity(of)?,
            Predicate::EuDeclaration(of) => self.check_declaration(of)?,
            Predicate::ConformityCertificate(of) => {
                self.check_body_number(of.body_number.as_ref());
            }
            Predicate::ProductionQualityApproval(of) => {
                self.check_body_number(Some(&of.body_number));
            }
            Predicate::ImporterDeclaration(of) => self.check_import(of),
            Predicate::TraceabilityEvent(of) => self.check_event(of)?,
            Predicate::StatusChange(of) => self.check_status_change(of)?,
            Predicate::SafetyMeasure(of) => self.check_measure(of)?,
            Predicate::MeasureUpdate(of) => self.check_measure_update(of)?,
            Predicate::Supersession(of) => self.check_supersession(of)?,
            Predicate::ErasureOrder(of) => self.check_erasure(of)?,
            Predicate::ConcernReport(of) => self.check_concern(of)?,
            Predicate::ConformityVerdict(of) => self.check_verdict(of),
            // A listing that shows a fault of its platform is what an audit looks for.
            Predicate::ListingRecord(_)
            | Predicate::TestReport(_)
            | Predicate::Mandate(_)
            | Predicate::ExternalRegistration(_)
            | Predicate::TraderVerification(_) => {}
        }
        Ok(())
    }
}

const fn step(error: &AuthorityError) -> Step {
    match error.reason() {
        Reason::SignatureMissing | Reason::SignerUnexpected => Step::Signature,
        Reason::IssuerNotAuthorised | Reason::IssuerScopeMismatch => Step::Role,
        Reason::ChangeNotPermitted => Step::Right,
        _ => Step::Issuer,
    }
}
