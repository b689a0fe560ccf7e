//! What others may point at: no listing and no verdict.
//!
//! A verdict on a product rests on the chains of documents that records on it are or name, and a
//! dossier holds them whole. Listings and verdicts may be kept from the public, so whoever could
//! bring one into such a chain would leave a rival's product without a dossier.

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::{DocumentRef, Predicate, PredicateKind, Role, Statement};
use crate::identifier::{Class, OperatorUri, SubjectUri};
use crate::reason::Reason;

/// Whose documents may be listings and verdicts.
const KEEPERS: [Role; 2] = [Role::Platform, Role::Verifier];

impl<R: Records> Check<'_, R> {
    /// What is named of somebody who logs listings or verdicts is there, and none of these.
    pub(super) fn check_citations(&mut self) -> Result<(), R::Error> {
        for (member, document) in self.documents_named() {
            if self.header().signer() == Some(&document.issuer) || !self.is_keeper(&document.issuer)
            {
                continue;
            }
            let chain = self.chain(Class::All, &SubjectUri::from(document.uri()))?;
            let mut statements = chain.iter().filter_map(|record| record.statement());
            let is_kept = statements.clone().any(|of| of.kind().may_be_withheld());
            let is_there =
                statements.any(|of| of.header().document_ref().as_ref() == Some(&document));
            let is_open = !is_kept && self.is_open(&chain);
            if (is_kept || !is_there) && !self.grant(is_open) {
                let message = format!("{document} is no document in the ledger that can be named");
                self.refuse(Step::Subjects, Reason::TargetUnknown, member, message);
            }
        }
        Ok(())
    }

    /// What may be kept from the public stands under numbers of its own: with a listing or a verdict
    /// there is no other record of a document, and listings are platforms'. What changes a listing has
    /// its number, and is none. A rule set stands beside verdicts, for whoever asks for one chooses its
    /// number: no evidence leads to it, and from then on nobody names it.
    pub(super) fn check_keeping(&mut self) -> Result<(), R::Error> {
        let is_kept = self.statement.kind().may_be_withheld();
        if let Predicate::ConformityVerdict(of) = self.statement.predicate()
            && let Some(platform) = of.platform.as_ref().filter(|_| of.listing_id.is_some())
            && !self.is_keeper(platform)
        {
            self.forbid("platform", format!("{platform} was never granted the role of a platform"));
        }
        let own = self.header().document_uri().map(SubjectUri::from);
        let documents = if is_kept { self.statement.subjects().to_vec() } else { Vec::new() };
        let is_beside_verdicts = self.statement.kind() == PredicateKind::PolicyPublication;
        for uri in documents.into_iter().chain(own) {
            let chain = self.chain(Class::All, &uri)?;
            let is_other = |of: &Statement| {
                let is_under_it =
                    of.header().document_uri().map(SubjectUri::from) == Some(uri.clone());
                of.kind().may_be_withheld() != is_kept
                    && (is_under_it || !is_kept && !is_beside_verdicts)
            };
            let other = chain.iter().find(|record| record.statement().is_some_and(is_other));
            if let Some(other) = other {
                let message = format!("entry {} has it, a record of another sort", other.index());
                self.refuse(Step::Number, Reason::DuplicateNumber, "header.document", message);
                break;
            }
        }
        Ok(())
    }

    fn is_keeper(&self, operator: &OperatorUri) -> bool {
        KEEPERS.iter().any(|role| {
            let standing = self.registry.role(operator, *role, self.at());
            !standing.steps().is_empty()
        })
    }

    /// The documents that the statement names, but for its target. A copy names what it is of.
    fn documents_named(&self) -> Vec<(&'static str, DocumentRef)> {
        let header = self.header();
        let references = header.references().iter();
        let mut named: Vec<_> =
            references.filter_map(|of| Some(("header.references", of.document.clone()?))).collect();
        let copied = header.transcription.as_ref().and_then(|_| header.document_ref());
        named.extend(copied.map(|of| ("header.document", of)));
        match self.statement.predicate() {
            Predicate::EuDeclaration(of) => {
                let body = of.notified_body.as_ref();
                let certificate = body.and_then(|body| body.certificate.clone());
                named.extend(certificate.map(|of| ("notified_body.certificate", of)));
            }
            Predicate::ImporterDeclaration(of) => {
                named.push(("checked.doc", of.checked.doc.clone()));
            }
            Predicate::StatusChange(of) => {
                named.extend(of.successor.clone().map(|of| ("successor", of)));
                named.extend(of.measure.clone().map(|of| ("measure", of)));
            }
            _ => {}
        }
        named.sort();
        named.dedup();
        named
    }
}
