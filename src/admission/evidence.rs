//! Rules of single kinds of evidence that need the ledger.

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::Role;
use crate::attestation::types::{
    ConformityCertificate, EuDeclaration, ImporterDeclaration, ProductIdentity, TraceabilityEvent,
};
use crate::identifier::{OperatorScheme, OperatorUri, ProductUri, SubjectUri};
use crate::reason::Reason;

impl<R: Records> Check<'_, R> {
    /// A GTIN belongs to whose identity has it first; a number that an operator gave, to that
    /// operator; a type, to its holder.
    pub(super) fn check_identity(&mut self, identity: &ProductIdentity) -> Result<(), R::Error> {
        let Some(issuer) = self.issuer() else { return Ok(()) };
        for product in identity.scope.product_uris().unwrap_or_default() {
            let (holders, _) = self.manufacturers(&product)?;
            if let Some(holder) = holders.iter().find(|holder| *holder != issuer) {
                let message = format!("{product} is held by {holder}");
                self.refuse(Step::Right, Reason::IdentifierTaken, "scope.products", message);
            }
        }
        for of in identity.scope.types().iter().filter(|of| of.holder != *issuer) {
            let message = format!("{} is a type of {}", of.designation, of.holder);
            self.refuse(Step::Right, Reason::IdentifierTaken, "scope.types", message);
        }
        Ok(())
    }

    /// An authorised representative declares under a mandate of the manufacturer that is in force.
    /// For a transcription that is left open: nobody vouches for it.
    pub(super) fn check_declaration(&mut self, of: &EuDeclaration) -> Result<(), R::Error> {
        let Some(issuer) = self.issuer() else { return Ok(()) };
        if self.role() != Role::AuthorisedRep || self.header().transcription.is_some() {
            return Ok(());
        }
        let manufacturer = &of.manufacturer.operator;
        if !self.represents(issuer, manufacturer, &of.scope)? {
            let message =
                format!("{issuer} has no mandate of {manufacturer} in force for the scope");
            self.refuse(Step::Right, Reason::IssuerNotAuthorised, "scope", message);
        }
        Ok(())
    }

    /// The number on a certificate is its issuer's.
    pub(super) fn check_certificate(&mut self, certificate: &ConformityCertificate) {
        let (Some(issuer), Some(number)) = (self.issuer(), &certificate.body_number) else {
            return;
        };
        let names = self.names_of(issuer);
        let is_unregistered = names.is_empty() && issuer.scheme() != OperatorScheme::Nando;
        let is_own = names.iter().chain([issuer]).any(|name| *name == OperatorUri::from(number));
        if !is_own && !is_unregistered {
            let message = format!("{number} is not the number of {issuer}");
            self.refuse(Step::Identifiers, Reason::IdentifierInvalid, "body_number", message);
        }
    }

    /// The EORI number on a declaration is its issuer's.
    pub(super) fn check_import(&mut self, declaration: &ImporterDeclaration) {
        let Some(issuer) = self.issuer() else { return };
        let eori = OperatorUri::from(&declaration.eori);
        if eori != *issuer && !self.names_of(issuer).contains(&eori) {
            let message = format!("{} is not a number of {issuer}", declaration.eori);
            self.refuse(Step::Identifiers, Reason::IdentifierInvalid, "eori", message);
        }
    }

    /// Events are for who answers for the goods: others could move items out of a recalled batch.
    pub(super) fn check_event(&mut self, event: &TraceabilityEvent) -> Result<(), R::Error> {
        let batches = event.items.iter().map(|items| &items.batch);
        let products: Vec<ProductUri> = event.products().chain(batches).cloned().collect();
        for product in products {
            if !self.answers_for(&SubjectUri::from(&product))? {
                let role = self.role();
                let message = format!("the issuer does not answer for {product} as its {role}");
                self.forbid("inputs", message);
            }
        }
        Ok(())
    }

    fn names_of(&self, operator: &OperatorUri) -> Vec<OperatorUri> {
        let registered = self.registry.operator(operator, self.at());
        registered.map(|of| of.names().cloned().collect()).unwrap_or_default()
    }
}
