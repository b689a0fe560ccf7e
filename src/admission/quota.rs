//! How much one signer may log in one chain in a year, who does not answer for what the chain is
//! about (conformity.md, section 2.8).
//!
//! A verdict rests on whole chains, and a dossier holds them up to a size: without a limit, any
//! registered operator could make the chains of a rival's product too long for one. Each signer has
//! a quota of its own, so nobody uses up anybody else's; and each sort of what can worsen a verdict is
//! counted apart, so that nobody's routine stands in the way of its own recall.

use std::sync::Arc;

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::{Effect, Predicate, PredicateKind, Role, Statement};
use crate::identifier::{Class, OperatorUri, SubjectUri};
use crate::reason::Reason;
use crate::record::Record;

/// What one signer may log in one chain in a year: records, and bytes of their envelope records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Quota {
    records: usize,
    bytes: u64,
}

/// What is counted together in one chain, and apart from the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// It worsens no verdict.
    Supporting,
    /// A measure, and whatever else is adverse by itself.
    Adverse,
    /// What becomes of a record that was logged: its status, a measure updated, a successor.
    Change,
    /// An order to erase one.
    Erasure,
}

impl Sort {
    fn of(statement: &Statement) -> Self {
        match statement.predicate() {
            Predicate::ErasureOrder(_) => Self::Erasure,
            Predicate::StatusChange(_)
            | Predicate::MeasureUpdate(_)
            | Predicate::Supersession(_) => Self::Change,
            of if of.effect() == Effect::Adverse => Self::Adverse,
            _ => Self::Supporting,
        }
    }
}

/// What anyone may say about anything: copies, concerns, declarations, mandates, entries in public
/// registers.
const ANYONE: Quota = Quota { records: 16, bytes: 256 << 10 };

/// What is said by trade: results of a laboratory's or body's own work, imports and events,
/// verifications of traders.
const TRADE: Quota = Quota { records: 32, bytes: 256 << 10 };

/// Recalls, other measures, and what else worsens a verdict by itself.
const ADVERSE: Quota = Quota { records: 128, bytes: 256 << 10 };

/// What becomes of records. A change stands in the adverse chain of the model, with those of all its
/// batches, so it can't be left uncounted. Whatever may be logged in a year by trade can be changed as
/// often, and be as large, as each document can.
const CHANGE: Quota =
    Quota { records: DOCUMENT_CHANGE.records * TRADE.records, bytes: 4 * TRADE.bytes };

/// Erasures. What was erased takes no room, so without a limit on these nothing would have one.
const ERASURE: Quota = Quota { records: 256, bytes: 512 << 10 };

/// What an operator may say about itself: a producer has an entry a country and waste stream.
const ONESELF: Quota = Quota { records: 256, bytes: 256 << 10 };

/// For the chain of a document: its versions and copies. A record leads a verdict to the chain of
/// its document, so one signer can bring in as many of these as it may log records.
const DOCUMENT: Quota = Quota { records: 16, bytes: 64 << 10 };

/// What becomes of a document. A change lists the subjects of its target, and is about as large:
/// there is room to suspend the largest, to reinstate and to withdraw it.
const DOCUMENT_CHANGE: Quota = Quota { records: 16, bytes: 4 * DOCUMENT.bytes };

/// In milliseconds: a signer is not shut out for good, and a registrar can revoke a role meanwhile.
const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;

impl<R: Records> Check<'_, R> {
    /// Looked at last: whether there is room for the record in chains that are not the signer's own.
    pub(super) fn check_quota(&mut self) -> Result<(), R::Error> {
        let Some(signer) = self.header().signer().filter(|_| !self.is_unlimited()) else {
            return Ok(());
        };
        for (class, uri) in self.statement.feed().chains() {
            if is_named_after(signer, &uri) {
                continue;
            }
            let quota = self.quota(signer, &uri);
            let found = self.logged(signer, class, &uri)?;
            if (found.records > quota.records || found.bytes > quota.bytes)
                && !self.answers_for_chain(signer, class, &uri)?
            {
                let message = format!(
                    "{} records of {} bytes by {signer} on {uri} in a year, expected at most {} \
                     of {} bytes",
                    found.records, found.bytes, quota.records, quota.bytes
                );
                self.refuse(Step::Quota, Reason::QuotaReached, "subject", message);
                break;
            }
        }
        Ok(())
    }

    /// Authorities and copiers of public registers speak about everybody's goods. What a key does
    /// takes registrars, or ends the key; listings, verdicts and rule sets stand in chains of
    /// their own, which no verdict looks up.
    fn is_unlimited(&self) -> bool {
        let kind = self.statement.kind();
        let is_copy = self.header().transcription.is_some();
        let speaks_for_all = self.role().is_authority() || self.role() == Role::Connector;
        // Connectors alone copy notifications.
        (speaks_for_all && !is_copy)
            || (is_copy && kind == PredicateKind::Notification)
            || matches!(
                kind,
                PredicateKind::KeyEvent
                    | PredicateKind::PolicyPublication
                    | PredicateKind::ConformityVerdict
                    | PredicateKind::ListingRecord
            )
    }

    fn quota(&self, signer: &OperatorUri, uri: &SubjectUri) -> Quota {
        match (uri, Sort::of(self.statement)) {
            (SubjectUri::Document(_), Sort::Supporting | Sort::Erasure) => DOCUMENT,
            (SubjectUri::Document(_), Sort::Adverse | Sort::Change) => DOCUMENT_CHANGE,
            (_, Sort::Adverse) => ADVERSE,
            (_, Sort::Change) => CHANGE,
            (_, Sort::Erasure) => ERASURE,
            (SubjectUri::Operator(of), Sort::Supporting) if of == signer => ONESELF,
            (_, Sort::Supporting) if is_by_trade(self.statement) => TRADE,
            (_, Sort::Supporting) => ANYONE,
        }
    }

    /// What the signer has logged in a chain in a year, with this one.
    fn logged(
        &mut self,
        signer: &OperatorUri,
        class: Class,
        uri: &SubjectUri,
    ) -> Result<Quota, R::Error> {
        let len = self.candidate.envelope().envelope().encoded_len();
        let mut found = Quota { records: 1, bytes: u64::try_from(len).unwrap_or(u64::MAX) };
        for record in self.own_records(signer, class, uri)? {
            found.records += 1;
            found.bytes = found.bytes.saturating_add(record.envelope_len().into());
        }
        Ok(found)
    }

    /// The signer's records in a chain, of a year, of the sort that this one is. Of one that is gone
    /// nobody can tell whose it was; then it takes no room either.
    fn own_records(
        &mut self,
        signer: &OperatorUri,
        class: Class,
        uri: &SubjectUri,
    ) -> Result<Vec<Arc<Record>>, R::Error> {
        let since = self.context.time.saturating_sub_ms(YEAR_MS);
        let sort = Sort::of(self.statement);
        let is_such = |of: &Statement| of.header().signer() == Some(signer) && Sort::of(of) == sort;
        let mut chain = self.chain(class, uri)?.to_vec();
        chain.retain(|record| since < record.time() && record.statement().is_some_and(is_such));
        Ok(chain)
    }

    /// Whether a chain is the signer's own business: a product's or type's, if it answers for that; a
    /// document's, if all that it has logged under that number is.
    fn answers_for_chain(
        &mut self,
        signer: &OperatorUri,
        class: Class,
        uri: &SubjectUri,
    ) -> Result<bool, R::Error> {
        match uri {
            SubjectUri::Product(of_chain) => {
                for subject in self.statement.subjects() {
                    // Into the adverse chain of a model comes what is about its batches.
                    let leads_there = subject
                        .as_product()
                        .is_some_and(|of| of == *of_chain || of.ancestors().contains(of_chain));
                    if leads_there && !self.is_business_of(signer, subject)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            SubjectUri::Document(_) => {
                let others = self.own_records(signer, class, uri)?;
                let others = others.iter().filter_map(|record| record.statement());
                for statement in others.chain([self.statement]) {
                    for subject in statement.subjects() {
                        if !self.is_business_of(signer, subject)? {
                            return Ok(false);
                        }
                    }
                }
                Ok(true)
            }
            SubjectUri::Type(_) => self.is_business_of(signer, uri),
            // A key's acts take registrars, or end it.
            SubjectUri::Key(_) => Ok(true),
            SubjectUri::Operator(_) => Ok(false),
        }
    }

    /// Whether the signer answers for goods as their manufacturer, or under the manufacturer's
    /// mandate. That it has declared a lot of them is its own word.
    fn is_business_of(
        &mut self,
        signer: &OperatorUri,
        subject: &SubjectUri,
    ) -> Result<bool, R::Error> {
        let (is_maker, is_open) = match subject {
            SubjectUri::Product(product) => {
                let (makers, is_open) = self.manufacturers(product)?;
                (makers.contains(signer), is_open)
            }
            SubjectUri::Type(of) => (of.holder() == signer, false),
            SubjectUri::Document(of) => (of.issuer() == signer, false),
            SubjectUri::Operator(_) | SubjectUri::Key(_) => (false, false),
        };
        Ok(is_maker || self.has_mandate_of_maker(signer, subject)? || self.grant(is_open))
    }
}

/// Whether goods bear the signer's own name: then their chain need not be read.
fn is_named_after(signer: &OperatorUri, uri: &SubjectUri) -> bool {
    match uri {
        SubjectUri::Product(of) => of.assigner().as_ref() == Some(signer),
        SubjectUri::Type(of) => of.holder() == signer,
        SubjectUri::Operator(_) | SubjectUri::Document(_) | SubjectUri::Key(_) => false,
    }
}

/// Whether the signer says it of its own work or duty, and not of others'.
fn is_by_trade(statement: &Statement) -> bool {
    let is_of_trade = matches!(
        statement.kind(),
        PredicateKind::ProductIdentity
            | PredicateKind::TestReport
            | PredicateKind::ConformityCertificate
            | PredicateKind::ProductionQualityApproval
            | PredicateKind::Accreditation
            | PredicateKind::Notification
            | PredicateKind::ImporterDeclaration
            | PredicateKind::TraceabilityEvent
            | PredicateKind::TraderVerification
    );
    is_of_trade && statement.header().transcription.is_none()
}
