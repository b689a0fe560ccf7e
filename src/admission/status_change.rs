//! Who may change the status of what (conformity.md, section 1.3).

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::attestation::types::{StatusAction, StatusChange};
use crate::attestation::{
    DocumentRef, Header, Issuer, Module, Predicate, PredicateKind, Role, Statement,
};
use crate::envelope::StatementDigest;
use crate::identifier::{Celex, Class, OperatorUri, SubjectUri};
use crate::record::Record;
use crate::registry::{Extent, NotificationLine, NotificationQuestion, Standing};

impl<R: Records> Check<'_, R> {
    pub(super) fn check_status_change(&mut self, change: &StatusChange) -> Result<(), R::Error> {
        let target = &change.target;
        match (&target.statement, &target.document, &target.issuer) {
            (Some(statement), document, _) => {
                self.check_change_of_record(change, statement, document.as_ref())
            }
            (None, Some(document), _) => self.check_change_of_document(change, document),
            (None, None, Some(issuer)) => self.check_annulment_of_all(change, issuer),
            // The statement's own rules leave no fourth form.
            (None, None, None) => {
                self.forbid("target", "it names nothing");
                Ok(())
            }
        }
    }

    fn check_change_of_record(
        &mut self,
        change: &StatusChange,
        digest: &StatementDigest,
        document: Option<&DocumentRef>,
    ) -> Result<(), R::Error> {
        let Some(record) = self.target("target", digest, document)? else {
            return self.check_subjects_of_erased(digest, document);
        };
        let Some(statement) = record.statement() else { return Ok(()) };
        self.check_subjects_of(statement, &[]);
        self.check_right_to_change(&record, statement)?;
        if let Some(document) = document {
            self.check_right_to_change_original(&record, document)?;
        }
        if change.action == StatusAction::Reinstate {
            self.check_reinstatement(&record)?;
        }
        Ok(())
    }

    /// A change that names a document hits every record of it: one that is asked for by way of a
    /// copy needs the right to change what the issuer has logged itself.
    fn check_right_to_change_original(
        &mut self,
        target: &Record,
        document: &DocumentRef,
    ) -> Result<(), R::Error> {
        let chain = self.chain(Class::All, &document.uri().into())?;
        for record in chain.iter().filter(|of| of.index() != target.index()) {
            let Some(statement) = record.statement() else { continue };
            let header = statement.header();
            let is_own = header.transcription.is_none();
            if is_own && header.document_ref().as_ref() == Some(document) {
                self.check_right_to_change(record, statement)?;
            }
        }
        Ok(())
    }

    /// All records of one version of a document, or one that was never logged.
    fn check_change_of_document(
        &mut self,
        change: &StatusChange,
        document: &DocumentRef,
    ) -> Result<(), R::Error> {
        let uri = SubjectUri::from(document.uri());
        let chain = self.chain(Class::All, &uri)?;
        let is_open = self.is_open(&chain);
        let (mut subjects, mut is_logged) = (Vec::new(), false);
        for record in chain.iter() {
            let Some(statement) = record.statement() else { continue };
            if statement.header().document_ref().as_ref() == Some(document) {
                is_logged = true;
                subjects.extend_from_slice(statement.subjects());
                self.check_right_to_change(record, statement)?;
                if change.action == StatusAction::Reinstate {
                    self.check_reinstatement(record)?;
                }
            }
        }
        if !is_logged {
            if !is_open {
                self.check_primary("target.document", &document.issuer);
            }
            subjects.push(uri);
            let is_own = self.issuer() == Some(&document.issuer);
            if !is_own && self.role() != Role::MarketSurveillance && !self.grant(is_open) {
                let message = format!("{} can change it, or an authority", document.issuer);
                self.forbid("header.issuer", message);
            }
        }
        if !self.grant(is_open) {
            self.check_subjects(&subjects);
        }
        Ok(())
    }

    /// All records of one issuer: by registrars; by who accredited or notified it, since the ledger
    /// took that. Otherwise whoever may accredit could do so to anybody, to take away what is older.
    fn check_annulment_of_all(
        &mut self,
        change: &StatusChange,
        target: &OperatorUri,
    ) -> Result<(), R::Error> {
        let Some(issuer) = self.issuer() else { return Ok(()) };
        let Some(tie) = self.first_tie(issuer, target) else {
            let message = format!("{issuer} has neither accredited nor notified {target}");
            self.forbid("target.issuer", message);
            return Ok(());
        };
        let Some(tie) = self.records.by_statement(&tie)? else { return Ok(()) };
        let (since, index) = (tie.time(), tie.index());
        if let Some(from) = change.target.from.filter(|from| *from < since) {
            let message = format!(
                "{from}, and {issuer} has to do with {target} since entry {index}, {since}"
            );
            self.forbid("target.from", message);
        }
        Ok(())
    }

    /// The first record by which the issuer accredited an operator, or notified it.
    fn first_tie(&self, issuer: &OperatorUri, target: &OperatorUri) -> Option<StatementDigest> {
        let at = self.at();
        match self.role() {
            Role::AccreditationBody => {
                let lines = self.registry.accreditations(target, at);
                let own = lines.iter().filter(|line| line.issuer() == Some(issuer));
                let steps = own.filter_map(|line| line.steps().first());
                steps.min_by_key(|step| step.index).map(|step| step.statement)
            }
            Role::NotifyingAuthority => {
                let lines = self.registry.notifications(target, at);
                let own = lines.iter().filter(|line| is_notified_by(line, issuer));
                let steps = own.filter_map(|line| line.steps().first());
                steps.min_by_key(|step| step.index).map(|step| step.statement)
            }
            _ => None,
        }
    }

    fn check_right_to_change(
        &mut self,
        record: &Record,
        statement: &Statement,
    ) -> Result<(), R::Error> {
        let kind = statement.kind();
        if !kind.has_status() {
            let message = format!("a {} has no status that could change", kind.name());
            self.forbid("target", message);
        } else if !self.may_change(statement)? {
            let (kind, index) = (kind.name(), record.index());
            let message = format!("it has no right to change the {kind} of entry {index}");
            self.forbid("header.issuer", message);
        }
        Ok(())
    }

    fn may_change(&mut self, target: &Statement) -> Result<bool, R::Error> {
        // Registrars act on issuers, not on single records.
        let Some(issuer) = self.issuer() else { return Ok(false) };
        let is_issuer = target.header().issuer.operator.operator() == Some(issuer);
        let is_over_it = match self.role() {
            Role::MarketSurveillance => true,
            Role::Customs => target.kind() == PredicateKind::ImporterDeclaration,
            _ => false,
        };
        if is_over_it {
            let standing = self.registry.role(issuer, self.role(), self.at());
            return Ok(standing.covers(&Extent::of(target), self.on()));
        }
        // A copy says what its maker likes, and a change of it hits the original by its number:
        // what it says gives nobody a right but the issuer that it names.
        if target.header().transcription.is_some() {
            return Ok(is_issuer);
        }
        Ok(match target.predicate() {
            Predicate::EuDeclaration(of) if self.role() == Role::AuthorisedRep => {
                let manufacturer = of.manufacturer.operator.clone();
                is_issuer || self.represents(issuer, &manufacturer, &of.scope)?
            }
            Predicate::EuDeclaration(of) => is_issuer || of.manufacturer.operator == *issuer,
            Predicate::ConformityCertificate(of) => {
                let act = of.act.as_ref().map(|act| (act, of.module.as_ref()));
                is_issuer || self.may_act_for_ceased_body(issuer, &of.header, act)
            }
            Predicate::ProductionQualityApproval(of) => {
                let act = Some((&of.act, Some(&of.module)));
                is_issuer || self.may_act_for_ceased_body(issuer, &of.header, act)
            }
            Predicate::Mandate(of) => of.mandator == *issuer || of.mandatary == *issuer,
            _ => is_issuer,
        })
    }

    /// When a notified body has ceased: the authority that notified it, and a body that the same
    /// authority has notified for the same act and module.
    pub(super) fn may_act_for_ceased_body(
        &self,
        issuer: &OperatorUri,
        header: &Header,
        act: Option<(&Celex, Option<&Module>)>,
    ) -> bool {
        let body = header.issuer.operator.operator();
        let (Some(body), Some((act, module))) = (body, act) else { return false };
        let question = NotificationQuestion { module, product: None };
        let standing = |line: &NotificationLine<'_>| line.standing(&question, self.context.time);
        let mut of_body = self.notified(body, act);
        of_body.retain(|line| line.issuer() == line.signer());
        // Whom another authority still notifies has not ceased: otherwise any authority could
        // notify a body and withdraw that, to get at its certificates.
        if of_body.iter().any(|line| stands(standing(line))) {
            return false;
        }
        let ended = of_body.iter().filter(|line| standing(line) == Standing::Withdrawn);
        let authorities: Vec<&OperatorUri> = ended.filter_map(NotificationLine::issuer).collect();
        match self.role() {
            Role::NotifyingAuthority => authorities.contains(&issuer),
            Role::NotifiedBody => self.notified(issuer, act).iter().any(|line| {
                line.issuer() == line.signer()
                    && line.issuer().is_some_and(|authority| authorities.contains(&authority))
                    && standing(line) == Standing::InForce
            }),
            _ => false,
        }
    }

    fn notified(&self, body: &OperatorUri, act: &Celex) -> Vec<NotificationLine<'_>> {
        let mut lines = self.registry.notifications(body, self.at());
        lines.retain(|line| line.act() == Some(act));
        lines
    }

    /// A suspension is lifted by who imposed it; if that was no authority, by an authority too.
    fn check_reinstatement(&mut self, record: &Record) -> Result<(), R::Error> {
        let (status, index) = (self.status(record)?, record.index());
        let issuer = &self.header().issuer;
        if status.has_ended {
            self.forbid("action", format!("entry {index} is not suspended but ended"));
        } else if !status.suspended_by.iter().any(|by| issuer.may_take_back(by)) {
            let message = match status.suspended_by.last() {
                None => format!("entry {index} is not suspended"),
                Some(Issuer { operator, role }) => {
                    format!("suspended by {operator} as {role}, which alone lifts it")
                }
            };
            self.forbid("action", message);
        }
        Ok(())
    }
}

/// Whether a notification goes on, even if it can't be used just now.
const fn stands(standing: Standing) -> bool {
    matches!(standing, Standing::InForce | Standing::NotYet | Standing::Suspended)
}

fn is_notified_by(line: &NotificationLine<'_>, authority: &OperatorUri) -> bool {
    line.issuer() == Some(authority) && line.signer() == Some(authority)
}
