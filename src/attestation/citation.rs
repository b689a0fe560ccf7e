//! What a statement says that it rests on: the certificates, reports and records that it cites.

use crate::attestation::document::DocumentRef;
use crate::attestation::header::Reference;
use crate::attestation::predicate::Predicate;
use crate::attestation::statement::Statement;
use crate::envelope::StatementDigest;

/// Something that a statement rests on: a record, a version of a document, or one as the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Citation<'a> {
    /// The record.
    pub statement: Option<StatementDigest>,
    /// The document.
    pub document: Option<&'a DocumentRef>,
}

impl Statement {
    /// What it rests on, in its own order; last the certificate that a declaration names beside its
    /// notified body, unless it cites that as well: cited twice is cited once.
    pub fn citations(&self) -> impl Iterator<Item = Citation<'_>> {
        let bases = self.header().references().iter().filter(|reference| reference.rel.is_basis());
        let bases =
            bases.map(|of| Citation { statement: of.statement, document: of.document.as_ref() });
        let named = self.named_certificate();
        bases.chain(named.map(|document| Citation { statement: None, document: Some(document) }))
    }

    fn named_certificate(&self) -> Option<&DocumentRef> {
        let Predicate::EuDeclaration(declaration) = self.predicate() else { return None };
        let certificate = declaration.notified_body.as_ref()?.certificate.as_ref()?;
        let is_cited = |reference: &Reference| {
            reference.rel.is_basis() && reference.document.as_ref() == Some(certificate)
        };
        let is_known = self.header().references().iter().any(is_cited);
        (!is_known).then_some(certificate)
    }
}
