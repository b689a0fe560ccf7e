//! Supersession: one record takes another's place.

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::attestation::types::Supersession;
use crate::attestation::{Predicate, Statement};

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
                let act = certificate.act.as_ref().map(|act| (act, certificate.module.as_ref()));
                is_issuer || self.may_act_for_ceased_body(issuer, &certificate.header, act)
            }
            Predicate::ProductionQualityApproval(approval) => {
                let act = Some((&approval.act, Some(&approval.module)));
                is_issuer || self.may_act_for_ceased_body(issuer, &approval.header, act)
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
}
