//! Rules about names and times: the ledger, one URI for each operator, no document from the future.

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::{Predicate, SubjectRule};
use crate::identifier::{OperatorUri, SubjectUri};
use crate::reason::Reason;

impl<R: Records> Check<'_, R> {
    pub(super) fn check_names(&mut self) {
        let header = self.header();
        let origin = self.registry.origin();
        if let Some(found) = header.ledger.as_deref().filter(|found| *found != origin) {
            let message = format!("meant for {found:?}, expected {origin:?}");
            self.refuse(Step::Signature, Reason::WrongLedger, "header.ledger", message);
        }
        let on = self.on();
        if let Some(document) = header.document.as_ref().filter(|document| document.issued > on) {
            let message = format!("issued on {}, the ledger's day is {on}", document.issued);
            let code = Reason::IssuedInFuture;
            self.refuse(Step::Identifiers, code, "header.document.issued", message);
        }
        for (member, found) in self.operators_named() {
            self.check_primary(member, &found);
        }
    }

    /// An operator has one name in statements, so that nothing has two chains. A name that has
    /// ended is still nobody else's.
    pub(super) fn check_primary(&mut self, member: &str, found: &OperatorUri) {
        let holder = self.registry.name_holder(found, self.at());
        if let Some(expected) = holder.filter(|of| *of != found) {
            let message = format!("{found} is an alias, expected the primary URI {expected}");
            self.refuse(Step::Identifiers, Reason::IdentifierInvalid, member, message);
        }
    }

    /// Every operator that the statement names and that its target does not name already, but for
    /// its issuer and signers, which are checked with the signatures.
    fn operators_named(&self) -> Vec<(&'static str, OperatorUri)> {
        let mut named = Vec::new();
        let subjects = self.subjects_named();
        named.extend(subjects.iter().filter_map(operator_in).map(|of| ("subject", of)));
        let documents = self.header().references().iter().filter_map(|of| of.document.as_ref());
        named.extend(documents.map(|of| ("header.references", of.issuer.clone())));
        match self.statement.predicate() {
            Predicate::ConformityCertificate(of) => named.push(("holder", of.holder.clone())),
            Predicate::ProductionQualityApproval(of) => named.push(("holder", of.holder.clone())),
            Predicate::ExternalRegistration(of) => {
                named.extend(of.holder.clone().map(|of| ("holder", of)));
            }
            Predicate::EuDeclaration(of) => {
                named.push(("manufacturer.operator", of.manufacturer.operator.clone()));
                let body = of.notified_body.as_ref().and_then(|body| body.certificate.as_ref());
                named.extend(body.map(|of| ("notified_body.certificate", of.issuer.clone())));
            }
            Predicate::TestReport(of) => {
                named.extend(of.sampled_by.clone().map(|of| ("sampled_by", of)));
            }
            Predicate::ImporterDeclaration(of) => {
                named.push(("checked.doc", of.checked.doc.issuer.clone()));
            }
            Predicate::ProductIdentity(of) => {
                for (member, parts) in
                    [("contains", of.contains()), ("components", of.components())]
                {
                    let assigners = parts.iter().filter_map(|part| part.id.assigner());
                    named.extend(assigners.map(|of| (member, of)));
                }
            }
            Predicate::ListingRecord(of) => named.push(("trader", of.trader.clone())),
            Predicate::StatusChange(of) => {
                named.extend(of.successor.iter().map(|of| ("successor", of.issuer.clone())));
                named.extend(of.measure.iter().map(|of| ("measure", of.issuer.clone())));
            }
            Predicate::ConformityVerdict(of) => {
                named.extend(of.platform.clone().map(|of| ("platform", of)));
            }
            Predicate::RoleGrant(of) => {
                named.extend(of.basis.as_ref().map(|of| ("basis", of.issuer.clone())));
            }
            _ => {}
        }
        let product = match self.statement.predicate() {
            Predicate::ConformityVerdict(of) => of.product.assigner(),
            Predicate::ListingRecord(of) => of.product.assigner(),
            _ => None,
        };
        named.extend(product.map(|of| ("product", of)));
        let issuer = self.issuer();
        named.retain(|(_, operator)| Some(operator) != issuer);
        named.sort();
        named.dedup();
        named
    }

    /// The subjects and documents whose names the statement itself chose. A change has those of its
    /// target, to which it is held: names that were registered later must not stand in its way.
    fn subjects_named(&self) -> Vec<SubjectUri> {
        let predicate = self.statement.predicate();
        match predicate.subjects() {
            Ok(SubjectRule::OfStatement { and, .. }) => and,
            Ok(SubjectRule::OfDocument { .. }) => Vec::new(),
            // A registration names aliases: that is what it is for.
            _ if matches!(predicate, Predicate::OperatorRegistration(_)) => Vec::new(),
            _ => {
                let feed = self.statement.feed();
                feed.subjects.into_iter().chain(feed.besides).collect()
            }
        }
    }
}

fn operator_in(subject: &SubjectUri) -> Option<OperatorUri> {
    match subject {
        SubjectUri::Product(product) => product.assigner(),
        SubjectUri::Operator(operator) => Some(operator.clone()),
        SubjectUri::Type(of) => Some(of.holder().clone()),
        SubjectUri::Document(document) => Some(document.issuer().clone()),
        SubjectUri::Key(_) => None,
    }
}
