//! Who may order a measure, and who may extend, reduce or lift it.

use std::collections::BTreeSet;

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::types::{MeasureChange, MeasureUpdate, SafetyMeasure};
use crate::attestation::{Issuer, Predicate, Scope, Statement};
use crate::identifier::{Class, ProductUri, SubjectUri};
use crate::reason::Reason;
use crate::registry::Extent;

/// What one author made a measure hit.
struct Part<'a> {
    by: &'a Issuer,
    uris: Vec<SubjectUri>,
}

impl<'a> Part<'a> {
    fn of(statement: &'a Statement, scope: &Scope) -> Self {
        let uris = scope.subjects().unwrap_or_default();
        Self { by: &statement.header().issuer, uris }
    }

    /// Whether some goods may be of both. Which goods are of a type is not known here.
    fn meets(&self, uri: &SubjectUri) -> bool {
        self.uris.iter().any(|own| match (own, uri) {
            (SubjectUri::Product(own), SubjectUri::Product(other)) => own.intersects(other),
            (SubjectUri::Type(own), SubjectUri::Type(other)) => own == other,
            _ => true,
        })
    }
}

/// Whether one of these covers all that is meant by `uri`.
fn covers(own: &BTreeSet<&SubjectUri>, uri: &SubjectUri) -> bool {
    let product = uri.as_product();
    let levels = product.iter().flat_map(ProductUri::sub_selections);
    own.contains(uri) || levels.map(SubjectUri::from).any(|level| own.contains(&level))
}

impl<R: Records> Check<'_, R> {
    pub(super) fn check_measure(&mut self, measure: &SafetyMeasure) -> Result<(), R::Error> {
        self.check_may_recall(&measure.scope)
    }

    /// A measure is for who answers for the product, and for authorities: anyone else could take a
    /// competitor's product off the market.
    fn check_may_recall(&mut self, scope: &Scope) -> Result<(), R::Error> {
        for uri in scope.subjects().unwrap_or_default() {
            if !self.answers_for(&uri)? {
                let role = self.role();
                let message = format!("the issuer does not answer for {uri} as its {role}");
                self.forbid("scope", message);
            }
        }
        Ok(())
    }

    pub(super) fn check_measure_update(&mut self, update: &MeasureUpdate) -> Result<(), R::Error> {
        let uri = SubjectUri::from(update.document.uri());
        let chain = self.chain(Class::All, &uri)?;
        let mut parts: Vec<Part<'_>> = Vec::new();
        let mut measure = None;
        for record in chain.iter() {
            let Some(statement) = record.statement() else { continue };
            match statement.predicate() {
                Predicate::SafetyMeasure(of)
                    if of.header.document_ref().as_ref() == Some(&update.document) =>
                {
                    measure = Some(statement);
                    parts.push(Part::of(statement, &of.scope));
                }
                Predicate::MeasureUpdate(of) if of.document == update.document => {
                    if let (MeasureChange::Extend, Some(scope)) = (of.change, &of.scope) {
                        parts.push(Part::of(statement, scope));
                    }
                }
                _ => {}
            }
        }
        let Some(measure) = measure else {
            let message = format!("{} is no measure in the ledger", update.document);
            self.refuse(Step::Subjects, Reason::TargetUnknown, "document", message);
            return Ok(());
        };
        self.check_target_of_update(update)?;
        match (update.change, &update.scope) {
            (MeasureChange::Extend, Some(scope)) => {
                if self.role().is_authority() {
                    return Ok(());
                }
                if measure.header().issuer.operator.operator() != self.issuer() {
                    self.forbid(
                        "header.issuer",
                        "only its author or an authority extends a measure",
                    );
                }
                self.check_may_recall(scope)?;
            }
            (_, Some(scope)) => {
                self.check_powers(measure);
                self.check_may_lift(&parts, &scope.subjects().unwrap_or_default());
            }
            (_, None) => {
                self.check_powers(measure);
                self.check_may_lift_all(&parts);
            }
        }
        Ok(())
    }

    fn check_target_of_update(&mut self, update: &MeasureUpdate) -> Result<(), R::Error> {
        let Some(record) = self.records.by_statement(&update.target)? else {
            let message = format!("statement {} is not in the ledger", update.target);
            self.refuse(Step::Subjects, Reason::TargetUnknown, "target", message);
            return Ok(());
        };
        // Measures and their updates are adverse: they are never erased.
        let Some(statement) = record.statement() else { return Ok(()) };
        let document = match statement.predicate() {
            Predicate::SafetyMeasure(of) => of.header.document_ref(),
            Predicate::MeasureUpdate(of) => Some(of.document.clone()),
            _ => None,
        };
        if document.as_ref() != Some(&update.document) {
            let index = record.index();
            let message = format!("entry {index} is not {} or an update of it", update.document);
            self.refuse(Step::Subjects, Reason::TargetSubjectsDiffer, "target", message);
        }
        let added = match (update.change, &update.scope) {
            (MeasureChange::Extend, Some(scope)) => scope.subjects().unwrap_or_default(),
            _ => Vec::new(),
        };
        self.check_subjects_of(statement, &added);
        Ok(())
    }

    /// An authority takes back what lies within its powers; a measure of its own in any case.
    fn check_powers(&mut self, measure: &Statement) {
        let Some(issuer) = self.issuer().filter(|_| self.role().is_authority()) else { return };
        let is_own = measure.header().issuer.operator.operator() == Some(issuer);
        let standing = self.registry.role(issuer, self.role(), self.at());
        if !is_own && !standing.covers(&Extent::of(measure), self.on()) {
            self.forbid("header.issuer", "the measure lies outside of its powers");
        }
    }

    /// An author takes back what it set itself. An authority takes back what operators and
    /// connectors set. What an authority set, nobody else takes back.
    fn check_may_lift(&mut self, parts: &[Part<'_>], lifted: &[SubjectUri]) {
        let issuer = &self.header().issuer;
        let is_own = |part: &&Part<'_>| part.by.operator == issuer.operator;
        let of_others = parts.iter().filter(|part| !is_own(part) && part.by.role.is_authority());
        let of_others: Vec<&Part<'_>> = of_others.collect();
        let own: BTreeSet<&SubjectUri> =
            parts.iter().filter(is_own).flat_map(|part| &part.uris).collect();
        for uri in lifted {
            if let Some(part) = of_others.iter().find(|part| part.meets(uri)) {
                self.forbid_lift(uri, part);
            } else if !issuer.role.is_authority() && !covers(&own, uri) {
                self.forbid("scope", format!("{uri} was not set by the issuer"));
            }
        }
    }

    fn check_may_lift_all(&mut self, parts: &[Part<'_>]) {
        let issuer = &self.header().issuer;
        for part in parts.iter().filter(|part| !issuer.may_take_back(part.by)) {
            if let Some(uri) = part.uris.first() {
                self.forbid_lift(uri, part);
            }
        }
    }

    fn forbid_lift(&mut self, uri: &SubjectUri, part: &Part<'_>) {
        let author = &part.by.operator;
        self.forbid("scope", format!("{uri} was set by {author}, which alone takes it back"));
    }
}
