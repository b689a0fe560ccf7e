//! Who answers for a product: its manufacturer, who declared a batch of it, who has a mandate for
//! it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::attestation::types::{Mandate, MandateKind};
use crate::attestation::{Predicate, Role, Scope, Statement};
use crate::identifier::{Class, OperatorUri, ProductUri, SubjectUri, TypeUri};
use crate::record::Record;

impl<R: Records> Check<'_, R> {
    /// Whether the issuer answers, in the role in which it speaks, for a subject of a scope.
    pub(super) fn answers_for(&mut self, uri: &SubjectUri) -> Result<bool, R::Error> {
        let Some(issuer) = self.issuer() else { return Ok(false) };
        match (self.role(), uri) {
            (Role::MarketSurveillance | Role::Customs | Role::Connector, _) => Ok(true),
            (Role::Manufacturer, SubjectUri::Product(product)) => {
                let (manufacturers, is_open) = self.manufacturers(product)?;
                Ok(manufacturers.contains(issuer) || self.grant(is_open))
            }
            (Role::Manufacturer, SubjectUri::Type(of)) => Ok(of.holder() == issuer),
            (Role::Importer, SubjectUri::Product(product)) => self.has_declared(issuer, product),
            (role, _) => match mandate_kind(role) {
                Some(kind) => self.has_mandate(issuer, kind, uri),
                None => Ok(false),
            },
        }
    }

    /// Whose identities hold the product, at its own level or above, and whether an erased record
    /// may have been one. An operator's own number needs no identity. Who holds the model holds all
    /// of it: nobody gets at its batches by having named one of them before.
    pub(super) fn manufacturers(
        &mut self,
        product: &ProductUri,
    ) -> Result<(BTreeSet<OperatorUri>, bool), R::Error> {
        let mut found: BTreeSet<OperatorUri> = product.assigner().into_iter().collect();
        let mut is_open = false;
        // The model comes first: its text is the beginning of every other.
        for uri in product.sub_selections() {
            let is_model = uri.is_model();
            let chain = self.chain(Class::All, &uri.clone().into())?;
            is_open |= self.is_open(&chain);
            for record in chain.iter() {
                let Some(Predicate::ProductIdentity(of)) =
                    record.statement().map(Statement::predicate)
                else {
                    continue;
                };
                // A merchant's number is bound by an identity, not held by it.
                let is_bound = of.merchant_ids().contains(&uri);
                if !is_bound && !self.status(record)?.has_ended {
                    found.extend(of.header.issuer.operator.operator().cloned());
                }
            }
            if is_model && (is_open || !found.is_empty()) {
                break;
            }
        }
        Ok((found, is_open))
    }

    /// Whether the importer has declared the lot that the product is of.
    fn has_declared(
        &mut self,
        importer: &OperatorUri,
        product: &ProductUri,
    ) -> Result<bool, R::Error> {
        let with_lot = product.sub_selections().into_iter();
        let mut is_open = false;
        for uri in with_lot.filter(|of| of.qualifiers().lot.is_some()) {
            let chain = self.chain(Class::All, &uri.into())?;
            is_open |= self.is_open(&chain);
            for record in chain.iter() {
                let statement = record.statement();
                let is_own = statement.is_some_and(|of| {
                    matches!(of.predicate(), Predicate::ImporterDeclaration(_))
                        && of.header().issuer.operator.operator() == Some(importer)
                });
                if is_own && self.status(record)?.is_in_force() {
                    return Ok(true);
                }
            }
        }
        Ok(self.grant(is_open))
    }

    /// Whether somebody who makes the product has given the operator a mandate of this kind for it.
    fn has_mandate(
        &mut self,
        mandatary: &OperatorUri,
        kind: MandateKind,
        uri: &SubjectUri,
    ) -> Result<bool, R::Error> {
        let (makers, is_open) = match uri {
            SubjectUri::Product(product) => self.manufacturers(product)?,
            SubjectUri::Type(of) => (BTreeSet::from([of.holder().clone()]), false),
            _ => return Ok(false),
        };
        let is_found = self.finds_mandate(uri, |mandate| {
            mandate.kind == kind
                && mandate.mandatary == *mandatary
                && makers.contains(&mandate.mandator)
        })?;
        Ok(is_found || self.grant(is_open))
    }

    /// Whether somebody who makes the product has given the operator a mandate of any kind for it.
    pub(super) fn has_mandate_of_maker(
        &mut self,
        mandatary: &OperatorUri,
        uri: &SubjectUri,
    ) -> Result<bool, R::Error> {
        let kinds = [
            MandateKind::AuthorisedRep,
            MandateKind::ResponsiblePerson,
            MandateKind::AuthorisedDistributor,
        ];
        for kind in kinds {
            if self.has_mandate(mandatary, kind, uri)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an authorised representative has a mandate of the manufacturer for all of a scope:
    /// its products, or its types if it has no product.
    pub(super) fn represents(
        &mut self,
        mandatary: &OperatorUri,
        mandator: &OperatorUri,
        scope: &Scope,
    ) -> Result<bool, R::Error> {
        let products = scope.product_uris().unwrap_or_default();
        let uris: Vec<SubjectUri> = if products.is_empty() {
            let types = scope.types().iter().map(|of| -> TypeUri { of.uri() });
            types.map(SubjectUri::from).collect()
        } else {
            products.into_iter().map(SubjectUri::from).collect()
        };
        for uri in &uris {
            let is_found = self.finds_mandate(uri, |mandate| {
                mandate.kind == MandateKind::AuthorisedRep
                    && mandate.mandatary == *mandatary
                    && mandate.mandator == *mandator
            })?;
            if !is_found {
                return Ok(false);
            }
        }
        Ok(!uris.is_empty())
    }

    /// Whether such a mandate covers the subject and is in force on the ledger's day.
    fn finds_mandate(
        &mut self,
        uri: &SubjectUri,
        is_such: impl Fn(&Mandate) -> bool,
    ) -> Result<bool, R::Error> {
        let uris: Vec<SubjectUri> = match uri {
            SubjectUri::Product(product) => {
                product.sub_selections().into_iter().map(SubjectUri::from).collect()
            }
            other => vec![other.clone()],
        };
        let on = self.on();
        let mut is_open = false;
        for uri in uris {
            let chain: Arc<[Arc<Record>]> = self.chain(Class::All, &uri)?;
            is_open |= self.is_open(&chain);
            for record in chain.iter() {
                let Some(Predicate::Mandate(mandate)) =
                    record.statement().map(Statement::predicate)
                else {
                    continue;
                };
                let is_valid = mandate.header.validity.is_some_and(|validity| {
                    validity.from <= on && validity.until.is_none_or(|until| on <= until)
                });
                if is_valid && is_such(mandate) && self.status(record)?.is_in_force() {
                    return Ok(true);
                }
            }
        }
        Ok(self.grant(is_open))
    }
}

const fn mandate_kind(role: Role) -> Option<MandateKind> {
    match role {
        Role::AuthorisedRep => Some(MandateKind::AuthorisedRep),
        Role::ResponsiblePerson => Some(MandateKind::ResponsiblePerson),
        Role::Distributor => Some(MandateKind::AuthorisedDistributor),
        _ => None,
    }
}
