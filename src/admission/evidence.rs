//! Rules of single kinds of evidence that need the ledger.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::types::{
    ConcernReport, ErasureOrder, EuDeclaration, ImporterDeclaration, ProductIdentity,
    RegistrationStatus, RegistryName, TraceabilityEvent,
};
use crate::attestation::{Predicate, PredicateKind, Role};
use crate::identifier::{Class, Nando, OperatorScheme, OperatorUri, ProductUri, SubjectUri};
use crate::reason::Reason;
use crate::record::Record;

/// The most goods that an importer's event may name: some packs on a pallet.
const IMPORTED_GOODS_MAX: usize = 32;

impl<R: Records> Check<'_, R> {
    /// A GTIN belongs to whose identity has it first, or to whom a connector's copy of the GS1
    /// register names as holder of its licence; a number that an operator gave, to that operator; a
    /// type, to its holder.
    pub(super) fn check_identity(&mut self, identity: &ProductIdentity) -> Result<(), R::Error> {
        let Some(issuer) = self.issuer() else { return Ok(()) };
        for product in identity.scope.product_uris().unwrap_or_default() {
            let (holders, _) = self.manufacturers(&product)?;
            let holder = holders.iter().find(|holder| *holder != issuer);
            if let Some(holder) = holder
                && !self.is_licence_holder(issuer, &product)?
            {
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

    /// The body's number on a certificate or approval is its issuer's.
    pub(super) fn check_body_number(&mut self, number: Option<&Nando>) {
        let (Some(issuer), Some(number)) = (self.issuer(), number) else { return };
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
        for product in &products {
            if !self.answers_for(&SubjectUri::from(product))? {
                let role = self.role();
                let message = format!("the issuer does not answer for {product} as its {role}");
                self.forbid("inputs", message);
            }
        }
        self.check_event_of_importer(&products);
        Ok(())
    }

    /// That an operator has imported a lot is its own word, and what it packs together is looked up
    /// with each part: so it speaks of few goods, and of one product.
    fn check_event_of_importer(&mut self, products: &[ProductUri]) {
        if self.role() != Role::Importer {
            return;
        }
        let (found, limit) = (products.len(), IMPORTED_GOODS_MAX);
        let models: BTreeSet<ProductUri> = products.iter().map(ProductUri::model).collect();
        if found > limit || models.len() > 1 {
            let models = models.len();
            let message = format!(
                "an importer's event names {found} goods of {models} models, expected at most \
                 {limit} of one"
            );
            self.forbid("inputs", message);
        }
    }

    /// A concern about a statement is about one that is there, by the document that it is.
    pub(super) fn check_concern(&mut self, concern: &ConcernReport) -> Result<(), R::Error> {
        let target = &concern.target;
        let Some(statement) = &target.statement else { return Ok(()) };
        self.target("target.statement", statement, target.document.as_ref())?;
        Ok(())
    }

    /// Whether a public register's copy says that this operator holds the licence of a number: the
    /// newest that a connector logged. One that was erased says nothing, and none before it does.
    fn is_licence_holder(
        &mut self,
        operator: &OperatorUri,
        product: &ProductUri,
    ) -> Result<bool, R::Error> {
        let chain = self.chain(Class::All, &SubjectUri::from(product.model()))?;
        for record in chain.iter().rev() {
            let Some(statement) = record.statement() else {
                let Some(order) = erasure_of(&chain, record) else {
                    // Gone only for this reader: the ledger may have read it.
                    return Ok(self.grant(self.context.is_replay));
                };
                let kind = PredicateKind::parse(&order.predicate_type);
                if kind == Some(PredicateKind::ExternalRegistration) {
                    return Ok(false);
                }
                continue;
            };
            let Predicate::ExternalRegistration(of) = statement.predicate() else { continue };
            let is_by_connector = of.header.issuer.role == Role::Connector;
            if of.registry == RegistryName::Gs1 && is_by_connector {
                return Ok(of.status == RegistrationStatus::Registered
                    && of.holder() == Some(operator)
                    && self.status(record)?.is_in_force());
            }
        }
        Ok(false)
    }

    fn names_of(&self, operator: &OperatorUri) -> Vec<OperatorUri> {
        let registered = self.registry.operator(operator, self.at());
        registered.map(|of| of.names().cloned().collect()).unwrap_or_default()
    }
}

/// The order by which a record of a chain was erased; none if it is gone for another reason.
fn erasure_of<'a>(chain: &'a [Arc<Record>], gone: &Record) -> Option<&'a ErasureOrder> {
    chain.iter().find_map(|record| match record.statement()?.predicate() {
        Predicate::ErasureOrder(of) if of.target == *gone.digest() => Some(of.as_ref()),
        _ => None,
    })
}
