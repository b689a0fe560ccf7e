//! Who may order a measure, and who may extend, reduce or lift it.

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::types::{MeasureChange, MeasureUpdate, SafetyMeasure};
use crate::attestation::{Predicate, Scope, Statement};
use crate::identifier::{Class, OperatorUri, SubjectUri};
use crate::reason::Reason;

/// What one author made a measure hit.
struct Part {
    author: Option<OperatorUri>,
    is_authority: bool,
    uris: Vec<SubjectUri>,
}

impl Part {
    fn of(statement: &Statement, scope: &Scope) -> Self {
        let issuer = &statement.header().issuer;
        Self {
            author: issuer.operator.operator().cloned(),
            is_authority: issuer.role.is_authority(),
            uris: scope.subjects().unwrap_or_default(),
        }
    }

    fn meets(&self, uri: &SubjectUri) -> bool {
        self.uris.iter().any(|own| match (own, uri) {
            (SubjectUri::Product(own), SubjectUri::Product(other)) => own.intersects(other),
            _ => own == uri,
        })
    }

    fn covers(&self, uri: &SubjectUri) -> bool {
        self.uris.iter().any(|own| match (own, uri) {
            (SubjectUri::Product(own), SubjectUri::Product(other)) => own.covers(other),
            _ => own == uri,
        })
    }
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
        let mut parts: Vec<Part> = Vec::new();
        let mut author = None;
        for record in chain.iter() {
            let Some(statement) = record.statement() else { continue };
            match statement.predicate() {
                Predicate::SafetyMeasure(of)
                    if of.header.document_ref().as_ref() == Some(&update.document) =>
                {
                    author = statement.header().issuer.operator.operator();
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
        if parts.is_empty() {
            let message = format!("{} is no measure in the ledger", update.document);
            self.refuse(Step::Subjects, Reason::TargetUnknown, "document", message);
            return Ok(());
        }
        self.check_target_of_update(update)?;
        match (update.change, &update.scope) {
            (MeasureChange::Extend, Some(scope)) => {
                if self.role().is_authority() {
                    return Ok(());
                }
                if author != self.issuer() {
                    self.forbid(
                        "header.issuer",
                        "only its author or an authority extends a measure",
                    );
                }
                self.check_may_recall(scope)?;
            }
            (_, Some(scope)) => {
                self.check_may_lift(&parts, &scope.subjects().unwrap_or_default());
            }
            (_, None) => {
                let all: Vec<SubjectUri> = parts.iter().flat_map(|of| of.uris.clone()).collect();
                self.check_may_lift(&parts, &all);
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

    /// An author takes back what it set itself. An authority takes back what operators and
    /// connectors set. What an authority set, nobody else takes back.
    fn check_may_lift(&mut self, parts: &[Part], lifted: &[SubjectUri]) {
        let (issuer, is_authority) = (self.issuer(), self.role().is_authority());
        for uri in lifted {
            let own = |part: &&Part| part.author.as_ref() == issuer;
            let of_authority =
                parts.iter().find(|part| part.is_authority && !own(part) && part.meets(uri));
            if let Some(author) = of_authority.and_then(|part| part.author.as_ref()) {
                let message = format!("{uri} was set by {author}, which alone takes it back");
                self.forbid("scope", message);
            } else if !is_authority && !parts.iter().filter(own).any(|part| part.covers(uri)) {
                self.forbid("scope", format!("{uri} was not set by the issuer"));
            }
        }
    }
}
