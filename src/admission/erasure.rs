//! Erasure: who may order that a payload goes, and of what.

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::{RefusalFinding, Step};
use crate::attestation::types::ErasureOrder;
use crate::attestation::{Effect, IssuerUri, Predicate, PredicateKind, Statement};
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::reason::Reason;
use crate::record::Record;

impl<R: Records> Check<'_, R> {
    pub(super) fn check_erasure(&mut self, order: &ErasureOrder) -> Result<(), R::Error> {
        let kind = PredicateKind::parse(&order.predicate_type);
        self.forbid_kind(order, kind);
        let document = order.document.as_ref();
        let Some(record) = self.target("target", &order.target, document)? else {
            return self.check_erasure_of_gone(order, kind);
        };
        let Some(statement) = record.statement() else { return Ok(()) };
        self.check_subjects_of(statement, &[]);
        if kind != Some(statement.kind()) {
            let expected = statement.kind().predicate_type();
            let message = format!("{:?}, the target is {expected:?}", order.predicate_type);
            self.refuse(Step::Subjects, Reason::TargetSubjectsDiffer, "predicate_type", message);
            self.forbid_kind(order, Some(statement.kind()));
        }
        if statement.predicate().effect() == Effect::Adverse {
            let message = format!("entry {} is adverse: it can't be erased", record.index());
            self.forbid("target", message);
        }
        // What it replaced would be back.
        if statement.header().supersedes.is_some() {
            let message = format!("entry {} replaces another record", record.index());
            self.forbid("target", message);
        }
        let fault = subject_fault(statement.kind(), statement.subjects());
        self.findings.extend(fault.map(|finding| (Step::Right, finding)));
        let issuer = &statement.header().issuer.operator;
        if !is_by_registrars(order) && *issuer != self.header().issuer.operator {
            self.forbid("header.issuer", format!("only {issuer} or registrars can order it"));
        }
        Ok(())
    }

    fn forbid_kind(&mut self, order: &ErasureOrder, kind: Option<PredicateKind>) {
        let step = if kind.is_some() { Step::Right } else { Step::Identifiers };
        self.findings.extend(kind_fault(order, kind).map(|finding| (step, finding)));
    }

    fn check_erasure_of_gone(
        &mut self,
        order: &ErasureOrder,
        kind: Option<PredicateKind>,
    ) -> Result<(), R::Error> {
        let gone = self.records.by_statement(&order.target)?.filter(|of| of.is_erased());
        if let (Some(target), Some(kind)) = (gone, kind) {
            let fault = fault_of_gone(order, kind, self.statement.subjects(), &target);
            self.findings.extend(fault.map(|finding| (Step::Subjects, finding)));
        }
        Ok(())
    }
}

/// Whether `order` is one by which the payload of `target` may be gone, as far as that can be told
/// of an entry without its payload. That it was rightly signed, and stands behind its target, is
/// not looked at.
pub fn may_have_erased(order: &Statement, target: &Record) -> bool {
    let Predicate::ErasureOrder(of) = order.predicate() else { return false };
    let kind = PredicateKind::parse(&of.predicate_type);
    of.target == *target.digest()
        && kind_fault(of, kind).is_none()
        && kind.is_some_and(|kind| fault_of_gone(of, kind, order.subjects(), target).is_none())
}

/// What says who may speak, and what takes something back, stays readable for good. So does how a
/// trader was verified: it holds digests alone, and without its payload a role that was granted
/// could pass for it.
fn kind_fault(order: &ErasureOrder, kind: Option<PredicateKind>) -> Option<RefusalFinding> {
    let Some(kind) = kind else {
        let message = format!("{:?} is not known", order.predicate_type);
        let member = Some("predicate_type");
        return Some(RefusalFinding::new(Reason::StatementInvalid, member, message));
    };
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
        | PredicateKind::ErasureOrder
        | PredicateKind::TraderVerification => {
            Some(forbidden("predicate_type", format!("a {name} can't be erased")))
        }
        PredicateKind::ConformityVerdict | PredicateKind::ListingRecord => {
            let message = format!("only registrars erase a {name}");
            (!is_by_registrars(order)).then(|| forbidden("header.issuer", message))
        }
        // Whose it was can't be told any more, only that it was not of a party to the product.
        PredicateKind::ConcernReport => {
            let role = order.header.issuer.role;
            let message = format!("a {role} raises no {name}");
            let may_be_own = is_by_registrars(order) || kind.roles().contains(&role);
            (!may_be_own).then(|| forbidden("header.issuer.role", message))
        }
        PredicateKind::ProductIdentity
        | PredicateKind::EuDeclaration
        | PredicateKind::ConformityCertificate
        | PredicateKind::ProductionQualityApproval
        | PredicateKind::TestReport
        | PredicateKind::ImporterDeclaration
        | PredicateKind::Mandate
        | PredicateKind::TraceabilityEvent
        | PredicateKind::ExternalRegistration => None,
    }
}

/// What an entry still tells against an order for its payload: the chains that it stands in. They
/// have to be those that a record of the order's kind feeds, on the order's subjects and document:
/// of class *concerns* for a concern, otherwise of class *all* alone, or what is gone was adverse.
fn fault_of_gone(
    order: &ErasureOrder,
    kind: PredicateKind,
    subjects: &[SubjectUri],
    target: &Record,
) -> Option<RefusalFinding> {
    let is_concern = kind == PredicateKind::ConcernReport;
    let class = if is_concern { Class::Concerns } else { Class::All };
    // A concern feeds its subjects alone, whatever number it has.
    let document = order.document.as_ref().filter(|_| !is_concern);
    let document = document.map(|document| SubjectUri::from(document.uri()));
    let mut keys: Vec<SubjectKey> =
        subjects.iter().chain(&document).map(|uri| SubjectKey::of(class, uri)).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys != target.keys() {
        let message = format!("they are not those of entry {}", target.index());
        let code = Reason::TargetSubjectsDiffer;
        return Some(RefusalFinding::new(code, Some("subject"), message));
    }
    if let Some(fault) = subject_fault(kind, subjects) {
        return Some(fault);
    }
    match &order.document {
        None if kind.is_document() => {
            Some(forbidden("document", format!("a {} has a number", kind.name())))
        }
        Some(document) if !is_by_registrars(order) => {
            let issuer = IssuerUri::Operator(document.issuer.clone());
            let message = format!("only {} or registrars can order it", document.issuer);
            (issuer != order.header.issuer.operator).then(|| forbidden("header.issuer", message))
        }
        Some(_) | None => None,
    }
}

/// Only what is of no other kind can be told by its chains: a record on an operator or a key may
/// change who may speak, so none is erased.
fn subject_fault(kind: PredicateKind, subjects: &[SubjectUri]) -> Option<RefusalFinding> {
    let is_of_listing =
        matches!(kind, PredicateKind::ConformityVerdict | PredicateKind::ListingRecord);
    let is_concern = kind == PredicateKind::ConcernReport;
    let other = subjects.iter().find(|uri| match uri {
        SubjectUri::Operator(_) | SubjectUri::Key(_) => true,
        SubjectUri::Product(_) => is_of_listing,
        SubjectUri::Type(_) => is_of_listing || is_concern,
        SubjectUri::Document(_) => !is_of_listing && !is_concern,
    });
    other.map(|uri| forbidden("predicate_type", format!("no {} on {uri} is erased", kind.name())))
}

fn is_by_registrars(order: &ErasureOrder) -> bool {
    matches!(order.header.issuer.operator, IssuerUri::Key(_))
}

fn forbidden(member: &str, message: String) -> RefusalFinding {
    RefusalFinding::new(Reason::ChangeNotPermitted, Some(member), message)
}
