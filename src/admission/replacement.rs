//! Supersession and erasure: one record takes another's place, or its payload goes.

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::types::{ErasureOrder, Supersession};
use crate::attestation::{Effect, IssuerUri, Predicate, PredicateKind, Statement};
use crate::reason::Reason;

impl<R: Records> Check<'_, R> {
    pub(super) fn check_supersession(&mut self, of: &Supersession) -> Result<(), R::Error> {
        let old = self.target("old", &of.old, of.old_document.as_ref())?;
        let new = self.target("new", &of.new, of.new_document.as_ref())?;
        match old.as_deref().and_then(|record| record.statement()) {
            Some(old) => {
                self.check_subjects_of(old, &[]);
                self.check_right_to_replace(old);
            }
            None => self.check_subjects_of_erased(&of.old, of.old_document.as_ref())?,
        }
        let (Some(old), Some(new)) = (old, new) else { return Ok(()) };
        let (Some(old), Some(new)) = (old.statement(), new.statement()) else { return Ok(()) };
        if old.kind() != new.kind() {
            let (old, new) = (old.kind().name(), new.kind().name());
            self.forbid("new", format!("a {new} does not replace a {old}"));
        }
        if new.header().signer() != self.issuer() {
            self.forbid("new", "it was signed by somebody else");
        }
        Ok(())
    }

    fn check_right_to_replace(&mut self, old: &Statement) {
        let Some(issuer) = self.issuer() else { return };
        let is_issuer = old.header().issuer.operator.operator() == Some(issuer);
        let may_replace = match old.predicate() {
            Predicate::ConformityCertificate(certificate) => {
                is_issuer || self.may_act_for_ceased_body(issuer, certificate)
            }
            Predicate::EuDeclaration(declaration) => {
                is_issuer || declaration.manufacturer.operator == *issuer
            }
            _ => is_issuer,
        };
        let kind = old.kind();
        if !kind.has_status() {
            self.forbid("old", format!("a {} is not superseded", kind.name()));
        } else if !may_replace {
            self.forbid("header.issuer", format!("it did not issue the {}", kind.name()));
        }
    }

    pub(super) fn check_erasure(&mut self, order: &ErasureOrder) -> Result<(), R::Error> {
        let kind = PredicateKind::parse(&order.predicate_type);
        match kind {
            None => {
                let message = format!("{:?} is not known", order.predicate_type);
                self.refuse(Step::Identifiers, Reason::StatementInvalid, "predicate_type", message);
            }
            Some(kind) => self.check_may_be_erased(kind),
        }
        let document = order.document.as_ref();
        let Some(record) = self.target("target", &order.target, document)? else {
            // Whose document it was is told by its name, even if nothing else is left of it.
            if let Some(document) = document {
                self.check_right_to_erase(&IssuerUri::Operator(document.issuer.clone()));
            }
            return self.check_subjects_of_erased(&order.target, document);
        };
        let Some(statement) = record.statement() else { return Ok(()) };
        self.check_subjects_of(statement, &[]);
        if kind != Some(statement.kind()) {
            let expected = statement.kind().predicate_type();
            let message = format!("{:?}, the target is {expected:?}", order.predicate_type);
            self.refuse(Step::Subjects, Reason::TargetSubjectsDiffer, "predicate_type", message);
            self.check_may_be_erased(statement.kind());
        }
        if statement.predicate().effect() == Effect::Adverse {
            let message = format!("entry {} is adverse: it can't be erased", record.index());
            self.forbid("target", message);
        }
        self.check_right_to_erase(&statement.header().issuer.operator);
        Ok(())
    }

    fn check_right_to_erase(&mut self, issuer: &IssuerUri) {
        let by = &self.header().issuer.operator;
        let is_by_registrars = matches!(by, IssuerUri::Key(_));
        if !is_by_registrars && issuer != by {
            self.forbid("header.issuer", format!("only {issuer} or registrars can order it"));
        }
    }

    /// What says who may speak, and what takes something back, stays readable for good.
    fn check_may_be_erased(&mut self, kind: PredicateKind) {
        let name = kind.name();
        match kind {
            PredicateKind::OperatorRegistration
            | PredicateKind::RoleGrant
            | PredicateKind::Accreditation
            | PredicateKind::Notification
            | PredicateKind::KeyEvent
            | PredicateKind::RegistrarChange
            | PredicateKind::PolicyPublication
            | PredicateKind::StatusChange
            | PredicateKind::SafetyMeasure
            | PredicateKind::MeasureUpdate
            | PredicateKind::Supersession
            | PredicateKind::ErasureOrder => {
                self.forbid("predicate_type", format!("a {name} can't be erased"));
            }
            PredicateKind::ConformityVerdict | PredicateKind::ListingRecord => {
                if matches!(self.header().issuer.operator, IssuerUri::Operator(_)) {
                    self.forbid("header.issuer", format!("only registrars erase a {name}"));
                }
            }
            PredicateKind::ProductIdentity
            | PredicateKind::EuDeclaration
            | PredicateKind::ConformityCertificate
            | PredicateKind::TestReport
            | PredicateKind::ImporterDeclaration
            | PredicateKind::Mandate
            | PredicateKind::TraceabilityEvent => {}
        }
    }
}
